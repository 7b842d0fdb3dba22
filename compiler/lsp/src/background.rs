//! What takes longer than typing allows: deciding invariants, on a thread of its own.
//!
//! A job runs under a cancellation, and the next edit ends it wherever it is, in the middle of a
//! search too. Of each project the latest order counts; earlier ones are dropped unseen.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use gatewright_compiler::{Cancellation, Cancelled, Proof, Session, findings};
use gatewright_diagnostics::Diagnostic;
use gatewright_ide::Snapshot;
use gen_lsp_types as lsp;
use serde_json::{Value, json};

use crate::client::Client;
use crate::host::Host;
use crate::projects::{Root, caught};

/// What a job came to.
pub(crate) struct Decided {
    /// The project.
    pub(crate) root: Root,
    /// Which of its compilations.
    pub(crate) generation: u64,
    /// What was found of the invariants, with what there is to say of them; or why nothing was.
    pub(crate) outcome: Result<(Vec<Proof>, Vec<Diagnostic>), String>,
}

struct Job {
    generation: u64,
    snapshot: Snapshot,
    cancellation: Cancellation,
    /// What its progress is known by.
    token: String,
    shows_progress: bool,
}

enum Order {
    Decide(Job),
    /// Remember nothing of it.
    Forget,
}

/// What is to be done, one order for each project, in the order in which they came.
type Orders = Mutex<VecDeque<(Root, Order)>>;

/// The thread behind, as the main one sees it. It ends when this is dropped.
pub(crate) struct Background {
    orders: Arc<Orders>,
    /// Tells the thread that there are orders.
    wake: Sender<()>,
    /// What jobs came to.
    pub(crate) decided: Receiver<Decided>,
    /// Jobs that are not over, as far as is known, by the tokens that clients know them by.
    running: BTreeMap<Root, (String, Cancellation)>,
}

impl Background {
    pub(crate) fn new(client: &Arc<Client>, host: &Arc<dyn Host>) -> Background {
        let orders = Arc::new(Orders::default());
        let (wake, woken) = bounded(1);
        let (done, decided) = unbounded();
        let worker = Worker {
            orders: Arc::clone(&orders),
            client: Arc::clone(client),
            host: Arc::clone(host),
            sessions: BTreeMap::new(),
        };
        let thread = thread::Builder::new().name("gatewright invariants".to_owned());
        // Without the thread invariants stay undecided.
        let _ = thread.spawn(move || worker.work(&woken, &done));
        Background {
            orders,
            wake,
            decided,
            running: BTreeMap::new(),
        }
    }

    /// Decide the invariants of a project.
    pub(crate) fn decide(
        &mut self,
        root: &Root,
        (generation, snapshot): (u64, Snapshot),
        shows_progress: bool,
    ) {
        self.cancel(root);
        let cancellation = Cancellation::default();
        let token = format!("gatewright/invariants/{}/{generation}", root.name());
        let running = (token.clone(), cancellation.clone());
        self.running.insert(root.clone(), running);
        let job = Job {
            generation,
            snapshot,
            cancellation,
            token,
            shows_progress,
        };
        self.order(root, Order::Decide(job));
    }

    /// What was asked of a project is worth nothing any more.
    pub(crate) fn cancel(&mut self, root: &Root) {
        if let Some((_, cancellation)) = self.running.remove(root) {
            cancellation.cancel();
            let is_other =
                |(other, order): &(Root, Order)| other != root || matches!(order, Order::Forget);
            lock(&self.orders).retain(is_other);
        }
    }

    /// Somebody has had enough of the progress of this token.
    pub(crate) fn cancel_shown(&mut self, token: &str) {
        let mut running = self.running.iter();
        let shown = running.find(|(_, (own, _))| own == token);
        if let Some(root) = shown.map(|(root, _)| root.clone()) {
            self.cancel(&root);
        }
    }

    /// A project is looked at no more.
    pub(crate) fn forget(&mut self, root: &Root) {
        self.cancel(root);
        self.order(root, Order::Forget);
    }

    fn order(&self, root: &Root, order: Order) {
        lock(&self.orders).push_back((root.clone(), order));
        // Where it is full the thread will look anyway.
        let _ = self.wake.try_send(());
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        for (_, cancellation) in self.running.values() {
            cancellation.cancel();
        }
    }
}

fn lock(orders: &Orders) -> MutexGuard<'_, VecDeque<(Root, Order)>> {
    orders.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Worker {
    orders: Arc<Orders>,
    client: Arc<Client>,
    host: Arc<dyn Host>,
    /// Sessions remember what was decided; nothing is compiled in them.
    sessions: BTreeMap<Root, Session>,
}

impl Worker {
    fn work(mut self, woken: &Receiver<()>, done: &Sender<Decided>) {
        for () in woken {
            while let Some((root, order)) = self.next() {
                let job = match order {
                    Order::Forget => {
                        self.sessions.remove(&root);
                        continue;
                    }
                    Order::Decide(job) => job,
                };
                let decided = self.decide(root, &job);
                if decided.is_some_and(|decided| done.send(decided).is_err()) {
                    return;
                }
            }
        }
    }

    fn next(&self) -> Option<(Root, Order)> {
        lock(&self.orders).pop_front()
    }

    /// What a job comes to; nothing if it is cancelled.
    fn decide(&mut self, root: Root, job: &Job) -> Option<Decided> {
        let session = self.sessions.entry(root.clone()).or_default();
        let mut progress = Progress::new(job, &self.client, SILENT);
        let decided = caught(|| {
            job.cancellation.run(|| {
                let compilation = job.snapshot.compilation();
                let proofs = session.prove_with(compilation, &mut |done, count| {
                    progress.report(done, count);
                    self.host.on_deciding(done, count);
                });
                let found = findings(compilation, &proofs);
                (proofs, found)
            })
        });
        progress.end();
        let outcome = match decided {
            Ok(Ok(decided)) => Ok(decided),
            Ok(Err(Cancelled)) => return None,
            Err(_) => {
                self.sessions.remove(&root);
                Err("deciding its invariants has failed".to_owned())
            }
        };
        Some(Decided {
            root,
            generation: job.generation,
            outcome,
        })
    }
}

/// How long something takes before progress is shown of it.
const SILENT: Duration = Duration::from_millis(200);

/// What the user sees of a job that takes long.
struct Progress<'a> {
    client: &'a Client,
    token: String,
    title: String,
    is_wanted: bool,
    silent: Duration,
    began: Instant,
    is_shown: bool,
}

impl<'a> Progress<'a> {
    fn new(job: &Job, client: &'a Client, silent: Duration) -> Progress<'a> {
        Progress {
            client,
            token: job.token.clone(),
            title: "Deciding invariants".to_owned(),
            is_wanted: job.shows_progress,
            silent,
            began: Instant::now(),
            is_shown: false,
        }
    }

    fn report(&mut self, done: usize, count: usize) {
        if !self.is_wanted || done >= count {
            return;
        }
        let percentage = done * 100 / count.max(1);
        let message = format!("{done} of {count}");
        if self.is_shown {
            self.tell(json!({ "kind": "report", "message": message, "percentage": percentage }));
        } else if self.began.elapsed() >= self.silent {
            self.is_shown = true;
            let token = lsp::ProgressToken::String(self.token.clone());
            let params = lsp::WorkDoneProgressCreateParams { token };
            self.client
                .request::<lsp::WorkDoneProgressCreateRequest>(&params);
            self.tell(
                json!({ "kind": "begin", "title": self.title, "cancellable": true,
                "message": message, "percentage": percentage }),
            );
        }
    }

    fn end(&mut self) {
        if self.is_shown {
            self.tell(json!({ "kind": "end" }));
        }
    }

    fn tell(&self, value: Value) {
        let token = lsp::ProgressToken::String(self.token.clone());
        let params = lsp::ProgressParams { token, value };
        self.client.notify::<lsp::ProgressNotification>(&params);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Loaded;
    use gatewright_compiler::{Input, SourceFile, compile};
    use lsp_server::Message;
    use std::path::{Path, PathBuf};

    /// What is told of a job that reports and ends.
    fn told(shows_progress: bool, silent: Duration) -> Vec<String> {
        let (sender, receiver) = unbounded();
        let client = Client::new(sender);
        let input = Arc::new(Input::default());
        let job = Job {
            generation: 1,
            snapshot: Snapshot::new(Arc::clone(&input), compile(&input)),
            cancellation: Cancellation::default(),
            token: String::new(),
            shows_progress,
        };
        let mut progress = Progress::new(&job, &client, silent);
        for done in 0..=2 {
            progress.report(done, 2);
        }
        progress.end();
        let kind = |message: Message| match message {
            Message::Notification(one) => one.params["value"]["kind"].as_str().map(str::to_owned),
            Message::Request(one) => Some(one.method),
            Message::Response(_) => None,
        };
        receiver.try_iter().filter_map(kind).collect()
    }

    #[test]
    fn progress_is_shown_of_what_takes_long_where_it_can_be_shown() {
        let all = ["window/workDoneProgress/create", "begin", "report", "end"];
        assert_eq!(told(true, Duration::ZERO), all);
        assert!(told(false, Duration::ZERO).is_empty());
        assert!(told(true, Duration::MAX).is_empty());
    }

    /// Tells how far invariants are, and waits before the next one.
    struct Gate(Sender<(usize, usize)>, Receiver<()>);

    impl Host for Gate {
        fn project_of(&self, file: &Path, _: &[PathBuf]) -> PathBuf {
            file.to_path_buf()
        }

        fn load(&self, _: &Path, _: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Result<Loaded, String> {
            Ok(Loaded::default())
        }

        fn on_deciding(&self, done: usize, count: usize) {
            let _ = self.0.send((done, count));
            let _ = self.1.recv();
        }
    }

    fn snapshot(invariants: &str) -> Snapshot {
        let policy = "policy \"P\" { state enabled users all apps all require mfa }\n";
        let file = SourceFile {
            path: "a.gate".to_owned(),
            bytes: format!("{policy}{invariants}").into_bytes(),
        };
        let input = Arc::new(Input {
            files: vec![file],
            ..Input::default()
        });
        Snapshot::new(Arc::clone(&input), compile(&input))
    }

    #[test]
    fn what_a_user_has_had_enough_of_is_not_decided() {
        let (client, _) = unbounded();
        let (tell, heard) = unbounded();
        let (open, gate) = unbounded();
        let host: Arc<dyn Host> = Arc::new(Gate(tell, gate));
        let mut background = Background::new(&Arc::new(Client::new(client)), &host);
        let decided = background.decided.clone();
        let (one, other) = (Root::At("/p".into()), Root::At("/q".into()));
        let both = "invariant \"A\" { always require mfa }\ninvariant \"B\" { never block }\n";
        background.decide(&one, (7, snapshot(both)), false);
        assert_eq!(heard.recv(), Ok((0, 2)));
        let single = "invariant \"A\" { always require mfa }\n";
        background.decide(&other, (1, snapshot(single)), false);
        // Of what waits the latest counts.
        background.decide(&other, (2, snapshot(single)), false);
        background.cancel_shown("gatewright/invariants//p/6");
        background.cancel_shown("gatewright/invariants//p/7");
        drop(open);
        let found = decided.recv().unwrap();
        assert_eq!((found.root, found.generation), (other, 2));
        assert_eq!(found.outcome.unwrap().0.len(), 1);
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [(0, 1), (1, 1)]);
        drop(background);
        assert!(decided.recv().is_err(), "nothing else was decided");
    }
}
