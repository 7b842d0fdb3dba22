//! Searches and diagrams agree on what is left open.
//!
//! The diagram is *a sign-in of the scope that can exist, and at which nothing asks for it*, built
//! here from the formulas of the policies. It knows nothing of values: where it has no sign-in
//! there is none, and a sign-in that a search has found lies in it.

use std::time::Instant;

use gatewright_analysis::prove::{Prover, Verdict};
use gatewright_analysis::{Budget, World};
use gatewright_decision::{Attributes, ClassSet, Formula, Literal, NodeId, Workspace};
use gatewright_hir::model::{Control, Outcome, Policy, PolicySet, Requirement, Target};
use gatewright_tests::generate::Random;
use gatewright_tests::generate::policies::{Base, policy_set};
use gatewright_value::vocabulary::{BuiltInControl, State};

use crate::is_full;
use crate::missing::Missing;
use crate::oracle::{Asked, Property, demands_of, implies};
use crate::proofs::{of_properties, quantifier};

/// Nodes of one diagram.
const NODES_MAX: usize = 400_000;

struct Union<'w> {
    world: &'w World<'w>,
    workspace: Workspace<'w>,
    missing: Missing,
}

impl Union<'_> {
    /// That a policy certainly or possibly applies.
    fn applies(&mut self, number: usize, is_possible: bool) -> Option<NodeId> {
        let conditions = &self.world.joint.policies[number];
        let parts: Option<Vec<NodeId>> = conditions
            .iter()
            .map(|one| self.workspace.formula(&one.formula, is_possible))
            .collect();
        self.workspace.all(parts?)
    }

    /// That a fact is as said.
    fn is(&mut self, found: Option<Literal>) -> NodeId {
        found.map_or(NodeId::FALSE, |literal| self.workspace.classes(&literal))
    }

    /// SEMANTICS: §9
    fn cannot_be_held(&mut self, control: &Control) -> Option<NodeId> {
        let world = self.world;
        let of = Attributes {
            schema: world.schema,
            space: &world.joint.space,
        };
        let legacy = ["exchangeActiveSync", "easSupported", "other"];
        let legacy = self.is(of.equals("signin.client", &legacy));
        let code = self.is(of.equals("session.flow", &["deviceCodeFlow"]));
        let hidden = self.workspace.any(vec![legacy, code])?;
        let shown = self.workspace.not(hidden)?;
        match control {
            Control::BuiltIn(BuiltInControl::CompliantDevice) => {
                let marked = self.is(of.is("device.iscompliant", true));
                let enrols = self.is(of.is("signin.enrollmentservice", true));
                let by_mark = self.workspace.all(vec![marked, shown])?;
                let held = self.workspace.any(vec![by_mark, enrols])?;
                self.workspace.not(held)
            }
            Control::BuiltIn(BuiltInControl::DomainJoinedDevice) => {
                let joined = self.is(of.equals("device.trusttype", &["ServerAD"]));
                let held = self.workspace.all(vec![joined, shown])?;
                self.workspace.not(held)
            }
            Control::BuiltIn(
                BuiltInControl::ApprovedApplication | BuiltInControl::CompliantApplication,
            ) => Some(NodeId::FALSE),
            _ => Some(legacy),
        }
    }

    /// SEMANTICS: §10.6. That strengths possibly count as held, by a policy that does not ask for
    /// the same itself.
    fn is_replaced(&mut self, wanted: &[Control]) -> Option<NodeId> {
        let world = self.world;
        let of = Attributes {
            schema: world.schema,
            space: &world.joint.space,
        };
        let mut applying = Vec::new();
        for number in world.enforced(0) {
            let policy = world.policy(number).unwrap();
            if is_for(policy, |target| matches!(target, Target::Actions(_)))
                && clauses(policy, true).iter().flatten().any(is_strength)
            {
                let asks = self.asks(policy, wanted)?;
                let (applies, not) = (self.applies(number, true)?, self.workspace.not(asks)?);
                applying.push(self.workspace.all(vec![applies, not])?);
            }
        }
        let registers = of.equals("app.action", &["urn:user:registersecurityinfo"]);
        let registers = self.is(registers);
        let some = self.workspace.any(applying)?;
        self.workspace.all(vec![registers, some])
    }

    fn covers(&mut self, number: usize, wanted: &[Control]) -> Option<NodeId> {
        let policy = self.world.policy(number)?;
        let demanded = self.asks(policy, wanted)?;
        let applies = self.applies(number, false)?;
        self.workspace.all(vec![applies, demanded])
    }

    /// That a policy leaves no way but one of these, where it applies.
    fn asks(&mut self, policy: &Policy, wanted: &[Control]) -> Option<NodeId> {
        let strengths = &self.world.sets[0].strengths;
        let mut ways = Vec::new();
        for clause in clauses(policy, false) {
            let mut parts = Vec::new();
            for alternative in &clause {
                if !wanted
                    .iter()
                    .any(|one| implies(strengths, alternative, one))
                {
                    parts.push(self.cannot_be_held(alternative)?);
                }
            }
            if is_for(policy, |target| matches!(target, Target::Apps(_)))
                && clause.iter().any(is_strength)
            {
                let replaced = self.is_replaced(wanted)?;
                parts.push(self.workspace.not(replaced)?);
            }
            ways.push(self.workspace.all(parts)?);
        }
        self.workspace.any(ways)
    }

    /// The sign-ins that can exist, as far as classes can tell.
    fn existing(&mut self) -> Option<NodeId> {
        let mut parts = Vec::new();
        let world = self.world;
        let of = Attributes {
            schema: world.schema,
            space: &world.joint.space,
        };
        for (number, variable) in (0u32..).zip(&world.joint.space.variables) {
            let name = of.name(variable.attribute);
            let is_about =
                name.starts_with("app.") || ["signIn.identity", "signIn.target"].contains(&name);
            let may_be_missing = match self.missing {
                Missing::Nothing => false,
                Missing::Facts => !is_about,
                Missing::Target => true,
            };
            if may_be_missing {
                continue;
            }
            let known = Literal {
                variable: number,
                classes: ClassSet::run(0, variable.unknown_class() - 1),
            };
            parts.push(self.workspace.classes(&known));
        }
        for row in &self.world.rows {
            for clause in &row.clauses {
                let one = clause
                    .iter()
                    .map(|literal| self.workspace.classes(literal))
                    .collect();
                parts.push(self.workspace.any(one)?);
            }
            for (first, then) in &row.implications {
                let first: NodeId = self.formula(first, false)?;
                let not = self.workspace.not(first)?;
                let then = self.formula(then, true)?;
                parts.push(self.workspace.any(vec![not, then])?);
            }
        }
        self.workspace.all(parts)
    }

    fn formula(&mut self, formula: &Formula<Literal>, is_possible: bool) -> Option<NodeId> {
        self.workspace.formula(formula, is_possible)
    }

    /// Where the invariant does not hold.
    fn open(&mut self, scope: usize, wanted: &[Control]) -> Option<NodeId> {
        // What is missing may make it a sign-in of the scope.
        let mut parts = vec![self.applies(scope, true)?, self.existing()?];
        for control in wanted {
            let is_device = matches!(
                control,
                Control::BuiltIn(
                    BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice
                )
            );
            if is_device {
                parts.push(self.cannot_be_held(control)?);
            }
        }
        for number in self.world.enforced(0) {
            let covers = self.covers(number, wanted)?;
            parts.push(self.workspace.not(covers)?);
        }
        self.workspace.all(parts)
    }

    fn holds(&self, root: NodeId, classes: &[u32]) -> bool {
        let mut at = root;
        while let Some(node) = self.workspace.dag().node(at) {
            let class = classes[node.variable as usize];
            let edges = node.edges.iter().take_while(|edge| edge.first <= class);
            at = edges.last().unwrap().child;
        }
        at == NodeId::TRUE
    }
}

fn is_for(policy: &Policy, is: impl Fn(&Target) -> bool) -> bool {
    policy.assignments.as_ref().is_some_and(|of| is(&of.target))
}

fn is_strength(control: &Control) -> bool {
    matches!(control, Control::Strength(_))
}

fn clauses(policy: &Policy, with_blocked: bool) -> Vec<Vec<Control>> {
    if policy.outcome.is_block && !with_blocked {
        return vec![Vec::new()];
    }
    let demands = demands_of(&policy.outcome).into_iter();
    let clauses = demands.filter_map(|asked| match asked {
        Asked::Clause(controls) => Some(controls),
        _ => None,
    });
    clauses.collect()
}

#[test]
fn searches_and_diagrams_agree_on_random_sets() {
    agree(Missing::Nothing);
}

#[test]
fn searches_and_diagrams_agree_where_facts_are_missing() {
    agree(Missing::Facts);
    agree(Missing::Target);
}

/// Claims about the scopes of random policies, most of them among those of a set.
fn claims(random: &mut Random, base: &Base, set: &PolicySet) -> Vec<Property> {
    let scopes = policy_set(random, base, 4).policies;
    let kinds: [&[BuiltInControl]; 4] = [
        &[],
        &[BuiltInControl::Mfa],
        &[BuiltInControl::CompliantDevice, BuiltInControl::Mfa],
        &[BuiltInControl::DomainJoinedDevice],
    ];
    let mut properties = Vec::new();
    for (scope, controls) in scopes.into_iter().zip(kinds) {
        let controls: Vec<Control> = controls.iter().copied().map(Control::BuiltIn).collect();
        let requirement = Requirement {
            is_all: false,
            controls,
            span: Default::default(),
        };
        let is_block = requirement.controls.is_empty();
        let outcome = Outcome {
            is_block,
            requirement: (!is_block).then_some(requirement),
            ..Outcome::default()
        };
        // One that is among the policies is more likely to be covered.
        let among = set.policies[random.below(set.policies.len())]
            .assignments
            .clone();
        let assignments = if random.chance(50) {
            among
        } else {
            scope.assignments
        };
        let policy = Policy {
            state: State::Enabled,
            assignments,
            outcome,
            unmodelled: Vec::new(),
            ..scope
        };
        properties.push(Property {
            name: String::new(),
            policy,
            is_always: true,
        });
    }
    properties
}

fn agree(missing: Missing) {
    let base = Base::entra();
    let started = Instant::now();
    let count = if is_full() { 150 } else { 25 };
    let (mut none, mut found, mut values, mut large, mut unknown) = (0, 0, 0, 0, 0);
    for seed in 0..count {
        let mut random = Random::new(seed);
        let size = 2 + random.below(8);
        let mut set = policy_set(&mut random, &base, size);
        set.compliance = Default::default();
        let properties = claims(&mut random, &base, &set);
        let claimed = of_properties(&set, &properties);
        let world = World::new(&set, &[&claimed], missing.assumptions());
        let mut prover = Prover::new(&world, 0, Budget::default());
        for (property, number) in properties.iter().zip(world.policies(1)) {
            let verdict = prover.decide(number, quantifier(property));
            let mut union = Union {
                world: &world,
                workspace: Workspace::new(&world.joint.space, NODES_MAX),
                missing,
            };
            let requirement = property.policy.outcome.requirement.as_ref();
            let wanted = requirement.map_or(&[][..], |of| of.controls.as_slice());
            let Some(open) = union.open(number, wanted) else {
                large += 1;
                continue;
            };
            match &verdict {
                Verdict::Proved { .. } if open == NodeId::FALSE => none += 1,
                Verdict::Proved { .. } => values += 1,
                Verdict::Refuted(shown) => {
                    found += 1;
                    assert!(
                        union.holds(open, &shown.classes),
                        "seed {seed}: {verdict:?}"
                    );
                }
                Verdict::Unknown(_) => unknown += 1,
            }
        }
    }
    println!(
        "diagrams ({missing:?} missing): {none} times nothing is left open for both, {found} times what is found lies in \
         the diagram, {values} times only values exclude it, {large} too large, {unknown} nobody \
         knows, {:?}",
        started.elapsed()
    );
    assert!(none > 0 && found > 0);
    assert!(values <= none, "diagrams are of no use");
    assert!(unknown * 20 <= none + found, "searches are of no use");
}
