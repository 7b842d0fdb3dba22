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
                write!(
                    f,
                    "`{slug}` ({name}) is always an error: nothing can be decided"
                )
            }
        }
    }
}

impl std::error::Error for LevelError {}

/// Stands for all codes that are [off by default](Code::is_opt_in) and not set on their own.
const OPT_IN: &str = "optional";

/// The levels of a project; what is not set stays as the registry says.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    set: Vec<(Code, Level)>,
    opt_in: Option<Level>,
    denies_warnings: bool,
}

impl Levels {
    /// Set the level of a code, given by name or slug; the last setting counts.
    ///
    /// # Errors
    /// The name is unknown, or the code's severity is fixed.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), LevelError> {
        if name.eq_ignore_ascii_case(OPT_IN) {
            self.opt_in = Some(level);
            return Ok(());
        }
        let Some(code) = Code::find(name) else {
            let nearest = nearest_slug(name);
            return Err(LevelError::UnknownCode {
                name: name.to_owned(),
                nearest,
            });
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
        let set = self.set.iter().find(|(other, _)| *other == code);
        let of_all = self.opt_in.filter(|_| code.is_opt_in());
        set.map(|(_, level)| *level).or(of_all)
    }

    /// Change severities and drop what is allowed.
    #[must_use]
    pub fn apply(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let apply = |mut diagnostic: Diagnostic| {
            match self.get(diagnostic.code) {
                Some(level) => diagnostic.severity = level.severity()?,
                None if diagnostic.code.is_opt_in() => return None,
                None => {}
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
    if name.len() > 64 {
        return None;
    }
    let distance = |code: Code| strsim::damerau_levenshtein(name, code.slug());
    let near = codes::all().map(|code| (distance(code), code.slug()));
    near.filter(|(distance, slug)| *distance <= slug.len() / 3)
        .min()
        .map(|(_, slug)| slug)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewright_source::Span;

    fn lint() -> Code {
        codes::all()
            .find(|code| code.severity() == Severity::Warning)
            .unwrap_or(codes::GW0101)
    }

    fn finding(severity: Severity) -> Diagnostic {
        let mut found = Diagnostic::new(lint(), Span::default(), "message");
        found.severity = severity;
        found
    }

    fn severities(levels: &Levels, severity: Severity) -> Vec<Severity> {
        let found = levels.apply(vec![finding(severity)]);
        found.iter().map(|diagnostic| diagnostic.severity).collect()
    }

    fn levels(level: Level) -> Levels {
        Levels {
            set: vec![(lint(), level)],
            ..Levels::default()
        }
    }

    #[test]
    fn a_level_changes_the_severity_or_drops_the_finding() {
        assert_eq!(severities(&levels(Level::Allow), Severity::Warning), []);
        assert_eq!(
            severities(&levels(Level::Hint), Severity::Warning),
            [Severity::Hint]
        );
        assert_eq!(
            severities(&levels(Level::Deny), Severity::Warning),
            [Severity::Error]
        );
        assert_eq!(
            severities(&Levels::default(), Severity::Hint),
            [Severity::Hint]
        );
    }

    #[test]
    fn denied_warnings_are_those_that_the_levels_left() {
        let mut hint = levels(Level::Hint);
        hint.deny_warnings();
        assert_eq!(severities(&hint, Severity::Warning), [Severity::Hint]);
        let mut unset = Levels::default();
        unset.deny_warnings();
        assert_eq!(severities(&unset, Severity::Warning), [Severity::Error]);
    }

    #[test]
    fn what_cannot_be_read_cannot_be_allowed() {
        let mut levels = Levels::default();
        let refused = levels.set("GW0101", Level::Allow);
        assert_eq!(refused, Err(LevelError::Unreadable(codes::GW0101)));
        assert_eq!(levels.set("unexpected-token", Level::Deny), Ok(()));
    }

    #[test]
    fn what_is_off_by_default_is_switched_on_alone_or_with_all_others() {
        let code = codes::all().find(|code| code.is_opt_in()).unwrap();
        let said = |levels: &Levels| {
            let found = Diagnostic::new(code, Span::default(), "message");
            levels.apply(vec![found]).len()
        };
        assert_eq!(said(&Levels::default()), 0);
        let mut levels = Levels::default();
        levels.set(code.slug(), Level::Warn).unwrap();
        assert_eq!(said(&levels), 1);
        let mut levels = Levels::default();
        levels.set("optional", Level::Hint).unwrap();
        assert_eq!(said(&levels), 1);
        levels.set(code.name(), Level::Allow).unwrap();
        assert_eq!(said(&levels), 0);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_slug() {
        let refused = Levels::default()
            .set("unexpected-tokens", Level::Warn)
            .unwrap_err();
        let expected =
            "there is no diagnostic `unexpected-tokens`, did you mean `unexpected-token`?";
        assert_eq!(refused.to_string(), expected);
    }
}
