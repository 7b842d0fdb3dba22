//! Rules for declarations with a body, and for the clauses, facts and expectations in them.

use serde_json::{Value, json};

use super::words::{END, NEXT_LINE, QUOTE, WORD, Words};
use super::{Rules, captured, include, includes, matching, region};

const KEYWORD: &str = "keyword.declaration";
const CLAUSE: &str = "keyword.control.clause";

pub(super) fn rules(words: &Words) -> Rules {
    let mut rules = declarations(words);
    rules.extend(clauses(words));
    rules.extend(tests(words));
    rules.extend(graph(words));
    rules
}

fn declarations(words: &Words) -> Rules {
    let Words {
        assigned,
        titled,
        heads,
        declarations: all,
        ..
    } = words;
    let after_body = format!(r"(?<=\}})|{NEXT_LINE}");
    let with_title = |keywords: &str, body: &str| {
        let begin = format!(r"({keywords}){END}(?=\s*(?:{QUOTE}|$))");
        let patterns = format!("comments titles header {body}");
        region((&begin, &[KEYWORD]), (&after_body, &[]), &patterns)
    };
    let template = region(
        (
            &format!(r"(template)\s+({WORD})"),
            &[KEYWORD, "entity.name.type"],
        ),
        (&after_body, &[]),
        "comments group container",
    );
    let annotation = captured(
        &format!(r"(@)\s*({WORD})"),
        &[
            "punctuation.definition.annotation",
            "entity.name.function.decorator",
        ],
    );
    // A misspelt keyword does not take the colours from its body.
    let unknown = format!(r#"^\s*(?!(?:{all}|{heads}){END})({WORD})(?=\s*"[^"]*"\s*\{{)"#);
    let unknown = region(
        (&unknown, &["variable.other.constant"]),
        (&after_body, &[]),
        "comments titles header body",
    );
    let rule = format!(r"(rule)\s+({WORD})(?=\s*[=(])");
    let object = format!(r"({assigned})\s+({WORD})(?=\s*[=(])");
    let begun = format!(r"^\s*({assigned})\s+({WORD})(?=\s*$)");
    let instance = format!(r"(use)\s+({WORD})(?=\s*(?:\(|$))");
    let names = [KEYWORD, "entity.name.type"];
    let header = json!({ "patterns": [
        matching(&format!("for{END}"), KEYWORD),
        include("literals"),
        include("words"),
        matching(r"\(|\)|,|:|=|\.", "punctuation"),
    ] });
    let end = format!(r"(\}})|(?=^\s*(?:{titled}){END}\s*{QUOTE})");
    let container_end = format!(r"(\}})|(?=^(?:{titled}){END}\s*{QUOTE})");
    let block = |end: &str, patterns: &str| {
        let (open, close) = (
            "punctuation.section.block.begin",
            "punctuation.section.block.end",
        );
        region((r"(\{)", &[open]), (end, &[close]), patterns)
    };
    vec![
        (
            "file",
            json!({ "patterns": includes("comments schema-parts declarations item") }),
        ),
        (
            "declarations",
            json!({ "patterns": [
                with_title("policy|compliance|invariant", "body"),
                with_title("scope", "container"),
                with_title("test", "steps"),
                template,
                annotation,
                captured(&rule, &[KEYWORD, "entity.name.function"]),
                captured(&object, &names),
                captured(&begun, &names),
                captured(&instance, &[KEYWORD, "entity.name.type"]),
                unknown,
            ] }),
        ),
        ("header", header),
        ("body", block(&end, "clauses")),
        (
            "container",
            block(&container_end, "comments declarations clauses"),
        ),
        ("steps", block(&end, "comments step marks")),
    ]
}

fn clauses(words: &Words) -> Rules {
    let Words { heads, kinds, .. } = words;
    let kind = "support.type.kind";
    let head = format!(r"({heads}){END}(?!\s*\.)(?:([ \t]+)({kinds}){END}(?!\s*[.(]))?");
    let promise = format!(r"(always|never)([ \t]+)(block|require|session|then){END}");
    let begun = format!(r"^\s*(always|never){END}");
    // What follows a comma or `except` is never the head of a clause, not even on the next line.
    let continued = |begin: &str, name: &str| {
        region(
            (begin, &[name]),
            (
                &format!(r"(?:(where){END}|({kinds}){END}(?!\s*[.(]))|(?=[^\s/])"),
                &["keyword.control.filter", kind],
            ),
            "comments",
        )
    };
    vec![(
        "clauses",
        json!({ "patterns": [
            include("comments"),
            include("graph"),
            include("paths"),
            captured(
                &format!(r"(persistentBrowser)\s+(always|never){END}"),
                &["support.constant.session", "constant.language"],
            ),
            captured(&promise, &[CLAUSE, "", CLAUSE]),
            captured(&begun, &[CLAUSE]),
            matching(&format!("where{END}"), "keyword.control.filter"),
            continued(&format!("(except){END}"), "keyword.control.except"),
            continued("(,)", "punctuation.separator.comma"),
            matching(&format!(r"block{END}(?!\s*\.)"), CLAUSE),
            captured(&head, &[CLAUSE, "", kind]),
            matching(
                &format!(r"Direct\s+Reports\s+for{END}"),
                "keyword.operator.wordlike.reports",
            ),
            include("item"),
        ] }),
    )]
}

/// Words that start a fact, besides attributes.
const FACTS: &str = "user|guest|agentUser|servicePrincipal|agent|apps?|action|context|client|\
    platform|ip|country|location|userRisk|signInRisk|insiderRisk|workloadRisk|agentRisk|flow|\
    device|satisfied|methods|terms|custom|now|baselineScopesOnly|enrollmentService|mfaRegistered|\
    firstInteractiveSignIn|mfaDeemedNecessary|compliance|tags|unknown|groups|roles|from";

/// Words that start an expectation.
const EXPECTATIONS: &str = "verdict|block|deny|interrupt|grant|notApplicable|require|applied|not|\
    session|compliance|reportOnly";

fn tests(words: &Words) -> Rules {
    let after_body = format!(r"(?<=\}})|{NEXT_LINE}");
    let step = |keyword: &str, patterns: &str| {
        let begin = format!(r"({keyword}){END}");
        region(
            (&begin, &["keyword.control.step"]),
            (&after_body, &[]),
            patterns,
        )
    };
    let end = format!(
        r"(\}})|(?=^\s*(?:(?:{}){END}\s*{QUOTE}|(?:given|expect){END}\s*\{{))",
        words.titled
    );
    let block = |patterns: &str| {
        let (open, close) = (
            "punctuation.section.block.begin",
            "punctuation.section.block.end",
        );
        region((r"(\{)", &[open]), (&end, &[close]), patterns)
    };
    // A word after the word of a fact is its value: `platform unknown`, `user roles [A]`.
    let expectation = format!(r"(?:{EXPECTATIONS}){END}(?!\s*\.)");
    let fact = format!(r"({FACTS}){END}(?!\s*\.)(?:([ \t]+)(unknown){END})?");
    vec![
        (
            "step",
            json!({ "patterns": [
                step("given", "comments facts"),
                step("expect", "comments expectations"),
            ] }),
        ),
        ("facts", block("fact")),
        ("expectations", block("expectation")),
        (
            "fact",
            json!({ "patterns": [
                include("comments"),
                include("paths"),
                captured(&fact, &["support.type.property-name.fact", "", "constant.language"]),
                include("item"),
            ] }),
        ),
        (
            "expectation",
            json!({ "patterns": [
                include("comments"),
                include("paths"),
                matching(&expectation, "keyword.control.expectation"),
                include("item"),
            ] }),
        ),
    ]
}

/// The object of a `graph` clause, with the names that grammars of JSON have.
fn graph(words: &Words) -> Rules {
    // No line of JSON starts with a bare word.
    let open = format!(r"(?=^\s*(?:{}){END}\s*{QUOTE})", words.titled);
    let nested = |left: &str, right: &str, name: &str, patterns: &str| {
        let mark =
            |place: &str| json!({ "name": format!("punctuation.definition.{name}.{place}.json") });
        json!({
            "name": format!("meta.structure.{name}.json"),
            "begin": left,
            "beginCaptures": { "0": mark("begin") },
            "end": format!("({right})|{open}"),
            "endCaptures": { "1": mark("end") },
            "patterns": includes(patterns),
        })
    };
    let text = |name: &str, after: &str| {
        let value: Value = json!({
            "name": name,
            "begin": format!("\"{after}"),
            "end": "\"|$",
            "patterns": [{
                "match": r#"\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})"#,
                "name": "constant.character.escape.json",
            }],
        });
        value
    };
    let key = text(
        "string.json support.type.property-name.json",
        r#"(?=(?:[^"\\]|\\.)*"\s*:)"#,
    );
    let mark = |pattern: &str, name: &str| {
        let name = format!("punctuation.separator.{name}.json");
        json!({ "match": pattern, "name": name })
    };
    let number = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?";
    vec![
        (
            "graph",
            json!({
                "begin": format!(r"(graph){END}(?=\s*(?:\{{|$))"),
                "beginCaptures": { "1": { "name": format!("{CLAUSE}.gate") } },
                "end": format!(r"(?<=\}})|(?=[^\s{{/])"),
                "patterns": [
                    include("comments"),
                    json!({ "begin": r"(?=\{)", "end": r"(?<=\})|(?=^\s*[a-z])",
                            "contentName": "meta.embedded.block.json",
                            "patterns": [include("json-object")] }),
                ],
            }),
        ),
        (
            "json-object",
            nested(r"\{", r"\}", "dictionary", "json-key json-value json-marks"),
        ),
        (
            "json-array",
            nested(r"\[", r"\]", "array", "json-value json-marks"),
        ),
        ("json-key", key),
        (
            "json-value",
            json!({ "patterns": [
                text("string.quoted.double.json", ""),
                json!({ "match": r"\b(?:true|false|null)\b", "name": "constant.language.json" }),
                json!({ "match": number, "name": "constant.numeric.json" }),
                include("json-object"),
                include("json-array"),
            ] }),
        ),
        (
            "json-marks",
            json!({ "patterns": [mark(":", "dictionary.key-value"), mark(",", "comma")] }),
        ),
    ]
}
