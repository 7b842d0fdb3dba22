//! The page: complete by itself, well-formed, and with no text that is markup.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod fixture;

use gatewright_report::{Cell, Cells, Effect, Extent, Report, page};

/// What the checker reads: a tag with its attributes, or a text.
#[derive(Debug)]
enum Piece<'a> {
    Open(&'a str, Vec<(&'a str, &'a str)>),
    Close(&'a str),
    Text(&'a str),
}

/// Reads a page as strictly as XML: attributes are quoted, and `<` and `&` in texts are escaped.
fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap();
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let Some(inner) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            pieces.push(Piece::Text(&rest[..end]));
            rest = &rest[end..];
            continue;
        };
        if let Some(name) = inner.strip_prefix('/') {
            let end = name.find('>').unwrap();
            pieces.push(Piece::Close(&name[..end]));
            rest = &name[end + 1..];
            continue;
        }
        let end = inner.find([' ', '>']).unwrap();
        let name = &inner[..end];
        let (attributes, after) = attributes(&inner[end..]);
        pieces.push(Piece::Open(name, attributes));
        rest = after;
        if name == "style" {
            rest = &rest[rest.find("</style>").unwrap()..];
        }
    }
    pieces
}

fn attributes(mut rest: &str) -> (Vec<(&str, &str)>, &str) {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(after) = rest.strip_prefix('>') {
            return (found, after);
        }
        let end = rest.find(['=', ' ', '>']).unwrap();
        let name = &rest[..end];
        rest = &rest[end..];
        let mut value = "";
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let end = quoted.find('"').unwrap();
            value = &quoted[..end];
            rest = &quoted[end + 1..];
        }
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "attribute {name:?}"
        );
        found.push((name, value));
    }
}

fn reports() -> Vec<Report> {
    vec![
        fixture::full(),
        fixture::empty(),
        fixture::hostile(),
        Report::default(),
    ]
}

#[test]
fn tags_are_balanced_and_known() {
    let tags = "html head meta title style body a header p h1 h2 h3 dl div dt dd nav ul ol li \
        strong span main section em table caption thead tbody tr th td details summary pre code \
        article fieldset legend input label footer bdi br";
    for report in reports() {
        let html = page(&report);
        let mut open = Vec::new();
        for piece in pieces(&html) {
            match piece {
                Piece::Open(name, _) => {
                    assert!(tags.split_whitespace().any(|tag| tag == name), "<{name}>");
                    if !["meta", "input", "br"].contains(&name) {
                        open.push(name);
                    }
                }
                Piece::Close(name) => assert_eq!(open.pop(), Some(name)),
                Piece::Text(_) => {}
            }
        }
        assert!(open.is_empty(), "{open:?} stays open");
    }
}

#[test]
fn every_ampersand_is_a_reference() {
    for report in reports() {
        let html = page(&report);
        let texts = pieces(&html).into_iter().flat_map(|piece| match piece {
            Piece::Text(text) => vec![text],
            Piece::Open(_, attributes) => attributes.into_iter().map(|(_, value)| value).collect(),
            Piece::Close(_) => vec![],
        });
        for text in texts {
            for (at, _) in text.match_indices('&') {
                let known = ["&lt;", "&gt;", "&amp;", "&quot;"];
                assert!(
                    known.iter().any(|known| text[at..].starts_with(known)),
                    "{text}"
                );
            }
            let control = |c: char| c.is_control() && c != '\n';
            assert!(
                !text.contains(control) && !text.contains('\u{202E}'),
                "{text:?}"
            );
        }
    }
}

#[test]
fn nothing_outside_of_the_page_is_named() {
    let allowed = "lang charset http-equiv content name id href class aria-label aria-labelledby \
        aria-hidden role scope colspan tabindex type for checked style title data-platform";
    for report in reports() {
        let html = page(&report);
        for piece in pieces(&html) {
            let Piece::Open(tag, attributes) = piece else {
                continue;
            };
            for (name, value) in attributes {
                assert!(
                    allowed.split_whitespace().any(|known| known == name),
                    "{tag} {name}"
                );
                assert!(name != "href" || value.starts_with('#'), "{value}");
                let digits = value.trim_start_matches("width:").trim_end_matches('%');
                let is_number = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
                assert!(name != "style" || is_number, "{value}");
            }
        }
        let style = &html[html.find("<style>").unwrap()..html.find("</style>").unwrap()];
        assert!(!style.contains("url(") && !style.contains("@import") && !style.contains("//"));
    }
}

#[test]
fn links_lead_to_what_is_there_once() {
    for report in reports() {
        let html = page(&report);
        let mut ids = Vec::new();
        let mut targets = Vec::new();
        for piece in pieces(&html) {
            if let Piece::Open(_, attributes) = piece {
                for (name, value) in attributes {
                    match name {
                        "id" => ids.push(value),
                        "href" => targets.push(value.trim_start_matches('#')),
                        "for" | "aria-labelledby" => targets.push(value),
                        _ => {}
                    }
                }
            }
        }
        let missing: Vec<_> = targets
            .iter()
            .filter(|target| !ids.contains(target))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}

/// Everything that somebody handed in, from the serialised report.
fn texts(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        serde_json::Value::Object(members) => {
            members.values().for_each(|value| texts(value, found));
        }
        _ => {}
    }
}

#[test]
fn every_sentence_that_was_handed_in_is_shown() {
    let report = fixture::full();
    let html = page(&report);
    let shown: String = pieces(&html)
        .into_iter()
        .filter_map(|piece| {
            if let Piece::Text(text) = piece {
                Some(text)
            } else {
                None
            }
        })
        .collect();
    let mut handed_in = Vec::new();
    texts(&serde_json::to_value(&report).unwrap(), &mut handed_in);
    for text in handed_in.iter().filter(|text| text.contains(' ')) {
        let escaped = text.replace('`', "").replace('"', "&quot;");
        assert!(shown.contains(&escaped), "not on the page: {text}");
    }
}

#[test]
fn equal_reports_give_equal_pages() {
    for (one, other) in reports().iter().zip(&reports()) {
        assert_eq!(page(one), page(other));
    }
}

#[test]
fn what_nobody_counted_has_no_number() {
    let html = page(&Report::default());
    assert!(html.contains("<a href=\"#gaps\"><strong>–</strong>"));
    let mut report = fixture::full();
    report.gaps.extent = Extent::Stopped("One second went by.".to_owned());
    assert!(page(&report).contains("<a href=\"#gaps\"><strong>≥ 3</strong>"));
}

#[test]
fn a_row_with_too_few_cells_stays_a_row() {
    let mut report = fixture::full();
    let coverage = report.coverage.as_mut().unwrap();
    coverage.personas[0].cells = Cells::ByPlatform(vec![Cell::default()]);
    let html = page(&report);
    let row = &html[html.find("Administrators</bdi>").unwrap()..];
    let row = &row[..row.find("</tr>").unwrap()];
    assert_eq!(row.matches("<td").count(), 6);
}

#[test]
fn thousands_of_policies_are_a_page_of_their_size() {
    let mut report = fixture::full();
    let policy = report.policies[0].clone();
    report.policies = vec![policy; 5000];
    let others = report.policies[0].name.clone();
    report.policies[1].effect = Effect::Absorbed { by: vec![others] };
    assert!(page(&report).len() < 5000 * 1000);
}

/// A page is printed for a meeting: there nobody can unfold anything.
#[test]
fn paper_shows_what_a_screen_folds() {
    let html = page(&fixture::full());
    let style = &html[html.find("<style>").unwrap()..html.find("</style>").unwrap()];
    let paper = &style[style.find("@media print").unwrap()..];
    let mut rules = paper.split('}');
    let is_open = |rule: &str| {
        rule.contains("details::details-content") && rule.contains("content-visibility: visible")
    };
    assert!(rules.any(is_open));
    for rule in paper
        .split('}')
        .filter(|rule| rule.contains("display: none"))
    {
        let selectors = rule.split('{').next().unwrap();
        let mut names = selectors.split([',', ' ', '\n']);
        assert!(
            !names.any(|name| ["details", "summary"].contains(&name)),
            "{rule}"
        );
    }
    assert!(!paper.contains("#coverage"), "a matrix may go on overleaf");
}

#[test]
fn many_exceptions_of_a_gap_are_folded_and_few_are_not() {
    let mut report = fixture::full();
    report.gaps.items.truncate(1);
    let gaps = |report: &Report| {
        let html = page(report);
        let from = &html[html.find("<section id=\"gaps\"").unwrap()..];
        from[..from.find("</section>").unwrap()].to_owned()
    };
    report.gaps.items[0].witness = None;
    report.gaps.items[0].unless = vec!["If it rains.".to_owned(); 2];
    let few = gaps(&report);
    assert_eq!(few.matches("If it rains.").count(), 2);
    assert!(!few.contains("<details"));
    report.gaps.items[0].unless = vec!["If it rains.".to_owned(); 9];
    let many = gaps(&report);
    assert_eq!(many.matches("If it rains.").count(), 9);
    assert!(many.contains("<summary>Something is required in 9 cases</summary>"));
}

/// The markup of a page with one of everything, without its style.
#[test]
fn a_small_page_has_this_markup() {
    let mut report = fixture::full();
    report.exhausted.clear();
    report.assumptions.truncate(1);
    report.answers.truncate(1);
    report.invariants.drain(2..);
    report.gaps.items.truncate(1);
    report.lock_out.items.truncate(1);
    report.findings.items.truncate(1);
    report.policies.drain(3..);
    report.coverage.as_mut().unwrap().personas.drain(1..);
    let html = page(&report);
    let from = html.find("<body>").unwrap();
    insta::assert_snapshot!(html[from..].replace("><", ">\n<"));
}

#[test]
fn a_browser_is_told_to_fetch_and_run_nothing() {
    let html = page(&fixture::hostile());
    let policy = pieces(&html).into_iter().find_map(|piece| match piece {
        Piece::Open("meta", attributes) if attributes[0].0 == "http-equiv" => Some(attributes[1].1),
        _ => None,
    });
    assert!(policy.unwrap().starts_with("default-src 'none'"));
}
