//! The verifier refuses every broken invariant, and says which.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod sample;

use gatewright_bytecode::{
    Control, Costs, Effects, Matcher, Op, Place, Program, Verified, disassemble, limits, verify,
};
use gatewright_value::vocabulary::{Reason, State};
use gatewright_value::{AttributeInfo, Kind};

type Break = fn(&mut Program);

/// Classes of variable 0 of the sample: another text, three constants, null and unknown.
const IDENTITY_CLASSES: u32 = 6;

/// The first number that names none of these.
fn count<T>(rows: &[T]) -> u32 {
    u32::try_from(rows.len()).unwrap()
}

fn refused(what: &str, change: Break) -> String {
    let mut program = sample::varied();
    change(&mut program);
    let error = verify(&program).map(drop).expect_err(what);
    error.to_string()
}

fn texts(program: &mut Program) -> &mut Vec<(String, u32)> {
    let found = program
        .matchers
        .iter_mut()
        .find_map(|matcher| match matcher {
            Matcher::Text { exact, .. } => Some(exact),
            _ => None,
        });
    found.unwrap()
}

fn targets(program: &mut Program) -> &mut Matcher {
    let is_targets = |matcher: &&mut Matcher| matches!(matcher, Matcher::Targets { .. });
    program.matchers.iter_mut().find(is_targets).unwrap()
}

#[test]
fn broken_code_is_refused() {
    let rows: [(&str, Break, &str); 14] = [
        (
            "operation",
            |p| p.code[0] = 77,
            "code word 0: no instruction starts here",
        ),
        (
            "cut off",
            |p| p.code.push(Op::Range.encode(0)),
            "no instruction starts here",
        ),
        (
            "count",
            |p| p.code.push(Op::Accept.encode(1)),
            "no instruction starts here",
        ),
        (
            "huge count",
            |p| p.code.push(Op::Switch.encode(0xFF_FFFF)),
            "no instruction starts here",
        ),
        (
            "variable",
            |p| p.code[1] = 999,
            "code word 0: the variable does not exist",
        ),
        (
            "classes",
            |p| p.code[1] = 1,
            "there is not one target per class",
        ),
        (
            "backwards",
            |p| p.code[2] = 0,
            "the target 0 is not the start of a later instruction",
        ),
        (
            "beyond",
            |p| p.code[2] = 9_999_999,
            "is not the start of a later instruction",
        ),
        (
            "inside",
            |p| p.code[2] = 1 + p.policies[0].certain,
            "is not the start of a later",
        ),
        (
            "range",
            |p| code(p, &[2, 0, 3, 2, 0, 0]),
            "the range is not one of classes",
        ),
        (
            "range end",
            |p| code(p, &[2, 0, 0, IDENTITY_CLASSES, 0, 0]),
            "the range is not one of classes",
        ),
        (
            "switch",
            |p| code(p, &[3 | 1 << 8, 0, 1, 0]),
            "the rows do not ascend from class 0",
        ),
        (
            "rows",
            |p| code(p, &[3 | 2 << 8, 0, 0, 0, 0, 0]),
            "the rows do not ascend from class 0",
        ),
        (
            "row",
            |p| code(p, &[3 | 2 << 8, 0, 0, 0, IDENTITY_CLASSES, 0]),
            "the rows do not ascend from class 0",
        ),
    ];
    for (what, change, expected) in rows {
        let error = refused(what, change);
        assert!(error.contains(expected), "{what}: {error}");
    }
}

/// Put an instruction before the end of the code.
fn code(program: &mut Program, words: &[u32]) {
    program.code.extend_from_slice(words);
}

#[test]
fn broken_variables_and_matchers_are_refused() {
    let rows: [(&str, Break, &str); 24] = [
        (
            "one class",
            |p| p.variables[0].class_count = 1,
            "a variable has from 2 to",
        ),
        (
            "huge",
            |p| p.variables[0].class_count = u32::MAX,
            "a variable has from 2 to",
        ),
        (
            "null",
            |p| p.variables[0].null_class = Some(5),
            "the class of null",
        ),
        (
            "attribute",
            |p| p.variables[0].attribute = count(&p.attributes),
            "its attribute does not exist",
        ),
        (
            "unset",
            |p| drop(p.matchers.pop()),
            "no matcher sets variable",
        ),
        (
            "extra",
            |p| p.variables.push(p.variables[1].clone()),
            "no matcher sets variable",
        ),
        (
            "twice",
            |p| p.matchers.push(p.matchers[0].clone()),
            "is set twice",
        ),
        (
            "other attribute",
            |p| move_matcher(p, "signIn.risk"),
            "is about another attribute",
        ),
        (
            "other type",
            |p| move_matcher(p, "location.ip"),
            "cannot read values",
        ),
        (
            "no attribute",
            |p| set_attribute(p, 999),
            "matcher 0: its attribute does not exist",
        ),
        (
            "no variable",
            |p| set_variable(p, 999),
            "variable 999 does not exist",
        ),
        (
            "Boolean",
            |p| p.variables[1].class_count = 5,
            "has 5 classes, not 4",
        ),
        ("sorted", |p| texts(p).reverse(), "its texts do not ascend"),
        (
            "repeated",
            |p| texts(p)[1] = texts(p)[0].clone(),
            "its texts do not ascend",
        ),
        (
            "folded",
            |p| texts(p)[2].0 = "uSer".to_owned(),
            "a text is not folded",
        ),
        (
            "class",
            |p| texts(p)[2].1 = 5,
            "a class is not a class of values",
        ),
        (
            "starts",
            |p| set_starts(p, &[20, 10]),
            "its starts do not ascend",
        ),
        (
            "repeated start",
            |p| set_starts(p, &[10, 10]),
            "its starts do not ascend",
        ),
        (
            "many starts",
            |p| set_starts(p, &[1, 2, 3, 4]),
            "yields classes that the variable",
        ),
        (
            "sets",
            |p| others(p, &[1, 0]),
            "the target sets of a row do not ascend",
        ),
        (
            "repeated set",
            |p| others(p, &[1, 1]),
            "the target sets of a row do not ascend",
        ),
        ("no set", |p| others(p, &[3]), "a target set does not exist"),
        (
            "pattern",
            |p| pattern(p, &"a".repeat(5000)),
            "a pattern is too long",
        ),
        ("patterns", many_patterns, "there are too many patterns"),
    ];
    for (what, change, expected) in rows {
        let error = refused(what, change);
        assert!(error.contains(expected), "{what}: {error}");
    }
}

fn move_matcher(program: &mut Program, name: &str) {
    let at = program
        .attributes
        .iter()
        .position(|row| row.name == name)
        .unwrap();
    set_attribute(program, u32::try_from(at).unwrap());
}

fn set_attribute(program: &mut Program, number: u32) {
    let Matcher::Text { attribute, .. } = &mut program.matchers[0] else {
        panic!()
    };
    *attribute = number;
}

fn set_variable(program: &mut Program, number: u32) {
    let Matcher::Text { variable, .. } = &mut program.matchers[0] else {
        panic!()
    };
    *variable = number;
}

fn set_starts(program: &mut Program, numbers: &[u128]) {
    let Matcher::Ordered { starts, .. } = &mut program.matchers[2] else {
        panic!()
    };
    *starts = numbers.to_vec();
}

fn others(program: &mut Program, sets: &[u32]) {
    let Matcher::Targets { others, .. } = targets(program) else {
        panic!()
    };
    *others = sets.to_vec();
}

fn pattern(program: &mut Program, text: &str) {
    let found = program
        .matchers
        .iter_mut()
        .find_map(|matcher| match matcher {
            Matcher::TextParts { patterns, .. } => Some(patterns),
            _ => None,
        });
    found.unwrap()[0].0 = text.to_owned();
}

fn many_patterns(program: &mut Program) {
    let Some(row) = program.matchers.iter().find_map(|matcher| match matcher {
        Matcher::TextParts { patterns, .. } => patterns.first().cloned(),
        _ => None,
    }) else {
        panic!()
    };
    let variable = program.variables[row.1 as usize].clone();
    let first = count(&program.variables);
    let added = 0..u32::try_from(limits::PATTERNS_MAX).unwrap();
    let patterns = added
        .map(|number| (row.0.clone(), first + number))
        .collect();
    program
        .variables
        .resize(program.variables.len() + limits::PATTERNS_MAX, variable);
    let attribute = program.variables[row.1 as usize].attribute;
    program.matchers.push(Matcher::TextParts {
        attribute,
        contains: Vec::new(),
        suffixes: Vec::new(),
        patterns,
    });
}

#[test]
fn broken_policies_controls_and_schemas_are_refused() {
    let rows: [(&str, Break, &str); 16] = [
        (
            "entry",
            |p| p.policies[0].certain = 1,
            "policy 0 (`Inside`): an entry is not the start",
        ),
        (
            "far entry",
            |p| p.policies[0].possible = u32::MAX,
            "an entry is not the start",
        ),
        (
            "condition",
            |p| p.policies[0].conditions[0].certain += 1,
            "an entry is not the start",
        ),
        (
            "place",
            |p| p.policies[0].place = place(count(&p.files)),
            "the file of a place does not exist",
        ),
        (
            "empty clause",
            |p| p.policies[0].clauses.push(vec![]),
            "a clause is empty",
        ),
        (
            "order",
            |p| p.policies[0].clauses.push(vec![1, 0]),
            "do not ascend",
        ),
        (
            "repetition",
            |p| p.policies[0].clauses.push(vec![0, 0]),
            "do not ascend",
        ),
        (
            "control",
            |p| p.policies[0].clauses.push(vec![count(&p.controls)]),
            "a control does not exist",
        ),
        (
            "session",
            |p| p.policies[0].session = Some(count(&p.sessions)),
            "its session controls do not exist",
        ),
        (
            "effect",
            |p| p.policies[0].effect = Some(0),
            "its effect does not exist",
        ),
        (
            "empty combination",
            |p| p.controls[1] = strength(0),
            "a combination is empty",
        ),
        (
            "no method",
            |p| p.controls[1] = strength(1 << 31),
            "has a bit that is no method",
        ),
        (
            "own control",
            |p| p.controls[1] = Control::Own("x".into()),
            "belongs to another schema",
        ),
        (
            "effects",
            |p| p.effects = Some(effects(0)),
            "Conditional Access has no effects",
        ),
        (
            "no effects",
            |p| p.origin.is_entra = false,
            "a schema of one's own has effects",
        ),
        (
            "otherwise",
            own_schema_without_that_effect,
            "is none of the effects",
        ),
    ];
    for (what, change, expected) in rows {
        let error = refused(what, change);
        assert!(error.contains(expected), "{what}: {error}");
    }
}

fn place(file: u32) -> Place {
    Place {
        file,
        line: 1,
        column: 1,
    }
}

fn strength(bits: u32) -> Control {
    Control::Strength {
        id: "s".to_owned(),
        combinations: vec![bits],
    }
}

fn effects(otherwise: u32) -> Effects {
    let combine = gatewright_bytecode::Combine::Least;
    Effects {
        names: vec!["approve".to_owned()],
        combine,
        otherwise,
    }
}

fn own_schema_without_that_effect(program: &mut Program) {
    program.origin.is_entra = false;
    program.effects = Some(effects(1));
}

#[test]
fn policies_of_a_schema_of_ones_own_have_its_effects() {
    let mut program = sample::varied();
    program.origin.is_entra = false;
    program.effects = Some(effects(0));
    program.policies[0].effect = Some(0);
    assert_eq!(verify(&program).map(drop), Ok(()));
    program.policies[0].effect = Some(1);
    let error = verify(&program).map(drop).unwrap_err().to_string();
    assert!(error.contains("its effect does not exist"), "{error}");
}

#[test]
fn what_is_verified_stays_what_it_was() {
    let program = sample::varied();
    let costs = verify(&program).unwrap();
    let verified = Verified::new(program.clone()).unwrap();
    assert_eq!((verified.program(), verified.costs()), (&program, &costs));
    assert_eq!(verified.into_parts(), (program, costs));
}

#[test]
fn what_is_too_large_is_refused() {
    let error = refused("attributes", |program| {
        let row = AttributeInfo {
            name: String::new(),
            kind: Kind::Guid,
            is_optional: true,
        };
        program.attributes = vec![row; 70_000];
    });
    assert!(
        error.contains("70000 attributes are more than the 65536"),
        "{error}"
    );
}

#[test]
fn the_longest_path_is_what_evaluation_can_take_at_most() {
    let program = sample::varied();
    let Costs {
        instruction_count,
        policies,
        instructions_max,
    } = verify(&program).unwrap();
    // Tests in a row, and the end.
    assert_eq!(policies, [3, 3, 7, 2]);
    assert_eq!(instructions_max, 15);
    assert_eq!(instruction_count, 2 * (2 + 2 + 6 + 1) * 2 + 2);
}

#[test]
fn a_listing_names_variables_targets_and_entries() {
    let mut sample = sample::Sample::entra();
    let client = sample.text("signIn.client", &["browser", "other"]);
    let test = sample.test(Reason::ClientApps, client, 2);
    let policy = sample.policy("Legacy", State::Enabled, &[test]);
    (policy.certain, policy.possible) = (0, 6);
    policy.conditions[0].certain = 12;
    policy.conditions[0].possible = 12;
    let mut program = sample.finish();
    program.code.clear();
    program.code.extend([Op::Range.encode(0), 0, 1, 2, 20, 19]);
    program.code.extend([Op::Switch.encode(2), 0, 0, 19, 2, 20]);
    program
        .code
        .extend([Op::Table.encode(5), 0, 19, 19, 20, 19, 20]);
    program
        .code
        .extend([Op::Reject.encode(0), Op::Accept.encode(0)]);
    verify(&program).unwrap();
    let expected = "\
policy 0 `Legacy`: certain @0, possible @6

@0     range signIn.client 1..2 → @20 else @19  ; 0 certain
@6     switch signIn.client 0.. → @19, 2.. → @20  ; 0 possible
@12    table signIn.client @19 @19 @20 @19 @20  ; 0 clientApps
@19    reject
@20    accept
";
    assert_eq!(disassemble(&program), expected);
}
