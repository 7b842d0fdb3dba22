//! What a file declares, as a tree.

use gatewright_source::{SourceId, Span};

use crate::{DeclaredKind, Form, Snapshot, declarations, json, manifest};

/// A declaration with those inside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlined {
    /// Its name, without quotes.
    pub name: String,
    /// What it is.
    pub kind: DeclaredKind,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub name_span: Span,
    /// What is declared in it.
    pub members: Vec<Outlined>,
}

/// What a source declares, in order of the text.
#[must_use]
pub fn outline(snapshot: &Snapshot, source: SourceId) -> Vec<Outlined> {
    match snapshot.form(source) {
        Form::Json => return json::outline(snapshot, source),
        Form::Manifest => return manifest::outline(snapshot, source),
        Form::PolicyText | Form::Table => {}
    }
    let mut all = Vec::new();
    // Those whose members may follow, outermost first.
    let mut open: Vec<Outlined> = Vec::new();
    for found in declarations(snapshot, source) {
        close(&mut open, found.depth as usize, &mut all);
        open.push(Outlined {
            name: shown(found.name, found.kind),
            kind: found.kind,
            span: found.declaration.span.to(found.name_span),
            name_span: found.name_span,
            members: Vec::new(),
        });
    }
    close(&mut open, 0, &mut all);
    all
}

/// Put away all but the outermost so many.
fn close(open: &mut Vec<Outlined>, depth: usize, all: &mut Vec<Outlined>) {
    while open.len() > depth
        && let Some(closed) = open.pop()
    {
        match open.last_mut() {
            Some(outer) => outer.members.push(closed),
            None => all.push(closed),
        }
    }
}

/// A name that is not written yet has nothing to show; its keyword stands for it.
fn shown(name: &str, kind: DeclaredKind) -> String {
    if name.trim().is_empty() {
        kind.keyword().to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn shown_tree(text: &str) -> String {
        fn show(found: &[Outlined], out: &mut String) {
            for symbol in found {
                assert!(symbol.span.start <= symbol.name_span.start);
                assert!(symbol.name_span.end <= symbol.span.end);
                out.push_str(&format!("{} {}", symbol.kind.keyword(), symbol.name));
                if !symbol.members.is_empty() {
                    out.push_str(" {");
                    show(&symbol.members, out);
                    out.push('}');
                }
                out.push(';');
            }
        }
        let fixture = Fixture::new(text);
        let mut out = String::new();
        show(&outline(&fixture.snapshot, fixture.only_source()), &mut out);
        out
    }

    #[test]
    fn members_are_inside_of_what_is_around_them() {
        let text = "scope \"Å\" { policy \"P\" { block } scope \"In\" { policy \"Q\" { block } } }\n\
                    rule r = device.isCompliant -eq True";
        assert_eq!(
            shown_tree(text),
            "scope Å {policy P;scope In {policy Q;};};rule r;"
        );
    }

    #[test]
    fn broken_files_keep_what_can_be_read() {
        let found =
            shown_tree("policy \"\" { block }\npolicy { \nrule x = \npolicy \"😀\" { block }");
        assert!(found.contains("policy 😀;"), "{found}");
        assert!(found.starts_with("policy policy;"), "{found}");
    }
}
