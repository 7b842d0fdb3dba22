//! A sign-in that is decided on the way through its bytes is decided like one that is read first.
//!
//! Requests are random sign-ins written in random ways, and the same with one thing wrong with
//! them. `GATEWRIGHT_REQUESTS` says how many to compare (1 000 unless told), and `GATEWRIGHT_SEED`
//! where to begin.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail"
)]

use allocation_counter::measure;
use gatewright_codegen::MaskUse;
use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::entra_schema;
use gatewright_hir::model::PolicySet;
use gatewright_runtime::{
    Decision, Directory, Engine, JsonError, Mode, Outcome, ReadOptions, Request, Route, Scratch,
    Verdict,
};
use gatewright_tests::engines;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set, sign_in};
use gatewright_tests::workload::{self, Shape, Workload};
use serde_json::{Value, json};

const MODES: [Mode; 2] = [Mode::Graph, Mode::Pessimistic];

/// Engines that decide each random request.
const ENGINES_EACH: u64 = 3;

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
        Err(_) => default,
    }
}

fn engine(set: &PolicySet) -> Engine {
    Engine::from_program(engines::program(set, MaskUse::default())).unwrap()
}

/// Engines of random sets, some of them with filters for resources.
fn engines() -> Vec<Engine> {
    let base = Base::entra();
    let engine = |(seed, size)| engine(&policy_set(&mut Random::new(seed), &base, size));
    let sizes = [1, 1, 2, 2, 3, 3, 4, 5, 8, 13, 60];
    let engines: Vec<Engine> = (1..).zip(sizes).map(engine).collect();
    let walks = engines.iter().map(|engine| engine.by(Route::Walk));
    engines.iter().cloned().chain(walks.take(4)).collect()
}

fn outcome(outcome: &Outcome<'_>) -> String {
    let missing: Vec<Vec<&str>> = outcome.missing().map(Iterator::collect).collect();
    let profiles: Vec<&str> = outcome.filtering_profiles().collect();
    let session = outcome.session();
    format!("{} {missing:?} {profiles:?} {session:?}", outcome.verdict())
}

fn decision(decision: &Decision<'_>) -> String {
    let missing: Vec<Vec<&str>> = decision.missing().map(Iterator::collect).collect();
    let profiles: Vec<&str> = decision.filtering_profiles().collect();
    let (applying, session) = (decision.applying(), decision.session());
    let verdict = decision.verdict();
    format!("{verdict} {applying:?} {missing:?} {profiles:?} {session:?}")
}

/// Compare the two ways; the result is whether the request was decided on the way through.
fn compare(
    engine: &Engine,
    bytes: &[u8],
    options: &ReadOptions<'_>,
    scratch: &mut Scratch,
) -> bool {
    let request = Request::from_json_with(engine, bytes, options);
    let mut is_streamed = false;
    for mode in MODES {
        let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(3000)]);
        let slow = match &request {
            Err(error) => [Err(error.clone().into()), Err(error.clone().into())],
            Ok(request) => [
                engine.combined(request, scratch, mode).map(|o| outcome(&o)),
                engine.decide(request, scratch, mode).map(|d| decision(&d)),
            ]
            .map(|result| result.map_err(JsonError::from)),
        };
        is_streamed = engine.is_streamed(bytes, options, scratch, mode);
        let combined = engine.combined_json(bytes, options, scratch, mode);
        let combined = combined.map(|found| outcome(&found));
        assert_eq!(
            combined,
            slow[0],
            "streamed: {is_streamed}, {mode:?}: {}",
            shown()
        );
        let decided = engine.decide_json(bytes, options, scratch, mode);
        let decided = decided.map(|found| decision(&found));
        assert_eq!(
            decided,
            slow[1],
            "streamed: {is_streamed}, {mode:?}: {}",
            shown()
        );
        if is_streamed {
            let request = request
                .as_ref()
                .expect("a request that is refused is not streamed");
            assert_eq!(request.warnings(), &[] as &[String], "{}", shown());
        }
    }
    is_streamed
}

/// Write JSON with members in any order, white space and escapes anywhere.
struct Writer<'r> {
    random: &'r mut Random,
    is_spaced: bool,
    escapes_percent: usize,
    text: String,
}

impl Writer<'_> {
    fn space(&mut self) {
        if self.is_spaced {
            let some = [" ", "\n", "\t", "\r\n", "          ", "\n        \t "];
            while self.random.chance(40) {
                let word: &str = self.random.pick::<&str>(&some);
                self.text.push_str(word);
            }
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            let code = u32::from(character);
            if code < 0x1_0000 && self.random.chance(self.escapes_percent) {
                self.text.push_str(&format!("\\u{code:04x}"));
            } else if matches!(character, '"' | '\\') {
                self.text.extend(['\\', character]);
            } else {
                self.text.push(character);
            }
        }
        self.text.push('"');
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                let mut members: Vec<(&String, &Value)> = members.iter().collect();
                for at in (1..members.len()).rev() {
                    members.swap(at, self.random.below(at + 1));
                }
                self.text.push('{');
                for (at, (name, value)) in members.into_iter().enumerate() {
                    if at > 0 {
                        self.text.push(',');
                    }
                    self.space();
                    self.string(name);
                    self.space();
                    self.text.push(':');
                    self.space();
                    self.value(value);
                    self.space();
                }
                self.space();
                self.text.push('}');
            }
            Value::Array(elements) => {
                self.text.push('[');
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        self.text.push(',');
                    }
                    self.space();
                    self.value(element);
                    self.space();
                }
                self.text.push(']');
            }
            Value::String(text) => self.string(text),
            other => self.text.push_str(&other.to_string()),
        }
    }
}

fn written(random: &mut Random, value: &Value) -> String {
    let escapes_percent = if random.chance(80) { 0 } else { 2 };
    let mut writer = Writer {
        is_spaced: random.chance(50),
        escapes_percent,
        random,
        text: String::new(),
    };
    writer.space();
    writer.value(value);
    writer.space();
    writer.text
}

/// A sign-in without what only reading it into facts can tell.
fn ordinary(random: &mut Random) -> Value {
    let mut request = sign_in(random, &entra_schema());
    let members = request.as_object_mut().unwrap();
    for member in ["compliance", "unknown"] {
        members.remove(member);
    }
    if let Some(directory) = members.get_mut("directory") {
        for list in ["apps", "servicePrincipals", "agents"] {
            directory.as_object_mut().unwrap().remove(list);
        }
    }
    request
}

/// Change one thing somewhere in a request.
fn change(random: &mut Random, value: &mut Value) {
    let is_here = random.chance(30);
    match value {
        Value::Object(members) if !is_here && !members.is_empty() => {
            let at = random.below(members.len());
            let name = members.keys().nth(at).unwrap().clone();
            match random.below(12) {
                0 => drop(members.remove(&name)),
                1 => drop(members.insert(random.pick(NAMES).to_string(), json!(null))),
                2 => drop(members.insert(random.pick(NAMES).to_string(), json!("none"))),
                3 => drop(members.insert("@odata.type".to_owned(), json!("#microsoft.graph.x"))),
                4 => drop(members.insert("a@odata.b".to_owned(), json!({"c": []}))),
                _ => change(random, members.get_mut(&name).unwrap()),
            }
        }
        Value::Array(elements) if !is_here && !elements.is_empty() => {
            let at = random.below(elements.len());
            change(random, &mut elements[at]);
        }
        other => *other = random.pick(&values()).clone(),
    }
}

/// Names that mean something somewhere, and one that means nothing.
const NAMES: &[&str] = &[
    "userId",
    "isOwned",
    "servicePrincipalId",
    "externalUserType",
    "includeApplications",
    "userAction",
    "ownership",
    "deviceOwnership",
    "groups",
    "country",
    "unknown",
    "compliance",
    "now",
    "namedLocations",
    "firstInteractiveSignIn",
    "mfaRegistered",
    "transferMethod",
    "@odata.type",
    "displayname",
];

fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(7),
        json!(-0.5e3),
        json!(""),
        json!("all"),
        json!("none"),
        json!("UNKNOWN"),
        json!("b2bCollaborationGuest,internalGuest"),
        json!(" internalGuest "),
        json!("userSignIn"),
        json!("#microsoft.graph.AGENTSIGNIN"),
        json!("BROWSER"),
        json!("compliantDevice"),
        json!("terms:x:y"),
        json!("mfa"),
        json!("2026-11-30T09:00:00.25+01:00"),
        json!("\u{17F}erverAD"),
        json!("::ffff:203.0.113.9"),
        json!("nl"),
        json!("8F6F3D0A-0000-4000-8000-0000000F1A0C"),
        json!("a \"quoted\" \\ text"),
        json!([]),
        json!([null]),
        json!(["mfa", "fido2", "x"]),
        json!({}),
        json!({"@odata.type": "#microsoft.graph.deviceInfo"}),
        json!({"displayName": "x", "isCompliant": true, "trustType": "serverAD"}),
    ]
}

#[test]
fn random_requests_are_decided_alike() {
    let count = number("GATEWRIGHT_REQUESTS", 1_000);
    let engines = engines();
    let mut random = Random::new(number("GATEWRIGHT_SEED", 1));
    let mut scratch = Scratch::default();
    let (now, plain) = (Some(1_795_338_000_000), ReadOptions::default());
    let mut streamed = 0;
    for _ in 0..count {
        let mut request = ordinary(&mut random);
        if random.chance(15) {
            request = sign_in(&mut random, &entra_schema());
        }
        if random.chance(50) {
            change(&mut random, &mut request);
        }
        let text = written(&mut random, &request);
        let options = ReadOptions { now, ..plain };
        let options = if random.chance(50) { options } else { plain };
        for _ in 0..ENGINES_EACH {
            let engine = random.pick(&engines);
            streamed += u64::from(compare(engine, text.as_bytes(), &options, &mut scratch));
        }
    }
    let share = streamed * 100 / (count * ENGINES_EACH);
    println!("{share} % of random requests were decided on the way through");
    assert!((5..95).contains(&share), "{share} %");
}

/// The engine and the requests of the benchmarks.
fn tenant() -> (Engine, Vec<String>) {
    let workload = Workload::new(Shape::Mixed, 240);
    let compilation = workload::graph::compilation(&workload);
    let engine = engine(&compilation.set);
    let sign_ins = workload::sign_ins::sign_ins(&workload.locations, 200);
    (
        engine,
        sign_ins.iter().map(workload::sign_ins::json).collect(),
    )
}

/// The engine of this policy text.
fn engine_of(text: &str) -> Engine {
    let file = SourceFile {
        path: "policies.gate".to_owned(),
        bytes: text.into(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    engine(&compilation.set)
}

#[test]
fn what_a_missing_member_means_is_the_same_on_the_way_through() {
    let engine = engine_of(
        r#"
        location Somewhere = countries [NL] or unknown
        policy "Places" { state enabled users all apps all locations [Somewhere] block }
        policy "Workloads" { state enabled workloads all apps all block }
        "#,
    );
    let user = json!({"@odata.type": "#microsoft.graph.userSignIn", "userId": "u"});
    let workload = |is_owned: Option<bool>| {
        let kind = "#microsoft.graph.servicePrincipalSignIn";
        let mut identity = json!({"@odata.type": kind, "servicePrincipalId": "w"});
        if let Some(is_owned) = is_owned {
            identity["isOwned"] = json!(is_owned);
        }
        identity
    };
    let at = |country: Option<&str>| {
        let mut conditions = json!({"clientAppType": "browser", "ipAddress": "203.0.113.9"});
        if let Some(country) = country {
            conditions["country"] = json!(country);
        }
        conditions
    };
    let rows = [
        (user.clone(), at(Some("NL")), true),
        (user.clone(), at(Some("DE")), false),
        (user.clone(), at(None), true),
        (
            user,
            json!({"clientAppType": "browser", "country": "DE"}),
            false,
        ),
        (workload(None), at(Some("DE")), true),
        (workload(Some(true)), at(Some("DE")), true),
        (workload(Some(false)), at(Some("DE")), false),
    ];
    let (mut scratch, options) = (Scratch::default(), ReadOptions::default());
    for (identity, conditions, is_blocked) in rows {
        let request = json!({
            "signInIdentity": identity,
            "signInContext": {
                "@odata.type": "#microsoft.graph.applicationContext",
                "includeApplications": ["a"],
            },
            "signInConditions": conditions,
            "directory": {"groups": [], "roles": []},
        });
        let text = request.to_string();
        assert!(
            compare(&engine, text.as_bytes(), &options, &mut scratch),
            "{text}"
        );
        for mode in MODES {
            let found = engine.combined_json(text.as_bytes(), &options, &mut scratch, mode);
            let is_block = found.unwrap().verdict() == Verdict::Block;
            assert_eq!(is_block, is_blocked, "{mode:?} {text}");
        }
    }
}

#[test]
fn ordinary_requests_are_decided_on_the_way_through() {
    let (engine, requests) = tenant();
    let (mut scratch, options) = (Scratch::default(), ReadOptions::default());
    let mut random = Random::new(7);
    for request in &requests {
        assert!(
            compare(&engine, request.as_bytes(), &options, &mut scratch),
            "{request}"
        );
        let value: Value = serde_json::from_str(request).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        assert!(
            compare(&engine, pretty.as_bytes(), &options, &mut scratch),
            "{pretty}"
        );
        let text = written(&mut random, &value);
        let is_plain = !text.contains('\\');
        let is_streamed = compare(&engine, text.as_bytes(), &options, &mut scratch);
        assert!(is_streamed || !is_plain, "{text}");
    }
}

#[test]
fn damaged_bytes_are_refused_alike() {
    let (engine, requests) = tenant();
    let (mut scratch, options) = (Scratch::default(), ReadOptions::default());
    let mut random = Random::new(3);
    let bytes = requests[1].as_bytes();
    for length in 0..bytes.len() {
        let is_streamed = compare(&engine, &bytes[..length], &options, &mut scratch);
        assert!(!is_streamed, "{length} bytes");
    }
    let inserted = b"\"\\{}[],:0 \n\0\xFF\xC3nt";
    for at in 0..bytes.len() {
        let mut changed = bytes.to_vec();
        match random.below(3) {
            0 => drop(changed.remove(at)),
            1 => changed.insert(at, *random.pick(inserted)),
            _ => changed[at] = *random.pick(inserted),
        }
        compare(&engine, &changed, &options, &mut scratch);
    }
    for tail in ["", " \n", "x", "{}", "\0"] {
        let text = requests[1].clone() + tail;
        let is_streamed = compare(&engine, text.as_bytes(), &options, &mut scratch);
        assert_eq!(
            is_streamed,
            tail.trim().is_empty() && tail != "\0",
            "{tail:?}"
        );
    }
}

#[test]
fn members_given_twice_are_refused_wherever_they_are() {
    let (engine, requests) = tenant();
    let (mut scratch, options) = (Scratch::default(), ReadOptions::default());
    let text = &requests[2];
    let starts = text.match_indices('{').map(|(at, _)| at + 1);
    for start in starts {
        let object = &text[start..];
        let end = object[1..].find('"').unwrap() + 2;
        for value in ["null", "\"x\"", "true", "[]", "{}"] {
            let twice = format!("{}{}:{value},{object}", &text[..start], &object[..end]);
            assert!(
                !compare(&engine, twice.as_bytes(), &options, &mut scratch),
                "{twice}"
            );
        }
    }
}

#[test]
fn hostile_requests_are_refused_alike() {
    let (engine, requests) = tenant();
    let (mut scratch, options) = (Scratch::default(), ReadOptions::default());
    let text = &requests[0];
    let (head, tail) = text.split_once("\"directory\":{\"groups\":[").unwrap();
    let member = |value: &str| format!("{head}\"directory\":{{\"groups\":[{value}{tail}");
    let ids = |count: usize| "\"a\",".repeat(count);
    let rows = [
        (member(&ids(1000)), true),
        (member(&ids(2100)), false),
        (member(&ids(2_500_000)), false),
        (member(&format!("\"{}\",", "x".repeat(10_000_000))), false),
        (member(&("[".repeat(70) + &"]".repeat(70) + ",")), false),
        ("[".repeat(10_000_000), false),
        ("{\"signInIdentity\":".repeat(500_000), false),
        (format!("{}{text}", " ".repeat(10_000_000)), false),
        (format!("{text}{}", " ".repeat(50_000)), true),
        (format!("\u{FEFF}{text}"), false),
        ("\"".to_owned() + &"\\u0041".repeat(100_000), false),
    ];
    for (text, expected) in rows {
        let is_streamed = compare(&engine, text.as_bytes(), &options, &mut scratch);
        assert_eq!(is_streamed, expected, "{}", &text[..text.len().min(2000)]);
    }
}

#[test]
fn a_directory_of_ones_own_is_asked_as_before() {
    let (engine, requests) = tenant();
    let mut scratch = Scratch::default();
    let mut directory = Directory::default();
    directory.add_user("u");
    let options = ReadOptions {
        directory: Some(&directory),
        now: None,
    };
    compare(&engine, requests[0].as_bytes(), &options, &mut scratch);
}

#[test]
fn nothing_is_allocated_on_the_way_from_bytes_to_a_decision() {
    let (engine, requests) = tenant();
    let (mut scratch, options) = (Scratch::default(), ReadOptions::default());
    let mut decide_all = || {
        let mut seen = 0;
        for request in &requests {
            for mode in MODES {
                let bytes = request.as_bytes();
                let combined = engine
                    .combined_json(bytes, &options, &mut scratch, mode)
                    .unwrap();
                seen += combined.missing().count();
                let decided = engine
                    .decide_json(bytes, &options, &mut scratch, mode)
                    .unwrap();
                seen += decided.applying().len();
            }
        }
        seen
    };
    let seen = decide_all();
    assert!(seen > requests.len(), "{seen}");
    let allocations = measure(|| assert_eq!(decide_all(), seen));
    assert_eq!(allocations.count_total, 0);
}

/// A request in which this stands for a skipped string, a text, an element and a value of an
/// enumeration, one after the other.
fn with_string(quoted: &str) -> [String; 4] {
    let request = |kind: &str, name: &str, group: &str, trust: &str| {
        format!(
            r##"{{"signInIdentity":{{"@odata.type":"#microsoft.graph.userSignIn","userId":"u"}},
            "signInContext":{{"@odata.type":"#microsoft.graph.applicationContext",
            "includeApplications":["a"]}},"signInConditions":{{"clientAppType":"browser",
            "deviceInfo":{{"@odata.type":{kind},"displayName":{name},"trustType":{trust}}}}},
            "directory":{{"groups":["{GROUP}",{group},"{GROUP}"],"roles":[]}}}}"##
        )
    };
    let (plain, trust) = ("\"x\"", "\"AzureAD\"");
    [
        request(quoted, plain, plain, trust),
        request(plain, quoted, plain, trust),
        request(plain, plain, quoted, trust),
        request(plain, plain, plain, quoted),
    ]
}

const GROUP: &str = "8f6f3d0a-0000-4000-8000-0000000f1a0c";

#[test]
fn strings_of_every_length_with_anything_anywhere_are_read_alike() {
    let (engine, _) = tenant();
    let (mut scratch, options) = (Scratch::default(), ReadOptions::default());
    let pieces = ["\"", "\\\"", "\n", "é"];
    for length in [0, 7, 15, 16, 17, 33] {
        for place in 0..=length {
            for piece in pieces {
                let (before, after) = ("a".repeat(place), "A".repeat(length - place));
                for text in with_string(&format!("\"{before}{piece}{after}\"")) {
                    compare(&engine, text.as_bytes(), &options, &mut scratch);
                }
            }
        }
    }
    for text in with_string("\"AzureAD\"") {
        let is_streamed = compare(&engine, text.as_bytes(), &options, &mut scratch);
        assert!(is_streamed, "{text}");
    }
}

#[test]
fn lists_of_any_length_with_something_else_than_a_guid_anywhere_are_read_alike() {
    let (engine, requests) = tenant();
    let (mut scratch, options) = (Scratch::default(), ReadOptions::default());
    let text = &requests[0];
    let (head, tail) = text.split_once("\"directory\":{\"groups\":[").unwrap();
    let (groups, tail) = tail.split_once(']').unwrap();
    let groups: Vec<&str> = groups.split(',').collect();
    let others = ["\"a\"", "\"\"", "null", "7", "[]", ""];
    let nearly = GROUP.replace('f', "g");
    let nearly = format!("\"{nearly}\"");
    for length in [0, 31, 32, 33, 65] {
        let list: Vec<&str> = groups.iter().copied().cycle().take(length).collect();
        for place in [0, 32, 64] {
            for other in others.into_iter().chain([nearly.as_str()]) {
                let mut list = list.clone();
                list.insert(place.min(length), other);
                for comma in [",", " ,\n", ""] {
                    let list = list.join(comma);
                    let text = format!("{head}\"directory\":{{\"groups\":[{list}]{tail}");
                    let is_streamed = compare(&engine, text.as_bytes(), &options, &mut scratch);
                    let texts = serde_json::from_str::<Vec<String>>(&format!("[{list}]"));
                    assert_eq!(is_streamed, texts.is_ok(), "{text}");
                }
            }
        }
    }
}
