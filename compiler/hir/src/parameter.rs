//! Parameters of templates and rules: their types, and what may be filled in for them.
//!
//! A value is one term or a list of terms, never a list of lists.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{Name, ObjectKind, Operand, Parameter, Phrase, Quote, Term, Text};
use gatewright_value::folded_eq;

use crate::expr::{constant, duration_seconds};
use crate::problems::templates as problem;
use crate::schema::Schema;

/// What a parameter can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Object(ObjectKind),
    Text,
    State,
    Boolean,
    Number,
    Duration,
    /// A named rule.
    Rule,
    /// A control of the schema.
    Control,
    /// A place in the schema's enumerations.
    Enumeration(usize),
    /// Not said: only rules may leave it open.
    Any,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) base: Base,
    pub(crate) is_list: bool,
}

/// Types that are written with a word of their own.
const BASES: &[(&str, Base)] = &[
    ("group", Base::Object(ObjectKind::Group)),
    ("user", Base::Object(ObjectKind::User)),
    ("app", Base::Object(ObjectKind::App)),
    ("role", Base::Object(ObjectKind::Role)),
    ("location", Base::Object(ObjectKind::Location)),
    ("strength", Base::Object(ObjectKind::Strength)),
    ("terms", Base::Object(ObjectKind::Terms)),
    ("context", Base::Object(ObjectKind::Context)),
    ("text", Base::Text),
    ("state", Base::State),
    ("boolean", Base::Boolean),
    ("number", Base::Number),
    ("duration", Base::Duration),
    ("rule", Base::Rule),
    ("control", Base::Control),
];

/// Words that mean something of their own inside clauses and tests, and cannot be hidden.
const RESERVED: &[&str] = &[
    "all",
    "none",
    "any",
    "except",
    "where",
    "from",
    "tenants",
    "groups",
    "roles",
    "custom",
    "or",
    "by",
    "unknown",
    "restricted",
    "hours",
    "hour",
    "days",
    "day",
    "minutes",
    "minute",
    "weeks",
    "week",
    "True",
    "False",
    "true",
    "false",
    "null",
    "ip",
    "country",
    "client",
    "platform",
    "risk",
    "given",
    "expect",
];

impl Kind {
    /// The type that a declaration says; what is wrong with it where it says none.
    pub(crate) fn of(
        schema: &Schema,
        parameter: &Parameter,
        is_rule: bool,
    ) -> Result<Kind, Diagnostic> {
        let (is_list, word) = match parameter.kind.as_slice() {
            [] if is_rule => {
                return Ok(Kind {
                    base: Base::Any,
                    is_list: false,
                });
            }
            [] => return Err(problem::no_type(&parameter.name)),
            [word] => (false, word),
            [list, of, word] if list.text == "list" && of.text == "of" => (true, word),
            [first, .., last] => return Err(problem::bad_type(first.span.to(last.span))),
        };
        let known = BASES.iter().find(|(name, _)| *name == word.text);
        let base = known.map(|(_, base)| *base).or_else(|| {
            let mut enumerations = schema.enumerations.iter();
            enumerations
                .position(|e| e.name == word.text)
                .map(Base::Enumeration)
        });
        match base {
            Some(Base::Rule) if is_list || is_rule => Err(problem::no_rule_here(word)),
            Some(base) => Ok(Kind { base, is_list }),
            None => {
                let names = BASES.iter().map(|(name, _)| *name);
                let enumerations = schema.enumerations.iter().map(|e| e.name.as_str());
                Err(problem::unknown_type(word, names.chain(enumerations)))
            }
        }
    }

    /// `a group`, `a list of RiskLevel`
    pub(crate) fn shown(self, schema: &Schema) -> String {
        let known = BASES.iter().find(|(_, base)| *base == self.base);
        let name = match (self.base, known) {
            (Base::Enumeration(at), _) => schema.enumerations.get(at).map(|e| e.name.as_str()),
            (_, Some((name, _))) => Some(*name),
            _ => None,
        };
        let name = name.unwrap_or("value");
        if self.is_list {
            format!("a list of {name}")
        } else if name.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) {
            format!("an {name}")
        } else {
            format!("a {name}")
        }
    }
}

/// Whether a parameter cannot have this name, because clauses or expressions use the word.
pub(crate) fn is_reserved(schema: &Schema, name: &str) -> bool {
    RESERVED.contains(&name)
        || gatewright_syntax::ast::Head::ALL
            .iter()
            .any(|head| head.word() == name)
        || schema.entities.iter().any(|entity| entity.name == name)
        || matches!(name, "app" | "location" | "user")
}

/// One thing that is filled in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Atom {
    Word(Name),
    Text(Text),
    /// A literal, with its unit where it has one.
    Literal(Name),
}

/// What is filled in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    One(Atom),
    List(Vec<Atom>, Span),
}

impl Atom {
    pub(crate) fn span(&self) -> Span {
        match self {
            Atom::Word(name) | Atom::Literal(name) => name.span,
            Atom::Text(text) => text.span,
        }
    }

    /// The same at another place.
    pub(crate) fn at(&self, span: Span) -> Atom {
        let mut atom = self.clone();
        match &mut atom {
            Atom::Word(name) | Atom::Literal(name) => name.span = span,
            Atom::Text(text) => text.span = span,
        }
        atom
    }

    /// As it is written.
    pub(crate) fn shown(&self) -> String {
        match self {
            Atom::Word(name) | Atom::Literal(name) => name.text.clone(),
            Atom::Text(text) => format!("\"{}\"", text.value.replace('"', "`\"")),
        }
    }

    /// As terms of a phrase: a literal with a unit is two.
    pub(crate) fn terms(&self) -> Vec<Term> {
        match self {
            Atom::Word(name) => vec![Term::Word(name.clone())],
            Atom::Text(text) => vec![Term::Text(text.clone())],
            Atom::Literal(literal) => match literal.text.split_once(' ') {
                Some((number, unit)) => {
                    let name = |text: &str| Name {
                        text: text.trim().to_owned(),
                        span: literal.span,
                    };
                    vec![Term::Literal(name(number)), Term::Word(name(unit))]
                }
                None => vec![Term::Literal(literal.clone())],
            },
        }
    }

    /// As a side of a comparison. In a filter every value but a constant has quotes.
    pub(crate) fn operand(&self, is_filter: bool) -> Operand {
        match self {
            Atom::Word(name) => {
                let is_constant = constant(&name.text).is_some() || name.text == "null";
                if is_filter && !is_constant {
                    return Operand::Text(Text {
                        value: name.text.clone(),
                        quote: Quote::Double,
                        span: name.span,
                    });
                }
                Operand::Path {
                    words: vec![name.clone()],
                    span: name.span,
                }
            }
            Atom::Text(text) => Operand::Text(text.clone()),
            Atom::Literal(literal) => Operand::Literal(literal.clone()),
        }
    }
}

impl Value {
    pub(crate) fn span(&self) -> Span {
        match self {
            Value::One(atom) => atom.span(),
            Value::List(_, span) => *span,
        }
    }

    /// The same at another place.
    pub(crate) fn at(&self, span: Span) -> Value {
        match self {
            Value::One(atom) => Value::One(atom.at(span)),
            Value::List(atoms, _) => {
                Value::List(atoms.iter().map(|atom| atom.at(span)).collect(), span)
            }
        }
    }

    pub(crate) fn atoms(&self) -> &[Atom] {
        match self {
            Value::One(atom) => std::slice::from_ref(atom),
            Value::List(atoms, _) => atoms,
        }
    }

    /// As it is written.
    pub(crate) fn shown(&self) -> String {
        match self {
            Value::One(atom) => atom.shown(),
            Value::List(atoms, _) => {
                let shown: Vec<String> = atoms.iter().map(Atom::shown).collect();
                format!("[{}]", shown.join(", "))
            }
        }
    }

    /// What a phrase fills in; `None` where it is no value.
    pub(crate) fn of_phrase(phrase: &Phrase) -> Option<Value> {
        match phrase.terms.as_slice() {
            [Term::List { items, span }] => {
                let atoms: Option<Vec<Atom>> = items.iter().map(|i| atom(&i.terms)).collect();
                Some(Value::List(atoms?, *span))
            }
            terms => Some(Value::One(atom(terms)?)),
        }
    }

    /// What an operand fills in; `None` where it is no value.
    pub(crate) fn of_operand(operand: &Operand) -> Option<Value> {
        let atom = |operand: &Operand| match operand {
            Operand::Path { words, .. } => match words.as_slice() {
                [word] => Some(Atom::Word(word.clone())),
                _ => None,
            },
            Operand::Text(text) => Some(Atom::Text(text.clone())),
            Operand::Literal(literal) => Some(Atom::Literal(literal.clone())),
            Operand::List { .. } | Operand::Offset { .. } => None,
        };
        match operand {
            Operand::List { items, span } => {
                let atoms: Option<Vec<Atom>> = items.iter().map(atom).collect();
                Some(Value::List(atoms?, *span))
            }
            one => Some(Value::One(atom(one)?)),
        }
    }
}

/// `Finance`, `"text"`, `4`, `4 hours`
fn atom(terms: &[Term]) -> Option<Atom> {
    match terms {
        [Term::Word(name)] => Some(Atom::Word(name.clone())),
        [Term::Text(text)] => Some(Atom::Text(text.clone())),
        [Term::Literal(literal)] => Some(Atom::Literal(literal.clone())),
        [Term::Literal(number), Term::Word(unit)] => {
            let text = format!("{} {}", number.text, unit.text);
            duration_seconds(&text)?;
            Some(Atom::Literal(Name {
                text,
                span: number.span.to(unit.span),
            }))
        }
        _ => None,
    }
}

/// Whether a term that is no name of an object or rule is a value of this type.
pub(crate) fn fits(schema: &Schema, base: Base, atom: &Atom) -> bool {
    match (base, atom) {
        (Base::Any, _) | (Base::Text, Atom::Text(_)) => true,
        (Base::State, Atom::Word(word)) => {
            matches!(word.text.as_str(), "enabled" | "disabled" | "reportOnly")
        }
        (Base::Boolean, Atom::Word(word)) => constant(&word.text).is_some(),
        (Base::Number, Atom::Literal(literal)) => literal.text.parse::<f64>().is_ok(),
        (Base::Duration, Atom::Literal(literal)) => duration_seconds(&literal.text).is_some(),
        (Base::Control, Atom::Word(word)) => schema.controls.iter().any(|c| c.name == word.text),
        (
            Base::Enumeration(at),
            Atom::Word(Name { text, .. }) | Atom::Text(Text { value: text, .. }),
        ) => members(schema, at).any(|member| folded_eq(member, text)),
        _ => false,
    }
}

/// The members of an enumeration.
pub(crate) fn members(schema: &Schema, at: usize) -> impl Iterator<Item = &str> {
    let members = schema.enumerations.get(at).map(|e| e.members.as_slice());
    members
        .unwrap_or_default()
        .iter()
        .map(|(name, _)| name.as_str())
}

/// A value of this type, to check a template with that nobody uses.
pub(crate) fn sample(schema: &Schema, kind: Kind, parameter: &Name) -> Value {
    let name = |text: &str| Name {
        text: text.to_owned(),
        span: parameter.span,
    };
    let atom = match kind.base {
        Base::Object(_) | Base::Rule => Atom::Word(name(&parameter.text)),
        Base::Text | Base::Any => Atom::Text(Text {
            value: parameter.text.clone(),
            quote: Quote::Double,
            span: parameter.span,
        }),
        Base::State => Atom::Word(name("enabled")),
        Base::Boolean => Atom::Word(name("True")),
        Base::Number => Atom::Literal(name("1")),
        Base::Duration => Atom::Literal(name("1 hours")),
        Base::Control => {
            let controls = schema.controls.first().map_or("", |c| c.name.as_str());
            Atom::Word(name(controls))
        }
        Base::Enumeration(at) => Atom::Word(name(members(schema, at).next().unwrap_or_default())),
    };
    if kind.is_list {
        Value::List(vec![atom], parameter.span)
    } else {
        Value::One(atom)
    }
}
