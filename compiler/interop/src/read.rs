//! Graph objects to typed policies and what they speak of.
//!
//! Every function here takes the file's [`Sink`](crate::sink::Sink), says there what it finds
//! wrong, and returns what it could make of the rest. `docs/semantics.md` says what the members
//! mean.

mod both;
mod compliance;
mod conditions;
mod devices;
mod directory;
mod location;
mod outcome;
mod plan;
mod policy;
mod risk;
mod strength;
mod tagged;
mod target;
mod who;

pub(crate) use compliance::{
    read_compliance, read_compliance_settings, read_meaning, read_security_defaults,
};
pub(crate) use directory::{named_object, read_app_group, read_group, read_user};
pub(crate) use location::read_location;
pub(crate) use plan::read_plan;
pub(crate) use policy::{Body, read_policy, whole};
pub(crate) use risk::{TYPE as RISK_POLICY_TYPE, read_risk_policy};
pub(crate) use strength::read_strength;
pub(crate) use tagged::read_tagged;
