//! Programs say what diagrams say, pass the verifier, and hold what decisions need.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

#[path = "../../decision/tests/fixture/mod.rs"]
mod fixture;

use fixture::*;
use gatewright_bytecode::{
    self as bytecode, Instruction, Matcher, Place, Program, TargetClass, method_bit, verify,
};
use gatewright_codegen::{Options, emit};
use gatewright_decision::{Decisions, Limits, Roots};
use gatewright_hir::model::*;
use gatewright_hir::schema::{AttributeId, Combine, EffectId, EffectInfo, Entity, Schema};
use gatewright_source::{SourceMap, Span};
use gatewright_value::vocabulary::{BuiltInControl, GuestType, Method, UserAction};
use gatewright_value::{PersistentBrowser, SessionControls};

#[track_caller]
fn compile(set: &PolicySet, limits: &Limits) -> (Decisions, Program) {
    let decisions = gatewright_decision::build(set, limits);
    let program = emit(set, &decisions, &SourceMap::new(), &Options::default());
    verify(&program).expect("a program that is fit to run");
    (decisions, program)
}

/// Run the code at these classes.
fn run(program: &Program, entry: u32, classes: &[u32]) -> bool {
    let mut at = entry;
    loop {
        at = match Instruction::decode(&program.code, at).expect("an instruction") {
            Instruction::Reject => return false,
            Instruction::Accept => return true,
            Instruction::Range {
                variable,
                first,
                last,
                yes,
                no,
            } => {
                let class = classes[variable as usize];
                if (first..=last).contains(&class) {
                    yes
                } else {
                    no
                }
            }
            Instruction::Switch { variable, rows } => {
                let class = classes[variable as usize];
                rows.iter()
                    .rev()
                    .find(|[first, _]| *first <= class)
                    .expect("a row")[1]
            }
            Instruction::Table { variable, targets } => {
                targets[classes[variable as usize] as usize]
            }
        };
    }
}

/// Compare every entry with its root at every class of every variable, all others being as in one
/// of a few sign-ins.
#[track_caller]
fn check_code(set: &PolicySet, limits: &Limits) -> Program {
    let (decisions, program) = compile(set, limits);
    let counts: Vec<u32> = decisions
        .space
        .variables
        .iter()
        .map(|v| v.class_count)
        .collect();
    let mut vectors: Vec<Vec<u32>> = Vec::new();
    for base in 0..4 {
        let vector: Vec<u32> = counts.iter().map(|count| base % count).collect();
        for (at, count) in counts.iter().enumerate() {
            let changed = |class| {
                let mut vector = vector.clone();
                vector[at] = class;
                vector
            };
            vectors.extend((0..*count).map(changed));
        }
    }
    let same = |roots: Roots, certain: u32, possible: u32| {
        for classes in &vectors {
            let expected = decisions.dag.evaluate(roots.certain, classes);
            assert_eq!(run(&program, certain, classes), expected, "{classes:?}");
            let expected = decisions.dag.evaluate(roots.possible, classes);
            assert_eq!(run(&program, possible, classes), expected, "{classes:?}");
        }
    };
    for (built, policy) in decisions.policies.iter().zip(&program.policies) {
        same(built.roots, policy.certain, policy.possible);
        for (built, condition) in built.conditions.iter().zip(&policy.conditions) {
            assert_eq!(built.reason, condition.reason);
            same(built.roots, condition.certain, condition.possible);
        }
    }
    program
}

fn varied() -> PolicySet {
    let ids = |from: usize, step: usize| {
        (0..40)
            .map(|n| UserScope::User(format!("u{:03}", from + n * step)))
            .collect::<Vec<_>>()
    };
    let guests = UserScope::Guests(Guests {
        types: vec![GuestType::InternalGuest, GuestType::ServiceProvider],
        tenants: Some(vec!["t1".into(), "t2".into()]),
    });
    let rule = Expr::Any(vec![
        not(one_of("device.trustType", &["azuread", "serverad"])),
        test(
            "device.displayName",
            Comparison::StartsWith(vec!["lab-".into(), "lab-0".into()]),
        ),
        one_of("device.displayName", &["lab-1", "desk"]),
    ]);
    let devices = Some(DeviceFilter {
        is_exclude: true,
        rule,
        text: String::new(),
        span: Span::default(),
    });
    set(vec![
        policy(users(ids(0, 2), vec![guests])),
        policy(users(ids(1, 3), vec![group("g")])),
        policy(Assignments {
            devices,
            ..apps(vec![AppScope::All], vec![app("a"), app("b")])
        }),
        when(Expr::Constant(true)),
        when(Expr::Unknown(Span::default())),
    ])
}

#[test]
fn code_says_what_diagrams_say_in_every_shape() {
    let chains = Limits {
        condition_nodes_max: 0,
        policy_growth_max: 0,
        nodes_max: 0,
    };
    for limits in [Limits::default(), chains] {
        let program = check_code(&varied(), &limits);
        let operations: Vec<u32> = bytecode::instructions(&program.code)
            .flatten()
            .map(|(at, _)| program.code[at as usize] & 0xFF)
            .collect();
        assert!(
            (0..=4).all(|operation| operations.contains(&operation)),
            "{operations:?}"
        );
    }
}

#[test]
fn a_node_with_three_ways_out_keeps_them() {
    let compliant = |comparison, name| {
        let name = one_of("device.displayName", &[name]);
        Expr::All(vec![test("device.isCompliant", comparison), name])
    };
    let rule = Expr::Any(vec![
        compliant(Comparison::IsTrue, "a"),
        compliant(Comparison::IsFalse, "b"),
    ]);
    check_code(&set(vec![when(rule)]), &Limits::default());
}

#[test]
fn equal_inputs_give_equal_programs() {
    let program = || compile(&varied(), &Limits::default()).1;
    assert_eq!(program(), program());
}

#[test]
fn target_sets_are_listed_by_element() {
    let set = set(vec![
        policy(apps(vec![AppScope::All], vec![app("a"), app("b")])),
        policy(apps(vec![app("B"), app("c")], vec![])),
        policy(apps(vec![AppScope::All], vec![])),
    ]);
    let (decisions, program) = compile(&set, &Limits::default());
    let found = program.matchers.iter().find_map(|matcher| match matcher {
        Matcher::Targets {
            variables,
            elements,
            others,
            uncertain,
            ..
        } => Some((variables, elements, others, uncertain)),
        _ => None,
    });
    let (variables, elements, others, uncertain) = found.expect("a matcher for audiences");
    let names = |places: &[u32]| -> Vec<&str> {
        let name = |place: &u32| {
            decisions.space.variables[variables[*place as usize] as usize]
                .name
                .as_str()
        };
        let mut names: Vec<&str> = places.iter().map(name).collect();
        names.sort_unstable();
        names
    };
    let but = "app.ids reaches anything but \"a\", \"b\"";
    let (all, list) = ("app.ids reaches anything", "app.ids reaches \"b\", \"c\"");
    let rows: Vec<(&str, Vec<&str>)> = elements
        .iter()
        .map(|(text, places)| (text.as_str(), names(places)))
        .collect();
    assert_eq!(
        rows,
        [
            ("a", vec![all]),
            ("b", vec![list, all]),
            ("c", vec![list, all, but])
        ]
    );
    assert_eq!(names(others), [all, but]);
    assert_eq!(uncertain, &[0u32; 0]);
}

#[test]
fn many_target_sets_with_exclusions_stay_linear() {
    let of = |n| policy(apps(vec![AppScope::All], vec![app(&format!("a{n}"))]));
    let (_, program) = compile(&set((0..1000).map(of).collect()), &Limits::default());
    let entries: usize = program
        .matchers
        .iter()
        .map(|matcher| match matcher {
            Matcher::Targets { elements, .. } => elements.iter().map(|row| row.1.len()).sum(),
            _ => 0,
        })
        .sum();
    assert!(entries <= 64 * 1000, "{entries}");
}

fn requiring(is_all: bool, controls: Vec<Control>) -> Policy {
    let requirement = Requirement {
        is_all,
        controls,
        span: Span::default(),
    };
    let outcome = Outcome {
        requirement: Some(requirement),
        ..Outcome::default()
    };
    Policy {
        outcome,
        ..policy(everybody())
    }
}

#[test]
fn all_makes_a_clause_per_control_and_any_makes_one() {
    let mfa = || Control::BuiltIn(BuiltInControl::Mfa);
    let device = || Control::BuiltIn(BuiltInControl::CompliantDevice);
    let set = set(vec![
        requiring(false, vec![device(), mfa()]),
        requiring(true, vec![mfa(), Control::Terms("T".into()), device()]),
        requiring(true, vec![Control::Terms("t".into())]),
        requiring(true, vec![]),
    ]);
    let (_, program) = compile(&set, &Limits::default());
    assert_eq!(
        program.controls,
        [
            bytecode::Control::BuiltIn(BuiltInControl::CompliantDevice),
            bytecode::Control::BuiltIn(BuiltInControl::Mfa),
            bytecode::Control::Terms("T".into()),
        ]
    );
    let clauses: Vec<&Vec<Vec<u32>>> = program.policies.iter().map(|p| &p.clauses).collect();
    assert_eq!(clauses[0], &[vec![0, 1]]);
    assert_eq!(clauses[1], &[vec![0], vec![1], vec![2]]);
    assert_eq!(clauses[2], &[vec![2]]);
    assert!(clauses[3].is_empty());
}

#[test]
fn a_strength_keeps_the_combinations_that_a_request_can_show() {
    let combination = |methods: &[Method], is_restricted| Combination {
        methods: methods.to_vec(),
        is_restricted,
    };
    let strength = Strength {
        id: "S1".into(),
        display_name: "strong".into(),
        combinations: vec![
            combination(&[Method::Password, Method::Sms], false),
            combination(&[Method::Fido2], true),
            combination(&[Method::WindowsHelloForBusiness; 2], false),
        ],
        span: None,
        form: gatewright_hir::model::GraphForm::default(),
    };
    let required = ["s1", "gone"]
        .map(|id| Control::Strength(id.into()))
        .to_vec();
    let set = PolicySet {
        strengths: vec![strength],
        ..set(vec![requiring(true, required)])
    };
    let (_, program) = compile(&set, &Limits::default());
    let both = method_bit(Method::Password) | method_bit(Method::Sms);
    let mut combinations = vec![both, method_bit(Method::WindowsHelloForBusiness)];
    combinations.sort_unstable();
    assert_eq!(
        program.controls,
        [
            bytecode::Control::Strength {
                id: "S1".into(),
                combinations
            },
            bytecode::Control::Strength {
                id: "gone".into(),
                combinations: vec![]
            },
        ]
    );
}

#[test]
fn session_controls_are_stored_once() {
    let with = |session: SessionControls| Policy {
        outcome: Outcome {
            session,
            ..Outcome::default()
        },
        ..policy(everybody())
    };
    let never = || SessionControls {
        persistent_browser: Some(PersistentBrowser::Never),
        ..SessionControls::default()
    };
    let set = set(vec![
        with(never()),
        with(SessionControls::default()),
        with(never()),
    ]);
    let (_, program) = compile(&set, &Limits::default());
    let numbers: Vec<Option<u32>> = program.policies.iter().map(|p| p.session).collect();
    assert_eq!(numbers, [Some(0), None, Some(0)]);
    assert_eq!(program.sessions, [never()]);
}

#[test]
fn targets_are_told_apart_as_far_as_combining_needs() {
    let actions = |actions| Target::Actions(members(actions));
    let targets = [
        everybody().target,
        actions(vec![
            UserAction::RegisterSecurityInfo,
            UserAction::RegisterDevice,
        ]),
        actions(vec![UserAction::RegisterDevice]),
        Target::Contexts(members(vec!["c1".into()])),
    ];
    let policies = targets.map(|target| {
        policy(Assignments {
            target,
            ..everybody()
        })
    });
    let (_, program) = compile(&set(policies.into()), &Limits::default());
    let found: Vec<TargetClass> = program
        .policies
        .iter()
        .map(|policy| policy.target)
        .collect();
    let expected = [
        TargetClass::Apps,
        TargetClass::SecurityInfo,
        TargetClass::Other,
        TargetClass::Other,
    ];
    assert_eq!(found, expected);
}

#[test]
fn places_are_counted_in_the_files_that_occur() {
    let mut sources = SourceMap::new();
    // The spans of the fixture are of the first file.
    sources.add("fixture.gate", "policy");
    sources.add("unused.gate", "policy");
    let file = sources.add("b.gate", "one\ntwö x");
    let of = |start| Span::new(file, start, start + 1);
    let mut one = policy(everybody());
    one.name_span = of(4);
    one.when = Some(Expr::Unknown(of(9)));
    let set = set(vec![one]);
    let decisions = gatewright_decision::build(&set, &Limits::default());
    let program = emit(&set, &decisions, &sources, &Options::default());
    assert_eq!(program.files, ["fixture.gate", "b.gate"]);
    assert_eq!(
        program.policies[0].place,
        Place {
            file: 1,
            line: 2,
            column: 1
        }
    );
    let last = program.policies[0].conditions.last().expect("a condition");
    assert_eq!(
        last.place,
        Place {
            file: 1,
            line: 2,
            column: 5
        }
    );
}

#[test]
fn a_schema_of_ones_own_brings_its_effects() {
    let effect = |name: &str| EffectInfo {
        name: name.into(),
        title: String::new(),
        span: Span::default(),
    };
    let entity = |name: &str, is_optional| Entity {
        name: name.into(),
        is_optional,
        docs: String::new(),
        span: Span::default(),
    };
    let own = Schema {
        name: "Payments".into(),
        is_entra: false,
        entities: vec![entity("payment", false), entity("payer", true)],
        effects: vec![effect("approve"), effect("refuse")],
        combine: Combine::Least,
        otherwise: Some(EffectId(1)),
        ..schema()
    };
    let mut refusing = when(one_of("user.department", &["x"]));
    refusing.outcome.effect = Some(EffectId(1));
    let set = PolicySet {
        schema: own.into(),
        ..set(vec![refusing])
    };
    let (_, program) = compile(&set, &Limits::default());
    assert_eq!(program.policies[0].effect, Some(1));
    assert_eq!(
        program.effects,
        Some(bytecode::Effects {
            names: vec!["approve".into(), "refuse".into()],
            combine: bytecode::Combine::Least,
            otherwise: 1,
        })
    );
    assert_eq!(program.origin.schema, "Payments");
    assert_eq!(program.optional_entities, ["payer"]);
    let AttributeId(number) = schema()
        .find_attribute("user.department")
        .expect("an attribute");
    assert_eq!(program.attributes[number as usize].name, "user.department");
}
