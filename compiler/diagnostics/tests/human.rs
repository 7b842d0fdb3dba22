//! The pictures that people see, and that no span can break them.

use gatewright_diagnostics::render::human;
use gatewright_diagnostics::{Applicability, Diagnostic, Edit, Fix, Label, Severity, codes};
use gatewright_source::{SourceId, SourceMap, Span};
use insta::assert_snapshot;
use proptest::prelude::*;

#[expect(
    clippy::unwrap_used,
    reason = "a test whose text lacks the word is wrong"
)]
fn span(sources: &SourceMap, id: SourceId, word: &str) -> Span {
    let start = sources.get(id).unwrap().text.find(word).unwrap();
    let offset = |at: usize| u32::try_from(at).unwrap();
    Span::new(id, offset(start), offset(start + word.len()))
}

const FINANCE: &str = "\
policy \"CA201 Finance works from managed devices\" {
    state     enabled
    apps      office365
    devices where device.trustType -eq \"AzureADJoined\"
    require   all [mfa, compliantDevice]
}
";

#[test]
fn labels_of_one_line_are_drawn_from_the_right() {
    let mut sources = SourceMap::new();
    let id = sources.add("policies/finance.gate", FINANCE);
    let value = span(&sources, id, "\"AzureADJoined\"");
    let finding = Diagnostic::new(
        codes::GW0101,
        value,
        "`device.trustType` is never \"AzureADJoined\"",
    )
    .because("not a trust type")
    .label(
        span(&sources, id, "device.trustType"),
        "AzureAD, ServerAD or Workplace",
    )
    .help("Entra joined devices are \"AzureAD\"")
    .fix(
        "write \"AzureAD\"",
        Applicability::Maybe,
        value,
        "\"AzureAD\"",
    );
    assert_snapshot!(human(&[finding], &sources, false));
}

#[test]
fn places_in_other_files_and_far_lines_have_frames_of_their_own() {
    let mut sources = SourceMap::new();
    let first = sources.add("groups.gate", "group Finance = \"8f6f\"\n");
    let text = format!(
        "{}group Finance = \"9999\"\n\n//\n//\n//\n//\nrule X = Finance\n",
        "//\n".repeat(117)
    );
    let second = sources.add("more/groups.gate", text);
    let finding = Diagnostic::new(
        codes::GW0101,
        span(&sources, second, "Finance"),
        "`Finance` is declared twice",
    )
    .label(span(&sources, first, "Finance"), "first declared here")
    .label(span(&sources, second, "X"), "and this is elsewhere");
    let mut hint = Diagnostic::new(codes::GW0101, span(&sources, first, "8f6f"), "no GUID");
    hint.severity = Severity::Hint;
    assert_snapshot!(human(&[finding, hint], &sources, false));
}

#[test]
fn labels_over_several_lines_are_bracketed() {
    let mut sources = SourceMap::new();
    let id = sources.add("policies/finance.gate", FINANCE);
    let text = &sources.get(id).unwrap().text;
    let whole = Span::new(id, 0, u32::try_from(text.len()).unwrap());
    let finding = Diagnostic::new(codes::GW0101, span(&sources, id, "enabled"), "wrong state")
        .because("this state")
        .label(whole, "in this policy");
    assert_snapshot!(human(&[finding], &sources, false));
}

#[test]
fn a_minified_file_is_shown_around_the_place_with_its_real_column() {
    let mut sources = SourceMap::new();
    let member = "{\"displayName\":\"日本\",\"state\":\"enabled\"},";
    let text = format!("[{}{{\"state\":\"enabeld\"}}]", member.repeat(200_000));
    assert!(text.len() > 8_000_000);
    let id = sources.add("policies.json", text);
    let place = span(&sources, id, "\"enabeld\"");
    let finding = Diagnostic::new(codes::GW0101, place, "`enabeld` is not a state")
        .because("not a state")
        .fix(
            "write \"enabled\"",
            Applicability::Always,
            place,
            "\"enabled\"",
        );
    let drawn = human(&[finding], &sources, false);
    assert!(drawn.len() < 2_000, "{} bytes", drawn.len());
    assert_snapshot!(drawn);
}

#[test]
fn a_fix_shows_every_line_that_it_changes() {
    let mut sources = SourceMap::new();
    let id = sources.add(
        "a.gate",
        "policy \"A\" {\n\tstate on\n\tblock\n\tblock\n}\n",
    );
    let other = sources.add("b.gate", "group A = \"x\"\n");
    let block = span(&sources, id, "\tblock\n");
    let edits = vec![
        Edit {
            span: span(&sources, id, "on"),
            text: "enabled\n\tusers all".into(),
        },
        Edit {
            span: block,
            text: String::new(),
        },
        Edit {
            span: span(&sources, other, "A"),
            text: "B".into(),
        },
    ];
    let mut finding = Diagnostic::new(codes::GW0101, block, "said twice").help("say it once");
    finding.fixes.push(Fix {
        title: "mend it all".into(),
        edits,
        applicability: Applicability::Always,
    });
    assert_snapshot!(human(&[finding], &sources, false));
}

#[test]
fn ends_of_texts_and_things_without_a_text_have_a_place() {
    let mut sources = SourceMap::new();
    let open = sources.add("open.gate", "policy \"A\" {\n    block\n\n");
    let bundle = sources.add("old.gwb", "");
    let at = |id, offset| Span::new(id, offset, offset);
    let findings = [
        Diagnostic::new(codes::GW0101, at(open, 24), "the policy does not end")
            .because("`}` expected"),
        Diagnostic::new(codes::GW0101, at(bundle, 0), "the bundle is damaged")
            .help("build it again"),
        Diagnostic::new(codes::GW0101, at(SourceId(9), 0), "nowhere").help("look elsewhere"),
        Diagnostic::new(codes::GW0101, at(SourceId(9), 0), "nowhere and no help"),
    ];
    assert_snapshot!(human(&findings, &sources, false));
}

#[test]
fn colours_do_not_change_what_is_drawn() {
    let mut sources = SourceMap::new();
    let id = sources.add("policies/finance.gate", FINANCE);
    let finding = Diagnostic::new(codes::GW0101, span(&sources, id, "enabled"), "wrong state")
        .label(span(&sources, id, "state"), "of this")
        .fix(
            "off",
            Applicability::Maybe,
            span(&sources, id, "enabled"),
            "disabled",
        );
    let colored = human(std::slice::from_ref(&finding), &sources, true);
    let mut plain = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    let trimmed = |text: &str| {
        text.lines()
            .map(|l| l.trim_end().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        trimmed(&plain),
        trimmed(&human(&[finding], &sources, false))
    );
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("å日😀".to_owned()),
        4 => Just("\t".to_owned()),
        4 => Just("\n".to_owned()),
        2 => Just("\r\n".to_owned()),
        1 => Just("\u{2028}\u{1b}[31m\u{1}\u{2}\r\u{200B}e\u{301}".to_owned()),
        4 => "[ a-z│╰┬0-9]{0,12}",
        1 => "[a-z日]{150,400}",
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn any_span() -> impl Strategy<Value = Span> {
    (0u32..3, 0u32..1200, 0u32..1200).prop_map(|(source, start, end)| Span {
        source: SourceId(source),
        start,
        end,
    })
}

fn finding() -> impl Strategy<Value = Diagnostic> {
    let label = (
        any_span(),
        prop_oneof![Just(String::new()), text()],
        any::<bool>(),
    );
    let labels = proptest::collection::vec(label, 0..20);
    let edits = proptest::collection::vec((any_span(), text()), 0..4);
    (labels, edits, text()).prop_map(|(labels, edits, message)| {
        let mut found = Diagnostic::new(codes::GW0101, Span::default(), message);
        let label = |(span, text, is_primary)| Label {
            span,
            text,
            is_primary,
        };
        found.labels = labels.into_iter().map(label).collect();
        let edits = edits
            .into_iter()
            .map(|(span, text)| Edit { span, text })
            .collect();
        let applicability = Applicability::Maybe;
        found.fixes = vec![Fix {
            title: "mend".into(),
            edits,
            applicability,
        }];
        found
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_span_can_be_drawn(
        texts in proptest::collection::vec(text(), 2),
        finding in finding(),
        color in any::<bool>(),
    ) {
        let mut sources = SourceMap::new();
        for text in texts {
            sources.add("file", text);
        }
        let drawn = human(&[finding], &sources, color);
        let has_control = drawn.contains(['\u{1}', '\u{2}', '\r', '\u{202E}']);
        prop_assert!(!has_control, "{drawn:?}");
        let head = if color { "\x1b" } else { "error[GW0101]" };
        prop_assert!(drawn.starts_with(head), "{drawn}");
        if !color {
            prop_assert!(!drawn.contains('\x1b'), "the text cannot change colours");
        }
    }
}
