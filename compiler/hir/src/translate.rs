//! A rule of one dialect as a rule of another, where both mean the same.
//!
//! Properties and values are those of [`concepts`](crate::concepts); values keep the case in which
//! they were written. What cannot be said is reported at its clause, and then there is no
//! translation: half a rule means something else.
//!
//! INVARIANT: a translation is read again in its dialect before it is given out.

use std::sync::Arc;

use gatewright_diagnostics::{Diagnostic, Severity};
use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::{CompareOperator as Op, Expr, ExprId, Exprs, Name, Operand};
use gatewright_syntax::parse_rule_at;
use gatewright_value::{Kind, folded_eq};

use crate::concepts::{self, Concept, DEVICE_DIALECTS};
use crate::problems::dialects as problem;
use crate::rule::{DialectError, read_rule};
use crate::schema::{Attribute, Dialect, DialectAttribute, Schema, Stance};
use crate::stdlib::schema_of_dialect;

/// What became of a rule in another dialect.
#[derive(Clone, Debug)]
pub struct Translation {
    /// The rule; `None` where the dialect cannot say it, or where it cannot be read.
    pub text: Option<String>,
    /// Where the two differ all the same, in words.
    pub notes: Vec<String>,
    /// What there is to say about the rule, and why it cannot be translated.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the rule itself can be read.
    pub is_readable: bool,
}

/// Write a rule of one dialect in another.
///
/// # Errors
/// One of the dialects does not exist.
pub fn translate(
    text: &str,
    from: &str,
    to: &str,
    source: SourceId,
) -> Result<Translation, DialectError> {
    let target = schema_of_dialect(to).ok_or(DialectError::Unknown)?;
    let read = read_rule(from, None, text, source)?;
    let mut translation = Translation {
        text: None,
        notes: Vec::new(),
        diagnostics: read.diagnostics,
        is_readable: read.expr.is_some(),
    };
    if !translation.is_readable {
        return Ok(translation);
    }
    if from == to {
        translation.text = Some(text.trim().to_owned());
        return Ok(translation);
    }
    let parsed = parse_rule_at(source, text, 0);
    let Some(root) = parsed.tree.root else {
        return Ok(translation);
    };
    let whole = parsed.tree.exprs.span(root);
    if let Some(reason) = unrelated(from, to) {
        let problem = problem::untranslatable(whole, to, &reason);
        translation.diagnostics.push(problem);
        return Ok(translation);
    }
    let (Some(from), Some(to)) = (Side::new(read.schema, from), Side::new(target, to)) else {
        return Err(DialectError::Unknown);
    };
    let mut writer = Writer {
        exprs: &parsed.tree.exprs,
        from: &from,
        to: &to,
        problems: Vec::new(),
        notes: Vec::new(),
    };
    let written = writer.expr(root, false);
    let problems = std::mem::take(&mut writer.problems);
    translation.notes = std::mem::take(&mut writer.notes);
    if let (Some(written), true) = (written, problems.is_empty()) {
        translation.text = Some(written.text);
        translation
            .diagnostics
            .extend(refused(&to, whole, &mut translation.text));
    }
    translation.diagnostics.extend(problems);
    Ok(translation)
}

/// Why a translation is refused after all; it is taken away then.
fn refused(to: &Side, whole: Span, text: &mut Option<String>) -> Option<Diagnostic> {
    let written = text.as_deref()?;
    let read = read_rule(&to.dialect.name, None, written, SourceId(0)).ok()?;
    let error = read
        .diagnostics
        .iter()
        .find(|d| d.severity == Severity::Error)?;
    let reason = format!("it would be `{written}`: {}", error.message);
    *text = None;
    Some(problem::untranslatable(whole, &to.dialect.name, &reason))
}

/// Why two dialects have nothing in common.
fn unrelated(from: &str, to: &str) -> Option<String> {
    let asks_for = |dialect: &str| match dialect {
        "ca-csa" => "custom security attributes",
        "dyn-user" => "users",
        "intune-app" => "managed apps",
        _ => "devices",
    };
    let are_devices = DEVICE_DIALECTS.contains(&from) && DEVICE_DIALECTS.contains(&to);
    (!are_devices).then(|| {
        format!(
            "`{from}` rules ask for {}, `{to}` rules for {}",
            asks_for(from),
            asks_for(to)
        )
    })
}

/// A dialect with its vocabulary.
struct Side {
    schema: Arc<Schema>,
    dialect: Dialect,
}

impl Side {
    fn new(schema: Arc<Schema>, name: &str) -> Option<Side> {
        let dialect = schema.dialects.iter().find(|d| d.name == name)?.clone();
        Some(Side { schema, dialect })
    }

    fn find(&self, name: &str) -> Option<(&DialectAttribute, &Attribute)> {
        let mut rows = self.dialect.attributes.iter();
        let row = rows.find(|row| row.name.eq_ignore_ascii_case(name))?;
        Some((row, self.schema.attribute(row.attribute)?))
    }
}

/// A part of a translation, with how tightly it binds.
struct Part {
    text: String,
    binding: Binding,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    One,
}

/// A property in both dialects.
struct Pair<'a> {
    concept: &'static Concept,
    from: &'a Attribute,
    row: &'a DialectAttribute,
    to: &'a Attribute,
}

struct Writer<'a> {
    exprs: &'a Exprs,
    from: &'a Side,
    to: &'a Side,
    problems: Vec<Diagnostic>,
    notes: Vec<String>,
}

impl<'a> Writer<'a> {
    fn cannot(&mut self, span: Span, reason: &str) -> Option<Part> {
        let problem = problem::untranslatable(span, &self.to.dialect.name, reason);
        self.problems.push(problem);
        None
    }

    /// Nesting is capped by the parser.
    fn expr(&mut self, id: ExprId, is_negated: bool) -> Option<Part> {
        let span = self.exprs.span(id);
        match self.exprs.get(id) {
            Expr::Or(parts) => self.chain(parts, is_negated, is_negated),
            Expr::And(parts) => self.chain(parts, !is_negated, is_negated),
            Expr::Paren(inner) => self.expr(*inner, is_negated),
            Expr::Not(inner) if is_negated => self.expr(*inner, false),
            Expr::Not(inner) if self.is_turned(*inner) => self.expr(*inner, true),
            Expr::Not(inner) if self.to.dialect.has_not => {
                let inner = self.expr(*inner, false)?;
                Some(one(format!("-not ({})", inner.text)))
            }
            Expr::Not(inner) => self.expr(*inner, true),
            Expr::Compare {
                left,
                operator,
                right,
            } => match left {
                Operand::Path { words, .. } => {
                    self.compare(span, words, operator.operator, right, is_negated)
                }
                _ => self.cannot(span, "compares no attribute"),
            },
            Expr::Quantified {
                collection,
                is_all,
                body,
                ..
            } => self.quantified(span, collection, *is_all, *body, is_negated),
            Expr::DirectReports(_) | Expr::Name { .. } | Expr::Broken => {
                self.cannot(span, "is no comparison")
            }
        }
    }

    /// Whether the opposite of this is one comparison.
    fn is_turned(&self, id: ExprId) -> bool {
        match self.exprs.get(id) {
            Expr::Paren(inner) => self.is_turned(*inner),
            Expr::Compare { operator, .. } => opposite(operator.operator).is_some(),
            _ => false,
        }
    }

    fn chain(&mut self, parts: &[ExprId], is_and: bool, is_negated: bool) -> Option<Part> {
        let binding = if is_and { Binding::And } else { Binding::Or };
        // Every part is written, so that everything that cannot be is reported.
        let written: Vec<Option<Part>> = parts
            .iter()
            .map(|part| self.expr(*part, is_negated))
            .collect();
        let written: Vec<Part> = written.into_iter().collect::<Option<_>>()?;
        Some(join(written, binding))
    }

    fn pair(&mut self, span: Span, words: &[Name]) -> Option<Pair<'a>> {
        let written: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let (from_row, from) = self.from.find(&written.join("."))?;
        let last = |name: &'a str| name.split_once('.').map_or(name, |(_, last)| last);
        let concept = concepts::find(&self.from.dialect.name, last(&from_row.name));
        let name = concept.and_then(|concept| concept.name(&self.to.dialect.name));
        let found = name.and_then(|name| self.to.find(&format!("device.{name}")));
        let (Some(concept), Some((row, to))) = (concept, found) else {
            let reason = format!("nothing there is what `{}` is here", from_row.name);
            self.cannot(span, &reason);
            return None;
        };
        if concept.needs_managed_device {
            let note = format!(
                "Conditional Access sees `{}` only of devices that are managed, compliant or \
                 hybrid joined",
                from_row.name
            );
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        Some(Pair {
            concept,
            from,
            row,
            to,
        })
    }

    fn compare(
        &mut self,
        span: Span,
        words: &[Name],
        operator: Op,
        right: &Operand,
        is_negated: bool,
    ) -> Option<Part> {
        let pair = self.pair(span, words)?;
        let name = &pair.row.name;
        let operator = match (is_negated, opposite(operator)) {
            (false, _) => operator,
            (true, Some(opposite)) => opposite,
            (true, None) => return self.cannot(span, "an order cannot be negated there"),
        };
        if is_null(right) {
            if !self.to.dialect.has_null {
                return self.cannot(span, "there is no `null` there");
            }
            let null = if self.to.dialect.has_not {
                "null"
            } else {
                "$null"
            };
            return Some(one(format!("{name} -{} {null}", operator.word())));
        }
        if matches!(pair.from.kind, Kind::Set(_)) {
            let is_whole = !self.from.dialect.asks_for_parts;
            return match (operator, is_whole) {
                (Op::Eq, _) | (Op::Contains, true) => self.element(span, &pair, right, false),
                (Op::Ne, _) | (Op::NotContains, true) => self.element(span, &pair, right, true),
                _ => self.cannot(
                    span,
                    "asks for a part of an element, and elements are compared as a whole there",
                ),
            };
        }
        if pair.concept.has_own_values() && !is_equality(operator) {
            let reason = format!("the values of `{name}` are spelled in another way there");
            return self.cannot(span, &reason);
        }
        let values = self.values(span, &pair, right)?;
        self.with_operator(span, name, &pair.row.operators, operator, &values)
    }

    /// The comparison by an operator that the attribute has.
    fn with_operator(
        &mut self,
        span: Span,
        name: &str,
        operators: &[Op],
        operator: Op,
        values: &[String],
    ) -> Option<Part> {
        let is_list = matches!(operator, Op::In | Op::NotIn);
        if operators.contains(&operator) {
            let value = if is_list {
                format!("[{}]", values.join(", "))
            } else {
                values.first().cloned().unwrap_or_default()
            };
            return Some(one(format!("{name} -{} {value}", operator.word())));
        }
        let (single, binding) = match operator {
            Op::In => (Op::Eq, Binding::Or),
            Op::NotIn => (Op::Ne, Binding::And),
            _ => {
                let inverse = opposite(operator).filter(|op| operators.contains(op));
                return match inverse.filter(|_| self.to.dialect.has_not) {
                    Some(inverse) => {
                        let value = values.first().cloned().unwrap_or_default();
                        Some(one(format!("-not ({name} -{} {value})", inverse.word())))
                    }
                    None => {
                        let word = operator.word();
                        self.cannot(span, &format!("`{name}` has no `-{word}` there"))
                    }
                };
            }
        };
        if !operators.contains(&single) {
            let word = operator.word();
            return self.cannot(span, &format!("`{name}` has no `-{word}` there"));
        }
        let parts = values
            .iter()
            .map(|value| one(format!("{name} -{} {value}", single.word())));
        Some(join(parts.collect(), binding))
    }

    /// Whether some element, or none, is one of the values.
    fn element(
        &mut self,
        span: Span,
        pair: &Pair<'_>,
        right: &Operand,
        is_negated: bool,
    ) -> Option<Part> {
        let name = &pair.row.name;
        let values = self.values(span, pair, right)?;
        if self.to.dialect.has_quantifiers {
            let body = match values.as_slice() {
                [value] => format!("_ -eq {value}"),
                several => format!("_ -in [{}]", several.join(", ")),
            };
            let text = format!("{name} -any ({body})");
            return Some(one(if is_negated {
                format!("-not ({text})")
            } else {
                text
            }));
        }
        let (operator, binding) = if is_negated {
            (Op::NotContains, Binding::And)
        } else {
            (Op::Contains, Binding::Or)
        };
        let parts = values
            .iter()
            .map(|value| one(format!("{name} -{} {value}", operator.word())));
        Some(join(parts.collect(), binding))
    }

    fn quantified(
        &mut self,
        span: Span,
        collection: &Operand,
        is_all: bool,
        body: ExprId,
        is_negated: bool,
    ) -> Option<Part> {
        let Operand::Path { words, .. } = collection else {
            return self.cannot(span, "has no collection");
        };
        let pair = self.pair(span, words)?;
        let mut body = body;
        while let Expr::Paren(inner) = self.exprs.get(body) {
            body = *inner;
        }
        let exprs = self.exprs;
        match exprs.get(body) {
            Expr::Compare {
                operator, right, ..
            } if !is_all && matches!(operator.operator, Op::Eq | Op::In) && !is_null(right) => {
                self.element(span, &pair, right, is_negated)
            }
            _ => self.cannot(
                span,
                "only a question for one whole element can be asked there",
            ),
        }
    }

    /// The values on the right side, as the other dialect writes them.
    fn values(&mut self, span: Span, pair: &Pair<'_>, right: &Operand) -> Option<Vec<String>> {
        let items = match right {
            Operand::List { items, .. } => items.as_slice(),
            other => std::slice::from_ref(other),
        };
        items
            .iter()
            .map(|item| self.value(span, pair, item))
            .collect()
    }

    fn value(&mut self, span: Span, pair: &Pair<'_>, item: &Operand) -> Option<String> {
        let written = match item {
            Operand::Text(text) => text.value.as_str(),
            Operand::Literal(literal) => literal.text.as_str(),
            Operand::Path { words, .. } => words.first()?.text.as_str(),
            Operand::List { .. } | Operand::Offset { .. } => return None,
        };
        let (from, to) = (&self.from.dialect, &self.to.dialect);
        let trimmed = written.trim_matches(' ');
        if to.is_trimmed && !from.is_trimmed && trimmed != written {
            self.cannot(span, "blanks around values do not count there");
            return None;
        }
        let written = if from.is_trimmed { trimmed } else { written };
        let known = pair.concept.value(&from.name, &to.name, written);
        let is_member = |value: &str| match &pair.to.kind {
            Kind::Enumeration { members, .. } => members.iter().any(|m| folded_eq(m, value)),
            _ => true,
        };
        let Some(value) = known.filter(|value| is_member(value)) else {
            let reason = format!("`{}` is never \"{written}\" there", pair.row.name);
            self.cannot(span, &reason);
            return None;
        };
        if pair.to.kind == Kind::Boolean {
            return Some(value);
        }
        let has_quote = value.contains('"');
        if to.spelling.escapes == Stance::Refused && (has_quote || value.contains('`')) {
            self.cannot(span, "a text cannot have a quote in it there");
            return None;
        }
        let escaped = value.replace('`', "``").replace('"', "`\"");
        Some(format!("\"{escaped}\""))
    }
}

fn one(text: String) -> Part {
    Part {
        text,
        binding: Binding::One,
    }
}

/// Parts with a connective between them, in parentheses where they bind less tightly.
fn join(parts: Vec<Part>, binding: Binding) -> Part {
    let count = parts.len();
    let texts: Vec<String> = parts
        .into_iter()
        .map(|part| {
            if count > 1 && part.binding < binding {
                format!("({})", part.text)
            } else {
                part.text
            }
        })
        .collect();
    let word = if binding == Binding::And {
        " -and "
    } else {
        " -or "
    };
    Part {
        binding: if count > 1 { binding } else { Binding::One },
        text: texts.join(word),
    }
}

fn is_equality(operator: Op) -> bool {
    matches!(operator, Op::Eq | Op::Ne | Op::In | Op::NotIn)
}

/// The complement of an operator, null included; an order has none.
fn opposite(operator: Op) -> Option<Op> {
    Some(match operator {
        Op::Eq => Op::Ne,
        Op::Ne => Op::Eq,
        Op::StartsWith => Op::NotStartsWith,
        Op::NotStartsWith => Op::StartsWith,
        Op::EndsWith => Op::NotEndsWith,
        Op::NotEndsWith => Op::EndsWith,
        Op::Contains => Op::NotContains,
        Op::NotContains => Op::Contains,
        Op::In => Op::NotIn,
        Op::NotIn => Op::In,
        Op::Match => Op::NotMatch,
        Op::NotMatch => Op::Match,
        Op::Le | Op::Ge | Op::Lt | Op::Gt => return None,
    })
}

fn is_null(operand: &Operand) -> bool {
    matches!(operand, Operand::Path { words, .. } if matches!(words.as_slice(), [word]
        if word.text.eq_ignore_ascii_case("null") || word.text.eq_ignore_ascii_case("$null")))
}
