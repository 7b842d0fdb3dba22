//! The slow evaluator, written from `docs/semantics.md` alone.
//!
//! It decides what the compiled engines decide, by loops over the typed policies, and shares no
//! evaluation code with them: it folds, orders, parses and combines by its own functions. Where the
//! two differ, the page is asked.
//!
//! It reads a request as a JSON value that somebody else has parsed. Members given twice cannot be
//! seen there, and warnings are not its business.

mod claims;
mod compliance;
mod conditions;
mod derived;
mod evaluate;
mod facts;
mod location;
mod logic;
mod names;
mod order;
mod own;
mod read;
mod record;
mod request;
mod rule;
mod session;
mod signals;
mod tags;
mod target;
#[cfg(test)]
mod tests;
mod told;
mod verdict;
mod who;

use std::collections::BTreeMap;

use gatewright_hir::model::{Expr, PolicySet};
use gatewright_hir::schema::Schema;
use serde_json::Value;

pub use evaluate::Applicability;
pub use told::{Said, Told, told};

/// What an Unknown condition means for a policy.
///
/// SEMANTICS: §2.2
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It does not apply.
    #[default]
    Graph,
    /// It applies.
    Pessimistic,
}

impl Mode {
    /// How the mode is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mode::Graph => "graph",
            Mode::Pessimistic => "pessimistic",
        }
    }
}

/// What is known of people and objects, by id in any case.
///
/// SEMANTICS: §1.7
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Users by id.
    pub users: BTreeMap<String, DirectoryUser>,
    /// `customSecurityAttributes` of resources, by application id.
    pub apps: BTreeMap<String, Value>,
    /// `customSecurityAttributes` of service principals, by object id.
    pub service_principals: BTreeMap<String, Value>,
    /// `customSecurityAttributes` of agent identities, by object id.
    pub agents: BTreeMap<String, Value>,
}

/// What a directory knows of a user.
#[derive(Clone, Debug, Default)]
pub struct DirectoryUser {
    /// Every group that the user is in, groups in groups included.
    pub groups: Vec<String>,
    /// Template ids of active roles.
    pub roles: Vec<String>,
    /// Attributes by name without `user.`: `department`.
    pub attributes: BTreeMap<String, Value>,
}

/// A request that cannot be read, or effects that cannot be combined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError(pub String);

impl std::fmt::Display for RequestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RequestError {}

/// The decision of one sign-in, as JSON without the member `bundle`.
///
/// SEMANTICS: §12, §13.4
///
/// # Errors
/// The request cannot be read, or the effects of a schema of one's own conflict.
pub fn decide(
    set: &PolicySet,
    request: &Value,
    mode: Mode,
    directory: Option<&Directory>,
) -> Result<Value, RequestError> {
    if set.schema.is_entra {
        let request = request::read(set, request, directory)?;
        Ok(verdict::decide(set, &request, mode))
    } else {
        let request = own::read(&set.schema, request)?;
        own::decide(set, &request, mode)
    }
}

/// Whether each policy of the set applies, in order, and why not.
///
/// SEMANTICS: §4.1, §8
///
/// # Errors
/// The request cannot be read.
pub fn applies(
    set: &PolicySet,
    request: &Value,
    mode: Mode,
    directory: Option<&Directory>,
) -> Result<Vec<Applicability>, RequestError> {
    let facts = if set.schema.is_entra {
        request::read(set, request, directory)?.facts
    } else {
        own::read(&set.schema, request)?.facts
    };
    Ok(set
        .policies
        .iter()
        .map(|policy| evaluate::policy(set, policy, &facts, mode))
        .collect())
}

/// Whether a rule holds; `None` means that a missing fact decides. The facts are a `deviceInfo`
/// object or null for Entra's schema, and a request of §13.1 for other schemas.
///
/// # Errors
/// The facts cannot be read.
pub fn matches(rule: &Expr, schema: &Schema, facts: &Value) -> Result<Option<bool>, RequestError> {
    let facts = if schema.is_entra {
        request::read_device(facts)?
    } else {
        own::read(schema, facts)?.facts
    };
    let world = rule::World {
        schema,
        locations: &[],
        app_groups: &[],
        facts: &facts,
    };
    Ok(rule::holds(&world, rule).known())
}
