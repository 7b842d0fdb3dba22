//! Where policies apply and what they demand, as diagrams: for regions that are to be described,
//! counted or drawn.

use gatewright_decision::{Formula, Literal, NodeId, Workspace};
use gatewright_hir::model::Control;
use gatewright_hir::strength::control_implies;
use rustc_hash::FxHashMap;

use crate::controls::Controls;
use crate::demand::{Demand, clauses, is_as_strict};
use crate::demands::{is_for_resources, is_strength, requires_strength_for_action};
use crate::world::{Rail, World};

/// LIMIT: nodes of all diagrams of one analysis.
const NODES_MAX: usize = 2_000_000;

/// Diagrams of a world. `None` anywhere: they would be too large.
pub(crate) struct Diagrams<'w> {
    world: &'w World<'w>,
    pub(crate) workspace: Workspace<'w>,
    controls: &'w Controls,
    policies: FxHashMap<(usize, Rail), Option<NodeId>>,
    demands: FxHashMap<(usize, Demand, Rail), Option<NodeId>>,
}

impl<'w> Diagrams<'w> {
    pub(crate) fn new(world: &'w World<'w>, controls: &'w Controls) -> Diagrams<'w> {
        Diagrams {
            world,
            workspace: Workspace::new(&world.joint.space, NODES_MAX),
            controls,
            policies: FxHashMap::default(),
            demands: FxHashMap::default(),
        }
    }

    /// Where a policy applies.
    pub(crate) fn policy(&mut self, number: usize, rail: Rail) -> Option<NodeId> {
        if let Some(known) = self.policies.get(&(number, rail)) {
            return *known;
        }
        let conditions = self.world.joint.policies.get(number)?;
        let roots: Option<Vec<NodeId>> = conditions
            .iter()
            .map(|one| self.workspace.formula(&one.formula, rail == Rail::Possible))
            .collect();
        let root = roots.and_then(|roots| self.workspace.all(roots));
        self.policies.insert((number, rail), root);
        root
    }

    /// Where a policy applies and demands this, or something at least as strong.
    pub(crate) fn demand(&mut self, number: usize, demand: &Demand, rail: Rail) -> Option<NodeId> {
        let key = (number, demand.clone(), rail);
        if let Some(known) = self.demands.get(&key) {
            return *known;
        }
        let root = self.contribution(number, demand, rail);
        self.demands.insert(key, root);
        root
    }

    fn contribution(&mut self, number: usize, demand: &Demand, rail: Rail) -> Option<NodeId> {
        let policy = self.world.policy(number)?;
        let when = match demand {
            Demand::Clause(wanted) => {
                let set = self.world.set_of(number)?;
                let strengths = &self.world.sets.get(set)?.strengths;
                let mut ways = Vec::new();
                for clause in clauses(policy) {
                    let mut parts = Vec::new();
                    for alternative in &clause {
                        let mut wanted = wanted.iter();
                        if !wanted.any(|wanted| control_implies(strengths, alternative, wanted)) {
                            parts.push(self.impossible(alternative)?);
                        }
                    }
                    if is_for_resources(policy) && clause.iter().any(is_strength) {
                        let replaced = self.replaced(set, rail.other())?;
                        parts.push(self.workspace.not(replaced)?);
                    }
                    ways.push(self.workspace.all(parts)?);
                }
                self.workspace.any(ways)?
            }
            Demand::Session(wanted) => {
                NodeId::terminal(is_as_strict(&policy.outcome.session, wanted))
            }
            Demand::Effect(_) | Demand::Obligation(_) => return None,
        };
        let applies = self.policy(number, rail)?;
        self.workspace.all(vec![applies, when])
    }

    /// Where a control cannot be held, whatever is proved.
    pub(crate) fn impossible(&mut self, control: &Control) -> Option<NodeId> {
        let impossible = self.controls.impossible_formula(control);
        self.formula(&impossible)
    }

    /// A formula of classes, a missing fact being a class like others. Recursion is bounded by the
    /// nesting of the formula.
    fn formula(&mut self, formula: &Formula<Literal>) -> Option<NodeId> {
        match formula {
            Formula::True => Some(NodeId::TRUE),
            Formula::False | Formula::Unknown => Some(NodeId::FALSE),
            Formula::Literal(literal) => Some(self.workspace.classes(literal)),
            Formula::And(parts) | Formula::Or(parts) => {
                let parts: Option<Vec<NodeId>> = parts.iter().map(|p| self.formula(p)).collect();
                match formula {
                    Formula::And(_) => self.workspace.all(parts?),
                    _ => self.workspace.any(parts?),
                }
            }
        }
    }

    // SEMANTICS: §10.6
    fn replaced(&mut self, set: usize, rail: Rail) -> Option<NodeId> {
        let numbers = self.world.enforced(set).into_iter().filter(|number| {
            let policy = self.world.policy(*number);
            policy.is_some_and(requires_strength_for_action)
        });
        let roots: Option<Vec<NodeId>> = numbers.map(|n| self.policy(n, rail)).collect();
        let some = self.workspace.any(roots?)?;
        let registers = self.controls.registers_formula();
        let registers = self.formula(&registers)?;
        self.workspace.all(vec![registers, some])
    }
}
