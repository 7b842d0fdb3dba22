//! Reading Graph JSON and writing policy text, from outside.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

#[cfg(test)]
mod common;
mod compliance;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod exporting;
mod hostile;
#[cfg(test)]
mod plans;
mod reading;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod writing;
