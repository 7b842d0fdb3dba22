//! What text becomes: typed policies, locations, strengths, a schema of one's own.

use gatewright_hir::model::{
    AgentScope, AppScope, Comparison, Control, Edition, Expr, LocationKind, LocationScope,
    PlatformScope, PolicySet, ServicePrincipalScope, Target, UserScope, Who,
};
use gatewright_hir::schema::{Combine, EffectId};
use gatewright_value::vocabulary::{
    BuiltInControl, ClientApp, GuestType, Method, Platform, RiskLevel, State, TransferMethod,
    UserAction,
};
use gatewright_value::{FrequencyAuthentication, FrequencyInterval, Kind};

mod common;
use common::file;

/// The policies of a text without any finding, except that the service would refuse to have all of
/// it together.
#[track_caller]
fn set(text: &str) -> PolicySet {
    let checked = file(text);
    let mut codes = checked.diagnostics.iter().map(|found| found.code.name());
    let is_of_the_service = |code: &str| ("GW0419".."GW0500").contains(&code);
    assert!(codes.all(is_of_the_service), "{}", checked.render());
    checked.set
}

fn values<T: Clone>(items: &[gatewright_hir::model::Located<T>]) -> Vec<T> {
    items.iter().map(|item| item.value.clone()).collect()
}

#[test]
fn every_dimension_becomes_typed() {
    let set = set(r#"
group BreakGlass = "11111111-0000-4000-8000-000000000000"
app Payroll = "22222222-0000-4000-8000-000000000000"
location Offices = trusted ranges [203.0.113.0/24]
@id("6d0a7c36-0000-4000-8000-000000000001") @owner("identity")
policy "P" {
    state      reportOnly
    users      roles [GlobalAdministrator], groups ["33333333-0000-4000-8000-000000000000"], guests [serviceProvider, internalGuest] from tenants ["t"]
               except groups [BreakGlass], users ["44444444-0000-4000-8000-000000000000"]
    apps       [Payroll, office365, "55555555-0000-4000-8000-000000000000"] except [ExchangeOnline]
    clients    [browser, other]
    platforms  all except [iOS]
    locations  all except [Offices, "l"], allTrusted
    userRisk   high
    signInRisk [medium, high]
    flows      [deviceCodeFlow]
    devices    except device.trustType -eq "ServerAD" // the rest
    unless     signIn.client -eq browser
    require    any [mfa, compliantDevice, mfa, terms "tou", custom "c"]
    session    signInFrequency 4 hours secondary, persistentBrowser never, disableResilienceDefaults
}
"#);
    let policy = &set.policies[0];
    assert_eq!(policy.id, "6d0a7c36-0000-4000-8000-000000000001");
    assert!(policy.has_server_id);
    assert_eq!(
        (policy.display_name.as_str(), policy.state),
        ("P", State::ReportOnly)
    );
    let a = policy.assignments.as_ref().unwrap();
    let Who::Users(users) = &a.who else { panic!() };
    let role = "62e90394-69f5-4237-9190-012177145e10".to_owned();
    let include = values(&users.include);
    assert_eq!(include[0], UserScope::Role(role));
    assert_eq!(
        include[1],
        UserScope::Group("33333333-0000-4000-8000-000000000000".into())
    );
    let UserScope::Guests(guests) = &include[2] else {
        panic!()
    };
    assert_eq!(
        guests.types,
        [GuestType::ServiceProvider, GuestType::InternalGuest]
    );
    assert_eq!(guests.tenants, Some(vec!["t".to_owned()]));
    assert_eq!(
        values(&users.exclude),
        [
            UserScope::Group("11111111-0000-4000-8000-000000000000".into()),
            UserScope::User("44444444-0000-4000-8000-000000000000".into())
        ]
    );
    let Target::Apps(apps) = &a.target else {
        panic!()
    };
    let wanted = [
        AppScope::App("22222222-0000-4000-8000-000000000000".into()),
        AppScope::Group("Office365".into()),
        AppScope::App("55555555-0000-4000-8000-000000000000".into()),
    ];
    assert_eq!(values(&apps.include), wanted);
    assert_eq!(
        a.clients.as_ref().unwrap().members,
        [ClientApp::Browser, ClientApp::Other]
    );
    let platforms = a.platforms.as_ref().unwrap();
    assert_eq!(values(&platforms.include), [PlatformScope::All]);
    assert_eq!(
        values(&platforms.exclude),
        [PlatformScope::Platform(Platform::Ios)]
    );
    let locations = a.locations.as_ref().unwrap();
    let wanted = [
        LocationScope::Named("Offices".into()),
        LocationScope::Named("l".into()),
        LocationScope::AllTrusted,
    ];
    assert_eq!(values(&locations.exclude), wanted);
    assert_eq!(a.user_risk.as_ref().unwrap().members, [RiskLevel::High]);
    assert_eq!(
        a.sign_in_risk.as_ref().unwrap().members,
        [RiskLevel::Medium, RiskLevel::High]
    );
    assert_eq!(
        a.flows.as_ref().unwrap().members,
        [TransferMethod::DeviceCodeFlow]
    );
    let devices = a.devices.as_ref().unwrap();
    assert!(devices.is_exclude);
    assert_eq!(devices.text, "device.trustType -eq \"ServerAD\"");
    let Some(Expr::Test(when)) = &policy.when else {
        panic!()
    };
    assert!(when.is_negated);
    let requirement = policy.outcome.requirement.as_ref().unwrap();
    assert!(!requirement.is_all);
    let wanted = [
        Control::BuiltIn(BuiltInControl::Mfa),
        Control::BuiltIn(BuiltInControl::CompliantDevice),
        Control::Terms("tou".into()),
        Control::Custom("c".into()),
    ];
    assert_eq!(requirement.controls, wanted);
    let frequency = policy.outcome.session.sign_in_frequency.unwrap();
    assert_eq!(frequency.interval, FrequencyInterval::Hours(4));
    assert_eq!(frequency.authentication, FrequencyAuthentication::Secondary);
    assert!(policy.outcome.session.disable_resilience_defaults);
}

#[test]
fn other_identities_and_targets() {
    let set = set(r#"
context Sensitive = "C7"
policy "A" { state enabled workloads servicePrincipals except servicePrincipals ["x"] apps all workloadRisk [high] block }
policy "B" { state enabled workloads ["y"] apps all block }
policy "C" { state enabled agents all apps all agentRisk [high] block }
policy "D" { state enabled users all actions [registerSecurityInformation, registerDevice] require mfa }
policy "E" { state enabled users all contexts [Sensitive, c1] require mfa }
policy "F" { state enabled guests all apps all clients all require mfa }
policy "G" { state enabled users allAgentUsers apps none block }
"#);
    let of = |at: usize| set.policies[at].assignments.as_ref().unwrap();
    let Who::ServicePrincipals(who) = &of(0).who else {
        panic!()
    };
    assert_eq!(values(&who.include), [ServicePrincipalScope::Owned]);
    assert_eq!(
        values(&who.exclude),
        [ServicePrincipalScope::Id("x".into())]
    );
    let Who::Agents(who) = &of(2).who else {
        panic!()
    };
    assert_eq!(values(&who.include), [AgentScope::All]);
    let Target::Actions(actions) = &of(3).target else {
        panic!()
    };
    assert_eq!(
        actions.members,
        [UserAction::RegisterSecurityInfo, UserAction::RegisterDevice]
    );
    let Target::Contexts(contexts) = &of(4).target else {
        panic!()
    };
    assert_eq!(contexts.members, ["c7", "c1"]);
    let Who::Users(who) = &of(5).who else {
        panic!()
    };
    let UserScope::Guests(guests) = &who.include[0].value else {
        panic!()
    };
    assert_eq!((guests.types.len(), &guests.tenants), (6, &None));
    assert_eq!(of(5).clients, None, "`all` is no condition");
    assert!(!set.policies[5].has_server_id);
}

#[test]
fn filters_over_custom_security_attributes_are_items_with_their_texts() {
    let checked = file(
        r#"
policy "A" {
    state enabled users all
    apps  [ExchangeOnline]
    apps  except where CustomSecurityAttribute.Set_Name -eq "a\b"
    require mfa
}
policy "B" {
    state enabled
    workloads where CustomSecurityAttribute.Set.Name -contains "x"
    apps all
    block
}
"#,
    );
    let codes = checked.codes();
    let of_rules: Vec<_> = codes
        .iter()
        .filter(|code| code.starts_with("GW03"))
        .collect();
    assert_eq!(of_rules, [&"GW0331"], "{}", checked.render());
    let policy = &checked.set.policies[0];
    let Target::Apps(apps) = &policy.assignments.as_ref().unwrap().target else {
        panic!()
    };
    assert_eq!(apps.include.len(), 1);
    let AppScope::Filter(filter) = &apps.exclude[0].value else {
        panic!()
    };
    assert!(matches!(&filter.rule, Expr::Field(test) if test.field == "set_name"));
    assert_eq!(filter.text, r#"CustomSecurityAttribute.Set_Name -eq "a\b""#);
    assert!(policy.unmodelled.is_empty());
    let who = &checked.set.policies[1].assignments.as_ref().unwrap().who;
    let Who::ServicePrincipals(principals) = who else {
        panic!()
    };
    let ServicePrincipalScope::Filter(filter) = &principals.include[0].value else {
        panic!()
    };
    assert!(matches!(filter.rule, Expr::Unknown(_)));
}

#[test]
fn what_an_import_writes_for_empty_and_odd_parts_is_read() {
    let checked = file(
        r#"
@id("net") location Net = compliantNetwork "net"
location Other = compliantNetwork "other"
policy "A" {
    state     disabled
    users     users [] except guests [] from tenants ["t"]
    apps      []
    clients   []
    locations [Net, Other]
    require   all [mfa]
    session   signInFrequency 0 hours
}
policy "B" { state enabled users none, roles [GlobalReader] apps all require any [] }
policy "C" { state enabled users all, groups ["33333333-0000-4000-8000-000000000000"] contexts ["NAME:x"] block }
"#,
    );
    assert_eq!(
        checked.codes(),
        [
            "GW0418", "GW0418", "GW0614", "GW0411", "GW0415", "GW0330", "GW0417", "GW0421",
            "GW0407",
        ]
        .to_vec(),
        "{}",
        checked.render()
    );
    assert!(
        !checked
            .diagnostics
            .iter()
            .any(gatewright_diagnostics::Diagnostic::is_unreadable)
    );
    let a = checked.set.policies[0].assignments.as_ref().unwrap();
    assert_eq!(a.clients.as_ref().unwrap().members, []);
    let ids: Vec<LocationScope> = values(&a.locations.as_ref().unwrap().include);
    assert_eq!(
        ids,
        ["net", "other"].map(|id| LocationScope::Named(id.to_owned()))
    );
    assert!(checked.set.locations.iter().any(|l| l.id == "other"));
    assert!(
        checked.set.policies[0]
            .outcome
            .requirement
            .as_ref()
            .unwrap()
            .is_all
    );
}

#[test]
fn locations_and_strengths_are_read() {
    let set = set(r#"
location Offices   = trusted ranges [203.0.113.0/24, 2001:db8:40::/48]
location Embargoed = countries [kp, IR, KP] or unknown
location Travel    = countries [NL] by gps
@id("l1")
location Net       = compliantNetwork
location Elsewhere = "known-only-by-id"
strength Hard      = combinations [[password, sms], [fido2] restricted, fido2]
strength Custom    = "s1"
policy "P" { state enabled users all apps all locations [Elsewhere] require strength Custom }
"#);
    let by_name = |name: &str| {
        set.locations
            .iter()
            .find(|l| l.display_name == name)
            .unwrap()
    };
    let LocationKind::Ranges { ranges, is_trusted } = &by_name("Offices").kind else {
        panic!()
    };
    assert_eq!((ranges.len(), *is_trusted), (2, true));
    let LocationKind::Countries {
        countries,
        includes_unknown,
        by_gps,
    } = &by_name("Embargoed").kind
    else {
        panic!()
    };
    assert_eq!(
        (countries.join(","), *includes_unknown, *by_gps),
        ("KP,IR".into(), true, false)
    );
    assert!(matches!(
        by_name("Travel").kind,
        LocationKind::Countries { by_gps: true, .. }
    ));
    assert_eq!(by_name("Net").id, "l1");
    assert_eq!(set.locations.len(), 4);
    assert!(set.locations.is_sorted_by(|a, b| a.id < b.id));
    let hard = set
        .strengths
        .iter()
        .find(|s| s.display_name == "Hard")
        .unwrap();
    let methods: Vec<&[Method]> = hard.combinations.iter().map(|c| &c.methods[..]).collect();
    assert_eq!(
        methods,
        [
            &[Method::Password, Method::Sms][..],
            &[Method::Fido2],
            &[Method::Fido2]
        ]
    );
    assert!(hard.combinations[1].is_restricted && !hard.combinations[2].is_restricted);
    assert_eq!(set.strengths.len(), 4, "the built-in ones are there");
    let location = &set.policies[0].assignments.as_ref().unwrap().locations;
    let wanted = LocationScope::Named("known-only-by-id".into());
    assert_eq!(values(&location.as_ref().unwrap().include), [wanted]);
}

#[test]
fn values_of_ordered_types_become_ranges_of_keys() {
    let text = r#"
schema "Payments" version 1
/// How it is paid.
enum Channel { web "In a browser." app "In the app." }
entity payment {
    amount: Decimal
    count: Integer [0, 10]
    channel: Channel
    age: Duration?
    flags: set of String { contains }
}
control secondFactor interactive "Confirm with a second factor"
effect approve "Approve"
effect refuse "Refuse"
combine strongest otherwise approve
policy "large" { state enabled when payment.amount -gt 1000.50 -and payment.channel -eq web then refuse }
policy "several" { state enabled when payment.count -in [3, 4] -or payment.age -lt 2 hours then approve require [secondFactor] }
"#;
    let set = set(text);
    let schema = &set.schema;
    assert_eq!((schema.name.as_str(), schema.is_entra), ("Payments", false));
    assert_eq!(
        (schema.combine, schema.otherwise),
        (Combine::Strongest, Some(EffectId(0)))
    );
    assert_eq!(schema.attributes[1].kind, Kind::Integer { min: 0, max: 10 });
    assert_eq!(schema.enumerations[0].members[0].1, "In a browser.");
    let large = &set.policies[0];
    assert_eq!(
        (large.assignments.as_ref(), large.outcome.effect),
        (None, Some(EffectId(1)))
    );
    let Some(Expr::All(parts)) = &large.when else {
        panic!()
    };
    let Expr::Test(test) = &parts[0] else {
        panic!()
    };
    let key = |text: &str| gatewright_value::ordered_key(&Kind::Decimal, text).unwrap();
    assert_eq!(
        test.comparison,
        Comparison::Between(key("1000.50") + 1, u128::MAX)
    );
    let requirement = set.policies[1].outcome.requirement.as_ref().unwrap();
    assert_eq!(requirement.controls.len(), 1);
    assert!(set.app_groups.is_empty() && set.strengths.is_empty());

    let wrong = |condition: &str| {
        let text = format!("{text}\npolicy \"x\" {{ state enabled when {condition} then refuse }}");
        file(&text).codes()
    };
    assert_eq!(wrong("payment.count -eq 11"), ["GW0304"]);
    assert_eq!(wrong("payment.channel -eq post"), ["GW0302"]);
    assert_eq!(wrong("payment.flags -notContains \"x\""), ["GW0303"]);
    assert_eq!(wrong("payment.age -lt 2"), ["GW0304"]);
    assert_eq!(wrong("payment.amount -eq null"), ["GW0305"]);
    assert_eq!(
        file(&format!(
            "{text}\npolicy \"x\" {{ state enabled users all then nope }}"
        ))
        .codes(),
        ["GW0323", "GW0201"]
    );
}

#[test]
fn policy_sets_carry_what_every_tenant_has() {
    let set = set("policy \"P\" { state enabled users all apps all require mfa }");
    assert_eq!(set.edition, Edition::NEWEST);
    assert!(set.names.iter().any(|n| n.name == "Global Administrator"));
    assert!(set.app_groups.iter().any(|g| g.name == "Office365"));
    assert_eq!(set.strengths.len(), 3);
}

#[test]
fn large_projects_are_checked_in_linear_time() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for n in 0..3_000 {
        writeln!(text, "group G{n} = \"{n}\"").unwrap();
        writeln!(
            text,
            "policy \"P{n}\" {{ state enabled users groups [G{n}, X{n}] apps all require mfa }}"
        )
        .unwrap();
    }
    let terms: Vec<String> = (0..20_000)
        .map(|n| format!("user.city -eq \"c{n}\""))
        .collect();
    writeln!(text, "rule Long = {}", terms.join(" -and ")).unwrap();
    let start = std::time::Instant::now();
    let checked = file(&text);
    assert_eq!(
        checked.codes().iter().filter(|c| **c == "GW0201").count(),
        3_000
    );
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

/// The codes for a policy with these clauses.
fn codes_of(clauses: &str) -> Vec<&'static str> {
    let names = "group G = \"b\"\nlocation L = ranges [203.0.113.0/24]\n";
    file(&format!(
        "{names}policy \"P\" {{ state enabled\n{clauses} }}"
    ))
    .codes()
}

#[test]
fn empty_lists_are_reported_once_and_stay_decidable() {
    for (list, code) in [
        ("users groups [] apps all", "GW0414"),
        ("users users [] apps all", "GW0414"),
        ("users users [] except groups [G] apps all", "GW0418"),
        ("users all apps []", "GW0418"),
        ("users all apps [] except Office365", "GW0418"),
        ("users all apps all platforms []", "GW0418"),
        ("users all apps all clients []", "GW0614"),
        ("users all apps all signInRisk []", "GW0418"),
        ("users all apps all locations []", "GW0418"),
        ("users all apps all flows []", "GW0418"),
    ] {
        let list = list.replace(" apps", "\napps").replace("all ", "all\n");
        assert_eq!(codes_of(&format!("{list}\nrequire mfa")), [code], "{list}");
    }
    // What only old files have is kept, and still refused.
    let graph = r#"graph { "conditions": { "clientAppTypes": [] } }"#;
    let clauses = format!("users all\napps all\nrequire mfa\n{graph}");
    assert_eq!(codes_of(&clauses), ["GW0614"]);
    for require in ["any []", "all []", "[]"] {
        let clauses = format!("users all\napps all\nrequire {require}");
        assert_eq!(codes_of(&clauses), ["GW0415"], "{require}");
    }
    let clauses = "users all\napps all\nrequire any []\nsession persistentBrowser never";
    assert_eq!(codes_of(clauses), ["GW0418"]);
    assert!(codes_of("users groups [], groups [G]\napps all\nrequire mfa").is_empty());
}

#[test]
fn nothing_excepts_all() {
    for clause in [
        "users all except all",
        "users all\nplatforms all except all",
    ] {
        let clauses = format!("{clause}\napps all\nrequire mfa");
        assert_eq!(codes_of(&clauses), ["GW0418"], "{clause}");
    }
    let clauses = "users all\nlocations all except [L, all]\napps all\nrequire mfa";
    assert_eq!(codes_of(clauses), ["GW0418"]);
}

#[test]
fn conditions_that_hold_everywhere_hide_no_lock_out() {
    let of = |condition: &str| codes_of(&format!("users all\napps all\n{condition}\nblock"));
    assert_eq!(of("platforms all"), ["GW0406"]);
    assert_eq!(of("locations all"), ["GW0406"]);
    let clients = "clients [browser, mobileAppsAndDesktopClients, exchangeActiveSync, other]";
    assert_eq!(of(clients), ["GW0406"]);
    assert_eq!(of("platforms all except [iOS]"), ["GW0407"]);
    assert!(of("workloadRisk [high]").is_empty());
    assert!(of("agentRisk [high]").is_empty());
}

#[test]
fn graph_keeps_the_spelling_of_what_clauses_say_and_says_nothing_twice() {
    let of = |json: &str| codes_of(&format!("users all\napps all\nrequire mfa\ngraph {json}"));
    let said = "{ \"conditions\": { \"users\": { \"includeUsers\": [\"ALL\"] } } }";
    assert!(of(said).is_empty());
    assert_eq!(of("{ \"a\": 1, \"a\": 2 }"), ["GW0602"]);
    assert!(of("{ \"a\": 1 }").is_empty());
}
