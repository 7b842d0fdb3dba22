//! What can stand in an expression: an attribute or a rule, an operator, a value, a connective.

use gatewright_hir::schema::{Attribute, Dialect, Schema};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{CompareOperator, ObjectKind};
use gatewright_value::Kind;

use super::context::Token;
use super::{CompletionKind, Items};

/// What can stand at a place in an expression; whether the expression may also be over.
pub(super) fn expression(items: &mut Items<'_>, dialect: &str, tokens: &[Token<'_>]) -> bool {
    let snapshot = items.snapshot;
    let schema = &snapshot.compilation().set.schema;
    let mut dialects = schema.dialects.iter();
    let Some(dialect) = dialects.find(|one| one.name == dialect) else {
        return false;
    };
    let is_own = dialect.entity.is_none() && dialect.name == "gatewright";
    match state(tokens) {
        State::Operand { path } => {
            attributes(items, schema, dialect, &path);
            if path.is_empty() {
                if is_own || dialect.name == "ca-device" {
                    items.rules();
                }
                if is_own && schema.is_entra {
                    for (word, _) in WHOLE {
                        let docs = "compared with names";
                        items.add(word, CompletionKind::Attribute, "", docs);
                    }
                }
                if dialect.has_not {
                    items.add("-not", CompletionKind::Operator, "", "the opposite");
                }
            }
            false
        }
        State::Operator { attribute } if is_own && whole(&attribute).is_some() => {
            for operator in ["-in", "-notIn", "-eq", "-ne"] {
                let docs = crate::hover::operator(operator).unwrap_or_default();
                items.add(operator, CompletionKind::Operator, "", &docs);
            }
            false
        }
        State::Operator { attribute } => {
            operators(items, dialect, &attribute);
            false
        }
        State::Value {
            attribute,
            operator,
            is_list,
        } => {
            let is_set = matches!(operator, CompareOperator::In | CompareOperator::NotIn);
            if let Some(kind) = whole(&attribute).filter(|_| is_own) {
                items.objects(kind);
                if kind == ObjectKind::Location {
                    items.add(
                        "allTrusted",
                        CompletionKind::Keyword,
                        "",
                        "every trusted location",
                    );
                }
            } else if let Some(found) = find(schema, dialect, &attribute) {
                values(items, found, is_own);
            }
            if is_set && !is_list {
                items.snippet("[…]", "[$0]", "a list");
            }
            false
        }
        State::Connective => {
            items.add("-and", CompletionKind::Operator, "", "both hold");
            items.add("-or", CompletionKind::Operator, "", "one of them holds");
            true
        }
    }
}

/// What is compared as a whole, by name.
const WHOLE: [(&str, ObjectKind); 2] =
    [("location", ObjectKind::Location), ("app", ObjectKind::App)];

fn whole(word: &str) -> Option<ObjectKind> {
    let mut all = WHOLE.iter();
    all.find(|(known, _)| *known == word).map(|(_, kind)| *kind)
}

/// What an expression is waiting for.
enum State {
    /// An attribute, a rule, a parenthesis; what of a path is there already, dots included.
    Operand { path: String },
    /// A comparison, after this attribute.
    Operator { attribute: String },
    /// What it is compared with.
    Value {
        attribute: String,
        operator: CompareOperator,
        is_list: bool,
    },
    /// Something after a whole comparison.
    Connective,
}

fn state(tokens: &[Token<'_>]) -> State {
    let Some(last) = tokens.last() else {
        return State::Operand {
            path: String::new(),
        };
    };
    let operator = tokens
        .iter()
        .rposition(|token| token.kind == TokenKind::Compare);
    match last.kind {
        TokenKind::Dot => State::Operand { path: path(tokens) },
        TokenKind::Word => {
            let attribute = path(tokens);
            let is_compared = operator.is_some_and(|at| at + 1 == tokens.len() - 1);
            let words = attribute.split('.').count();
            let is_operand = words >= 2 || attribute == "_" || whole(&attribute).is_some();
            if is_compared || !is_operand {
                State::Connective
            } else {
                State::Operator { attribute }
            }
        }
        TokenKind::Compare => value(tokens, tokens.len() - 1, false),
        TokenKind::OpenBracket | TokenKind::Comma => match operator {
            Some(at) => value(tokens, at, true),
            None => State::Connective,
        },
        TokenKind::And | TokenKind::Or | TokenKind::Not | TokenKind::OpenParen => State::Operand {
            path: String::new(),
        },
        _ => State::Connective,
    }
}

fn value(tokens: &[Token<'_>], at: usize, is_list: bool) -> State {
    let attribute = path(tokens.get(..at).unwrap_or_default());
    let word = tokens.get(at).map_or("", |token| token.text);
    let word = word.trim_start_matches(|c: char| !c.is_alphabetic());
    let operator = CompareOperator::from_word(word).unwrap_or(CompareOperator::Eq);
    State::Value {
        attribute,
        operator,
        is_list,
    }
}

/// The words and dots that these tokens end with.
fn path(tokens: &[Token<'_>]) -> String {
    let mut start = tokens.len();
    let mut wants_word = tokens.last().is_some_and(|t| t.kind != TokenKind::Dot);
    for (at, token) in tokens.iter().enumerate().rev() {
        let is_fit = match token.kind {
            TokenKind::Dot => !wants_word,
            TokenKind::Word => wants_word || start == at + 1 && tokens.get(start).is_some(),
            _ => false,
        };
        let is_fit = is_fit || (start == tokens.len() && token.kind == TokenKind::Dot);
        if !is_fit {
            break;
        }
        wants_word = token.kind == TokenKind::Dot;
        start = at;
    }
    let parts = tokens.iter().skip(start).map(|token| token.text);
    parts.collect()
}

/// The attributes of a dialect that start with what is there; their last words behind a dot.
fn attributes(items: &mut Items<'_>, schema: &Schema, dialect: &Dialect, path: &str) {
    for known in &dialect.attributes {
        let Some(rest) = strip(&known.name, path) else {
            continue;
        };
        let Some(attribute) = schema.attribute(known.attribute) else {
            continue;
        };
        let detail = crate::hover::kind(schema, attribute);
        items.add(rest, CompletionKind::Attribute, &detail, &attribute.docs);
    }
}

fn strip<'n>(name: &'n str, path: &str) -> Option<&'n str> {
    let head = name.get(..path.len())?;
    head.eq_ignore_ascii_case(path)
        .then(|| name.get(path.len()..))?
}

fn find<'s>(schema: &'s Schema, dialect: &Dialect, name: &str) -> Option<&'s Attribute> {
    let mut known = dialect.attributes.iter();
    let found = known.find(|known| known.name.eq_ignore_ascii_case(name))?;
    schema.attribute(found.attribute)
}

fn operators(items: &mut Items<'_>, dialect: &Dialect, attribute: &str) {
    let mut known = dialect.attributes.iter();
    let found = known.find(|known| known.name.eq_ignore_ascii_case(attribute));
    let operators = match found {
        Some(found) => &found.operators,
        None if attribute == "_" => &dialect.element_operators,
        None => &dialect.free_fields,
    };
    for operator in operators {
        let label = format!("-{}", operator.word());
        let docs = crate::hover::operator(&label).unwrap_or_default();
        items.add(&label, CompletionKind::Operator, "", &docs);
    }
    if dialect.has_quantifiers && found.is_some() {
        items.snippet("-any (…)", "-any (_ $0)", "some element");
        items.snippet("-all (…)", "-all (_ $0)", "every element");
    }
}

/// The values of an attribute: members and Booleans, declared names for ids.
pub(super) fn values(items: &mut Items<'_>, attribute: &Attribute, is_own: bool) {
    let kind = match &attribute.kind {
        Kind::Set(element) => element,
        kind => kind,
    };
    match kind {
        Kind::Boolean => {
            items.add("True", CompletionKind::Value, "", "");
            items.add("False", CompletionKind::Value, "", "");
        }
        Kind::Enumeration { members, .. } => {
            for member in members {
                if is_own && member.chars().all(char::is_alphanumeric) {
                    items.add(member, CompletionKind::Member, "", "");
                } else {
                    items.quoted(member, CompletionKind::Member, "");
                }
            }
        }
        Kind::Guid if is_own => {
            let kind = match attribute.name.as_str() {
                "user.groups" => Some(ObjectKind::Group),
                "user.roles" => Some(ObjectKind::Role),
                "user.id" => Some(ObjectKind::User),
                "app.ids" => Some(ObjectKind::App),
                _ => None,
            };
            kind.into_iter().for_each(|kind| items.objects(kind));
        }
        _ => {}
    }
    if attribute.is_optional {
        let docs = "there is no value";
        items.ranked("null", CompletionKind::Value, ("", docs), 2);
    }
}
