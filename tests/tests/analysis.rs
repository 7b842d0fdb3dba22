//! Questions about all sign-ins, held against decisions of single ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail"
)]

#[path = "analysis/challenge.rs"]
mod challenge;
#[path = "analysis/conflicts.rs"]
mod conflicts;
#[path = "analysis/devices.rs"]
mod devices;
#[path = "analysis/diagrams.rs"]
mod diagrams;
#[path = "analysis/differences.rs"]
mod differences;
#[path = "analysis/doubts.rs"]
mod doubts;
#[path = "analysis/gaps.rs"]
mod gaps;
#[path = "analysis/missing.rs"]
mod missing;
#[path = "analysis/oracle.rs"]
mod oracle;
#[path = "analysis/own.rs"]
mod own;
#[path = "analysis/pool.rs"]
mod pool;
#[path = "analysis/proofs.rs"]
mod proofs;
#[path = "analysis/small.rs"]
mod small;
#[path = "analysis/tenants.rs"]
mod tenants;
#[path = "analysis/traps.rs"]
mod traps;

/// Whether the long run is asked for.
fn is_full() -> bool {
    std::env::var_os("GATEWRIGHT_FULL").is_some()
}
