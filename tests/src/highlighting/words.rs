//! The words of the language as patterns.

use gatewright_hir::entra_schema;
use gatewright_syntax::ast::{CompareOperator, Head};
use gatewright_syntax::{Shape, declaration_keywords};

/// A word, as the lexer has it.
pub(super) const WORD: &str = r"\$?[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{M}\p{Nd}\p{Pc}]*";

/// Where a word ends.
pub(super) const END: &str = r"(?![\p{L}\p{Nl}\p{M}\p{Nd}\p{Pc}])";

/// Every mark that opens a text.
pub(super) const QUOTE: &str = "[\"'“”„‟«»″＂‘’‚‛‹›′＇]";

/// A hyphen, or a dash that a word processor put for one.
pub(super) const HYPHEN: &str = r"[-\x{2010}-\x{2015}\x{2212}]";

/// What follows the word that begins a region and is not its body: the region ends before it.
pub(super) const NEXT_LINE: &str = r"^(?=\s*[^\s{/])";

/// Lists of words as alternatives of a pattern.
pub(super) struct Words {
    /// `policy`, `test` and the others with a title in quotes.
    pub(super) titled: String,
    /// `group`, `app`, `rule`: a name, and often `=`.
    pub(super) assigned: String,
    /// All keywords of declarations.
    pub(super) declarations: String,
    /// Heads that start a clause wherever one may start.
    pub(super) heads: String,
    /// Words of a head that stand in another place: kinds of objects and the like.
    pub(super) kinds: String,
    /// Comparisons.
    pub(super) compare: String,
    /// What can be required.
    pub(super) controls: String,
    /// Session controls.
    pub(super) session: String,
    /// Values that the schema knows.
    pub(super) values: String,
    /// Types.
    pub(super) types: String,
}

/// Heads with a rule of their own.
const PARTICULAR: [Head; 4] = [Head::Always, Head::Never, Head::Graph, Head::Block];

/// Kinds of objects and what else names a kind in a list, besides heads.
const KINDS: &[&str] = &[
    "groups",
    "roles",
    "servicePrincipals",
    "tenants",
    "from",
    "strength",
    "terms",
    "custom",
    "ranges",
    "countries",
    "or",
    "combinations",
    "compliantNetwork",
    "template",
    "after",
];

/// Words after a value that say more of it.
pub(super) const MODIFIERS: &str =
    "trusted|restricted|perDevice|unpublished|secondary|gps|by(?=\\s+gps)";

/// Types that need no schema.
const TYPES: &[&str] = &[
    "Boolean",
    "Integer",
    "Decimal",
    "String",
    "Version",
    "DateTime",
    "Duration",
    "Address",
    "Guid",
    "Country",
    "Enumeration",
    "Record",
    "text",
    "state",
    "boolean",
    "number",
    "duration",
    "control",
    "rule",
    "group",
    "user",
    "app",
    "role",
    "location",
    "strength",
    "terms",
    "context",
];

/// Values that clauses know without a schema.
const VALUES: &[&str] = &[
    "all",
    "any",
    "none",
    "nothing",
    "unknown",
    "enabled",
    "disabled",
    "reportOnly",
    "allTrusted",
    "allAgentUsers",
    "everyTime",
    "always",
    "never",
    "mcasConfigured",
    "monitorOnly",
    "blockDownloads",
    "strictEnforcement",
    "strictLocation",
    "registerSecurityInformation",
    "registerDevice",
    "accountRecovery",
    "registered",
    "unregistered",
    "compliant",
    "inGracePeriod",
    "noncompliant",
];

impl Words {
    pub(super) fn of_the_language() -> Words {
        let shaped = |wanted: &[Shape]| {
            let keywords = declaration_keywords().filter(|(_, shape)| wanted.contains(shape));
            alternatives(keywords.map(|(word, _)| word))
        };
        let schema = entra_schema();
        let is_word = |text: &&str| text.chars().all(|c| c.is_ascii_alphanumeric());
        let members = schema.enumerations.iter().flat_map(|e| &e.members);
        let members = members.map(|(name, _)| name.as_str()).filter(is_word);
        let enumerations = schema.enumerations.iter().map(|e| e.name.as_str());
        let heads = || Head::ALL.iter().copied();
        let general = heads().filter(|head| !PARTICULAR.contains(head));
        let kinds = heads().filter(|head| *head != Head::Graph);
        Words {
            titled: shaped(&[Shape::Titled]),
            assigned: shaped(&[Shape::Assigned]),
            declarations: alternatives(declaration_keywords().map(|(word, _)| word)),
            heads: alternatives(general.map(Head::word)),
            kinds: alternatives(kinds.map(Head::word).chain(KINDS.iter().copied())),
            compare: alternatives(CompareOperator::ALL.iter().map(|operator| operator.word())),
            controls: alternatives(schema.controls.iter().map(|c| c.name.as_str())),
            session: alternatives(schema.session_controls.iter().map(|c| c.name.as_str())),
            values: alternatives(VALUES.iter().copied().chain(members)),
            types: alternatives(TYPES.iter().copied().chain(enumerations)),
        }
    }
}

/// Longer words first, so that none hides behind its own beginning.
fn alternatives<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut words: Vec<_> = words.collect();
    words.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    words.dedup();
    words.join("|")
}
