//! Sets and sign-ins of which engines have said different things, each with what all have to say.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::model::{Comparison, Expr, FieldTest, PolicySet, Quantified};
use gatewright_runtime::Mode;
use gatewright_source::Span;
use gatewright_tests::engines::Subject;
use serde_json::{Value, json};

const WORKLOAD: &str = "00000000-aaaa-4000-8000-000000000011";
const AGENT: &str = "00000000-aaaa-4000-8000-000000000012";

fn set(text: &str) -> PolicySet {
    let file = SourceFile {
        path: "policies.gate".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    compilation.set
}

/// Whether the only policy applies; `None` where a missing fact decides.
fn applies(subject: &Subject, request: &Value) -> Option<bool> {
    let applies = |mode| {
        let decision = subject.decide(request, mode);
        let decision = decision.unwrap_or_else(|d| panic!("{d}\n{request}"));
        assert!(!decision.is_null(), "refused: {request}");
        decision["policies"][0]["policyApplies"] == true
    };
    let (certain, possible) = (applies(Mode::Graph), applies(Mode::Pessimistic));
    (certain == possible).then_some(certain)
}

/// Of resources whose attributes are not known, the ids still are.
#[test]
fn ids_of_resources_are_known_where_their_attributes_are_not() {
    let request = |ids: &[&str]| {
        json!({
            "signInIdentity": { "userId": "u" },
            "signInContext": { "includeApplications": ids },
            "unknown": ["app.attributes"],
        })
    };
    let contains = |field: &str, texts: &[&str]| {
        Expr::Field(FieldTest {
            field: field.to_owned(),
            comparison: Comparison::Contains(texts.iter().map(|t| (*t).to_owned()).collect()),
            is_negated: false,
            span: Span::default(),
        })
    };
    let not = |expr: Expr| Expr::Not(Box::new(expr));
    let some = |body: Expr| {
        let schema = gatewright_hir::entra_schema();
        Expr::Some(Quantified {
            collection: schema.find_attribute("app.resources").unwrap(),
            body: Box::new(body),
            span: Span::default(),
        })
    };
    let of = |condition: Expr| {
        let mut set = set("policy \"P\" { state enabled users all apps all block }");
        set.policies[0].when = Some(condition);
        Subject::new(set).unwrap()
    };
    let every = of(not(some(not(contains("id", &["0", "002"])))));
    let ids = ["a-0", "b-002", "c-20"];
    assert_eq!(applies(&every, &request(&ids)), Some(true));
    assert_eq!(applies(&every, &request(&["a-0", "b-1"])), Some(false));
    let level = contains("engineering_level", &["high"]);
    let tagged = of(some(Expr::All(vec![contains("id", &["0"]), level])));
    assert_eq!(applies(&tagged, &request(&["a-0"])), None);
    assert_eq!(applies(&tagged, &request(&["a-1"])), Some(false));
}

/// Whose attributes they are is not known where the identity is not.
#[test]
fn attributes_of_an_identity_that_is_not_known_are_not_known_either() {
    let filter = r#"where CustomSecurityAttribute.Engineering_Level -eq "high""#;
    let attributes = json!({ "Engineering": { "Level": "high" } });
    for (head, member, list, id, class) in [
        (
            "workloads",
            "servicePrincipalId",
            "servicePrincipals",
            WORKLOAD,
            "servicePrincipal.id",
        ),
        (
            "agents",
            "agentServicePrincipalId",
            "agents",
            AGENT,
            "agent.id",
        ),
    ] {
        let text = format!("policy \"P\" {{ state enabled {head} {filter} apps all block }}");
        let subject = Subject::new(set(&text)).unwrap();
        let mut request = json!({
            "signInIdentity": { member: id },
            "signInContext": { "includeApplications": ["a"] },
            "directory": { list: [{ "id": id, "customSecurityAttributes": attributes }] },
        });
        assert_eq!(applies(&subject, &request), Some(true), "{head}");
        for name in [class, "signIn.identity"] {
            request["unknown"] = json!([name]);
            assert_eq!(applies(&subject, &request), None, "{head}, {name}");
        }
    }
}
