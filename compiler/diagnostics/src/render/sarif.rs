//! For code scanning: one SARIF 2.1.0 log (OASIS, 2020).
//!
//! The rules are the whole registry, so that a viewer can say what was looked for. Columns count
//! UTF-16 units, as the log declares. The fingerprint of a result is made of its code and the text of
//! its line without spaces, numbered among equals of the file: it survives what is inserted above.

use std::collections::BTreeMap;

use gatewright_source::{Source, SourceMap, Span};
use serde::Serialize;

use super::place::{line_around, sanitised};
use crate::{Code, Diagnostic, Fix, Label, Severity, codes};

/// What of a long line goes into a fingerprint, on either side of the place.
const NEAR_BYTES: usize = 200;

/// Write the log of all findings, in the given order.
#[must_use]
pub fn sarif(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut seen = BTreeMap::new();
    let result = |diagnostic| result(diagnostic, sources, &mut seen);
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: driver() },
            column_kind: "utf16CodeUnits",
            results: diagnostics.iter().map(result).collect(),
        }],
    };
    // Only maps with keys that are no strings and failing writers can fail.
    let mut out = serde_json::to_string_pretty(&log).unwrap_or_default();
    out.push('\n');
    out
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: String,
    short_description: Message<&'static str>,
    help_uri: String,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Message<T> {
    text: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message<String>,
    locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<FixObject<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<&'a str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FixObject<'a> {
    description: Message<&'a str>,
    artifact_changes: Vec<ArtifactChange<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange<'a> {
    artifact_location: Artifact,
    replacements: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    deleted_region: Region,
    inserted_content: Message<&'a str>,
}

fn driver() -> Driver {
    let rule = |code: Code| Rule {
        id: code.name(),
        name: pascal_case(code.slug()),
        short_description: Message {
            text: code.summary(),
        },
        help_uri: code.url(),
        default_configuration: Configuration {
            level: level(code.severity()),
        },
    };
    Driver {
        name: "Gatewright",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: codes::all().map(rule).collect(),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn result<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
    seen: &mut BTreeMap<(String, u64), usize>,
) -> SarifResult<'a> {
    let (primary, related): (Vec<&Label>, Vec<_>) =
        diagnostic.labels.iter().partition(|label| label.is_primary);
    let locations = primary
        .iter()
        .filter_map(|label| location(label, None, sources));
    let related = related.iter().enumerate();
    let related = related.filter_map(|(index, label)| location(label, Some(index + 1), sources));
    let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}"));
    SarifResult {
        rule_id: diagnostic.code.name(),
        rule_index: codes::all().position(|code| code == diagnostic.code),
        level: level(diagnostic.severity),
        message: Message {
            text: diagnostic.message.clone() + &help.collect::<String>(),
        },
        locations: locations.collect(),
        related_locations: related.collect(),
        partial_fingerprints: fingerprints(diagnostic, sources, seen),
        fixes: diagnostic
            .fixes
            .iter()
            .map(|fix| fix_object(fix, sources))
            .collect(),
    }
}

fn location<'a>(label: &'a Label, id: Option<usize>, sources: &SourceMap) -> Option<Location<'a>> {
    let source = sources.get(label.span.source)?;
    Some(Location {
        id,
        physical_location: PhysicalLocation {
            artifact_location: artifact(source),
            region: region(source, label.span),
        },
        message: (!label.text.is_empty()).then_some(Message {
            text: label.text.as_str(),
        }),
    })
}

fn artifact(source: &Source) -> Artifact {
    Artifact {
        uri: uri(&source.name),
    }
}

/// A path as a relative URI reference: what RFC 3986 does not allow in a path is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'+' | b'=' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn region(source: &Source, span: Span) -> Region {
    let start = source.position(span.start);
    let end = source.position(span.end);
    Region {
        start_line: start.line,
        start_column: start.column_utf16,
        end_line: end.line,
        end_column: end.column_utf16,
    }
}

fn fix_object<'a>(fix: &'a Fix, sources: &SourceMap) -> FixObject<'a> {
    let mut by_source = BTreeMap::<_, Vec<_>>::new();
    for edit in &fix.edits {
        by_source.entry(edit.span.source).or_default().push(edit);
    }
    let change = |(id, edits): (_, Vec<&'a crate::Edit>)| {
        let source = sources.get(id)?;
        let replacement = |edit: &'a crate::Edit| Replacement {
            deleted_region: region(source, edit.span),
            inserted_content: Message {
                text: edit.text.as_str(),
            },
        };
        Some(ArtifactChange {
            artifact_location: artifact(source),
            replacements: edits.into_iter().map(replacement).collect(),
        })
    };
    FixObject {
        description: Message { text: &fix.title },
        artifact_changes: by_source.into_iter().filter_map(change).collect(),
    }
}

/// The name is the one that GitHub code scanning reads.
fn fingerprints(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    seen: &mut BTreeMap<(String, u64), usize>,
) -> BTreeMap<&'static str, String> {
    let span = diagnostic.span();
    let mut hash = Fnv::new();
    hash.write(diagnostic.code.name());
    if let Some(source) = sources.get(span.source) {
        let (offset, _) = sanitised(&source.text, span);
        let (start, end) = line_around(source, offset);
        let near = Span {
            start: u32::try_from(start.max(offset.saturating_sub(NEAR_BYTES))).unwrap_or(0),
            end: u32::try_from(end.min(offset + NEAR_BYTES)).unwrap_or(u32::MAX),
            ..span
        };
        let (start, end) = sanitised(&source.text, near);
        for word in source.text.get(start..end).unwrap_or("").split_whitespace() {
            hash.write(word);
        }
    }
    let count = seen
        .entry((sources.name(span.source).to_owned(), hash.0))
        .or_default();
    *count += 1;
    BTreeMap::from([(
        "primaryLocationLineHash",
        format!("{:016x}:{count}", hash.0),
    )])
}

/// FNV-1a, 64 bits: short, and the same on every machine and in every version.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    fn write(&mut self, text: &str) {
        for byte in text.bytes().chain([0xFF]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

fn pascal_case(slug: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars
            .next()
            .map(|c| c.to_ascii_uppercase())
            .into_iter()
            .chain(chars)
            .collect::<String>()
    };
    slug.split('-').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Applicability;
    use serde_json::Value;

    fn log(text: &str, starts: &[u32]) -> Value {
        let mut sources = SourceMap::new();
        let id = sources.add("my policies/å.gate", text);
        let finding = |start: &u32| {
            let span = Span::new(id, *start, *start + 1);
            Diagnostic::new(codes::GW0101, span, "no `x`")
                .label(Span::new(id, 0, 1), "because of this")
                .help("remove it")
                .fix("remove `x`", Applicability::Always, span, "")
        };
        let findings: Vec<_> = starts.iter().map(finding).collect();
        serde_json::from_str(&sarif(&findings, &sources)).unwrap()
    }

    #[test]
    fn places_are_in_utf16_units_and_paths_are_uris() {
        let log = log("😀x", &[4]);
        let result = &log["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"]["uri"],
            "my%20policies/%C3%A5.gate"
        );
        assert_eq!(place["region"]["startColumn"], 3);
        assert_eq!(
            result["relatedLocations"][0]["message"]["text"],
            "because of this"
        );
        assert_eq!(result["message"]["text"], "no `x`\nhelp: remove it");
        let change = &result["fixes"][0]["artifactChanges"][0];
        assert_eq!(change["replacements"][0]["deletedRegion"]["endColumn"], 4);
    }

    #[test]
    fn every_code_is_a_rule_and_results_point_to_theirs() {
        let log = log("x", &[0]);
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), codes::all().len());
        let index = run["results"][0]["ruleIndex"].as_u64().unwrap();
        let rule = &rules[usize::try_from(index).unwrap()];
        assert_eq!(rule["id"], "GW0101");
        assert_eq!(rule["name"], "UnexpectedToken");
        assert_eq!(rule["helpUri"], "docs/diagnostics/GW0101.md");
    }

    #[test]
    fn fingerprints_survive_moved_lines_and_tell_equal_lines_apart() {
        let prints = |text, starts: &[u32]| -> Vec<String> {
            let log = log(text, starts);
            let results = log["runs"][0]["results"].as_array().unwrap();
            let print = |r: &Value| r["partialFingerprints"]["primaryLocationLineHash"].to_string();
            results.iter().map(print).collect()
        };
        let first = prints("a x\na x\nb x\n", &[2, 6, 10]);
        let moved = prints("\n\n  a  x\na x\nb x\n", &[7, 11, 15]);
        assert_eq!(first, moved);
        assert!(first[0] != first[1] && first[1] != first[2]);
    }
}
