//! The parameters of the template or rule that is being used, and which one is being filled in.

use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{DeclarationKind as K, Parameter};

use crate::completion::filled_with;
use crate::describe::capitalised;
use crate::{Declared, Form, Snapshot, declarations};

/// A template or rule with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `StrongAdmins(prefix: text, admins: list of role)`
    pub label: String,
    /// What it is, as Markdown.
    pub documentation: String,
    /// Where each parameter stands in `label`, in bytes.
    pub parameters: Vec<(usize, usize)>,
    /// What each parameter is filled in with, as Markdown; may be empty.
    pub meanings: Vec<String>,
    /// The one that is being filled in.
    pub active: Option<usize>,
}

/// The signature at an offset between the parentheses of a use.
#[must_use]
pub fn signature(snapshot: &Snapshot, source: SourceId, offset: u32) -> Option<Signature> {
    if snapshot.form(source) != Form::PolicyText {
        return None;
    }
    let call = call(snapshot, source, offset)?;
    let sources = snapshot.compilation().trees.iter();
    let mut all = sources.flat_map(|(source, _)| declarations(snapshot, *source));
    all.find_map(|declared| {
        let parameters = match (&declared.declaration.kind, call.is_template) {
            (K::Template { parameters, .. }, true) | (K::Rule { parameters, .. }, false) => {
                parameters
            }
            _ => return None,
        };
        let is_it = declared.name == call.name && !parameters.is_empty();
        is_it.then(|| signature_of(snapshot, &declared, parameters, &call))
    })
}

/// A use as far as it has been written.
struct Call {
    name: String,
    is_template: bool,
    /// How many arguments are before the one at the place.
    before: usize,
    /// The name of the argument at the place, where it has one.
    label: Option<String>,
}

/// The innermost open parenthesis with a name before it.
fn call(snapshot: &Snapshot, source: SourceId, offset: u32) -> Option<Call> {
    let text = snapshot.text(source);
    let mut tokens: Vec<(TokenKind, &str)> = Vec::new();
    for (kind, range) in snapshot.tokens(source).iter() {
        if range.end > offset as usize {
            break;
        }
        if !kind.is_trivia() {
            tokens.push((kind, text.get(range)?));
        }
    }
    let mut depth = 0;
    let mut before = 0;
    let mut label = None;
    for (at, (kind, _)) in tokens.iter().enumerate().rev() {
        match kind {
            TokenKind::CloseParen | TokenKind::CloseBracket => depth += 1,
            TokenKind::OpenBracket if depth > 0 => depth -= 1,
            // In a list that is open, commas are the list's.
            TokenKind::OpenBracket => before = 0,
            TokenKind::OpenParen if depth > 0 => depth -= 1,
            TokenKind::OpenParen => {
                let (kind, name) = tokens.get(at.checked_sub(1)?)?;
                let is_template = at >= 2 && tokens.get(at - 2).is_some_and(|t| t.1 == "use");
                let found = Call {
                    name: (*name).to_owned(),
                    is_template,
                    before,
                    label,
                };
                return (*kind == TokenKind::Word).then_some(found);
            }
            TokenKind::Comma if depth == 0 => before += 1,
            TokenKind::Colon if depth == 0 && before == 0 && label.is_none() => {
                let word = at.checked_sub(1).and_then(|at| tokens.get(at));
                label = word.map(|(_, word)| (*word).to_owned());
            }
            TokenKind::OpenBrace | TokenKind::CloseBrace => return None,
            _ => {}
        }
    }
    None
}

fn signature_of(
    snapshot: &Snapshot,
    declared: &Declared<'_>,
    parameters: &[Parameter],
    call: &Call,
) -> Signature {
    let sources = &snapshot.compilation().sources;
    let mut label = format!("{}(", declared.name);
    let mut places = Vec::new();
    for (at, parameter) in parameters.iter().enumerate() {
        if at > 0 {
            label.push_str(", ");
        }
        let start = label.len();
        label.push_str(sources.text(written(parameter)));
        places.push((start, label.len()));
    }
    label.push(')');
    let named = call.label.as_ref();
    let named = named.and_then(|name| parameters.iter().position(|p| p.name.text == *name));
    let by_place = (call.before < parameters.len()).then_some(call.before);
    Signature {
        label,
        documentation: declared.declaration.docs.join("\n"),
        parameters: places,
        meanings: parameters.iter().map(meaning).collect(),
        active: named.or(by_place),
    }
}

/// What a parameter is filled in with.
fn meaning(parameter: &Parameter) -> String {
    let kind: Vec<&str> = parameter.kind.iter().map(|word| &*word.text).collect();
    let mut text = match kind.as_slice() {
        [] => return String::new(),
        ["list", "of", kind] => format!("A list: {}", filled_with(kind)),
        [.., kind] => capitalised(&filled_with(kind)),
    };
    if parameter.default.is_some() {
        text.push_str("; may be left out");
    }
    text.push('.');
    text
}

/// A parameter as it is written, its type and default included.
fn written(parameter: &Parameter) -> Span {
    let name = parameter.name.span;
    let kind = parameter
        .kind
        .last()
        .map_or(name, |word| name.to(word.span));
    let default = parameter.default.as_ref();
    default.map_or(kind, |default| kind.to(default.span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    const TEMPLATE: &str = "/// For é.\n\
        template T(who: list of group, level: strength = Mfa, prefix: text) { policy \"{prefix}\" { users all } }\n\
        rule R(limit: number) = device.isCompliant -eq True\n";

    /// The active parameter as it is written.
    fn active(text: &str) -> Option<String> {
        let fixture = Fixture::new(&format!("{TEMPLATE}{text}"));
        let (source, offset) = fixture.cursor();
        let found = signature(&fixture.snapshot, source, offset)?;
        let (start, end) = found.parameters[found.active?];
        Some(found.label[start..end].to_owned())
    }

    #[test]
    fn the_parameter_at_the_place_is_active() {
        let who = Some("who: list of group".to_owned());
        let level = Some("level: strength = Mfa".to_owned());
        let prefix = Some("prefix: text".to_owned());
        assert_eq!(active("use T($0)"), who);
        assert_eq!(active("use T([A, B$0"), who);
        assert_eq!(active("use T([A, B], $0"), level);
        assert_eq!(active("use T(A, prefix: $0"), prefix);
        assert_eq!(active("use T(prefix: \"x\", who: $0"), who);
        assert_eq!(active("rule S = R($0"), Some("limit: number".to_owned()));
    }

    #[test]
    fn each_parameter_says_what_it_is_filled_in_with() {
        let fixture = Fixture::new(
            "template T(who: list of group, level: strength = Mfa, risk: RiskLevel) { }\nuse T($0)",
        );
        let (source, offset) = fixture.cursor();
        let found = signature(&fixture.snapshot, source, offset).expect("a signature");
        assert_eq!(
            found.meanings,
            [
                "A list: a group, or its id in quotes.",
                "An authentication strength; may be left out.",
                "A member of `RiskLevel`.",
            ]
        );
    }

    #[test]
    fn outside_of_a_use_there_is_none() {
        assert_eq!(active("use T(A)$0"), None);
        assert_eq!(active("rule S = ($0"), None);
        assert_eq!(active("use Unknown($0"), None);
        assert_eq!(active("policy \"P\" { users $0 }"), None);
    }
}
