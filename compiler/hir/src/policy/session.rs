//! `session signInFrequency 4 hours, persistentBrowser never`: what a token comes with.

use gatewright_syntax::ast::{Head, Name, Phrase, Term};
use gatewright_value::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, FrequencyInterval,
    PersistentBrowser, SessionControls, SignInFrequency,
};

use super::PolicyLowering;
use crate::problems::{clauses as problem, lints as lint, values};
use crate::terms::Terms;

/// The session controls as policies spell them.
pub(crate) const CONTROLS: &[&str] = &[
    "signInFrequency",
    "persistentBrowser",
    "applicationEnforcedRestrictions",
    "cloudAppSecurity",
    "disableResilienceDefaults",
    "secureSignInSession",
    "continuousAccessEvaluation",
    "filteringProfile",
];

impl PolicyLowering<'_, '_> {
    pub(super) fn session(&mut self) -> SessionControls {
        let mut session = SessionControls::default();
        let Some(parts) = self.written.phrases(Head::Session) else {
            return session;
        };
        self.no_exceptions(Head::Session, &parts);
        let mut seen: Vec<&Name> = Vec::new();
        for phrase in parts.include {
            let mut terms = Terms::new(phrase);
            let Some(word) = terms.next_word() else {
                self.report(problem::session_control_expected(phrase.span, CONTROLS));
                continue;
            };
            if !CONTROLS.contains(&word.text.as_str()) {
                self.report(problem::unknown_session_control(word, CONTROLS));
                continue;
            }
            if let Some(first) = seen.iter().find(|first| first.text == word.text) {
                self.report(problem::session_control_twice(word, first.span));
                continue;
            }
            seen.push(word);
            self.session_control(&mut session, word, &mut terms, phrase);
            self.problems.extend(terms.nothing_more());
        }
        session
    }

    fn session_control(
        &mut self,
        session: &mut SessionControls,
        word: &Name,
        terms: &mut Terms<'_>,
        phrase: &Phrase,
    ) {
        match word.text.as_str() {
            "signInFrequency" => session.sign_in_frequency = self.frequency(terms, phrase),
            "persistentBrowser" => {
                let names = ["always", "never"];
                let value = self.mode(terms, word, &names, PersistentBrowser::parse);
                session.persistent_browser = value;
            }
            "cloudAppSecurity" => {
                let names = ["mcasConfigured", "monitorOnly", "blockDownloads"];
                session.cloud_app_security =
                    self.mode(terms, word, &names, CloudAppSecurity::parse);
            }
            "continuousAccessEvaluation" => {
                let names = ["strictEnforcement", "disabled", "strictLocation"];
                let value = self.mode(terms, word, &names, ContinuousAccess::parse);
                session.continuous_access_evaluation = value;
            }
            "applicationEnforcedRestrictions" => session.application_enforced_restrictions = true,
            "disableResilienceDefaults" => session.disable_resilience_defaults = true,
            "secureSignInSession" => session.secure_sign_in_session = true,
            "filteringProfile" => match terms.take_id() {
                Some((id, _)) => session.filtering_profiles = vec![id],
                None => self.report(problem::profile_id(phrase.span)),
            },
            _ => {}
        }
    }

    fn mode<T>(
        &mut self,
        terms: &mut Terms<'_>,
        control: &Name,
        names: &[&str],
        parse: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let Some(word) = terms.next_word() else {
            self.report(problem::mode_missing(control, names));
            return None;
        };
        let mode = parse(&word.text);
        if mode.is_none() {
            let what = format!("mode of `{}`", control.text);
            self.report(values::unknown_word(
                &what, word.span, &word.text, "", names,
            ));
        }
        mode
    }

    /// `4 hours`, `1 days`, `everyTime`, each with `secondary` after it or not.
    fn frequency(&mut self, terms: &mut Terms<'_>, phrase: &Phrase) -> Option<SignInFrequency> {
        let interval = if terms.take_word("everyTime").is_some() {
            Some(FrequencyInterval::EveryTime)
        } else {
            self.interval(terms, phrase)
        };
        let authentication = if terms.take_word("secondary").is_some() {
            FrequencyAuthentication::Secondary
        } else {
            FrequencyAuthentication::PrimaryAndSecondary
        };
        Some(SignInFrequency {
            interval: interval?,
            authentication,
        })
    }

    fn interval(&mut self, terms: &mut Terms<'_>, phrase: &Phrase) -> Option<FrequencyInterval> {
        let number = match terms.peek() {
            Some(Term::Literal(literal)) => {
                terms.next();
                literal
            }
            _ => {
                while terms.next().is_some() {}
                self.report(problem::bad_frequency(phrase.span));
                return None;
            }
        };
        // The unit is the rest of the literal, or the next word.
        let (digits, unit) = match number.text.split_once(char::is_whitespace) {
            Some((digits, unit)) => (digits, unit.trim().to_owned()),
            None => {
                let unit = terms
                    .next_word()
                    .map(|word| word.text.clone())
                    .unwrap_or_default();
                (number.text.as_str(), unit)
            }
        };
        let value: Option<u32> = digits.parse().ok();
        let interval = match (value, unit.as_str()) {
            (Some(value), "hour" | "hours") => FrequencyInterval::Hours(value),
            (Some(value), "day" | "days") => FrequencyInterval::Days(value),
            _ => {
                self.report(problem::bad_frequency(number.span));
                return None;
            }
        };
        let is_in_range = match interval {
            FrequencyInterval::Hours(hours) => (1..=23).contains(&hours),
            FrequencyInterval::Days(days) => (1..=365).contains(&days),
            FrequencyInterval::EveryTime => true,
        };
        if !is_in_range {
            self.report(lint::frequency_range(number.span, interval));
        }
        Some(interval)
    }
}
