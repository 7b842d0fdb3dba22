//! What reading needs to know and cannot know itself.

use std::sync::Arc;

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::model::{AppGroup, Expr, ObjectName, Strength};
use gatewright_hir::schema::Schema;
use gatewright_source::SourceId;

/// What reading needs from the rest of the compiler.
pub struct Context<'a> {
    /// The Entra vocabulary.
    pub schema: &'a Arc<Schema>,
    /// How the rules of filters are read.
    pub rule: &'a RuleReader<'a>,
    /// Built-in authentication strengths.
    pub strengths: &'a [Strength],
    /// Names of built-in roles, well-known apps and the like; their span is `None`.
    pub names: &'a [ObjectName],
    /// What `Office365` and the like stand for.
    pub app_groups: &'a [AppGroup],
}

/// Reads the rule of a filter, in the dialect of this name (`ca-device`, `ca-csa`). The places in
/// the result count bytes of the text that is given, in the source that is given; what points into
/// other sources is left as it is.
pub type RuleReader<'a> = dyn Fn(&str, SourceId, &str) -> RuleReading + 'a;

/// What became of a rule.
#[derive(Clone, Debug, Default)]
pub struct RuleReading {
    /// Its meaning; `None` where it cannot be read, which the problems then say.
    pub expr: Option<Expr>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// The source that rules are said to be in while they are read: no file has it.
pub(crate) const RULE_SOURCE: SourceId = SourceId(u32::MAX - 1);
