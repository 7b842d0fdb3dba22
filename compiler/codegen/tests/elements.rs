//! Predicates, differences and compliance policies reach the program.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

#[path = "../../decision/tests/fixture/mod.rs"]
mod fixture;

use std::sync::Arc;

use fixture::*;
use gatewright_bytecode::{Difference, Matcher, Program, verify};
use gatewright_codegen::{Options, emit};
use gatewright_decision::{Limits, build as diagrams};
use gatewright_hir::model::*;
use gatewright_source::{SourceMap, Span};
use gatewright_value::Kind;
use gatewright_value::vocabulary::{CompliancePlatform, NoncomplianceAction};

fn compile(set: &PolicySet) -> Program {
    let decisions = diagrams(set, &Limits::default());
    let program = emit(set, &decisions, &SourceMap::new(), &Options::default());
    verify(&program).expect("a program that is fit to run");
    program
}

#[test]
fn conditions_on_elements_of_one_set_share_a_matcher() {
    let level = |text| some("servicePrincipal.attributes", field("hr_level", &[text]));
    let program = compile(&set(vec![
        when(level("high")),
        when(level("low")),
        when(level("high")),
    ]));
    let [Matcher::Predicates { predicates, .. }] = &program.matchers[..] else {
        panic!("{:?}", program.matchers);
    };
    assert_eq!(predicates.len(), 2);
    let names: Vec<&str> = program.variables.iter().map(|v| v.name.as_str()).collect();
    let expected = r#"servicePrincipal.attributes has some with hr_level = "high""#;
    assert!(names.contains(&expected), "{names:?}");
}

#[test]
fn differences_and_compliance_policies_are_carried() {
    let mut set = set(vec![]);
    let mut schema = schema();
    let [tenure, now] =
        ["user.department", "signIn.now"].map(|n| schema.find_attribute(n).unwrap());
    schema.attributes[tenure.0 as usize].kind = Kind::Duration;
    schema.attributes[tenure.0 as usize].difference = Some((now, now));
    set.schema = Arc::new(schema);
    let span = Span::default();
    let action = |kind, after_hours| ScheduledAction {
        kind,
        after_hours,
        template: None,
        span,
    };
    let encrypted = test("setting.bitLockerEnabled", Comparison::IsTrue);
    set.compliance.check_in_days = 7;
    set.compliance.policies = vec![CompliancePolicy {
        id: "w".into(),
        has_server_id: false,
        display_name: "Windows".into(),
        name_span: span,
        span,
        platform: CompliancePlatform::Windows,
        users: scope(vec![UserScope::All], vec![]),
        requirements: vec![SettingRequirement {
            rule: encrypted,
            span,
        }],
        actions: vec![
            action(NoncomplianceAction::Notification, 1),
            action(NoncomplianceAction::Block, 48),
            action(NoncomplianceAction::Block, 24),
        ],
        unmodelled: Vec::new(),
        form: GraphForm::default(),
    }];
    let program = compile(&set);
    let difference = Difference {
        attribute: tenure.0,
        minuend: now.0,
        subtrahend: now.0,
    };
    assert_eq!(program.differences, [difference]);
    let compliance = program.compliance.as_ref().unwrap();
    assert_eq!(
        (compliance.check_in_days, compliance.is_secure_by_default),
        (7, false)
    );
    let policy = &compliance.policies[0];
    assert_eq!((policy.grace_hours, policy.requirements.len()), (24, 1));
    assert_eq!(policy.met, policy.requirements[0].entries);
    let plain = compile(&fixture::set(vec![when(Expr::Constant(true))]));
    assert!(plain.differences.is_empty() && plain.compliance.is_none());
}
