//! The workload of the benchmarks: a tenant, its policies and its sign-ins, made up from one seed.
//!
//! Policies and sign-ins are plain data ([`model`]) that belongs to no engine: each contender
//! translates them into its own form, ours by way of Graph JSON ([`graph`]) and the compiler.
//! [`oracle`] decides a sign-in in the most obvious way, and whoever is measured must agree with it.
//!
//! The numbers: 100 000 users with about 26 groups each out of 6 000, roles and guests among them;
//! 200 applications; 50 named locations, 25 of them ranges of addresses; 50 000 devices; requests
//! of about 1.7 kB of JSON. *Mixed* policies are those of a Conditional Access tenant: of 240, about
//! ten apply to a sign-in. *Narrow* sets are 240 mixed policies and, from there on, policies that
//! are each about a few groups.
//!
//! Everything follows from the seed: the same on every machine, and user 7 is the same person in
//! every set.

pub mod facts;
pub mod graph;
pub mod model;
pub mod oracle;
pub mod policies;
pub mod sign_ins;
pub mod tenant;

pub use model::{Combined, Policy, SignIn, Verdict};
pub use policies::{Shape, Workload};
