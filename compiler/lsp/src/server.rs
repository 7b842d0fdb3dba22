//! The loop: what arrives, what follows from it, what is said.

mod held;
mod messages;
mod notifications;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, at, never, select, tick};
use gatewright_compiler::Cancellation;
use gatewright_ide::{Test, tests};
use gen_lsp_types::MessageType;
use lsp_server::{Connection, Message, RequestId};
use serde_json::{Value, json};

use crate::background::{Background, Decided};
use crate::client::{Abilities, Client};
use crate::context::{Context, View};
use crate::custom;
use crate::diagnostics::Publisher;
use crate::documents::Documents;
use crate::host::Host;
use crate::pool::Pool;
use crate::projects::{Projects, Reader, Root, Stored, caught};
use crate::settings::{Invariants, Settings};

use held::Held;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client asked for it: `shutdown`, then `exit`.
    Asked,
    /// The client is gone, or said `exit` without `shutdown`.
    Abrupt,
}

/// Serve a client until it leaves.
#[must_use]
pub fn serve(connection: Connection, host: Arc<dyn Host>) -> End {
    let Connection { sender, receiver } = connection;
    let client = Arc::new(Client::new(sender));
    Server::new(client, host).run(&receiver)
}

/// How far the session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing but `initialize` is answered.
    New,
    /// Everything is.
    Running,
    /// Nothing is any more.
    ShutDown,
}

/// LIMIT: how long a client that leaves waits for what it asked before.
const LEAVING_MAX: Duration = Duration::from_secs(1);

/// How often it is looked whether the process that started the server is still there.
const LOOK: Duration = Duration::from_secs(1);

/// What was asked of the client.
enum Asked {
    /// The settings.
    Settings,
}

/// All there is.
struct Server {
    phase: Phase,
    client: Arc<Client>,
    abilities: Arc<Abilities>,
    settings: Arc<Settings>,
    tokens: Arc<crate::tokens::Told>,
    documents: Documents,
    projects: Projects,
    publisher: Publisher,
    pool: Pool,
    background: Background,
    reader: Reader,
    /// Requests that wait for what is read.
    held: Held,
    /// What has to be read before the invariants of what was saved are decided.
    saved: Option<u64>,
    /// When the invariants of projects are decided.
    due: BTreeMap<Root, Instant>,
    asked: BTreeMap<RequestId, Asked>,
    /// The process that started the server, if it can be watched, and when to look at it.
    parent: Option<u32>,
    look: Receiver<Instant>,
    /// The reading that finds what somebody else changed.
    changed_outside: Option<u64>,
    /// What was told last of each project.
    statuses: BTreeMap<Root, Value>,
    /// The tests that there were when they were told of last.
    tests: BTreeMap<Root, Vec<Test>>,
}

impl Server {
    fn new(client: Arc<Client>, host: Arc<dyn Host>) -> Server {
        Server {
            phase: Phase::New,
            abilities: Arc::new(Abilities::of(&Value::Null)),
            settings: Arc::default(),
            tokens: Arc::default(),
            documents: Documents::default(),
            publisher: Publisher::default(),
            pool: Pool::new(&host),
            background: Background::new(&client, &host),
            reader: Reader::new(&host),
            held: Held::default(),
            saved: None,
            projects: Projects::new(host),
            due: BTreeMap::new(),
            asked: BTreeMap::new(),
            parent: None,
            look: never(),
            changed_outside: None,
            statuses: BTreeMap::new(),
            tests: BTreeMap::new(),
            client,
        }
    }

    fn run(mut self, receiver: &Receiver<Message>) -> End {
        loop {
            let message = match receiver.try_recv() {
                Ok(message) => Some(message),
                Err(TryRecvError::Disconnected) => return End::Abrupt,
                // Nothing waits: what was typed is looked at.
                Err(TryRecvError::Empty) => {
                    let _ = self.guarded("compile", |server| _ = server.refresh());
                    match self.wait(receiver) {
                        Ok(message) => message,
                        Err(end) => return end,
                    }
                }
            };
            if let Some(message) = message
                && let Some(end) = self.receive(message)
            {
                return end;
            }
        }
    }

    /// Wait for a message, or for something else that has been done meanwhile.
    fn wait(&mut self, receiver: &Receiver<Message>) -> Result<Option<Message>, End> {
        let pause = self.due.values().min().map_or_else(never, |due| at(*due));
        let decided = self.background.decided.clone();
        let look = self.look.clone();
        let found = self.reader.found.clone();
        select! {
            recv(receiver) -> message => return message.map(Some).map_err(|_| End::Abrupt),
            recv(found) -> found => match found {
                Ok(found) => {
                    let _ = self.guarded("files", |server| server.found(found));
                }
                // The thread is gone: there is nothing to wait for.
                Err(_) => {
                    self.reader.found = never();
                    self.reader.has_found(u64::MAX);
                    self.release(u64::MAX);
                }
            },
            recv(decided) -> decided => match decided {
                Ok(decided) => {
                    let _ = self.guarded("invariants", |server| server.decided(decided));
                }
                // The thread is gone: there is nothing to wait for.
                Err(_) => self.background.decided = never(),
            },
            recv(pause) -> _ => {
                let _ = self.guarded("invariants", Server::decide_what_is_due);
            }
            recv(look) -> _ => {
                let parent = self.parent;
                if parent.is_some_and(|parent| !self.projects.is_running(parent)) {
                    return Err(End::Abrupt);
                }
            }
        }
        Ok(None)
    }

    /// Have files read, if what is known of them may be old.
    fn read_files(&mut self) {
        if let Some(question) = self.projects.question(&self.documents) {
            self.reader.ask(question);
        }
    }

    /// What came before is done, or as much of it as can be until this instant: a client may say
    /// everything at once, and leave.
    fn finish(&mut self, end: Instant) {
        self.refresh();
        while self.reader.awaited().is_some()
            && let Ok(found) = self.reader.found.recv_deadline(end)
        {
            self.found(found);
        }
        self.pool.finish(end);
    }

    /// Bring the projects up to date, say what is new, and whether any was compiled. Cost: nothing,
    /// if nothing has changed.
    fn refresh(&mut self) -> bool {
        if self.phase != Phase::Running {
            return false;
        }
        self.read_files();
        let refreshed = self.projects.refresh(&self.documents);
        for message in &refreshed.messages {
            self.client.log(MessageType::Error, message);
            self.client.show(MessageType::Error, message);
        }
        for root in &refreshed.gone {
            self.publisher.remove(root);
            self.background.forget(root);
            self.due.remove(root);
            self.statuses.remove(root);
        }
        for root in &refreshed.compiled {
            self.background.cancel(root);
            if self.settings.invariants == Invariants::OnPause {
                self.due
                    .insert(root.clone(), Instant::now() + self.settings.pause);
            } else {
                self.due.remove(root);
            }
            self.say(root);
        }
        if !refreshed.compiled.is_empty() || !refreshed.gone.is_empty() {
            self.publish();
        }
        !refreshed.compiled.is_empty()
    }

    /// What is shown in texts has changed without an edit.
    fn refresh_views(&self) {
        if self.abilities.refreshes_hints {
            self.client
                .request::<gen_lsp_types::InlayHintRefreshRequest>(&());
        }
        if self.abilities.refreshes_tokens {
            self.client
                .request::<gen_lsp_types::SemanticTokensRefreshRequest>(&());
        }
        self.refresh_lenses();
    }

    /// Files have been read.
    fn found(&mut self, (number, stored): (u64, Stored)) {
        self.reader.has_found(number);
        self.projects.take(stored);
        let has_compiled = self.refresh();
        let is_of_others = self.changed_outside.take_if(|one| *one <= number).is_some();
        // The client asks anew for what it shows of a file when it changes that file itself.
        if is_of_others && has_compiled {
            self.refresh_views();
        }
        if self.saved.take_if(|saved| *saved <= number).is_some() {
            let roots = self.projects.iter().map(|(root, _)| root.clone());
            self.due = roots.map(|root| (root, Instant::now())).collect();
        }
        self.release(number);
    }

    /// What is said of a project is put into the protocol's words.
    fn say(&mut self, root: &Root) {
        if let Some(project) = self.projects.get_mut(root) {
            self.publisher.set(root, project, &self.abilities);
        }
    }

    fn publish(&mut self) {
        let (projects, documents) = (&self.projects, &self.documents);
        self.publisher
            .publish(projects, documents, &self.abilities, &self.client);
        self.tell_statuses();
    }

    /// Decide the invariants of projects in which nothing has been typed for a while.
    fn decide_what_is_due(&mut self) {
        let now = Instant::now();
        let due: Vec<Root> = self
            .due
            .extract_if(.., |_, due| *due <= now)
            .map(|(root, _)| root)
            .collect();
        for root in due {
            self.decide(&root);
        }
    }

    /// Decide the invariants of a project, if it has any and can be read.
    fn decide(&mut self, root: &Root) {
        let Some(project) = self.projects.get_mut(root) else {
            return;
        };
        let Some(snapshot) = project.snapshot.clone() else {
            return;
        };
        let compilation = snapshot.compilation();
        let can_be_decided = !compilation.invariants.is_empty()
            && !compilation.set.policies.is_empty()
            && compilation.is_readable();
        if can_be_decided && snapshot.proofs().is_none() {
            let job = (project.generation, snapshot);
            self.background.decide(root, job, self.abilities.progress);
        } else if !can_be_decided && !project.refuted.is_empty() {
            project.refuted.clear();
            self.say(root);
            self.publish();
        }
    }

    /// Invariants were decided; of a project that has changed since, nobody wants to hear.
    fn decided(&mut self, decided: Decided) {
        let Some(project) = self.projects.get_mut(&decided.root) else {
            return;
        };
        if project.generation != decided.generation {
            return;
        }
        match decided.outcome {
            Ok((proofs, found)) => {
                let snapshot = project.snapshot.as_ref();
                project.snapshot = snapshot.map(|snapshot| snapshot.with_proofs(proofs));
                project.refuted = found;
            }
            Err(message) => {
                let message = format!("{}: {message}", decided.root.name());
                self.client.log(MessageType::Error, &message);
            }
        }
        self.say(&decided.root);
        self.publish();
        self.refresh_lenses();
    }

    /// What lenses say has changed without an edit.
    fn refresh_lenses(&self) {
        if self.phase == Phase::Running && self.abilities.refreshes_lenses {
            self.client
                .request::<gen_lsp_types::CodeLensRefreshRequest>(&());
        }
    }

    /// What requests are answered from.
    fn context(&self) -> Context {
        let views = self.projects.iter().filter_map(|(root, project)| {
            Some(View {
                name: root.name(),
                root: root.key(),
                snapshot: project.snapshot.clone()?,
                names: Arc::clone(&project.names),
                unit: self.abilities.unit,
                outcomes: Arc::clone(&project.outcomes),
            })
        });
        Context {
            views: views.collect(),
            board: Arc::clone(self.publisher.board()),
            abilities: Arc::clone(&self.abilities),
            settings: Arc::clone(&self.settings),
            tokens: Arc::clone(&self.tokens),
            client: Arc::clone(&self.client),
            now: self.projects.now(),
            cancellation: Cancellation::default(),
        }
    }

    /// Tell our own extension how the projects are.
    fn tell_statuses(&mut self) {
        if !self.abilities.client_commands {
            return;
        }
        let mut found = BTreeMap::new();
        for (root, project) in self.projects.iter() {
            let status = custom::status(&root.name(), project);
            if self.statuses.get(root) != Some(&status) {
                self.client.notify_custom(custom::STATUS, status.clone());
                self.statuses.insert(root.clone(), status);
            }
            let own = project.snapshot.as_ref().map(tests).unwrap_or_default();
            if !own.is_empty() {
                found.insert(root.clone(), own);
            }
        }
        if self.tests != found {
            self.tests = found;
            self.client.notify_custom(custom::TESTS_CHANGED, json!({}));
        }
    }

    /// The folders that the workspace has, by the parameters of `initialize`.
    fn folders(params: &Value) -> Vec<PathBuf> {
        let uri = |value: &Value| {
            let uri = value.as_str()?.into();
            crate::uri::to_path(&uri)
        };
        let folders = params.get("workspaceFolders").and_then(Value::as_array);
        let folders = folders.map(|folders| {
            let paths = folders.iter().filter_map(|folder| uri(folder.get("uri")?));
            paths.collect::<Vec<_>>()
        });
        // Clients that know no folders name one root; the oldest ones by its path.
        let root = || {
            let path = || params.get("rootPath").and_then(Value::as_str);
            let root = params.get("rootUri").and_then(uri);
            root.or_else(|| path().filter(|path| !path.is_empty()).map(PathBuf::from))
        };
        let folders = folders.filter(|folders| !folders.is_empty());
        folders.unwrap_or_else(|| root().into_iter().collect())
    }

    /// Watch the process that started the server: its end may leave the streams open, if others
    /// have them too. One that is not there from the start is in another world, such as outside of
    /// a container, and says nothing.
    fn watch(&mut self, params: &Value) {
        let process = params.get("processId").and_then(Value::as_u64);
        let process = process.and_then(|process| u32::try_from(process).ok());
        self.parent = process.filter(|process| self.projects.is_running(*process));
        if self.parent.is_some() {
            self.look = tick(LOOK);
        }
    }

    /// Ask for the settings, where the client has them to give.
    fn ask_for_settings(&mut self) {
        if self.abilities.configuration {
            let params = json!({ "items": [{ "section": "gatewright" }] });
            let id = self.client.request_value("workspace/configuration", params);
            self.asked.insert(id, Asked::Settings);
        }
    }

    /// The settings have been read.
    fn set(&mut self, section: &Value) {
        let settings = Settings::of(section);
        if *self.settings == settings {
            return;
        }
        let had_invariants = self.settings.invariants;
        self.settings = Arc::new(settings);
        if self.phase == Phase::Running && self.abilities.refreshes_hints {
            self.client
                .request::<gen_lsp_types::InlayHintRefreshRequest>(&());
        }
        self.refresh_lenses();
        if had_invariants != self.settings.invariants
            && self.settings.invariants == Invariants::OnPause
        {
            let roots = self.projects.iter().map(|(root, _)| root.clone());
            let due = Instant::now() + self.settings.pause;
            self.due = roots.map(|root| (root, due)).collect();
        }
    }

    /// Do something of which a panic ends nothing else.
    fn guarded(&mut self, what: &str, run: impl FnOnce(&mut Server)) -> Result<(), String> {
        caught(|| run(self)).inspect_err(|message| {
            let message = format!("`{what}` has failed: {message}");
            self.client.log(MessageType::Error, &message);
        })
    }
}
