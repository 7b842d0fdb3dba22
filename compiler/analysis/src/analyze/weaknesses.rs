//! Requirements that cannot be met, conditions that can be dodged, sessions that contradict.

use std::collections::BTreeMap;

use batsat::Lit;
use gatewright_decision::{ClassSet, Classes, Literal};
use gatewright_hir::model::Control;
use gatewright_value::SessionControls;
use gatewright_value::vocabulary::{BuiltInControl, Platform};

use super::variants::Change;
use super::{Analyst, Finding, FindingKind, Found, SUBJECT, Withheld};
use crate::demand::{Demand, clauses};
use crate::diff::Witness;
use crate::world::Rail;

/// The platforms on which a control can be had, where it is not to be had on all.
///
/// SEMANTICS: §19.1 for compliance, which has policies for these platforms; §9.5 for applications.
fn platforms(control: &Control) -> Option<&'static [Platform]> {
    const COMPLIANT: &[Platform] = &[
        Platform::Windows,
        Platform::MacOs,
        Platform::Ios,
        Platform::Android,
        Platform::Linux,
    ];
    const HYBRID: &[Platform] = &[Platform::Windows];
    const MOBILE: &[Platform] = &[Platform::Ios, Platform::Android];
    const PROTECTED: &[Platform] = &[Platform::Ios, Platform::Android, Platform::Windows];
    match control {
        Control::BuiltIn(BuiltInControl::CompliantDevice) => Some(COMPLIANT),
        Control::BuiltIn(BuiltInControl::DomainJoinedDevice) => Some(HYBRID),
        Control::BuiltIn(BuiltInControl::ApprovedApplication) => Some(MOBILE),
        Control::BuiltIn(BuiltInControl::CompliantApplication) => Some(PROTECTED),
        _ => None,
    }
}

impl Analyst<'_> {
    /// Requirements that cannot be met anywhere, or on a platform that the policy names.
    pub(super) fn unmet(&mut self) {
        for place in self.demands.enforced(SUBJECT).to_vec() {
            let Some(policy) = self.set.policies.get(place) else {
                continue;
            };
            if policy.outcome.is_block {
                continue;
            }
            let applies = self.demands.solver.policy(place, Rail::Certain);
            for clause in clauses(policy) {
                if clause
                    .iter()
                    .any(|control| matches!(control, Control::Own(_)))
                {
                    continue;
                }
                let question = format!("whether `{}` can be satisfied", self.name(place));
                let mut ways = Vec::new();
                for control in &clause {
                    let possible = !self.demands.controls.impossible(control);
                    let supported = self.supported(control);
                    ways.push(self.demands.solver.all(&[possible, supported]));
                }
                let some = self.demands.solver.any(&ways);
                let is_everywhere =
                    matches!(self.find(&question, &[applies, some]), Found::None(_))
                        && matches!(self.find(&question, &[applies]), Found::One(_));
                let named = self.named_platforms(place);
                let hopeless = named.into_iter().find(|platform| {
                    clause.iter().all(|control| {
                        platforms(control).is_some_and(|known| !known.contains(platform))
                    })
                });
                let witness = match (is_everywhere, hopeless) {
                    (true, _) => self.smallest(&question, &[applies]),
                    (false, Some(platform)) => {
                        let on = self.platform(&[platform.name()]);
                        self.smallest(&question, &[applies, on])
                    }
                    (false, None) => continue,
                };
                if let Found::One(witness) = witness {
                    self.findings.push(Finding {
                        kind: FindingKind::CannotBeMet {
                            controls: clause,
                            is_everywhere,
                        },
                        policies: vec![place],
                        certificate: Vec::new(),
                        witness: Some(witness),
                        span: policy.outcome.span,
                    });
                }
            }
        }
    }

    /// That the platform is one on which a control can be had.
    fn supported(&mut self, control: &Control) -> Lit {
        match platforms(control) {
            None => self.demands.solver.truth(),
            Some(known) => {
                let names: Vec<&str> = known.iter().map(|platform| platform.name()).collect();
                let (on, all_named) = (self.platform(&names), self.names_platforms(&names));
                // A platform that no policy names is among the others, and may be one of these.
                if all_named {
                    on
                } else {
                    let other = self.other_platform();
                    self.demands.solver.any(&[on, other])
                }
            }
        }
    }

    /// The platforms that a policy includes by name.
    fn named_platforms(&self, place: usize) -> Vec<Platform> {
        use gatewright_hir::model::PlatformScope;
        let policy = self.set.policies.get(place);
        let scope = policy
            .and_then(|policy| policy.assignments.as_deref())
            .and_then(|assignments| assignments.platforms.as_ref());
        let items = scope.into_iter().flat_map(|scope| &scope.include);
        items
            .filter_map(|item| match item.value {
                PlatformScope::Platform(platform) => Some(platform),
                PlatformScope::All => None,
            })
            .collect()
    }

    fn literal(&mut self, literal: Option<Literal>) -> Lit {
        match literal {
            Some(literal) => self.demands.solver.literal(&literal),
            None => !self.demands.solver.truth(),
        }
    }

    /// That the platform is one of these.
    pub(super) fn platform(&mut self, names: &[&str]) -> Lit {
        let literal = self.attributes().equals("signin.platform", names);
        self.literal(literal)
    }

    /// Whether policies name all of these platforms, so that they are told apart.
    fn names_platforms(&self, names: &[&str]) -> bool {
        let attributes = self.attributes();
        let mut names = names.iter();
        names.all(|name| {
            let found = attributes.equals("signin.platform", &[name]);
            found.is_some_and(|literal| !literal.classes.runs().is_empty())
        })
    }

    /// That the platform is one that no policy names.
    pub(super) fn other_platform(&mut self) -> Lit {
        let variable = self.attributes().variable("signin.platform");
        let literal = variable.map(|(variable, _)| Literal {
            variable,
            classes: ClassSet::run(0, 0),
        });
        self.literal(literal)
    }

    /// Conditions that a client can escape by keeping a fact to itself, where nobody else demands as
    /// much.
    pub(super) fn dodges(&mut self) {
        let start = self.world.policies(1).start;
        let mut found: BTreeMap<Withheld, Finding> = BTreeMap::new();
        for place in 0..self.variants.len() {
            let Some(variant) = self.variants.get(place) else {
                continue;
            };
            let (Change::Unconditional(by), Some(of)) = (&variant.change, variant.of.first())
            else {
                continue;
            };
            let (by, of, span) = (*by, *of, variant.span);
            if !self.demands.enforced(SUBJECT).contains(&of) {
                continue;
            }
            let Some((demand, witness)) = self.dodge(start + place, of, by) else {
                continue;
            };
            let finding = found.entry(by).or_insert_with(|| Finding {
                kind: FindingKind::CanBeDodged { by, demand },
                policies: Vec::new(),
                certificate: Vec::new(),
                witness: Some(witness),
                span,
            });
            finding.policies.push(of);
        }
        self.findings.extend(found.into_values());
    }

    /// What nobody demands of somebody who keeps a fact back, although a policy asks it of everybody
    /// else: the policy without that condition has this number.
    fn dodge(&mut self, variant: usize, of: usize, by: Withheld) -> Option<(Demand, Witness)> {
        let policy = self.set.policies.get(of)?;
        let withheld = self.withheld(by);
        let question = format!("whether `{}` can be dodged", self.name(of));
        for demand in Demand::of(&policy.outcome) {
            let Some(with) = self.demands.by(variant, &demand, Rail::Certain) else {
                continue;
            };
            let others = self.others(&[], &demand, Rail::Certain);
            let mut asked = vec![with, withheld];
            asked.extend(others.iter().map(|(lit, _)| !*lit));
            if let Found::One(witness) = self.smallest(&question, &asked) {
                return Some((demand, witness));
            }
        }
        None
    }

    /// That a fact is kept back.
    fn withheld(&mut self, by: Withheld) -> Lit {
        match by {
            Withheld::Platform => self.other_platform(),
            Withheld::Device => {
                let literal = self.attributes().is("device.isregistered", false);
                self.literal(literal)
            }
            Withheld::Country => {
                let unmapped = self.attributes().is("location.isunmapped", true);
                let mut parts = vec![self.literal(unmapped)];
                // Nor is it in a location that only the service can tell.
                let named: Vec<Literal> = self
                    .attributes()
                    .variables()
                    .filter(|(_, variable)| {
                        let name = self.attributes().name(variable.attribute);
                        matches!(variable.classes, Classes::Has(_))
                            && name.eq_ignore_ascii_case("location.names")
                    })
                    .map(|(variable, _)| Literal {
                        variable,
                        classes: ClassSet::run(0, 0),
                    })
                    .collect();
                for literal in named {
                    parts.push(self.demands.solver.literal(&literal));
                }
                // An address of any country will do that no policy names by its range.
                let ip = self.attributes().variable("location.ip");
                let ordinary = ip.and_then(|(variable, _)| {
                    let class = self.demands.solver.ordinary(variable)?;
                    Some(Literal {
                        variable,
                        classes: ClassSet::run(class, class),
                    })
                });
                if ordinary.is_some() {
                    parts.push(self.literal(ordinary));
                }
                self.demands.solver.all(&parts)
            }
        }
    }

    /// Enforced policies that meet and set what another one forbids, by what they are about.
    pub(super) fn sessions(&mut self) {
        let enforced = self.demands.enforced(SUBJECT).to_vec();
        let blocked = self.others(&[], &Demand::BLOCK, Rail::Certain);
        let blocked: Vec<Lit> = blocked.into_iter().map(|(lit, _)| lit).collect();
        let blocked = self.demands.solver.any(&blocked);
        let mut found: BTreeMap<&'static str, Finding> = BTreeMap::new();
        for (at, one) in enforced.iter().enumerate() {
            for other in enforced.iter().take(at) {
                let of = |place: &usize| self.set.policies.get(*place);
                let (Some(first), Some(second)) = (of(other), of(one)) else {
                    continue;
                };
                let sessions = (&first.outcome.session, &second.outcome.session);
                let Some(about) = contradiction(sessions.0, sessions.1) else {
                    continue;
                };
                let lits =
                    [*other, *one].map(|place| self.demands.solver.policy(place, Rail::Certain));
                let asked = [lits.as_slice(), &[!blocked]].concat();
                let question = "whether session controls contradict each other";
                let Found::One(witness) = self.smallest(question, &asked) else {
                    continue;
                };
                let span = self.span(*one);
                let finding = found.entry(about).or_insert_with(|| Finding {
                    kind: FindingKind::SessionConflict { about },
                    policies: Vec::new(),
                    certificate: vec![*other, *one],
                    witness: Some(witness),
                    span,
                });
                finding.policies.extend([*other, *one]);
                finding.policies.sort_unstable();
                finding.policies.dedup();
            }
        }
        self.findings.extend(found.into_values());
    }
}

/// What two policies say differently about the session, so that merging them overrules one.
fn contradiction(one: &SessionControls, other: &SessionControls) -> Option<&'static str> {
    let differ = |has_both: bool, is_same: bool| has_both && !is_same;
    let browser = (one.persistent_browser, other.persistent_browser);
    let security = (one.cloud_app_security, other.cloud_app_security);
    let access = (
        one.continuous_access_evaluation,
        other.continuous_access_evaluation,
    );
    if differ(
        browser.0.is_some() && browser.1.is_some(),
        browser.0 == browser.1,
    ) {
        Some("whether the browser session persists")
    } else if differ(
        security.0.is_some() && security.1.is_some(),
        security.0 == security.1,
    ) {
        Some("how the session goes through Defender for Cloud Apps")
    } else if differ(
        access.0.is_some() && access.1.is_some(),
        access.0 == access.1,
    ) {
        Some("continuous access evaluation")
    } else {
        None
    }
}
