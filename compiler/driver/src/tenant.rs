//! What holds for the tenant as a whole: its settings for device compliance, security defaults.
//!
//! What the manifest says counts; what it leaves open, Graph JSON may say.

use std::sync::Arc;

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_hir::data::Data;
use gatewright_hir::model::{BUILT_IN_PREFIX, Compliance, Control, Edition, Policy, PolicySet};
use gatewright_hir::{self as hir, SECURITY_DEFAULTS_NAME, SECURITY_DEFAULTS_TEXT, entra_schema};
use gatewright_source::{SourceId, SourceMap, Span};
use gatewright_syntax::parse_file;
use gatewright_value::vocabulary::{BuiltInControl, ClientApp, State};

use crate::manifest::Manifest;

/// Fill in the tenant's settings for compliance, and what follows from them.
pub(crate) fn compliance(
    set: &mut PolicySet,
    manifest: &Manifest,
    of_json: &Compliance,
    sources: &SourceMap,
) {
    let said = &manifest.compliance;
    set.compliance.is_secure_by_default = said
        .is_secure_by_default
        .unwrap_or(of_json.is_secure_by_default);
    set.compliance.check_in_days = said.check_in_days.unwrap_or(of_json.check_in_days);
    set.compliance.policies.sort_by_key(|policy| {
        let source = policy.span.source;
        (sources.name(source).to_owned(), source, policy.span.start)
    });
    hir::settle_compliance(set);
}

/// Whether security defaults are on, and where that is said.
pub(crate) fn said(manifest: &Manifest, of_json: Option<(bool, Span)>) -> Option<(bool, Span)> {
    let span = manifest.security_defaults_span;
    span.map(|span| (manifest.security_defaults, span))
        .or(of_json)
}

/// Add the policies of security defaults; the source that they are in.
pub(crate) fn security_defaults(
    set: &mut PolicySet,
    edition: Edition,
    sources: &mut SourceMap,
) -> SourceId {
    let text: Arc<str> = SECURITY_DEFAULTS_TEXT.into();
    let source = sources.add(SECURITY_DEFAULTS_NAME.to_owned(), Arc::clone(&text));
    let tree = parse_file(source, &text).tree;
    let cx = hir::Context {
        sources,
        schema: entra_schema(),
        edition,
        data: Data::built_in(),
        names: &[],
        libraries: &[],
        today: None,
    };
    let checked = hir::check(&[(source, Arc::new(tree))], &cx);
    set.policies.extend(checked.set.policies);
    source
}

/// Policies beside security defaults, or nothing in their place. `said` is where it is said whether
/// they are on.
pub(crate) fn check(set: &PolicySet, is_on: bool, said: Span) -> Vec<Diagnostic> {
    let own = || {
        set.policies
            .iter()
            .filter(|policy| !policy.id.starts_with(BUILT_IN_PREFIX))
    };
    if !is_on {
        return missing(own().filter(|p| p.state == State::Enabled), said)
            .into_iter()
            .collect();
    }
    let mut found = Vec::new();
    let (enabled, others): (Vec<&Policy>, Vec<&Policy>) =
        own().partition(|policy| policy.state == State::Enabled);
    for (code, policies, what, help) in [
        (
            codes::GW0805,
            enabled,
            "is enabled, and security defaults are on",
            "switch security defaults off, or the policy to `reportOnly`",
        ),
        (
            codes::GW0806,
            others,
            "cannot be enabled: security defaults are on",
            "switch security defaults off before you enable it",
        ),
    ] {
        for policy in policies {
            let message = format!("`{}` {what}", policy.display_name);
            found.push(
                Diagnostic::new(code, policy.name_span, message)
                    .because("excluded by security defaults")
                    .label(said, "switched on here")
                    .help(help),
            );
        }
    }
    found
}

/// What no enabled policy does.
fn missing<'p>(enabled: impl Iterator<Item = &'p Policy>, said: Span) -> Option<Diagnostic> {
    let (mut has_mfa, mut has_block) = (false, false);
    for policy in enabled {
        let controls = policy.outcome.requirement.iter().flat_map(|r| &r.controls);
        has_mfa |= controls.into_iter().any(|control| {
            matches!(
                control,
                Control::BuiltIn(BuiltInControl::Mfa) | Control::Strength(_)
            )
        });
        let clients = policy.assignments.as_ref().and_then(|a| a.clients.as_ref());
        has_block |= policy.outcome.is_block
            && clients.is_some_and(|clients| clients.members.contains(&ClientApp::Other));
    }
    let what = match (has_mfa, has_block) {
        (true, true) => return None,
        (true, false) => "blocks legacy clients",
        (false, true) => "requires multifactor authentication",
        (false, false) => "requires multifactor authentication or blocks legacy clients",
    };
    let message = format!("security defaults are off, and no enabled policy {what}");
    Some(
        Diagnostic::new(codes::GW0807, said, message)
            .because("switched off here")
            .help("enable such a policy, or switch security defaults on"),
    )
}
