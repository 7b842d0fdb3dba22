//! A sign-in and its decision as the text of a scenario test.
//!
//! INVARIANT: what is written reads back as a request that the set decides alike. What the language
//! has no words for is refused with the reason, never left out.

mod expect;
mod facts;
mod terms;

use gatewright_hir::model::PolicySet;
use gatewright_reference::{Mode, decide};
use gatewright_source::SourceMap;
use serde_json::Value;

use facts::Sentence;
use terms::{Words, quoted};

/// Why something cannot be said.
pub type Reason = String;

/// The facts of a sign-in as they stand between the braces of `given { … }`, a line for each thing
/// that they are about. The names are those that `sources` declare.
///
/// # Errors
/// The language cannot say it.
pub fn given(set: &PolicySet, sources: &SourceMap, request: &Value) -> Result<String, Reason> {
    let words = Words::new(set, sources);
    Ok(said(&words, request)?.join("\n"))
}

/// What a decision says as it stands between the braces of `expect { … }`: the verdict, what is
/// missing, and which enforced policies apply.
///
/// # Errors
/// The language cannot say it.
pub fn expect(set: &PolicySet, sources: &SourceMap, decision: &Value) -> Result<String, Reason> {
    expect::text(&Words::new(set, sources), decision)
}

/// A whole scenario test of this name: the sign-in, and what the set decides as it is.
///
/// # Errors
/// The language cannot say it, or the request cannot be decided.
pub fn test(
    set: &PolicySet,
    sources: &SourceMap,
    name: &str,
    request: &Value,
) -> Result<String, Reason> {
    let words = Words::new(set, sources);
    let decision = decide(set, request, Mode::Graph, None).map_err(|error| error.0)?;
    let mut text = format!("test {} {{\n    given {{\n", quoted(name)?);
    for line in said(&words, request)? {
        text.push_str("        ");
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str("    }\n    expect { ");
    text.push_str(&expect::text(&words, &decision)?);
    text.push_str(" }\n}\n");
    Ok(text)
}

/// The lines of a sign-in.
fn said(words: &Words<'_>, request: &Value) -> Result<Vec<String>, Reason> {
    let mut sentence = Sentence {
        words,
        lines: Vec::new(),
        read: request.clone(),
    };
    if words.set.schema.is_entra {
        sentence.entra(request)?;
    } else {
        sentence.own(request)?;
    }
    let Sentence { lines, read, .. } = sentence;
    // The text is read as a request that differs in something: it has to be all the same.
    if read != *request {
        for mode in [Mode::Graph, Mode::Pessimistic] {
            if decide(words.set, &read, mode, None) != decide(words.set, request, mode, None) {
                return Err("a value that is absent makes a difference here".to_owned());
            }
        }
    }
    Ok(lines)
}
