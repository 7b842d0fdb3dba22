//! What text and Graph JSON say, as one set, with what holds for the tenant as a whole.

use std::sync::Arc;

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::PolicySet;
use gatewright_hir::scenario::Scenario;
use gatewright_hir::{self as hir, Reference, Unread, entra_schema};
use gatewright_interop::{self as interop, Assembled, Directory};
use gatewright_source::{SourceId, SourceMap};
use gatewright_syntax::ast::File;
use gatewright_value::{fold, folded_eq};
use rustc_hash::{FxHashMap, FxHashSet};

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
    /// What has to hold for all sign-ins.
    pub(crate) invariants: Vec<Invariant>,
    /// Which names stand for what.
    pub(crate) references: Vec<Reference>,
    /// What may be declared where nothing could be read.
    pub(crate) unread: Unread,
    /// People and groups.
    pub(crate) directory: Directory,
    /// Whether security defaults are on, where somebody says so.
    pub(crate) security_defaults: Option<bool>,
    /// The text of security defaults, where they are on.
    pub(crate) built_in: Option<SourceId>,
    /// Whether all that policies speak of is as it was.
    pub(crate) is_remembered: bool,
}

/// What is known of files that have not changed since.
#[derive(Default)]
pub(crate) struct Memo {
    names: hir::Memo,
    without_contradiction: FxHashMap<SourceId, Arc<File>>,
}

/// Check the text, and put it together with the JSON.
pub(crate) fn join(
    reading: &mut Reading,
    json: Assembled,
    input: &Input,
    mut memo: Option<&mut Memo>,
) -> Joined {
    let mut set = json.set;
    let of_json = set.compliance.clone();
    let mut text = Text::default();
    let is_kept = |memo: &Option<&mut Memo>| memo.as_ref().is_some_and(|m| m.names.is_kept());
    let mut is_remembered = is_kept(&memo);
    if !reading.trees.is_empty() {
        (set, text) = check(reading, input, set, memo.as_deref_mut());
        is_remembered &= is_kept(&memo);
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
    let found = hir::scenario::check_names(&text.scenarios, &set);
    reading.diagnostics.extend(found);
    Joined {
        set,
        scenarios: text.scenarios,
        invariants: text.invariants,
        references: text.references,
        unread: text.unread,
        directory: json.directory,
        security_defaults,
        built_in,
        is_remembered,
    }
}

/// What text says beside policies.
#[derive(Default)]
struct Text {
    scenarios: Vec<Scenario>,
    invariants: Vec<Invariant>,
    references: Vec<Reference>,
    unread: Unread,
}

/// Names and types of the text, whose policies join those of the JSON.
fn check(
    reading: &mut Reading,
    input: &Input,
    json: PolicySet,
    memo: Option<&mut Memo>,
) -> (PolicySet, Text) {
    let cx = hir::Context {
        sources: &reading.sources,
        schema: entra_schema(),
        edition: reading.manifest.edition,
        data: &reading.data,
        names: &json.names,
        libraries: &reading.libraries,
        today: input.today,
    };
    let (checked, known) = match memo {
        None => (hir::check(&reading.trees, &cx), None),
        Some(memo) => {
            let was_kept = memo.names.is_kept();
            let checked = hir::check_again(&reading.trees, &cx, &mut memo.names);
            if !(was_kept && memo.names.is_kept()) {
                memo.without_contradiction.clear();
            }
            (checked, Some(&mut memo.without_contradiction))
        }
    };
    reading.diagnostics.extend(checked.diagnostics);
    let set = together(checked.set, json, &reading.sources);
    let found = contradictions(&set, &reading.trees, known);
    reading.diagnostics.extend(found);
    let text = Text {
        scenarios: checked.scenarios,
        invariants: checked.invariants,
        references: checked.references,
        unread: checked.unread,
    };
    (set, text)
}

/// Members of forms that contradict clauses. `known` are the files that have none, the objects that
/// files speak of being as they were; those of this project take their place.
fn contradictions(
    set: &PolicySet,
    trees: &[(SourceId, Arc<File>)],
    known: Option<&mut FxHashMap<SourceId, Arc<File>>>,
) -> Vec<Diagnostic> {
    let Some(known) = known else {
        return with_built_in_context(|cx| interop::contradictions(set, |_| false, cx));
    };
    let same = trees.iter().filter(|(source, file)| {
        let known = known.get(source);
        known.is_some_and(|known| Arc::ptr_eq(known, file))
    });
    let same: FxHashSet<SourceId> = same.map(|(source, _)| *source).collect();
    let is_known = |source: SourceId| same.contains(&source);
    let found = with_built_in_context(|cx| interop::contradictions(set, is_known, cx));
    let told: FxHashSet<SourceId> = found.iter().map(|d| d.span().source).collect();
    let clean = trees.iter().filter(|(source, _)| !told.contains(source));
    *known = clean.cloned().collect();
    found
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
