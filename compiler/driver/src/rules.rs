//! One rule on its own.

use gatewright_bytecode::Program;
use gatewright_codegen::{Options, emit};
use gatewright_decision::{Limits, build};
use gatewright_diagnostics::{Diagnostic, sort};
use gatewright_hir::data::Data;
use gatewright_hir::entra_schema;
use gatewright_hir::model::{
    AppScope, Assignments, DeviceFilter, Edition, Located, Outcome, Policy, PolicySet, Scoped,
    Target, UserScope, Who,
};
use gatewright_hir::rule::{self, DialectError};
use gatewright_source::{SourceMap, Span};
use gatewright_value::vocabulary::State;

/// What became of a rule.
#[derive(Clone, Debug)]
pub struct CheckedRule {
    /// The rule's text, for places.
    pub sources: SourceMap,
    /// Everything there is to say.
    pub diagnostics: Vec<Diagnostic>,
    /// A set with one policy that applies exactly where the rule matches; `None` where the rule
    /// cannot be read. Deciding it is evaluating the rule.
    pub set: Option<PolicySet>,
}

impl CheckedRule {
    /// The program that decides the set; `None` where the rule cannot be read.
    #[must_use]
    pub fn program(&self) -> Option<Program> {
        let set = self.set.as_ref()?;
        let decisions = build(set, &Limits::default());
        Some(emit(set, &decisions, &self.sources, &Options::default()))
    }
}

/// Check a rule of a dialect.
///
/// # Errors
/// There is no such dialect, or it is not supported yet.
pub fn check_rule(dialect: &str, text: &str) -> Result<CheckedRule, DialectError> {
    let mut sources = SourceMap::new();
    let source = sources.add("<rule>", text);
    let schema = entra_schema();
    let (expr, mut diagnostics) = rule::check_rule(&schema, dialect, text, source)?;
    sort(&mut diagnostics);
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let span = Span::new(source, 0, end);
    let set = expr.map(|rule| PolicySet {
        policies: vec![policy(DeviceFilter {
            is_exclude: false,
            rule,
            text: text.to_owned(),
            span,
        })],
        schema: schema.clone(),
        edition: Edition::NEWEST,
        locations: Vec::new(),
        strengths: Vec::new(),
        names: Vec::new(),
        app_groups: Data::built_in().app_groups.clone(),
        compliance: gatewright_hir::model::Compliance::default(),
    });
    Ok(CheckedRule {
        sources,
        diagnostics,
        set,
    })
}

fn policy(filter: DeviceFilter) -> Policy {
    let span = filter.span;
    let who = Who::Users(only(UserScope::All, span));
    let target = Target::Apps(only(AppScope::All, span));
    let mut assignments = Assignments::new(who, target);
    assignments.devices = Some(filter);
    Policy {
        id: "rule".to_owned(),
        has_server_id: false,
        display_name: "rule".to_owned(),
        state: State::Enabled,
        name_span: span,
        span,
        assignments: Some(Box::new(assignments)),
        when: None,
        outcome: Outcome {
            is_block: true,
            span,
            ..Outcome::default()
        },
        unmodelled: Vec::new(),
        form: gatewright_hir::model::GraphForm::default(),
        annotations: gatewright_hir::model::Annotations::default(),
        scopes: Vec::new(),
    }
}

fn only<T>(value: T, span: Span) -> Scoped<T> {
    Scoped {
        include: vec![Located { value, span }],
        exclude: Vec::new(),
        span,
    }
}
