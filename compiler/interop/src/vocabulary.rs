//! Reading the enumerations of Graph: in any case, with a word about spellings that are not
//! Graph's.

use std::hash::Hash;

use gatewright_value::vocabulary::{
    AgentRiskLevel, BuiltInControl, ClientApp, GuestType, InsiderRiskLevel, Method, Platform,
    RiskLevel, State, TransferMethod, UserAction,
};
use gatewright_value::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, PersistentBrowser,
};
use indexmap::IndexSet;

use crate::problems;
use crate::sink::{Item, Sink};

/// A closed enumeration.
pub(crate) trait Vocabulary: Copy + Ord + Hash + 'static {
    /// What a member is, in a message.
    const WHAT: &'static str;
    /// Every member.
    const MEMBERS: &'static [Self];
    /// The canonical spelling.
    fn spelling(self) -> &'static str;
}

macro_rules! vocabularies {
    ($($name:ident $what:literal;)*) => {$(
        impl Vocabulary for $name {
            const WHAT: &'static str = $what;
            const MEMBERS: &'static [Self] = $name::ALL;
            fn spelling(self) -> &'static str {
                self.name()
            }
        }
    )*};
}

vocabularies! {
    State "state of a policy";
    ClientApp "kind of client";
    Platform "device platform";
    RiskLevel "risk level";
    InsiderRiskLevel "level of insider risk";
    AgentRiskLevel "level of agent risk";
    TransferMethod "transfer method";
    GuestType "type of guests or external users";
    UserAction "user action";
    BuiltInControl "built-in control";
    Method "authentication method";
    FrequencyAuthentication "authentication type of a sign-in frequency";
    PersistentBrowser "mode of a persistent browser session";
    CloudAppSecurity "type of cloud app security";
    ContinuousAccess "mode of continuous access evaluation";
}

/// A word that stands for `unknown` members of evolvable enumerations.
const FUTURE: &str = "unknownFutureValue";

impl Sink<'_> {
    /// The member of this spelling.
    pub(crate) fn member<T: Vocabulary>(&mut self, item: &Item) -> Option<T> {
        self.member_of(item, T::MEMBERS)
    }

    /// The member of this spelling, if it is one of those that may stand here.
    pub(crate) fn member_of<T: Vocabulary>(&mut self, item: &Item, among: &[T]) -> Option<T> {
        let found = among
            .iter()
            .find(|m| m.spelling().eq_ignore_ascii_case(&item.text));
        match found {
            Some(member) => {
                self.word(item, member.spelling());
                Some(*member)
            }
            None => {
                let known: Vec<&str> = among.iter().map(|m| m.spelling()).collect();
                self.unknown_word(item, T::WHAT, &known);
                None
            }
        }
    }

    /// The members of these spellings in their order, without repetition.
    pub(crate) fn members<T: Vocabulary>(&mut self, items: &[Item], among: &[T]) -> Vec<T> {
        let members = items.iter().filter_map(|item| self.member_of(item, among));
        let distinct: IndexSet<T> = members.collect();
        distinct.into_iter().collect()
    }

    /// Whether the word is this one; says so where only the case differs.
    pub(crate) fn is_word(&mut self, item: &Item, word: &str) -> bool {
        let is_same = item.text.eq_ignore_ascii_case(word);
        if is_same {
            self.word(item, word);
        }
        is_same
    }

    fn word(&mut self, item: &Item, canonical: &str) {
        if item.text != canonical {
            self.report(problems::other_case(item, canonical));
        }
    }

    /// Say that a word is no member of an enumeration.
    pub(crate) fn unknown_word(&mut self, item: &Item, what: &str, known: &[&str]) {
        if item.text.eq_ignore_ascii_case(FUTURE) {
            self.report(problems::future_value(item, what));
        } else {
            self.report(problems::unknown_value(item, what, known));
        }
    }
}
