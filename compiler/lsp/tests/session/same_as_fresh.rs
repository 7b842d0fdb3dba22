//! After any sequence of edits the server says what one says that was started on the final texts.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Client, partial, policy, uri};

const FILES: [&str; 3] = ["/p/a.gate", "/p/b.gate", "/p/gatewright.toml"];

/// What is typed: parts of the language, and what makes counting hard.
pub(crate) const PIECES: [&str; 20] = [
    "",
    "x",
    " ",
    "\n",
    "\r\n",
    "\"",
    "{",
    "}",
    "å",
    "😀",
    "日本",
    "\u{FEFF}",
    "// note\n",
    "users all ",
    "state enabled\n",
    "require mfa ",
    "policy \"N\" { state enabled users all apps all require mfa }\n",
    "group G = \"5b0c0de0-0000-4000-8000-000000000001\"\n",
    "scope \"S\" {\r\n",
    "users groups [G] ",
];

#[derive(Clone, Debug)]
enum Step {
    Open(usize),
    Close(usize),
    Save(usize),
    /// Changes of one notification: where they start and end, as parts of the text, and what comes.
    Change(usize, Vec<(u16, u16, usize)>),
    Replace(usize, usize),
    /// An answer is awaited in between, so that edits are compiled one by one.
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    let file = 0..FILES.len();
    let change = (any::<u16>(), 0..2_000_u16, 0..PIECES.len());
    prop_oneof![
        2 => file.clone().prop_map(Step::Open),
        1 => file.clone().prop_map(Step::Close),
        1 => file.clone().prop_map(Step::Save),
        8 => (file.clone(), prop::collection::vec(change, 1..4))
            .prop_map(|(file, changes)| Step::Change(file, changes)),
        1 => (file, 0..PIECES.len()).prop_map(|(file, piece)| Step::Replace(file, piece)),
        2 => Just(Step::Look),
    ]
}

fn stored() -> Vec<(&'static str, String)> {
    let group = "group G = \"5b0c0de0-0000-4000-8000-000000000001\"\n";
    vec![
        (
            FILES[0],
            format!("{}// 😀 å\r\n{}", policy("A"), policy("B")),
        ),
        (
            FILES[1],
            format!(
                "{group}{}",
                policy("C").replace("users all", "users groups [G]")
            ),
        ),
        (FILES[2], String::new()),
    ]
}

fn start() -> Client {
    let files = stored();
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    Client::start(&files)
}

/// The line and column of a byte, as the protocol counts them.
pub(crate) fn place(text: &str, at: usize) -> [u32; 2] {
    let before = &text[..at];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before[start..].encode_utf16().count();
    [u32::try_from(line).unwrap(), u32::try_from(column).unwrap()]
}

/// A place that both sides agree on: between characters, and not inside of `\r\n`.
pub(crate) fn boundary(text: &str, part: usize) -> usize {
    let mut at = (text.len() * part / usize::from(u16::MAX)).min(text.len());
    while !text.is_char_boundary(at) || (text[..at].ends_with('\r') && text[at..].starts_with('\n'))
    {
        at -= 1;
    }
    at
}

/// What the server says of every file, and what it finds in it.
fn state(client: &mut Client) -> Vec<Value> {
    client.sync();
    let mut state = Vec::new();
    for path in FILES {
        let params = json!({ "textDocument": { "uri": uri(path) } });
        let symbols = client
            .ask("textDocument/documentSymbol", params.clone())
            .unwrap();
        let folds = client.ask("textDocument/foldingRange", params).unwrap();
        state.push(json!([path, client.diagnostics(path), symbols, folds]));
    }
    state
}

fn run(steps: &[Step]) {
    let mut client = start();
    let stored: BTreeMap<&str, String> = stored().into_iter().collect();
    let mut open: BTreeMap<&str, String> = BTreeMap::new();
    for step in steps {
        match step {
            Step::Open(file) => {
                let path = FILES[*file];
                if !open.contains_key(path) {
                    client.open(path, &stored[path]);
                    open.insert(path, stored[path].clone());
                }
            }
            Step::Close(file) => {
                if open.remove(FILES[*file]).is_some() {
                    client.close(FILES[*file]);
                }
            }
            Step::Save(file) => client.save(FILES[*file]),
            Step::Look => client.sync(),
            Step::Replace(file, piece) => {
                if let Some(text) = open.get_mut(FILES[*file]) {
                    PIECES[*piece].clone_into(text);
                    client.replace(FILES[*file], PIECES[*piece]);
                }
            }
            Step::Change(file, changes) => {
                let Some(text) = open.get_mut(FILES[*file]) else {
                    continue;
                };
                let mut all = Vec::new();
                for (from, length, piece) in changes {
                    let start = boundary(text, usize::from(*from));
                    let end = boundary(text, usize::from(from.saturating_add(*length)));
                    let end = end.max(start);
                    let ([line, column], [end_line, end_column]) =
                        (place(text, start), place(text, end));
                    all.push(partial(
                        [line, column, end_line, end_column],
                        PIECES[*piece],
                    ));
                    text.replace_range(start..end, PIECES[*piece]);
                }
                client.change_all(FILES[*file], all);
            }
        }
    }
    let found = state(&mut client);
    let mut fresh = start();
    for (path, text) in &open {
        fresh.open(path, text);
    }
    assert_eq!(found, state(&mut fresh));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_state_after_edits_is_that_of_a_fresh_start(
        steps in prop::collection::vec(step(), 1..25)
    ) {
        run(&steps);
    }
}
