//! From the bytes of a request to its decision.
//!
//! An ordinary sign-in is decided on the way through its bytes, see `entra/stream.rs`. Any other
//! request is read first and decided then. Which of the two it was cannot be told from what comes
//! out.

use crate::deciding::Held;
use crate::decision::Decision;
use crate::engine::{DecideError, Engine, Mode, Scratch};
use crate::entra::{STREAMED_BYTES_MAX, Streamed};
use crate::lowering::Route;
use crate::outcome::Outcome;
use crate::proof::Proving;
use crate::read::{ReadOptions, RequestError};
use crate::request::Request;
use crate::signals::View;

/// Why bytes are not decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// They are no request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The request cannot be decided.
    #[error(transparent)]
    Decide(#[from] DecideError),
}

impl Engine {
    /// What the policies that apply to the request in these bytes come to: as
    /// [`Request::from_json_with`] and then [`combined`](Self::combined), and faster. An ordinary
    /// sign-in is neither copied nor made into a tree, and of a value that no policy asks for
    /// nothing is read but its end; nothing is allocated for it once the scratch space has met
    /// requests of the same sizes. What is odd about a request is not collected here.
    ///
    /// ```
    /// use gatewright_runtime::{Engine, Mode, Program, ReadOptions, Scratch, Verdict};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut program = Program::default();
    /// # program.origin.is_entra = true;
    /// let engine = Engine::from_program(program)?;
    /// let mut scratch = Scratch::default();
    /// let options = ReadOptions::default();
    /// let bytes = br#"{
    ///     "signInIdentity": { "userId": "ada" },
    ///     "signInContext": { "includeApplications": ["mail"] }
    /// }"#;
    /// let outcome = engine.combined_json(bytes, &options, &mut scratch, Mode::Graph)?;
    /// assert_eq!(outcome.verdict(), Verdict::NotApplicable);
    /// let error = engine.combined_json(b"{]", &options, &mut scratch, Mode::Graph).unwrap_err();
    /// assert!(error.to_string().starts_with("line 1, column 2: "));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What is wrong with the bytes, with its place, or why the request cannot be decided.
    pub fn combined_json<'a>(
        &'a self,
        bytes: &[u8],
        options: &ReadOptions<'_>,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Outcome<'a>, JsonError> {
        let Some(streamed) = self.stream(bytes, options, scratch, mode) else {
            let request = Request::from_json_with(self, bytes, options)?;
            return Ok(self.combined(&request, scratch, mode)?);
        };
        let Streamed { proved, signals } = streamed;
        if self.is_direct() {
            return Ok(self.combined_of_gathered(signals, proved, scratch, mode)?);
        }
        let decision = self.decision_of_streamed(streamed, scratch, mode)?;
        Ok(decision.outcome.if_blocked_nothing_else())
    }

    /// The decision about the request in these bytes, with the list of the policies that apply: as
    /// [`Request::from_json_with`] and then [`decide`](Self::decide), and faster, see
    /// [`combined_json`](Self::combined_json).
    ///
    /// # Errors
    /// What is wrong with the bytes, with its place, or why the request cannot be decided.
    pub fn decide_json<'a>(
        &'a self,
        bytes: &[u8],
        options: &ReadOptions<'_>,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, JsonError> {
        let Some(streamed) = self.stream(bytes, options, scratch, mode) else {
            let request = Request::from_json_with(self, bytes, options)?;
            return Ok(self.decide(&request, scratch, mode)?);
        };
        Ok(self.decision_of_streamed(streamed, scratch, mode)?)
    }

    /// Whether a request is so ordinary that it is decided on the way through its bytes. For tests
    /// and measurements: decisions do not depend on it.
    #[doc(hidden)]
    #[must_use]
    pub fn is_streamed(
        &self,
        bytes: &[u8],
        options: &ReadOptions<'_>,
        scratch: &mut Scratch,
        mode: Mode,
    ) -> bool {
        self.stream(bytes, options, scratch, mode).is_some()
    }

    /// Gather what matchers find in an ordinary sign-in; `None` if it has to be read first.
    #[inline]
    fn stream(
        &self,
        bytes: &[u8],
        options: &ReadOptions<'_>,
        scratch: &mut Scratch,
        mode: Mode,
    ) -> Option<Streamed> {
        let stream = self.plan().stream.as_ref()?;
        let holdings = &self.plan().holdings;
        let is_plain = options.directory.is_none() && bytes.len() <= STREAMED_BYTES_MAX;
        if !is_plain || !holdings.are_bits() {
            return None;
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let loaded = self.loaded();
        let Scratch {
            gathered, buffers, ..
        } = scratch;
        if matches!(self.route(), Route::Masks) {
            gathered.start(loaded, mode.rail());
        } else {
            gathered.start_recording(loaded, mode.rail());
        }
        let mut sink = gathered.sink(loaded);
        stream.read(
            text,
            options.now,
            loaded,
            buffers,
            &mut sink,
            Proving::new(holdings),
        )
    }

    fn decision_of_streamed<'a>(
        &'a self,
        Streamed { proved, signals }: Streamed,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, DecideError> {
        let held = Held::Bits(proved);
        if matches!(self.route(), Route::Masks) {
            return self.decision_of_gathered(signals, held, scratch, mode);
        }
        let Scratch {
            gathered, applying, ..
        } = &mut *scratch;
        let classes = gathered.classes(self.loaded());
        self.list_classes(classes, mode.rail(), applying);
        self.decision_of_list(held, &signals.settle(View::Stated), scratch, mode)
    }
}
