//! Random policy sets and sign-ins, biased towards what can tell policies apart.
//!
//! Everything is drawn from one small world ([`world`]), so that constants and facts meet often. A
//! case is named by its seed: the same seed gives the same set and the same sign-ins on every
//! machine.

pub mod compliance;
pub mod expressions;
pub mod policies;
pub mod random;
pub mod requests;
pub mod rules;
pub mod tags;
pub mod world;

pub use policies::{Base, own_set, payments_schema, policy_set};
pub use random::Random;
pub use requests::{own_request, sign_in};
