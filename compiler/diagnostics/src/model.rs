//! The one model that every renderer shows; no renderer adds content.

use gatewright_source::Span;

use crate::Code;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Something worth knowing.
    Hint,
    /// Legal but risky or ineffective.
    Warning,
    /// Refused: nothing is decided where it is [unreadable](crate::Class::Unreadable).
    Error,
}

/// One finding, in the user's words.
///
/// The message stands alone on a narrow terminal: lower-case start, no full stop, no line break,
/// user text in backticks. Details go into labels and `help`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of finding.
    pub code: Code,
    /// As the registry says, unless a lint level changed it.
    pub severity: Severity,
    /// One sentence: what is wrong.
    pub message: String,
    /// The first is the primary place.
    pub labels: Vec<Label>,
    /// An imperative: what to do.
    pub help: Option<String>,
    /// What can be done by machine.
    pub fixes: Vec<Fix>,
}

/// A place with what it has to do with the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// Why here; may be empty on the primary label.
    pub text: String,
    /// Whether this is the place of the finding itself.
    pub is_primary: bool,
}

/// A change that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an imperative.
    pub title: String,
    /// The edits, not overlapping.
    pub edits: Vec<Edit>,
    /// Whether it may be applied without being looked at.
    pub applicability: Applicability,
}

/// Whether a [`Fix`] is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// Keeps what the author meant, for sure; `check --fix` applies it.
    Always,
    /// A good guess; shown, not applied.
    Maybe,
}

/// Replace a span by a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What comes there.
    pub text: String,
}

impl Diagnostic {
    /// A finding of this code at this place, with the registry's severity.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: code.severity(),
            message: message.into(),
            labels: vec![Label {
                span,
                text: String::new(),
                is_primary: true,
            }],
            help: None,
            fixes: Vec::new(),
        }
    }

    /// Say why at the primary place.
    #[must_use]
    pub fn because(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.first_mut() {
            label.text = text.into();
        }
        self
    }

    /// Add another place that matters, in this or another file.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
            is_primary: false,
        });
        self
    }

    /// Say what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Offer to replace `span` by `text`.
    #[must_use]
    pub fn fix(
        mut self,
        title: impl Into<String>,
        applicability: Applicability,
        span: Span,
        text: impl Into<String>,
    ) -> Self {
        let edits = vec![Edit {
            span,
            text: text.into(),
        }];
        self.fixes.push(Fix {
            title: title.into(),
            edits,
            applicability,
        });
        self
    }

    /// Where the finding is.
    #[must_use]
    pub fn span(&self) -> Span {
        self.labels
            .first()
            .map_or_else(Span::default, |label| label.span)
    }

    /// Whether nothing may be decided while this stands.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.severity == Severity::Error && self.code.class() == crate::Class::Unreadable
    }
}
