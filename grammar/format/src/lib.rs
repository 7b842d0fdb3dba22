//! One style for policy text.
//!
//! Only what stands between tokens changes: blanks, line ends, blank lines. Tokens and comments
//! keep their order and their spelling. A declaration that cannot be read is left as it is, byte
//! for byte, and the others are written out; where that would change how the text is understood,
//! nothing is changed.
//!
//! The style: four blanks a level; one clause a line, what follows the heads aligned in a column;
//! `except` on a line of its own where the line would be longer than [`WIDTH`], long lists filled
//! up to it; `=` aligned in a run of objects; at most one blank line in a row. Rules and other
//! expressions are their authors': only the indentation of their further lines changes, and in
//! filters not even that. Facts and the declarations of a schema keep their lines, and blanks that
//! align them.
//!
//! INVARIANT: formatted text has the tokens, the comments and the tree of what it was made from;
//! [`format`](format()) checks that and refuses otherwise. Formatting twice changes nothing more.

mod body;
mod clauses;
mod declarations;
mod diff;
mod phrases;
mod tokens;
mod verify;

pub use diff::unified;

use gatewright_source::SourceId;
use gatewright_syntax::ast::{Declaration, DeclarationKind};
use gatewright_syntax::parse_file;

/// How long lines may be, where they can be broken.
pub const WIDTH: usize = 100;

/// A text in the one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The text.
    pub text: String,
    /// Whether a part was left as it is because it cannot be read.
    pub has_errors: bool,
}

/// The formatter would have changed more than blanks: a mistake of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What would have changed.
    pub what: &'static str,
}

impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "formatting would change its {}", self.what)
    }
}

impl std::error::Error for Changed {}

/// Write a text in the one style. Line ends are those of its first line.
///
/// # Errors
/// Formatting would change what the text says, which is a mistake of this program.
pub fn format(text: &str) -> Result<Formatted, Changed> {
    let has_crlf = text
        .find('\n')
        .is_some_and(|at| text.get(..at).is_some_and(|line| line.ends_with('\r')));
    let unix = text.replace("\r\n", "\n");
    let parsed = parse_file(SourceId(0), &unix);
    let formatted = declarations::write(&unix, &parsed);
    let has_errors = !parsed.problems.is_empty() || is_broken(&parsed.tree.declarations);
    let formatted = match verify::same(&unix, &parsed, &formatted) {
        Ok(()) => formatted,
        // Where a brace is missing, the indentation tells which one; another one may tell another.
        Err(_) if has_errors => unix,
        Err(changed) => return Err(changed),
    };
    Ok(Formatted {
        text: if has_crlf {
            formatted.replace('\n', "\r\n")
        } else {
            formatted
        },
        has_errors,
    })
}

/// Scopes are nested as deeply as the parser allows.
fn is_broken(declarations: &[Declaration]) -> bool {
    declarations.iter().any(|declaration| {
        declaration.is_broken
            || match &declaration.kind {
                DeclarationKind::Scope { members, .. }
                | DeclarationKind::Template { members, .. } => is_broken(members),
                _ => false,
            }
    })
}
