//! What one dialect of rules has and another has not.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator as Op, Name, Operand, OperatorToken, Text};

use crate::concepts;
use crate::schema::Dialect;
use crate::suggest::{join, nearest, one_of};

/// ``an `intune-app` rule``
pub(crate) fn a_rule(dialect: &str) -> String {
    let article = if dialect.starts_with('i') { "an" } else { "a" };
    format!("{article} `{dialect}` rule")
}

/// `CustomSecurityAttribute.Set.Name`
pub(crate) fn custom_attribute(
    span: Span,
    written: &str,
    dialect: &str,
    entity: &str,
    meant: Option<&str>,
) -> Diagnostic {
    let message = format!("`{written}` names no custom security attribute");
    let found = Diagnostic::new(codes::GW0331, span, message);
    match meant {
        Some(meant) => found
            .because("an underscore joins set and attribute")
            .help(format!("write `{meant}`"))
            .fix(
                format!("write `{meant}`"),
                Applicability::Maybe,
                span,
                meant,
            ),
        None => found
            .because(format!(
                "{} names attributes by their sets",
                a_rule(dialect)
            ))
            .help(format!("write `{entity}.Set_Attribute`")),
    }
}

/// `-not (user.mail -eq null)`
pub(crate) fn negated_null(span: Span, null: Span, opposite: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0332,
        span,
        "a comparison with `null` cannot be negated",
    )
    .because("the service refuses `-not` here")
    .label(null, "compared with `null`")
    .help(format!("write `{opposite}`"))
}

/// Something else than the element in the body of a quantifier.
pub(crate) fn not_the_element(span: Span, example: &str) -> Diagnostic {
    let message = "`-any` and `-all` ask for elements only";
    Diagnostic::new(codes::GW0333, span, message)
        .because("does not speak of the element")
        .help(format!(
            "compare `{example}`, and put other comparisons outside"
        ))
}

/// `assignedPlan.name`
pub(crate) fn unknown_field(
    span: Span,
    element: &str,
    field: &Name,
    fields: &[String],
) -> Diagnostic {
    let message = format!("`{element}` has no `{}`", field.text);
    let found = Diagnostic::new(codes::GW0301, span, message).because("not a member of it");
    match nearest(&field.text, fields.iter().map(String::as_str)) {
        Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
            format!("write `{meant}`"),
            Applicability::Maybe,
            span,
            meant,
        ),
        None => {
            let known = one_of(fields.iter().map(String::as_str), "and");
            found.help(format!("it has {known}"))
        }
    }
}

/// `user.otherMails -eq "a@example.com"`
pub(crate) fn equality_with_set(
    name: &str,
    operator: &OperatorToken,
    right: &Operand,
) -> Diagnostic {
    let is_negated = operator.operator == Op::Ne;
    let message = format!(
        "`{name}` is a set, and `-{}` asks whether {} element is the value",
        operator.operator.word(),
        if is_negated { "no" } else { "some" }
    );
    let found = Diagnostic::new(codes::GW0313, operator.span, message)
        .because("compares a set with one value");
    let Operand::Text(text) = right else {
        return found.help("say what is meant with `-any`");
    };
    found.help(format!(
        "say what is meant: `{}{name} -any (_ -eq \"{}\"){}`",
        if is_negated { "-not (" } else { "" },
        text.value,
        if is_negated { ")" } else { "" },
    ))
}

/// `Direct Reports for` or `memberOf` as a part of a rule.
pub(crate) fn stands_alone(span: Span, what: &str) -> Diagnostic {
    let message = format!("`{what}` cannot be combined with anything");
    Diagnostic::new(codes::GW0334, span, message)
        .because("only a part of the rule")
        .help("make it a rule of its own, and a group of its own")
}

/// `'text'` where that is refused.
pub(crate) fn refused_quotes(text: &Text, dialect: &str) -> Diagnostic {
    let found = Diagnostic::new(
        codes::GW0335,
        text.span,
        format!("{} has double quotes only", a_rule(dialect)),
    )
    .because("single quotes")
    .help("use double quotes");
    if text.value.contains(['"', '`']) {
        return found;
    }
    let plain = format!("\"{}\"", text.value);
    found.fix("use double quotes", Applicability::Always, text.span, plain)
}

/// A blank that is missing.
pub(crate) fn missing_space(place: Span, operator: Span, dialect: &str) -> Diagnostic {
    let message = format!("{} needs a blank here", a_rule(dialect));
    Diagnostic::new(codes::GW0335, operator, message)
        .because("written together")
        .help("put a blank before and after it")
        .fix("put a blank", Applicability::Always, place, " ")
}

/// A backtick before a quote.
pub(crate) fn refused_escape(span: Span, dialect: &str) -> Diagnostic {
    let message = format!("{} has no escapes", a_rule(dialect));
    Diagnostic::new(codes::GW0335, span, message)
        .because("a quote inside a text")
        .help("a text cannot have a double quote in it; ask for the part before or after it")
}

/// `// …`
pub(crate) fn refused_comment(span: Span, dialect: &str) -> Diagnostic {
    let message = format!("{} has no comments", a_rule(dialect));
    Diagnostic::new(codes::GW0335, span, message)
        .because("a comment")
        .help("remove it")
        .fix("remove it", Applicability::Always, span, "")
}

/// A value that is taken and that no object has.
pub(crate) struct NeverMatches<'a> {
    pub(crate) attribute: &'a str,
    pub(crate) left: Span,
    pub(crate) text: &'a Text,
    pub(crate) values: &'a [&'a str],
    pub(crate) dialect: &'a Dialect,
}

impl NeverMatches<'_> {
    pub(crate) fn diagnostic(self) -> Diagnostic {
        let place = match &self.dialect.platform {
            Some(platform) => format!(" on {platform}"),
            None => String::new(),
        };
        let message = format!(
            "`{}` is never \"{}\"{place}",
            self.attribute, self.text.value
        );
        let shown: Vec<String> = self
            .values
            .iter()
            .take(12)
            .map(|v| format!("\"{v}\""))
            .collect();
        let found = Diagnostic::new(codes::GW0336, self.text.span, message)
            .because("taken by the service, and equal to nothing")
            .label(self.left, join(&shown, "or"));
        match self.meant() {
            Some(meant) => found.help(format!("did you mean \"{meant}\"?")).fix(
                format!("write \"{meant}\""),
                Applicability::Maybe,
                self.text.span,
                format!("\"{meant}\""),
            ),
            None => found.help(format!("use {}", join(&shown, "or"))),
        }
    }

    /// The value by the name of another dialect, by a newer name, or by one much like it.
    fn meant(&self) -> Option<String> {
        let written = self.text.value.trim();
        let last = self.attribute.rsplit('.').next().unwrap_or_default();
        let concept = concepts::find(&self.dialect.name, last);
        let known = |value: &str| self.values.iter().any(|v| v.eq_ignore_ascii_case(value));
        if let Some(value) = concept.and_then(|c| c.value_elsewhere(&self.dialect.name, written)) {
            return known(value).then(|| value.to_owned());
        }
        const RENAMED: &[(&str, &str)] = &[
            ("Microsoft Entra hybrid joined", "Hybrid Azure AD joined"),
            ("Microsoft Entra joined", "Azure AD joined"),
            ("Microsoft Entra registered", "Azure AD registered"),
            ("x64", "amd64"),
            ("amd64", "x64"),
            ("x86_64", "amd64"),
        ];
        let renamed = RENAMED
            .iter()
            .find(|(old, new)| old.eq_ignore_ascii_case(written) && known(new));
        if let Some((_, new)) = renamed {
            return Some((*new).to_owned());
        }
        nearest(written, self.values.iter().copied()).map(str::to_owned)
    }
}

/// An attribute that the platform of the filter has not.
pub(crate) fn not_on_platform(
    span: Span,
    name: &str,
    platform: &str,
    platforms: &[String],
) -> Diagnostic {
    let message = format!("a filter for {platform} has no `{name}`");
    let known = one_of(platforms.iter().map(String::as_str), "and");
    Diagnostic::new(codes::GW0337, span, message)
        .because(format!("there for {known}"))
        .help("leave the comparison out, or make the filter for another platform")
}

/// An attribute that another one replaces.
pub(crate) fn deprecated_attribute(span: Span, name: &str, by: &str) -> Diagnostic {
    let message = format!("`{name}` is deprecated");
    Diagnostic::new(codes::GW0338, span, message)
        .because(format!("`{by}` replaces it"))
        .help(format!(
            "ask for `{by}`, which compares versions number by number"
        ))
}

/// `-eq "true"`
pub(crate) fn quoted_boolean(text: &Text) -> Diagnostic {
    let plain = text.value.to_ascii_lowercase();
    Diagnostic::new(
        codes::GW0339,
        text.span,
        "the service documents Booleans without quotes",
    )
    .because("a Boolean in quotes")
    .help(format!("write `{plain}`"))
    .fix(
        format!("write `{plain}`"),
        Applicability::Always,
        text.span,
        plain,
    )
}

/// `system.now -plus p1m`
pub(crate) fn bad_offset(amount: &Name) -> Diagnostic {
    let message = format!("`{}` is no length of time", amount.text);
    Diagnostic::new(codes::GW0304, amount.span, message)
        .because("weeks, days, hours, minutes or seconds are expected")
        .help("write a length such as `p1d`, `p2w` or `pt12h`; months and years have none")
}

/// A part of a rule that another dialect cannot say.
pub(crate) fn untranslatable(span: Span, to: &str, reason: &str) -> Diagnostic {
    let message = format!("{} cannot say this", a_rule(to));
    Diagnostic::new(codes::GW0340, span, message)
        .because(reason)
        .help("leave this part out, or decide it at another place")
}
