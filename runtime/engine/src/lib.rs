//! What a service embeds: load a bundle once, decide many times.
//!
//! [`Engine::load`] reads a bundle, trusting nothing. [`Request::from_json`] reads a sign-in, or
//! [`Request::unknown`] and handles build one without JSON. [`Engine::decide`] decides it, from any
//! thread, without allocating, locking or panicking; [`Engine::report`] says everything there is to
//! say about the decision, ready to be JSON. [`Reloadable`] exchanges the program while others
//! decide.
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

mod claims;
mod combine;
mod compliance;
mod decision;
mod derived;
mod directory;
mod engine;
mod entra;
mod explain;
mod json;
mod own;
mod plan;
mod read;
mod reload;
mod report;
mod request;
mod session;
mod signals;
mod suggest;
mod time;
mod unknown;
mod vocabulary;

pub use claims::Claims;
pub use combine::Verdict;
pub use compliance::{
    CompliancePolicyReport, ComplianceReport, ComplianceState, DeviceManagement, RequirementReport,
};
pub use decision::{Alternatives, Decision};
pub use directory::{Directory, Memberships};
pub use engine::{
    CompliancePart, DecideError, Engine, Evaluate, Interpreter, LoadError, Mode, Rail, Scratch,
};
pub use explain::{ConditionReport, Explanation, FactReport};
pub use gatewright_bytecode::{Program, SourceFile};
pub use gatewright_value::{Field, Record};
pub use gatewright_vm::{AttributeHandle, Fact, FactError, Facts};
pub use read::{ReadOptions, RequestError, Requests, Shape};
pub use reload::Reloadable;
pub use report::{
    EntraReport, EntraReportOnly, OwnReport, OwnReportOnly, PolicyReport, Report, ReportOptions,
};
pub use request::Request;
pub use session::SessionReport;
pub use time::{date_time_key, duration_key, format_date_time, parse_date_time, parse_duration};

/// The examples of the page on embedding are run like those of this crate.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
struct EmbeddingPage;
