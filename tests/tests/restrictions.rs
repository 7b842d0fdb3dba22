//! The restrictions of the service, each with the diagnostics that say so.
//!
//! The table is data (`tests/restrictions.json`); the page about it is made from it. Pages of the
//! codes show each restriction in one notation; here Graph JSON is held to the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use gatewright_compiler::{Compilation, Input, SourceFile, compile};
use gatewright_diagnostics::{Code, Severity};
use gatewright_tests::repository::root;
use serde_json::{Value, json};

/// A row of the table.
#[derive(serde::Deserialize)]
struct Restriction {
    id: String,
    severity: String,
    evidence: String,
    rule: String,
    codes: Vec<String>,
    also: Vec<String>,
    note: String,
}

fn table() -> Vec<Restriction> {
    let path = root().join("tests/restrictions.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

fn link(code: Code) -> String {
    let off = if code.is_opt_in() { " ○" } else { "" };
    format!("[{}]({}.md){off}", code.name(), code.name())
}

fn render(rows: &[Restriction]) -> String {
    let mut text =
        String::from("| id | severity | evidence | rule | codes |\n|---|---|---|---|---|\n");
    for row in rows {
        let codes = row.codes.iter().map(|name| link(Code::find(name).unwrap()));
        let also = row
            .also
            .iter()
            .map(|name| format!("({})", link(Code::find(name).unwrap())));
        let mut codes = codes.chain(also).collect::<Vec<_>>().join(" ");
        if row.codes.is_empty() && row.also.is_empty() {
            codes.push_str("none");
        }
        let evidence: Vec<String> = row.evidence.chars().map(String::from).collect();
        let note = if row.note.is_empty() {
            String::new()
        } else {
            format!(" {}", row.note)
        };
        let (id, severity, rule) = (&row.id, &row.severity, &row.rule);
        let evidence = evidence.join(", ");
        writeln!(
            text,
            "| {id} | {severity} | {evidence} | {rule}{note} | {codes} |"
        )
        .unwrap();
    }
    text
}

#[test]
fn the_page_about_restrictions_is_up_to_date() {
    const BEGIN: &str = "<!-- restrictions: begin -->\n";
    const END: &str = "<!-- restrictions: end -->";
    let path = root().join("docs/diagnostics/README.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = format!("{before}{BEGIN}{}{END}{after}", render(&table()));
    if std::env::var_os("GATEWRIGHT_BLESS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(
        written == wanted,
        "the table is stale; write it with GATEWRIGHT_BLESS=1"
    );
}

#[test]
fn every_restriction_has_a_code_of_its_severity_or_a_reason() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for row in table() {
        if !seen.insert(row.id.clone()) {
            wrong.push(format!("{} is there twice", row.id));
        }
        if row.codes.is_empty() && row.note.is_empty() {
            wrong.push(format!("{} has neither a code nor a reason", row.id));
        }
        for name in &row.codes {
            match Code::find(name) {
                Some(code) if word(code.severity()) == row.severity => {}
                found => wrong.push(format!(
                    "{}: {name} is {found:?}, not {}",
                    row.id, row.severity
                )),
            }
        }
        for name in row.codes.iter().chain(&row.also) {
            let page = Code::find(name).map_or("", Code::page);
            let mark = format!("[{}](README.md#restrictions) (", row.id);
            let Some((_, said)) = page.split_once(&mark) else {
                wrong.push(format!("the page of {name} does not name {}", row.id));
                continue;
            };
            let said = said.split(')').next().unwrap_or_default();
            for (letter, word) in [
                ('D', "documented"),
                ('O', "observed"),
                ('I', "inferred"),
                ('R', "recalled"),
            ] {
                if row.evidence.contains(letter) != said.contains(word) {
                    wrong.push(format!("the page of {name}: {} is not {said}", row.id));
                }
            }
        }
    }
    assert!(seen.len() >= 75, "{} restrictions", seen.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A policy that requires multifactor authentication of everybody, with changes: a path of members
/// and what comes there.
fn policy(changes: &[(&str, Value)]) -> Value {
    let mut policy = json!({
        "displayName": "P", "state": "enabled",
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": ["All"]},
            "users": {"includeUsers": ["All"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    });
    for (path, value) in changes {
        let mut at = &mut policy;
        for part in path.split('.') {
            at = &mut at[part];
        }
        *at = value.clone();
    }
    policy
}

fn compiled(policies: &[Value]) -> Compilation {
    let text = Value::Array(policies.to_vec()).to_string();
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        bytes: text.into(),
    };
    compile(&Input {
        files: vec![file("policies.json", &text)],
        manifest: Some(file("gatewright.toml", "[lints]\noptional = \"hint\"\n")),
        ..Input::default()
    })
}

fn codes(policies: &[Value]) -> BTreeSet<&'static str> {
    compiled(policies)
        .diagnostics
        .iter()
        .map(|d| d.code.name())
        .collect()
}

const USERS: &str = "conditions.users";
const APPS: &str = "conditions.applications";
const GRANT: &str = "grantControls";
const SESSION: &str = "sessionControls";
const CLIENTS: &str = "conditions.clientAppTypes";
const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";
const TEAMS: &str = "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe";
const GROUP: &str = "d1f3c0de-0000-4000-8000-00000000b6e1";

fn controls(operator: &str, controls: &[&str]) -> (&'static str, Value) {
    (
        GRANT,
        json!({"operator": operator, "builtInControls": controls}),
    )
}

fn apps(ids: &[&str]) -> (&'static str, Value) {
    (APPS, json!({"includeApplications": ids}))
}

fn group() -> (&'static str, Value) {
    (USERS, json!({"includeGroups": [GROUP]}))
}

fn platforms(include: &[&str], exclude: &[&str]) -> (&'static str, Value) {
    let platforms = json!({"includePlatforms": include, "excludePlatforms": exclude});
    ("conditions.platforms", platforms)
}

fn frequency(interval: &str, value: Value, unit: Value) -> (&'static str, Value) {
    let frequency =
        json!({"isEnabled": true, "frequencyInterval": interval, "value": value, "type": unit});
    (SESSION, json!({"signInFrequency": frequency}))
}

fn every_time() -> (&'static str, Value) {
    frequency("everyTime", Value::Null, Value::Null)
}

fn action(name: &str) -> (&'static str, Value) {
    (
        APPS,
        json!({"includeUserActions": [format!("urn:user:{name}")]}),
    )
}

fn user_risk() -> (&'static str, Value) {
    ("conditions.userRiskLevels", json!(["high"]))
}

fn sign_in_risk() -> (&'static str, Value) {
    ("conditions.signInRiskLevels", json!(["high"]))
}

fn strength(operator: &str, controls: &[&str]) -> (&'static str, Value) {
    let id = "00000000-0000-0000-0000-000000000002";
    let strength = json!({"id": id});
    let grant = json!({"operator": operator, "builtInControls": controls,
        "authenticationStrength": strength});
    (GRANT, grant)
}

fn flow() -> (&'static str, Value) {
    (
        "conditions.authenticationFlows",
        json!({"transferMethods": "deviceCodeFlow"}),
    )
}

fn workloads() -> [(&'static str, Value); 3] {
    let all = json!({"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]});
    [
        (USERS, json!({"includeUsers": ["None"]})),
        ("conditions.clientApplications", all),
        block(),
    ]
}

fn block() -> (&'static str, Value) {
    controls("OR", &["block"])
}

/// A restriction of one policy: the code, a policy that breaks it, and one that does not.
type Case = (
    &'static str,
    Vec<(&'static str, Value)>,
    Vec<(&'static str, Value)>,
);

fn structure() -> Vec<Case> {
    let guests = |types: &str| {
        let tenants = json!({"membershipKind": "enumerated", "members": [GROUP]});
        let guests = json!({"guestOrExternalUserTypes": types, "externalTenants": tenants});
        vec![(USERS, json!({"includeGuestsOrExternalUsers": guests}))]
    };
    let filter = json!({"mode": "include", "rule": "CustomSecurityAttribute.A_B -eq \"x\""});
    let beside = json!({"includeApplications": ["All"], "applicationFilter": filter});
    let alone = json!({"includeApplications": [], "applicationFilter": filter});
    let contexts = |id: &str| {
        vec![(
            APPS,
            json!({"includeAuthenticationContextClassReferences": [id]}),
        )]
    };
    let ids = |count: usize| {
        let ids: Vec<String> = (0..count)
            .map(|n| format!("5d0c9f5e-0000-4000-8000-{n:012}"))
            .collect();
        vec![(APPS, json!({"includeApplications": ids}))]
    };
    let custom = json!({"operator": "OR", "customAuthenticationFactors": ["X"]});
    vec![
        ("GW0414", vec![(APPS, json!({}))], vec![]),
        ("GW0414", vec![(USERS, Value::Null)], vec![]),
        (
            "GW0419",
            vec![apps(&["None", EXCHANGE])],
            vec![apps(&["Office365"])],
        ),
        ("GW0420", vec![(APPS, beside)], vec![(APPS, alone)]),
        ("GW0421", guests("none"), guests("b2bCollaborationGuest")),
        ("GW0424", ids(250), ids(249)),
        (
            "GW0425",
            vec![controls("OR", &["approvedApplication"])],
            vec![],
        ),
        (
            "GW0425",
            vec![platforms(&["windowsPhone"], &[])],
            vec![platforms(&["all"], &["windowsPhone"])],
        ),
        ("GW0468", vec![(GRANT, custom)], vec![]),
        ("GW0408", vec![controls("OR", &["block", "mfa"])], vec![]),
        (
            "GW0409",
            vec![strength("AND", &["mfa"])],
            vec![strength("AND", &[])],
        ),
        ("GW0417", contexts("c100"), contexts("c99")),
        (
            "GW0411",
            vec![frequency("timeBased", json!(24), json!("hours"))],
            vec![frequency("timeBased", json!(23), json!("hours"))],
        ),
        (
            "GW0630",
            vec![frequency("everyTime", json!(1), json!("hours"))],
            vec![every_time()],
        ),
        (
            "GW0426",
            vec![controls("OR", &["compliantDevice"])],
            vec![controls("OR", &["compliantDevice", "mfa"])],
        ),
    ]
}

fn clients() -> Vec<Case> {
    let eas = |users: (&'static str, Value), app: &str, more: (&'static str, Value)| {
        let phones = platforms(&["iOS"], &[]);
        vec![
            (CLIENTS, json!(["exchangeActiveSync"])),
            users,
            apps(&[app]),
            phones,
            more,
        ]
    };
    let app = controls("OR", &["compliantApplication"]);
    let all = (USERS, json!({"includeUsers": ["All"]}));
    let legacy = |controls: (&'static str, Value)| vec![(CLIENTS, json!(["other"])), controls];
    let on = |names: &[&str], one: &str| vec![platforms(names, &[]), controls("OR", &[one])];
    let locations = (
        "conditions.locations",
        json!({"includeLocations": ["AllTrusted"]}),
    );
    vec![
        (
            "GW0450",
            eas(group(), "Office365", app.clone()),
            eas(group(), EXCHANGE, app.clone()),
        ),
        (
            "GW0451",
            eas(all, EXCHANGE, app.clone()),
            eas(group(), EXCHANGE, app.clone()),
        ),
        (
            "GW0452",
            eas(group(), EXCHANGE, locations),
            eas(group(), EXCHANGE, app),
        ),
        ("GW0453", legacy(controls("OR", &["mfa"])), legacy(block())),
        (
            "GW0454",
            legacy(controls("OR", &["compliantDevice"])),
            legacy(block()),
        ),
        (
            "GW0455",
            on(&["linux"], "compliantApplication"),
            on(&["iOS"], "compliantApplication"),
        ),
        (
            "GW0456",
            on(&["windows"], "approvedApplication"),
            on(&["windows"], "compliantApplication"),
        ),
        (
            "GW0456",
            vec![controls("OR", &["compliantApplication"])],
            vec![],
        ),
        (
            "GW0457",
            on(&["macOS"], "domainJoinedDevice"),
            on(&["windows"], "domainJoinedDevice"),
        ),
        (
            "GW0458",
            on(&["iOS"], "mfa"),
            on(&["iOS"], "compliantDevice"),
        ),
        ("GW0460", vec![platforms(&["all"], &["linux"])], vec![]),
    ]
}

fn targets() -> Vec<Case> {
    let except = |id: &str| {
        vec![(
            APPS,
            json!({"includeApplications": ["All"], "excludeApplications": [id]}),
        )]
    };
    let browser = |clients: Value| vec![apps(&["MicrosoftAdminPortals"]), (CLIENTS, clients)];
    let report = ("state", json!("enabledForReportingButNotEnforced"));
    let graph = "00000003-0000-0000-c000-000000000000";
    let cli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
    let azure = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
    let trusted = json!({"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]});
    let device = controls("OR", &["compliantDevice"]);
    vec![
        ("GW0461", vec![apps(&[TEAMS])], vec![apps(&["Office365"])]),
        ("GW0462", vec![apps(&[TEAMS])], vec![apps(&["Office365"])]),
        (
            "GW0463",
            browser(json!(["other"])),
            browser(json!(["browser"])),
        ),
        ("GW0464", except(EXCHANGE), vec![]),
        ("GW0465", except(graph), except(EXCHANGE)),
        ("GW0466", vec![apps(&[cli])], vec![apps(&[azure])]),
        (
            "GW0478",
            vec![flow(), device.clone()],
            vec![flow(), block()],
        ),
        (
            "GW0479",
            vec![action("registerdevice"), device],
            vec![action("registerdevice")],
        ),
        (
            "GW0480",
            vec![action("registerdevice")],
            vec![action("registersecurityinfo")],
        ),
        (
            "GW0481",
            vec![action("registerdevice"), report],
            vec![action("registerdevice")],
        ),
        (
            "GW0482",
            vec![action("registersecurityinfo")],
            vec![
                action("registersecurityinfo"),
                ("conditions.locations", trusted),
            ],
        ),
        (
            "GW0483",
            vec![flow(), block(), apps(&["Office365"])],
            vec![flow(), block()],
        ),
    ]
}

fn risk() -> Vec<Case> {
    let change = || controls("AND", &["mfa", "passwordChange"]);
    let guests = json!({"includeUsers": ["GuestsOrExternalUsers"]});
    vec![
        (
            "GW0467",
            vec![user_risk(), sign_in_risk()],
            vec![user_risk()],
        ),
        (
            "GW0410",
            vec![("conditions.signInRiskLevels", json!(["medium"]))],
            vec![sign_in_risk()],
        ),
        (
            "GW0470",
            vec![user_risk(), controls("OR", &["mfa", "passwordChange"])],
            vec![user_risk(), change()],
        ),
        ("GW0471", vec![change()], vec![user_risk(), change()]),
        (
            "GW0472",
            vec![user_risk(), strength("AND", &["passwordChange"])],
            vec![user_risk(), change()],
        ),
        (
            "GW0473",
            vec![user_risk(), controls("AND", &["riskRemediation"])],
            vec![user_risk(), strength("AND", &["riskRemediation"])],
        ),
        (
            "GW0474",
            vec![user_risk(), change(), (USERS, guests)],
            vec![user_risk(), change()],
        ),
        (
            "GW0476",
            vec![sign_in_risk()],
            vec![sign_in_risk(), every_time()],
        ),
        ("GW0477", vec![sign_in_risk()], vec![]),
    ]
}

fn workload_cases() -> Vec<Case> {
    let with = |more: (&'static str, Value)| {
        let mut all = workloads().to_vec();
        all.push(more);
        all
    };
    let agents = |grant: (&'static str, Value)| {
        vec![(USERS, json!({"includeUsers": ["AllAgentIdUsers"]})), grant]
    };
    let location = (
        "conditions.locations",
        json!({"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}),
    );
    vec![
        (
            "GW0485",
            with(controls("OR", &["mfa"])),
            workloads().to_vec(),
        ),
        ("GW0486", with(user_risk()), with(location)),
        ("GW0487", workloads().to_vec(), vec![]),
        ("GW0488", agents(controls("OR", &["mfa"])), agents(block())),
    ]
}

fn sessions() -> Vec<Case> {
    let with = |control: &str, value: Value, app: &str| {
        vec![(SESSION, json!({control: value})), apps(&[app])]
    };
    let never = json!({"isEnabled": true, "mode": "never"});
    let on = json!({"isEnabled": true});
    let off = json!({"mode": "disabled"});
    let terms = |types: &str| {
        vec![
            (
                USERS,
                json!({"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": types}}),
            ),
            (GRANT, json!({"operator": "OR", "termsOfUse": [GROUP]})),
        ]
    };
    vec![
        (
            "GW0489",
            with("persistentBrowser", never.clone(), "Office365"),
            with("persistentBrowser", never, "All"),
        ),
        (
            "GW0490",
            vec![every_time()],
            vec![every_time(), sign_in_risk()],
        ),
        (
            "GW0491",
            vec![every_time(), apps(&["Office365"])],
            vec![every_time()],
        ),
        (
            "GW0492",
            with("applicationEnforcedRestrictions", on.clone(), "All"),
            with("applicationEnforcedRestrictions", on.clone(), "Office365"),
        ),
        ("GW0493", with("secureSignInSession", on, "All"), vec![]),
        (
            "GW0494",
            with("continuousAccessEvaluation", off.clone(), "Office365"),
            with("continuousAccessEvaluation", off, "All"),
        ),
        (
            "GW0496",
            vec![frequency("timeBased", json!(4), json!("hours"))],
            vec![],
        ),
        (
            "GW0497",
            terms("b2bDirectConnectUser"),
            terms("b2bCollaborationGuest"),
        ),
    ]
}

#[test]
fn graph_json_is_held_to_the_restrictions_of_one_policy() {
    let groups = [
        structure(),
        clients(),
        targets(),
        risk(),
        workload_cases(),
        sessions(),
    ];
    let mut wrong = Vec::new();
    for (code, broken, kept) in groups.into_iter().flatten() {
        let (found, left) = (codes(&[policy(&broken)]), codes(&[policy(&kept)]));
        if !found.contains(code) {
            wrong.push(format!("{code} is missing: {found:?} {}", policy(&broken)));
        }
        if left.contains(code) {
            wrong.push(format!("{code} is wrong: {left:?} {}", policy(&kept)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn graph_json_is_held_to_the_restrictions_of_a_set() {
    let named = |name: &str, changes: &[(&str, Value)]| {
        let mut policy = policy(changes);
        policy["displayName"] = json!(name);
        policy
    };
    let excluded = (
        USERS,
        json!({"includeUsers": ["All"], "excludeGroups": [GROUP]}),
    );
    let report = ("state", json!("enabledForReportingButNotEnforced"));
    let persist = |mode: &str| {
        let control = json!({"persistentBrowser": {"isEnabled": true, "mode": mode}});
        (SESSION, control)
    };
    let change = [user_risk(), controls("AND", &["mfa", "passwordChange"])];
    let remediate = [user_risk(), strength("AND", &["riskRemediation"])];
    let all = || named("A", &[]);
    let linux = platforms(&["all"], &["linux"]);
    let cases: Vec<(&str, Vec<Value>, Vec<Value>)> = vec![
        ("GW0427", vec![all()], vec![named("A", &[group()])]),
        (
            "GW0428",
            vec![named("A", std::slice::from_ref(&excluded))],
            vec![
                named("A", std::slice::from_ref(&excluded)),
                named("B", &[group()]),
            ],
        ),
        ("GW0469", vec![named("A", &[excluded])], vec![all()]),
        (
            "GW0429",
            vec![all(), named("B", &[group()])],
            vec![all(), named("B", &[group(), block()])],
        ),
        (
            "GW0459",
            vec![all()],
            vec![all(), named("B", &[platforms(&["all"], &["iOS"]), block()])],
        ),
        (
            "GW0460",
            vec![named("A", std::slice::from_ref(&linux))],
            vec![
                named("A", &[linux]),
                named("B", &[platforms(&["linux"], &[]), block()]),
            ],
        ),
        (
            "GW0475",
            vec![named("A", &change), named("B", &remediate)],
            vec![named("B", &remediate)],
        ),
        (
            "GW0495",
            vec![
                named("A", &[persist("always")]),
                named("B", &[persist("never")]),
            ],
            vec![
                named("A", &[persist("never")]),
                named("B", &[persist("never")]),
            ],
        ),
        (
            "GW0498",
            vec![all(), named("B", std::slice::from_ref(&report))],
            vec![all(), named("B", &[report, group()])],
        ),
    ];
    for (code, broken, kept) in cases {
        let (found, left) = (codes(&broken), codes(&kept));
        assert!(found.contains(code), "{code} is missing: {found:?}");
        assert!(!left.contains(code), "{code} is wrong: {left:?}");
    }
}

#[test]
fn two_hundred_policies_are_many() {
    let set = |count: usize| -> Vec<Value> {
        let named = |n: usize| {
            let mut policy = policy(&[("state", json!("disabled"))]);
            policy["displayName"] = json!(format!("P{n}"));
            policy
        };
        (0..count).map(named).collect()
    };
    assert!(codes(&set(196)).contains("GW0423"));
    assert!(!codes(&set(195)).contains("GW0423"));
}

#[test]
fn a_list_of_hundreds_is_long() {
    let of = |count: usize| {
        let ids: Vec<String> = (0..count)
            .map(|n| format!("5d0c9f5e-0000-4000-8000-{n:012}"))
            .collect();
        policy(&[(USERS, json!({"includeUsers": ids}))])
    };
    assert!(codes(&[of(250)]).contains("GW0424"));
    assert!(!codes(&[of(249)]).contains("GW0424"));
}

#[test]
fn findings_beyond_the_limit_are_counted() {
    let odd = |n: usize| {
        policy(&[
            ("displayName", json!(format!("P{n}"))),
            ("unheard", json!(n + 1)),
        ])
    };
    let policies: Vec<Value> = (0..1_500).map(odd).collect();
    let found = compiled(&policies).diagnostics;
    let told = found
        .iter()
        .find(|d| d.code.name() == "GW0631" && d.message.contains("not shown"));
    assert!(
        told.is_some_and(|d| d.message.starts_with("500 more")),
        "{told:?}"
    );
}

#[test]
fn help_speaks_the_notation_of_the_policy() {
    let found = compiled(&[policy(&[block()])]).diagnostics;
    let lock_out = found.iter().find(|d| d.code.name() == "GW0406").unwrap();
    let help = lock_out.help.as_deref().unwrap();
    assert!(
        help.contains("excludeGroups") && !help.contains("users all"),
        "{help}"
    );
}
