//! Rules for the declarations of a schema.

use serde_json::json;

use super::words::{END, NEXT_LINE, QUOTE, WORD, Words};
use super::{Rules, captured, include, includes, matching, region};

const KEYWORD: &str = "keyword.declaration";

pub(super) fn rules(words: &Words) -> Rules {
    let Words {
        types,
        compare,
        declarations,
        ..
    } = words;
    let after_body = format!(r"(?<=\}})|{NEXT_LINE}");
    let head = format!(r"(schema|dialect)\s+(?=(?:{QUOTE}|\p{{L}}))");
    let named = |keyword: &str, body: &str| {
        let begin = format!(r"({keyword})\s+({WORD})(?=[^=]*(?:\{{|$))");
        let patterns = format!("comments modifiers {body}");
        region(
            (&begin, &[KEYWORD, "entity.name.type"]),
            (&after_body, &[]),
            &patterns,
        )
    };
    let schema = region(
        (&head, &[KEYWORD]),
        (&after_body, &[]),
        "comments titles modifiers rows",
    );
    let line = format!(r"^\s*(control|session|effect)\s+({WORD})(?!\s*\.)");
    let combine = format!(r"(combine)\s+({WORD})(?:\s+(otherwise)(?:\s+({WORD}))?)?");
    let modifier = "storage.modifier";
    let (open, close) = (
        "punctuation.section.block.begin",
        "punctuation.section.block.end",
    );
    let end = format!(r"(\}})|(?=^(?:{declarations}){END}\s)");
    let block = |patterns: &str| region((r"(\{)", &[open]), (&end, &[close]), patterns);
    let typed = format!(r"(?:(set)\s+(of)\s+)?({types}){END}");
    let attribute = format!(r"({WORD})\s*(:)");
    let own_type = format!(r"(?:(set)\s+(of)\s+)?({WORD})");
    vec![
        (
            "schema-parts",
            json!({ "patterns": [
                schema,
                named("entity", "attributes"),
                named("enum", "members"),
                captured(&line, &[KEYWORD, "entity.name.type"]),
                captured(
                    &combine,
                    &[KEYWORD, "constant.language", KEYWORD, "variable.other.constant"],
                ),
                matching(&format!("interactive{END}"), modifier),
            ] }),
        ),
        (
            "modifiers",
            json!({ "patterns": [
                matching(&format!("(?:version|optional|interactive){END}"), modifier),
                include("literals"),
                matching(r"-[A-Za-z]+", "entity.name.type"),
                matching(WORD, "entity.name.type"),
            ] }),
        ),
        (
            "attributes",
            block("comments annotations attribute attribute-type operator-words texts list marks"),
        ),
        (
            "annotations",
            json!({ "patterns": [{
            "begin": format!(r"(@)\s*({WORD})"),
            "beginCaptures": {
                "1": { "name": "punctuation.definition.annotation.gate" },
                "2": { "name": "entity.name.function.decorator.gate" },
            },
            "end": r"(?!\G)",
            "patterns": includes("group"),
        }] }),
        ),
        (
            "attribute",
            captured(
                &attribute,
                &["variable.other.property", "punctuation.separator.colon"],
            ),
        ),
        (
            "attribute-type",
            json!({ "patterns": [
                captured(&typed, &[modifier, modifier, "support.type"]),
                captured(&own_type, &[modifier, modifier, "entity.name.type"]),
            ] }),
        ),
        (
            "operator-words",
            region(
                (r"(\{)", &[open]),
                (r"(\})", &[close]),
                "operator-word comments literals marks",
            ),
        ),
        (
            "operator-word",
            json!({ "patterns": [
            matching(
                &format!("(?:{compare}|and|or|not|any|all){END}"),
                "support.constant.operator",
            ),
            matching(&format!("-?{WORD}"), "variable.other.constant"),
        ] }),
        ),
        ("members", block("comments texts member marks")),
        ("member", matching(WORD, "variable.other.enummember")),
        (
            "rows",
            block("comments texts paths row-name row-list literals operator-word marks"),
        ),
        (
            "row-name",
            json!({ "patterns": [
            matching(
                &format!(r"(?:connectives|values|elements|only|without){END}(?=\s*:)"),
                "support.type.property-name",
            ),
            matching(&format!("as{END}"), modifier),
            matching(&format!("(?:{types}){END}"), "support.type"),
        ] }),
        ),
        (
            "row-list",
            region(
                (r"(\[)", &["punctuation.section.brackets.begin"]),
                (r"(\])", &["punctuation.section.brackets.end"]),
                "comments texts paths literals operator-word marks",
            ),
        ),
    ]
}
