//! The clock: processor time of this thread, so that what other programs take is not counted.

use cpu_time::ThreadTime;

/// A moment.
pub struct Moment(ThreadTime);

impl Moment {
    /// Now.
    pub fn now() -> Moment {
        Moment(ThreadTime::now())
    }

    /// Seconds that this thread has run since.
    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
