//! Real editors on the built server, set up as `docs/editors.md` says.
//!
//! They are no part of a plain machine: what is not there is skipped, with a line that says so.
//! With `GATEWRIGHT_EDITORS=1`, as where every change is tested, nothing that has to be there may be
//! missing. `GATEWRIGHT` names the compiler; else it is the one that was built beside this test.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gatewright_syntax::ast::Head;
use gatewright_syntax::declaration_keywords;
use gatewright_tests::repository::root;

const PAGE: &str = "docs/editors.md";

/// The block of the page below a marker.
fn block(marker: &str) -> String {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let marker = format!("<!-- {marker} -->\n```");
    let (_, after) = page
        .split_once(&marker)
        .unwrap_or_else(|| panic!("{PAGE} has no block below {marker:?}"));
    let text = after.split_once('\n').unwrap().1;
    text.split_once("\n```").unwrap().0.to_owned() + "\n"
}

/// Say that a test did not run, past the runner, which keeps what passing tests print.
fn skip(test: &str, why: &str) {
    let mut out = std::io::stderr().lock();
    writeln!(out, "skipped: {test}: {why}").unwrap();
}

/// Say that a test did not run, unless it has to.
fn must_skip(test: &str, why: &str) {
    let is_demanded = std::env::var_os("GATEWRIGHT_EDITORS").is_some();
    assert!(!is_demanded, "GATEWRIGHT_EDITORS is set, and {why}");
    skip(test, why);
}

/// The compiler, or why there is none.
fn gatewright() -> Result<PathBuf, String> {
    let name = format!("gatewright{}", std::env::consts::EXE_SUFFIX);
    let path = match std::env::var_os("GATEWRIGHT") {
        Some(named) => std::path::absolute(named).unwrap(),
        // Tests are in `deps`, beside which programs are.
        None => {
            let test = std::env::current_exe().unwrap();
            test.ancestors().nth(2).unwrap().join(&name)
        }
    };
    let is_it = path.is_file() && path.file_name() == Some(OsStr::new(&name));
    let build = "cargo build -p gatewright-cli";
    is_it
        .then_some(path)
        .ok_or_else(|| format!("`{name}` is not built: {build}"))
}

/// The search path, with the folder of a program first.
fn search_path(program: &Path) -> std::ffi::OsString {
    let before = std::env::var_os("PATH").unwrap_or_default();
    let own = program.parent().unwrap().to_path_buf();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&before))).unwrap()
}

/// Whether a program is there and runs.
fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null());
    command.output().is_ok_and(|output| output.status.success())
}

/// A folder of one test, removed when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let unique = format!("gatewright-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path.canonicalize().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A copy of an example.
    fn example(&self, name: &str) -> PathBuf {
        let to = self.0.join(name);
        copy(&root().join("examples").join(name), &to);
        to
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of a test in the temporary folder does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What a program prints; it has to succeed.
#[track_caller]
fn said(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{command:?}\n{text}");
    text
}

/// Neovim without anybody's configuration, in a folder.
fn neovim(folder: &Folder, project: &Path) -> Command {
    let mut command = Command::new("nvim");
    command
        .args(["--headless", "-u", "NONE", "-i", "NONE", "-n"])
        .current_dir(project);
    for kind in ["CACHE", "CONFIG", "DATA", "STATE"] {
        command.env(format!("XDG_{kind}_HOME"), &folder.0);
    }
    command
}

#[test]
fn neovim_works_with_the_server() {
    let test = "neovim_works_with_the_server";
    if !runs("nvim") {
        return must_skip(test, "there is no `nvim`");
    }
    let program = match gatewright() {
        Ok(program) => program,
        Err(why) => return must_skip(test, &why),
    };
    let folder = Folder::new("neovim");
    let project = folder.example("contoso");
    let session = root().join("tests/editors/neovim/session.lua");
    let text = said(
        neovim(&folder, &project)
            .env("PATH", search_path(&program))
            .env(
                "GATEWRIGHT_CONFIGURATION",
                folder.write("server.lua", &block("neovim-0.7")),
            )
            .arg("-c")
            .arg(format!("luafile {}", session.display())),
    );
    // The session names its steps; one that ended early would have no failure either.
    let steps = std::fs::read_to_string(session).unwrap();
    let steps = steps
        .lines()
        .filter_map(|line| line.strip_prefix("step(\""));
    let names: Vec<&str> = steps.map(|line| line.split_once('"').unwrap().0).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(text.contains(&format!("ok: {name}\n")), "{name}\n{text}");
    }
}

#[test]
fn the_configuration_for_new_neovim_says_what_the_old_one_says() {
    let test = "the_configuration_for_new_neovim_says_what_the_old_one_says";
    if !runs("nvim") {
        return must_skip(test, "there is no `nvim`");
    }
    let folder = Folder::new("neovim-configuration");
    // What is called is kept, so that versions before 0.11 can run it too.
    let script = format!(
        "local seen = {{}}\n\
         vim.filetype.add = function(given) seen.type = given.extension.gate end\n\
         vim.lsp.config = function(name, given) seen[name] = given end\n\
         vim.lsp.enable = function(name) seen.enabled = name end\n\
         {}\n\
         local config = seen[seen.enabled]\n\
         assert(vim.deep_equal(config.cmd, {{ 'gatewright', 'lsp' }}))\n\
         assert(vim.deep_equal(config.filetypes, {{ seen.type }}))\n\
         assert(config.root_markers[1] == 'gatewright.toml')\n\
         assert(config.settings.gatewright.invariants)\n\
         io.stdout:write('configured')\n\
         vim.cmd('qall!')\n",
        block("neovim")
    );
    let script = folder.write("configuration.lua", &script);
    let guarded = format!(
        "lua local is_done, why = pcall(dofile, '{}') \
         if not is_done then io.stderr:write(why) vim.cmd('cquit 1') end",
        script.display()
    );
    let text = said(neovim(&folder, &folder.0).arg("-c").arg(guarded));
    assert!(text.contains("configured"), "{text}");
}

#[test]
fn neovim_colours_what_the_language_has() {
    let test = "neovim_colours_what_the_language_has";
    if !runs("nvim") {
        return must_skip(test, "there is no `nvim`");
    }
    let folder = Folder::new("neovim-colours");
    let project = folder.example("contoso");
    let vim = root().join("grammar/editor/vim");
    let script = folder.write(
        "colours.lua",
        "local function group(word, line)
           local text = vim.fn.getline(line)
           local at = assert(text:find(word, 1, true), word .. ' is not in ' .. text)
           return vim.fn.synIDattr(vim.fn.synID(line, at, 1), 'name')
         end
         for _, row in ipairs({
           { 21, 'Meant', 'gateDocumentation' }, { 23, 'policy', 'gateDeclaration' },
           { 23, 'Kiosk', 'gateString' }, { 24, 'state', 'gateHead' },
           { 24, 'enabled', 'gateValue' }, { 27, 'device.model', 'gateAttribute' },
           { 27, '-ne', 'gateOperator' }, { 27, 'Surface', 'gateString' },
           { 28, 'block', 'gateHead' }, { 9, 'compliantDevice', 'gateControl' },
         }) do
           local found = group(row[2], row[1])
           assert(found == row[3], row[2] .. ' is ' .. found)
         end
         vim.cmd('edit objects.gate')
         assert(group('BreakGlass', 4) == 'gateDeclared', group('BreakGlass', 4))
         assert(vim.bo.commentstring == '// %s', vim.bo.commentstring)
         io.stdout:write('coloured')
         vim.cmd('qall!')",
    );
    let mut command = neovim(&folder, &project);
    command
        .arg("--cmd")
        .arg(format!("set runtimepath^={}", vim.display()))
        .args(["--cmd", "filetype plugin on", "--cmd", "syntax on"])
        .arg("policies/devices.gate")
        .arg("-c")
        .arg(format!(
            "lua local is_done, why = pcall(dofile, '{}') \
             if not is_done then io.stderr:write(why) vim.cmd('cquit 1') end",
            script.display()
        ));
    let text = said(&mut command);
    assert!(text.contains("coloured"), "{text}");
}

#[test]
fn the_client_library_of_visual_studio_code_works_with_the_server() {
    let test = "the_client_library_of_visual_studio_code_works_with_the_server";
    let extension = root().join("grammar/editor/vscode");
    if !runs("node") || !runs("npm") {
        return must_skip(test, "there is no `node` with `npm`");
    }
    if !extension.join("node_modules/typescript").is_dir() {
        return must_skip(
            test,
            "its packages are not there: npm ci in grammar/editor/vscode",
        );
    }
    let program = match gatewright() {
        Ok(program) => program,
        Err(why) => return must_skip(test, &why),
    };
    // The other tests of the extension are run by its own `npm test`.
    let mut compile = Command::new("node");
    said(
        compile
            .args(["node_modules/typescript/bin/tsc", "-p", "."])
            .current_dir(&extension),
    );
    let mut client = Command::new("node");
    let text = said(
        client
            .args(["--test", "--test-reporter=tap", "out/test/client.test.js"])
            .current_dir(&extension)
            .env("GATEWRIGHT", program),
    );
    assert!(
        text.contains("# fail 0") && text.contains("# skipped 0"),
        "{text}"
    );
}

#[test]
fn the_configuration_for_helix_starts_the_server() {
    let text = block("helix");
    let read: toml::Value = toml::from_str(&text).unwrap();
    let server = &read["language-server"]["gatewright"];
    assert_eq!(server["command"].as_str(), Some("gatewright"));
    assert_eq!(server["args"][0].as_str(), Some("lsp"));
    assert!(server["config"]["gatewright"]["invariants"].is_str());
    let language = &read["language"][0];
    assert_eq!(language["file-types"][0].as_str(), Some("gate"));
    assert_eq!(language["language-servers"][0].as_str(), Some("gatewright"));
    assert_eq!(language["roots"][0].as_str(), Some("gatewright.toml"));
}

#[test]
fn the_mode_for_emacs_knows_every_word() {
    let mode = block("emacs");
    let words: Vec<&str> = mode.split('"').skip(1).step_by(2).collect();
    let keywords = declaration_keywords().map(|(word, _)| word);
    for word in keywords.chain(Head::ALL.iter().map(|head| head.word())) {
        assert!(
            words.contains(&word),
            "`{word}` is not in the mode of {PAGE}"
        );
    }
}

#[test]
fn the_mode_for_emacs_colours_a_file() {
    let test = "the_mode_for_emacs_colours_a_file";
    if !runs("emacs") {
        return skip(test, "there is no `emacs`");
    }
    let folder = Folder::new("emacs");
    let project = folder.example("contoso");
    let mode = folder.write("mode.el", &block("emacs"));
    // The server is started by Eglot where there is one, which is another test's business.
    let checks = folder.write(
        "checks.el",
        "(remove-hook 'gatewright-mode-hook #'eglot-ensure)
         (find-file \"policies/devices.gate\")
         (unless (eq major-mode 'gatewright-mode) (error \"the mode is %s\" major-mode))
         (font-lock-ensure)
         (dolist (row '((\"policy\" font-lock-keyword-face) (\"Office\" font-lock-string-face)
                        (\"state\" font-lock-builtin-face)
                        (\"device.trustType\" font-lock-variable-name-face)
                        (\"-ne\" font-lock-function-name-face)
                        (\"Meant\" font-lock-comment-face)))
           (goto-char (point-min))
           (forward-line 1)
           (search-forward (car row))
           (let ((face (get-text-property (match-beginning 0) 'face)))
             (unless (eq face (cadr row)) (error \"%s is %s\" (car row) face))))
         (goto-char (point-min))
         (forward-line 2)
         (comment-line 1)
         (goto-char (point-min))
         (unless (search-forward \"// policy\" nil t) (error \"it is no comment\"))
         (set-buffer-modified-p nil)
         (when (require 'eglot nil t)
           (unless (assq 'gatewright-mode eglot-server-programs) (error \"no server\")))
         (princ \"coloured\")",
    );
    let mut emacs = Command::new("emacs");
    let text = said(
        emacs
            .args(["--batch", "-Q", "-l"])
            .arg(mode)
            .arg("-l")
            .arg(checks)
            .current_dir(project)
            .env("HOME", &folder.0),
    );
    assert!(text.contains("coloured"), "{text}");
}
