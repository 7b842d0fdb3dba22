//! From policies to decisions: the middle representation of the compiler.

use std::sync::Arc;

use gatewright_hir::model::PolicySet;
use gatewright_source::Span;
use gatewright_value::vocabulary::Reason;
use rustc_hash::FxHashSet;

use crate::apply::{OverBudget, Scratch, Side};
use crate::cancellation::checkpoint;
use crate::chain::{chain, link};
use crate::conditions::{AskedCondition, compliance, conditions};
use crate::context::{Asked, Context};
use crate::dag::{Dag, NodeId};
use crate::formula::{Formula, Literal};
use crate::limits::Limits;
use crate::order::visit_order;
use crate::space::{Space, collect};

/// What a policy set decides, as diagrams over its sign-in space.
#[derive(Clone, Debug)]
pub struct Decisions {
    /// The variables that the diagrams test, in the order in which they test them.
    pub space: Space,
    /// The store of all diagrams. Everything in it can be reached from a root.
    pub dag: Dag,
    /// One entry per policy, in the order of the set.
    pub policies: Vec<PolicyRoots>,
    /// One entry per compliance policy, in the order of the set.
    pub compliance: Vec<ComplianceRoots>,
}

/// The diagrams of a compliance policy.
#[derive(Clone, Debug, PartialEq)]
pub struct ComplianceRoots {
    /// Whether it is assigned to the user and the device.
    pub assigned: Roots,
    /// Whether the device satisfies all requirements.
    pub met: Roots,
    /// The requirements in order.
    pub requirements: Vec<ConditionRoots>,
    /// What `assigned` says.
    pub assignment: Arc<Formula<Literal>>,
}

/// The diagrams of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyRoots {
    /// *Certainly applies* and *possibly applies*.
    pub roots: Roots,
    /// Its conditions in the order of their reasons.
    pub conditions: Vec<ConditionRoots>,
}

/// The diagrams of a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionRoots {
    /// The reason to name where it does not hold.
    pub reason: Reason,
    /// *Certainly holds* and *possibly holds*.
    pub roots: Roots,
    /// Where it is written.
    pub span: Span,
    /// What it says, over the literals of the space. Equal conditions share it.
    pub formula: Arc<Formula<Literal>>,
}

/// The two ordinary functions of a three-valued one; where the first holds, the second does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roots {
    /// Holds whatever the missing facts are.
    pub certain: NodeId,
    /// Holds if the missing facts are so.
    pub possible: NodeId,
    /// How both were built.
    pub shape: Shape,
}

/// How a diagram was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Reduced and ordered: equal functions are equal nodes.
    Ordered,
    /// A chain, because the ordered diagram would have been too large.
    Chain,
}

/// Build the diagrams of all policies. Cost: near-linear in the policies for ordinary sets; see
/// [`Limits`] for the others.
#[must_use]
pub fn build(set: &PolicySet, limits: &Limits) -> Decisions {
    state(set).into_decisions(limits)
}

/// What policies say, without diagrams.
pub(crate) struct Statements {
    pub(crate) space: Space,
    /// The conditions of each policy.
    pub(crate) policies: Vec<Vec<Stated>>,
    /// Of each compliance policy whether it is assigned, then its requirements.
    pub(crate) compliance: Vec<Vec<Stated>>,
}

/// What a condition says.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// The reason to name where it does not hold.
    pub reason: Reason,
    /// Where it is written.
    pub span: Span,
    /// What it says, over the literals of the space. Equal conditions share it.
    pub formula: Arc<Formula<Literal>>,
}

/// The formulas of a set and their space.
pub(crate) fn state(set: &PolicySet) -> Statements {
    let contexts = [Context::new(set)];
    state_in(&contexts, &[])
}

/// The formulas of sets that share a schema, policies of one set after those of another, over one
/// space, in which the variables of `anchors` are too.
pub(crate) fn state_in(contexts: &[Context<'_>], anchors: &[Asked<'_>]) -> Statements {
    let mut asked: Vec<Vec<AskedCondition<'_>>> = Vec::new();
    for cx in contexts {
        asked.extend(conditions(cx));
    }
    let policy_count = asked.len();
    for cx in contexts {
        asked.extend(compliance(cx));
    }
    let Some(cx) = contexts.first() else {
        return Statements {
            space: Space::default(),
            policies: Vec::new(),
            compliance: Vec::new(),
        };
    };
    let (space, resolver) = collect(cx, visit_order(&asked).into_iter().chain(anchors));
    // One copy of equal formulas: most policies of a set have conditions in common, and a list of
    // networks may be long.
    let mut known: FxHashSet<Arc<Formula<Literal>>> = FxHashSet::default();
    let mut state = |condition: &AskedCondition<'_>| {
        checkpoint();
        let formula = resolver.resolve(&space, &condition.formula);
        let formula = match known.get(&formula) {
            Some(known) => Arc::clone(known),
            None => {
                let formula = Arc::new(formula);
                known.insert(Arc::clone(&formula));
                formula
            }
        };
        Stated {
            reason: condition.reason,
            span: condition.span,
            formula,
        }
    };
    let mut policies: Vec<Vec<Stated>> = asked
        .iter()
        .map(|conditions| conditions.iter().map(&mut state).collect())
        .collect();
    let compliance = policies.split_off(policy_count.min(policies.len()));
    Statements {
        space,
        policies,
        compliance,
    }
}

impl Statements {
    /// What these decisions say.
    pub(crate) fn of(decisions: &Decisions) -> Statements {
        let stated = |condition: &ConditionRoots| Stated {
            reason: condition.reason,
            span: condition.span,
            formula: Arc::clone(&condition.formula),
        };
        let policy = |policy: &PolicyRoots| policy.conditions.iter().map(stated).collect();
        let compliance_policy = |policy: &ComplianceRoots| {
            let assignment = Stated {
                reason: Reason::Users,
                span: Span::default(),
                formula: Arc::clone(&policy.assignment),
            };
            let requirements = policy.requirements.iter().map(stated);
            std::iter::once(assignment).chain(requirements).collect()
        };
        Statements {
            space: decisions.space.clone(),
            policies: decisions.policies.iter().map(policy).collect(),
            compliance: decisions.compliance.iter().map(compliance_policy).collect(),
        }
    }

    /// The diagrams of all of it.
    pub(crate) fn into_decisions(self, limits: &Limits) -> Decisions {
        let mut builder = Builder {
            space: &self.space,
            limits,
            dag: Dag::new(),
            scratch: Scratch::default(),
        };
        let policies = self.policies.iter().map(|one| builder.policy(one));
        let policies = policies.collect();
        let compliance = self.compliance.iter();
        let compliance = compliance
            .map(|one| builder.compliance_policy(one))
            .collect();
        let dag = builder.dag;
        let decisions = Decisions {
            space: self.space,
            dag,
            policies,
            compliance,
        };
        debug_assert_eq!(decisions.verify(), Ok(()));
        decisions
    }
}

struct Builder<'b> {
    space: &'b Space,
    limits: &'b Limits,
    dag: Dag,
    scratch: Scratch,
}

impl Builder<'_> {
    fn policy(&mut self, stated: &[Stated]) -> PolicyRoots {
        self.scratch.clear();
        let mut conditions = Vec::with_capacity(stated.len());
        for condition in stated {
            conditions.push(ConditionRoots {
                reason: condition.reason,
                roots: self.condition(&condition.formula),
                span: condition.span,
                formula: Arc::clone(&condition.formula),
            });
        }
        let mut all: Vec<Roots> = conditions.iter().map(|condition| condition.roots).collect();
        all.push(self.conjunction(&all));
        self.keep(&mut all);
        let roots = all.pop().unwrap_or(Roots::ALWAYS);
        for (condition, kept) in conditions.iter_mut().zip(all) {
            condition.roots = kept;
        }
        PolicyRoots { roots, conditions }
    }

    /// The first condition says whether the policy is assigned, the others are its requirements.
    fn compliance_policy(&mut self, stated: &[Stated]) -> ComplianceRoots {
        let (assigned, requirements) = stated.split_at(stated.len().min(1));
        let assignment = assigned.first().map(|stated| Arc::clone(&stated.formula));
        let assigned = self.policy(assigned);
        let met = self.policy(requirements);
        ComplianceRoots {
            assigned: assigned.roots,
            met: met.roots,
            requirements: met.conditions,
            assignment: assignment.unwrap_or_else(|| Arc::new(Formula::True)),
        }
    }

    /// The diagrams of a condition, in the scratch store.
    fn condition(&mut self, formula: &Formula<Literal>) -> Roots {
        checkpoint();
        let literals = formula.literal_count();
        let is_full = self.dag.node_count() >= self.limits.nodes_max;
        let allowed = self
            .limits
            .condition_nodes_max
            .max(literals.saturating_mul(4));
        let built = if is_full {
            Err(OverBudget)
        } else {
            self.ordered(formula, allowed)
        };
        built.unwrap_or_else(|OverBudget| {
            let (dag, space) = (&mut self.scratch.dag, self.space);
            let mut of = |side| chain(dag, space, formula, side, NodeId::TRUE, NodeId::FALSE);
            let (certain, possible) = (of(Side::Certain), of(Side::Possible));
            Roots {
                certain,
                possible,
                shape: Shape::Chain,
            }
        })
    }

    fn ordered(&mut self, formula: &Formula<Literal>, allowed: usize) -> Result<Roots, OverBudget> {
        self.scratch.allow(allowed);
        let certain = self.scratch.formula(self.space, formula, Side::Certain)?;
        self.scratch.allow(allowed);
        let possible = self.scratch.formula(self.space, formula, Side::Possible)?;
        Ok(Roots {
            certain,
            possible,
            shape: Shape::Ordered,
        })
    }

    /// All conditions at once: their conjunction while it is ordered and not much larger than they
    /// are, else one after the other.
    fn conjunction(&mut self, conditions: &[Roots]) -> Roots {
        if conditions.iter().all(|roots| roots.shape == Shape::Ordered) {
            let of = |pick: fn(&Roots) -> NodeId| conditions.iter().map(pick).collect::<Vec<_>>();
            let certain = self.ordered_conjunction(of(|roots| roots.certain));
            let possible = self.ordered_conjunction(of(|roots| roots.possible));
            if let (Ok(certain), Ok(possible)) = (certain, possible) {
                return Roots {
                    certain,
                    possible,
                    shape: Shape::Ordered,
                };
            }
        }
        // What is cheap to test comes first in the order of variables.
        let mut in_order: Vec<&Roots> = conditions.iter().collect();
        in_order.sort_by_key(|roots| self.scratch.dag.variable(roots.possible));
        let (mut certain, mut possible) = (NodeId::TRUE, NodeId::TRUE);
        for roots in in_order.into_iter().rev() {
            certain = link(&mut self.scratch.dag, roots.certain, certain);
            possible = link(&mut self.scratch.dag, roots.possible, possible);
        }
        Roots {
            certain,
            possible,
            shape: Shape::Chain,
        }
    }

    fn ordered_conjunction(&mut self, roots: Vec<NodeId>) -> Result<NodeId, OverBudget> {
        let together = self.scratch.dag.reachable(&roots).len();
        self.scratch
            .allow(together.saturating_mul(self.limits.policy_growth_max));
        self.scratch.conjunction(roots)
    }

    /// Move these diagrams from the scratch store to the store that stays.
    fn keep(&mut self, all: &mut [Roots]) {
        let ids: Vec<NodeId> = all
            .iter()
            .flat_map(|roots| [roots.certain, roots.possible])
            .collect();
        let kept = self.dag.copy(&self.scratch.dag, &ids);
        for (roots, pair) in all.iter_mut().zip(kept.chunks_exact(2)) {
            if let [certain, possible] = pair {
                (roots.certain, roots.possible) = (*certain, *possible);
            }
        }
    }
}

impl Roots {
    /// Holds for every sign-in.
    pub const ALWAYS: Roots = Roots {
        certain: NodeId::TRUE,
        possible: NodeId::TRUE,
        shape: Shape::Ordered,
    };
}

impl Decisions {
    /// The diagrams of further policies, in the order of `further`, over this space and in this
    /// store. `None` where a policy asks what the space does not tell apart; nothing is built then.
    ///
    /// What `further` has beside policies must be as in the set that these are of.
    pub fn extend(&mut self, further: &PolicySet, limits: &Limits) -> Option<Vec<PolicyRoots>> {
        let cx = Context::new(further);
        let asked = conditions(&cx);
        let (own, resolver) = collect(&cx, visit_order(&asked));
        let resolver = resolver.over(&own, &self.space)?;
        let state = |condition: &AskedCondition<'_>| Stated {
            reason: condition.reason,
            span: condition.span,
            formula: Arc::new(resolver.resolve(&self.space, &condition.formula)),
        };
        let mut builder = Builder {
            space: &self.space,
            limits,
            dag: std::mem::take(&mut self.dag),
            scratch: Scratch::default(),
        };
        let policies = asked.iter().map(|conditions| {
            let stated: Vec<Stated> = conditions.iter().map(state).collect();
            builder.policy(&stated)
        });
        let policies = policies.collect();
        self.dag = builder.dag;
        Some(policies)
    }

    /// Every root: per policy its own, then those of its conditions, then those of compliance
    /// policies; of each *certain*, then *possible*.
    #[must_use]
    pub fn roots(&self) -> Vec<NodeId> {
        self.all_roots()
            .flat_map(|roots| [roots.certain, roots.possible])
            .collect()
    }

    /// The roots of all policies, compliance policies among them, without those of conditions.
    #[must_use]
    pub fn policy_roots(&self) -> Vec<NodeId> {
        let pairs = self.policies.iter().map(|policy| policy.roots);
        let of_compliance = self.compliance.iter();
        let of_compliance = of_compliance.flat_map(|policy| [policy.assigned, policy.met]);
        pairs
            .chain(of_compliance)
            .flat_map(|roots| [roots.certain, roots.possible])
            .collect()
    }

    /// Check that the store keeps its invariants.
    ///
    /// # Errors
    /// The first rule that is broken, in words.
    pub fn verify(&self) -> Result<(), String> {
        let ordered: Vec<NodeId> = self
            .all_roots()
            .filter(|roots| roots.shape == Shape::Ordered)
            .flat_map(|roots| [roots.certain, roots.possible])
            .collect();
        self.dag.verify(&self.space, &ordered)
    }

    fn all_roots(&self) -> impl Iterator<Item = Roots> {
        let of_policies = self.policies.iter().flat_map(|policy| {
            std::iter::once(policy.roots).chain(policy.conditions.iter().map(|c| c.roots))
        });
        let of_compliance = self.compliance.iter().flat_map(|policy| {
            let of_requirements = policy.requirements.iter().map(|r| r.roots);
            [policy.assigned, policy.met]
                .into_iter()
                .chain(of_requirements)
        });
        of_policies.chain(of_compliance)
    }
}
