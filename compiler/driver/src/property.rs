//! A property that is given as a text on its own, as a file of policy text.
//!
//! `prove` takes invariants on the command line. As one more file of the [`Input`](crate::Input)
//! such a text sees every name of the project, and what is wrong with it is said like anything
//! else.

use gatewright_source::SourceId;
use gatewright_syntax::ast::DeclarationKind;
use gatewright_syntax::{TokenKind, lex_file, parse_file};

use crate::SourceFile;

/// A file with the property that a text says: an `invariant` as it is, with whatever else is
/// declared beside it; clauses such as `users guests all always require mfa` as an invariant that
/// is called as they read.
#[must_use]
pub fn property(path: impl Into<String>, text: &str) -> SourceFile {
    let bytes = match is_declared(text) {
        true => text.as_bytes().to_vec(),
        false => wrapped(text).into_bytes(),
    };
    SourceFile {
        path: path.into(),
        bytes,
    }
}

/// Whether a text has an invariant in it, or anything that makes one.
fn is_declared(text: &str) -> bool {
    let file = parse_file(SourceId::default(), text).tree;
    let makes_invariants = |kind: &DeclarationKind| {
        use DeclarationKind as K;
        matches!(
            kind,
            K::Invariant { .. } | K::Scope { .. } | K::Instance { .. } | K::Template { .. }
        )
    };
    file.declarations.iter().any(|d| makes_invariants(&d.kind))
}

fn wrapped(text: &str) -> String {
    let name = name(text).replace('`', "``").replace('"', "`\"");
    format!("invariant \"{name}\" {{\n{}\n}}\n", text.trim_end())
}

/// The text on one line, without its comments.
fn name(text: &str) -> String {
    let tokens = lex_file(text);
    let mut words = String::with_capacity(text.len());
    for (kind, range) in tokens.iter() {
        match kind {
            TokenKind::Whitespace => words.push(' '),
            kind if kind.is_trivia() => {}
            _ => words.push_str(text.get(range).unwrap_or_default()),
        }
    }
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Compilation, Input, compile};

    const NAMES: &str = "group Finance = \"8f6f3d0a-0000-4000-8000-0000000f1a0c\"\n";

    fn compiled(text: &str) -> Compilation {
        let names = SourceFile {
            path: "names.gate".to_owned(),
            bytes: NAMES.into(),
        };
        compile(&Input {
            files: vec![names, property("<property>", text)],
            ..Input::default()
        })
    }

    #[track_caller]
    fn names(text: &str) -> Vec<String> {
        let compilation = compiled(text);
        assert!(
            compilation.diagnostics.is_empty(),
            "{}",
            compilation.render()
        );
        let invariants = compilation.invariants.into_iter();
        invariants.map(|invariant| invariant.name).collect()
    }

    #[test]
    fn clauses_are_an_invariant_that_is_called_as_they_read() {
        assert_eq!(
            names("users groups [Finance]\n  // why\n  always require mfa"),
            ["users groups [Finance] always require mfa"]
        );
        assert_eq!(
            names("when user.department -eq \"Sales\" never block"),
            ["when user.department -eq \"Sales\" never block"]
        );
        assert_eq!(names("always block // ever"), ["always block"]);
    }

    #[test]
    fn a_declaration_keeps_its_name() {
        assert_eq!(
            names("/// Why.\n@owner(\"x\") invariant \"A\" { always block }"),
            ["A"]
        );
        assert_eq!(
            names("scope \"S\" { users groups [Finance] invariant \"B\" { never block } }"),
            ["B"]
        );
    }

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        let compilation = compiled("users groups [Finanz] always block");
        let said = compilation.render();
        assert!(!compilation.is_readable());
        assert!(said.contains("Finance"), "{said}");
        assert!(compilation.invariants.is_empty());
        for text in ["", "mfa", "{", "always", "} invariant \"A\" {", "\"", "`"] {
            assert!(!compiled(text).is_readable(), "{text}");
        }
    }
}
