//! Words for what the parser found.

use gatewright_diagnostics::{Applicability, Code, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_syntax::ast::Head;
use gatewright_syntax::{Expected, Found, Inside, RelatedRole, SyntaxProblem, SyntaxProblemKind};

use crate::suggest::join;

/// What is wrong with a text, in the reader's words.
#[must_use]
pub fn diagnostic(problem: &SyntaxProblem) -> Diagnostic {
    use SyntaxProblemKind as Kind;
    match &problem.kind {
        Kind::UnterminatedString { .. }
        | Kind::StrayCharacter { .. }
        | Kind::EscapedQuotes { .. } => text(problem),
        Kind::DetachedHyphen { .. }
        | Kind::ForeignOperator { .. }
        | Kind::UnknownOperator { .. } => operator(problem),
        Kind::UnclosedBracket { .. }
        | Kind::UnmatchedBracket { .. }
        | Kind::MismatchedBracket { .. } => bracket(problem),
        Kind::TooDeep { .. } | Kind::TooLong { .. } => limit(problem),
        Kind::UnknownDeclaration { .. } | Kind::UnknownClause { .. } | Kind::EmptyClause { .. } => {
            word(problem)
        }
        Kind::EmptyExpression
        | Kind::EmptyParentheses
        | Kind::MissingValue { .. }
        | Kind::MissingLeftSide { .. }
        | Kind::MissingOperator
        | Kind::MissingConnector
        | Kind::DanglingConnector { .. } => expression(problem),
        Kind::MissingComma => at(problem, codes::GW0115, "a comma is missing here")
            .because("between two elements")
            .help("write a comma")
            .fix("write a comma", Applicability::Maybe, problem.span, ", "),
        Kind::TrailingWords => at(problem, codes::GW0111, "the rule ends before these words")
            .because("not part of the rule")
            .help("remove them, or connect them with `-and` or `-or`"),
        Kind::Unexpected { found, expected } => unexpected(problem, found, expected),
    }
}

fn at(problem: &SyntaxProblem, code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, problem.span, message)
}

fn end(span: Span) -> Span {
    Span::new(span.source, span.end, span.end)
}

fn text(problem: &SyntaxProblem) -> Diagnostic {
    match &problem.kind {
        SyntaxProblemKind::UnterminatedString { quote } => {
            let close = match quote {
                gatewright_syntax::ast::Quote::Single => "'",
                _ => "\"",
            };
            at(problem, codes::GW0103, "this text is not closed")
                .because("its line ends before it does")
                .help(format!("write `{close}` where the text ends"))
                .fix(
                    "close it at the end of the line",
                    Applicability::Maybe,
                    end(problem.span),
                    close,
                )
        }
        SyntaxProblemKind::StrayCharacter { character } => stray(problem, *character),
        SyntaxProblemKind::EscapedQuotes { value } => at(
            problem,
            codes::GW0116,
            "these quotes are escaped as for a shell",
        )
        .because("the backtick belongs to PowerShell, not to the rule")
        .help(format!("write \"{value}\""))
        .fix(
            "write plain quotes",
            Applicability::Always,
            problem.span,
            format!("\"{value}\""),
        ),
        _ => unexpected(problem, &Found::End, &[]),
    }
}

fn stray(problem: &SyntaxProblem, character: char) -> Diagnostic {
    let shown = if character.is_control() || character.is_whitespace() {
        character.escape_unicode().to_string()
    } else {
        character.to_string()
    };
    let found = at(
        problem,
        codes::GW0102,
        format!("nothing starts with `{shown}`"),
    )
    .because("a character without meaning here");
    match character {
        ';' => found
            .help("remove it: a clause ends where the next one starts")
            .fix("remove it", Applicability::Maybe, problem.span, ""),
        '#' => found.help("a comment starts with `//`").fix(
            "write `//`",
            Applicability::Maybe,
            problem.span,
            "//",
        ),
        _ => found.help("remove it, or put the text that it belongs to into quotes"),
    }
}

fn operator(problem: &SyntaxProblem) -> Diagnostic {
    match &problem.kind {
        SyntaxProblemKind::DetachedHyphen { word } => {
            let plain = format!("-{word}");
            at(
                problem,
                codes::GW0105,
                format!("the hyphen of `{plain}` stands alone"),
            )
            .because("a space after the hyphen")
            .help(format!("write `{plain}`"))
            .fix(
                "remove the space",
                Applicability::Always,
                problem.span,
                plain,
            )
        }
        SyntaxProblemKind::ForeignOperator { written, candidate } => at(
            problem,
            codes::GW0106,
            format!("`{written}` is no operator of this language"),
        )
        .because("an operator of another language")
        .help(format!("write `{candidate}`"))
        .fix(
            format!("write `{candidate}`"),
            Applicability::Maybe,
            problem.span,
            *candidate,
        ),
        SyntaxProblemKind::UnknownOperator { written, candidate } => {
            let found = at(
                problem,
                codes::GW0105,
                format!("there is no operator `{written}`"),
            )
            .because("not an operator");
            if let Some((operator, value)) = glued(written) {
                let plain = format!("{operator} {value}");
                return found.help("write a space after the operator").fix(
                    format!("write `{plain}`"),
                    Applicability::Maybe,
                    problem.span,
                    plain,
                );
            }
            if written.eq_ignore_ascii_case("-only") {
                return found.help("the state of a policy that only reports is `reportOnly`");
            }
            if ["-like", "-notLike"]
                .iter()
                .any(|like| like.eq_ignore_ascii_case(written))
            {
                return found.help(
                    "there are no wildcards: ask with `-startsWith`, `-endsWith` or `-contains` \
                     for the part that is meant",
                );
            }
            match candidate {
                Some(candidate) => found.help(format!("did you mean `{candidate}`?")).fix(
                    format!("write `{candidate}`"),
                    Applicability::Maybe,
                    problem.span,
                    *candidate,
                ),
                None => found.help(
                    "the operators are `-eq`, `-ne`, `-startsWith`, `-endsWith`, `-contains`, \
                     `-in`, `-match`, their negatives such as `-notIn`, and `-le`, `-ge`, `-lt`, \
                     `-gt`",
                ),
            }
        }
        _ => unexpected(problem, &Found::End, &[]),
    }
}

/// `-eqTrue` as operator and value.
fn glued(written: &str) -> Option<(String, &str)> {
    let word = written.trim_start_matches(|c: char| !c.is_alphanumeric());
    ["True", "False"].iter().find_map(|value| {
        let at = word.len().checked_sub(value.len())?;
        let (operator, rest) = word.split_at_checked(at)?;
        let is_operator = gatewright_syntax::ast::CompareOperator::from_word(operator).is_some();
        (is_operator && rest.eq_ignore_ascii_case(value)).then(|| (format!("-{operator}"), rest))
    })
}

fn bracket(problem: &SyntaxProblem) -> Diagnostic {
    let opened = problem.related(RelatedRole::Opened);
    let with_opened = |found: Diagnostic, text: &str| match opened {
        Some(span) => found.label(span, text),
        None => found,
    };
    match &problem.kind {
        SyntaxProblemKind::UnclosedBracket { open, close } => {
            let found = at(problem, codes::GW0104, format!("`{open}` is never closed"))
                .because(format!("`{close}` is missing here"));
            with_opened(found, "opened here")
                .help(format!("write `{close}`"))
                .fix(
                    format!("write `{close}`"),
                    Applicability::Maybe,
                    problem.span,
                    close.to_string(),
                )
        }
        SyntaxProblemKind::UnmatchedBracket { close } => {
            at(problem, codes::GW0104, format!("`{close}` closes nothing"))
                .because("nothing was opened")
                .help("remove it, or write its partner where the group starts")
                .fix("remove it", Applicability::Maybe, problem.span, "")
        }
        SyntaxProblemKind::MismatchedBracket { found, wanted } => {
            let message = format!("`{found}` closes what another bracket opened");
            let diagnostic =
                at(problem, codes::GW0104, message).because(format!("`{wanted}` is expected"));
            with_opened(diagnostic, "opened here")
                .help(format!("write `{wanted}`"))
                .fix(
                    format!("write `{wanted}`"),
                    Applicability::Maybe,
                    problem.span,
                    wanted.to_string(),
                )
        }
        _ => unexpected(problem, &Found::End, &[]),
    }
}

fn limit(problem: &SyntaxProblem) -> Diagnostic {
    match &problem.kind {
        SyntaxProblemKind::TooDeep { limit } => at(
            problem,
            codes::GW0503,
            format!("this is nested more than {limit} times"),
        )
        .because("too deep")
        .help("give the inner parts names: `rule Name = …`"),
        SyntaxProblemKind::TooLong { limit } => {
            let message = format!("the text is longer than {} MiB", limit / (1 << 20));
            at(problem, codes::GW0504, message)
                .because("read up to here")
                .help("split it into several files")
        }
        _ => unexpected(problem, &Found::End, &[]),
    }
}

fn word(problem: &SyntaxProblem) -> Diagnostic {
    match &problem.kind {
        SyntaxProblemKind::UnknownDeclaration { word, candidate } => {
            let found = at(
                problem,
                codes::GW0112,
                format!("`{word}` starts no declaration"),
            )
            .because("not a declaration");
            match candidate {
                Some(meant) => found.help(format!("did you mean `{meant}`?")).fix(
                    format!("write `{meant}`"),
                    Applicability::Maybe,
                    problem.span,
                    *meant,
                ),
                None => found.help(
                    "a declaration starts with `policy`, `group`, `user`, `app`, `role`, \
                     `location`, `strength`, `terms`, `context`, `rule` or `scope`",
                ),
            }
        }
        SyntaxProblemKind::UnknownClause { word, candidate } => {
            let found = at(problem, codes::GW0113, format!("`{word}` starts no clause"))
                .because("not a clause");
            match head_meant(word).or(*candidate) {
                Some(meant) => found.help(format!("did you mean `{}`?", meant.word())).fix(
                    format!("write `{}`", meant.word()),
                    Applicability::Maybe,
                    problem.span,
                    meant.word(),
                ),
                None => found.help(
                    "a policy has clauses such as `state`, `users`, `apps`, `locations`, `when`, \
                     `require`, `block` and `session`",
                ),
            }
        }
        SyntaxProblemKind::EmptyClause { head } => {
            let message = format!("nothing follows `{}`", head.word());
            at(problem, codes::GW0114, message)
                .because("an empty clause")
                .help(format!(
                    "write `{}`, or remove the clause",
                    clause_sample(*head)
                ))
        }
        _ => unexpected(problem, &Found::End, &[]),
    }
}

/// The head of what the portal or another language calls by this word.
pub(crate) fn head_meant(word: &str) -> Option<Head> {
    match word.to_ascii_lowercase().as_str() {
        "grant" | "grants" | "control" | "controls" => Some(Head::Require),
        "if" | "condition" | "conditions" => Some(Head::When),
        "deny" => Some(Head::Block),
        "resource" | "resources" | "cloudapps" | "target" | "targets" => Some(Head::Apps),
        "network" | "networks" => Some(Head::Locations),
        _ => None,
    }
}

fn clause_sample(head: Head) -> &'static str {
    match head {
        Head::State => "state enabled",
        Head::Users => "users all",
        Head::Guests => "guests all",
        Head::Workloads => "workloads servicePrincipals",
        Head::Agents => "agents all",
        Head::Apps => "apps all",
        Head::Actions => "actions [registerSecurityInformation]",
        Head::Contexts => "contexts [c1]",
        Head::Clients => "clients [browser]",
        Head::Platforms => "platforms [windows, macOS]",
        Head::Locations => "locations all except allTrusted",
        Head::UserRisk => "userRisk [high]",
        Head::SignInRisk => "signInRisk [medium, high]",
        Head::InsiderRisk => "insiderRisk [elevated]",
        Head::WorkloadRisk => "workloadRisk [high]",
        Head::AgentRisk => "agentRisk [high]",
        Head::Flows => "flows [deviceCodeFlow]",
        Head::Devices => "devices where device.isCompliant -eq True",
        Head::When => "when signIn.risk -eq high",
        Head::Unless => "unless device.isCompliant -eq True",
        Head::Block => "block",
        Head::Require => "require mfa",
        Head::Session => "session signInFrequency 4 hours",
        Head::Then => "then approve",
        Head::Graph => "graph { \"member\": null }",
        Head::Always => "always block",
        Head::Never => "never block",
        Head::Grace => "grace 3 days",
        Head::Noncompliance => "noncompliance block after 1 day",
        Head::Applied => "applied [\"Policy\"]",
        Head::Verdict => "verdict block",
    }
}

fn expression(problem: &SyntaxProblem) -> Diagnostic {
    let operator = problem.related(RelatedRole::Operator);
    match &problem.kind {
        SyntaxProblemKind::EmptyExpression => {
            at(problem, codes::GW0110, "a condition is missing here")
                .because("nothing to test")
                .help("write a comparison such as `device.isCompliant -eq True`")
        }
        SyntaxProblemKind::EmptyParentheses => at(
            problem,
            codes::GW0110,
            "there is nothing in these parentheses",
        )
        .because("nothing to test")
        .help("write a comparison between them, or remove them"),
        SyntaxProblemKind::MissingValue { operator: written } => {
            let found = at(problem, codes::GW0107, format!("`{written}` has no value"))
                .because("a value is expected here");
            let found = match operator {
                Some(span) => found.label(span, "compares with what?"),
                None => found,
            };
            found.help("write a value such as \"AzureAD\" or `True`")
        }
        SyntaxProblemKind::MissingLeftSide { operator: written } => at(
            problem,
            codes::GW0107,
            format!("`{written}` has nothing to compare"),
        )
        .because("an attribute is expected before this")
        .help("write an attribute such as `device.trustType` before it"),
        SyntaxProblemKind::MissingOperator => {
            let found =
                at(problem, codes::GW0107, "an operator is missing here").because("compared how?");
            let found = match problem.related(RelatedRole::Before) {
                Some(span) => found.label(span, "this is not compared with anything"),
                None => found,
            };
            found.help("write an operator such as `-eq`")
        }
        SyntaxProblemKind::MissingConnector => {
            at(problem, codes::GW0108, "two conditions stand side by side")
                .because("`-and` or `-or` is missing before this")
                .help("write `-and` where both have to hold, `-or` where one is enough")
        }
        SyntaxProblemKind::DanglingConnector { word, is_after } => {
            let side = if *is_after { "after" } else { "before" };
            at(
                problem,
                codes::GW0109,
                format!("`{word}` has nothing {side} it"),
            )
            .because(format!("a condition is expected {side} this"))
            .help("write the missing condition, or remove the connector")
        }
        _ => unexpected(problem, &Found::End, &[]),
    }
}

fn unexpected(problem: &SyntaxProblem, found: &Found, expected: &[Expected]) -> Diagnostic {
    let message = match (found, place(problem.inside)) {
        (Found::End, Some(place)) => format!("{place} ends too early"),
        (Found::End, None) => "the text ends too early".to_owned(),
        (found, Some(place)) => format!("{} cannot stand here, in {place}", found_words(found)),
        (found, None) => format!("{} cannot stand here", found_words(found)),
    };
    let shown: Vec<String> = expected
        .iter()
        .take(5)
        .map(|e| expected_words(*e))
        .collect();
    let mut diagnostic = at(problem, codes::GW0101, message);
    if !shown.is_empty() {
        diagnostic = diagnostic.because(format!("expected {}", join(&shown, "or")));
    }
    if let Some(span) = problem.related(RelatedRole::Opened) {
        diagnostic = diagnostic.label(span, "opened here");
    }
    if let Some(span) = problem.related(RelatedRole::Owner) {
        diagnostic = diagnostic.label(span, "in this one");
    }
    hint(diagnostic, problem, found, expected)
}

/// What to do about a token that cannot stand somewhere, where that is clear.
fn hint(
    diagnostic: Diagnostic,
    problem: &SyntaxProblem,
    found: &Found,
    expected: &[Expected],
) -> Diagnostic {
    let start = Span::new(problem.span.source, problem.span.start, problem.span.start);
    if let (Inside::Clause(head), Found::Mark(':' | '=')) = (problem.inside, found) {
        return diagnostic
            .help(format!(
                "no mark stands between a head and the rest: `{}`",
                clause_sample(head)
            ))
            .fix("remove it", Applicability::Maybe, problem.span, "");
    }
    if let (Found::Word(word), true) = (found, expected.contains(&Expected::QuotedName)) {
        let quoted = format!("\"{word}\"");
        return diagnostic.help(format!("write {quoted}")).fix(
            "put it into quotes",
            Applicability::Maybe,
            problem.span,
            quoted,
        );
    }
    if expected.contains(&Expected::FilterMode) {
        let starts_clause = |word: &str| Head::ALL.iter().any(|head| head.word() == word);
        let is_empty = match found {
            Found::Word(word) => starts_clause(word),
            found => *found == Found::End,
        };
        if is_empty {
            return diagnostic.help("write a filter: `devices where device.isCompliant -eq True`");
        }
        let diagnostic = diagnostic
            .help("write `where` for the devices that are meant, `except` for those that are not");
        let meant = match found {
            Found::Word(word) => mode_meant(word),
            _ => None,
        };
        return match meant {
            Some(mode) => {
                let title = format!("write `{mode}`");
                diagnostic.fix(title, Applicability::Maybe, problem.span, mode)
            }
            None => diagnostic.fix("write `where`", Applicability::Maybe, start, "where "),
        };
    }
    if matches!(
        (problem.inside, found),
        (Inside::File, Found::Mark('{' | '[') | Found::Json)
    ) {
        return diagnostic.help(
            "policy text has declarations such as `policy \"Name\" { … }`; Graph JSON is read from \
             a file of another ending, and `gatewright import` translates it",
        );
    }
    if matches!(found, Found::Word(word) if word == "except")
        && expected.contains(&Expected::Phrase)
    {
        return diagnostic.help("no comma stands before `except`: `users all except groups [A]`");
    }
    if expected == [Expected::Mark('=')] {
        return diagnostic.help("write `=` before the value").fix(
            "write `=`",
            Applicability::Maybe,
            start,
            "= ",
        );
    }
    diagnostic
}

/// The mode of a filter that the portal or Graph calls by this word.
fn mode_meant(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "exclude" | "excludes" | "not" | "unless" | "without" => Some("except"),
        "include" | "includes" | "if" | "when" => Some("where"),
        _ => None,
    }
}

/// `a users`, `an apps`
fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    }
}

fn place(inside: Inside) -> Option<String> {
    match inside {
        Inside::File => None,
        Inside::Declaration(keyword) => {
            Some(format!("{} `{keyword}` declaration", article(keyword)))
        }
        Inside::Clause(head) => {
            let word = head.word();
            Some(format!("{} `{word}` clause", article(word)))
        }
        Inside::ClauseExpression(head) => {
            let word = head.word();
            Some(format!(
                "the condition of {} `{word}` clause",
                article(word)
            ))
        }
        Inside::Rule => Some("a rule".to_owned()),
        Inside::Annotation => Some("an annotation".to_owned()),
        Inside::Given => Some("the facts of a test".to_owned()),
        Inside::Expect => Some("the expectations of a test".to_owned()),
    }
}

fn found_words(found: &Found) -> String {
    match found {
        Found::End => "the end".to_owned(),
        Found::Word(word) | Found::Literal(word) | Found::Operator(word) => format!("`{word}`"),
        Found::Text => "a text in quotes".to_owned(),
        Found::Mark(mark) => format!("`{mark}`"),
        Found::Json => "a JSON object".to_owned(),
    }
}

fn expected_words(expected: Expected) -> String {
    match expected {
        Expected::Declaration => "a declaration".to_owned(),
        Expected::Clause => "a clause".to_owned(),
        Expected::Expression => "a condition".to_owned(),
        Expected::Operator => "an operator such as `-eq`".to_owned(),
        Expected::Connector => "`-and` or `-or`".to_owned(),
        Expected::Value => "a value".to_owned(),
        Expected::Phrase => "a word, a name or a list".to_owned(),
        Expected::Name => "a name".to_owned(),
        Expected::QuotedName => "a name in quotes".to_owned(),
        Expected::Platform => "a platform".to_owned(),
        Expected::Type => "a type".to_owned(),
        Expected::FilterMode => "`where` or `except`".to_owned(),
        Expected::TestBlock => "`given` or `expect`".to_owned(),
        Expected::Json => "a JSON object".to_owned(),
        Expected::Word(word) => format!("`{word}`"),
        Expected::Mark(mark) => format!("`{mark}`"),
        Expected::End => "the end".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_words() {
        let at = |kind| diagnostic(&SyntaxProblem::new(kind, Span::default(), Inside::File));
        let long = at(SyntaxProblemKind::TooLong { limit: 64 << 20 });
        assert_eq!(long.code, codes::GW0504);
        assert_eq!(long.message, "the text is longer than 64 MiB");
        let deep = at(SyntaxProblemKind::TooDeep { limit: 256 });
        assert_eq!(deep.code, codes::GW0503);
    }

    #[test]
    fn an_operator_and_its_value_are_taken_apart() {
        assert_eq!(glued("-eqTrue"), Some(("-eq".to_owned(), "True")));
        assert_eq!(glued("–nefalse"), Some(("-ne".to_owned(), "false")));
        assert_eq!(glued("-equals"), None);
    }
}
