//! Rules of every dialect on their own, decided by every engine.
#![expect(clippy::panic, reason = "engines that disagree are a failing test")]

use gatewright_compiler::{CheckedRule, check_rule};
use gatewright_runtime::Mode;
use gatewright_syntax::ast::CompareOperator;
use gatewright_value::Kind;
use serde_json::{Value, json};

use crate::engines::Subject;

/// A rule that can be read.
pub struct DialectRule {
    text: String,
    checked: CheckedRule,
    subject: Subject,
}

/// The codes of what is said about a rule.
#[must_use]
pub fn codes_in(dialect: &str, text: &str) -> Vec<&'static str> {
    match check_rule(dialect, text) {
        Ok(checked) => checked.diagnostics.iter().map(|d| d.code.name()).collect(),
        Err(error) => panic!("{error:?}"),
    }
}

impl DialectRule {
    /// Read a rule.
    ///
    /// # Errors
    /// The codes of what is wrong with it.
    pub fn read(dialect: &str, text: &str) -> Result<DialectRule, Vec<&'static str>> {
        let checked = check_rule(dialect, text).map_err(|_| Vec::new())?;
        let Some(set) = checked.set.clone() else {
            return Err(checked.diagnostics.iter().map(|d| d.code.name()).collect());
        };
        Ok(DialectRule {
            text: text.to_owned(),
            checked,
            subject: Subject::new(set).unwrap_or_else(|error| panic!("{text}: {error}")),
        })
    }

    /// Whether the rule matches, at a time; `None` where that is not known.
    #[must_use]
    pub fn matches_at(&self, facts: &Value, now: Option<&str>) -> Option<bool> {
        self.matches_with(facts, &[], now)
    }

    /// The same, where some of the facts are not known.
    #[must_use]
    pub fn matches_with(
        &self,
        facts: &Value,
        unknown: &[String],
        now: Option<&str>,
    ) -> Option<bool> {
        let request = self.checked.request(facts, unknown, now);
        let applies = |mode| {
            let decision = self.subject.decide(&request, mode);
            let decision = decision.unwrap_or_else(|d| panic!("{}: {d}\n{request}", self.text));
            assert!(!decision.is_null(), "{}: refused {request}", self.text);
            decision["policies"][0]["policyApplies"] == true
        };
        let (is_certain, is_possible) = (applies(Mode::Graph), applies(Mode::Pessimistic));
        (is_certain == is_possible).then_some(is_certain)
    }

    /// Whether the rule matches, where nothing is unknown.
    #[must_use]
    pub fn matches(&self, facts: &Value) -> bool {
        self.matches_at(facts, Some("2026-11-22T09:00:00Z"))
            .unwrap_or_else(|| panic!("{}: not known of {facts}", self.text))
    }
}

/// A comparison as a rule of the service writes it; `None` where type and operator do not go
/// together.
#[must_use]
pub fn comparison(kind: &Kind, operator: CompareOperator, boolean: &str) -> Option<String> {
    use CompareOperator as Op;
    let is_list = matches!(operator, Op::In | Op::NotIn);
    let is_order = matches!(operator, Op::Le | Op::Ge | Op::Lt | Op::Gt);
    let is_equality = matches!(operator, Op::Eq | Op::Ne);
    let value = match kind {
        Kind::Boolean if is_equality => boolean.to_owned(),
        Kind::Version if is_equality || is_order => "10.0.22631".to_owned(),
        Kind::DateTime if is_equality || is_order => "2026-11-22T09:00:00Z".to_owned(),
        Kind::Boolean | Kind::Version | Kind::DateTime => return None,
        _ if is_order => return None,
        Kind::Guid if is_list => "[\"00001111-aaaa-2222-bbbb-3333cccc4444\"]".to_owned(),
        Kind::Guid => "\"00001111-aaaa-2222-bbbb-3333cccc4444\"".to_owned(),
        _ if is_list => "[\"value\"]".to_owned(),
        _ => "\"value\"".to_owned(),
    };
    Some(format!("-{} {value}", operator.word()))
}

/// Facts with one member.
#[must_use]
pub fn fact(name: &str, value: Value) -> Value {
    json!({ name: value })
}
