//! What can be wrong with an expression, its values apart.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator as Op, Name, ObjectKind, Operand, OperatorToken};
use gatewright_value::Kind;

use crate::concepts::Foreign;
use crate::problems::dialects::a_rule;
use crate::problems::names::a_kind;
use crate::suggest::{join, nearest, one_of};

/// `-eq`, `-ne` and `-in`
fn operator_list(operators: &[Op], conjunction: &str) -> String {
    let words: Vec<String> = operators
        .iter()
        .map(|op| format!("`-{}`", op.word()))
        .collect();
    join(&words, conjunction)
}

/// An operator that the attribute does not have.
pub(crate) struct RefusedOperator<'a> {
    pub(crate) attribute: &'a str,
    pub(crate) left: Span,
    pub(crate) allowed: &'a [Op],
    pub(crate) operator: &'a OperatorToken,
    pub(crate) right: &'a Operand,
    pub(crate) span: Span,
}

impl RefusedOperator<'_> {
    pub(crate) fn diagnostic(self) -> Diagnostic {
        let word = self.operator.operator.word();
        let message = format!("`{}` cannot be compared with `-{word}`", self.attribute);
        let allowed = operator_list(self.allowed, "and");
        let found = Diagnostic::new(codes::GW0303, self.operator.span, message)
            .because("not an operator of this attribute")
            .label(self.left, format!("has {allowed}"));
        if let Some(written_out) = self.written_out() {
            return found.help("compare with one value after the other").fix(
                "write the list out",
                Applicability::Always,
                self.span,
                written_out,
            );
        }
        let is_order = matches!(self.operator.operator, Op::Le | Op::Ge | Op::Lt | Op::Gt);
        if is_order && self.allowed.contains(&Op::In) {
            return found.help("its values have no order: name those that are meant, with `-in`");
        }
        match self.substitute() {
            Some(substitute) => {
                let text = format!("-{}", substitute.word());
                found.help(format!("use `{text}`")).fix(
                    format!("write `{text}`"),
                    Applicability::Maybe,
                    self.operator.span,
                    text,
                )
            }
            None => found.help(format!("use {}", operator_list(self.allowed, "or"))),
        }
    }

    /// The same with `-eq` or `-ne` for every element of a list.
    fn written_out(&self) -> Option<String> {
        let (single, connector) = match self.operator.operator {
            Op::In => (Op::Eq, " -or "),
            Op::NotIn => (Op::Ne, " -and "),
            _ => return None,
        };
        let Operand::List { items, .. } = self.right else {
            return None;
        };
        if !self.allowed.contains(&single) || items.is_empty() {
            return None;
        }
        let texts = items.iter().map(|item| match item {
            Operand::Text(text) if !text.value.contains(['"', '`']) => Some(format!(
                "{} -{} \"{}\"",
                self.attribute,
                single.word(),
                text.value
            )),
            _ => None,
        });
        let parts: Vec<String> = texts.collect::<Option<_>>()?;
        let text = parts.join(connector);
        Some(if parts.len() > 1 {
            format!("({text})")
        } else {
            text
        })
    }

    /// The operator that probably says the same here.
    fn substitute(&self) -> Option<Op> {
        let is_list = matches!(self.right, Operand::List { .. });
        let wanted = match self.operator.operator {
            Op::Eq if is_list => Op::In,
            Op::Eq | Op::StartsWith | Op::In => Op::Contains,
            Op::Ne | Op::NotStartsWith | Op::NotIn => Op::NotContains,
            Op::Contains => Op::Eq,
            Op::NotContains => Op::Ne,
            _ => return None,
        };
        (!is_list || wanted == Op::In)
            .then_some(wanted)
            .filter(|op| self.allowed.contains(op))
    }
}

/// An attribute written in another case.
pub(crate) fn attribute_case(span: Span, written: &str, name: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0310,
        span,
        format!("`{written}` is spelled `{name}`"),
    )
    .because("another case")
    .help(format!("write `{name}`"))
    .fix(format!("write `{name}`"), Applicability::Always, span, name)
}

/// An attribute by the name that another dialect gives it.
pub(crate) fn foreign_attribute(written: &str, span: Span, foreign: &Foreign) -> Diagnostic {
    let message = format!("there is no attribute `{written}`");
    let last = written.rsplit_once('.').map_or(written, |(_, last)| last);
    let found = Diagnostic::new(codes::GW0301, span, message)
        .because(format!("`{last}` is the {}", foreign.whose));
    match foreign.here.as_deref() {
        Some(here) => found.help(format!("here it is `{here}`")).fix(
            format!("write `{here}`"),
            Applicability::Maybe,
            span,
            here,
        ),
        None => found.help(format!(
            "{} does not see this attribute; leave the comparison out",
            foreign.asker
        )),
    }
}

/// An attribute of an entity that the dialect does not see.
pub(crate) fn outside_entity(written: &str, span: Span, dialect: &str, only: &str) -> Diagnostic {
    let message = format!("{} cannot ask for `{written}`", a_rule(dialect));
    Diagnostic::new(codes::GW0301, span, message)
        .because(format!("only attributes of `{only}` can be asked for here"))
        .help(if dialect.starts_with("ca-") {
            "move this comparison to a `when` clause"
        } else {
            "a rule asks for users, for devices or for apps, and never for two of them"
        })
}

/// An attribute without its entity.
pub(crate) fn entity_missing(written: &str, span: Span, full: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0301,
        span,
        format!("there is no attribute `{written}`"),
    )
    .because("an attribute starts with what it belongs to")
    .help(format!("write `{full}`"))
    .fix(format!("write `{full}`"), Applicability::Maybe, span, full)
}

/// No attribute of this name, as far as anybody knows.
pub(crate) fn unknown_attribute<'a>(
    written: &str,
    span: Span,
    entity: Option<&Name>,
    last: &str,
    entities: &[&str],
    names: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let message = format!("there is no attribute `{written}`");
    let found = Diagnostic::new(codes::GW0301, span, message);
    let names: Vec<&str> = names.collect();
    if let Some(meant) = nearest(written, names.iter().copied()) {
        return found
            .because("not an attribute")
            .help(format!("did you mean `{meant}`?"))
            .fix(
                format!("write `{meant}`"),
                Applicability::Maybe,
                span,
                meant,
            );
    }
    let of_entity = |name: &&&str| {
        let entity = entity.map_or("", |e| e.text.as_str());
        name.split_once('.')
            .is_some_and(|(e, _)| e.eq_ignore_ascii_case(entity))
    };
    let lasts = names
        .iter()
        .filter(of_entity)
        .filter_map(|n| n.split_once('.'))
        .map(|(_, l)| l);
    if let (Some(meant), Some(entity)) = (nearest(last, lasts), entity) {
        let meant = format!("{}.{meant}", entity.text);
        return found
            .because("not an attribute")
            .help(format!("did you mean `{meant}`?"))
            .fix(
                format!("write `{meant}`"),
                Applicability::Maybe,
                span,
                meant,
            );
    }
    let is_entity =
        entity.is_some_and(|e| entities.iter().any(|n| n.eq_ignore_ascii_case(&e.text)));
    if is_entity {
        let shown = one_of(
            names
                .iter()
                .filter(of_entity)
                .filter_map(|n| n.split_once('.'))
                .map(|(_, l)| l),
            "and",
        );
        let entity = entity.map_or("", |e| e.text.as_str());
        found
            .because("not an attribute")
            .help(format!("`{entity}` has {shown}"))
    } else {
        let shown = one_of(entities.iter().copied(), "or");
        found
            .because("not an attribute")
            .help(format!("an attribute starts with {shown}"))
    }
}

/// `"AzureAD" -eq device.trustType`
pub(crate) fn reversed(
    span: Span,
    left: Span,
    operator: &OperatorToken,
    right: Span,
) -> Diagnostic {
    let word = operator.operator.word();
    Diagnostic::new(
        codes::GW0307,
        span,
        "the attribute stands on the wrong side",
    )
    .because(format!(
        "the attribute comes before `-{word}`, the value after it"
    ))
    .label(left, "the value")
    .label(right, "the attribute")
    .help("turn the comparison round")
}

/// A comparison without any attribute.
pub(crate) fn no_attribute(span: Span, left: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0307,
        span,
        "nothing of the sign-in is compared here",
    )
    .because("always true or always false")
    .label(left, "a value, where an attribute is expected")
    .help("put an attribute on the left side, such as `device.trustType`")
}

/// Two attributes compared with each other.
pub(crate) fn two_attributes(span: Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` can be compared with values only");
    Diagnostic::new(codes::GW0304, span, message)
        .because("an attribute, where a value is expected")
        .help("two attributes cannot be compared with each other")
}

/// An attribute that is not compared.
pub(crate) fn not_compared(span: Span, name: &str, kind: &Kind, operators: &[Op]) -> Diagnostic {
    let message = format!("`{name}` is neither true nor false on its own");
    let kind = if matches!(kind, Kind::Set(_)) {
        "a set"
    } else {
        kind.name()
    };
    Diagnostic::new(codes::GW0307, span, message)
        .because(format!("its type is {kind}"))
        .help(format!(
            "compare it, with {}",
            operator_list(operators, "or")
        ))
}

/// A Boolean attribute on its own in a filter of the service.
pub(crate) fn boolean_alone_in_filter(span: Span, name: &str) -> Diagnostic {
    let end = Span::new(span.source, span.end, span.end);
    Diagnostic::new(
        codes::GW0307,
        span,
        format!("`{name}` has to be compared with `True`"),
    )
    .because("not compared with anything")
    .help(format!("write `{name} -eq True`"))
    .fix(
        "compare it with `True`",
        Applicability::Always,
        end,
        " -eq True",
    )
}

/// `True` on its own in a filter of the service.
pub(crate) fn constant_in_filter(word: &Name, dialect: &str) -> Diagnostic {
    let message = format!("{} cannot be a constant", a_rule(dialect));
    Diagnostic::new(codes::GW0307, word.span, message)
        .because("compares nothing")
        .help("leave it out: without a rule, every device is meant")
}

/// A word in a rule on its own, where no project declares it.
pub(crate) fn bare_word<'a>(word: &Name, attributes: impl Iterator<Item = &'a str>) -> Diagnostic {
    let message = format!("`{}` is no condition", word.text);
    let found = Diagnostic::new(codes::GW0307, word.span, message)
        .because("neither compared with anything nor declared");
    let full = attributes.into_iter().find(|name| {
        name.rsplit_once('.')
            .is_some_and(|(_, l)| l.eq_ignore_ascii_case(&word.text))
    });
    match full {
        Some(full) => found.help(format!("did you mean `{full}`?")),
        None => found.help("write a comparison such as `device.isCompliant -eq True`"),
    }
}

/// A name in a rule on its own.
pub(crate) fn name_without_project(word: &Name) -> Diagnostic {
    let message = format!("there is no project that declares `{}`", word.text);
    Diagnostic::new(codes::GW0201, word.span, message)
        .because("a rule on its own knows no names")
        .help("write the id in quotes")
}

/// Something else where the name of an object is expected.
pub(crate) fn name_expected(span: Span, kind: ObjectKind) -> Diagnostic {
    let message = format!("the name of {} is expected here", a_kind(kind));
    Diagnostic::new(codes::GW0304, span, message)
        .because("not a name")
        .help("write a declared name, or an id in quotes")
}

/// A rule that is compared.
pub(crate) fn rule_compared(word: &Name, declared: Span, operator: &OperatorToken) -> Diagnostic {
    let message = format!("the rule `{}` is true or false on its own", word.text);
    Diagnostic::new(codes::GW0307, word.span, message)
        .because("a rule, where an attribute is expected")
        .label(operator.span, "compared here")
        .label(declared, "declared here")
        .help(format!("write `{0}` alone, or `-not {0}`", word.text))
}

/// `location -startsWith …`
pub(crate) fn whole_object_operator(object: &Name, operator: &OperatorToken) -> Diagnostic {
    let word = operator.operator.word();
    let message = format!("`{}` cannot be compared with `-{word}`", object.text);
    Diagnostic::new(codes::GW0303, operator.span, message)
        .because("not an operator of a whole object")
        .label(object.span, "has `-in`, `-notIn`, `-eq` and `-ne`")
        .help(format!("write `{} -in [Name]`", object.text))
}

/// A list where one value is expected.
pub(crate) fn list_for_one(
    operator: &OperatorToken,
    list: Span,
    count: usize,
    has_in: bool,
) -> Diagnostic {
    let word = operator.operator.word();
    let message = format!("`-{word}` compares with one value, not with a list");
    let found = Diagnostic::new(codes::GW0306, list, message)
        .because(format!("a list of {count}"))
        .label(operator.span, "takes one value");
    let for_list = match operator.operator {
        Op::Eq if has_in => Some("-in"),
        Op::Ne if has_in => Some("-notIn"),
        _ => None,
    };
    match for_list {
        Some(text) => found.help(format!("use `{text}` for a list")).fix(
            format!("write `{text}`"),
            Applicability::Always,
            operator.span,
            text,
        ),
        None => found.help("compare with one value after the other, with `-or` between"),
    }
}

/// One value where a list is expected.
pub(crate) fn one_for_list(operator: &OperatorToken, value: Span) -> Diagnostic {
    let word = operator.operator.word();
    let message = format!("`-{word}` needs a list");
    let before = Span::new(value.source, value.start, value.start);
    let after = Span::new(value.source, value.end, value.end);
    let mut found = Diagnostic::new(codes::GW0306, value, message)
        .because("one value without brackets")
        .label(operator.span, "takes a list")
        .help("put the value into brackets")
        .fix("put it into brackets", Applicability::Always, before, "[");
    if let Some(fix) = found.fixes.first_mut() {
        fix.edits.push(gatewright_diagnostics::Edit {
            span: after,
            text: "]".to_owned(),
        });
    }
    found
}

/// `[]`
pub(crate) fn empty_list(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0306, span, "the list is empty")
        .because("nothing is ever in it")
        .help("name at least one value, or leave the comparison out")
}

/// `device.systemLabels -eq "M365Managed"`
pub(crate) fn set_equality(name: &str, operator: &OperatorToken) -> Diagnostic {
    let (meant, text) = match operator.operator {
        Op::Ne => ("does not contain", "-notContains"),
        _ => ("contains", "-contains"),
    };
    let message = format!(
        "`{name}` is a set, and `-{}` means {meant}",
        operator.operator.word()
    );
    Diagnostic::new(codes::GW0313, operator.span, message)
        .because("compares a set with one value")
        .help(format!("say what is meant with `{text}`"))
        .fix(
            format!("write `{text}`"),
            Applicability::Always,
            operator.span,
            text,
        )
}

/// `null` in a dialect that has none.
pub(crate) fn no_null(
    null: Span,
    dialect: &str,
    attribute: &str,
    operator: &OperatorToken,
) -> Diagnostic {
    let message = format!("{} has no `null`", a_rule(dialect));
    let found = Diagnostic::new(codes::GW0305, null, message).because("not a value here");
    if operator.operator == Op::Ne {
        found.help(format!(
            "a positive comparison is false where `{attribute}` is not set: name the values \
             that are meant"
        ))
    } else {
        found.help(format!(
            "a negative comparison is true where `{attribute}` is not set: use `-ne` or \
             `-notStartsWith` with the values that are not meant"
        ))
    }
}

/// `-contains null`
pub(crate) fn null_operator(operator: &OperatorToken, null: Span) -> Diagnostic {
    let word = operator.operator.word();
    let message = format!("`null` cannot be compared with `-{word}`");
    Diagnostic::new(codes::GW0305, null, message)
        .because("only `-eq` and `-ne` know `null`")
        .help("write `-eq null` or `-ne null`")
}

/// `signIn.risk -eq null`
pub(crate) fn never_null(span: Span, name: &str, null: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0305, span, format!("`{name}` is never null"))
        .because("always the same answer")
        .label(null, "cannot be")
        .help("leave this comparison out")
}

/// `-not` in a dialect without it.
pub(crate) fn no_not(span: Span, dialect: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0316,
        span,
        format!("{} has no `-not`", a_rule(dialect)),
    )
    .because("negated here")
    .help("use the negative operators: `-ne`, `-notIn`, `-notContains`")
}

/// `-any` or `-all` in a dialect without them.
pub(crate) fn no_quantifier(span: Span, is_all: bool, dialect: &str) -> Diagnostic {
    let word = if is_all { "-all" } else { "-any" };
    Diagnostic::new(
        codes::GW0316,
        span,
        format!("{} has no `{word}`", a_rule(dialect)),
    )
    .because("belongs to dynamic membership rules")
    .help("ask for an element with `-contains`")
}

/// A quantifier over something that is no set.
pub(crate) fn not_a_set(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0304,
        span,
        format!("`{name}` is one value, not a set"),
    )
    .because("has no elements")
    .help("compare it directly")
}

/// `Direct Reports for "…"`
pub(crate) fn direct_reports(span: Span, dialect: &str) -> Diagnostic {
    let message = format!("{} has no `Direct Reports for`", a_rule(dialect));
    Diagnostic::new(codes::GW0316, span, message)
        .because("belongs to dynamic membership rules")
        .help("make a dynamic group of it, and name the group in the policy")
}

/// A named rule that a filter cannot say.
pub(crate) fn rule_not_in_filter(
    name: &Name,
    dialect: &str,
    reason: &str,
    span: Option<Span>,
) -> Diagnostic {
    let message = format!("`{}` cannot be used in a `{dialect}` rule", name.text);
    let mut found = Diagnostic::new(codes::GW0318, name.span, message)
        .because(format!("needs {reason}, which the filter does not have"));
    if let Some(span) = span {
        found = found.label(span, "here");
    }
    found.help("use the rule in a `when` clause, or write one that asks for the device only")
}

/// Values in parentheses after something that takes none.
pub(crate) fn no_parameters(name: &Name, span: Span) -> Diagnostic {
    let message = format!("`{}` takes no values", name.text);
    Diagnostic::new(codes::GW0209, span, message)
        .because("only rules with parameters take values in parentheses")
        .help("remove the parentheses and what is in them")
}

/// Named rules that make an expression too large.
pub(crate) fn too_large(name: &Name, declared: Span) -> Diagnostic {
    let message = format!(
        "with `{}` in its place this expression is too large",
        name.text
    );
    Diagnostic::new(codes::GW0502, name.span, message)
        .because("used once too often")
        .label(declared, "declared here")
        .help(format!(
            "an expression may have {} comparisons and {} levels, rules put in their place",
            super::super::expr::NODES_MAX,
            super::super::expr::DEPTH_MAX
        ))
}

/// A rule that is longer than the service takes.
pub(crate) fn rule_too_long(span: Span, characters: usize, limit: usize) -> Diagnostic {
    let message = format!("the rule has {characters} characters, and the service takes {limit}");
    Diagnostic::new(codes::GW0501, span, message)
        .because(format!("{} too many", characters.saturating_sub(limit)))
        .help("split the policy, or replace several `-eq` by one `-in`")
}

/// A dash or quotes that a word processor made.
pub(crate) fn typographic(span: Span, is_dash: bool, plain: Option<&str>) -> Diagnostic {
    let (what, help) = if is_dash {
        ("this is a dash", "write a hyphen")
    } else {
        ("these are quotes", "write straight double quotes")
    };
    let message = format!("{what} from a word processor");
    let found = Diagnostic::new(codes::GW0312, span, message)
        .because("read as plain")
        .help(help);
    match plain {
        Some(plain) => found.fix(help, Applicability::Always, span, plain),
        None => found,
    }
}
