//! What a manifest can say.

/// A key or a table.
pub(super) struct Key {
    /// The table that it is in; empty for what comes before any.
    pub(super) table: &'static str,
    pub(super) name: &'static str,
    pub(super) means: &'static str,
    /// A value to start from; `$0` is where one writes on. Empty for a table.
    pub(super) value: &'static str,
}

/// The levels of findings.
pub(super) const LEVELS: &[(&str, &str)] = &[
    ("allow", "The finding is not reported."),
    ("hint", "The finding is a hint."),
    ("warn", "The finding is a warning."),
    ("deny", "The finding is an error."),
];

/// The name that stands for all findings that are off by default.
pub(super) const OPTIONAL: &str = "optional";

const fn row(
    table: &'static str,
    name: &'static str,
    value: &'static str,
    means: &'static str,
) -> Key {
    Key {
        table,
        name,
        means,
        value,
    }
}

/// Everything, in the order in which it is offered.
pub(super) const KEYS: &[Key] = &[
    row("", "name", "\"$0\"", "What the project is called."),
    row(
        "",
        "edition",
        "\"$0\"",
        "Which meaning of the service holds, by year and month; the newest one if nothing is said.",
    ),
    row("", "tenant", "\"$0\"", "The id of the tenant."),
    row(
        "",
        "schema",
        "\"$0\"",
        "The file of the project that declares a schema of one's own; `entra`, or nothing, is \
         Microsoft Entra's.",
    ),
    row(
        "",
        "security-defaults",
        "$0",
        "Whether the tenant has Microsoft's security defaults switched on: then five policies that \
         are built in decide, and no policy of the project can be enforced beside them.",
    ),
    row(
        "",
        "lints",
        "",
        "Levels of findings, by code or name: `allow`, `hint`, `warn` or `deny`.",
    ),
    row(
        "",
        "compliance",
        "",
        "The tenant's settings for the compliance of devices.",
    ),
    row(
        "",
        "libraries",
        "",
        "Projects whose templates, rules and objects this one may use: a name, and the path of the \
         folder relative to this file.",
    ),
    row(
        "",
        "data",
        "",
        "Tables of known objects beside the built-in ones, as lists of files.",
    ),
    row(
        "lints",
        OPTIONAL,
        "\"$0\"",
        "All findings that are off by default and not named on their own.",
    ),
    row(
        "compliance",
        "secure-by-default",
        "$0",
        "Whether a device that no compliance policy is assigned to counts as noncompliant.",
    ),
    row(
        "compliance",
        "check-in-days",
        "$0",
        "Days after which a device that has not reported counts as noncompliant: 1 to 120.",
    ),
    row(
        "data",
        "roles",
        "[\"$0\"]",
        "Directory roles: an id, a name without spaces and the display name on a line.",
    ),
    row(
        "data",
        "apps",
        "[\"$0\"]",
        "Applications: an id, a name without spaces and the display name on a line.",
    ),
    row(
        "data",
        "app-groups",
        "[\"$0\"]",
        "Groups of applications: the name of a group and the id of one application on a line.",
    ),
    row(
        "data",
        "locations",
        "[\"$0\"]",
        "Locations with fixed ids: an id, a name without spaces and the display name on a line.",
    ),
    row(
        "data",
        "strengths",
        "[\"$0\"]",
        "Authentication strengths: a line with id, name and display name, and below it one allowed \
         combination a line.",
    ),
];

/// A key of a table; what stands before any table is in the one without a name.
pub(super) fn key(table: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter()
        .find(|key| key.table == table && key.name == name)
}

/// A table.
pub(super) fn table(name: &str) -> Option<&'static Key> {
    key("", name).filter(|key| key.value.is_empty())
}
