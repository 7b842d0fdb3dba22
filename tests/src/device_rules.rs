//! Rules of the device filter on their own, decided by every engine in both modes of the filter.
#![expect(clippy::panic, reason = "engines that disagree are a failing test")]

use gatewright_compiler::check_rule;
use gatewright_hir::rule::DEVICE_RULE_DIALECT;
use gatewright_runtime::Mode;
use gatewright_syntax::ast::CompareOperator;
use gatewright_value::Kind;
use serde_json::{Value, json};

use crate::engines::Subject;

/// A rule that can be read, as the filter of two policies.
pub struct DeviceRule {
    text: String,
    include: Subject,
    exclude: Subject,
}

/// Whether the two policies apply to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applies {
    /// The policy whose filter includes what matches.
    pub include: bool,
    /// The policy whose filter excludes what matches.
    pub exclude: bool,
}

impl Applies {
    /// What a filter does that matches, or does not.
    #[must_use]
    pub fn matching(matches: bool) -> Applies {
        Applies {
            include: matches,
            exclude: !matches,
        }
    }
}

/// The codes of what is said about a rule.
#[must_use]
pub fn codes(text: &str) -> Vec<&'static str> {
    match check_rule(DEVICE_RULE_DIALECT, text) {
        Ok(checked) => checked.diagnostics.iter().map(|d| d.code.name()).collect(),
        Err(error) => panic!("{error:?}"),
    }
}

impl DeviceRule {
    /// Read a rule.
    ///
    /// # Errors
    /// The codes of what is wrong with it.
    pub fn read(text: &str) -> Result<DeviceRule, Vec<&'static str>> {
        let checked = check_rule(DEVICE_RULE_DIALECT, text).map_err(|_| Vec::new())?;
        let Some(set) = checked.set else {
            return Err(checked.diagnostics.iter().map(|d| d.code.name()).collect());
        };
        let mut excluding = set.clone();
        let filters = excluding
            .policies
            .iter_mut()
            .flat_map(|p| &mut p.assignments);
        for filter in filters.flat_map(|assignments| &mut assignments.devices) {
            filter.is_exclude = true;
        }
        let subject = |set| Subject::new(set).unwrap_or_else(|error| panic!("{text}: {error}"));
        Ok(DeviceRule {
            text: text.to_owned(),
            include: subject(set),
            exclude: subject(excluding),
        })
    }

    /// Whether the policies apply to a device; `null` is an unregistered one.
    #[must_use]
    pub fn applies(&self, device: &Value) -> Applies {
        Applies {
            include: self.decide(&self.include, device),
            exclude: self.decide(&self.exclude, device),
        }
    }

    /// Whether the rule matches a device. In both modes of the filter, the policy does what the
    /// rule says.
    #[must_use]
    pub fn matches(&self, device: &Value) -> bool {
        let applies = self.applies(device);
        assert_ne!(applies.include, applies.exclude, "{}\n{device}", self.text);
        applies.include
    }

    fn decide(&self, subject: &Subject, device: &Value) -> bool {
        let request = json!({
            "signInIdentity": { "@odata.type": "#microsoft.graph.userSignIn", "userId": "u" },
            "signInContext": { "includeApplications": ["a"] },
            "signInConditions": { "deviceInfo": device },
        });
        let decide = |mode| {
            let decision = subject.decide(&request, mode);
            let decision = decision.unwrap_or_else(|d| panic!("{}: {d}\n{request}", self.text));
            assert!(!decision.is_null(), "{}: refused {request}", self.text);
            decision["policies"][0]["policyApplies"] == true
        };
        let applies = decide(Mode::Graph);
        // Nothing about a device is unknown unless the request says so.
        assert_eq!(
            applies,
            decide(Mode::Pessimistic),
            "{}\n{request}",
            self.text
        );
        applies
    }
}

/// A comparison as a rule writes it, with a value that meets it and one that misses it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// `-eq "Surface"`
    pub comparison: String,
    /// A value that meets it.
    pub met: Value,
    /// A value that does not, by little.
    pub missed: Value,
}

/// An example of an operator on a type; `None` where the two do not go together.
#[must_use]
pub fn example(kind: &Kind, operator: CompareOperator) -> Option<Example> {
    use CompareOperator as Op;
    let positive = opposite(operator)
        .filter(|_| is_negative(operator))
        .unwrap_or(operator);
    let (operand, met, missed) = match (kind, positive) {
        (Kind::Boolean, Op::Eq) => ("True".to_owned(), json!(true), json!(false)),
        (Kind::Set(_), Op::Eq | Op::Contains) => (
            "\"M365Managed\"".to_owned(),
            json!(["x", "m365managed"]),
            json!(["M365Managed 2"]),
        ),
        (Kind::String, _) => texts(positive)?,
        (Kind::Guid, Op::Eq | Op::In) => {
            let ids = [
                "00001111-aaaa-2222-bbbb-3333cccc4444",
                "0000000a-0000-0000-c000-000000000000",
            ];
            let operand = if positive == Op::In {
                format!("[\"{}\"]", ids[0])
            } else {
                format!("\"{}\"", ids[0])
            };
            (operand, json!(ids[0].to_uppercase()), json!(ids[1]))
        }
        (Kind::Enumeration { members, .. }, Op::Eq) => {
            let [first, second, ..] = members.as_slice() else {
                return None;
            };
            (format!("\"{first}\""), json!(first), json!(second))
        }
        _ => return None,
    };
    let comparison = format!("-{} {operand}", operator.word());
    let (met, missed) = if is_negative(operator) {
        (missed, met)
    } else {
        (met, missed)
    };
    Some(Example {
        comparison,
        met,
        missed,
    })
}

fn texts(positive: CompareOperator) -> Option<(String, Value, Value)> {
    use CompareOperator as Op;
    let (operand, met, missed) = match positive {
        Op::Eq => ("\"Surface\"", "sURFACE", "Surface Pro"),
        Op::StartsWith => ("\"Surface\"", "surface pro", "my surface"),
        Op::EndsWith => ("\"Pro\"", "Surface PRO", "Pro 9"),
        Op::Contains => ("\"face\"", "Surface", "Pro"),
        Op::In => ("[\"Surface\", \"Pro\"]", "pro", "Surface Pro"),
        _ => return None,
    };
    Some((operand.to_owned(), json!(met), json!(missed)))
}

/// Whether an operator is the complement of another one that comes first: `-ne`, `-notIn`.
#[must_use]
pub fn is_negative(operator: CompareOperator) -> bool {
    operator == CompareOperator::Ne || operator.word().starts_with("not")
}

/// The complement of an operator.
#[must_use]
pub fn opposite(operator: CompareOperator) -> Option<CompareOperator> {
    let word = match operator.word() {
        "eq" => "ne".to_owned(),
        "ne" => "eq".to_owned(),
        word => word
            .strip_prefix("not")
            .map_or_else(|| format!("not{word}"), str::to_owned),
    };
    CompareOperator::from_word(&word)
}
