//! Lint levels: what a project says about codes, applied to findings.

use crate::{Class, Code, Diagnostic, Severity, codes};

/// What becomes of the findings of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Not reported.
    Allow,
    /// Reported as a hint.
    Hint,
    /// Reported as a warning.
    Warn,
    /// Reported as an error.
    Deny,
}

impl Level {
    /// The level of this name: `allow`, `hint`, `warn` or `deny`.
    #[must_use]
    pub fn find(name: &str) -> Option<Level> {
        match name {
            "allow" => Some(Level::Allow),
            "hint" => Some(Level::Hint),
            "warn" => Some(Level::Warn),
            "deny" => Some(Level::Deny),
            _ => None,
        }
    }

    fn severity(self) -> Option<Severity> {
        match self {
            Level::Allow => None,
            Level::Hint => Some(Severity::Hint),
            Level::Warn => Some(Severity::Warning),
            Level::Deny => Some(Severity::Error),
        }
    }
}

/// Why a level cannot be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LevelError {
    /// No code has this name or slug; with the slug that is nearest to it, if one is near.
    UnknownCode {
        /// What was written.
        name: String,
        /// The nearest slug.
        nearest: Option<&'static str>,
    },
    /// Findings of an [unreadable](Class::Unreadable) code are errors at every level.
    Unreadable(Code),
}

impl std::fmt::Display for LevelError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LevelError::UnknownCode { name, nearest } => {
                write!(f, "there is no diagnostic `{name}`")?;
                nearest.map_or(Ok(()), |nearest| write!(f, ", did you mean `{nearest}`?"))
            }
            LevelError::Unreadable(code) => {
                let (name, slug) = (code.name(), code.slug());
                write!(f, "`{slug}` ({name}) is always an error: nothing can be decided")
            }
        }
    }
}

impl std::error::Error for LevelError {}

/// The levels of a project; what is not set stays as the registry says.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    set: Vec<(Code, Level)>,
    denies_warnings: bool,
}

impl Levels {
    /// Set the level of a code, given by name or slug; the last setting counts.
    ///
    /// # Errors
    /// The name is unknown, or the code's severity is fixed.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), LevelError> {
        let Some(code) = Code::find(name) else {
            let nearest = nearest_slug(name);
            return Err(LevelError::UnknownCode { name: name.to_owned(), nearest });
        };
        if code.class() == Class::Unreadable && level != Level::Deny {
            return Err(LevelError::Unreadable(code));
        }
        self.set.retain(|(other, _)| *other != code);
        self.set.push((code, level));
        Ok(())
    }

    /// Turn warnings into errors, after all levels.
    pub fn deny_warnings(&mut self) {
        self.denies_warnings = true;
    }

    /// The level that was set for a code.
    #[must_use]
    pub fn get(&self, code: Code) -> Option<Level> {
        self.set.iter().find(|(other, _)| *other == code).map(|(_, level)| *level)
    }

    /// Change severities and drop what is allowed.
    #[must_use]
    pub fn apply(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let apply = |mut diagnostic: Diagnostic| {
            if let Some(level) = self.get(diagnostic.code) {
                diagnostic.severity = level.severity()?;
            }
            if self.denies_warnings && diagnostic.severity == Severity::Warning {
                diagnostic.severity = Severity::Error;
            }
            Some(diagnostic)
        };
        diagnostics.into_iter().filter_map(apply).collect()
    }
}

fn nearest_slug(name: &str) -> Option<&'static str> {
    let distance = |code: Code| strsim::damerau_levenshtein(name, code.slug());
    let near = codes::all().map(|code| (distance(code), code.slug()));
    near.filter(|(distance, slug)| *distance <= slug.len() / 3).min().map(|(_, slug)| slug)
}
