//! What takes longer than typing allows: deciding invariants, on a thread of its own.
//!
//! A job is given up as soon as the next edit makes it worthless. The search has no way out of its
//! own, so its progress, of which it tells between invariants, unwinds it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use gatewright_compiler::{Proof, Session, findings};
use gatewright_diagnostics::Diagnostic;
use gatewright_ide::Snapshot;
use gen_lsp_types as lsp;
use serde_json::{Value, json};

use crate::client::Client;
use crate::context::{Cancel, GivenUp};
use crate::projects::Root;

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
    root: Root,
    generation: u64,
    snapshot: Snapshot,
    cancel: Cancel,
    shows_progress: bool,
}

enum Order {
    Decide(Box<Job>),
    Forget(Root),
}

/// The thread behind, as the main one sees it. It ends when this is dropped.
pub(crate) struct Background {
    orders: Sender<Order>,
    /// What jobs came to.
    pub(crate) decided: Receiver<Decided>,
    running: BTreeMap<Root, Cancel>,
}

impl Background {
    pub(crate) fn new(client: &Arc<Client>) -> Background {
        let (orders, waiting) = unbounded();
        let (done, decided) = unbounded();
        let client = Arc::clone(client);
        let thread = thread::Builder::new().name("gatewright invariants".to_owned());
        // Without the thread invariants stay undecided.
        let _ = thread.spawn(move || work(&waiting, &done, &client));
        Background {
            orders,
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
        let cancel = Cancel::default();
        self.running.insert(root.clone(), cancel.clone());
        let job = Job {
            root: root.clone(),
            generation,
            snapshot,
            cancel,
            shows_progress,
        };
        let _ = self.orders.send(Order::Decide(Box::new(job)));
    }

    /// What was asked of a project is worth nothing any more.
    pub(crate) fn cancel(&mut self, root: &Root) {
        if let Some(cancel) = self.running.remove(root) {
            cancel.cancel();
        }
    }

    /// A project is looked at no more.
    pub(crate) fn forget(&mut self, root: &Root) {
        self.cancel(root);
        let _ = self.orders.send(Order::Forget(root.clone()));
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        for cancel in self.running.values() {
            cancel.cancel();
        }
    }
}

fn work(waiting: &Receiver<Order>, done: &Sender<Decided>, client: &Client) {
    // Sessions remember what was decided; nothing is compiled in them.
    let mut sessions: BTreeMap<Root, Session> = BTreeMap::new();
    for order in waiting {
        let job = match order {
            Order::Forget(root) => {
                sessions.remove(&root);
                continue;
            }
            Order::Decide(job) => job,
        };
        if job.cancel.is_cancelled() {
            continue;
        }
        let session = sessions.entry(job.root.clone()).or_default();
        let mut progress = Progress::new(&job, client, SILENT);
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let compilation = job.snapshot.compilation();
            let proofs = session.prove_with(compilation, &mut |done, count| {
                job.cancel.checkpoint();
                progress.report(done, count);
            });
            let found = findings(compilation, &proofs);
            (proofs, found)
        }));
        progress.end();
        let outcome = match decided {
            Ok(decided) => Ok(decided),
            Err(panic) if panic.is::<GivenUp>() => continue,
            Err(_) => {
                sessions.remove(&job.root);
                Err("deciding its invariants has failed".to_owned())
            }
        };
        let decided = Decided {
            root: job.root,
            generation: job.generation,
            outcome,
        };
        if done.send(decided).is_err() {
            return;
        }
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
            token: format!(
                "gatewright/invariants/{}/{}",
                job.root.name(),
                job.generation
            ),
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
                json!({ "kind": "begin", "title": self.title, "cancellable": false,
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
    use gatewright_compiler::{Input, compile};
    use lsp_server::Message;

    /// What is told of a job that reports and ends.
    fn told(shows_progress: bool, silent: Duration) -> Vec<String> {
        let (sender, receiver) = unbounded();
        let client = Client::new(sender);
        let input = Arc::new(Input::default());
        let job = Job {
            root: Root::At("/p".into()),
            generation: 1,
            snapshot: Snapshot::new(Arc::clone(&input), compile(&input)),
            cancel: Cancel::default(),
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
}
