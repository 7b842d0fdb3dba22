//! Names for ids: made of what people call the objects, unique, and the same on every run.

use std::collections::{BTreeMap, BTreeSet};

use gatewright_hir::data::{Data, KnownStrength};
use gatewright_hir::model::{PolicySet, Strength, UserScope};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::{fold, folded_eq};

use super::layout::string;
use crate::assemble::for_each_id;
use crate::sink::is_context;

/// The names of a project.
pub(super) struct Names {
    by_id: BTreeMap<(ObjectKind, String), Name>,
}

/// What an object is called in text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    /// The identifier.
    pub(super) word: String,
    /// The id as written in the source.
    pub(super) id: String,
    /// What people call it, where that is known and differs from the identifier.
    pub(super) title: Option<String>,
    /// Whether it is there without being declared.
    pub(super) is_built_in: bool,
}

impl Names {
    /// Name everything that the policies of the set use, and all locations and strengths.
    pub(super) fn new(set: &PolicySet) -> Names {
        let mut names = Names {
            by_id: BTreeMap::new(),
        };
        // Words that stand for themselves wherever a name may stand.
        let words = ["all", "none", "allTrusted", "except", "where"].into_iter();
        let groups = set.app_groups.iter().map(|group| group.name.as_str());
        let mut taken: BTreeSet<String> = words
            .chain(groups)
            .map(|word| fold(word).into_owned())
            .collect();
        let data = Data::built_in();
        let known = data.objects.iter().map(|o| (o.kind, &o.id, &o.identifier));
        let strengths = data
            .strengths
            .iter()
            .map(|s| (ObjectKind::Strength, &s.strength.id, &s.identifier));
        for (kind, id, word) in known.chain(strengths) {
            let (word, id) = (word.clone(), id.clone());
            let key = (kind, fold(&id).into_owned());
            taken.insert(fold(&word).into_owned());
            names.by_id.insert(
                key,
                Name {
                    word,
                    id,
                    title: None,
                    is_built_in: true,
                },
            );
        }
        let titles: BTreeMap<(ObjectKind, String), &str> = set
            .names
            .iter()
            .map(|name| ((name.kind, fold(&name.id).into_owned()), name.name.as_str()))
            .collect();
        for (kind, id, title) in objects(set) {
            let key = (kind, fold(&id).into_owned());
            // What is in a location or strength of the files counts, not that its id is known.
            let known = names.by_id.get(&key);
            if known.is_some_and(|name| !name.is_built_in || !is_defined(kind)) {
                continue;
            }
            let title = title.or_else(|| titles.get(&key).map(|title| (*title).to_owned()));
            let base = title
                .as_deref()
                .and_then(identifier)
                // A name that is another context's id would be read as that one.
                .filter(|word| kind != ObjectKind::Context || !is_context(word))
                .unwrap_or_else(|| unnamed(kind, &id));
            let word = unique(&mut taken, base, kind);
            let title = title.filter(|title| *title != word);
            names.by_id.insert(
                key,
                Name {
                    word,
                    id,
                    title,
                    is_built_in: false,
                },
            );
        }
        names
    }

    /// What the object is called, its id in quotes where it has no name.
    pub(super) fn of(&self, kind: ObjectKind, id: &str) -> String {
        let found = self.by_id.get(&(kind, fold(id).into_owned()));
        found.map_or_else(|| string(id), |name| name.word.clone())
    }

    /// How the text spells this id.
    pub(super) fn spelling(&self, kind: ObjectKind, id: &str) -> String {
        let found = self.by_id.get(&(kind, fold(id).into_owned()));
        found.map_or_else(|| id.to_owned(), |name| name.id.clone())
    }

    /// The identifier that is declared for this id.
    pub(super) fn get(&self, kind: ObjectKind, id: &str) -> Option<&Name> {
        self.by_id.get(&(kind, fold(id).into_owned()))
    }

    /// What is to be declared of this kind, in order of the identifiers.
    pub(super) fn declared(&self, kind: ObjectKind) -> Vec<&Name> {
        let rows = self
            .by_id
            .iter()
            .filter(|((of, _), name)| *of == kind && !name.is_built_in);
        let mut names: Vec<&Name> = rows.map(|(_, name)| name).collect();
        names.sort_by(|a, b| a.word.cmp(&b.word));
        names
    }
}

/// Whether objects of this kind are declared by what is in them.
fn is_defined(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Location | ObjectKind::Strength)
}

/// Whether a strength is one that not every tenant has.
pub(super) fn is_own(strength: &Strength) -> bool {
    let built_in = &Data::built_in().strengths;
    let is_known = |known: &KnownStrength| folded_eq(&known.strength.id, &strength.id);
    strength.span.is_some() || !built_in.iter().any(is_known)
}

/// Everything that needs a name, with what it is called: what the files define first, then what
/// the policies use, in their order.
fn objects(set: &PolicySet) -> Vec<(ObjectKind, String, Option<String>)> {
    let mut objects = Vec::new();
    for location in &set.locations {
        let title = Some(location.display_name.clone());
        objects.push((ObjectKind::Location, location.id.clone(), title));
    }
    for strength in set.strengths.iter().filter(|s| is_own(s)) {
        let title = Some(strength.display_name.clone());
        objects.push((ObjectKind::Strength, strength.id.clone(), title));
    }
    for name in set.names.iter().filter(|name| name.span.is_some()) {
        if matches!(name.kind, ObjectKind::Terms | ObjectKind::Context) {
            objects.push((name.kind, name.id.clone(), Some(name.name.clone())));
        }
    }
    for policy in &set.compliance.policies {
        for item in policy.users.include.iter().chain(&policy.users.exclude) {
            match &item.value {
                UserScope::Group(id) => objects.push((ObjectKind::Group, id.clone(), None)),
                UserScope::User(id) => objects.push((ObjectKind::User, id.clone(), None)),
                _ => {}
            }
        }
    }
    for policy in &set.policies {
        for_each_id(policy, &mut |kind, id, _| {
            let is_named = match kind {
                ObjectKind::Group | ObjectKind::User | ObjectKind::App | ObjectKind::Role => true,
                // These are declared by what is known of them.
                ObjectKind::Location | ObjectKind::Strength => false,
                ObjectKind::Terms | ObjectKind::Context => false,
            };
            if is_named {
                objects.push((kind, id.to_owned(), None));
            }
        });
    }
    objects
}

/// An identifier made of the words of a title: `Break glass (EU)` → `BreakGlassEU`. Where all of
/// the title is in capitals, its longer words are not.
fn identifier(title: &str) -> Option<String> {
    let mut word = String::new();
    let is_shouted = !title.contains(char::is_lowercase);
    let parts = title
        .split(|c: char| !is_part(c))
        .filter(|part| !part.is_empty());
    for part in parts {
        let ends_with_digit = word.ends_with(|c: char| c.is_ascii_digit());
        let starts_with_digit = part.starts_with(|c: char| c.is_ascii_digit());
        if ends_with_digit && starts_with_digit {
            word.push('_');
        }
        let mut characters = part.chars();
        word.extend(characters.next().into_iter().flat_map(char::to_uppercase));
        if is_shouted && part.chars().count() > 3 {
            word.extend(characters.flat_map(char::to_lowercase));
        } else {
            word.extend(characters);
        }
        if word.len() > 60 {
            break;
        }
    }
    let is_word = word.starts_with(|c: char| !c.is_ascii_digit());
    (is_word && !is_guid_like(title)).then_some(word)
}

/// Whether the character may stand in an identifier; of other scripts than Latin only those parts
/// are taken whose letters certainly may.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (c.is_alphabetic()
            && matches!(
                c,
                '\u{C0}'..='\u{24F}'
                    | '\u{386}'..='\u{52F}'
                    | '\u{3041}'..='\u{30FA}'
                    | '\u{4E00}'..='\u{9FFF}'
                    | '\u{AC00}'..='\u{D7A3}'
            ))
}

fn is_guid_like(text: &str) -> bool {
    crate::sink::is_guid(text.trim_matches(['{', '}', '(', ')', '"']))
}

/// A name for an object without one: its kind and the start of its id, or what a placeholder says.
fn unnamed(kind: ObjectKind, id: &str) -> String {
    let mut noun: String = kind.keyword().to_owned();
    if let Some(first) = noun.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if let Some(word) = identifier(id).filter(|_| !id.contains('%')) {
        return word;
    }
    let digits: String = id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .collect();
    if digits.is_empty() {
        noun
    } else {
        format!("{noun}_{digits}")
    }
}

fn unique(taken: &mut BTreeSet<String>, base: String, kind: ObjectKind) -> String {
    let mut word = base.clone();
    let mut number = 1;
    while !taken.insert(fold(&word).into_owned()) {
        let mut noun = kind.keyword().to_owned();
        if let Some(first) = noun.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        number += 1;
        word = if number == 2 && !base.ends_with(&noun) {
            format!("{base}{noun}")
        } else {
            format!("{base}_{number}")
        };
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_made_of_the_words_of_a_title() {
        let rows = [
            ("Break glass (EU)", Some("BreakGlassEU")),
            ("<ExclusionTempGroup>", Some("ExclusionTempGroup")),
            ("HQ 10.0.0.0/8", Some("HQ10_0_0_0_8")),
            ("Büro Zürich", Some("BüroZürich")),
            ("block", Some("Block")),
            ("ALLOWED COUNTRIES - MFA", Some("AllowedCountriesMFA")),
            ("203.0.113.34", None),
            ("²³ – ·", None),
            ("8f6f3d0a-0000-4000-8000-0000000f1a0c", None),
        ];
        for (title, expected) in rows {
            assert_eq!(identifier(title).as_deref(), expected, "{title}");
        }
    }

    #[test]
    fn names_do_not_collide_without_case_and_are_told_apart_by_kind() {
        let mut taken = BTreeSet::from(["finance".to_owned()]);
        assert_eq!(
            unique(&mut taken, "Finance".to_owned(), ObjectKind::Group),
            "FinanceGroup"
        );
        assert_eq!(
            unique(&mut taken, "FINANCE".to_owned(), ObjectKind::Group),
            "FINANCE_3"
        );
        assert_eq!(
            unnamed(ObjectKind::Group, "1a2b3c4d-0000"),
            "Group_1a2b3c4d"
        );
    }
}
