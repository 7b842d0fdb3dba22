//! What text and Graph JSON say, as one set, with what holds for the tenant as a whole.

use gatewright_hir::model::PolicySet;
use gatewright_hir::scenario::Scenario;
use gatewright_hir::{self as hir, entra_schema};
use gatewright_interop::{self as interop, Assembled, Directory};
use gatewright_source::{SourceId, SourceMap};
use gatewright_value::{fold, folded_eq};

use crate::Input;
use crate::export::with_built_in_context;
use crate::reading::Reading;
use crate::tenant;

/// The project as one.
pub(crate) struct Joined {
    /// The typed policies.
    pub(crate) set: PolicySet,
    /// The scenario tests.
    pub(crate) scenarios: Vec<Scenario>,
    /// People and groups.
    pub(crate) directory: Directory,
    /// Whether security defaults are on, where somebody says so.
    pub(crate) security_defaults: Option<bool>,
    /// The text of security defaults, where they are on.
    pub(crate) built_in: Option<SourceId>,
    /// Whether all that policies speak of is as it was.
    pub(crate) is_remembered: bool,
}

/// Check the text, and put it together with the JSON.
pub(crate) fn join(
    reading: &mut Reading,
    json: Assembled,
    input: &Input,
    memo: &mut hir::Memo,
) -> Joined {
    let mut set = json.set;
    let of_json = set.compliance.clone();
    let mut scenarios = Vec::new();
    let mut is_remembered = memo.is_kept();
    if !reading.trees.is_empty() {
        (set, scenarios) = check(reading, input, set, memo);
        is_remembered &= memo.is_kept();
    }
    let manifest = &reading.manifest;
    tenant::compliance(&mut set, manifest, &of_json, &reading.sources);
    let said = tenant::said(manifest, json.security_defaults);
    let security_defaults = said.map(|(is_on, _)| is_on);
    let built_in = (security_defaults == Some(true))
        .then(|| tenant::security_defaults(&mut set, manifest.edition, &mut reading.sources));
    if let Some((is_on, place)) = said {
        reading
            .diagnostics
            .extend(tenant::check(&set, is_on, place));
    }
    let found = hir::scenario::check_names(&scenarios, &set);
    reading.diagnostics.extend(found);
    Joined {
        set,
        scenarios,
        directory: json.directory,
        security_defaults,
        built_in,
        is_remembered,
    }
}

/// Names and types of the text, whose policies join those of the JSON.
fn check(
    reading: &mut Reading,
    input: &Input,
    json: PolicySet,
    memo: &mut hir::Memo,
) -> (PolicySet, Vec<Scenario>) {
    let cx = hir::Context {
        sources: &reading.sources,
        schema: entra_schema(),
        edition: reading.manifest.edition,
        data: &reading.data,
        names: &json.names,
        libraries: &reading.libraries,
        today: input.today,
    };
    let checked = hir::check_again(&reading.trees, &cx, memo);
    reading.diagnostics.extend(checked.diagnostics);
    let set = together(checked.set, json, &reading.sources);
    let found = with_built_in_context(|cx| interop::contradictions(&set, cx));
    reading.diagnostics.extend(found);
    (set, checked.scenarios)
}

/// What text and Graph JSON say, as one set; where both define an object, the text does.
fn together(mut text: PolicySet, json: PolicySet, sources: &SourceMap) -> PolicySet {
    text.policies.extend(json.policies);
    text.policies.sort_by_key(|policy| {
        (
            sources.name(policy.span.source).to_owned(),
            policy.span.source,
            policy.span.start,
        )
    });
    for location in json.locations {
        if !text
            .locations
            .iter()
            .any(|known| folded_eq(&known.id, &location.id))
        {
            text.locations.push(location);
        }
    }
    for strength in json.strengths {
        if !text
            .strengths
            .iter()
            .any(|known| folded_eq(&known.id, &strength.id))
        {
            text.strengths.push(strength);
        }
    }
    text.locations.sort_by(|a, b| fold(&a.id).cmp(&fold(&b.id)));
    text.strengths.sort_by(|a, b| fold(&a.id).cmp(&fold(&b.id)));
    text.names.extend(json.names);
    text.app_groups = json.app_groups;
    text.compliance.policies.extend(json.compliance.policies);
    text
}
