//! Classes of values that are drawn have values; what is found for classes is in them; and no value
//! that is drawn is in a conflict. Spaces are drawn too.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod draw;
mod entra;
mod records;

use gatewright_decision::{Cells, Classes, Space, TargetSet, TextClass, Variable};
use gatewright_hir::entra_schema;
use gatewright_hir::schema::{Attribute, AttributeId, Schema};
use gatewright_source::Span;
use gatewright_value::{FieldComparison, Kind, Predicate};

use self::draw::Draw;
use super::{Classifier, Conflict, Realised, Realiser};
use crate::facts::{Fact, Facts};

/// A schema of these attributes.
fn schema(attributes: &[(&str, Kind, bool)]) -> Schema {
    let attribute = |(name, kind, is_optional): &(&str, Kind, bool)| Attribute {
        name: (*name).to_owned(),
        kind: kind.clone(),
        enumeration: None,
        is_optional: *is_optional,
        difference: None,
        docs: String::new(),
        span: Span::default(),
    };
    Schema {
        attributes: attributes.iter().map(attribute).collect(),
        ..Schema::default()
    }
}

fn variable(attribute: u32, classes: Classes) -> Variable {
    let count = match &classes {
        Classes::Boolean => 4,
        Classes::Text(entries) => entries.len() + 3,
        Classes::Ordered(cells) => cells.starts.len() + 3,
        _ => 3,
    };
    Variable {
        attribute: AttributeId(attribute),
        name: String::new(),
        class_count: u32::try_from(count).unwrap(),
        classes,
    }
}

fn entries(mut texts: Vec<(String, bool)>) -> Classes {
    texts.sort();
    texts.dedup();
    let entry = |(class, (text, is_exact))| TextClass {
        text,
        is_exact,
        class,
    };
    Classes::Text((1..).zip(texts).map(entry).collect())
}

fn cells(mut starts: Vec<u128>) -> Classes {
    starts.sort_unstable();
    starts.dedup();
    Classes::Ordered(Cells {
        starts,
        classes: Vec::new(),
    })
}

/// Check a space against facts that are drawn, and against classes that are drawn; the result is
/// how many of the latter had conflicts and how many exhausted a limit.
fn check(
    schema: &Schema,
    space: &Space,
    draw: &mut Draw,
    facts: &mut dyn FnMut(&mut Draw) -> Facts,
) -> (usize, usize) {
    let mut realiser = Realiser::new(schema, space);
    let classifier = Classifier::new(schema, space);
    let drawn: Vec<(Facts, Vec<u32>)> = (0..200)
        .map(|_| {
            let facts = facts(draw);
            let classes = classifier.classes_of(&facts);
            (facts, classes)
        })
        .collect();
    for (facts, classes) in drawn.iter().take(40) {
        match realiser.realise(classes) {
            Realised::Facts(found) => {
                assert_eq!(
                    &classifier.classes_of(&found),
                    classes,
                    "{found:?}\n{space:#?}"
                );
            }
            other => panic!("{other:?} though {facts:?} is in {classes:?}\n{space:#?}"),
        }
    }
    let (mut conflicts, mut exhausted) = (0, 0);
    for _ in 0..40 {
        let class = |variable: &Variable| draw.below(variable.class_count);
        let classes: Vec<u32> = space.variables.iter().map(class).collect();
        match realiser.realise(&classes) {
            Realised::Facts(found) => {
                assert_eq!(
                    classifier.classes_of(&found),
                    classes,
                    "{found:?}\n{space:#?}"
                );
            }
            Realised::Exhausted(_) => exhausted += 1,
            Realised::Conflicts(found) => {
                conflicts += 1;
                let is_of = |conflict: &Conflict, of: &[u32]| {
                    let mut literals = conflict.literals.iter();
                    literals.all(|(variable, class)| of[*variable as usize] == *class)
                };
                let mut own = found.iter();
                assert!(own.any(|conflict| is_of(conflict, &classes)), "{classes:?}");
                for conflict in found {
                    let is = |of: &[u32]| is_of(&conflict, of);
                    let wrong = drawn.iter().find(|(_, classes)| is(classes));
                    assert_eq!(wrong, None, "{conflict:?}\n{space:#?}");
                }
            }
        }
    }
    (conflicts, exhausted)
}

#[test]
fn texts_have_all_answers_that_are_asked() {
    let mut draw = Draw(1);
    let (mut conflicts, mut exhausted) = (0, 0);
    for _ in 0..30 {
        let schema = schema(&[("text", Kind::String, true)]);
        let mut variables = Vec::new();
        let count = draw.below(6);
        let texts = (0..count).map(|_| (draw.word(), draw.flip())).collect();
        variables.push(variable(0, entries(texts)));
        for _ in 0..draw.below(3) {
            variables.push(variable(0, Classes::Contains(draw.word())));
        }
        for _ in 0..draw.below(3) {
            variables.push(variable(0, Classes::EndsWith(draw.word())));
        }
        for _ in 0..draw.below(3) {
            variables.push(variable(0, Classes::Matches(draw.pattern())));
        }
        let space = Space { variables };
        let (c, e) = check(&schema, &space, &mut draw, &mut |draw| {
            let fact = match draw.below(10) {
                0 => Fact::Null,
                1 => Fact::Unknown,
                _ => Fact::Text(draw.word()),
            };
            Facts::from([(AttributeId(0), fact)])
        });
        conflicts += c;
        exhausted += e;
    }
    assert!(conflicts > 50 && exhausted == 0, "{conflicts} {exhausted}");
}

#[test]
fn ordered_values_lie_in_their_cells_and_bounds() {
    let mut draw = Draw(2);
    let small = Kind::Integer { min: -3, max: 9 };
    for kind in [
        small,
        Kind::Version,
        Kind::Decimal,
        Kind::DateTime,
        Kind::Address,
    ] {
        let schema = schema(&[("a", kind.clone(), false), ("b", Kind::Boolean, true)]);
        for _ in 0..10 {
            let near = |draw: &mut Draw| {
                let origin = match kind {
                    Kind::Decimal => 1 << 127,
                    Kind::Integer { .. } | Kind::DateTime => 1 << 63,
                    _ => 1 << 40,
                };
                origin + u128::from(draw.below(20)) - 10
            };
            let starts = (0..draw.below(5)).map(|_| near(&mut draw)).collect();
            let variables = vec![variable(0, cells(starts)), variable(1, Classes::Boolean)];
            let space = Space { variables };
            check(&schema, &space, &mut draw, &mut |draw| {
                let key = match kind {
                    Kind::Integer { .. } => (1 << 63) - 3 + u128::from(draw.below(13)),
                    _ => near(draw),
                };
                let flag = [Fact::Boolean(draw.flip()), Fact::Null, Fact::Unknown];
                let flag = flag[draw.below(3) as usize].clone();
                Facts::from([(AttributeId(0), Fact::Key(key)), (AttributeId(1), flag)])
            });
        }
    }
}

#[test]
fn times_and_their_differences_agree() {
    let mut draw = Draw(3);
    let date = |name| (name, Kind::DateTime, true);
    let span = |name| (name, Kind::Duration, true);
    let mut schema = schema(&[
        date("a"),
        date("b"),
        date("c"),
        span("ab"),
        span("bc"),
        span("ac"),
    ]);
    for (at, ends) in [(3, (0, 1)), (4, (1, 2)), (5, (0, 2))] {
        schema.attributes[at].difference = Some((AttributeId(ends.0), AttributeId(ends.1)));
    }
    const ZERO: u128 = 1 << 63;
    let mut conflicts = 0;
    for _ in 0..60 {
        let mut variables = Vec::new();
        for attribute in 0..6 {
            if attribute != 3 && draw.below(4) == 0 {
                continue;
            }
            let scale = if attribute < 3 { 1000 } else { 1 };
            let mut start = || ZERO + u128::from(draw.below(12)) * scale + scale / 2 - 5 * scale;
            let starts = vec![start(), start()];
            variables.push(variable(attribute, cells(starts)));
        }
        let space = Space { variables };
        let (c, e) = check(&schema, &space, &mut draw, &mut |draw| {
            let mut facts = Facts::new();
            for attribute in 0..3 {
                let fact = match draw.below(12) {
                    0 => Fact::Null,
                    1 => Fact::Unknown,
                    _ => Fact::Key(ZERO + u128::from(draw.below(12_000)) - 5000),
                };
                facts.insert(AttributeId(attribute), fact);
            }
            facts
        });
        assert_eq!(e, 0);
        conflicts += c;
    }
    assert!(conflicts > 100, "{conflicts}");
}

#[test]
fn sets_have_what_is_reached_and_avoid_the_rest() {
    let mut draw = Draw(4);
    let few = Kind::Enumeration {
        members: ["a", "b", "ab"].map(str::to_owned).into(),
        is_open: false,
    };
    let (mut conflicts, mut exhausted) = (0, 0);
    for element in [Kind::Guid, Kind::String, few] {
        for _ in 0..30 {
            let schema = schema(&[("set", Kind::Set(Box::new(element.clone())), false)]);
            let mut variables = Vec::new();
            for _ in 0..draw.below(3) {
                variables.push(variable(0, Classes::Has(draw.word())));
            }
            for _ in 0..=draw.below(3) {
                let listed = (0..draw.below(4)).map(|_| draw.word()).collect();
                variables.push(variable(
                    0,
                    Classes::Reaches(TargetSet::new(draw.flip(), listed)),
                ));
            }
            for _ in 0..draw.below(3) {
                variables.push(variable(0, Classes::Some(draw.predicate(&[""]))));
            }
            let space = Space { variables };
            let is_few = matches!(element, Kind::Enumeration { .. });
            let (c, e) = check(&schema, &space, &mut draw, &mut |draw| {
                let word = |draw: &mut Draw| match draw.below(3) {
                    place if is_few => ["a", "b", "ab"][place as usize].to_owned(),
                    _ => draw.word(),
                };
                let fact = match draw.below(10) {
                    0 => Fact::Unknown,
                    _ => Fact::Elements((0..draw.below(4)).map(|_| word(draw)).collect()),
                };
                Facts::from([(AttributeId(0), fact)])
            });
            conflicts += c;
            exhausted += e;
        }
    }
    assert!(conflicts > 100 && exhausted == 0, "{conflicts} {exhausted}");
}

#[test]
fn conflicts_are_small() {
    let schema = schema(&[
        ("set", Kind::Set(Box::new(Kind::Guid)), false),
        ("text", Kind::String, false),
    ]);
    let set = |listed: &[&str]| {
        TargetSet::new(
            false,
            listed.iter().map(|text| (*text).to_owned()).collect(),
        )
    };
    let mut variables = vec![
        variable(0, Classes::Reaches(set(&["a"]))),
        variable(0, Classes::Reaches(set(&["a", "b"]))),
        variable(1, entries(vec![("sales".to_owned(), true)])),
        variable(1, Classes::Contains("le".to_owned())),
        variable(1, Classes::EndsWith("x".to_owned())),
    ];
    for number in 0..500 {
        variables.push(variable(0, Classes::Has(format!("other {number}"))));
    }
    let space = Space { variables };
    let mut realiser = Realiser::new(&schema, &space);
    let mut classes = vec![1, 0, 1, 0, 0];
    classes.extend((0..500).map(|number| number % 2));
    let Realised::Conflicts(found) = realiser.realise(&classes) else {
        panic!("it has values")
    };
    let literals: Vec<_> = found
        .into_iter()
        .map(|conflict| conflict.literals)
        .collect();
    assert_eq!(literals, [vec![(0, 1), (1, 0)], vec![(2, 1), (3, 0)]]);
    assert_eq!(realiser.impossible(2), [2]);
    assert_eq!(realiser.impossible(0), [0u32; 0]);
}

#[test]
fn values_are_ordinary_where_nothing_else_is_asked() {
    let platform = Kind::Enumeration {
        members: vec!["iOS".to_owned(), "windows".to_owned()],
        is_open: true,
    };
    let closed = Kind::Enumeration {
        members: vec!["Member".to_owned(), "Guest".to_owned()],
        is_open: false,
    };
    let listed = |texts: &[&str]| {
        entries(
            texts
                .iter()
                .map(|text| ((*text).to_owned(), true))
                .collect(),
        )
    };
    let rows: [(Kind, &[&str], Option<&str>); 6] = [
        (platform.clone(), &["ios"], Some("windows")),
        (platform, &["ios", "windows"], Some("unknown")),
        (closed.clone(), &["guest"], Some("member")),
        (closed, &["guest", "member"], None),
        (Kind::Country, &["de", "us"], Some("fr")),
        (Kind::String, &["other"], Some("another")),
    ];
    for (kind, texts, expected) in rows {
        let schema = schema(&[("text", kind, false)]);
        let space = Space {
            variables: vec![variable(0, listed(texts))],
        };
        let mut realiser = Realiser::new(&schema, &space);
        let found = realiser.realise(&[0]);
        let expected = expected.map(|text| Fact::Text(text.to_owned()));
        let impossible = realiser.impossible(0);
        match (found, expected) {
            (Realised::Facts(facts), Some(expected)) => {
                assert_eq!(facts[&AttributeId(0)], expected);
                assert!(!impossible.contains(&0));
            }
            (Realised::Conflicts(_), None) => assert!(impossible.contains(&0)),
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    }
}

#[test]
fn an_entity_that_is_missing_has_no_values_at_all() {
    let mut schema = schema(&[
        ("card.kind", Kind::String, false),
        ("card.name", Kind::String, true),
        ("card.tags", Kind::Set(Box::new(Kind::String)), false),
    ]);
    schema.entities.push(gatewright_hir::schema::Entity {
        name: "card".to_owned(),
        is_optional: true,
        docs: String::new(),
        span: Span::default(),
    });
    let space = Space {
        variables: vec![
            variable(0, entries(vec![("gold".to_owned(), true)])),
            variable(1, Classes::Contains("x".to_owned())),
            variable(2, Classes::Has("y".to_owned())),
        ],
    };
    let mut realiser = Realiser::new(&schema, &space);
    let Realised::Facts(facts) = realiser.realise(&[2, 0, 0]) else {
        panic!("a missing entity has values")
    };
    assert_eq!(facts[&AttributeId(1)], Fact::Null);
    let Realised::Conflicts(found) = realiser.realise(&[2, 1, 1]) else {
        panic!("a missing entity has none")
    };
    let literals: Vec<_> = found
        .into_iter()
        .map(|conflict| conflict.literals)
        .collect();
    assert_eq!(literals, [[(0, 2), (1, 1)], [(0, 2), (2, 1)]]);
}

#[test]
fn a_search_that_is_too_long_says_so() {
    let schema = schema(&[("text", Kind::String, false)]);
    let many = (0..14).map(|n| {
        let pattern = format!(
            "{}.{{{}}}{}",
            char::from(b'a' + n),
            9 + n,
            char::from(b'a' + n)
        );
        variable(0, Classes::Matches(pattern))
    });
    let none = variable(0, Classes::Matches("^(.{0,40}|.{42,})$".to_owned()));
    let space = Space {
        variables: many.chain([none]).collect(),
    };
    let mut realiser = Realiser::new(&schema, &space);
    let classes: Vec<u32> = (0..15).map(|n| u32::from(n < 14)).collect();
    assert!(matches!(realiser.realise(&classes), Realised::Exhausted(_)));
}

#[test]
fn spaces_of_large_tenants_are_realised() {
    let schema = schema(&[
        ("user", Kind::Guid, true),
        ("groups", Kind::Set(Box::new(Kind::Guid)), false),
        ("name", Kind::String, true),
    ]);
    let id = |n: u32| format!("{n:08x}-0000-4000-8000-000000000000");
    let mut variables = vec![variable(
        0,
        entries((0..5000).map(|n| (id(n), true)).collect()),
    )];
    variables.extend((0..3000).map(|n| variable(1, Classes::Has(id(n)))));
    for n in 0..300 {
        let listed = (0..50).map(|k| id(n * 7 + k * 11)).collect();
        variables.push(variable(
            1,
            Classes::Reaches(TargetSet::new(n % 3 == 0, listed)),
        ));
    }
    let names = (0..2000).map(|n| (format!("user{n}@example.com"), true));
    variables.push(variable(2, entries(names.collect())));
    variables.push(variable(2, Classes::Contains("7@".to_owned())));
    variables.push(variable(2, Classes::EndsWith(".com".to_owned())));
    variables.push(variable(2, Classes::Matches(r"^\w+\d{3}".to_owned())));
    let space = Space { variables };
    let mut realiser = Realiser::new(&schema, &space);
    let mut draw = Draw(9);
    let mut conflicts = 0;
    for _ in 0..20 {
        let class = |variable: &Variable| match draw.below(50) {
            0 => 1,
            _ if variable.class_count > 3 => draw.below(variable.class_count - 2),
            _ => 0,
        };
        let classes: Vec<u32> = space.variables.iter().map(class).collect();
        match realiser.realise(&classes) {
            Realised::Conflicts(found) => {
                conflicts += found.len();
                assert!(found.iter().all(|conflict| conflict.literals.len() <= 60));
            }
            other => assert!(matches!(other, Realised::Facts(_)), "{other:?}"),
        }
    }
    assert!(conflicts > 20, "{conflicts}");
}

#[test]
fn what_automata_cannot_say_is_no_conflict() {
    let schema = schema(&[("text", Kind::String, false)]);
    let rows = [
        // Found among the texts of ASCII, which are all that the automaton of a word's end knows.
        (r"ab\b", "a", true, Some("ab")),
        (r"\bé\b", "x", true, None),
        ("(?-i:A)b", "b", true, Some("Ab")),
        ("(?-i:A)b", "q", false, None),
    ];
    for (pattern, part, has_part, expected) in rows {
        let space = Space {
            variables: vec![
                variable(0, Classes::Matches(pattern.to_owned())),
                variable(0, Classes::Contains(part.to_owned())),
                variable(0, Classes::Matches("^.{2}$".to_owned())),
            ],
        };
        let found = Realiser::new(&schema, &space).realise(&[1, u32::from(has_part), 1]);
        match (found, expected) {
            (Realised::Facts(facts), Some(expected)) => {
                assert_eq!(facts[&AttributeId(0)], Fact::Text(expected.to_owned()));
            }
            (Realised::Facts(facts), None) => assert_eq!(
                Classifier::new(&schema, &space).classes_of(&facts),
                [1, u32::from(has_part), 1]
            ),
            (found, None) => assert!(matches!(found, Realised::Exhausted(_)), "{found:?}"),
            (found, Some(_)) => panic!("{found:?} of {pattern}"),
        }
    }
}

#[test]
fn classes_beyond_the_bounds_of_a_type_are_impossible() {
    let schema = schema(&[("count", Kind::Integer { min: 0, max: 9 }, false)]);
    let key = super::ordered::key_of;
    let space = Space {
        variables: vec![variable(0, cells(vec![key(0), key(5), key(10)]))],
    };
    assert_eq!(Realiser::new(&schema, &space).impossible(0), [0, 3, 4]);
}

#[test]
fn variables_of_one_attribute_are_known_together() {
    let schema = entra_schema();
    let of = |name: &str| schema.find_attribute(name).unwrap().0;
    let any = || Classes::Some(Predicate::constant(true));
    let open = Classes::Some(Predicate::unknown());
    let space = Space {
        variables: vec![
            variable(of("app.resources"), any()),
            variable(of("app.ids"), Classes::Has("a".to_owned())),
            variable(of("app.resources"), any()),
            variable(of("app.ids"), any()),
            variable(of("app.ids"), open),
            variable(of("user.id"), entries(Vec::new())),
        ],
    };
    assert_eq!(Realiser::new(&schema, &space).known_together(), [[1, 3]]);
}

/// A predicate of one comparison.
fn is(field: &str, comparison: FieldComparison) -> Predicate {
    Predicate::field(field, comparison)
}
