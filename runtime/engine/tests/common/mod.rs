//! What the tests of the engine share.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use gatewright_runtime::{Engine, Mode, Program, ReportOptions, Request, Scratch};
use serde_json::{Value, json};

pub fn engine(program: Program) -> Engine {
    Engine::from_program(program).unwrap()
}

/// A browser on Windows, a member of the tenant, one resource; without a device.
pub fn sign_in() -> Value {
    json!({
        "signInIdentity": { "@odata.type": "#microsoft.graph.userSignIn", "userId": "ada" },
        "signInContext": { "includeApplications": ["mail"] },
        "signInConditions": { "clientAppType": "browser", "devicePlatform": "windows" },
        "directory": {}
    })
}

/// A sign-in with other members put in by path.
pub fn with(changes: &[(&str, Value)]) -> Value {
    let mut request = sign_in();
    for (path, value) in changes {
        let mut at = &mut request;
        for name in path.split('.') {
            at = &mut at[name];
        }
        *at = value.clone();
    }
    request
}

pub fn report(engine: &Engine, request: &Value, mode: Mode, explain: bool) -> Value {
    let bytes = request.to_string();
    let request = Request::from_json(engine, bytes.as_bytes()).unwrap();
    let options = ReportOptions {
        mode,
        explain,
        hash: false,
    };
    let report = engine
        .report(&request, &mut Scratch::default(), &options)
        .unwrap();
    serde_json::from_str(&report.to_json()).unwrap()
}

pub fn decide(engine: &Engine, request: &Value) -> Value {
    report(engine, request, Mode::Graph, false)
}
