//! What a project declares, with names, kinds and places.

use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::{Declaration, DeclarationKind as K, Name, ObjectKind, Text};

use crate::Snapshot;

/// Something that is declared under a name.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// The text that it is in.
    pub source: SourceId,
    /// Its name, without quotes.
    pub name: &'a str,
    /// Where the name is, quotes included where it has any.
    pub name_span: Span,
    /// What it is.
    pub kind: DeclaredKind,
    /// All of it.
    pub declaration: &'a Declaration,
    /// How many scopes and templates are around it.
    pub depth: u32,
    /// The name of the scope or template right around it.
    pub container: Option<&'a str>,
}

/// What kinds of things are declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named by its keyword")]
pub enum DeclaredKind {
    Object(ObjectKind),
    Rule,
    Policy,
    Scope,
    Template,
    Instance,
    Compliance,
    Test,
    Invariant,
    Entity,
    Enumeration,
    Control,
    SessionControl,
    Effect,
    Dialect,
    Schema,
    Table,
    Key,
}

impl DeclaredKind {
    /// The keyword that starts such a declaration.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            DeclaredKind::Object(kind) => kind.keyword(),
            DeclaredKind::Rule => "rule",
            DeclaredKind::Policy => "policy",
            DeclaredKind::Scope => "scope",
            DeclaredKind::Template => "template",
            DeclaredKind::Instance => "use",
            DeclaredKind::Compliance => "compliance",
            DeclaredKind::Test => "test",
            DeclaredKind::Invariant => "invariant",
            DeclaredKind::Entity => "entity",
            DeclaredKind::Enumeration => "enum",
            DeclaredKind::Control => "control",
            DeclaredKind::SessionControl => "session",
            DeclaredKind::Effect => "effect",
            DeclaredKind::Dialect => "dialect",
            DeclaredKind::Schema => "schema",
            DeclaredKind::Table => "table",
            DeclaredKind::Key => "key",
        }
    }
}

/// What a source declares, in order of the text, members of scopes and templates after what is
/// around them.
#[must_use]
pub fn declarations(snapshot: &Snapshot, source: SourceId) -> Vec<Declared<'_>> {
    let mut found = Vec::new();
    if let Some(tree) = snapshot.tree(source) {
        collect(source, &tree.declarations, (0, None), &mut found);
    }
    found
}

/// Scopes and templates are nested as deeply as the parser allows.
fn collect<'a>(
    source: SourceId,
    declarations: &'a [Declaration],
    (depth, container): (u32, Option<&'a str>),
    found: &mut Vec<Declared<'a>>,
) {
    for declaration in declarations {
        let Some((name, name_span, kind)) = named(declaration) else {
            continue;
        };
        found.push(Declared {
            source,
            name,
            name_span,
            kind,
            declaration,
            depth,
            container,
        });
        if let K::Scope { members, .. } | K::Template { members, .. } = &declaration.kind {
            collect(source, members, (depth + 1, Some(name)), found);
        }
    }
}

/// The name of a declaration, its place, and its kind; a combining rule has no name.
fn named(declaration: &Declaration) -> Option<(&str, Span, DeclaredKind)> {
    let word = |name: &'_ Name| name.span;
    let text = |text: &'_ Text| text.span;
    Some(match &declaration.kind {
        K::Object { kind, name, .. } => (&name.text, word(name), DeclaredKind::Object(*kind)),
        K::Rule { name, .. } => (&name.text, word(name), DeclaredKind::Rule),
        K::Policy { name, .. } => (&name.value, text(name), DeclaredKind::Policy),
        K::Scope { name, .. } => (&name.value, text(name), DeclaredKind::Scope),
        K::Template { name, .. } => (&name.text, word(name), DeclaredKind::Template),
        K::Instance { template, .. } => (&template.text, word(template), DeclaredKind::Instance),
        K::Compliance { name, .. } => (&name.value, text(name), DeclaredKind::Compliance),
        K::Test { name, .. } => (&name.value, text(name), DeclaredKind::Test),
        K::Invariant { name, .. } => (&name.value, text(name), DeclaredKind::Invariant),
        K::Entity { name, .. } => (&name.text, word(name), DeclaredKind::Entity),
        K::Enum { name, .. } => (&name.text, word(name), DeclaredKind::Enumeration),
        K::Control { name, .. } => (&name.text, word(name), DeclaredKind::Control),
        K::SessionControl { name, .. } => (&name.text, word(name), DeclaredKind::SessionControl),
        K::Effect { name, .. } => (&name.text, word(name), DeclaredKind::Effect),
        K::Dialect { name, .. } => (&name.value, text(name), DeclaredKind::Dialect),
        K::Schema { name, .. } => (&name.value, text(name), DeclaredKind::Schema),
        K::Combine { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn members_follow_what_is_around_them() {
        let fixture = Fixture::new(
            "group A = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
             scope \"Tier\" { state enabled policy \"P\" { users groups [A] apps all block } }\n\
             test \"T\" { }",
        );
        let source = fixture.only_source();
        let found = declarations(&fixture.snapshot, source);
        let found: Vec<_> = found
            .iter()
            .map(|d| (d.kind.keyword(), d.name, d.depth, d.container))
            .collect();
        assert_eq!(
            found,
            [
                ("group", "A", 0, None),
                ("scope", "Tier", 0, None),
                ("policy", "P", 1, Some("Tier")),
                ("test", "T", 0, None),
            ]
        );
    }
}
