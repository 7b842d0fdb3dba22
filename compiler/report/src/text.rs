//! Texts of the caller on the page: escaped, isolated from the writing direction around them, with
//! names set apart and policies linked.
//!
//! INVARIANT: every text of the caller comes through here. Escaping is [`maud`]'s; what is added is
//! that control characters and characters that steer the writing direction become visible.

use std::borrow::Cow;
use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::model::Policy;

/// Which names are policies, and where they stand on the page.
pub(crate) struct Names<'a> {
    anchors: BTreeMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    /// Of policies with the same name, the first is linked.
    pub(crate) fn new(policies: &'a [Policy]) -> Self {
        let mut anchors = BTreeMap::new();
        for (position, policy) in policies.iter().enumerate() {
            anchors.entry(policy.name.as_str()).or_insert(position);
        }
        Self { anchors }
    }

    /// The name of a policy, as a link to its row.
    pub(crate) fn policy(&self, name: &str) -> Markup {
        let anchor = self.anchors.get(name);
        html! {
            @if let Some(position) = anchor {
                a.name href={ "#" (anchor_of(*position)) } { bdi { (title(name)) } }
            } @else {
                bdi.name { (title(name)) }
            }
        }
    }

    /// A sentence: what stands between backticks is a name.
    pub(crate) fn sentence(&self, sentence: &str) -> Markup {
        let parts: Vec<&str> = sentence.split('`').collect();
        // An odd backtick quotes nothing and is printed.
        let quoted = (parts.len() - 1) / 2 * 2;
        html! {
            bdi {
                @for (index, part) in parts.iter().enumerate() {
                    @if index % 2 == 1 && index < quoted {
                        (self.policy(part))
                    } @else {
                        @if index % 2 == 1 { "`" }
                        (plain(part))
                    }
                }
            }
        }
    }
}

/// The anchor of the policy at a position of the list.
pub(crate) fn anchor_of(position: usize) -> String {
    format!("policy-{}", position + 1)
}

/// A name that has to be seen, even where it is empty.
pub(crate) fn title(name: &str) -> Cow<'_, str> {
    if name.trim().is_empty() {
        Cow::Borrowed("(unnamed)")
    } else {
        plain(name)
    }
}

/// A text of the caller with nothing in it that is obeyed instead of shown.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_steering) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_steering(character) {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(character)));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// `1 policy`, `2 policies`, `no policies`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

/// Whether a character acts on the text around it instead of being seen.
fn is_steering(character: char) -> bool {
    let is_break = matches!(character, '\n' | '\t');
    let is_direction = matches!(
        character,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    );
    let is_invisible = matches!(
        character,
        '\u{00AD}' | '\u{180E}' | '\u{200B}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{FEFF}'
    );
    // HTML has no way to write the last two of each plane.
    let is_no_character =
        u32::from(character) & 0xFFFE == 0xFFFE || matches!(character, '\u{FDD0}'..='\u{FDEF}');
    character.is_control() && !is_break || is_direction || is_invisible || is_no_character
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sentence: &str) -> String {
        Names::new(&[]).sentence(sentence).into_string()
    }

    #[test]
    fn names_between_backticks_are_set_apart() {
        let html = shown("Left out by `A` and `B`.");
        assert_eq!(
            html,
            "<bdi>Left out by <bdi class=\"name\">A</bdi> and <bdi class=\"name\">B</bdi>.</bdi>"
        );
    }

    #[test]
    fn a_backtick_without_its_partner_is_printed() {
        assert_eq!(shown("a ` b"), "<bdi>a ` b</bdi>");
        assert_eq!(
            shown("`x` and `"),
            "<bdi><bdi class=\"name\">x</bdi> and `</bdi>"
        );
    }

    #[test]
    fn characters_that_steer_are_shown() {
        assert_eq!(plain("a\u{202E}b\u{0}"), "a⟨U+202E⟩b⟨U+0000⟩");
        assert_eq!(plain("سياسة\tx"), "سياسة\tx");
    }
}
