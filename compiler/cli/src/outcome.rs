//! Exit codes: a contract with everybody's scripts.

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Yes, done.
    Yes,
    /// Could not run: usage, I/O, an unreadable request.
    CouldNotRun,
    /// The answer is negative.
    No,
    /// The source is invalid.
    Invalid,
    /// Unknown: facts are missing.
    Unknown,
}

impl From<Outcome> for std::process::ExitCode {
    fn from(outcome: Outcome) -> Self {
        std::process::ExitCode::from(match outcome {
            Outcome::Yes => 0,
            Outcome::CouldNotRun => 1,
            Outcome::No => 2,
            Outcome::Invalid => 3,
            Outcome::Unknown => 4,
        })
    }
}
