//! What a service relies on: no allocation, many threads, hot reload, handles.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod common;
#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use allocation_counter::measure;
use common::{engine, sign_in, with};
use gatewright_bytecode::Control;
use gatewright_runtime::{Claims, Engine, Fact, Mode, Reloadable, Request, Scratch, Verdict};
use gatewright_value::vocabulary::{BuiltInControl, Method, Reason, State};
use gatewright_value::{FieldComparison, Predicate, SessionControls};
use sample::Sample;
use serde_json::json;

/// Many clauses and security profiles, so that every list of a decision is in use.
fn tenant() -> Engine {
    let mut program = sample::varied();
    let profiles = ["b", "a"].map(str::to_owned).to_vec();
    for policy in &mut program.policies {
        policy.state = State::Enabled;
        policy.is_block = false;
        policy.session = Some(0);
    }
    program.sessions = vec![SessionControls {
        filtering_profiles: profiles,
        ..SessionControls::default()
    }];
    engine(program)
}

#[test]
fn deciding_does_not_allocate_once_it_is_warm() {
    let engine = tenant();
    let texts = [
        sign_in().to_string(),
        with(&[
            (
                "signInConditions.deviceInfo",
                json!({"displayName": "SÅW-kiosk-X", "isCompliant": true}),
            ),
            ("directory.groups", json!(["SALES", "finance", "ÅÄÖ"])),
            ("claims.satisfied", json!(["strength:other"])),
            ("claims.methods", json!(["fido2"])),
        ])
        .to_string(),
        with(&[("unknown", json!(["device", "directory", "ipAddress"]))]).to_string(),
    ];
    let requests: Vec<Request<'_>> = texts
        .iter()
        .map(|text| Request::from_json(&engine, text.as_bytes()).unwrap())
        .collect();
    let mut scratch = Scratch::default();
    let mut decide_all = || {
        let mut seen = 0;
        for request in &requests {
            for mode in [Mode::Graph, Mode::Pessimistic] {
                let decision = engine.decide(request, &mut scratch, mode).unwrap();
                seen += decision.applied().count() + decision.filtering_profiles().count();
                seen += decision.missing().map(Iterator::count).sum::<usize>();
            }
        }
        seen
    };
    let seen = decide_all();
    assert!(seen > 10, "{seen}");
    let allocations = measure(|| assert_eq!(decide_all(), seen));
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn predicates_and_device_compliance_do_not_allocate_either() {
    let mut sample = Sample::entra();
    let level = sample::is_one_of("hr_level", &["high"]).negated();
    let pattern = FieldComparison::Matches("^m.*l$".to_owned());
    let tagged = Predicate::all([level, Predicate::field("id", pattern)]);
    let tagged = sample.predicates("app.resources", vec![tagged])[0];
    let tagged = sample.test(Reason::Application, tagged, 1);
    let encrypted = sample.boolean("setting.bitLockerEnabled");
    let encrypted = sample.test(Reason::Devices, encrypted, 1);
    let compliant = sample.boolean("device.isCompliant");
    let compliant = sample.test(Reason::Devices, compliant, 1);
    sample.compliance("Everything", &[], &[encrypted], 24);
    let policy = sample.policy("Tagged", State::Enabled, &[tagged, compliant]);
    policy.is_block = true;
    let engine = engine(sample.finish());
    let apps = json!([{"id": "mail", "customSecurityAttributes": {"HR": {"Level": "LÅW"}}}]);
    let compliance = json!({"settings": {"bitLockerEnabled": true}});
    let mut request = with(&[("directory.apps", apps)]);
    request["compliance"] = compliance;
    let text = request.to_string();
    let request = Request::from_json(&engine, text.as_bytes()).unwrap();
    let mut scratch = Scratch::default();
    let mut decide = || {
        let decision = engine.decide(&request, &mut scratch, Mode::Graph);
        decision.unwrap().verdict()
    };
    assert_eq!(decide(), Verdict::Block);
    let allocations = measure(|| assert_eq!(decide(), Verdict::Block));
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn engines_are_shared_by_threads() {
    fn is_shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let engine = tenant();
    is_shared(&engine);
    let text = sign_in().to_string();
    let verdict = || {
        let request = Request::from_json(&engine, text.as_bytes()).unwrap();
        let mut scratch = Scratch::default();
        let verdicts = (0..200).map(|_| {
            engine
                .decide(&request, &mut scratch, Mode::Pessimistic)
                .unwrap()
                .verdict()
        });
        verdicts.collect::<Vec<Verdict>>()
    };
    let expected = verdict();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(verdict)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
    });
}

fn always(is_block: bool) -> Engine {
    let mut sample = Sample::entra();
    sample.policy("Always", State::Enabled, &[]).is_block = is_block;
    engine(sample.finish())
}

#[test]
fn an_engine_is_exchanged_while_others_decide() {
    let handle = Reloadable::new(always(false));
    let text = sign_in().to_string();
    let verdict = |engine: &Engine| {
        let request = Request::from_json(engine, text.as_bytes()).unwrap();
        engine
            .decide(&request, &mut Scratch::default(), Mode::Graph)
            .unwrap()
            .verdict()
    };
    let before = handle.current();
    std::thread::scope(|scope| {
        let deciding = scope.spawn(|| (0..500).map(|_| verdict(&handle.current())).max());
        for round in 0..20 {
            handle.replace(always(round % 2 == 0));
        }
        handle.replace(always(true));
        assert!(deciding.join().unwrap() >= Some(Verdict::Grant));
    });
    // Who took the engine before keeps deciding by it.
    assert_eq!(verdict(&before), Verdict::Grant);
    assert_eq!(verdict(&handle.current()), Verdict::Block);
}

#[test]
fn requests_are_built_without_json() {
    let mut sample = Sample::entra();
    let groups = sample.elements("user.groups", &["finance"]);
    let mfa = sample.control(Control::BuiltIn(BuiltInControl::Mfa));
    let finance = sample.test(Reason::Users, groups[0], 1);
    sample.policy("Finance", State::Enabled, &[finance]).clauses = vec![vec![mfa]];
    let engine = engine(sample.finish());
    let groups = engine.attribute("user.groups").unwrap();
    let mut scratch = Scratch::default();
    let mut request = Request::unknown(&engine);
    let verdict = |request: &Request<'_>, scratch: &mut Scratch, mode| {
        engine.decide(request, scratch, mode).unwrap().verdict()
    };
    assert_eq!(
        verdict(&request, &mut scratch, Mode::Graph),
        Verdict::NotApplicable
    );
    assert_eq!(
        verdict(&request, &mut scratch, Mode::Pessimistic),
        Verdict::Interrupt
    );
    request
        .set(&engine, groups, Fact::set(["FINANCE"]))
        .unwrap();
    assert_eq!(
        verdict(&request, &mut scratch, Mode::Graph),
        Verdict::Interrupt
    );
    request.claims_mut().control(BuiltInControl::Mfa);
    assert_eq!(verdict(&request, &mut scratch, Mode::Graph), Verdict::Grant);
}

#[test]
fn claims_say_what_was_claimed_and_keep_it() {
    let mut claims = Claims::default();
    claims.control(BuiltInControl::Mfa);
    claims.method(Method::Sms);
    claims.method(Method::Password);
    claims.strength("s");
    claims.terms("t");
    claims.custom("c");
    assert!(claims.has(BuiltInControl::Mfa));
    assert!(!claims.has(BuiltInControl::PasswordChange));
    let methods: Vec<Method> = claims.methods().collect();
    assert_eq!(methods, [Method::Password, Method::Sms]);
    assert_eq!(claims.ids(), [["s"], ["t"], ["c"]]);
    assert_eq!(claims.clone().into_owned(), claims);
}
