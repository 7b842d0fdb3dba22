//! Questions and answers in the few words that a picture has room for.

use gatewright_decision::{Classes, Naming, Variable};
use gatewright_hir::model::PolicySet;

use super::names::{self, Length, Names};
use super::{clause, elements};

/// The words for pictures of a set's diagrams.
pub struct Labels<'a> {
    names: Names<'a>,
}

impl<'a> Labels<'a> {
    /// Those for this set.
    #[must_use]
    pub fn new(set: &'a PolicySet) -> Labels<'a> {
        Labels {
            names: Names::new(set),
        }
    }

    fn clause(&self, variable: &Variable, classes: &[u32], length: Length) -> String {
        clause(&self.names, variable, classes, length)
    }
}

impl Naming for Labels<'_> {
    fn question(&self, variable: &Variable) -> String {
        capital(&match variable.classes {
            Classes::Text(_) | Classes::Ordered(_) => self.names.subject(variable.attribute),
            Classes::Boolean => self.clause(variable, &[1], Length::Short),
            _ => elements::clause(&self.names, variable, true, Length::Short),
        })
    }

    fn answer(&self, variable: &Variable, runs: &[(u32, u32)]) -> String {
        let unknown = variable.unknown_class();
        let mut known = classes(runs);
        let is_unknown = known.last() == Some(&unknown);
        known.retain(|class| *class != unknown);
        let mut answers = match variable.classes {
            Classes::Text(_) | Classes::Ordered(_) => self.values(variable, &known),
            _ => truth(&known),
        };
        if is_unknown {
            answers.push("not known".to_owned());
        }
        names::list(&answers, "or")
    }

    fn sentence(&self, variable: &Variable, runs: &[(u32, u32)]) -> String {
        capital(&self.clause(variable, &classes(runs), Length::Full))
    }
}

impl Labels<'_> {
    /// What a clause about these classes says after its subject.
    fn values(&self, variable: &Variable, known: &[u32]) -> Vec<String> {
        let count = variable.unknown_class() as usize;
        match known.len() {
            0 => Vec::new(),
            all if all == count => vec!["anything".to_owned()],
            _ => {
                let clause = self.clause(variable, known, Length::Short);
                let subject = self.names.subject(variable.attribute);
                let after = clause
                    .strip_prefix(&subject)
                    .unwrap_or(&clause)
                    .trim_start();
                let after = ["is ", "lies "]
                    .iter()
                    .find_map(|verb| after.strip_prefix(verb))
                    .unwrap_or(after);
                vec![after.replace(&format!("{subject} is not set"), "not set")]
            }
        }
    }
}

/// Answers to a question that a clause asks: class 0 is no, 1 is yes; after them may come null.
fn truth(known: &[u32]) -> Vec<String> {
    let mut answers = Vec::new();
    for (class, word) in [(1, "yes"), (0, "no"), (2, "not set")] {
        if known.contains(&class) {
            answers.push(word.to_owned());
        }
    }
    answers
}

fn classes(runs: &[(u32, u32)]) -> Vec<u32> {
    runs.iter()
        .flat_map(|(first, last)| *first..=*last)
        .collect()
}

/// With a capital letter where the first word is a plain one, not the name of an attribute.
fn capital(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or("");
    if !first.chars().all(|c| c.is_ascii_lowercase()) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    let mut out: String = letters
        .next()
        .map(|c| c.to_ascii_uppercase())
        .into_iter()
        .collect();
    out.push_str(letters.as_str());
    out
}
