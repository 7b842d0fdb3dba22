//! From typed policies back to Graph JSON.

use gatewright_hir::data::Data;
use gatewright_hir::model::PolicySet;
use gatewright_hir::{entra_schema, rule};
use gatewright_interop::{self as interop, ExportOptions, Exported, RuleReading};
use gatewright_source::SourceId;

/// Call with what reading Graph JSON needs.
pub(crate) fn with_context<R>(data: &Data, call: impl FnOnce(&interop::Context<'_>) -> R) -> R {
    let entra = entra_schema();
    let (names, strengths) = (data.names(), data.built_in_strengths());
    let read_rule = |dialect: &str, source: SourceId, text: &str| {
        let (expr, diagnostics) = rule::check_rule_of(&entra, dialect, text, source, 0);
        RuleReading { expr, diagnostics }
    };
    call(&interop::Context {
        schema: &entra,
        rule: &read_rule,
        strengths: &strengths,
        names: &names,
        app_groups: &data.app_groups,
    })
}

/// The same with what is known of every tenant and nothing else.
pub(crate) fn with_built_in_context<R>(call: impl FnOnce(&interop::Context<'_>) -> R) -> R {
    with_context(Data::built_in(), call)
}

/// Write policies and supporting objects as Graph JSON, each as it came in or as the service
/// accepts it.
#[must_use]
pub fn export(set: &PolicySet, options: ExportOptions) -> Exported {
    with_built_in_context(|cx| interop::write_graph(set, options, cx))
}

/// Write policies and named locations as resources of the Terraform provider `azuread`.
#[must_use]
pub fn terraform(set: &PolicySet) -> Exported {
    with_built_in_context(|cx| interop::write_terraform(set, cx))
}
