//! What the words of the language mean, where they stand.

use gatewright_hir::schema::ControlInfo;
use gatewright_source::Span;
use gatewright_syntax::ast::{ClauseBody, CompareOperator, Head};

use crate::Snapshot;
use crate::completion::takes;
use crate::position::Position;

/// The head of a clause, and what the clause takes.
pub(super) fn head(snapshot: &Snapshot, position: &Position<'_>, span: Span) -> Option<String> {
    let clause = position.clause.filter(|clause| clause.head_span == span)?;
    let head = clause.head;
    let schema = &snapshot.compilation().set.schema;
    let mut text = format!("**{}**: {}", head.word(), head.summary());
    let mut lines: Vec<String> = takes(head)
        .map(|(word, docs)| format!("- `{word}`: {docs}"))
        .collect();
    let mut enumerations = schema.enumerations.iter();
    let listed = enumeration(head).filter(|_| head != Head::Users);
    let listed = listed.and_then(|name| enumerations.find(|one| one.name == name));
    lines.extend(listed.iter().flat_map(|one| &one.members).map(line));
    let is_rule = matches!(clause.body, ClauseBody::Expression(_));
    match head {
        Head::Then => {
            let effects = schema.effects.iter();
            lines.extend(effects.map(|effect| format!("- `{}`: {}", effect.name, effect.title)));
        }
        // In a compliance policy it is a condition.
        Head::Require if is_rule => lines.clear(),
        Head::Require => {
            if !schema.is_entra {
                lines.clear();
            }
            lines.extend(schema.controls.iter().map(control_line));
        }
        Head::Session => lines.extend(schema.session_controls.iter().map(control_line)),
        Head::When => text.push_str(" It has to hold, beside all other clauses."),
        Head::Unless => text.push_str(" It must not hold, beside all other clauses."),
        _ => {}
    }
    if !lines.is_empty() {
        text.push_str("\n\n");
        text.push_str(&lines.join("\n"));
    }
    Some(text)
}

fn control_line(control: &ControlInfo) -> String {
    format!("- `{}`: {}", control.name, control.title)
}

fn line((member, docs): &(String, String)) -> String {
    format!("- `{member}`: {docs}")
}

pub(crate) fn control(control: &ControlInfo) -> String {
    let how = if control.is_interactive {
        "\n\nThe user can satisfy it during the sign-in."
    } else {
        ""
    };
    format!("**{}**: {}{how}", control.name, control.title)
}

/// The enumeration whose members a clause lists.
pub(crate) fn enumeration(head: Head) -> Option<&'static str> {
    Some(match head {
        Head::Guests | Head::Users => "GuestType",
        Head::Clients => "ClientApp",
        Head::Platforms => "Platform",
        Head::UserRisk | Head::SignInRisk | Head::WorkloadRisk => "RiskLevel",
        Head::InsiderRisk => "InsiderRiskLevel",
        Head::AgentRisk => "AgentRiskLevel",
        Head::Flows => "TransferMethod",
        _ => return None,
    })
}

/// What a comparison means, absence included.
pub(crate) fn operator(text: &str) -> Option<String> {
    operator_of(text, true)
}

/// The same for an attribute that is one of the device, or is none.
pub(crate) fn operator_of(text: &str, is_device: bool) -> Option<String> {
    let word = text.trim_start_matches(|c: char| !c.is_alphabetic());
    let operator = CompareOperator::from_word(word)?;
    let (meaning, is_negative) = meaning(operator);
    let absence = match (is_negative, is_device) {
        (true, true) => {
            "True also where there is no value: on an unregistered device every negative operator \
             holds."
        }
        (true, false) => "True also where there is no value.",
        (false, _) => "False where there is no value.",
    };
    Some(format!("**-{}**: {meaning}\n\n{absence}", operator.word()))
}

fn meaning(operator: CompareOperator) -> (&'static str, bool) {
    use CompareOperator as O;
    match operator {
        O::Eq => ("equal; texts without case.", false),
        O::Ne => ("not equal; texts without case.", true),
        O::StartsWith => ("starts with the text, without case.", false),
        O::NotStartsWith => ("does not start with the text.", true),
        O::EndsWith => ("ends with the text, without case.", false),
        O::NotEndsWith => ("does not end with the text.", true),
        O::Contains => ("the text occurs in it; of a set, it is an element.", false),
        O::NotContains => ("the text does not occur; of a set, it is no element.", true),
        O::In => ("equal to one of a list.", false),
        O::NotIn => ("equal to none of a list.", true),
        O::Match => ("the pattern matches somewhere, without case.", false),
        O::NotMatch => ("the pattern matches nowhere.", true),
        O::Le => ("at most.", false),
        O::Ge => ("at least.", false),
        O::Lt => ("less than.", false),
        O::Gt => ("greater than.", false),
    }
}

pub(crate) fn connective(text: &str) -> Option<String> {
    let word = text.trim_start_matches(|c: char| !c.is_alphabetic());
    let meaning = match word.to_ascii_lowercase().as_str() {
        "and" => {
            "both hold. Where one is not known and the other does not hold, the whole does not."
        }
        "or" => "one of them holds. Where one is not known and the other holds, the whole does.",
        "not" => "the opposite; what is not known stays so.",
        "any" => "some element of the set satisfies what follows.",
        "all" => "every element of the set satisfies what follows; true of an empty set.",
        _ => return None,
    };
    Some(format!("**-{}**: {meaning}", word.to_ascii_lowercase()))
}

/// What the absence of an attribute does to a rule.
pub(super) fn absence(is_entra: bool, name: &str, filter: Option<bool>) -> String {
    let is_device = is_entra && name.starts_with("device.");
    let who = if is_device {
        "An unregistered device has none: "
    } else {
        "It can be absent: "
    };
    let mut text = format!(
        "{who}then positive operators do not hold, and negative ones (`-ne`, `-notIn`, …) do."
    );
    if let Some(is_exclude) = filter.filter(|_| is_device) {
        text.push_str(if is_exclude {
            " Under `devices except`, the policy applies to unregistered devices unless the rule \
             holds for them."
        } else {
            " Under `devices where`, the policy applies to unregistered devices only if the rule \
             holds for them."
        });
    }
    text
}
