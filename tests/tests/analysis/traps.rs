//! Mistakes that people make, each with the sign-in that shows it. Disagreements that were found
//! once stand here too.

use gatewright_analysis::prove::{Prover, Verdict};
use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::{Assumptions, Budget, World};
use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::model::PolicySet;
use serde_json::{Value, json};

use crate::doubts::is_confirmed;
use crate::oracle::{Oracle, Property};

struct Trap {
    name: &'static str,
    text: &'static str,
    /// Where the invariant does not hold: members of the request that show it, by JSON pointer. An
    /// empty list is a proof.
    shown: &'static [(&'static str, &'static str)],
    with_report_only: bool,
    rows_off: &'static [&'static str],
}

const PLAIN: Trap = Trap {
    name: "",
    text: "",
    shown: &[],
    with_report_only: false,
    rows_off: &[],
};

const OBJECTS: &str = "group BreakGlass = \"10000000-0000-4000-8000-000000000001\"
    group Finance = \"10000000-0000-4000-8000-000000000002\"
    app Payroll = \"20000000-0000-4000-8000-000000000001\"
    location Office = trusted ranges [203.0.113.0/24]\n";

const RISK: &str = "/signInConditions/signInRiskLevel";
const CLIENT: &str = "/signInConditions/clientAppType";
const PLATFORM: &str = "/signInConditions/devicePlatform";
const DEVICE: &str = "/signInConditions/deviceInfo";
const IP: &str = "/signInConditions/ipAddress";
const GROUPS: &str = "/directory/groups";
const ROLES: &str = "/directory/roles";
const KIND: &str = "/signInIdentity/@odata.type";
const ADMIN: &str = "[\"62e90394-69f5-4237-9190-012177145e10\"]";
const BREAK_GLASS: &str = "[\"10000000-0000-4000-8000-000000000001\"]";

const TRAPS: &[Trap] = &[
    Trap {
        name: "a legacy client shows no device",
        text: "policy \"P\" { state enabled users all apps all
                clients [browser, mobileAppsAndDesktopClients] block }
            invariant \"I\" { devices where device.trustType -eq \"AzureAD\" always block }",
        ..PLAIN
    },
    Trap {
        name: "the device code flow shows no device",
        text: "policy \"P\" { state enabled users all apps all
                devices except device.trustType -eq \"AzureAD\" block }
            invariant \"I\" { flows [deviceCodeFlow] always block }",
        ..PLAIN
    },
    Trap {
        name: "multifactor authentication at high risk only",
        text: "policy \"P\" { state enabled users all apps all signInRisk [high] require mfa }
            invariant \"I\" { signInRisk [medium, high] always require mfa }",
        shown: &[(RISK, "medium")],
        ..PLAIN
    },
    Trap {
        name: "or where and was meant",
        text: "policy \"P\" { state enabled users all apps all require any [mfa, compliantDevice] }
            invariant \"I\" { always require mfa }",
        shown: &[("/signInConditions/deviceInfo/isCompliant", "true")],
        ..PLAIN
    },
    Trap {
        name: "either of two",
        text: "policy \"P\" { state enabled users all apps all require any [mfa, compliantDevice] }
            invariant \"I\" { always require any [compliantDevice, mfa] }",
        ..PLAIN
    },
    Trap {
        name: "platforms listed without Linux and what nobody knows",
        text: "policy \"P\" { state enabled users all apps all
                platforms [android, iOS, windows, macOS] require mfa }
            invariant \"I\" { always require mfa }",
        shown: &[(PLATFORM, "")],
        ..PLAIN
    },
    Trap {
        name: "all six platforms and no other",
        text: "policy \"P\" { state enabled users all apps all
                platforms [android, iOS, windows, windowsPhone, macOS, linux] block }
            invariant \"I\" { always block }",
        shown: &[(PLATFORM, "")],
        ..PLAIN
    },
    Trap {
        name: "an unregistered device and an exclude with a negative operator",
        text: "policy \"P\" { state enabled users all apps all
                devices except device.deviceOwnership -ne \"Company\" require mfa }
            invariant \"I\" { always require mfa }",
        shown: &[(DEVICE, "null")],
        ..PLAIN
    },
    Trap {
        name: "an excluded group that nobody else covers",
        text: "policy \"P\" { state enabled users all except groups [BreakGlass] apps all
                require mfa }
            invariant \"I\" { always require mfa }",
        shown: &[(GROUPS, BREAK_GLASS)],
        ..PLAIN
    },
    Trap {
        name: "an excluded group that another policy covers",
        text: "policy \"P\" { state enabled users all except groups [BreakGlass] apps all
                require mfa }
            policy \"Q\" { state enabled users groups [BreakGlass] apps all
                require strength PhishingResistantMfa }
            invariant \"I\" { always require mfa }",
        ..PLAIN
    },
    Trap {
        name: "nobody beside a role",
        text: "policy \"P\" { state enabled users none, roles [GlobalAdministrator]
                apps all require mfa }
            invariant \"I\" { users roles [GlobalAdministrator] always require mfa }",
        ..PLAIN
    },
    Trap {
        name: "trusted locations are not asked",
        text: "policy \"P\" { state enabled users all
                apps all locations all except allTrusted require mfa }
            invariant \"I\" { always require mfa }",
        shown: &[(IP, "203.0.113.")],
        ..PLAIN
    },
    Trap {
        name: "a policy that only reports",
        text: "policy \"P\" { state reportOnly users all apps all require mfa }
            invariant \"I\" { always require mfa }",
        shown: &[(CLIENT, "browser"), (DEVICE, "null"), (GROUPS, "[]")],
        ..PLAIN
    },
    Trap {
        name: "a policy that only reports, as if it were enforced",
        text: "policy \"P\" { state reportOnly users all apps all require mfa }
            invariant \"I\" { always require mfa }",
        with_report_only: true,
        ..PLAIN
    },
    Trap {
        name: "a requirement that a legacy client cannot meet is a block",
        text: "policy \"P\" { state enabled users all apps all require mfa }
            invariant \"I\" { clients [exchangeActiveSync, other] always block }",
        ..PLAIN
    },
    Trap {
        name: "an approved application is claimed by legacy clients too",
        text: "policy \"P\" { state enabled users all apps all
                require any [mfa, approvedApplication] }
            invariant \"I\" { clients [exchangeActiveSync, other] always block }",
        shown: &[(CLIENT, "")],
        ..PLAIN
    },
    Trap {
        name: "a device that enrols complies in any client",
        text: "policy \"P\" { state enabled users all apps all require compliantDevice }
            invariant \"I\" { clients [exchangeActiveSync, other] always block }",
        shown: &[("/context/enrollmentService", "true")],
        ..PLAIN
    },
    Trap {
        name: "the device code flow shows no device",
        text: "policy \"P\" { state enabled users all apps all require domainJoinedDevice }
            invariant \"I\" { flows [deviceCodeFlow] always block }",
        ..PLAIN
    },
    Trap {
        name: "break glass is locked out by what it cannot meet",
        text: "policy \"P\" { state enabled users all apps all require compliantDevice }
            invariant \"I\" { users groups [BreakGlass] never block }",
        shown: &[(GROUPS, BREAK_GLASS)],
        ..PLAIN
    },
    Trap {
        name: "an agent's user account is not one of all users",
        text: "policy \"P\" { state enabled users all apps all require mfa }
            invariant \"I\" { users allAgentUsers always require mfa }",
        shown: &[
            (KIND, "userSignIn"),
            ("/signInIdentity/isAgentUser", "true"),
        ],
        ..PLAIN
    },
    Trap {
        name: "registering a device is no resource",
        text: "policy \"P\" { state enabled users all apps all require mfa }
            invariant \"I\" { actions [registerDevice] always require mfa }",
        shown: &[("/signInContext/userAction", "")],
        ..PLAIN
    },
    Trap {
        name: "administrators are not asked from a managed device",
        text: "policy \"P\" { state enabled users roles [GlobalAdministrator] apps all
                devices except device.isCompliant -eq True require mfa }
            invariant \"I\" { users roles [GlobalAdministrator] always require mfa }",
        shown: &[
            (ROLES, ADMIN),
            ("/signInConditions/deviceInfo/isCompliant", "true"),
        ],
        ..PLAIN
    },
    Trap {
        name: "an unregistered device that complies, where such are taken to exist",
        text: "policy \"P\" { state enabled users all apps all
                devices where device.displayName -notStartsWith \"x\" require mfa }
            invariant \"I\" { devices except device.displayName -startsWith \"x\"
                always require mfa }",
        rows_off: &["unregisteredDevice"],
        ..PLAIN
    },
    // Found by comparison with the reference.
    Trap {
        name: "a stricter session control is another one",
        text: "policy \"P\" { state enabled users all apps all
                require mfa session signInFrequency 1 hours }
            invariant \"I\" { never session signInFrequency 1 days }",
        ..PLAIN
    },
    Trap {
        name: "never the laxer mode, where the stricter one is set",
        text: "policy \"P\" { state enabled users all apps all session persistentBrowser never }
            invariant \"I\" { never session persistentBrowser always }",
        ..PLAIN
    },
    Trap {
        name: "of two things that are missing the one that shows in fewer ways",
        text: "policy \"P\" { state enabled users all apps all clients [browser]
                require all [mfa, terms Handbook] }
            policy \"Q\" { state enabled users all except groups [Finance]
                apps all clients [browser]
                require mfa }
            terms Handbook = \"40000000-0000-4000-8000-000000000001\"
            invariant \"I\" { clients [browser] always require all [mfa, passwordChange] }",
        shown: &[(GROUPS, "[]"), (CLIENT, "browser"), (DEVICE, "null")],
        ..PLAIN
    },
    Trap {
        name: "the strength that takes another one's place has to be proved",
        text: "policy \"P\" { state enabled users all apps all
                require strength PhishingResistantMfa }
            policy \"R\" { state enabled users all actions [registerSecurityInformation]
                require strength Mfa }
            invariant \"I\" { actions [registerSecurityInformation]
                always require strength PhishingResistantMfa }",
        shown: &[("/signInContext/userAction", "registersecurityinfo")],
        ..PLAIN
    },
    Trap {
        name: "an ordinary sign-in comes from some country",
        text: "policy \"P\" { state enabled users all apps all signInRisk [high] require mfa }
            invariant \"I\" { always require mfa }",
        shown: &[
            (GROUPS, "[]"),
            (RISK, "none"),
            (DEVICE, "null"),
            (PLATFORM, "windows"),
        ],
        ..PLAIN
    },
];

/// A set and its invariants, among the objects that the traps name or not.
pub(crate) fn compiled(text: &str, has_objects: bool) -> (PolicySet, Vec<Property>) {
    let objects = if has_objects { OBJECTS } else { "" };
    let file = SourceFile {
        path: "trap.gate".to_owned(),
        bytes: format!("{objects}{text}").into_bytes(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    let properties = compilation
        .invariants
        .into_iter()
        .map(|invariant| Property {
            name: invariant.name,
            is_always: invariant.quantifier.is_always(),
            policy: invariant.policy,
        });
    (compilation.set, properties.collect())
}

#[test]
fn known_traps_are_shown_by_the_sign_in_that_falls_into_them() {
    for trap in TRAPS {
        let (set, properties) = compiled(trap.text, true);
        let [property] = properties.as_slice() else {
            panic!("{}: one invariant", trap.name);
        };
        let claimed = crate::proofs::of_properties(&set, &properties);
        let assumptions = Assumptions {
            with_report_only: trap.with_report_only,
            rows_off: trap.rows_off.iter().map(|row| (*row).to_owned()).collect(),
            ..Assumptions::default()
        };
        let world = World::new(&set, &[&claimed], assumptions);
        let mut prover = Prover::new(&world, 0, Budget::default());
        let number = world.policies(1).start;
        let verdict = prover.decide(number, crate::proofs::quantifier(property));
        let shown = match &verdict {
            Verdict::Proved { is_vacuous, .. } => {
                assert!(trap.shown.is_empty(), "{}: {verdict:?}", trap.name);
                assert!(!is_vacuous, "{}", trap.name);
                continue;
            }
            Verdict::Refuted(shown) => shown,
            Verdict::Unknown(what) => panic!("{}: {what}", trap.name),
        };
        let witness = request(&set, &shown.facts, &Proofs::default());
        assert!(!trap.shown.is_empty(), "{}: {witness:#}", trap.name);
        let oracle = Oracle::new(&set, trap.with_report_only, &properties);
        let refutes = oracle.refutes(&oracle.case(property), &witness);
        assert_eq!(refutes, Some(true), "{}: {witness:#}", trap.name);
        let is_confirmed = is_confirmed(&set, trap.with_report_only, property, shown);
        assert!(is_confirmed, "{}: {witness:#}", trap.name);
        for (pointer, value) in trap.shown {
            let found = witness.pointer(pointer).unwrap_or(&Value::Null);
            let written = match found {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert!(
                written.contains(value),
                "{}: {pointer}\n{witness:#}",
                trap.name
            );
        }
    }
}

#[test]
fn an_operating_system_that_nobody_knows_is_none_of_the_six() {
    let of_platforms = |trap: &&Trap| trap.name == "all six platforms and no other";
    let trap = TRAPS.iter().find(of_platforms).unwrap();
    let (set, properties) = compiled(trap.text, true);
    let claimed = crate::proofs::of_properties(&set, &properties);
    let world = World::new(&set, &[&claimed], Assumptions::default());
    let mut prover = Prover::new(&world, 0, Budget::default());
    let always = crate::proofs::quantifier(&properties[0]);
    let Verdict::Refuted(shown) = prover.decide(world.policies(1).start, always) else {
        panic!("unknown platforms are let in");
    };
    let witness = request(&set, &shown.facts, &Proofs::default());
    let known = [
        "android",
        "iOS",
        "windows",
        "windowsPhone",
        "macOS",
        "linux",
    ];
    let platform = &witness["signInConditions"]["devicePlatform"];
    assert!(
        !known.iter().any(|one| *platform == json!(one)),
        "{witness:#}"
    );
}
