//! The names of variables that follow from their matchers. A bundle does not repeat them: in a set
//! of many groups they would be as long as everything else.
//!
//! INVARIANT: whatever the matchers are, names take memory and time in proportion to them. So no
//! name follows from a long text.

use crate::program::{Matcher, Program};

/// Elements that the name of a target set shows.
const SHOWN: usize = 3;

/// LIMIT: bytes of an attribute's name or of a text from which a name follows.
const TEXT_BYTES_MAX: usize = 128;

/// The name of each variable that follows from its matcher.
pub(crate) fn names(program: &Program) -> Vec<Option<String>> {
    let mut names = vec![None; program.variables.len()];
    for matcher in &program.matchers {
        let attribute = program.attributes.get(matcher.attribute() as usize);
        let attribute = attribute.map(|attribute| attribute.name.as_str());
        let Some(attribute) = attribute.filter(|name| name.len() <= TEXT_BYTES_MAX) else {
            continue;
        };
        let is_short = |text: &str| text.len() <= TEXT_BYTES_MAX;
        let mut set = |variable: u32, name: String| {
            if let Some(slot) = names.get_mut(variable as usize) {
                *slot = Some(name);
            }
        };
        match matcher {
            Matcher::Boolean { variable, .. }
            | Matcher::Text { variable, .. }
            | Matcher::Ordered { variable, .. } => set(*variable, attribute.to_owned()),
            Matcher::TextParts {
                contains,
                suffixes,
                patterns,
                ..
            } => {
                let rows = [
                    ("contains", contains),
                    ("ends with", suffixes),
                    ("matches", patterns),
                ];
                for (verb, rows) in rows {
                    for (text, variable) in rows.iter().filter(|row| is_short(&row.0)) {
                        set(*variable, format!("{attribute} {verb} \"{text}\""));
                    }
                }
            }
            Matcher::Elements { elements, .. } => {
                for (text, variable) in elements.iter().filter(|row| is_short(&row.0)) {
                    set(*variable, format!("{attribute} has \"{text}\""));
                }
            }
            Matcher::Targets { variables, .. } => {
                for (variable, name) in variables.iter().zip(target_sets(matcher)) {
                    if let Some(name) = name {
                        set(*variable, format!("{attribute} reaches {name}"));
                    }
                }
            }
            Matcher::Predicates { predicates, .. } => {
                for (predicate, variable) in predicates {
                    set(*variable, format!("{attribute} has some with {predicate}"));
                }
            }
        }
    }
    names
}

/// What a target set lists.
#[derive(Clone, Default)]
struct Listed<'m> {
    /// The first few.
    texts: Vec<&'m str>,
    count: usize,
}

/// The first few elements that each target set lists: those that lie in it, or of a set of all
/// others those that do not.
fn target_sets(matcher: &Matcher) -> Vec<Option<String>> {
    let Matcher::Targets {
        variables,
        elements,
        others,
        ..
    } = matcher
    else {
        return Vec::new();
    };
    let mut listed: Vec<Listed<'_>> = vec![Listed::default(); variables.len()];
    // Sets of all others of which not all elements that are shown have been found.
    let mut open = others.clone();
    for (text, places) in elements {
        for place in places {
            if let Some(set) = listed.get_mut(*place as usize) {
                set.count += 1;
                if set.texts.len() < SHOWN && others.binary_search(place).is_err() {
                    set.texts.push(text);
                }
            }
        }
        // Each set is looked at as often as it has elements, and a few times more.
        open.retain(|place| {
            let Some(set) = listed.get_mut(*place as usize) else {
                return false;
            };
            if places.binary_search(place).is_err() {
                set.texts.push(text);
            }
            set.texts.len() < SHOWN
        });
    }
    let named = (0u32..).zip(listed).map(|(place, set)| {
        let is_complement = others.binary_search(&place).is_ok();
        let count = if is_complement {
            elements.len().saturating_sub(set.count)
        } else {
            set.count
        };
        describe(&set.texts, count, is_complement)
    });
    named.collect()
}

fn describe(texts: &[&str], count: usize, is_complement: bool) -> Option<String> {
    if texts.iter().any(|text| text.len() > TEXT_BYTES_MAX) {
        return None;
    }
    let mut texts: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    if let Some(more) = count.checked_sub(SHOWN).filter(|more| *more > 0) {
        texts.push(format!("{more} more"));
    }
    Some(match (is_complement, texts.is_empty()) {
        (false, true) => "nothing".to_owned(),
        (false, false) => texts.join(", "),
        (true, true) => "anything".to_owned(),
        (true, false) => format!("anything but {}", texts.join(", ")),
    })
}
