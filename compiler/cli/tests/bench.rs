//! `gatewright bench`: what it measures, that it says so, and how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{run, run_with_input};
use serde_json::Value;

/// As short as it gets.
const SHORT: [&str; 2] = ["--seconds", "0"];

fn bench(args: &[&str]) -> Value {
    let ran = run(&[&["bench"], args, &SHORT, &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("decisions agree"), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// What was measured, as `contract from lowering`; each took some time.
fn measured(results: &Value) -> Vec<String> {
    let rows = results["measurements"].as_array().unwrap().iter();
    let name = |row: &Value| {
        let quartiles = ["lowerQuartile", "median", "upperQuartile"];
        let times = quartiles.map(|name| row[name].as_f64().unwrap());
        assert!(times[0] > 0.0 && times.is_sorted(), "{row}");
        assert!(row["perSecond"].as_f64().unwrap() > 0.0);
        let words = ["contract", "from", "lowering"];
        words.map(|word| row[word].as_str().unwrap()).join(" ")
    };
    rows.map(name).collect()
}

#[test]
fn every_way_to_decide_is_measured() {
    let results = bench(&["examples/common-policies"]);
    assert_eq!(results["policies"], 28);
    assert!(results["signIns"].as_u64().unwrap() >= 512);
    assert!(results["requestBytes"].as_u64().unwrap() > 1_000);
    let measured = measured(&results);
    for contract in ["combined", "list"] {
        for way in [
            "typed facts walk",
            "typed facts masks",
            "encoded parts masks",
            "JSON bytes masks",
        ] {
            let wanted = format!("{contract} {way}");
            assert!(measured.contains(&wanted), "{wanted}: {measured:?}");
        }
    }
    assert!(measured.contains(&"batch columns masks".to_owned()));
    let has_native = measured.contains(&"list typed facts native".to_owned());
    assert_eq!(has_native, cfg!(feature = "jit"), "{measured:?}");
    assert_eq!(results["lowering"]["chosen"], "masks");
    assert!(
        results["lowering"]["estimates"]["masks"].as_u64()
            < results["lowering"]["estimates"]["walk"].as_u64()
    );
    assert!(results["bundleBytes"].as_u64().unwrap() > 1_000);
    assert!(results["load"]["median"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_schema_of_ones_own_and_a_set_without_masks_are_measured() {
    let results = bench(&["examples/payments"]);
    assert!(measured(&results).contains(&"batch columns masks".to_owned()));
    let results = bench(&["examples/exported"]);
    let measured = measured(&results);
    assert!(
        measured.contains(&"combined encoded parts walk".to_owned()),
        "{measured:?}"
    );
    assert_eq!(results["lowering"]["estimates"]["masks"], Value::Null);
    let notes = results["notes"].to_string();
    assert!(notes.contains("no masks"), "{notes}");
}

#[test]
fn ones_own_sign_ins_are_measured() {
    let requests = ["--requests", "examples/contoso/signins.json"];
    let results = bench(&[&["examples/contoso"][..], &requests].concat());
    assert_eq!(results["signIns"], 10);
    assert_eq!(results["madeUp"], false);
    let ran = run(&[&["bench", "examples/contoso"][..], &requests, &SHORT].concat());
    for words in [
        "10 sign-ins, given",
        "combined decision",
        "policies that apply",
        "batch, a row",
        "chosen by estimate",
        "fastest as measured",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
}

#[test]
fn what_cannot_be_measured_is_said() {
    let set = "examples/exported";
    for (args, input, code, words) in [
        (
            &["bench", set, "--seconds", "x"][..],
            "",
            1,
            "number of seconds",
        ),
        (
            &["bench", set, "--seconds", "1e9"],
            "",
            1,
            "number of seconds",
        ),
        (&["bench", "examples/none"], "", 1, "cannot open"),
        (&["bench", "-"], "policy \"A\" {", 3, "GW"),
        (
            &["bench", set, "--requests", "-"],
            "{\"claim\": 1}",
            1,
            "-:1:2: `claim`",
        ),
        (&["bench", set, "--requests", "-"], "[]", 1, "no sign-in"),
    ] {
        let ran = run_with_input(args, input);
        assert_eq!(ran.code, code, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(words), "{args:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{args:?}");
    }
}
