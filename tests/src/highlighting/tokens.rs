//! Rules for what is the same wherever it stands: comments, texts, literals, operators, values.

use serde_json::json;

use super::words::{END, HYPHEN, MODIFIERS, WORD, Words};
use super::{Rules, captured, include, includes, matching, region};

pub(super) fn rules(words: &Words) -> Rules {
    let mut rules = comments();
    rules.extend(texts());
    rules.extend(operators(words));
    rules.extend(names(words));
    rules.extend(brackets(words));
    rules
}

fn comments() -> Rules {
    let comment = |pattern: &str, name: &str, mark: &str| {
        json!({
            "match": pattern,
            "name": format!("{name}.gate"),
            "captures": { "1": { "name": format!("punctuation.definition.comment.{mark}gate") } },
        })
    };
    let documentation = "comment.line.documentation";
    vec![(
        "comments",
        json!({ "patterns": [
            comment(r"(////).*$", "comment.line.double-slash", ""),
            comment(r"(///|//!).*$", documentation, "documentation."),
            comment(r"(//).*$", "comment.line.double-slash", ""),
        ] }),
    )]
}

fn texts() -> Rules {
    let kinds = [
        ("double", "\"", "\"", "escapes"),
        ("single", "'", "'", "escapes-single"),
        ("other", "[“”„‟«»″＂]", "[“”„‟«»″＂\"]", "escapes"),
        ("other", "[‘’‚‛‹›′＇]", "[‘’‚‛‹›′＇']", "escapes"),
    ];
    let texts = |contents: &str, patterns: &str| {
        let text = |(kind, open, close, escapes): &(&str, &str, &str, &str)| {
            let mut rule = json!({
                "name": format!("string.quoted.{kind}.gate"),
                "begin": open,
                "beginCaptures": { "0": { "name": "punctuation.definition.string.begin.gate" } },
                "end": format!("{close}|$"),
                "endCaptures": { "0": { "name": "punctuation.definition.string.end.gate" } },
                "patterns": includes(&format!("{escapes}{patterns}")),
            });
            if !contents.is_empty() {
                rule["contentName"] = contents.into();
            }
            rule
        };
        json!({ "patterns": kinds.iter().map(text).collect::<Vec<_>>() })
    };
    let escape = "constant.character.escape";
    let filled = json!({ "patterns": [
        matching(r"\{\{|\}\}", escape),
        json!({
            "match": format!(r"(\{{)({WORD})(\}})"),
            "name": "meta.interpolation.gate",
            "captures": {
                "1": { "name": "punctuation.section.interpolation.begin.gate" },
                "2": { "name": "variable.parameter.gate" },
                "3": { "name": "punctuation.section.interpolation.end.gate" },
            },
        }),
    ] });
    vec![
        ("texts", texts("", "")),
        ("titles", texts("entity.name.function.gate", " filled")),
        ("filled", filled),
        ("escapes", json!({ "patterns": [matching("`.", escape)] })),
        (
            "escapes-single",
            json!({ "patterns": [matching("`.|''", escape)] }),
        ),
    ]
}

fn operators(words: &Words) -> Rules {
    let Words { compare, kinds, .. } = words;
    let word = "keyword.operator.wordlike";
    let comparison = format!("{word}.comparison");
    // The word after a comparison is never the head of a clause, unless a line starts with it.
    let compared =
        format!(r"({HYPHEN}(?i:{compare})(?![A-Za-z]))(?:([ \t]+)({kinds}){END}(?!\s*[.(]))?");
    let hyphened = |words: &str, name: &str| {
        let pattern = format!(r"{HYPHEN}(?i:{words})(?![A-Za-z])");
        matching(&pattern, &format!("{word}.{name}"))
    };
    let foreign = r"==+|!==?|<>|<=|>=|<|>|&&?|\|\|?|!";
    let bare =
        format!(r#"(?<=[\p{{L}}\p{{Nd}}_)])(?i:{compare}){END}(?=\s+(?:["'\[0-9$]|\p{{L}}))"#);
    vec![(
        "operators",
        json!({ "patterns": [
            captured(&compared, &[&comparison, "", "constant.language"]),
            hyphened("and|or|not", "logical"),
            hyphened("any|all", "quantifier"),
            hyphened("plus|minus", "offset"),
            include("literals"),
            matching(&format!("{HYPHEN}[A-Za-z]+"), "invalid.illegal.operator"),
            matching(foreign, "invalid.illegal.operator"),
            matching(&bare, &comparison),
            matching(r"(?<=[\s)])(?i:and|or|not)(?=[\s(])", &format!("{word}.logical")),
        ] }),
    )]
}

fn names(words: &Words) -> Rules {
    let Words {
        compare,
        controls,
        session,
        values,
        ..
    } = words;
    let unit = "(?i:(?:second|minute|hour|day|week|month|year)s?)";
    let number = format!(
        "{}{}",
        format_args!(r"({HYPHEN}?[0-9](?:[0-9A-Za-z_]|::|[.:%][0-9A-Za-z]|/[0-9]|[-+][0-9])*)"),
        format_args!(r"(?:\s+({unit}){END})?"),
    );
    let guid = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}";
    let address = r"[A-Fa-f][0-9A-Fa-f]{0,3}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.[0-9]+)*(?:/[0-9]+)?";
    let short_address = r"::[0-9A-Fa-f:.]*(?:/[0-9]+)?";
    // Without its hyphen, an operator is one only where it follows what it compares.
    let member = format!(r"(\.)\s*({WORD})(?:\s+((?i:{compare})){END}(?=\s+[^\s,\]]))?");
    let listed = |words: &str, name: &str| matching(&format!("(?:{words}){END}"), name);
    let property = "variable.other.property";
    vec![
        (
            "literals",
            json!({ "patterns": [
                matching(guid, "constant.numeric.guid"),
                captured(&number, &["constant.numeric", "keyword.other.unit"]),
                matching(address, "constant.numeric.address"),
                matching(short_address, "constant.numeric.address"),
            ] }),
        ),
        (
            "paths",
            json!({ "patterns": [
                matching(&format!(r"{WORD}(?=\s*\.\s*{WORD})"), "variable.other.object"),
                captured(&member, &[
                    "punctuation.accessor",
                    property,
                    "keyword.operator.wordlike.comparison",
                ]),
            ] }),
        ),
        (
            "words",
            json!({ "patterns": [
                listed(r"(?i:true|false)|\$?(?i:null)", "constant.language"),
                listed("_", "variable.language"),
                listed(MODIFIERS, "storage.modifier"),
                listed(controls, "support.constant.control"),
                listed(session, "support.constant.session"),
                listed(values, "constant.language"),
                matching(&format!(r"{WORD}(?=\()"), "entity.name.function.call"),
                matching(WORD, "variable.other.constant"),
            ] }),
        ),
    ]
}

fn brackets(words: &Words) -> Rules {
    let Words {
        heads,
        declarations,
        ..
    } = words;
    // A line that starts like a clause or a declaration means that a bracket was left open.
    let open = format!(
        r"(?=^\s*(?:{heads}){END}\s+[^\s,\]).])|(?=^(?:{declarations}){END}\s)|(?=^\s*[{{}}])"
    );
    let kind = format!(r"(?:list\s+of\s+)?(?:{})", words.types);
    let bracket = |left: &str, right: &str, name: &str, patterns: &str| {
        let begin = format!("punctuation.section.{name}.begin");
        let end = format!("punctuation.section.{name}.end");
        let left = format!("({left})");
        let right = format!("({right})|{open}");
        region((&left, &[&begin]), (&right, &[&end]), patterns)
    };
    vec![
        ("list", bracket(r"\[", r"\]", "brackets", "item")),
        ("group", bracket(r"\(", r"\)", "parens", "named item")),
        (
            "item",
            json!({ "patterns": includes(
                "comments texts operators literals paths list group kinds words marks"
            ) }),
        ),
        (
            "named",
            json!({ "patterns": [json!({
                "match": format!(r"({WORD})\s*(:)(?:\s*({kind}){END}(?=\s*[,)=]))?"),
                "captures": {
                    "1": { "name": "variable.parameter.gate" },
                    "2": { "name": "punctuation.separator.colon.gate" },
                    "3": { "name": "support.type.gate" },
                },
            })] }),
        ),
        (
            "kinds",
            json!({ "patterns": [matching(
                &format!(r"(?:{}){END}(?=\s*(?:[\[\x{{22}}']|all{END}|\p{{Lu}}))", words.kinds),
                "support.type.kind",
            )] }),
        ),
        (
            "marks",
            json!({ "patterns": [
                matching(",", "punctuation.separator.comma"),
                matching(r"\.", "punctuation.accessor"),
                matching(":", "punctuation.separator.colon"),
                matching("=", "keyword.operator.assignment"),
                matching(r"\?", "keyword.operator.optional"),
                matching("@", "punctuation.definition.annotation"),
                matching(r"[{}]", "punctuation.section.block"),
                matching(r"[\[\]]", "punctuation.section.brackets"),
                matching(r"[()]", "punctuation.section.parens"),
            ] }),
        ),
    ]
}
