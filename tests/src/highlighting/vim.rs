//! Colours for Vim, and for Neovim where the server's semantic tokens are not shown: a syntax file
//! of the same words. It sees single lines, so a head is a word at the start of one or of a body.

use super::words::Words;

/// Heads that the other grammar treats by themselves, and the parts of a test.
const PARTICULAR: &str = "always|never|block|graph|given|expect";

/// Declarations that stand in others; more words do, and are heads there.
const NESTED: &str = "policy|scope|use|rule";

/// Groups of the file, and those of every colour scheme that they are shown as.
const LINKS: &[(&str, &str)] = &[
    ("Declaration", "Keyword"),
    ("Head", "Statement"),
    ("Operator", "Operator"),
    ("Declared", "Function"),
    ("Attribute", "Identifier"),
    ("Control", "Type"),
    ("Value", "Constant"),
    ("Annotation", "PreProc"),
    ("Number", "Number"),
    ("String", "String"),
    ("Escape", "SpecialChar"),
    ("Comment", "Comment"),
    ("Documentation", "SpecialComment"),
];

/// The syntax file.
pub(super) fn syntax() -> String {
    let words = Words::of_the_language();
    let any = |words: &str| format!(r"\%({}\)\>", words.replace('|', r"\|"));
    let start = r"\%(^\s*\|{\s*\|\w  \+\)\@<=";
    let heads = format!("{}|{PARTICULAR}", words.heads);
    let is_head = |word: &&str| {
        let mut all = heads.split('|').chain(words.declarations.split('|'));
        all.any(|head| head == *word)
    };
    let mut lines = vec![
        "\" Generated from the tables of the compiler:".to_owned(),
        "\" GATEWRIGHT_BLESS=1 cargo test -p gatewright-tests --test highlighting".to_owned(),
        "if exists('b:current_syntax')".to_owned(),
        "  finish".to_owned(),
        "endif".to_owned(),
        "syntax case match".to_owned(),
    ];
    let controls = words.controls.split('|').chain(words.session.split('|'));
    // A keyword of Vim is one wherever it stands, so words that also are heads are none.
    let values = words.values.split('|').filter(|word| !is_head(word));
    for (group, mut listed) in [
        ("Control", controls.collect::<Vec<_>>()),
        ("Value", values.collect()),
    ] {
        listed.sort_unstable();
        for row in listed.chunks(8) {
            lines.push(format!("syntax keyword gate{group} {}", row.join(" ")));
        }
    }
    // Of two that match at one place the later one counts.
    let matches = [
        ("Number", r"\<\d[0-9.]*\>".to_owned()),
        ("Attribute", r"\<\a\w*\%(\.\a\w*\)\+".to_owned()),
        ("Annotation", r"@\a\w*".to_owned()),
        ("Operator", r"\w\@<!-\a\+\>".to_owned()),
        ("Head", format!("{start}{}", any(&heads))),
        ("Declaration", format!("^{}", any(&words.declarations))),
        ("Declaration", format!(r"^\s\+\zs{}", any(NESTED))),
        (
            "Declared",
            format!(r"\%(^{}\s\+\)\@<=\a\w*", any(&words.assigned)),
        ),
    ];
    for (group, pattern) in matches {
        lines.push(format!("syntax match gate{group} /{pattern}/"));
    }
    lines.extend(
        [
            r"syntax match gateEscape /`./ contained",
            r#"syntax region gateString start=/"/ skip=/`./ end=/"/ oneline contains=gateEscape"#,
            r"syntax region gateString start=/'/ skip=/`./ end=/'/ oneline contains=gateEscape",
            r"syntax match gateComment +//.*$+ contains=@Spell",
            r"syntax match gateDocumentation +//[/!].*$+ contains=@Spell",
        ]
        .map(str::to_owned),
    );
    for (group, shown) in LINKS {
        lines.push(format!("highlight default link gate{group} {shown}"));
    }
    lines.push("let b:current_syntax = 'gatewright'".to_owned());
    lines.join("\n") + "\n"
}
