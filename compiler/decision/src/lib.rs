//! The finite sign-in space and the decision DAG over it.
//!
//! The typed policies of a set go through three forms here:
//!
//! 1. *formulas* ([`Formula`]): each condition of each policy in Kleene's logic, over questions
//!    that ask about one attribute;
//! 2. the *space* ([`Space`]): the variables and classes that these questions can tell apart, which
//!    turns questions into sets of classes;
//! 3. the *DAG* ([`Dag`]): per condition and per policy two ordinary functions over the classes,
//!    *certainly* and *possibly*, in one store.
//!
//! Between the second and the third form work the passes of the optimiser ([`build_optimised`]),
//! which make both the space and the formulas smaller.
//!
//! The crate knows no request, no bytecode and no source text. It is deterministic, and has no
//! clock.

mod apply;
mod atom;
mod attributes;
mod build;
mod cancellation;
mod chain;
mod class_set;
mod conditions;
mod context;
mod dag;
mod draw;
pub mod engine;
mod existence;
mod expression;
mod formula;
mod graph;
mod joint;
mod limits;
mod optimise;
mod order;
mod predicate;
mod space;
mod statistics;
mod workspace;

pub use atom::TargetSet;
pub use attributes::Attributes;
pub use build::{
    ComplianceRoots, ConditionRoots, Decisions, PolicyRoots, Roots, Shape, Stated, build,
};
pub use cancellation::{Cancellation, Cancelled, checkpoint, is_cancelled};
pub use class_set::ClassSet;
pub use dag::{Dag, Edge, Node, NodeId};
pub use draw::{DrawOptions, Naming, dot, dump, svg};
pub use existence::{Population, ROWS, Row, existence};
pub use formula::{Formula, Literal};
pub use graph::topological;
pub use joint::{Joint, join};
pub use limits::Limits;
pub use optimise::{Effect, OptimiseOptions, Pass, Report, Size, build_optimised, optimise};
pub use predicate::BASELINE;
pub use space::{Cells, Classes, Space, TextClass, Variable};
pub use statistics::{Fallback, PolicyStatistics, Statistics, statistics, worst_path};
pub use workspace::Workspace;
