//! Two sets whose compliance policies differ decide differently about devices that are compliant by
//! the ones and not by the others: each way is told, and nothing else is.

use std::time::Instant;

use gatewright_analysis::confirm::{Judge, Mode};
use gatewright_analysis::demand::Demand;
use gatewright_analysis::diff::{Class, DiffOptions, Difference, Direction, Reason, diff};
use gatewright_analysis::{Assumptions, World};
use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::model::PolicySet;
use gatewright_tests::generate::Random;
use serde_json::{Map, Value, json};

use crate::is_full;

const GROUP: &str = "10000000-0000-0000-0000-000000000001";

/// Policies that hang on the mark, in both sets. None concerns a legacy client.
const POLICIES: &[&str] = &[
    "require compliantDevice",
    "require any [mfa, compliantDevice]",
    "when device.isCompliant -eq False block",
    "when device.isCompliant -eq True require mfa",
    "when device.isCompliant -ne True session persistentBrowser never",
];

/// What only one set may have.
const OTHERS: &[&str] = &[
    "require mfa",
    "when device.isCompliant -eq False require compliantDevice",
];

const REQUIREMENTS: &[&str] = &[
    "setting.threatLevel -le \"low\"",
    "setting.threatLevel -le \"medium\"",
    "setting.bitLockerEnabled -eq True",
    "setting.osVersion -ge \"10.0.20000\"",
    "setting.osVersion -ge \"10.0.22631\"",
];

fn set(text: &str, days: u16, is_secure: bool) -> PolicySet {
    let file = SourceFile {
        path: "a.gate".to_owned(),
        bytes: text.into(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    let mut set = compilation.set;
    set.compliance.check_in_days = days;
    set.compliance.is_secure_by_default = is_secure;
    set
}

fn policy(name: usize, what: &str) -> String {
    format!("policy \"P{name}\" {{ state enabled users all apps all clients browser {what} }}\n")
}

fn compliance_policy(random: &mut Random, name: usize) -> String {
    let users = *random.pick(&["all", "all", "groups [Staff]", "all except groups [Staff]"]);
    let platform = *random.pick(&["windows", "windows", "macOS"]);
    let grace = *random.pick(&["", "", "grace 1 day", "grace 3 days"]);
    let rule = loop {
        let rule = *random.pick(REQUIREMENTS);
        if platform == "windows" || rule.contains("threat") || rule.contains("osVersion") {
            break rule;
        }
    };
    format!("compliance \"C{name}\" for {platform} {{ users {users} require {rule} {grace} }}\n")
}

/// Two sets with the same policies but for one at most, and a few compliance policies each.
fn pair(random: &mut Random) -> [PolicySet; 2] {
    let mut both = format!("group Staff = \"{GROUP}\"\n");
    for name in 0..1 + random.below(2) {
        both.push_str(&policy(name, random.pick::<&str>(POLICIES)));
    }
    let mut shared = String::new();
    for name in 0..random.below(3) {
        shared.push_str(&compliance_policy(random, name));
    }
    [10, 20].map(|first| {
        let mut text = format!("{both}{shared}");
        if random.chance(20) {
            text.push_str(&policy(first, random.pick::<&str>(OTHERS)));
        }
        for name in 0..random.below(3) {
            text.push_str(&compliance_policy(random, first + name));
        }
        let days = *random.pick(&[30, 30, 30, 60]);
        set(&text, days, random.chance(20))
    })
}

/// Sign-ins from managed devices, and from one of which the mark is stated.
fn sign_ins() -> Vec<Value> {
    let mut found = Vec::new();
    let levels = [None, Some("secured"), Some("medium"), Some("high")];
    let versions = [
        None,
        Some("10.0.19000"),
        Some("10.0.22000"),
        Some("10.0.22631"),
    ];
    let times = [
        (None, None),
        (Some("2026-11-01T00:00:00Z"), None),
        (Some("2026-10-01T00:00:00Z"), None),
        (Some("2026-08-01T00:00:00Z"), None),
        (None, Some("2026-11-21T12:00:00Z")),
        (None, Some("2026-11-20T12:00:00Z")),
        (None, Some("2026-11-10T12:00:00Z")),
    ];
    for (groups, platform) in [
        (vec![], "windows"),
        (vec![GROUP], "windows"),
        (vec![], "macOS"),
        (vec![GROUP], "iOS"),
    ] {
        for level in levels {
            for version in versions {
                for lock in [Some(true), Some(false)] {
                    for (seen, since) in times {
                        let mut settings = Map::new();
                        let mut add = |name: &str, value: Option<Value>| {
                            settings.extend(value.map(|value| (name.to_owned(), value)));
                        };
                        add("threatLevel", level.map(|one| json!(one)));
                        add("osVersion", version.map(|one| json!(one)));
                        add("bitLockerEnabled", lock.map(|one| json!(one)));
                        let mut report = json!({ "platform": platform, "settings": settings });
                        for (name, time) in [("lastCheckIn", seen), ("noncompliantSince", since)] {
                            if let Some(time) = time {
                                report[name] = json!(time);
                            }
                        }
                        let mut request = sign_in(&groups);
                        request["compliance"] = report;
                        found.push(request);
                    }
                }
            }
        }
    }
    found
}

fn sign_in(groups: &[&str]) -> Value {
    json!({
        "signInIdentity": { "@odata.type": "#microsoft.graph.userSignIn",
            "userId": "00000000-0000-4000-8000-000000000000" },
        "signInContext": { "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": ["00000000-0000-4000-8000-000000000002"] },
        "signInConditions": { "clientAppType": "browser", "devicePlatform": "windows",
            "signInRiskLevel": "none", "userRiskLevel": "none",
            "insiderRiskLevel": "none",
            "ipAddress": "198.51.100.7", "country": "NL",
            "deviceInfo": { "trustType": "AzureAD" } },
        "directory": { "groups": groups, "roles": [] },
        "context": { "now": "2026-11-22T09:00:00Z" },
    })
}

/// What each side demands of a sign-in, of all that is demanded here anywhere.
fn vector(judges: &[Judge<'_>; 2], request: &Value, demands: &[Demand]) -> Option<Direction> {
    let [old, new] = judges;
    let (mut is_looser, mut is_stricter) = (false, false);
    for demand in demands {
        let [of_old, of_new] = [old, new].map(|side| side.meets(demand, request).unwrap());
        // What the device shows is met, though it is asked for.
        let is_owed = |side: &Judge<'_>| match demand {
            Demand::Clause(controls) if !controls.is_empty() => {
                let is_shown =
                    mark(side, request) || request["context"]["enrollmentService"] == true;
                !(is_shown && controls.iter().any(is_compliant))
            }
            _ => true,
        };
        let (of_old, of_new) = (of_old && is_owed(old), of_new && is_owed(new));
        is_looser |= of_old && !of_new;
        is_stricter |= of_new && !of_old;
        if demand.is_block() && (of_old || of_new) {
            break;
        }
    }
    match (is_looser, is_stricter) {
        (false, false) => None,
        (true, false) => Some(Direction::Looser),
        (false, true) => Some(Direction::Stricter),
        (true, true) => Some(Direction::Changed),
    }
}

fn is_compliant(control: &gatewright_hir::model::Control) -> bool {
    use gatewright_hir::model::Control;
    use gatewright_value::vocabulary::BuiltInControl;
    matches!(control, Control::BuiltIn(BuiltInControl::CompliantDevice))
}

/// Whether a side counts the device as compliant.
fn mark(side: &Judge<'_>, request: &Value) -> bool {
    let decision = side.decide(request).unwrap();
    match decision
        .pointer("/compliance/state")
        .and_then(Value::as_str)
    {
        Some(state) => ["compliant", "inGracePeriod"].contains(&state),
        None => request["signInConditions"]["deviceInfo"]["isCompliant"] == json!(true),
    }
}

fn demands(sets: &[PolicySet; 2]) -> Vec<Demand> {
    let mut found = vec![Demand::BLOCK];
    for policy in sets.iter().flat_map(|set| &set.policies) {
        for demand in Demand::of(&policy.outcome) {
            if !found.contains(&demand) {
                found.push(demand);
            }
        }
    }
    found
}

fn compare(sets: &[PolicySet; 2]) -> Difference {
    let [old, new] = sets;
    let world = World::comparing(old, new, &[], Assumptions::default());
    let difference = diff(&world, &DiffOptions::default());
    assert_eq!(difference.exhausted, None);
    difference
}

fn is_derived(class: &Class) -> bool {
    let derived = class.derived.as_ref();
    derived.is_some_and(|derived| derived.reasons.iter().any(|reasons| !reasons.is_empty()))
}

#[test]
fn whatever_compliance_policies_change_is_in_a_class_of_its_direction() {
    let count = if is_full() { 300 } else { 25 };
    let (mut differing, mut classes, mut by_compliance) = (0, 0, 0);
    let started = Instant::now();
    let all = sign_ins();
    for seed in 0..count {
        let mut random = Random::new(seed);
        let sets = pair(&mut random);
        let difference = compare(&sets);
        let demands = demands(&sets);
        let [old, new] = &sets;
        let judges = [old, new].map(|set| Judge::new(set, false));
        for class in &difference.classes {
            let request = class.request(new);
            let found = vector(&judges, &request, &demands);
            assert!(
                found == Some(class.direction),
                "seed {seed}: {found:?} {request}\n{class:#?}"
            );
            by_compliance += usize::from(is_derived(class));
        }
        classes += difference.classes.len();
        let both = !old.compliance.policies.is_empty() && !new.compliance.policies.is_empty();
        let neither = old.compliance.policies.is_empty() && new.compliance.policies.is_empty();
        for request in all.iter().filter(|_| both) {
            if !random.chance(if is_full() { 100 } else { 20 }) {
                continue;
            }
            let Some(direction) = vector(&judges, request, &demands) else {
                continue;
            };
            differing += 1;
            let has = difference
                .classes
                .iter()
                .any(|class| class.direction == direction);
            assert!(has, "seed {seed}: {direction:?} {request}\n{difference:#?}");
        }
        if !both && !neither {
            assert!(!difference.classes.iter().any(is_derived), "seed {seed}");
        }
    }
    println!(
        "{count} pairs: {classes} classes, {by_compliance} derived, {differing} sign-ins, {:?}",
        started.elapsed()
    );
    assert!(by_compliance > count as usize / 4 && differing > 100);
}

/// The classes of a change from one text to another, with why the device is not compliant.
fn reasons(old: &PolicySet, new: &PolicySet) -> Vec<(Direction, [Vec<Reason>; 2])> {
    let sets = [old.clone(), new.clone()];
    let classes = compare(&sets).classes.into_iter();
    let told = classes.map(|class| {
        assert!(class.old_causes.is_empty() && class.new_causes.is_empty());
        let request = class.request(new);
        let [old, new] = [old, new].map(|set| Judge::new(set, false));
        let controls: &[_] = &[];
        let is_blocked = |side: &Judge<'_>| side.demands(controls, &request, Mode::Graph).unwrap();
        assert_ne!(is_blocked(&old), is_blocked(&new), "{request}");
        (class.direction, class.derived.unwrap().reasons)
    });
    told.collect()
}

#[test]
fn each_thing_that_makes_a_device_noncompliant_is_named() {
    let text = |compliance: &str| format!("{}{compliance}", policy(0, POLICIES[0]));
    let lock =
        "compliance \"Lock\" for windows { users all require setting.bitLockerEnabled -eq True";
    let os = "compliance \"System\" for windows
        { users all require setting.osVersion -ge \"10.0.22631\" }";
    let (only, both) = (format!("{lock} }}"), format!("{lock} }} {os}"));
    let of = |compliance: &str| set(&text(compliance), 30, false);
    let (stricter, looser) = (Direction::Stricter, Direction::Looser);
    assert_eq!(
        reasons(&of(&only), &of(&both)),
        [(stricter, [vec![], vec![Reason::Policy(1)]])]
    );
    assert_eq!(
        reasons(&of(&both), &of(&only)),
        [(looser, [vec![Reason::Policy(1)], vec![]])]
    );
    let grace = format!("{lock} grace 2 days }}");
    assert_eq!(
        reasons(&of(&only), &of(&grace)),
        [(looser, [vec![Reason::Policy(0)], vec![]])]
    );
    let longer = set(&text(&only), 60, false);
    assert_eq!(
        reasons(&of(&only), &longer),
        [(looser, [vec![Reason::CheckIn], vec![]])]
    );
    let secure = set(&text(&only), 30, true);
    assert_eq!(
        reasons(&of(&only), &secure),
        [(stricter, [vec![], vec![Reason::Unassigned]])]
    );
    assert_eq!(reasons(&of(&both), &of(&both)), []);
}
