//! What the words of the language mean, where they stand.

use gatewright_hir::schema::{ControlInfo, Schema};
use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator, Head};

use crate::Snapshot;
use crate::position::Position;

/// The head of a clause, a control, a session control, a member of an enumeration.
pub(super) fn word(
    snapshot: &Snapshot,
    position: &Position<'_>,
    span: Span,
    text: &str,
) -> Option<String> {
    let schema = &snapshot.compilation().set.schema;
    if let Some(declaration) = position.declaration()
        && declaration.keyword == span
    {
        return declaration_keyword(text).map(str::to_owned);
    }
    let clause = position.clause?;
    if clause.head_span == span {
        return Some(format!(
            "**{}**: {}",
            clause.head.word(),
            clause.head.summary()
        ));
    }
    let controls: &[ControlInfo] = match clause.head {
        Head::Require | Head::Block => &schema.controls,
        Head::Session => &schema.session_controls,
        Head::Always | Head::Never => {
            let mut all = schema.controls.iter().chain(&schema.session_controls);
            return all.find(|one| one.name == text).map(control);
        }
        _ => &[],
    };
    if let Some(found) = controls.iter().find(|one| one.name == text) {
        return Some(control(found));
    }
    member(schema, clause.head, text)
}

pub(crate) fn control(control: &ControlInfo) -> String {
    let how = if control.is_interactive {
        "\n\nThe user can satisfy it during the sign-in."
    } else {
        ""
    };
    format!("**{}**: {}{how}", control.name, control.title)
}

/// A member of the enumeration that a clause lists.
fn member(schema: &Schema, head: Head, text: &str) -> Option<String> {
    let name = enumeration(head)?;
    let mut all = schema.enumerations.iter();
    let enumeration = all.find(|enumeration| enumeration.name == name)?;
    let mut members = enumeration.members.iter();
    let (member, docs) = members.find(|(member, _)| member.eq_ignore_ascii_case(text))?;
    Some(format!("**{member}**: {docs}"))
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

fn declaration_keyword(word: &str) -> Option<&'static str> {
    Some(match word {
        "group" => "**group**: a name for a group of the tenant.",
        "user" => "**user**: a name for a user of the tenant.",
        "app" => "**app**: a name for an application.",
        "role" => "**role**: a name for a directory role.",
        "location" => "**location**: a named location: ranges of addresses, or countries.",
        "strength" => "**strength**: an authentication strength: combinations of methods.",
        "terms" => "**terms**: a name for terms of use.",
        "context" => "**context**: a name for an authentication context.",
        "rule" => "**rule**: a condition with a name.",
        "policy" => "**policy**: to whom and what it applies, and what it does there.",
        "scope" => "**scope**: clauses for every policy inside.",
        "template" => "**template**: policies with parameters.",
        "use" => "**use**: a template with its parameters filled in.",
        "compliance" => "**compliance**: what makes a device compliant.",
        "test" => "**test**: a sign-in, and what is expected of its decision.",
        "invariant" => "**invariant**: what must hold for every sign-in that can exist.",
        _ => return None,
    })
}

/// What a comparison means, absence included.
pub(crate) fn operator(text: &str) -> Option<String> {
    let word = text.trim_start_matches(|c: char| !c.is_alphabetic());
    let operator = CompareOperator::from_word(word)?;
    let (meaning, is_negative) = meaning(operator);
    let absence = if is_negative {
        "True also where there is no value: on an unregistered device every negative operator holds."
    } else {
        "False where there is no value."
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
