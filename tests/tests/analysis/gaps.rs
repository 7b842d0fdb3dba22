//! Told regions hold sign-ins at which nothing is required, all of them, and nothing else.

use gatewright_analysis::analyze::{AnalyzeOptions, Gaps, analyze};
use gatewright_analysis::classes_of;
use gatewright_analysis::request::{Proofs, request};
use gatewright_hir::model::PolicySet;
use gatewright_reference::{Mode, applies};
use gatewright_tests::generate::Random;
use gatewright_tests::generate::policies::Base;
use gatewright_value::vocabulary::State;
use serde_json::Value;

use crate::is_full;
use crate::missing::Missing;
use crate::oracle::{Asked, demands_of};
use crate::small::{self, Small};

/// Somebody whom nobody knows, so that nobody is left out.
const NOBODY: &str = "0badc0de-0000-4000-8000-000000000000";

/// Whether no enforced policy that applies blocks or requires anything. `None` for workloads and
/// agents.
fn is_gap(set: &PolicySet, sign_in: &Value) -> Option<bool> {
    let who = sign_in.get("signInIdentity")?;
    let is_user = who.get("@odata.type")?.as_str()?.ends_with("userSignIn");
    if !is_user || who.get("isAgentUser") == Some(&Value::Bool(true)) {
        return None;
    }
    let how = applies(set, sign_in, Mode::Graph, None).ok()?;
    let mut policies = set.policies.iter().zip(how);
    Some(!policies.any(|(policy, how)| {
        let demands = demands_of(&policy.outcome);
        how.applies
            && policy.state == State::Enabled
            && demands.iter().any(|one| matches!(one, Asked::Clause(_)))
    }))
}

/// What was looked at, so that nothing is proved by emptiness.
#[derive(Debug, Default)]
struct Counted {
    sets: usize,
    complete: usize,
    regions: usize,
    corners: usize,
    inside: usize,
    outside: usize,
}

fn check(small: &Small, counted: &mut Counted) -> Result<(), String> {
    let set = &small.set;
    let options = AnalyzeOptions {
        break_glass: vec![NOBODY.to_owned()],
        ..AnalyzeOptions::default()
    };
    let analysis = analyze(set, &options, &mut |_, _, _| {});
    let Gaps { items, is_complete } = &analysis.gaps;
    counted.sets += 1;
    counted.complete += usize::from(*is_complete);
    counted.regions += items.len();
    counted.corners += items
        .iter()
        .map(|gap| gap.region.without.len())
        .sum::<usize>();
    for gap in items {
        let shown = request(set, &gap.witness.facts, &Proofs::default());
        if is_gap(set, &shown) != Some(true) || !gap.region.contains(&gap.witness.classes) {
            return Err(format!("a witness is none: {shown}"));
        }
    }
    for facts in &small.sign_ins {
        let sign_in = request(set, facts, &Proofs::default());
        let Some(is_gap) = is_gap(set, &sign_in) else {
            continue;
        };
        let classes = classes_of(&set.schema, &analysis.space, facts);
        let is_told = items.iter().any(|gap| gap.region.contains(&classes));
        match (is_gap, is_told) {
            (true, false) if *is_complete => return Err(format!("in no region: {sign_in}")),
            (false, true) => return Err(format!("in a region, and no gap: {sign_in}")),
            (true, _) => counted.inside += 1,
            (false, false) => counted.outside += 1,
        }
    }
    Ok(())
}

#[test]
fn regions_have_all_sign_ins_at_which_nothing_is_required_and_no_others() {
    let base = Base::entra();
    let (count, most) = if is_full() { (2000, 2000) } else { (40, 150) };
    let mut counted = Counted::default();
    let mut failed = Vec::new();
    for seed in 0..count {
        let mut random = Random::new(seed);
        let small = small::entra(&mut random, &base, most, Missing::Nothing);
        if let Err(what) = check(&small, &mut counted) {
            failed.push(format!("seed {seed}: {what}"));
        }
    }
    println!("gaps: {counted:?}");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(counted.complete * 10 > counted.sets * 9, "{counted:?}");
    assert!(
        counted.inside.min(counted.outside) > counted.sets,
        "{counted:?}"
    );
    assert!(counted.corners > 0, "{counted:?}");
}
