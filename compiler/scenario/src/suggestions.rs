//! Tests that are proposed for what no test covers. Whoever calls finds them.

/// Proposed tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggestions {
    /// Together they take every edge that is known to be taken by some sign-in and that no test
    /// takes, apart from those that are left out.
    pub tests: Vec<Suggestion>,
    /// Edges that further tests would take, which were too many.
    pub left_out: usize,
    /// Edges of which nobody knows whether a sign-in takes them, with what was exhausted.
    pub unknown: Vec<Unsettled>,
}

/// A proposed test.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Its name, which says what the case is.
    pub name: String,
    /// The policy that it was made for.
    pub policy: String,
    /// What it shows that no test does: the edges that it takes, in words.
    pub shows: Vec<String>,
    /// The sign-in, as JSON.
    pub request: String,
    /// The test as text, or why the language cannot say it.
    pub text: Result<String, String>,
}

/// An edge of which nobody knows whether a sign-in takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The policy.
    pub policy: String,
    /// When the edge is taken, in words.
    pub what: String,
    /// What was exhausted.
    pub why: String,
}
