//! Rules: Boolean expressions over facts.
//!
//! SEMANTICS: §3, §6.7, §7.3, §17

use gatewright_hir::model::{AppGroup, Comparison, Expr, NamedLocation, Test};
use gatewright_hir::schema::Schema;
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::util::syntax;

use crate::facts::{Fact, Facts, fold};
use crate::logic::{self, Kleene};
use crate::{location, record, target};

/// What conditions are evaluated against.
pub(crate) struct World<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) locations: &'a [NamedLocation],
    pub(crate) app_groups: &'a [AppGroup],
    pub(crate) facts: &'a Facts,
}

/// Whether a rule holds.
pub(crate) fn holds(world: &World<'_>, rule: &Expr) -> Kleene {
    match rule {
        Expr::Constant(value) => Kleene::from(*value),
        Expr::Not(rule) => holds(world, rule).not(),
        Expr::All(rules) => logic::all(rules.iter().map(|rule| holds(world, rule))),
        Expr::Any(rules) => logic::any(rules.iter().map(|rule| holds(world, rule))),
        Expr::Test(test) => test_holds(world, test),
        Expr::Location(scope) => location::holds(world, scope),
        Expr::App(scope) => target::is_resource(world, scope),
        Expr::Some(some) => match world.schema.attribute(some.collection) {
            Some(set) => record::some_element(world.facts.get(&set.name), &some.body),
            None => Kleene::Unknown,
        },
        // A question about a field is one about an element; here there is none.
        Expr::Field(_) | Expr::Unknown(_) => Kleene::Unknown,
    }
}

fn test_holds(world: &World<'_>, test: &Test) -> Kleene {
    let Some(attribute) = world.schema.attribute(test.attribute) else {
        return Kleene::Unknown;
    };
    let positive = compare(world.facts.get(&attribute.name), &test.comparison);
    // SEMANTICS: §7.3
    let positive = match (test.needs_managed_device, &test.comparison) {
        (false, _) => positive,
        (true, Comparison::IsNull) => logic::any([positive, is_available(world.facts).not()]),
        (true, _) => logic::all([positive, is_available(world.facts)]),
    };
    if test.is_negated {
        positive.not()
    } else {
        positive
    }
}

/// Whether extension attributes have a value.
///
/// SEMANTICS: §7.3
fn is_available(facts: &Facts) -> Kleene {
    logic::any([
        facts.is_null("device.mdmAppId").not(),
        facts.is_true("device.isCompliant"),
        facts.equals("device.trustType", "ServerAD"),
    ])
}

/// A comparison without its negation. Null satisfies only *is null*.
///
/// SEMANTICS: §2.1, §3.1 to §3.5
fn compare(fact: &Fact, comparison: &Comparison) -> Kleene {
    let holds = match (fact, comparison) {
        (Fact::Unknown, _) => return Kleene::Unknown,
        (Fact::Null, Comparison::IsNull) => true,
        (Fact::Boolean(value), Comparison::IsTrue) => *value,
        (Fact::Boolean(value), Comparison::IsFalse) => !*value,
        (Fact::Number(value), Comparison::Between(least, greatest)) => {
            least <= value && value <= greatest
        }
        (Fact::Address(value), Comparison::InRange(ranges)) => ranges
            .iter()
            .any(|range| range.first <= *value && *value <= range.last),
        (Fact::Set(elements), Comparison::Has(texts)) => elements
            .iter()
            .any(|element| texts.iter().any(|text| fold(text) == fold(element))),
        (Fact::Text(value), comparison) => text_satisfies(value, comparison),
        _ => false,
    };
    Kleene::from(holds)
}

/// SEMANTICS: §3.2
pub(crate) fn text_satisfies(value: &str, comparison: &Comparison) -> bool {
    let folded = fold(value);
    match comparison {
        Comparison::OneOf(texts) => texts.iter().any(|text| folded == fold(text)),
        Comparison::StartsWith(texts) => texts.iter().any(|text| folded.starts_with(&fold(text))),
        Comparison::EndsWith(texts) => texts.iter().any(|text| folded.ends_with(&fold(text))),
        Comparison::Contains(texts) => texts.iter().any(|text| folded.contains(&fold(text))),
        Comparison::Matches(pattern) => pattern_matches(pattern, value),
        _ => false,
    }
}

/// Whether a pattern matches somewhere. The compiler has refused patterns that cannot be built; one
/// that comes here all the same matches nothing.
fn pattern_matches(pattern: &str, value: &str) -> bool {
    let without_case = syntax::Config::new().case_insensitive(true);
    match PikeVM::builder().syntax(without_case).build(pattern) {
        Ok(machine) => machine.is_match(&mut machine.create_cache(), value),
        Err(_) => false,
    }
}
