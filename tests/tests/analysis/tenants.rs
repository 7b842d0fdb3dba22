//! Larger sets, and what is claimed of them: the corpus, the examples, and random ones.

use gatewright_compiler::{Compilation, Input, SourceFile, compile};
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::{Control, Outcome, PolicySet, Requirement, UserScope, Who};
use gatewright_tests::corpus;
use gatewright_tests::generate::Random;
use gatewright_tests::generate::policies::{Base, policy_set};
use gatewright_tests::repository::root;
use gatewright_value::vocabulary::{BuiltInControl, State};

use crate::oracle::Property;

pub(crate) struct Tenant {
    pub(crate) name: String,
    pub(crate) set: PolicySet,
    pub(crate) properties: Vec<Property>,
}

/// A folder of policy text as a project.
fn project(folder: &str) -> Compilation {
    let all = corpus::files(&root().join(folder), "");
    let (mut files, mut manifest) = (Vec::new(), None);
    for (path, bytes) in all {
        let file = SourceFile {
            path: path.clone(),
            bytes,
        };
        if path == "gatewright.toml" {
            manifest = Some(file);
        } else if path.ends_with(".gate") {
            files.push(file);
        }
    }
    let compilation = compile(&Input {
        files,
        manifest,
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    compilation
}

fn properties(invariants: &[Invariant]) -> Vec<Property> {
    let one = |invariant: &Invariant| Property {
        name: invariant.name.clone(),
        policy: invariant.policy.clone(),
        is_always: invariant.quantifier.is_always(),
    };
    invariants.iter().map(one).collect()
}

/// The sets with the controls of `examples/controls`, and those that are their own.
pub(crate) fn all(random_count: u64) -> Vec<Tenant> {
    let controls = properties(&project("examples/controls").invariants);
    let meridian = project("examples/meridian");
    let mut own = properties(&meridian.invariants);
    own.extend(controls.clone());
    let mut tenants = vec![Tenant {
        name: "meridian".to_owned(),
        set: meridian.set,
        properties: own,
    }];
    for tenant in corpus::tenants() {
        let compilation = compile(&tenant.input);
        if compilation.is_readable() && !compilation.set.policies.is_empty() {
            let (set, properties) = (compilation.set, controls.clone());
            tenants.push(Tenant {
                name: tenant.name,
                set,
                properties,
            });
        }
    }
    let base = Base::entra();
    for seed in 0..random_count {
        let mut random = Random::new(seed);
        let count = 30 + random.below(31);
        let mut set = policy_set(&mut random, &base, count);
        set.compliance = Default::default();
        let made = made_up(&mut random, &base);
        let mut properties = made;
        properties.extend(controls.iter().take(6).cloned());
        tenants.push(Tenant {
            name: format!("random {seed}"),
            set,
            properties,
        });
    }
    tenants
}

/// Claims whose scope is that of a random policy.
fn made_up(random: &mut Random, base: &Base) -> Vec<Property> {
    let from = policy_set(random, base, 12).policies;
    let mut properties = Vec::new();
    for (number, mut policy) in from.into_iter().enumerate() {
        policy.state = State::Enabled;
        policy.unmodelled.clear();
        let Outcome {
            is_block,
            requirement,
            session,
            ..
        } = policy.outcome.clone();
        policy.outcome = if is_block {
            Outcome {
                is_block,
                ..Outcome::default()
            }
        } else if number % 4 == 0 && session != Default::default() {
            Outcome {
                session,
                ..Outcome::default()
            }
        } else {
            let mfa = Requirement {
                is_all: true,
                controls: vec![Control::BuiltIn(BuiltInControl::Mfa)],
                span: Default::default(),
            };
            let asked = requirement
                .filter(|of| !of.controls.is_empty())
                .unwrap_or(mfa);
            Outcome {
                requirement: Some(asked),
                ..Outcome::default()
            }
        };
        // Something of everybody is more likely to be so.
        if let Some(Who::Users(users)) = policy.assignments.as_mut().map(|of| &mut of.who)
            && random.chance(30)
        {
            users.include.retain(|one| one.value != UserScope::None);
        }
        let is_always = random.chance(70);
        properties.push(Property {
            name: format!("made up {number}"),
            policy,
            is_always,
        });
    }
    properties
}
