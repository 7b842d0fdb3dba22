//! What a service embeds: load a bundle once, decide many times.
//!
//! [`Engine::load`] reads a bundle, trusting nothing. [`Request::from_json`] reads a sign-in, or
//! [`Request::unknown`] and handles build one without JSON. [`Engine::decide`] decides it, from any
//! thread, without allocating, locking or panicking; [`Engine::combined`] leaves out the list of the
//! policies that apply, and is faster. [`Engine::report`] says everything there is to say about the
//! decision, ready to be JSON. What is known of a user or a device can be encoded once, with
//! [`Engine::encode_part`], and [`Engine::decide_batch`] decides columns. [`Reloadable`] exchanges
//! the program while others decide.
//!
//! ```no_run
//! use gatewright_runtime::{Engine, Mode, Request, Scratch};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::load(&std::fs::read("policies.gwb")?)?;
//! let mut scratch = Scratch::default();
//! let bytes = std::fs::read("sign-in.json")?;
//! let request = Request::from_json(&engine, &bytes)?;
//! let decision = engine.decide(&request, &mut scratch, Mode::Graph)?;
//! println!("{}", decision.verdict());
//! # Ok(())
//! # }
//! ```
//!
//! There is no I/O here, no clock and no environment: bytes come in, decisions go out.
//! [`Engine::auto`], which measures, is given a clock.

mod batch;
mod bytes;
mod claims;
mod combine;
mod compliance;
mod deciding;
mod decision;
mod demands;
mod derived;
mod directory;
mod engine;
mod entra;
mod evaluate;
mod explain;
mod interned;
mod json;
mod lowering;
mod openings;
mod outcome;
mod own;
mod parts;
mod plan;
mod proof;
mod read;
mod reload;
mod report;
mod request;
mod session;
mod signals;
mod suggest;
mod unknown;
mod vocabulary;

pub use batch::{Batch, Column, Dictionary, Outcomes};
pub use bytes::JsonError;
pub use claims::Claims;
pub use combine::Verdict;
pub use compliance::{
    CompliancePolicyReport, ComplianceReport, ComplianceState, DeviceManagement, RequirementReport,
};
pub use decision::Decision;
pub use directory::{Directory, Memberships};
pub use engine::{DecideError, Engine, LoadError, Mode, Scratch};
pub use evaluate::{CompliancePart, Evaluate, Interpreter};
pub use explain::{ConditionReport, Explanation, FactReport};
pub use gatewright_bytecode::{Program, SourceFile};
pub use gatewright_value::{
    Field, Record, date_time_key, duration_key, format_date_time, parse_date_time, parse_duration,
};
pub use gatewright_vm::{AttributeHandle, Fact, FactError, Facts, Rail};
pub use interned::Interned;
pub use lowering::{Auto, Lowering, Measured, Route};
pub use outcome::{Alternatives, Outcome};
pub use parts::{Part, Proof};
pub use read::{ReadOptions, RequestError, Requests, Shape};
pub use reload::Reloadable;
pub use report::{
    EntraReport, EntraReportOnly, OwnReport, OwnReportOnly, PolicyReport, Report, ReportOptions,
};
pub use request::Request;
pub use session::SessionReport;

/// The examples of the page on embedding are run like those of this crate.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
struct EmbeddingPage;
