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
use crate::missing::Missing;

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
        let elements = |ids: &[String]| Fact::Elements(ids.to_vec());
        let mut groups = vec![elements(&[])];
        if self.has(Topic::Groups) {
            let both = [id("group", 0), id("group", 1)];
            let some = [&[][..], &both[..1], &both[1..], &both];
            groups = self.missing.or_unknown(some.map(elements).to_vec());
        }
        let mut roles = vec![elements(&[])];
        if self.has(Topic::Roles) {
            roles.push(elements(&[id("role", 0)]));
            roles = self.missing.or_unknown(roles);
        }
        let mut ids = vec![text(&id("user", 9))];
        if self.has(Topic::Ids) {
            ids.push(text(&id("user", 0)));
            ids = self.missing.or_unknown(ids);
        }
        let guests = self.guests();
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
                                ("user.id", user.clone()),
                                ("user.groups", groups.clone()),
                                ("user.roles", roles.clone()),
                                ("user.guestType", guest.clone()),
                                ("user.homeTenant", tenant.clone()),
                            ]);
                        }
                    }
                }
            }
        }
        if self.has(Topic::Identities) {
            let named = |kind: &str| {
                let ids = [0, 9].map(|number| text(&id(kind, number)));
                self.missing.or_unknown(ids.to_vec())
            };
            let owned = [false, true].map(Fact::Boolean);
            let owned = self.missing.or_unknown(owned.to_vec());
            for id in named("servicePrincipal") {
                for is_owned in &owned {
                    all.push(vec![
                        ("signIn.identity", text("serviceprincipal")),
                        ("servicePrincipal.id", id.clone()),
                        ("servicePrincipal.isOwned", is_owned.clone()),
                    ]);
                }
            }
            for id in named("agent") {
                all.push(vec![
                    ("signIn.identity", text("agentidentity")),
                    ("agent.id", id),
                ]);
            }
        }
        self.or_nobody_knows("signIn.identity", all)
    }

    /// Guest types with home tenants.
    fn guests(&self) -> Vec<(Fact, Fact)> {
        let mut guests = vec![(Fact::Null, Fact::Null)];
        if self.has(Topic::Guests) {
            let types = GuestType::ALL[..4].iter().map(|guest| text(guest.name()));
            let tenants = [Fact::Null, text(&id("tenant", 0)), text(&id("tenant", 9))];
            let tenants = self.missing.or_unknown(tenants.to_vec());
            for guest in self.missing.or_unknown(types.collect()) {
                guests.extend(tenants.iter().map(|tenant| (guest.clone(), tenant.clone())));
            }
        }
        guests
    }

    /// The same, and each where nobody knows this either.
    fn or_nobody_knows(&self, name: &'static str, mut all: Vec<Part>) -> Vec<Part> {
        if self.missing == Missing::Target {
            let unknown = all.iter().map(|one| {
                let mut one = one.clone();
                one.push((name, Fact::Unknown));
                one
            });
            all.extend(unknown.collect::<Vec<_>>());
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
        if self.missing == Missing::Target {
            all.push(vec![
                ("signIn.target", text("apps")),
                ("app.ids", Fact::Unknown),
            ]);
        }
        if self.has(Topic::Baseline) {
            for one in all.clone() {
                for is_only in self.missing.or_unknown(vec![Fact::Boolean(true)]) {
                    let mut one = one.clone();
                    one.push(("signIn.baselineScopesOnly", is_only));
                    all.push(one);
                }
            }
        }
        if self.has(Topic::Targets) {
            let known_only = |facts: Vec<Fact>| match self.missing {
                Missing::Target => self.missing.or_unknown(facts),
                _ => facts,
            };
            let actions = UserAction::ALL.iter().map(|action| text(action.name()));
            for action in known_only(actions.collect()) {
                all.push(vec![
                    ("signIn.target", text("useraction")),
                    ("app.action", action),
                ]);
            }
            for context in known_only(["c1", "c9"].map(text).to_vec()) {
                all.push(vec![
                    ("signIn.target", text("authenticationcontext")),
                    ("app.context", context),
                ]);
            }
        }
        self.or_nobody_knows("signIn.target", all)
    }

    fn places(&self) -> Vec<Part> {
        let mut all = vec![plain_place()];
        if self.has(Topic::Locations) {
            let ips = ["203.0.113.9", "192.0.2.9", "198.51.100.7"];
            let ips = ips.into_iter().filter_map(AddressRange::parse);
            let mut ips: Vec<Fact> = ips.map(|(range, _)| Fact::Key(range.first)).collect();
            ips.push(Fact::Null);
            let mut countries = ["kp", "nl", "fr"].map(text).to_vec();
            countries.push(Fact::Null);
            let countries = self.missing.or_unknown(countries);
            for ip in self.missing.or_unknown(ips) {
                for country in &countries {
                    all.push(vec![
                        ("location.ip", ip.clone()),
                        ("location.country", country.clone()),
                    ]);
                }
            }
        }
        all
    }

    fn circumstances(&self) -> Vec<Part> {
        let words = |topic: Topic, name: &'static str, words: &[&str]| -> Vec<Part> {
            let words = if self.has(topic) { words } else { &[] };
            if words.is_empty() {
                return vec![Vec::new()];
            }
            let words = words.iter().map(|word| text(word)).collect();
            let words = self.missing.or_unknown(words).into_iter();
            words.map(|word| vec![(name, word)]).collect()
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
            let enrols = self
                .missing
                .or_unknown(vec![Fact::Boolean(true)])
                .into_iter();
            enrolments.extend(enrols.map(|one| vec![("signIn.enrollmentService", one)]));
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
        let (mut extensions, mut managers) = (vec![Fact::Null], vec![Fact::Null]);
        if has_extension {
            extensions.extend(["saw", "saw2", "paw", "sow", "x"].map(text));
            extensions = self.missing.or_unknown(extensions);
            managers.push(text("mdm"));
            managers = self.missing.or_unknown(managers);
        }
        let compliant = vec![Fact::Null, Fact::Boolean(false), Fact::Boolean(true)];
        let compliant = self.missing.or_unknown(compliant);
        let trusts = ["workplace", "serverad", "azuread"].map(text).to_vec();
        let trusts = self.missing.or_unknown(trusts);
        for compliant in &compliant {
            for trust in &trusts {
                for extension in &extensions {
                    for manager in &managers {
                        all.push(vec![
                            ("device.isRegistered", Fact::Boolean(true)),
                            ("device.isCompliant", compliant.clone()),
                            ("device.trustType", trust.clone()),
                            ("device.extensionAttribute1", extension.clone()),
                            ("device.mdmAppId", manager.clone()),
                        ]);
                    }
                }
            }
        }
        if self.missing != Missing::Nothing {
            all.push(vec![("device.isRegistered", Fact::Unknown)]);
        }
        all
    }
}
