//! The corpus and every test that needs more than one crate.
//!
//! The library holds what the tests share: generators ([`generate`]), and the comparison of all
//! engines on one sign-in ([`engines`]).

pub mod corpus;
pub mod engines;
pub mod generate;
pub mod harvest;
pub mod histogram;
pub mod pages;
pub mod repository;
