//! What an editor shows of a project, as plain data.
//!
//! Everything here is a function of a [`Snapshot`], a project as it was compiled at one moment, and
//! answers in the words of editors: offsets in bytes, spans, labels, edits. No protocol, no file, no
//! clock and no thread is known here.
//!
//! INVARIANT: no name is resolved a second time. What a name stands for was noted when the project
//! was checked ([`Compilation::references`](gatewright_compiler::Compilation::references)).

mod actions;
mod calls;
mod completion;
mod declared;
mod describe;
mod effect;
mod explaining;
#[cfg(test)]
mod fixture;
mod folding;
mod formatting;
mod graph;
mod highlighting;
mod hints;
mod hover;
mod json;
mod lenses;
mod links;
mod manifest;
mod navigate;
mod outline;
mod position;
mod rename;
mod selection;
mod signature;
mod snapshot;
mod symbols;
mod testing;

pub use actions::{Action, ActionKind, actions, keeps_meaning};
pub use calls::{Call, callable, incoming, outgoing};
pub use completion::{Completion, CompletionKind, completions};
pub use declared::{Declared, DeclaredKind, declarations};
pub use effect::{PolicyEffect, policy_effect};
pub use explaining::{Explained, explain_request};
pub use folding::{Fold, FoldKind, folds};
pub use formatting::{format, format_range, format_typed};
pub use graph::{Graph, decision_graph};
pub use highlighting::{Highlight, HighlightKind, highlights};
pub use hints::{Hint, HintKind, hints};
pub use hover::{Hover, hover};
pub use lenses::{Lens, LensKind, lenses};
pub use links::{Link, LinkTarget, links};
pub use navigate::{Occurrence, Symbol, definition, occurrences, symbol_at};
pub use outline::{Outlined, outline};
pub use rename::{RenameError, prepare_rename, rename};
pub use selection::selections;
pub use signature::{Signature, signature};
pub use snapshot::{Form, Snapshot};
pub use symbols::{WorkspaceSymbol, workspace_symbols};
pub use testing::{Outcome, Test, TestKind, Verdict, Witness, run_tests, tests};
