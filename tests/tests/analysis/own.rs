//! Small policy sets under a schema of one's own, each with all requests that can tell its policies
//! apart.

use std::sync::Arc;

use gatewright_analysis::prove::{Prover, Verdict};
use gatewright_analysis::{Assumptions, Budget, Fact, Facts, World};
use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::model::{
    Comparison, Control, Edition, Expr, Outcome, Policy, PolicySet, Requirement, Test,
};
use gatewright_hir::schema::{Attribute, AttributeId, Combine, ControlId, EffectId, Schema};
use gatewright_source::Span;
use gatewright_tests::generate::Random;
use gatewright_value::vocabulary::State;
use gatewright_value::{AddressRange, Kind, ordered_key};

use crate::missing::Missing;
use crate::oracle::{Property, with_policies};
use crate::proofs::{of_properties, quantifier};
use crate::small::{Small, blank, facts};

const SCHEMA: &str = "schema \"Things\" version 1
enum Color { red \"r\" green \"g\" blue \"b\" }
entity thing {
    color: Color
    count: Integer [0, 5]
    note: String?
    isLoud: Boolean
    tags: set of String
    size: Version?
    from: Country?
    ip: Address?
    weight: Decimal?
}
control otp interactive \"A password\"
control review \"A second pair of eyes\"
effect approve \"yes\"
effect stepUp  \"not yet\"
effect refuse  \"no\"
";

/// The schema with each way to combine effects, with and without an effect where none applies.
pub(crate) fn schemas() -> Vec<Arc<Schema>> {
    let rules = ["strongest", "least", "union", "conflict"];
    let rules = rules.iter().flat_map(|rule| {
        [
            format!("combine {rule}\n"),
            format!("combine {rule} otherwise stepUp\n"),
        ]
    });
    let read = |rule: String| {
        let file = SourceFile {
            path: "schema.gate".to_owned(),
            bytes: format!("{SCHEMA}{rule}").into_bytes(),
        };
        let compilation = compile(&Input {
            files: vec![file],
            ..Input::default()
        });
        assert!(compilation.is_readable(), "{}", compilation.render());
        compilation.set.schema
    };
    rules.map(read).collect()
}

/// A random set about two or three attributes, which may be missing.
pub(crate) fn own(
    random: &mut Random,
    schema: &Arc<Schema>,
    most: usize,
    missing: Missing,
) -> Small {
    let all: Vec<u32> = (0u32..).take(schema.attributes.len()).collect();
    let asked = random.some(&all, 2, 3);
    let maker = Maker {
        schema,
        asked,
        missing,
    };
    let count = 1 + random.below(5);
    let policies = (0..count)
        .map(|number| maker.policy(random, number))
        .collect();
    let set = PolicySet {
        schema: schema.clone(),
        edition: Edition::NEWEST,
        policies,
        locations: Vec::new(),
        strengths: Vec::new(),
        names: Vec::new(),
        app_groups: Vec::new(),
        compliance: Default::default(),
    };
    let other = PolicySet {
        policies: maker.altered(random, &set.policies),
        ..set.clone()
    };
    let properties = (0..6)
        .map(|number| maker.property(random, number))
        .collect();
    let (requests, is_whole) = maker.requests(random, most);
    let ordinary = maker.with(Vec::new());
    Small {
        set,
        other,
        properties,
        sign_ins: requests,
        ordinary,
        is_whole,
        missing,
    }
}

struct Maker<'a> {
    schema: &'a Schema,
    asked: Vec<u32>,
    missing: Missing,
}

impl Maker<'_> {
    fn altered(&self, random: &mut Random, policies: &[Policy]) -> Vec<Policy> {
        let mut policies = policies.to_vec();
        let at = random.below(policies.len());
        let fresh = self.policy(random, 20);
        match random.below(4) {
            0 => {
                policies.remove(at);
            }
            1 => policies[at].when = fresh.when,
            2 => policies[at].outcome = fresh.outcome,
            _ => policies.push(fresh),
        }
        policies
    }

    fn policy(&self, random: &mut Random, number: usize) -> Policy {
        Policy {
            state: *random.pick(&[
                State::Enabled,
                State::Enabled,
                State::Enabled,
                State::ReportOnly,
            ]),
            when: random.chance(90).then(|| self.expression(random, 2)),
            outcome: Outcome {
                effect: random.chance(90).then(|| self.effect(random)),
                requirement: random.chance(50).then(|| self.controls(random)),
                ..Outcome::default()
            },
            ..blank(number)
        }
    }

    fn property(&self, random: &mut Random, number: usize) -> Property {
        let mut outcome = Outcome::default();
        if random.chance(60) {
            outcome.effect = Some(self.effect(random));
        } else {
            outcome.requirement = Some(self.controls(random));
        }
        let policy = Policy {
            when: random.chance(70).then(|| self.expression(random, 1)),
            outcome,
            ..blank(1000 + number)
        };
        let is_always = random.chance(50);
        Property {
            name: format!("invariant {number}"),
            policy,
            is_always,
        }
    }

    fn effect(&self, random: &mut Random) -> EffectId {
        EffectId(*random.pick(&[0, 1, 2]))
    }

    fn controls(&self, random: &mut Random) -> Requirement {
        let both = [0, 1].map(|number| Control::Own(ControlId(number)));
        Requirement {
            is_all: true,
            controls: random.some(&both, 1, 2),
            span: Span::default(),
        }
    }

    fn expression(&self, random: &mut Random, depth: usize) -> Expr {
        if depth > 0 && random.chance(55) {
            let parts = vec![
                self.expression(random, depth - 1),
                self.expression(random, depth - 1),
            ];
            return match random.below(5) {
                0 | 1 => Expr::All(parts),
                2 | 3 => Expr::Any(parts),
                _ => Expr::Not(Box::new(Expr::All(parts))),
            };
        }
        let number = *random.pick(&self.asked);
        let attribute = &self.schema.attributes[number as usize];
        Expr::Test(Test {
            attribute: AttributeId(number),
            comparison: comparison(random, attribute),
            is_negated: random.chance(40),
            span: Span::default(),
            needs_managed_device: false,
        })
    }

    /// Every combination of values, or as many as are wanted.
    fn requests(&self, random: &mut Random, most: usize) -> (Vec<Facts>, bool) {
        let dimensions: Vec<Vec<Fact>> = self
            .asked
            .iter()
            .map(|number| values(&self.schema.attributes[*number as usize]))
            .map(|values| self.missing.or_unknown(values))
            .collect();
        let total: usize = dimensions.iter().map(Vec::len).product();
        let at = |mut number: usize| {
            let asked = self.asked.iter().zip(&dimensions);
            let chosen = asked.map(|(attribute, values)| {
                let value = values[number % values.len()].clone();
                number /= values.len();
                (*attribute, value)
            });
            self.with(chosen.collect())
        };
        if total <= most {
            return ((0..total).map(at).collect(), true);
        }
        ((0..most).map(|_| at(random.below(total))).collect(), false)
    }

    fn with(&self, chosen: Vec<(u32, Fact)>) -> Facts {
        let mut all: Facts = facts(self.schema, [Vec::new()]);
        for (number, attribute) in (0u32..).zip(&self.schema.attributes) {
            let id = AttributeId(number);
            all.entry(id)
                .or_insert_with(|| values(attribute).swap_remove(0));
        }
        all.extend(
            chosen
                .into_iter()
                .map(|(number, fact)| (AttributeId(number), fact)),
        );
        all
    }
}

const VERSIONS: [&str; 6] = ["4.2", "4.1.9", "4.2.0.1", "4.10", "4.9.9", "5"];
const ADDRESSES: [&str; 6] = [
    "192.0.2.0/31",
    "192.0.2.1",
    "192.0.2.0/24",
    "10.0.0.0/8",
    "192.0.2.128/25",
    "2001:db8::/32",
];
const WEIGHTS: [&str; 5] = ["-0.000000001", "0", "0.000000001", "2.5", "2.500000001"];

/// Values that tell apart whatever [`comparison`] compares with.
fn values(attribute: &Attribute) -> Vec<Fact> {
    let keys = |texts: &[&str]| -> Vec<Fact> {
        let keys = texts
            .iter()
            .filter_map(|text| ordered_key(&attribute.kind, text).ok());
        keys.map(Fact::Key).collect()
    };
    let mut found = match &attribute.kind {
        Kind::Enumeration { members, .. } => members
            .iter()
            .map(|member| Fact::Text(member.clone()))
            .collect(),
        Kind::Integer { .. } => keys(&["0", "1", "2", "3", "4", "5"]),
        Kind::Boolean => vec![Fact::Boolean(false), Fact::Boolean(true)],
        Kind::Set(_) => (0..8)
            .map(|bits: u32| {
                let chosen = ["x", "y", "z"].into_iter().enumerate();
                let chosen = chosen.filter(|(at, _)| bits >> at & 1 == 1);
                Fact::Elements(chosen.map(|(_, text)| text.to_owned()).collect())
            })
            .collect(),
        Kind::Version => keys(&VERSIONS),
        Kind::Decimal => keys(&WEIGHTS),
        Kind::Country => ["fr", "nl", "kp"]
            .map(|code| Fact::Text(code.to_owned()))
            .to_vec(),
        Kind::Address => {
            let ranges = ADDRESSES
                .iter()
                .filter_map(|text| AddressRange::parse(text));
            let edges = ranges.flat_map(|(range, _)| {
                [
                    range.first.wrapping_sub(1),
                    range.first,
                    range.last,
                    range.last.wrapping_add(1),
                ]
            });
            let mut edges: Vec<u128> = edges.collect();
            edges.sort_unstable();
            edges.dedup();
            edges.into_iter().map(Fact::Key).collect()
        }
        _ => words(4).into_iter().map(Fact::Text).collect(),
    };
    if attribute.is_optional {
        found.insert(0, Fact::Null);
    }
    found
}

/// Every word of up to so many letters; three are enough to be in none of the comparisons.
fn words(length: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut start = 0;
    for _ in 0..length {
        let end = all.len();
        for at in start..end {
            for letter in ["a", "b", "c"] {
                all.push(format!("{}{letter}", all[at]));
            }
        }
        start = end;
    }
    all
}

fn comparison(random: &mut Random, attribute: &Attribute) -> Comparison {
    if attribute.is_optional && random.chance(12) {
        return Comparison::IsNull;
    }
    let (way, is_true) = (random.below(5), random.chance(50));
    let mut some = |texts: &[&str]| -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        random.some(&texts, 1, 2)
    };
    let pieces = ["a", "b", "ab", "ba", "aa"];
    match &attribute.kind {
        Kind::Enumeration { .. } => Comparison::OneOf(some(&["red", "green"])),
        Kind::Country => Comparison::OneOf(some(&["nl", "kp"])),
        Kind::Set(_) => Comparison::Has(some(&["x", "y"])),
        Kind::Boolean if is_true => Comparison::IsTrue,
        Kind::Boolean => Comparison::IsFalse,
        Kind::Address => {
            let ranges = random.some(&ADDRESSES, 1, 2);
            let mut ranges: Vec<AddressRange> = ranges
                .into_iter()
                .filter_map(|text| AddressRange::parse(text).map(|(range, _)| range))
                .collect();
            ranges.sort();
            Comparison::InRange(ranges)
        }
        Kind::String => match way {
            0 => Comparison::OneOf(some(&["", "a", "ab", "abba"])),
            1 => Comparison::StartsWith(some(&pieces)),
            2 => Comparison::EndsWith(some(&pieces)),
            3 => Comparison::Contains(some(&pieces)),
            _ => Comparison::Matches((*random.pick(&["^a+$", "b.b", "^$", "[ab]c"])).to_owned()),
        },
        kind => {
            let texts: &[&str] = match kind {
                Kind::Version => &VERSIONS,
                Kind::Decimal => &WEIGHTS,
                _ => &["0", "2", "3", "5"],
            };
            let mut keys: Vec<u128> = (0..2)
                .filter_map(|_| ordered_key(kind, random.pick::<&str>(texts)).ok())
                .collect();
            keys.sort_unstable();
            match random.below(3) {
                0 => Comparison::Between(keys[0], u128::MAX),
                1 => Comparison::Between(0, keys[1]),
                _ => Comparison::Between(keys[0], keys[1]),
            }
        }
    }
}

#[test]
fn the_policies_that_prove_something_prove_it_without_the_others() {
    let mut random = Random::new(31);
    let mut named = 0;
    // Of conflicting effects a policy more can leave undecided what a proof need not speak of.
    for schema in schemas()
        .iter()
        .filter(|one| one.combine != Combine::Conflict)
    {
        for _ in 0..12 {
            let small = own(&mut random, schema, 10, Missing::Nothing);
            let claimed = of_properties(&small.set, &small.properties);
            let prove = |set: &PolicySet| -> Vec<Verdict> {
                let world = World::new(set, &[&claimed], Assumptions::default());
                let mut prover = Prover::new(&world, 0, Budget::default());
                let numbers = small.properties.iter().zip(world.policies(1));
                numbers
                    .map(|(property, number)| prover.decide(number, quantifier(property)))
                    .collect()
            };
            for (place, verdict) in prove(&small.set).into_iter().enumerate() {
                let Verdict::Proved { by, .. } = verdict else {
                    continue;
                };
                if !small.properties[place].is_always {
                    continue;
                }
                named += usize::from(!by.is_empty());
                let policies = by.iter().map(|number| small.set.policies[*number].clone());
                let alone = with_policies(&small.set, policies.collect());
                let verdict = &prove(&alone)[place];
                assert!(
                    matches!(verdict, Verdict::Proved { .. }),
                    "{by:?}: {verdict:?}"
                );
            }
        }
    }
    assert!(named > 10, "{named}");
}
