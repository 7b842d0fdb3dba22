//! Sentences and clauses in plain English.

use gatewright_analysis::Fact;
use gatewright_analysis::request::Proofs;
use gatewright_analysis::words::{Length, cube, fact_of_class, fact_of_classes, sentence};
use gatewright_decision::{Decisions, Limits, Variable, build};
use gatewright_hir::entra_schema;
use gatewright_hir::model::{Control, PolicySet};
use gatewright_value::vocabulary::BuiltInControl;
use gatewright_value::{AddressRange, ordered_key};
use serde_json::json;

use crate::project::{FINANCE, PAYROLL, Project, elements, facts, project, project_of, text};

fn policy(clauses: &str) -> String {
    let users = if clauses.contains("users") {
        ""
    } else {
        "users all"
    };
    let apps = if clauses.contains("apps") {
        ""
    } else {
        "apps all"
    };
    format!("policy \"P\" {{ state enabled {users} {apps} {clauses} block }}")
}

struct Asked {
    project: Project,
    decisions: Decisions,
}

impl Asked {
    fn new(clauses: &str) -> Asked {
        let project = project(&policy(clauses));
        let decisions = build(&project.set, &Limits::default());
        Asked { project, decisions }
    }

    fn set(&self) -> &PolicySet {
        &self.project.set
    }

    fn variable(&self, name: &str) -> &Variable {
        let mut variables = self.decisions.space.variables.iter();
        let found = variables.find(|variable| variable.name.starts_with(name));
        found.unwrap_or_else(|| panic!("no variable {name}: {:?}", self.decisions.space))
    }

    /// What these classes of a variable say.
    fn say(&self, name: &str, classes: &[u32]) -> String {
        fact_of_classes(self.set(), self.variable(name), classes, Length::Full)
    }
}

#[test]
fn a_sentence_tells_what_is_unusual_by_the_names_of_the_project() {
    let project = project("");
    let facts = facts(
        &project.set,
        [
            ("user.groups", elements(&[FINANCE])),
            ("app.ids", elements(&[PAYROLL])),
            ("signIn.client", text("other")),
            ("signIn.platform", text("windows")),
            ("signIn.risk", text("none")),
            ("location.ip", Fact::Key(0xffff_c633_6407)),
            ("device.isRegistered", Fact::Boolean(false)),
            ("user.department", text("sales")),
            ("user.risk", Fact::Unknown),
        ],
    );
    let proofs = Proofs {
        controls: vec![Control::BuiltIn(BuiltInControl::Mfa)],
    };
    assert_eq!(
        sentence(&project.set, &facts, &proofs),
        "a user in the group Finance signs in to Payroll with another legacy client \
         (other clients) from 198.51.100.7 (Branch), on an unregistered device, \
         user.department being \"sales\", with the user risk not known, having proved \
         multifactor authentication"
    );
}

#[test]
fn sentences_for_the_other_identities_and_targets() {
    let project = project("");
    let say = |rows: &[(&str, Fact)]| {
        let id = |name: &str| project.set.schema.find_attribute(name).unwrap();
        let facts = rows
            .iter()
            .map(|(name, fact)| (id(name), fact.clone()))
            .collect();
        sentence(&project.set, &facts, &Proofs::default())
    };
    assert_eq!(say(&[]), "a user signs in");
    assert_eq!(
        say(&[
            ("user.guestType", text("b2bcollaborationguest")),
            ("user.homeTenant", text("t")),
            ("app.action", text("urn:user:registersecurityinfo")),
            ("session.flow", text("devicecodeflow")),
            ("signIn.platform", text("beos")),
        ]),
        "a guest (b2bCollaborationGuest) from the tenant \"t\" signs in for registering security \
         information on a platform that the service does not know by the device code flow"
    );
    assert_eq!(
        say(&[
            ("signIn.identity", text("serviceprincipal")),
            ("servicePrincipal.id", text("s")),
            ("servicePrincipal.risk", text("high")),
            (
                "servicePrincipal.attributes",
                Fact::Records(vec![json!({"ops_tier": "1"})])
            ),
        ]),
        "the service principal \"s\" signs in, at high workload risk, \
         servicePrincipal.attributes being [ops_tier \"1\"]"
    );
    assert_eq!(
        say(&[
            ("signIn.identity", text("agentuser")),
            ("app.context", text("c7")),
            ("location.country", text("nl")),
            ("device.isRegistered", Fact::Unknown),
            ("device.trustType", Fact::Unknown),
        ]),
        "an agent's user account signs in for the authentication context Secret from the country \
         NL, with the device not known"
    );
}

#[test]
fn members_are_told_by_the_shorter_of_in_and_out() {
    let asked = Asked::new("signInRisk [medium, high] platforms [linux, windows] clients [other]");
    let risk = asked.variable("signIn.risk");
    // Other, high, medium, null, unknown.
    assert_eq!(
        fact_of_class(asked.set(), risk, 1),
        "the sign-in risk is high"
    );
    assert_eq!(
        asked.say("signIn.risk", &[1, 2]),
        "the sign-in risk is medium or high"
    );
    assert_eq!(
        asked.say("signIn.risk", &[0, 2]),
        "the sign-in risk is not high"
    );
    assert_eq!(
        asked.say("signIn.risk", &[0]),
        "the sign-in risk is neither medium nor high"
    );
    assert_eq!(
        asked.say("signIn.risk", &[1, 4]),
        "the sign-in risk is high, or this is not known"
    );
    assert_eq!(
        asked.say("signIn.risk", &[4]),
        "the sign-in risk is not known"
    );
    assert_eq!(
        asked.say("signIn.risk", &[0, 1, 2, 3]),
        "the sign-in risk is known"
    );
    // Other (members without a class, and platforms that nobody knows), linux, windows.
    assert_eq!(asked.say("signIn.platform", &[1]), "the platform is linux");
    assert_eq!(
        asked.say("signIn.platform", &[0, 1]),
        "the platform is not windows"
    );
    assert_eq!(
        asked.say("signIn.client", &[1]),
        "the client is another legacy client (other clients)"
    );
}

#[test]
fn texts_are_told_with_what_they_start_with_and_null() {
    let asked = Asked::new(
        "when user.department -eq \"Sales\" -or user.department -startsWith \"sa\" \
         -or user.department -startsWith \"salt\" -or user.department -eq \"it\"",
    );
    // 0 other, 1 it, 2 sa…, 3 sales, 4 salt…, 5 null, 6 unknown.
    let say = |classes: &[u32]| asked.say("user.department", classes);
    assert_eq!(say(&[1, 3]), "user.department is \"it\" or \"sales\"");
    assert_eq!(
        say(&[2, 3, 4]),
        "user.department is anything that starts with \"sa\""
    );
    assert_eq!(
        say(&[2, 3]),
        "user.department is anything that starts with \"sa\" (other than anything that starts \
         with \"salt\")"
    );
    assert_eq!(
        say(&[0, 2, 3, 4]),
        "user.department is set and is not \"it\""
    );
    assert_eq!(
        say(&[0, 3, 4, 5]),
        "user.department is neither \"it\" nor anything that starts with \"sa\" (other than \
         \"sales\" and anything that starts with \"salt\"), or user.department is not set"
    );
    assert_eq!(say(&[5]), "user.department is not set");
    assert_eq!(say(&[0, 1, 2, 3, 4]), "user.department is set");
}

#[test]
fn addresses_are_told_by_the_locations_that_say_exactly_this() {
    let asked = Asked::new(
        "when location.ip -in [203.0.113.0/24] -or location.ip -in [198.51.100.0/25, 192.0.2.0/30]",
    );
    // Cells start at 192.0.2.0, 192.0.2.4, 198.51.100.0, 198.51.100.128, 203.0.113.0, 203.0.114.0.
    let say = |classes: &[u32]| asked.say("location.ip", classes);
    assert_eq!(say(&[5]), "the address lies in Offices");
    assert_eq!(say(&[3, 5]), "the address lies in Branch or Offices");
    assert_eq!(say(&[1]), "the address lies in 192.0.2.0/30");
    assert_eq!(say(&[1, 2]), "the address lies in 192.0.2.0–198.51.99.255");
    assert_eq!(
        say(&[0, 1, 2, 3, 4, 6]),
        "the address does not lie in Offices and is set"
    );
    assert_eq!(
        say(&[0, 1, 2, 3, 4, 6, 7]),
        "the address does not lie in Offices, or there is no address"
    );
    assert_eq!(say(&[7]), "there is no address");
    let all = AddressRange::parse("::/0").unwrap().0;
    assert_eq!((all.first, all.last), (0, u128::MAX));
}

#[test]
fn elements_are_told_by_name() {
    let asked = Asked::new(
        "users groups [Finance] apps [Office365, Payroll] \
         when device.displayName -contains \"lab\" -or device.isCompliant -eq True",
    );
    assert_eq!(
        asked.say("user.groups has", &[1]),
        "the user is in the group Finance"
    );
    assert_eq!(
        asked.say("user.groups has", &[0]),
        "the user is not in the group Finance"
    );
    assert_eq!(
        asked.say("app.ids reaches", &[1]),
        "the sign-in reaches Office365 or Payroll"
    );
    assert_eq!(
        asked.say("app.ids reaches", &[0]),
        "the sign-in reaches no resource that is Office365 or Payroll"
    );
    assert_eq!(
        asked.say("device.displayName contains", &[0, 2]),
        "device.displayName does not contain \"lab\", or this is not known"
    );
    assert_eq!(
        asked.say("device.isCompliant", &[1]),
        "the device is compliant"
    );
    assert_eq!(
        asked.say("device.isCompliant", &[0, 2]),
        "the device is noncompliant or the device has no state of compliance"
    );
}

#[test]
fn numbers_are_told_by_their_rounder_borders() {
    let text = r#"
schema "Payments" version 1
entity payment {
    amount: Integer [0, 1000]
    rate: Decimal
    at: DateTime?
    wait: Duration
}
effect approve "Approve"
effect refuse  "Refuse"
combine strongest otherwise approve
policy "P" {
    state enabled
    when payment.amount -ge 100 -or payment.rate -gt 7.25 -or payment.at -ge "2026-11-22T00:00:00Z"
        -or payment.wait -lt "2 hours" -or payment.amount -eq 7
    then refuse
}
"#;
    let project = project_of(text, entra_schema());
    assert_eq!(project.problems, Vec::<String>::new());
    let decisions = build(&project.set, &Limits::default());
    let say = |name: &str, classes: &[u32]| {
        let mut variables = decisions.space.variables.iter();
        let variable = variables.find(|variable| variable.name == name).unwrap();
        fact_of_classes(&project.set, variable, classes, Length::Full)
    };
    assert_eq!(
        say("payment.amount", &[3]),
        "payment.amount is at least 100"
    );
    assert_eq!(say("payment.amount", &[0]), "payment.amount is at most 6");
    assert_eq!(say("payment.amount", &[1]), "payment.amount is 7");
    assert_eq!(say("payment.amount", &[0, 2, 3]), "payment.amount is not 7");
    assert_eq!(say("payment.rate", &[1]), "payment.rate is above 7.25");
    assert_eq!(say("payment.rate", &[0]), "payment.rate is at most 7.25");
    assert_eq!(
        say("payment.at", &[0]),
        "payment.at is before 2026-11-22T00:00:00Z"
    );
    assert_eq!(
        say("payment.at", &[1, 2]),
        "payment.at is from 2026-11-22T00:00:00Z on, or payment.at is not set"
    );
    assert_eq!(
        say("payment.wait", &[1]),
        "payment.wait is at least 2 hours"
    );
    assert!(ordered_key(&gatewright_value::Kind::Duration, "7200").is_ok());
}

/// Every set of classes that differ in something that can be says something else.
#[test]
fn what_differs_is_told_differently() {
    let asked = Asked::new(
        "users groups [Finance] signInRisk [medium, high] platforms [linux, windows] \
         when user.department -eq \"Sales\" -or user.department -startsWith \"sa\" \
         -or user.department -startsWith \"salt\" -or device.isCompliant -eq True \
         -or location.ip -in [203.0.113.0/24] -or location.ip -in [198.51.100.0/25] \
         -or signIn.now -ge \"2026-11-22T00:00:00Z\" -or signIn.now -lt \"2026-01-01T00:00:00Z\"",
    );
    let mut count = 0;
    for variable in &asked.decisions.space.variables {
        let attribute = asked.set().schema.attribute(variable.attribute).unwrap();
        let impossible = variable.null_class().filter(|_| !attribute.is_optional);
        let mut class_by_text = std::collections::BTreeMap::new();
        for bits in 0u32..1 << variable.class_count {
            let classes = (0..variable.class_count).filter(|class| bits >> class & 1 == 1);
            let classes: Vec<u32> = classes.filter(|class| Some(*class) != impossible).collect();
            let said = fact_of_classes(asked.set(), variable, &classes, Length::Full);
            let before = class_by_text.insert(said.clone(), classes.clone());
            assert!(before.is_none_or(|before| before == classes), "{said}");
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
}

#[test]
fn a_cube_is_a_clause_for_each_of_its_variables() {
    let asked = Asked::new("users groups [Finance] signInRisk [high]");
    let space = &asked.decisions.space;
    let number = |name: &str| {
        let place = space
            .variables
            .iter()
            .position(|v| v.name.starts_with(name));
        u32::try_from(place.unwrap()).unwrap()
    };
    let region = [
        (number("user.groups"), vec![1]),
        (number("signIn.risk"), vec![0]),
    ];
    assert_eq!(
        cube(asked.set(), space, &region, Length::Full),
        "the user is in the group Finance; the sign-in risk is not high"
    );
    assert_eq!(cube(asked.set(), space, &[], Length::Full), "every sign-in");
}

#[test]
fn long_lists_are_shortened_only_where_that_is_wanted() {
    let ids: Vec<String> = (0..20).map(|n| format!("\"u-{n:02}\"")).collect();
    let asked = Asked::new(&format!("when user.employeeId -in [{}]", ids.join(", ")));
    let classes: Vec<u32> = (1..=20).collect();
    let variable = asked.variable("user.employeeId");
    let short = fact_of_classes(asked.set(), variable, &classes, Length::Short);
    assert!(short.ends_with("\"u-07\" or 12 more"), "{short}");
    let full = fact_of_classes(asked.set(), variable, &classes, Length::Full);
    assert!(full.ends_with("\"u-18\" or \"u-19\""), "{full}");
}
