//! The corpus and every test that needs more than one crate.
//!
//! The library holds what the tests share: generators ([`generate`]), the comparison of all engines
//! on one sign-in ([`engines`]) and every [way](ways) to decide, the corpus ([`corpus`]) with sign-ins that fit a set ([`harvest`]),
//! random policies as text ([`sayable`]), what single constructs come to ([`probes`]), rules of the
//! device filter ([`device_rules`]), the TextMate grammar ([`highlighting`]), and the tenant of the
//! benchmarks ([`workload`]).

#![allow(
    clippy::indexing_slicing,
    reason = "members of made-up JSON are there; what is not is a failing test"
)]

pub mod corpus;
pub mod device_rules;
pub mod dialects;
pub mod engines;
pub mod generate;
pub mod harvest;
pub mod highlighting;
pub mod histogram;
pub mod pages;
pub mod probes;
pub mod repository;
pub mod sayable;
pub mod ways;
pub mod workload;
