//! Every question that may take long can be cancelled at any moment, and has no answer then.

use gatewright_compiler::{
    AnalyzeOptions, Cancellation, Cancelled, CompareOptions, Compilation, Input, ProveOptions,
    Replacement, SourceFile, analyze, compare, compile, consequences, prove,
};

const POLICIES: &str = r#"
    policy "A" { state enabled users all apps all signInRisk [high] require mfa }
    policy "B" { state enabled users all apps all clients [other] block }
    policy "C" { state enabled users all apps all platforms [linux] require mfa }
    invariant "Risk" { signInRisk [high] always require mfa }
    invariant "Everybody" { always require mfa }
"#;

fn compiled(text: &str) -> Compilation {
    let file = SourceFile {
        path: "a.gate".to_owned(),
        bytes: text.into(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    compilation
}

/// Ask something that tells of its progress, and cancel it when it has told so often; how it ended,
/// and how often it told.
fn cancelled<T>(at: usize, ask: &dyn Fn(&mut dyn FnMut()) -> T) -> (Result<T, Cancelled>, usize) {
    let cancellation = Cancellation::default();
    let mut told = 0;
    let ended = cancellation.run(|| {
        ask(&mut || {
            told += 1;
            if told == at {
                cancellation.cancel();
            }
        })
    });
    (ended, told)
}

/// Cancel something each time that it tells of its progress. Behind the last time nothing may be
/// left to do; before, no answer comes.
fn cancel_everywhere<T>(what: &str, ask: &dyn Fn(&mut dyn FnMut()) -> T) {
    let (whole, times) = cancelled(usize::MAX, ask);
    assert!(whole.is_ok() && times > 1, "{what}: {times}");
    for at in 1..times {
        let (ended, told) = cancelled(at, ask);
        assert!(ended.is_err(), "{what}: cancelled at {at} of {times}");
        assert!(told < times, "{what}: it went on to the end");
    }
}

#[test]
fn what_is_cancelled_has_no_answer() {
    let old = compiled(POLICIES);
    let new = compiled(&POLICIES.replace("[other] block", "[browser] block"));
    cancel_everywhere("prove", &|tell| {
        let options = ProveOptions::default();
        prove(&old, &old.invariants, &options, &mut |_, _| tell())
    });
    cancel_everywhere("compare", &|tell| {
        compare(&old, &new, &CompareOptions::default(), None, &mut |_| {
            tell()
        })
    });
    cancel_everywhere("consequences", &|tell| {
        let with = old.set.policies.iter().rev();
        let all = with.enumerate();
        let all = all.map(|(policy, with)| Replacement { policy, with });
        let all: Vec<Replacement<'_>> = all.collect();
        let budget = Default::default();
        consequences(&old, &old.invariants, &all, budget, &mut |_, _| tell())
    });
    cancel_everywhere("analyze", &|tell| {
        analyze(&old, &AnalyzeOptions::default(), &mut |_, _, _| tell())
    });
}

#[test]
fn diagrams_are_cancelled_too() {
    let compilation = compiled(POLICIES);
    let cancellation = Cancellation::default();
    let ended = cancellation.run(|| {
        cancellation.cancel();
        compilation.decisions()
    });
    assert_eq!(ended.err(), Some(Cancelled));
}
