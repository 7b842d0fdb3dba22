//! Every sign-in that can tell the policies of a small set apart.

use gatewright_analysis::{Fact, Facts};
use gatewright_hir::model::Control;
use gatewright_tests::generate::Random;
use gatewright_tests::generate::world::id;
use gatewright_value::AddressRange;
use gatewright_value::vocabulary::{
    BuiltInControl, ClientApp, GuestType, Platform, RiskLevel, UserAction,
};

use super::{Maker, Part, Topic, can_exist, facts, plain_place, text, unregistered};

impl Maker<'_> {
    /// Every combination of what the topics are about, or as many of them as are wanted.
    pub(super) fn sign_ins(&self, random: &mut Random, most: usize) -> (Vec<Facts>, bool) {
        let dimensions = [
            self.people(),
            self.targets(),
            self.places(),
            self.circumstances(),
        ];
        let total: usize = dimensions.iter().map(Vec::len).product();
        let at = |mut number: usize| {
            let parts = dimensions.each_ref().map(|parts| {
                let part = parts[number % parts.len()].clone();
                number /= parts.len();
                part
            });
            can_exist(&parts).then(|| facts(self.schema, parts))
        };
        if total <= most {
            return ((0..total).filter_map(at).collect(), true);
        }
        let drawn = (0..most).filter_map(|_| at(random.below(total)));
        (drawn.collect(), false)
    }

    fn people(&self) -> Vec<Part> {
        let mut groups = vec![vec![]];
        if self.has(Topic::Groups) {
            let both = [id("group", 0), id("group", 1)];
            groups = vec![
                vec![],
                both[..1].to_vec(),
                both[1..].to_vec(),
                both.to_vec(),
            ];
        }
        let roles = if self.has(Topic::Roles) {
            vec![vec![], vec![id("role", 0)]]
        } else {
            vec![vec![]]
        };
        let mut guests = vec![(Fact::Null, Fact::Null)];
        if self.has(Topic::Guests) {
            for guest in &GuestType::ALL[..4] {
                for tenant in [Fact::Null, text(&id("tenant", 0)), text(&id("tenant", 9))] {
                    guests.push((text(guest.name()), tenant));
                }
            }
        }
        let ids = if self.has(Topic::Ids) {
            vec![9, 0]
        } else {
            vec![9]
        };
        let identities: &[&str] = if self.has(Topic::Identities) {
            &["user", "agentuser"]
        } else {
            &["user"]
        };
        let mut all = Vec::new();
        for identity in identities {
            for user in &ids {
                for groups in &groups {
                    for roles in &roles {
                        for (guest, tenant) in &guests {
                            all.push(vec![
                                ("signIn.identity", text(identity)),
                                ("user.id", text(&id("user", *user))),
                                ("user.groups", Fact::Elements(groups.clone())),
                                ("user.roles", Fact::Elements(roles.clone())),
                                ("user.guestType", guest.clone()),
                                ("user.homeTenant", tenant.clone()),
                            ]);
                        }
                    }
                }
            }
        }
        if self.has(Topic::Identities) {
            for (number, is_owned) in [(0, true), (0, false), (9, true), (9, false)] {
                all.push(vec![
                    ("signIn.identity", text("serviceprincipal")),
                    ("servicePrincipal.id", text(&id("servicePrincipal", number))),
                    ("servicePrincipal.isOwned", Fact::Boolean(is_owned)),
                ]);
            }
            for number in [0, 9] {
                all.push(vec![
                    ("signIn.identity", text("agentidentity")),
                    ("agent.id", text(&id("agent", number))),
                ]);
            }
        }
        all
    }

    fn targets(&self) -> Vec<Part> {
        let apps = |ids: &[usize]| -> Part {
            let ids = ids.iter().map(|number| id("app", *number)).collect();
            vec![
                ("signIn.target", text("apps")),
                ("app.ids", Fact::Elements(ids)),
            ]
        };
        let mut all = vec![apps(&[9])];
        if self.has(Topic::Apps) || self.has(Topic::Baseline) {
            all.extend([&[0][..], &[1], &[0, 1], &[0, 9], &[1, 9], &[0, 1, 9]].map(apps));
        }
        if self.has(Topic::Baseline) {
            for mut one in all.clone() {
                one.push(("signIn.baselineScopesOnly", Fact::Boolean(true)));
                all.push(one);
            }
        }
        if self.has(Topic::Targets) {
            for action in UserAction::ALL {
                all.push(vec![
                    ("signIn.target", text("useraction")),
                    ("app.action", text(action.name())),
                ]);
            }
            for context in ["c1", "c9"] {
                all.push(vec![
                    ("signIn.target", text("authenticationcontext")),
                    ("app.context", text(context)),
                ]);
            }
        }
        all
    }

    fn places(&self) -> Vec<Part> {
        let mut all = vec![plain_place()];
        if self.has(Topic::Locations) {
            let ips = [
                None,
                Some("203.0.113.9"),
                Some("192.0.2.9"),
                Some("198.51.100.7"),
            ];
            for ip in ips {
                for country in [None, Some("kp"), Some("nl"), Some("fr")] {
                    let address = ip.and_then(AddressRange::parse);
                    let address = address.map_or(Fact::Null, |(range, _)| Fact::Key(range.first));
                    let is_unmapped = ip.is_some() && country.is_none();
                    all.push(vec![
                        ("location.ip", address),
                        ("location.country", country.map_or(Fact::Null, text)),
                        ("location.isUnmapped", Fact::Boolean(is_unmapped)),
                    ]);
                }
            }
        }
        all
    }

    fn circumstances(&self) -> Vec<Part> {
        let words = |topic: Topic, name: &'static str, words: &[&str]| -> Vec<Part> {
            let words = if self.has(topic) { words } else { &[] };
            let mut all: Vec<Part> = words.iter().map(|word| vec![(name, text(word))]).collect();
            if all.is_empty() {
                all.push(Vec::new());
            }
            all
        };
        let names = |all: &[RiskLevel]| all.iter().map(|one| one.name()).collect::<Vec<_>>();
        let clients: Vec<&str> = ClientApp::ALL.iter().map(|one| one.name()).collect();
        let mut platforms: Vec<&str> = Platform::ALL.iter().map(|one| one.name()).collect();
        platforms.push("plan9");
        let mut flows = vec![Vec::new()];
        let mut enrolments = vec![Vec::new()];
        if self.has(Topic::Flows) {
            flows.extend(words(
                Topic::Flows,
                "session.flow",
                &["deviceCodeFlow", "authenticationTransfer"],
            ));
        }
        if self.has(Topic::Enrolment) {
            enrolments.push(vec![("signIn.enrollmentService", Fact::Boolean(true))]);
        }
        let dimensions = [
            words(Topic::Clients, "signIn.client", &clients),
            words(Topic::Platforms, "signIn.platform", &platforms),
            words(Topic::SignInRisk, "signIn.risk", &names(RiskLevel::ALL)),
            words(Topic::UserRisk, "user.risk", &names(RiskLevel::ALL)),
            flows,
            enrolments,
            self.devices(),
        ];
        dimensions
            .into_iter()
            .fold(vec![Vec::new()], |all: Vec<Part>, parts| {
                all.iter()
                    .flat_map(|one| {
                        parts
                            .iter()
                            .map(move |part| [one.clone(), part.clone()].concat())
                    })
                    .collect()
            })
    }

    fn devices(&self) -> Vec<Part> {
        let mut all = vec![unregistered()];
        let uses_device = |control: &Control| {
            matches!(
                control,
                Control::BuiltIn(
                    BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice
                )
            )
        };
        let has_extension = self.has(Topic::Extension);
        if !has_extension && !self.has(Topic::Devices) && !self.controls.iter().any(uses_device) {
            return all;
        }
        let extensions: &[Option<&str>] = if has_extension {
            &[
                None,
                Some("saw"),
                Some("saw2"),
                Some("paw"),
                Some("sow"),
                Some("x"),
            ]
        } else {
            &[None]
        };
        let managers = if has_extension {
            vec![Fact::Null, text("mdm")]
        } else {
            vec![Fact::Null]
        };
        for compliant in [Fact::Null, Fact::Boolean(false), Fact::Boolean(true)] {
            for trust in ["workplace", "serverad", "azuread"] {
                for extension in extensions {
                    for manager in &managers {
                        all.push(vec![
                            ("device.isRegistered", Fact::Boolean(true)),
                            ("device.isCompliant", compliant.clone()),
                            ("device.trustType", text(trust)),
                            (
                                "device.extensionAttribute1",
                                extension.map_or(Fact::Null, text),
                            ),
                            ("device.mdmAppId", manager.clone()),
                        ]);
                    }
                }
            }
        }
        all
    }
}
