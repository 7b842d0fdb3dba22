//! Pages for people who look: what an analysis found, as one HTML file for a screen, for paper and
//! for readers who listen.
//!
//! ```
//! let report = gatewright_report::Report {
//!     title: "Sign-ins at Contoso".to_owned(),
//!     ..Default::default()
//! };
//! assert!(gatewright_report::page(&report).starts_with("<!DOCTYPE html>"));
//! ```
//!
//! INVARIANT: knows no policy and draws no conclusion; whatever is said was said by the caller.
//!
//! INVARIANT: a page is complete by itself. It has no script and names nothing outside of itself,
//! and its own security policy forbids a browser to fetch anything.
//!
//! INVARIANT: no text of the caller is ever markup, and none can pretend to be other than it is:
//! characters that steer the writing direction are shown, not obeyed.

mod model;
mod page;
mod sections;
mod text;

pub use model::{
    Access, Answer, Assumption, Cell, Cells, Coverage, Effect, Extent, Finding, Found, Gap,
    Invariant, Nearly, Origin, Persona, Policy, Principal, Report, Severity, State, Verdict,
    Witness,
};
pub use page::page;
