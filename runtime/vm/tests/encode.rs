//! Facts become the classes that the matchers say, null and unknown included.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use gatewright_bytecode::{Matcher, Verified};
use gatewright_value::{FieldComparison, Predicate, Record, Truth};
use gatewright_vm::{Fact, FactError, Facts, Loaded, Scratch, TEXT_BYTES_MAX, encode, settle};

fn loaded() -> Loaded {
    Loaded::new(Verified::new(sample::varied()).unwrap()).unwrap()
}

/// The classes of the variables of one attribute.
fn classes(attribute: &str, fact: Fact<'_>) -> Vec<u32> {
    let loaded = loaded();
    let handle = loaded.attribute(attribute).unwrap();
    let mut facts = Facts::unknown(&loaded);
    facts.set(&loaded, handle, fact).unwrap();
    let mut scratch = Scratch::default();
    let classes = encode(&loaded, &facts, &mut scratch);
    let variables = loaded.program().variables.iter().zip(classes);
    let of_attribute = variables.filter(|(variable, _)| variable.attribute == handle.index());
    of_attribute.map(|(_, class)| *class).collect()
}

#[test]
fn every_matcher_gives_the_class_of_a_value() {
    let text = |text: &'static str| Fact::text(text);
    let set = |elements: &[&'static str]| Fact::set(elements.iter().copied());
    let rows: Vec<(&str, Fact<'_>, &[u32])> = vec![
        ("device.isCompliant", Fact::Boolean(false), &[0]),
        ("device.isCompliant", Fact::Boolean(true), &[1]),
        ("device.isCompliant", Fact::Null, &[2]),
        ("device.isCompliant", Fact::Unknown, &[3]),
        ("signIn.identity", text("USER"), &[3]),
        ("signIn.identity", text("agentIdentity"), &[1]),
        ("signIn.identity", text("agentIdentit"), &[0]),
        ("signIn.identity", text(""), &[0]),
        ("signIn.identity", Fact::Null, &[4]),
        ("signIn.identity", Fact::Unknown, &[5]),
        ("location.ip", Fact::Address(0), &[0]),
        ("location.ip", Fact::Address(9), &[0]),
        ("location.ip", Fact::Address(10), &[1]),
        ("location.ip", Fact::Address(19), &[1]),
        ("location.ip", Fact::Address(20), &[2]),
        ("location.ip", Fact::Address(u128::MAX), &[2]),
        ("location.ip", Fact::Null, &[3]),
        ("location.ip", Fact::Unknown, &[4]),
        ("user.groups", set(&[]), &[0, 0]),
        ("user.groups", set(&["Sales", "others"]), &[0, 1]),
        ("user.groups", set(&["FINANCE", "sales"]), &[1, 1]),
        ("user.groups", Fact::Null, &[0, 0]),
        ("user.groups", Fact::Unknown, &[2, 2]),
        // The exact text before a prefix, the longer prefix before the shorter; parts.
        ("device.displayName", text("SAW-1"), &[1, 0, 0, 1]),
        ("device.displayName", text("saw-17"), &[2, 0, 0, 1]),
        ("device.displayName", text("Saw-2-Kiosk-X"), &[1, 1, 1, 0]),
        ("device.displayName", text("sa"), &[0, 0, 0, 0]),
        ("device.displayName", text("ſaw-1"), &[1, 0, 0, 1]),
        ("device.displayName", text("åäö日本😀"), &[0, 0, 0, 0]),
        ("device.displayName", Fact::Null, &[3, 0, 0, 0]),
        ("device.displayName", Fact::Unknown, &[4, 2, 2, 2]),
        // Target sets: lists one, all but those of the first row, and one that is not certain.
        ("app.ids", set(&[]), &[0, 0, 0]),
        ("app.ids", set(&["Mail"]), &[1, 1, 2]),
        ("app.ids", set(&["payroll"]), &[0, 1, 2]),
        ("app.ids", set(&["else"]), &[0, 1, 2]),
        ("app.ids", Fact::Null, &[0, 0, 0]),
        ("app.ids", Fact::Unknown, &[2, 2, 2]),
    ];
    for (attribute, fact, expected) in rows {
        assert_eq!(
            classes(attribute, fact.clone()),
            expected,
            "{attribute}: {fact:?}"
        );
    }
}

#[test]
fn an_element_that_is_listed_makes_an_uncertain_set_certain() {
    let mut program = sample::varied();
    for matcher in &mut program.matchers {
        if let Matcher::Targets { elements, .. } = matcher {
            elements[0].1 = vec![2];
        }
    }
    let loaded = Loaded::new(Verified::new(program).unwrap()).unwrap();
    let apps = loaded.attribute("app.ids").unwrap();
    for (elements, expected) in [
        (["mail", "else"], 1),
        (["else", "mail"], 1),
        (["else", "x"], 2),
    ] {
        let mut facts = Facts::unknown(&loaded);
        facts.set(&loaded, apps, Fact::set(elements)).unwrap();
        let mut scratch = Scratch::default();
        let classes = encode(&loaded, &facts, &mut scratch);
        assert_eq!(*classes.last().unwrap(), expected, "{elements:?}");
    }
}

#[test]
fn scratch_space_serves_several_programs_in_turn() {
    let (one, other) = (loaded(), loaded());
    let mut scratch = Scratch::default();
    for loaded in [&one, &other, &one] {
        let mut facts = Facts::unknown(loaded);
        let name = loaded.attribute("device.displayName").unwrap();
        facts.set(loaded, name, Fact::text("saw-1")).unwrap();
        let classes = encode(loaded, &facts, &mut scratch).to_vec();
        assert_eq!(classes, encode(loaded, &facts, &mut Scratch::default()));
    }
}

#[test]
fn scratch_space_keeps_nothing_of_the_last_request() {
    let loaded = loaded();
    let groups = loaded.attribute("user.groups").unwrap();
    let mut scratch = Scratch::default();
    for elements in [vec!["sales", "finance"], Vec::new()] {
        let mut facts = Facts::unknown(&loaded);
        facts.set(&loaded, groups, Fact::set(elements)).unwrap();
        let classes = encode(&loaded, &facts, &mut scratch).to_vec();
        assert_eq!(classes, encode(&loaded, &facts, &mut Scratch::default()));
        assert_eq!(classes, scratch.classes());
    }
}

#[test]
fn handles_and_facts_belong_to_their_program() {
    let (one, other) = (loaded(), loaded());
    let groups = one.attribute("USER.GROUPS").unwrap();
    let mut facts = Facts::unknown(&one);
    let set = || Fact::set(["a"]);
    assert_eq!(
        facts.set(&other, groups, set()),
        Err(FactError::OtherProgram)
    );
    let foreign = other.attribute("user.groups").unwrap();
    assert_eq!(
        facts.set(&one, foreign, set()),
        Err(FactError::OtherProgram)
    );
    assert_eq!(*facts.get(foreign), Fact::Unknown);
    assert_eq!(
        facts.set(&one, groups, Fact::Boolean(true)),
        Err(FactError::OtherType)
    );
    let long = "x".repeat(TEXT_BYTES_MAX + 1);
    assert_eq!(
        facts.set(&one, groups, Fact::set([long.as_str()])),
        Err(FactError::TooLong)
    );
    assert_eq!(facts.set(&one, groups, set()), Ok(Fact::Unknown));
    assert!(facts.belong_to(&one) && !facts.belong_to(&other));
    assert_eq!(one.attribute("user.groupz"), None);
}

#[test]
fn patterns_that_cannot_be_used_are_named() {
    let rows = [
        ("a(", "unclosed group"),
        ("(?=a)b", "look-around"),
        (r"(a)\1", "backreferences"),
        ("((((a{99}){99}){99}){99})", "its automaton takes more than"),
        (&("(".repeat(100) + &")".repeat(100)), "exceed"),
    ];
    for (pattern, expected) in rows {
        let mut program = sample::varied();
        for matcher in &mut program.matchers {
            if let Matcher::TextParts { patterns, .. } = matcher {
                patterns[0].0 = pattern.to_owned();
            }
        }
        let error = Loaded::new(Verified::new(program).unwrap())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(expected) && error.contains("`"),
            "{pattern}: {error}"
        );
    }
}

/// The classes of some predicates over a set of this attribute.
fn some(attribute: &str, predicates: Vec<Predicate>, fact: Fact<'_>) -> Vec<u32> {
    let mut sample = sample::Sample::entra();
    sample.predicates(attribute, predicates);
    let loaded = Loaded::new(Verified::new(sample.finish()).unwrap()).unwrap();
    let mut facts = Facts::unknown(&loaded);
    let handle = loaded.attribute(attribute).unwrap();
    facts.set(&loaded, handle, fact).unwrap();
    encode(&loaded, &facts, &mut Scratch::default()).to_vec()
}

#[test]
fn a_predicate_is_about_one_element_at_a_time() {
    let level = |text| sample::is_one_of("hr_level", &[text]);
    let predicates = || {
        let matches =
            |pattern: &str| Predicate::field("id", FieldComparison::Matches(pattern.to_owned()));
        vec![
            Predicate::all([sample::is_one_of("id", &["a"]), level("high")]),
            Predicate::all([matches("^b"), matches("x$")]),
            level("low").negated(),
            Predicate::any([level("low"), Predicate::unknown()]),
            matches("^A"),
        ]
    };
    let record = |id: &'static str| Record::new().with("ID", id);
    let tagged = |id, level: &'static str| record(id).with("HR_Level", level);
    let rows: Vec<(Vec<Record<'_>>, [u32; 5])> = vec![
        (vec![], [0, 0, 0, 0, 0]),
        (vec![tagged("A", "High")], [1, 0, 1, 2, 1]),
        // Neither element alone satisfies the first two.
        (
            vec![tagged("a", "Low"), tagged("bx", "High")],
            [0, 1, 1, 1, 1],
        ),
        (vec![record("b"), record("x")], [0, 0, 1, 2, 0]),
        (vec![record("a").and_unknown()], [2, 0, 2, 2, 1]),
        (
            vec![record("c").and_unknown(), tagged("a", "high")],
            [1, 0, 1, 2, 1],
        ),
    ];
    for (records, expected) in rows {
        let fact = Fact::Records(records);
        let found = some("app.resources", predicates(), fact.clone());
        assert_eq!(found, expected, "{fact:?}");
    }
    let unknown = some("app.resources", predicates(), Fact::Unknown);
    assert_eq!(unknown, [2; 5]);
    assert_eq!(some("app.resources", predicates(), Fact::Null), [0; 5]);
}

#[test]
fn a_text_is_the_field_of_an_element_that_has_no_name() {
    let predicates = || {
        let part = FieldComparison::Contains(vec!["ale".to_owned()]);
        let starts = FieldComparison::StartsWith(vec!["fin".to_owned()]);
        vec![Predicate::all([
            Predicate::field("", part),
            Predicate::field("", starts).negated(),
        ])]
    };
    for (elements, expected) in [
        (vec![], 0),
        (vec!["finale"], 0),
        (vec!["finale", "SALES"], 1),
    ] {
        assert_eq!(
            some("user.groups", predicates(), Fact::set(elements)),
            [expected]
        );
    }
}

#[test]
fn a_record_is_of_its_own_type_and_its_texts_are_bounded() {
    let loaded = loaded();
    let mut facts = Facts::unknown(&loaded);
    let [resources, groups] =
        ["app.resources", "user.groups"].map(|name| loaded.attribute(name).unwrap());
    let long = "x".repeat(TEXT_BYTES_MAX + 1);
    let rows = [
        (resources, Fact::set(["a"]), Err(FactError::OtherType)),
        (groups, Fact::Records(vec![]), Err(FactError::OtherType)),
        (
            resources,
            Fact::Records(vec![Record::new().with("a", &*long)]),
            Err(FactError::TooLong),
        ),
        (
            resources,
            Fact::Records(vec![Record::new().with_list("a", [&*long])]),
            Err(FactError::TooLong),
        ),
        (
            resources,
            Fact::Records(vec![Record::new().with("a", "b")]),
            Ok(()),
        ),
    ];
    for (handle, fact, expected) in rows {
        assert_eq!(facts.set(&loaded, handle, fact).map(drop), expected);
    }
}

#[test]
fn a_boolean_can_be_settled_after_encoding() {
    let loaded = loaded();
    let compliant = loaded.attribute("device.isCompliant").unwrap();
    let facts = Facts::unknown(&loaded);
    let mut scratch = Scratch::default();
    settle(&loaded, compliant, Truth::True, &mut scratch);
    let before = encode(&loaded, &facts, &mut scratch).to_vec();
    for (truth, expected) in [(Truth::True, 1), (Truth::False, 0), (Truth::Unknown, 3)] {
        settle(&loaded, compliant, truth, &mut scratch);
        let changed: Vec<u32> = (before.iter().zip(scratch.classes()))
            .zip(&loaded.program().variables)
            .filter(|(_, variable)| variable.attribute == compliant.index())
            .map(|((_, class), _)| *class)
            .collect();
        assert_eq!(changed, [expected], "{truth:?}");
    }
    assert_eq!(scratch.classes().len(), before.len());
}
