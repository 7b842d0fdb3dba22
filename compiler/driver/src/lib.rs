//! The facade of the compiler: sources in, bundle and diagnostics out.
//!
//! [`compile`] takes the bytes of a project — policy text, Graph JSON, or both — and returns the
//! typed policies with everything there is to say about them. From there, [`Compilation::decisions`]
//! builds the decision DAG and [`Compilation::program`] the bytecode. Nothing here touches a file, a
//! clock or the environment: the caller brings the bytes.
//!
//! ```
//! use gatewright_compiler::{Input, SourceFile, compile};
//!
//! let text = r#"policy "Everybody" { state enabled users all apps all require mfa }"#;
//! let file = SourceFile { path: "everybody.gate".to_owned(), bytes: text.into() };
//! let compilation = compile(&Input { files: vec![file], ..Input::default() });
//! assert!(compilation.is_readable(), "{}", compilation.render());
//! assert_eq!(compilation.set.policies.len(), 1);
//! let program = compilation.program(&compilation.decisions());
//! let bundle: Vec<u8> = compilation.bundle(&program)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod analyzing;
mod bundling;
mod comparing;
mod compilation;
mod consequences;
mod dated;
mod effectless;
mod export;
mod finding;
mod input;
mod joining;
mod locations;
mod manifest;
mod overlap;
mod people;
mod property;
mod proving;
mod reading;
mod redundant;
mod regions;
mod replacing;
mod rules;
mod session;
mod split;
mod strength;
mod tenant;
mod walk;

pub use analyzing::{
    AnalyzeOptions, Analyzed, MatrixCell, MatrixRow, PolicyEffect, Property, Severity, ToldEffect,
    ToldEntrance, ToldFinding, ToldGap, ToldRegion, ToldWitness, analyze, break_glass,
};
pub use bundling::{UnpackError, Unpacked, unpack};
pub use comparing::{
    Affected, Changed, CompareOptions, CompareStep, Comparison, ComplianceCause, Decided,
    DemandKind, PolicyChange, PolicyName, TextAspect, Told, compare, incomparable,
};
pub use compilation::{Compilation, compile};
pub use dated::dated;
pub use export::{export, terraform};
pub use input::{Input, Missing, SourceFile};
pub use manifest::{Manifest, References};
pub use people::{for_reference, for_runtime};
pub use property::property;
pub use proving::{
    Failed, MissedBy, Named, Proof, ProofOutcome, ProveOptions, Refutation, findings, population,
    prove,
};
pub use regions::{Region, RegionFact};
pub use replacing::{Consequence, Replacement, consequences};
pub use rules::{CheckedRule, TranslatedRule, check_rule, check_rule_for, translate_rule};
pub use session::Session;
pub use split::{Split, split};
pub use walk::DagWalk;

pub use gatewright_decision::{Cancellation, Cancelled, checkpoint};
pub use gatewright_interop::{ObjectMembers, ObjectShape, listed_shape, shape_of};
