//! Whatever the look-ups do, they find what comparing a value with every row finds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use std::collections::BTreeSet;

use gatewright_bytecode::index::indexes;
use gatewright_bytecode::{Matcher, Program, Verified};
use gatewright_value::{FieldComparison, Kind, Predicate, fold, guid_text, parse_guid};
use gatewright_vm::{
    Buffers, ClassVector, Encoder, Fact, Facts, Loaded, Scratch, Sink, TEXT_BYTES_MAX, encode,
    outcomes,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// Texts that are alike in some way: by case, by folding, by their starts, as forms of one GUID.
const TEXTS: &[&str] = &[
    "",
    "\0",
    "a",
    "A",
    "ab",
    "aba",
    "abab",
    "b",
    "ba",
    "k",
    "\u{212A}",
    "s",
    "ſ",
    "ß",
    "ss",
    "σς",
    "ΣΣ",
    "é",
    "日本",
    "😀",
    "saw-1",
    "SAW-1",
    "ſaw-12",
    "saw-12-kiosk",
    "windows",
    "Windows",
    "macOS",
    "windowsPhone",
    "abcdefgh",
    "abcdefghi",
    "ABCDEFGHIJKLMNOP",
    "abcdefg\0",
    "8f6f0c1e-9a3b-4c5d-8e7f-0123456789ab",
    "8F6F0C1E-9A3B-4C5D-8E7F-0123456789AB",
    "{8f6f0c1e-9a3b-4c5d-8e7f-0123456789ab}",
    "8f6f0c1e9a3b4c5d8e7f0123456789ab",
    "8f6f0c1e-9a3b-4c5d-8e7f-0123456789a",
    "8f6f0c1e-9a3b-4c5d-8e7f-0123456789ak",
    "8f6f0c1e-9a3b-4c5d-8e7f-01234567\u{212A}",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "8f6f0c1e-9a3b-4c5d-8e7f-0123456789ac",
];
const PATTERNS: &[&str] = &["^saw-\\d+$", "k", "[^a-z]", "", "(?-i)A", "ab$", "ß|日"];
const V4: u128 = 0xFFFF_0000_0000;
const NUMBERS: &[u128] = &[
    1,
    2,
    5,
    V4 - 1,
    V4,
    V4 + 10,
    V4 + 20,
    V4 + (1 << 32),
    1 << 63,
    u64::MAX as u128,
    1 << 64,
    u128::MAX,
];

type Rows = Vec<(String, u32)>;

/// Builds matchers, giving every row what it sets.
struct Build(sample::Sample);

impl Build {
    fn booleans(&mut self, attribute: u32, texts: &[&str]) -> Rows {
        let row = |text: &&str| ((*text).to_owned(), self.0.variable(attribute, 3, None));
        texts.iter().map(row).collect()
    }

    fn folded(&mut self, attribute: u32, texts: &[&str]) -> Rows {
        let rows = self.booleans(attribute, texts);
        rows.into_iter()
            .map(|row| (fold(&row.0).into_owned(), row.1))
            .collect()
    }

    fn text(&mut self, name: &str, [exact, prefixes]: [&[&str]; 2], parts: [&[&str]; 3]) {
        let attribute = self.0.attribute(name);
        let variable = self.0.variable(attribute, 9, Some(7));
        let classes = |texts: &[&str], first: u32| -> Rows {
            let texts: BTreeSet<String> =
                texts.iter().map(|text| fold(text).into_owned()).collect();
            texts.into_iter().zip((first..first + 3).cycle()).collect()
        };
        let (exact, prefixes) = (classes(exact, 1), classes(prefixes, 4));
        self.0.program.matchers.push(Matcher::Text {
            attribute,
            variable,
            exact,
            prefixes,
        });
        let contains = self.folded(attribute, parts[0]);
        let suffixes = self.folded(attribute, parts[1]);
        let patterns = self.booleans(attribute, parts[2]);
        self.0.program.matchers.push(Matcher::TextParts {
            attribute,
            contains,
            suffixes,
            patterns,
        });
    }

    fn set(&mut self, name: &str, listed: &[&str], targets: &[&[&str]], patterns: &[&str]) {
        let attribute = self.0.attribute(name);
        let unique: BTreeSet<String> = listed.iter().map(|text| fold(text).into_owned()).collect();
        let unique: Vec<&str> = unique.iter().map(String::as_str).collect();
        let elements = self.folded(attribute, &unique);
        self.0.program.matchers.push(Matcher::Elements {
            attribute,
            elements,
        });
        for texts in targets {
            let variables: Vec<u32> = (0..3)
                .map(|_| self.0.variable(attribute, 3, None))
                .collect();
            let unique: BTreeSet<String> =
                texts.iter().map(|text| fold(text).into_owned()).collect();
            let sets = [vec![0], vec![1, 2], vec![]];
            let elements = unique.into_iter().zip(sets.into_iter().cycle()).collect();
            let (others, uncertain) = (vec![1], vec![2]);
            self.0.program.matchers.push(Matcher::Targets {
                attribute,
                variables,
                elements,
                others,
                uncertain,
            });
        }
        let matches =
            |pattern: &&str| Predicate::field("", FieldComparison::Matches((*pattern).to_owned()));
        let pair = |pair: &[&str]| Predicate::any(pair.iter().map(matches));
        let mut predicates: Vec<Predicate> = patterns.chunks(2).map(pair).collect();
        predicates.push(sample::is_one_of("", &unique).negated());
        self.0.predicates(name, predicates);
    }
}

fn texts(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(TEXTS, 0..=most)
}

/// A program with random rows, with and without stored indexes.
fn programs() -> impl Strategy<Value = Program> {
    let of_text = || {
        (
            texts(12),
            texts(8),
            texts(4),
            texts(4),
            subsequence(PATTERNS, 0..3),
        )
    };
    let starts = || subsequence(NUMBERS, 0..NUMBERS.len());
    let of_set = (texts(20), texts(12), texts(12), subsequence(PATTERNS, 0..4));
    (
        of_text(),
        of_text(),
        of_set,
        starts(),
        starts(),
        any::<bool>(),
    )
        .prop_map(|(name, platform, set, address, now, is_indexed)| {
            let mut build = Build(sample::Sample::entra());
            for (attribute, (exact, prefixes, contains, suffixes, patterns)) in
                [("device.displayName", name), ("signIn.platform", platform)]
            {
                build.text(
                    attribute,
                    [&exact, &prefixes],
                    [&contains, &suffixes, &patterns],
                );
            }
            build.set("user.groups", &set.0, &[&set.1, &set.2], &set.3);
            build.0.ordered("location.ip", &address);
            build.0.ordered("signIn.now", &now);
            build.0.boolean("device.isCompliant");
            let mut program = build.0.finish();
            if is_indexed {
                program.indexes = indexes(&program.matchers);
            }
            program
        })
}

fn value() -> impl Strategy<Value = String> {
    let one = || select(TEXTS).prop_map(str::to_owned);
    let joined = (one(), one()).prop_map(|(start, end)| start + &end);
    let long = (one(), one(), one()).prop_map(|(start, fill, end)| {
        let room = TEXT_BYTES_MAX - start.len() - end.len();
        start + &fill.repeat(room / fill.len().max(1)) + &end
    });
    prop_oneof![40 => one(), 20 => joined, 1 => long]
}

fn number() -> impl Strategy<Value = u128> {
    (select(NUMBERS), 0..3u128).prop_map(|(number, step)| number.wrapping_add(step).wrapping_sub(1))
}

/// What is known of name, platform, groups, address, time and compliance.
fn facts() -> impl Strategy<Value = Vec<Fact<'static>>> {
    let absent = || prop_oneof![Just(Fact::Unknown), Just(Fact::Null)];
    let text = || value().prop_map(Fact::text);
    let guids = prop::collection::vec(select(TEXTS), 0..40).prop_map(|texts| {
        let guids = texts.iter().filter_map(|text| parse_guid(text.as_bytes()));
        Fact::Guids(guids.collect())
    });
    let set = prop::collection::vec(value(), 0..12).prop_map(Fact::set);
    (
        prop_oneof![1 => absent(), 6 => text(), 1 => Just(Fact::Guid(u128::MAX))],
        prop_oneof![1 => absent(), 4 => text(), 4 => (0..6u16).prop_map(Fact::Member)],
        prop_oneof![1 => absent(), 6 => set, 2 => guids],
        prop_oneof![1 => absent(), 6 => number().prop_map(Fact::Address)],
        prop_oneof![1 => absent(), 6 => number().prop_map(Fact::Ordered)],
        prop_oneof![1 => absent(), 2 => any::<bool>().prop_map(Fact::Boolean)],
    )
        .prop_map(|(name, platform, groups, address, now, compliant)| {
            vec![name, platform, groups, address, now, compliant]
        })
}

const ATTRIBUTES: [&str; 6] = [
    "device.displayName",
    "signIn.platform",
    "user.groups",
    "location.ip",
    "signIn.now",
    "device.isCompliant",
];

/// Every outcome that is found, in the order in which it is.
#[derive(Default)]
struct List(Vec<(u32, u32)>);

impl Sink for List {
    fn found(&mut self, matcher: u32, outcome: u32) {
        self.0.push((matcher, outcome));
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let syntax = syntax::Config::new().case_insensitive(true);
    Regex::builder()
        .syntax(syntax)
        .build(pattern)
        .unwrap()
        .is_match(text)
}

/// A fact with every value as text.
fn as_texts(kind: &Kind, fact: &Fact<'_>) -> Fact<'static> {
    match (fact, kind) {
        (Fact::Guid(guid), _) => Fact::text(guid_text(*guid).as_str().to_owned()),
        (Fact::Guids(guids), _) => Fact::set(
            guids
                .iter()
                .map(|guid| guid_text(*guid).as_str().to_owned()),
        ),
        (Fact::Member(place), Kind::Enumeration { members, .. }) => {
            Fact::text(members[usize::from(*place)].clone())
        }
        _ => fact.clone().into_owned(),
    }
}

/// What a matcher finds, by comparing with every row.
fn plain(program: &Program, matcher: &Matcher, fact: &Fact<'_>) -> BTreeSet<u32> {
    let row = |variable: u32| &program.variables[variable as usize];
    let absent = |variable: u32| match fact {
        Fact::Null => row(variable).null_class.unwrap_or(0),
        _ => row(variable).unknown_class(),
    };
    let each = |classes: Vec<u32>| {
        (0..)
            .zip(classes)
            .map(|(row, class)| 3 * row + class)
            .collect()
    };
    match (matcher, fact) {
        (Matcher::Boolean { .. }, Fact::Boolean(truth)) => [u32::from(*truth)].into(),
        (
            Matcher::Text {
                exact, prefixes, ..
            },
            Fact::Text(text),
        ) => {
            let text = fold(text);
            let equal = exact.iter().find(|row| row.0 == text);
            let starts = prefixes.iter().filter(|row| text.starts_with(&row.0));
            let found = equal.or(starts.max_by_key(|row| row.0.len()));
            [found.map_or(0, |row| row.1)].into()
        }
        (Matcher::Ordered { starts, .. }, Fact::Ordered(key) | Fact::Address(key)) => {
            [starts.iter().filter(|start| *start <= key).count() as u32].into()
        }
        (
            Matcher::Boolean { variable, .. }
            | Matcher::Text { variable, .. }
            | Matcher::Ordered { variable, .. },
            _,
        ) => [absent(*variable)].into(),
        (
            Matcher::TextParts {
                contains,
                suffixes,
                patterns,
                ..
            },
            Fact::Text(text),
        ) => {
            let folded = fold(text);
            let contains = contains.iter().map(|row| folded.contains(&row.0));
            let suffixes = suffixes.iter().map(|row| folded.ends_with(&row.0));
            let patterns = patterns.iter().map(|row| matches(&row.0, text));
            each(
                contains
                    .chain(suffixes)
                    .chain(patterns)
                    .map(u32::from)
                    .collect(),
            )
        }
        (
            Matcher::TextParts {
                contains,
                suffixes,
                patterns,
                ..
            },
            _,
        ) => {
            let class = if *fact == Fact::Null { 0 } else { 2 };
            each(vec![
                class;
                contains.len() + suffixes.len() + patterns.len()
            ])
        }
        (Matcher::Elements { elements, .. }, Fact::Set(set)) => {
            let place = |element| elements.iter().position(|row| row.0 == fold(element));
            set.iter()
                .filter_map(|element| place(element))
                .map(|row| row as u32)
                .collect()
        }
        (Matcher::Targets { elements, .. }, Fact::Set(set)) => {
            let place = |element| elements.iter().position(|row| row.0 == fold(element));
            let places = set
                .iter()
                .map(|element| place(element).unwrap_or(elements.len()));
            places.map(|row| row as u32).collect()
        }
        (Matcher::Elements { .. } | Matcher::Targets { .. }, Fact::Null) => BTreeSet::new(),
        (Matcher::Elements { elements, .. }, _) => [elements.len() as u32].into(),
        (Matcher::Targets { elements, .. }, _) => [elements.len() as u32 + 1].into(),
        (Matcher::Predicates { predicates, .. }, _) => {
            let class = |predicate: &Predicate| match fact {
                Fact::Set(set) => u32::from(set.iter().any(|text| satisfies(predicate, text))),
                Fact::Null => 0,
                _ => 2,
            };
            each(predicates.iter().map(|row| class(&row.0)).collect())
        }
    }
}

fn satisfies(predicate: &Predicate, text: &str) -> bool {
    let patterns: Vec<&str> = predicate.patterns().collect();
    let element = gatewright_value::Element::Text(text);
    let holds = predicate.evaluate(element, &mut String::new(), |pattern, text| {
        matches(patterns[pattern], text)
    });
    holds == gatewright_value::Truth::True
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn outcomes_are_those_of_comparing_with_every_row(program in programs(), values in facts()) {
        let loaded = Loaded::new(Verified::new(program).unwrap()).unwrap();
        let mut facts = Facts::unknown(&loaded);
        let mut texts = Facts::unknown(&loaded);
        let mut expected = List::default();
        for (name, value) in ATTRIBUTES.iter().zip(values) {
            let handle = loaded.attribute(name).unwrap();
            let kind = &loaded.program().attributes[handle.index() as usize].kind;
            let as_texts = as_texts(kind, &value);
            for number in loaded.matchers_of(handle.index()) {
                let matcher = &loaded.program().matchers[*number as usize];
                let found = plain(loaded.program(), matcher, &as_texts);
                expected.0.extend(found.into_iter().map(|outcome| (*number, outcome)));
            }
            facts.set(&loaded, handle, value).unwrap();
            texts.set(&loaded, handle, as_texts).unwrap();
        }
        expected.0.sort_unstable();
        let mut buffers = Buffers::default();
        // The second time, the buffers hold what the first one left there.
        for facts in [&facts, &texts, &facts] {
            let mut found = List::default();
            outcomes(&loaded, facts, &mut buffers, &mut found);
            found.0.sort_unstable();
            found.0.dedup();
            prop_assert_eq!(&found.0, &expected.0);
        }
        let mut classes = Vec::new();
        let mut sink = ClassVector::new(&loaded, &mut classes);
        for (matcher, outcome) in expected.0 {
            sink.found(matcher, outcome);
        }
        // Classes do not depend on the order in which outcomes are found.
        let mut scratch = Scratch::default();
        prop_assert_eq!(encode(&loaded, &facts, &mut scratch), classes);
    }
}

type Push<'a> = &'a dyn Fn(&mut Encoder<'_, List>);
type Change<'a> = &'a dyn Fn(&mut Program);

#[test]
fn a_value_of_another_type_is_unknown_and_an_attribute_that_is_not_there_has_no_outcomes() {
    let loaded = Loaded::new(Verified::new(sample::varied()).unwrap()).unwrap();
    let of = |name: &str| loaded.attribute(name).unwrap().index();
    let mut buffers = Buffers::default();
    let mut found = |push: &dyn Fn(&mut Encoder<'_, List>)| {
        let mut list = List::default();
        push(&mut Encoder::new(&loaded, &mut buffers, &mut list));
        list.0
    };
    for name in [
        "device.isCompliant",
        "location.ip",
        "user.groups",
        "signIn.identity",
    ] {
        let (attribute, unknown) = (of(name), found(&|encoder| encoder.unknown(of(name))));
        let kind = &loaded.program().attributes[attribute as usize].kind;
        let others: [(bool, Push<'_>); 6] = [
            (*kind == Kind::Boolean, &|encoder| {
                encoder.boolean(attribute, true)
            }),
            (kind.is_text(), &|encoder| encoder.text(attribute, "")),
            (kind.is_text(), &|encoder| encoder.guid(attribute, 0)),
            (*kind == Kind::Address, &|encoder| {
                encoder.ordered(attribute, 0)
            }),
            (false, &|encoder| encoder.member(attribute, u16::MAX)),
            (matches!(kind, Kind::Set(_)), &|encoder| {
                encoder.begin_set(attribute);
                encoder.element("a");
                encoder.end_set();
            }),
        ];
        for (fits, push) in others {
            assert_eq!(found(push) == unknown, !fits, "{name}");
        }
    }
    let nowhere = loaded.program().attributes.len() as u32;
    assert_eq!(
        found(&|encoder| encoder.fact(nowhere, &Fact::Boolean(true))),
        []
    );
    assert_eq!(found(&|encoder| encoder.end_set()), []);
    assert_eq!(loaded.matchers_of(nowhere), []);
}

/// Index what is not indexed, change it, and say why it is refused.
fn refusal(change: impl Fn(&mut Program)) -> Option<String> {
    let mut program = sample::varied();
    program.indexes = indexes(&program.matchers);
    change(&mut program);
    Verified::new(program).err().map(|error| error.to_string())
}

#[test]
fn an_index_that_does_not_fit_the_constants_is_refused() {
    assert_eq!(refusal(|_| ()), None);
    assert_eq!(refusal(|program| program.indexes.clear()), None);
    let rows: [(&str, Change<'_>); 6] = [
        ("ascend", &|program| program.indexes.reverse()),
        ("without constants", &|program| {
            program.indexes[0].attribute += 1
        }),
        ("slot of its own", &|program| {
            program.indexes[0].guids.pilots.push(0)
        }),
        ("slot of its own", &|program| {
            program.indexes[0].texts.pilots.push(0)
        }),
        ("slot of its own", &|program| {
            program.indexes[0].texts.pilots.clear()
        }),
        ("slot of its own", &|program| {
            // Of some number of seeds, one sends two of three texts to one slot.
            while Verified::new(program.clone()).is_ok() {
                for index in &mut program.indexes {
                    index.texts.seed = index.texts.seed.wrapping_add(1);
                }
            }
        }),
    ];
    for (rule, change) in rows {
        let error = refusal(change).unwrap();
        assert!(
            error.starts_with("indexes: ") && error.contains(rule),
            "{rule}: {error}"
        );
    }
}

#[test]
fn indexes_are_read_as_they_were_written() {
    let mut program = sample::varied();
    program.indexes = indexes(&program.matchers);
    let bytes = gatewright_bytecode::write(&program, &[]).unwrap();
    assert_eq!(
        *gatewright_bytecode::read(&bytes).unwrap().program.program(),
        program
    );
}

#[test]
fn guids_and_members_are_facts_of_types_that_have_them_and_have_texts() {
    let place = Kind::Enumeration {
        members: vec!["web".to_owned(), "app".to_owned()],
        is_open: true,
    };
    let set = Kind::Set(Box::new(Kind::Guid));
    let guids = || Fact::Guids([1, 2].as_slice().into());
    let zero = "00000000-0000-0000-0000-000000000000";
    let rows = [
        (Fact::Guid(0), Kind::Guid, true, Some(zero)),
        (Fact::Guid(0), Kind::String, true, Some(zero)),
        (Fact::Guid(0), Kind::Country, false, Some(zero)),
        (Fact::Member(1), place.clone(), true, Some("app")),
        (Fact::Member(2), place, false, None),
        (Fact::Member(0), Kind::String, false, None),
        (guids(), set, true, None),
        (guids(), Kind::Set(Box::new(Kind::Record)), false, None),
        (guids(), Kind::Guid, false, None),
    ];
    for (fact, kind, fits, text) in rows {
        assert_eq!(fact.fits(&kind), fits, "{fact:?}: {kind:?}");
        assert_eq!(fact.text_of(&kind).as_deref(), text, "{fact:?}: {kind:?}");
        assert_eq!(fact.clone().into_owned(), fact);
    }
}
