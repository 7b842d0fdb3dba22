//! Answers requests on a few threads, so that nobody waits for a slow one to read the next edit.
//!
//! INVARIANT: every request is answered once: by whoever takes its id out of those in flight, be it
//! the thread that has the answer or the main one that hears of its cancellation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use gen_lsp_types::MessageType;
use lsp_server::{ErrorCode, RequestId, Response};
use serde_json::Value;

use crate::context::{Cancel, Context, Failure};
use crate::host::Host;
use crate::projects::caught;
use crate::requests::{Handler, Pace};

/// LIMIT: threads that answer requests of a pace.
fn threads(pace: Pace) -> usize {
    match pace {
        Pace::Quick => 3,
        Pace::Asked | Pace::Idle => 1,
    }
}

/// A request that waits for its answer.
struct Job {
    id: RequestId,
    method: &'static str,
    handler: Handler,
    params: Value,
    context: Context,
}

/// Requests that are not answered yet.
type InFlight = Arc<Mutex<BTreeMap<RequestId, Cancel>>>;

/// Threads that answer requests. They end when this is dropped.
pub(crate) struct Pool {
    jobs: BTreeMap<Pace, Sender<Job>>,
    in_flight: InFlight,
}

impl Pool {
    pub(crate) fn new(host: &Arc<dyn Host>) -> Pool {
        let in_flight = InFlight::default();
        let jobs = Pace::ALL.map(|pace| {
            let (jobs, waiting) = unbounded();
            for number in 0..threads(pace) {
                let (waiting, in_flight) = (waiting.clone(), Arc::clone(&in_flight));
                let host = Arc::clone(host);
                let name = format!("gatewright {pace:?} request {number}");
                // Without a thread requests would wait for ever; but then nothing works.
                let _ = thread::Builder::new()
                    .name(name)
                    .spawn(move || answer_all(&waiting, &in_flight, &*host));
            }
            (pace, jobs)
        });
        Pool {
            jobs: jobs.into(),
            in_flight,
        }
    }

    /// Answer a request when a thread is free. Says so if the id is in use.
    pub(crate) fn submit(
        &self,
        id: RequestId,
        (method, handler): (&'static str, Handler),
        params: Value,
        context: Context,
    ) -> bool {
        let mut in_flight = lock(&self.in_flight);
        if in_flight.contains_key(&id) {
            return false;
        }
        in_flight.insert(id.clone(), context.cancel.clone());
        drop(in_flight);
        let job = Job {
            id,
            method,
            handler,
            params,
            context,
        };
        let jobs = self.jobs.get(&crate::requests::pace(method));
        jobs.is_some_and(|jobs| jobs.send(job).is_ok())
    }

    /// Nobody waits for this answer any more; whether somebody did.
    pub(crate) fn cancel(&self, id: &RequestId) -> bool {
        let cancelled = lock(&self.in_flight).remove(id);
        cancelled.inspect(Cancel::cancel).is_some()
    }

    /// Nobody waits for any answer any more; whose.
    pub(crate) fn cancel_all(&self) -> Vec<RequestId> {
        let cancelled = std::mem::take(&mut *lock(&self.in_flight));
        let ids = cancelled.into_iter().map(|(id, cancel)| {
            cancel.cancel();
            id
        });
        ids.collect()
    }
}

fn lock(in_flight: &InFlight) -> std::sync::MutexGuard<'_, BTreeMap<RequestId, Cancel>> {
    in_flight.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer_all(waiting: &Receiver<Job>, in_flight: &InFlight, host: &dyn Host) {
    for job in waiting {
        if job.context.cancel.is_cancelled() {
            continue;
        }
        let Job {
            id,
            method,
            handler,
            params,
            context,
        } = job;
        let (client, cancel) = (Arc::clone(&context.client), context.cancel.clone());
        let answered = caught(|| {
            host.on_request(method);
            handler(&context, params)
        });
        let response = answered.unwrap_or_else(|message| {
            let message = format!("`{method}` has failed: {message}");
            // What was given up has an answer already.
            if !cancel.is_cancelled() {
                client.log(MessageType::Error, &message);
            }
            Err((ErrorCode::InternalError, message))
        });
        if lock(in_flight).remove(&id).is_some() {
            client.respond(match response {
                Ok(value) => Response::new_ok(id, value),
                Err((code, message)) => Response::new_err(id, code as i32, message),
            });
        }
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
