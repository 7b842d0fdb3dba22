//! Answers requests on a few threads, so that nobody waits for a slow one to read the next edit.
//!
//! INVARIANT: every request is answered once: by whoever takes it out of those in flight, be it the
//! thread that has the answer, or the main one that hears that nobody wants it any more.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use gatewright_compiler::{Cancellation, Cancelled};
use gen_lsp_types::MessageType;
use lsp_server::{ErrorCode, RequestId, Response};
use serde_json::Value;

use crate::context::{Context, Failure, View};
use crate::host::Host;
use crate::projects::caught;
use crate::requests::{Handler, Pace, pace, subject};

/// LIMIT: threads that answer requests of a pace.
fn threads(pace: Pace) -> usize {
    match pace {
        Pace::Quick => 3,
        // A picture need not wait for a long run of tests.
        Pace::Asked => 2,
        Pace::Idle => 1,
    }
}

/// LIMIT: requests of a pace that wait. Of more, the one that has waited longest is refused.
const WAITING_MAX: usize = 2000;

/// A request that waits for its answer.
struct Job {
    method: &'static str,
    handler: Handler,
    params: Value,
    context: Context,
}

/// A request that is not answered yet.
struct Flight {
    /// Counts requests: the same id may come again.
    number: u64,
    pace: Pace,
    method: &'static str,
    /// What it is about.
    subject: Option<String>,
    cancellation: Cancellation,
    /// What it is answered from.
    views: Arc<[View]>,
    /// What is to be done, until a thread does it.
    job: Option<Job>,
}

#[derive(Default)]
struct Flights {
    by_id: BTreeMap<RequestId, Flight>,
    /// Those that no thread has begun, in the order in which they came.
    waiting: BTreeMap<(Pace, u64), RequestId>,
    next_number: u64,
    is_over: bool,
}

#[derive(Default)]
struct Shared {
    flights: Mutex<Flights>,
    /// Something waits, or nothing ever will again.
    news: Condvar,
    /// Something has been answered.
    answered: Condvar,
}

/// Threads that answer requests. They end when this is dropped.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    pub(crate) fn new(host: &Arc<dyn Host>) -> Pool {
        let shared = Arc::new(Shared::default());
        for pace in Pace::ALL {
            for number in 0..threads(pace) {
                let (shared, host) = (Arc::clone(&shared), Arc::clone(host));
                let name = format!("gatewright {pace:?} request {number}");
                // Without a thread requests would wait for ever; but then nothing works.
                let _ = thread::Builder::new()
                    .name(name)
                    .spawn(move || answer_all(&shared, pace, &*host));
            }
        }
        Pool { shared }
    }

    /// Answer a request when a thread is free. Says so if the id is in use.
    ///
    /// An earlier one that asks the same of a text that has been edited since has no use any more:
    /// the latest wins.
    pub(crate) fn submit(
        &self,
        id: RequestId,
        (method, handler): (&'static str, Handler),
        params: Value,
        context: Context,
    ) -> bool {
        let pace = pace(method, &context.abilities);
        let subject = subject(method, &params);
        let client = Arc::clone(&context.client);
        let mut flights = self.shared.lock();
        if flights.by_id.contains_key(&id) {
            return false;
        }
        let superseded = flights.superseded(method, subject.as_ref());
        let overdue = flights.overdue(pace);
        for id in superseded.iter().chain(&overdue) {
            flights.end(id);
        }
        let number = flights.next_number;
        flights.next_number += 1;
        flights.waiting.insert((pace, number), id.clone());
        let flight = Flight {
            number,
            pace,
            method,
            subject,
            cancellation: context.cancellation.clone(),
            views: Arc::clone(&context.views),
            job: Some(Job {
                method,
                handler,
                params,
                context,
            }),
        };
        flights.by_id.insert(id, flight);
        drop(flights);
        self.shared.news.notify_all();
        for id in superseded {
            client.respond(response(id, error(Failure::Stale)));
        }
        if let Some(id) = overdue {
            let why = "more requests wait than can be answered".to_owned();
            client.respond(response(id, error(Failure::Failed(why))));
        }
        true
    }

    /// Nobody waits for this answer any more; whether somebody did.
    pub(crate) fn cancel(&self, id: &RequestId) -> bool {
        self.shared.lock().end(id)
    }

    /// Wait until everything is answered, or until this instant.
    pub(crate) fn finish(&self, end: Instant) {
        let flights = self.shared.lock();
        let left = end.saturating_duration_since(Instant::now());
        let answered = &self.shared.answered;
        let _ = answered.wait_timeout_while(flights, left, |all| !all.by_id.is_empty());
    }

    /// Nobody waits for any answer any more; whose.
    pub(crate) fn cancel_all(&self) -> Vec<RequestId> {
        let mut flights = self.shared.lock();
        let ids: Vec<RequestId> = flights.by_id.keys().cloned().collect();
        for id in &ids {
            flights.end(id);
        }
        ids
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.cancel_all();
        self.shared.lock().is_over = true;
        self.shared.news.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Flights> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request of a pace that has waited longest, as soon as there is one; nothing at the end.
    fn next(&self, pace: Pace) -> Option<(RequestId, u64, Job)> {
        let mut flights = self.lock();
        loop {
            if flights.is_over {
                return None;
            }
            if let Some(next) = flights.begin(pace) {
                return Some(next);
            }
            let woken = self.news.wait(flights);
            flights = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Flights {
    /// Take what has waited longest.
    fn begin(&mut self, pace: Pace) -> Option<(RequestId, u64, Job)> {
        let (key, id) = self.first(pace)?;
        self.waiting.remove(&key);
        let job = self.by_id.get_mut(&id)?.job.take()?;
        Some((id, key.1, job))
    }

    fn first(&self, pace: Pace) -> Option<((Pace, u64), RequestId)> {
        let mut waiting = self.waiting.range((pace, 0)..=(pace, u64::MAX));
        waiting.next().map(|(key, id)| (*key, id.clone()))
    }

    /// Nobody waits for this answer any more; whether somebody did.
    fn end(&mut self, id: &RequestId) -> bool {
        let Some(flight) = self.by_id.remove(id) else {
            return false;
        };
        self.waiting.remove(&(flight.pace, flight.number));
        flight.cancellation.cancel();
        true
    }

    /// There is an answer; whether somebody waits for it.
    fn is_answered(&mut self, id: &RequestId, number: u64) -> bool {
        let is_own = |flight: &Flight| flight.number == number;
        let is_waited_for = self.by_id.get(id).is_some_and(is_own);
        if is_waited_for {
            self.by_id.remove(id);
        }
        is_waited_for
    }

    /// What is asked again, after an edit.
    fn superseded(&self, method: &str, subject: Option<&String>) -> Vec<RequestId> {
        let flights = self.by_id.iter().filter(|(_, flight)| {
            let is_same = flight.method == method && flight.subject.as_ref() == subject;
            let mut views = flight.views.iter();
            is_same && subject.is_some() && views.any(|view| view.outcomes.is_stale())
        });
        flights.map(|(id, _)| id.clone()).collect()
    }

    /// What has to make room.
    fn overdue(&self, pace: Pace) -> Option<RequestId> {
        let waiting = self.waiting.range((pace, 0)..=(pace, u64::MAX));
        let (_, id) = self.first(pace)?;
        (waiting.count() >= WAITING_MAX).then_some(id)
    }
}

fn answer_all(shared: &Shared, pace: Pace, host: &dyn Host) {
    while let Some((id, number, job)) = shared.next(pace) {
        let Job {
            method,
            handler,
            params,
            context,
        } = job;
        let client = Arc::clone(&context.client);
        let answered = caught(|| {
            context.cancellation.run(|| {
                host.on_request(method);
                handler(&context, params)
            })
        });
        let answer = match answered {
            Ok(Ok(answer)) => answer,
            Ok(Err(Cancelled)) => Err((ErrorCode::RequestCanceled, "cancelled".to_owned())),
            Err(message) => {
                let message = format!("`{method}` has failed: {message}");
                client.log(MessageType::Error, &message);
                Err((ErrorCode::InternalError, message))
            }
        };
        let mut flights = shared.lock();
        if flights.is_answered(&id, number) {
            client.respond(response(id, answer));
        }
        drop(flights);
        shared.answered.notify_all();
    }
}

fn response(id: RequestId, answer: Result<Value, (ErrorCode, String)>) -> Response {
    match answer {
        Ok(value) => Response::new_ok(id, value),
        Err((code, message)) => Response::new_err(id, code as i32, message),
    }
}

/// The code of an error.
pub(crate) fn error(failure: Failure) -> Result<Value, (ErrorCode, String)> {
    match failure {
        Failure::UnknownFile => Ok(Value::Null),
        Failure::Invalid(message) => Err((ErrorCode::InvalidParams, message)),
        Failure::Failed(message) => Err((ErrorCode::RequestFailed, message)),
        Failure::Stale => Err((
            ErrorCode::ContentModified,
            "what was asked about has changed meanwhile".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::client::{Abilities, Client};
    use crate::host::Loaded;
    use crossbeam_channel::{Receiver, Sender, unbounded};
    use gatewright_compiler::checkpoint;
    use lsp_server::Message;

    /// Tells when a thread begins with a request.
    struct Telling(Sender<String>);

    impl Host for Telling {
        fn project_of(&self, file: &Path, _: &[PathBuf]) -> PathBuf {
            file.to_path_buf()
        }

        fn load(&self, _: &Path, _: &dyn Fn(&Path) -> Option<Vec<u8>>) -> Result<Loaded, String> {
            Ok(Loaded::default())
        }

        fn on_request(&self, method: &str) {
            let _ = self.0.send(method.to_owned());
        }
    }

    struct Bench {
        pool: Pool,
        client: Arc<Client>,
        answers: Receiver<Message>,
        begun: Receiver<String>,
    }

    impl Bench {
        fn new() -> Bench {
            let (tell, begun) = unbounded();
            let (sender, answers) = unbounded();
            let host: Arc<dyn Host> = Arc::new(Telling(tell));
            Bench {
                pool: Pool::new(&host),
                client: Arc::new(Client::new(sender)),
                answers,
                begun,
            }
        }

        /// Only one thread answers requests of this method.
        fn ask(&self, id: i32, handler: Handler) -> bool {
            let context = Context {
                views: Arc::new([]),
                board: Arc::default(),
                abilities: Arc::new(Abilities::of(&Value::Null)),
                settings: Arc::default(),
                tokens: Arc::default(),
                client: Arc::clone(&self.client),
                now: None,
                cancellation: Cancellation::default(),
            };
            let row = ("codeLens/resolve", handler);
            self.pool.submit(id.into(), row, Value::Null, context)
        }

        fn answer(&self) -> Response {
            match self.answers.recv() {
                Ok(Message::Response(response)) => response,
                other => panic!("{other:?}"),
            }
        }
    }

    fn endless(_: &Context, _: Value) -> Result<Value, (ErrorCode, String)> {
        loop {
            checkpoint();
            thread::yield_now();
        }
    }

    fn quick(_: &Context, _: Value) -> Result<Value, (ErrorCode, String)> {
        Ok(Value::Bool(true))
    }

    #[test]
    fn what_is_cancelled_while_it_is_answered_makes_room_for_the_next() {
        let bench = Bench::new();
        assert!(bench.ask(1, endless));
        bench.begun.recv().unwrap();
        assert!(bench.pool.cancel(&1.into()));
        assert!(!bench.pool.cancel(&1.into()), "that was said before");
        // The same id may come again, and the first run does not answer in its name.
        assert!(bench.ask(1, quick));
        assert!(!bench.ask(1, quick), "the id is in use");
        assert_eq!(bench.answer().response_result.unwrap(), Value::Bool(true));
    }

    #[test]
    fn of_more_than_can_wait_the_oldest_is_refused() {
        let bench = Bench::new();
        assert!(bench.ask(0, endless));
        bench.begun.recv().unwrap();
        let all = i32::try_from(WAITING_MAX).unwrap() + 1;
        for id in 1..=all {
            assert!(bench.ask(id, quick));
        }
        let refused = bench.answer();
        assert_eq!(refused.id, 1.into());
        let code = refused.response_result.unwrap_err().code;
        assert_eq!(code, ErrorCode::RequestFailed as i32);
        assert_eq!(bench.pool.cancel_all().len(), WAITING_MAX + 1);
        assert_eq!(bench.begun.len(), 0);
    }
}
