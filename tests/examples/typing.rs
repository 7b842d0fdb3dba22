//! How long it takes from a keystroke to what is said of it: a table of `docs/performance.md`.
//!
//! A client types in a project of 240 policies in 40 files, character by character, and erases it
//! again, so that nearly every text in between is a half-written one. Of each key it waits until the
//! server says what it finds in the edited file at that version (`publishDiagnostics` comes for each
//! version of an open file, also where nothing has changed); in the second table it asks for
//! something right behind the key, as editors do, and waits for the answer.
//!
//! Messages go over channels inside of this process and, if the binary has been built, over the
//! streams of a child process. `cargo build --release --bin gatewright`, then
//! `cargo run --release -p gatewright-tests --example typing`, with the number of keys of each kind
//! to choose.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gatewright_compiler::{Input, SourceFile};
use gatewright_interop::{ImportOptions, write_project};
use gatewright_lsp::{Host, Loaded, serve, transport};
use gatewright_tests::workload::{Shape, Workload, graph};
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Keys of each kind, unless it is said how many.
const KEYS: usize = 2000;

/// Keys between the two looks at the memory.
const KEYS_FOR_MEMORY: usize = 10_000;

/// Policies of the benchmarks; templates make the others.
const MIXED: usize = 216;

/// Policies that templates make.
const INSTANCES: usize = 24;

/// Policies in a file: with names, templates, their uses and tests there are 40.
const POLICIES_PER_FILE: usize = 6;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

const NAMES: &str = "objects.gate";
const TEMPLATES: &str = "templates.gate";
const TESTS: &str = "tests.gate";
const POLICIES: &str = "policies-07.gate";

/// What is typed where.
struct Typing {
    name: &'static str,
    file: &'static str,
    /// It is typed behind the first of these.
    after: &'static str,
    text: &'static str,
}

const TYPINGS: &[Typing] = &[
    Typing {
        name: "a clause of a policy",
        file: POLICIES,
        after: " enabled\n",
        text: "    locations all except [allTrusted]\n    platforms [android, iOS]\n",
    },
    Typing {
        name: "a rule of a policy",
        file: POLICIES,
        after: " enabled\n",
        text: "    when device.trustType -ne \"AzureAD\" -or user.department -eq \"Sales\"\n",
    },
    Typing {
        name: "a new policy",
        file: "policies-30.gate",
        after: "}\n",
        text: "\npolicy \"New\" {\n  state enabled\n  users all except groups [BreakGlass]\n  \
               apps all\n  block\n}\n",
    },
    Typing {
        name: "a comment",
        file: POLICIES,
        after: "}\n",
        text: "\n// a word on what follows\n",
    },
    Typing {
        name: "a test",
        file: TESTS,
        after: "given {\n",
        text: "        ip 198.51.100.7\n        signInRisk medium\n",
    },
    Typing {
        name: "a new name that nothing uses",
        file: NAMES,
        after: "policies speak of: names for ids.\n",
        text: "group Night = \"5b0c0de0-0000-4000-8000-000000000001\"\n",
    },
    Typing {
        name: "the name that most files use",
        file: NAMES,
        after: "group BreakGlass",
        text: "Accounts",
    },
    Typing {
        name: "a template that is used",
        file: TEMPLATES,
        after: "apps    all\n",
        text: "        clients [browser]\n        locations all except allTrusted\n",
    },
    Typing {
        name: "a use of a template",
        file: "tenant.gate",
        after: "secrets.\n",
        text: "use MfaFor([BreakGlass], \"New\", enabled)\n",
    },
];

/// What is asked for right behind a key.
const ASKED: &[&str] = &[
    "textDocument/completion",
    "textDocument/semanticTokens/full/delta",
    "textDocument/inlayHint",
    "textDocument/documentSymbol",
];

fn main() -> Outcome<()> {
    let keys = std::env::args().skip(1).find_map(|text| text.parse().ok());
    let keys = keys.unwrap_or(KEYS);
    let texts = project();
    let bytes: usize = texts.values().map(String::len).sum();
    let count = texts.keys().filter(|path| path.ends_with(".gate")).count();
    println!(
        "{count} files, {} kB, {keys} keys of each kind\n",
        bytes / 1000
    );
    let folder = std::env::temp_dir().join(format!("gatewright-typing-{}", std::process::id()));
    for (path, text) in &texts {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(path), text)?;
    }
    let measured = measure(&folder, &texts, keys);
    std::fs::remove_dir_all(&folder)?;
    measured
}

fn measure(folder: &Path, texts: &BTreeMap<String, String>, keys: usize) -> Outcome<()> {
    println!("| typed | over | median | p95 | p99 | slowest |\n|---|---|--:|--:|--:|--:|");
    let mut asked = Vec::new();
    let mut memory = Vec::new();
    for over in [Over::Channels, Over::Streams] {
        let Some(mut client) = Client::start(over, folder, texts, "off")? else {
            println!("\n(the binary is not built: nothing is measured over streams)\n");
            continue;
        };
        for typing in TYPINGS {
            let mut times = client.type_all(typing, keys, |client, key| client.press(key))?;
            println!(
                "| {} | {} | {} |",
                typing.name,
                over.name(),
                row(&mut times)
            );
        }
        for method in ASKED {
            for typing in TYPINGS.iter().step_by(6) {
                let press = |client: &mut Client, key: &Key<'_>| client.ask_behind(key, method);
                let mut times = client.type_all(typing, keys / 4, press)?;
                let (over, row) = (over.name(), row(&mut times));
                asked.push(format!("| `{method}` | {} | {over} | {row} |", typing.name));
            }
        }
        let before = client.resident_kb()?;
        let mut done = 0;
        for typing in TYPINGS.iter().cycle() {
            if done >= KEYS_FOR_MEMORY {
                break;
            }
            let times = client.type_all(typing, 500, |client, key| client.press(key))?;
            done += times.len();
        }
        let after = client.resident_kb()?;
        memory.push(format!(
            "{}: {:.1} MB before {done} keys, {:.1} MB after",
            over.name(),
            before / 1000.0,
            after / 1000.0
        ));
        client.leave()?;
    }
    if let Some(mut client) = Client::start(Over::Channels, folder, texts, "onPause")?
        && let Some(typing) = TYPINGS.first()
    {
        let press = |client: &mut Client, key: &Key<'_>| {
            // Long enough for the invariants to be begun.
            thread::sleep(Duration::from_millis(12));
            client.press(key)
        };
        let mut times = client.type_all(typing, keys / 4, press)?;
        println!(
            "| {}, invariants being decided | channels | {} |",
            typing.name,
            row(&mut times)
        );
        client.leave()?;
    }
    println!("\n| asked behind a key | typed | over | median | p95 | p99 | slowest |");
    println!("|---|---|---|--:|--:|--:|--:|\n{}\n", asked.join("\n"));
    println!("{}", memory.join("\n"));
    Ok(())
}

/// The middle, the edges, and the worst.
fn row(times: &mut [Duration]) -> String {
    times.sort();
    let at = |part: usize| {
        let place = (times.len().saturating_sub(1)) * part / 100;
        times.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    let cells = [50, 95, 99, 100].map(|part| format!("{:.1} ms", at(part)));
    cells.join(" | ")
}

/// The texts of the project by their paths.
fn project() -> BTreeMap<String, String> {
    let set = graph::plain(&Workload::new(Shape::Mixed, MIXED));
    let mut texts = BTreeMap::new();
    let mut in_order = Vec::new();
    for (path, text) in write_project(&set, &ImportOptions::default()) {
        if path == NAMES {
            texts.insert(path, named(text));
        } else if path.ends_with(".gate") {
            in_order.push(text.replace(
                "users     all\n",
                "users     all except groups [BreakGlass]\n",
            ));
        }
    }
    for (number, part) in in_order.chunks(POLICIES_PER_FILE).enumerate() {
        texts.insert(format!("policies-{number:02}.gate"), part.join("\n"));
    }
    texts.insert(TEMPLATES.to_owned(), templates());
    texts.insert("tenant.gate".to_owned(), uses());
    texts.insert(TESTS.to_owned(), tests());
    texts.insert(
        "gatewright.toml".to_owned(),
        "name = \"typing\"\n".to_owned(),
    );
    texts
}

/// The names, with one more that templates, tests and invariants use.
fn named(text: String) -> String {
    let group = "group BreakGlass = \"d1f3c0de-0000-4000-8000-00000000b6e1\"\n";
    match text.split_once("\n\n") {
        Some((head, rest)) => format!("{head}\n\n{group}{rest}"),
        None => text + group,
    }
}

fn templates() -> String {
    let template = |name: &str, clauses: &str| {
        format!(
            "template {name}(excluded: list of group, title: string, enforcement: state = \
             reportOnly) {{\n    policy title {{\n        state   enforcement\n        \
             users   all except groups excluded\n        apps    all\n        {clauses}\n    }}\n}}\n"
        )
    };
    [
        template("MfaFor", "signInRisk [medium, high]\n        require mfa"),
        template(
            "BlockOld",
            "clients [exchangeActiveSync, other]\n        block",
        ),
        template(
            "Devices",
            "platforms [windows]\n        require compliantDevice",
        ),
    ]
    .join("\n")
}

fn uses() -> String {
    let names = ["MfaFor", "BlockOld", "Devices"];
    let uses = (0..INSTANCES).map(|number| {
        let name = names.get(number % names.len()).copied().unwrap_or_default();
        format!("use {name}([BreakGlass], \"Made {number}\", enabled)\n")
    });
    format!("//! Who keeps which secrets.\n{}", uses.collect::<String>())
}

fn tests() -> String {
    let test = |number: usize| {
        format!(
            "test \"Sign-in {number}\" {{\n    given {{\n        user groups [BreakGlass]\n        \
             app ExchangeOnline\n        client browser\n        platform windows\n        \
             country NL\n    }}\n    expect {{ applied [\"Made {}\"] }}\n}}\n\n",
            number % INSTANCES
        )
    };
    let invariant = "invariant \"A second factor\" {\n    users  all except groups [BreakGlass]\n    \
                     always require mfa\n}\n";
    (0..30).map(test).collect::<String>() + invariant
}

/// What messages go over.
#[derive(Clone, Copy, PartialEq)]
enum Over {
    Channels,
    Streams,
}

impl Over {
    fn name(self) -> &'static str {
        match self {
            Over::Channels => "channels",
            Over::Streams => "streams",
        }
    }
}

/// Files in memory.
struct Memory {
    folder: PathBuf,
    texts: BTreeMap<String, String>,
}

impl Host for Memory {
    fn project_of(&self, _: &Path, _: &[PathBuf]) -> PathBuf {
        self.folder.clone()
    }

    fn projects_in(&self, _: &Path) -> Vec<PathBuf> {
        vec![self.folder.clone()]
    }

    fn load(&self, root: &Path, open: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Result<Loaded, String> {
        let mut loaded = Loaded::default();
        for (name, text) in &self.texts {
            let path = root.join(name);
            let bytes = open(&path).unwrap_or_else(|| text.clone().into_bytes());
            let file = SourceFile {
                path: path.to_string_lossy().into_owned(),
                bytes,
            };
            loaded.paths.insert(file.path.clone(), path);
            add(&mut loaded.input, file);
        }
        Ok(loaded)
    }
}

fn add(input: &mut Input, file: SourceFile) {
    if file.path.ends_with(".toml") {
        input.manifest = Some(file);
    } else {
        input.files.push(file);
    }
}

/// A key: what is put where, or taken from there.
struct Key<'a> {
    typing: &'a Typing,
    start: (u32, u32),
    end: (u32, u32),
    text: String,
}

/// The editor's side.
struct Client {
    connection: Connection,
    child: Option<Child>,
    folder: PathBuf,
    texts: BTreeMap<String, String>,
    versions: BTreeMap<String, i64>,
    next_id: i32,
    tokens: Value,
}

impl Client {
    /// A session in which every file that something is typed in is open; nothing if the binary is
    /// not there.
    fn start(
        over: Over,
        folder: &Path,
        texts: &BTreeMap<String, String>,
        invariants: &str,
    ) -> Outcome<Option<Client>> {
        let (connection, child) = match over {
            Over::Channels => {
                let (connection, other) = Connection::memory();
                let host = Arc::new(Memory {
                    folder: folder.to_path_buf(),
                    texts: texts.clone(),
                });
                thread::spawn(move || serve(other, host));
                (connection, None)
            }
            Over::Streams => {
                let own = std::env::current_exe()?;
                let binary = own
                    .ancestors()
                    .nth(2)
                    .map(|folder| folder.join("gatewright"));
                let Some(binary) = binary.filter(|binary| binary.is_file()) else {
                    return Ok(None);
                };
                let mut command = Command::new(binary);
                let command = command.args(["lsp", "--stdio"]);
                let mut child = command
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()?;
                let input = child.stdout.take().ok_or("no output")?;
                let output = child.stdin.take().ok_or("no input")?;
                let streams = transport::over(BufReader::new(input), output)?;
                (streams.connection, Some(child))
            }
        };
        let mut client = Client {
            connection,
            child,
            folder: folder.to_path_buf(),
            texts: texts.clone(),
            versions: BTreeMap::new(),
            next_id: 0,
            tokens: Value::Null,
        };
        client.begin(invariants)?;
        Ok(Some(client))
    }

    fn begin(&mut self, invariants: &str) -> Outcome<()> {
        let abilities = json!({ "textDocument": {
            "publishDiagnostics": { "relatedInformation": true, "codeDescriptionSupport": true },
            "completion": { "completionItem": { "snippetSupport": true } } } });
        let folder = json!({ "uri": format!("file://{}", self.folder.display()), "name": "p" });
        let settings = json!({ "invariants": invariants, "pauseMs": 1 });
        let id = self.request(
            "initialize",
            json!({ "processId": null, "rootUri": null, "capabilities": abilities,
                "workspaceFolders": [folder], "initializationOptions": { "settings": settings } }),
        )?;
        self.answer(&id)?;
        self.notify("initialized", json!({}))?;
        for typing in TYPINGS {
            if self.versions.contains_key(typing.file) {
                continue;
            }
            self.versions.insert(typing.file.to_owned(), 1);
            let text = self.texts.get(typing.file).ok_or("no such file")?;
            let item = json!({ "uri": self.uri(typing.file), "languageId": "gatewright",
                "version": 1, "text": text });
            self.notify("textDocument/didOpen", json!({ "textDocument": item }))?;
            self.published(typing.file, 1)?;
        }
        Ok(())
    }

    fn leave(mut self) -> Outcome<()> {
        let id = self.request("shutdown", Value::Null)?;
        self.answer(&id)?;
        self.notify("exit", Value::Null)?;
        if let Some(mut child) = self.child.take() {
            child.wait()?;
        }
        Ok(())
    }

    fn uri(&self, file: &str) -> String {
        format!("file://{}", self.folder.join(file).display())
    }

    fn notify(&self, method: &str, params: Value) -> Outcome<()> {
        let method = method.to_owned();
        self.connection
            .sender
            .send(Notification { method, params }.into())?;
        Ok(())
    }

    fn request(&mut self, method: &str, params: Value) -> Outcome<RequestId> {
        self.next_id += 1;
        let id = RequestId::from(self.next_id);
        let request = Request {
            id: id.clone(),
            method: method.to_owned(),
            params,
        };
        self.connection.sender.send(request.into())?;
        Ok(id)
    }

    fn answer(&self, id: &RequestId) -> Outcome<Value> {
        loop {
            if let Message::Response(response) = self.hear()?
                && response.id == *id
            {
                let error = |error: lsp_server::ResponseError| error.message;
                return Ok(response.response_result.map_err(error)?);
            }
        }
    }

    /// Wait for what is said of a file at a version.
    fn published(&self, file: &str, version: i64) -> Outcome<()> {
        let uri = self.uri(file);
        loop {
            if let Message::Notification(one) = self.hear()?
                && one.method == "textDocument/publishDiagnostics"
                && one.params.get("uri").is_some_and(|own| own == uri.as_str())
                && one.params.get("version").is_some_and(|own| *own == version)
            {
                return Ok(());
            }
        }
    }

    fn hear(&self) -> Outcome<Message> {
        let message = self.connection.receiver.recv_timeout(PATIENCE)?;
        if let Message::Request(request) = &message {
            let response = Response::new_ok(request.id.clone(), Value::Null);
            self.connection.sender.send(response.into())?;
        }
        Ok(message)
    }

    /// Type a text and erase it, again and again.
    fn type_all(
        &mut self,
        typing: &Typing,
        keys: usize,
        press: impl Fn(&mut Client, &Key<'_>) -> Outcome<Duration>,
    ) -> Outcome<Vec<Duration>> {
        let text = self.texts.get(typing.file).ok_or("no such file")?;
        let found = text
            .find(typing.after)
            .ok_or_else(|| format!("no place: {}", typing.name))?;
        let before = text.get(..found + typing.after.len()).unwrap_or_default();
        let mut place = end_of((0, 0), before);
        let mut places = vec![place];
        for character in typing.text.chars() {
            place = end_of(place, character.encode_utf8(&mut [0; 4]));
            places.push(place);
        }
        let there: Vec<_> = places.iter().zip(places.iter().skip(1)).collect();
        let writing = there.iter().zip(typing.text.chars());
        let writing =
            writing.map(|((start, _), character)| (**start, **start, character.to_string()));
        let erasing = there.iter().rev();
        let erasing = erasing.map(|(start, end)| (**start, **end, String::new()));
        let once: Vec<_> = writing.chain(erasing).collect();
        let mut times = Vec::new();
        while times.len() < keys {
            for (start, end, text) in once.clone() {
                let key = Key {
                    typing,
                    start,
                    end,
                    text,
                };
                times.push(press(self, &key)?);
            }
        }
        Ok(times)
    }

    fn send_key(&mut self, key: &Key<'_>) -> Outcome<i64> {
        let file = key.typing.file;
        let version = self.versions.entry(file.to_owned()).or_default();
        *version += 1;
        let version = *version;
        let at = |(line, character)| json!({ "line": line, "character": character });
        let change = json!({ "range": { "start": at(key.start), "end": at(key.end) },
            "text": key.text });
        let document = json!({ "uri": self.uri(file), "version": version });
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        self.notify("textDocument/didChange", params)?;
        Ok(version)
    }

    /// From a key to what is said of it.
    fn press(&mut self, key: &Key<'_>) -> Outcome<Duration> {
        let start = Instant::now();
        let version = self.send_key(key)?;
        self.published(key.typing.file, version)?;
        Ok(start.elapsed())
    }

    /// From a key to the answer of a request that is sent right behind it.
    fn ask_behind(&mut self, key: &Key<'_>, method: &str) -> Outcome<Duration> {
        let (line, character) = key.start;
        let line = if key.text == "\n" { line + 1 } else { line };
        let character = match key.text.as_str() {
            "" => character,
            "\n" => 0,
            _ => character + 1,
        };
        let place = json!({ "line": line, "character": character });
        let all = json!({ "start": { "line": 0, "character": 0 },
            "end": { "line": 60, "character": 0 } });
        let params = json!({ "textDocument": { "uri": self.uri(key.typing.file) },
            "position": place, "range": all,
            "previousResultId": self.tokens.as_str().unwrap_or_default() });
        let start = Instant::now();
        self.send_key(key)?;
        let id = self.request(method, params)?;
        let answer = self.answer(&id)?;
        let taken = start.elapsed();
        if let Some(id) = answer.get("resultId") {
            self.tokens = id.clone();
        }
        Ok(taken)
    }

    /// The memory of the server's process now.
    fn resident_kb(&self) -> Outcome<f64> {
        let process = match &self.child {
            Some(child) => child.id().to_string(),
            None => "self".to_owned(),
        };
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(number.ok_or("the system does not say")?.parse()?)
    }
}

/// The place behind a text that begins at a place. The texts are ASCII.
fn end_of((line, character): (u32, u32), text: &str) -> (u32, u32) {
    let count = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    match text.rsplit_once('\n') {
        Some((before, last)) => (
            line + count(&before.replace(|c| c != '\n', "")) + 1,
            count(last),
        ),
        None => (line, character + count(text)),
    }
}
