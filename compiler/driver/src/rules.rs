//! One rule on its own: checked, and made a set that deciding evaluates.

use gatewright_bytecode::Program;
use gatewright_codegen::{Options, emit};
use gatewright_decision::{Limits, build};
use gatewright_diagnostics::{Diagnostic, sort};
use gatewright_hir::data::Data;
use gatewright_hir::model::{
    Annotations, AppScope, Assignments, AttributeFilter, Compliance, DeviceFilter, Edition, Expr,
    GraphForm, Located, Outcome, Policy, PolicySet, Scoped, Target, UserScope, Who,
};
use gatewright_hir::rule::{self, ATTRIBUTE_RULE_DIALECT, DialectError};
use gatewright_hir::schema::EffectId;
use gatewright_hir::{Translation, translate};
use gatewright_source::{SourceId, SourceMap, Span};
use gatewright_value::vocabulary::State;

pub(crate) mod facts;
mod graph;

/// What became of a rule.
#[derive(Clone, Debug)]
pub struct CheckedRule {
    /// The dialect.
    pub dialect: String,
    /// The rule's text, for places.
    pub sources: SourceMap,
    /// Everything there is to say.
    pub diagnostics: Vec<Diagnostic>,
    /// A set with one policy that applies exactly where the rule matches; `None` where the rule
    /// cannot be read. Deciding it is evaluating the rule, on what [`CheckedRule::request`] makes
    /// of facts.
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

/// What became of a rule in another dialect.
#[derive(Clone, Debug)]
pub struct TranslatedRule {
    /// The rule's text, for places.
    pub sources: SourceMap,
    /// The translation.
    pub translation: Translation,
}

/// Check a rule of a dialect.
///
/// # Errors
/// There is no such dialect.
pub fn check_rule(dialect: &str, text: &str) -> Result<CheckedRule, DialectError> {
    check_rule_for(dialect, None, text)
}

/// Check a rule of a dialect, for a platform where the dialect has them.
///
/// # Errors
/// There is no such dialect or platform.
pub fn check_rule_for(
    dialect: &str,
    platform: Option<&str>,
    text: &str,
) -> Result<CheckedRule, DialectError> {
    let (sources, source) = one_source(text);
    let read = rule::read_rule(dialect, platform, text, source)?;
    let mut diagnostics = read.diagnostics;
    sort(&mut diagnostics);
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let span = Span::new(source, 0, end);
    let schema = read.schema;
    let app_groups = if schema.is_entra {
        Data::built_in().app_groups.clone()
    } else {
        Vec::new()
    };
    let last_effect = u32::try_from(schema.effects.len()).ok();
    let effect = last_effect.and_then(|count| count.checked_sub(1).map(EffectId));
    let set = read.expr.map(|expr| {
        let policy = match dialect {
            rule::DEVICE_RULE_DIALECT => device_policy(expr, text, span),
            ATTRIBUTE_RULE_DIALECT => attribute_policy(expr, text, span),
            _ => own_policy(expr, effect, span),
        };
        PolicySet {
            policies: vec![policy],
            schema,
            edition: Edition::NEWEST,
            locations: Vec::new(),
            strengths: Vec::new(),
            names: Vec::new(),
            app_groups,
            compliance: Compliance::default(),
        }
    });
    Ok(CheckedRule {
        dialect: dialect.to_owned(),
        sources,
        diagnostics,
        set,
    })
}

/// Write a rule of one dialect in another, where both mean the same.
///
/// # Errors
/// One of the dialects does not exist.
pub fn translate_rule(text: &str, from: &str, to: &str) -> Result<TranslatedRule, DialectError> {
    let (sources, source) = one_source(text);
    let mut translation = translate(text, from, to, source)?;
    sort(&mut translation.diagnostics);
    Ok(TranslatedRule {
        sources,
        translation,
    })
}

fn one_source(text: &str) -> (SourceMap, SourceId) {
    let mut sources = SourceMap::new();
    let source = sources.add("<rule>", text);
    (sources, source)
}

fn device_policy(rule: Expr, text: &str, span: Span) -> Policy {
    let apps = Target::Apps(only(AppScope::All, span));
    let mut assignments = Assignments::new(everybody(span), apps);
    assignments.devices = Some(DeviceFilter {
        is_exclude: false,
        rule,
        text: text.to_owned(),
        span,
    });
    policy(Some(assignments), span)
}

fn attribute_policy(rule: Expr, text: &str, span: Span) -> Policy {
    let filter = AppScope::Filter(AttributeFilter {
        rule,
        text: text.to_owned(),
    });
    let target = Target::Apps(only(filter, span));
    policy(Some(Assignments::new(everybody(span), target)), span)
}

fn own_policy(rule: Expr, effect: Option<EffectId>, span: Span) -> Policy {
    let mut policy = policy(None, span);
    policy.when = Some(rule);
    policy.outcome.is_block = false;
    policy.outcome.effect = effect;
    policy
}

fn everybody(span: Span) -> Who {
    Who::Users(only(UserScope::All, span))
}

fn policy(assignments: Option<Assignments>, span: Span) -> Policy {
    Policy {
        id: "rule".to_owned(),
        has_server_id: false,
        display_name: "rule".to_owned(),
        state: State::Enabled,
        name_span: span,
        span,
        assignments: assignments.map(Box::new),
        when: None,
        outcome: Outcome {
            is_block: true,
            span,
            ..Outcome::default()
        },
        unmodelled: Vec::new(),
        form: GraphForm::default(),
        annotations: Annotations::default(),
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
