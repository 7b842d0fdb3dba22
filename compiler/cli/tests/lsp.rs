//! `gatewright lsp` over real streams and a real file system.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use common::{Folder, run_with_input};

/// A session: what is said after the handshake, and whether the client leaves as it should.
fn session(root: &Path, args: &[&str], messages: &[Value], leaves: bool) -> (Vec<Value>, i32) {
    let folder = json!([{ "uri": uri(root), "name": "project" }]);
    let mut all = vec![
        json!({ "id": 1, "method": "initialize", "params": {
            "capabilities": {
                "textDocument": { "publishDiagnostics": { "codeDescriptionSupport": true } } },
            "workspaceFolders": folder,
            "initializationOptions": { "settings": { "invariants": "off" } } } }),
        json!({ "method": "initialized", "params": {} }),
    ];
    all.extend(messages.iter().cloned());
    if leaves {
        all.push(json!({ "id": 2, "method": "shutdown" }));
        all.push(json!({ "method": "exit" }));
    }
    let input: String = all
        .iter()
        .map(|message| message.to_string())
        .map(|text| format!("Content-Length: {}\r\n\r\n{text}", text.len()))
        .collect();
    let ran = run_with_input(&[&["lsp"], args].concat(), &input);
    assert_eq!(ran.err, "");
    let bodies = ran.out.split("Content-Length: ").skip(1);
    let bodies = bodies.map(|one| one.split_once("\r\n\r\n").unwrap().1);
    let answers = bodies.map(|body| serde_json::from_str(body).unwrap());
    (answers.collect(), ran.code)
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn open(path: &Path, text: &str) -> Value {
    let item = json!({ "uri": uri(path), "languageId": "gatewright", "version": 1, "text": text });
    json!({ "method": "textDocument/didOpen", "params": { "textDocument": item } })
}

/// What makes the server do everything that it was told before.
fn look() -> Value {
    json!({ "id": 7, "method": "gatewright/page", "params": { "code": "GW0101" } })
}

/// The codes that were said last of a file.
fn codes(answers: &[Value], path: &Path) -> Option<Vec<String>> {
    let mut pushed = answers.iter().filter(|one| {
        one["method"] == "textDocument/publishDiagnostics" && one["params"]["uri"] == uri(path)
    });
    let found = pushed.next_back()?["params"]["diagnostics"].as_array()?;
    let code = |one: &Value| one["code"].as_str().map(str::to_owned);
    Some(found.iter().filter_map(code).collect())
}

fn write(folder: &Folder, name: &str, text: &str) -> PathBuf {
    PathBuf::from(folder.write(name, text))
}

const POLICY: &str = "policy \"A\" { state enabled users all apps all require mfa }\n";

#[test]
fn a_project_on_disk_is_judged_and_the_client_leaves() {
    let folder = Folder::new("lsp-project");
    let manifest = write(&folder, "p/gatewright.toml", "");
    let broken = write(&folder, "p/deep/broken.gate", "policy { stat }");
    let (answers, code) = session(&folder.0, &["--stdio"], &[look()], true);
    assert_eq!(code, 0);
    assert_eq!(answers[0]["result"]["serverInfo"]["name"], "gatewright");
    let found = codes(&answers, &broken).unwrap();
    assert!(found.contains(&"GW0113".to_owned()), "{found:?}");
    assert_eq!(codes(&answers, &manifest), None);
}

#[test]
fn a_finding_leads_to_its_page() {
    let folder = Folder::new("lsp-pages");
    let path = folder.0.join("new.gate");
    let messages = [open(&path, "policy { stat }"), look()];
    let (answers, _) = session(&folder.0, &[], &messages, true);
    let mut pushed = answers.iter().rev();
    let pushed = pushed.find(|one| one["params"]["uri"] == uri(&path));
    let found = &pushed.unwrap()["params"]["diagnostics"][0];
    let page = found["codeDescription"]["href"].as_str().unwrap();
    let text = std::fs::read_to_string(page.strip_prefix("file://").unwrap()).unwrap();
    let heading = format!("# {}", found["code"].as_str().unwrap());
    assert!(text.starts_with(&heading), "{text}");
}

#[test]
fn a_client_that_is_gone_ends_the_server_with_1() {
    let folder = Folder::new("lsp-gone");
    assert_eq!(session(&folder.0, &[], &[], false).1, 1);
}

#[test]
fn a_manifest_counts_as_it_is_typed() {
    let folder = Folder::new("lsp-manifest");
    let manifest = write(&folder, "p/gatewright.toml", "");
    let library = write(&folder, "common/groups.gate", "group G = \"x\" {");
    write(&folder, "p/a.gate", POLICY);
    let typed = "[libraries]\ncommon = \"../common\"\n";
    let messages = [open(&manifest, typed), look()];
    let (answers, code) = session(&folder.0.join("p"), &[], &messages, true);
    assert_eq!(code, 0);
    assert!(codes(&answers, &library).is_some(), "{answers:?}");
    let typed = "[libraries]\ncommon = \"../nowhere\"\n";
    let messages = [open(&manifest, typed), look()];
    let (answers, _) = session(&folder.0.join("p"), &[], &messages, true);
    let said = format!("{answers:?}");
    assert!(said.contains("the library `common` is no folder"), "{said}");
    // The rest of the project is there, and what is wrong is said in its place.
    let typed = "[data]\napps = [\"aps.txt\"]\n[libraries]\ncommon = \"../common\"\n";
    write(&folder, "p/apps.txt", "");
    let messages = [open(&manifest, typed), look()];
    let (answers, _) = session(&folder.0.join("p"), &[], &messages, true);
    assert_eq!(codes(&answers, &manifest).unwrap(), ["GW0801"]);
    assert!(codes(&answers, &library).is_some(), "{answers:?}");
    assert!(
        format!("{answers:?}").contains("did you mean `apps.txt`?"),
        "{answers:?}"
    );
}

#[test]
fn a_file_in_a_folder_without_a_project_is_judged() {
    let folder = Folder::new("lsp-lone");
    let path = folder.0.join("new.gate");
    let messages = [open(&path, "policy { stat }"), look()];
    let (answers, code) = session(&folder.0, &[], &messages, true);
    assert_eq!(code, 0);
    assert!(
        codes(&answers, &path)
            .unwrap()
            .contains(&"GW0113".to_owned())
    );
}

/// The client is gone, but somebody else holds its end of the stream.
#[cfg(target_os = "linux")]
#[test]
fn a_server_leaves_with_the_process_that_started_it() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    let mut client = Command::new("sleep").arg("600").spawn().unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_gatewright"))
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = json!({ "id": 1, "method": "initialize",
        "params": { "processId": client.id(), "capabilities": {} } })
    .to_string();
    let mut input = server.stdin.take().unwrap();
    write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    // It has answered, so it has seen the process.
    let mut first = [0];
    std::io::Read::read_exact(server.stdout.as_mut().unwrap(), &mut first).unwrap();
    client.kill().unwrap();
    client.wait().unwrap();
    assert_eq!(server.wait().unwrap().code(), Some(1));
    drop(input);
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_circles_are_followed_once() {
    let folder = Folder::new("lsp-circles");
    write(&folder, "p/gatewright.toml", "");
    let file = write(&folder, "p/a.gate", POLICY);
    let elsewhere = write(&folder, "elsewhere/b.gate", "policy { stat }");
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, folder.0.join(at)).unwrap();
    link(".", "p/here");
    link("..", "p/up");
    link("../elsewhere", "p/linked");
    link("../p", "elsewhere/back");
    let messages = [open(&file, POLICY), look()];
    let (answers, code) = session(&folder.0.join("p"), &[], &messages, true);
    assert_eq!(code, 0);
    // No policy is there twice.
    assert_eq!(codes(&answers, &file), Some(Vec::new()));
    let linked = folder.0.join("p/linked/b.gate");
    assert!(
        elsewhere.exists() && codes(&answers, &linked).is_some(),
        "{answers:?}"
    );
}
