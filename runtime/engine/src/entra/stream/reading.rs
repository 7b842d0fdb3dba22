//! Reading the members of a request as they come.
//!
//! What reads something takes what is left of the request and returns what is left after it, so
//! that the place is in registers wherever it is.

mod finishing;

use gatewright_value::vocabulary::{BuiltInControl, Method};
use gatewright_value::{address_key, parse_address, parse_date_time, parse_guid};
use gatewright_vm::{Encoder, Sink};

use crate::claims::IdKind;
use crate::entra::circumstances::GROUPS_MAX;
use crate::entra::stream::members::{Choice, Meaning, Members, Row};
use crate::entra::stream::{Slot, Stream};
use crate::entra::who::action_of;
use crate::json::Names;
use crate::json::steps::{
    Separator, after, after_space, after_spaced, after_string, separator, string, string_of,
};
use crate::proof::Proving;
use crate::signals::Signals;
use crate::vocabulary::{CONTEXTS, IDENTITIES, TypeRow, type_name};

/// GUIDs that are looked up together.
const RUN: usize = 32;

/// A request on the way through its bytes. `None` from any step ends it.
pub(crate) struct Reading<'r, 'a, 'e, S> {
    stream: &'r Stream,
    text: &'a str,
    encoder: &'r mut Encoder<'e, S>,
    proving: Proving<'r>,
    signals: Signals,
    /// The members that are there.
    present: u128,
    /// Those of them that are null.
    null: u128,
    /// Those of them that say that there is none.
    none: u128,
    identity_type: Option<usize>,
    context_type: Option<usize>,
    is_agent_user: bool,
    has_user: bool,
    has_apps: bool,
    has_device: bool,
    has_directory: bool,
    has_address: bool,
    has_country: bool,
    has_location_names: bool,
    is_mfa_unregistered: bool,
    now: Option<i64>,
    first_sign_in: Option<i64>,
    /// Space for GUIDs that are looked up together.
    run: [u128; RUN],
}

impl<'r, 'a, 'e, S: Sink> Reading<'r, 'a, 'e, S> {
    pub(crate) fn new(
        stream: &'r Stream,
        text: &'a str,
        encoder: &'r mut Encoder<'e, S>,
        proving: Proving<'r>,
    ) -> Reading<'r, 'a, 'e, S> {
        Reading {
            stream,
            text,
            encoder,
            proving,
            signals: Signals::default(),
            present: 0,
            null: 0,
            none: 0,
            identity_type: None,
            context_type: None,
            is_agent_user: false,
            has_user: false,
            has_apps: false,
            has_device: false,
            has_directory: false,
            has_address: false,
            has_country: false,
            has_location_names: false,
            is_mfa_unregistered: false,
            now: None,
            first_sign_in: None,
            run: [0; RUN],
        }
    }

    /// Members that are not null.
    fn stated(&self) -> u128 {
        self.present & !self.null
    }

    /// Members that say something of their attribute.
    fn given(&self) -> u128 {
        self.stated() & !self.none
    }

    /// Read the request, which is all of the text.
    pub(crate) fn request(&mut self) -> Option<()> {
        let rest = after_space(self.text.as_bytes());
        let rest = self.object(&self.stream.tables.request, rest)?;
        after_space(rest).is_empty().then_some(())
    }

    fn object(&mut self, members: &'r Members, rest: &'a [u8]) -> Rest<'a> {
        let mut rest = after_space(after(rest, b'{')?);
        if let Some(rest) = after(rest, b'}') {
            return Some(rest);
        }
        let (mut present, mut null) = (0, 0);
        loop {
            let (row, value) = members.names.find(rest)?;
            if present & row.own_bit != 0 {
                return None;
            }
            present |= row.own_bit;
            let value = after_spaced(value, b':')?;
            rest = if value.first() == Some(&b'n') {
                null |= row.own_bit;
                value.strip_prefix(b"null")?
            } else {
                self.value(row, value)?
            };
            match separator(rest, b'}')? {
                Separator::Comma(after) => rest = after,
                Separator::End(after) => {
                    self.present |= members.among_all(present);
                    self.null |= members.among_all(null);
                    return Some(after);
                }
            }
        }
    }

    /// Read the value of a member that is not null.
    #[inline]
    fn value(&mut self, row: &'r Row, rest: &'a [u8]) -> Rest<'a> {
        let tables = &self.stream.tables;
        match row.meaning {
            Meaning::Text => self.text(row, rest),
            Meaning::Choice => self.choice(row, rest),
            Meaning::Boolean => self.boolean(row, rest),
            Meaning::Set => Some(self.set(row, rest)?.1),
            Meaning::Annotation => after_string(rest),
            Meaning::IdentityObject => self.object(&tables.identity, rest),
            Meaning::ContextObject => self.object(&tables.context, rest),
            Meaning::ConditionsObject => self.object(&tables.conditions, rest),
            Meaning::FlowObject => self.object(&tables.flow, rest),
            Meaning::DeviceObject => {
                self.has_device = true;
                self.object(&tables.device, rest)
            }
            Meaning::DirectoryObject => {
                self.has_directory = true;
                self.object(&tables.directory, rest)
            }
            Meaning::UserObject => self.object(&tables.user, rest),
            Meaning::ClaimsObject => self.object(&tables.claims, rest),
            Meaning::CircumstancesObject => self.object(&tables.circumstances, rest),
            Meaning::IdentityType => {
                let (place, rest) = self.type_of(&tables.identity_names, &IDENTITIES, rest)?;
                self.identity_type = Some(place);
                Some(rest)
            }
            Meaning::ContextType => {
                let (place, rest) = self.type_of(&tables.context_names, &CONTEXTS, rest)?;
                self.context_type = Some(place);
                Some(rest)
            }
            Meaning::UserId => self.user_id(row, rest),
            Meaning::Apps => {
                let (count, rest) = self.set(row, rest)?;
                self.has_apps = count > 0;
                Some(rest)
            }
            Meaning::Groups => {
                let (count, rest) = self.set(row, rest)?;
                (count <= GROUPS_MAX).then_some(rest)
            }
            Meaning::Address => self.take_string(rest, |this, text| this.address(row, text)),
            Meaning::Country => self.take_string(rest, |this, text| this.country(row, text)),
            Meaning::Methods => self.methods(row, rest),
            Meaning::Terms => self.strings(rest, |this, id| this.claim(IdKind::Terms, id)),
            _ => self.special(row, rest),
        }
    }

    /// What happens less often, or once.
    fn special(&mut self, row: &'r Row, rest: &'a [u8]) -> Rest<'a> {
        match row.meaning {
            Meaning::Guest => self.take_string(rest, |this, text| this.guest(row, text)),
            Meaning::Flow => self.take_string(rest, |this, text| this.flow(row, text)),
            Meaning::Action => self.take_string(rest, |this, text| {
                this.choice_in_any_case(row, action_of(text)?.name())
            }),
            Meaning::IsAgentUser => {
                let (truth, rest) = boolean(rest)?;
                self.is_agent_user = truth;
                Some(rest)
            }
            Meaning::MfaRegistered => {
                self.is_mfa_unregistered = !boolean(rest)?.0;
                self.boolean(row, rest)
            }
            Meaning::LocationNames => {
                self.has_location_names = true;
                Some(self.set(row, rest)?.1)
            }
            Meaning::Now => self.take_string(rest, |this, text| {
                this.now = Some(parse_date_time(text)?);
                Some(())
            }),
            Meaning::FirstSignIn => self.take_string(rest, |this, text| {
                this.first_sign_in = Some(parse_date_time(text)?);
                Some(())
            }),
            Meaning::Satisfied => self.strings(rest, |this, text| this.satisfied(text)),
            Meaning::Custom => self.strings(rest, |this, id| this.claim(IdKind::Custom, id)),
            Meaning::Flag => Some(boolean(rest)?.1),
            Meaning::Nothing => self.strings(rest, |_, _| None),
            _ => None,
        }
    }

    /// Which of some types an annotation says.
    fn type_of(
        &self,
        names: &Names<usize>,
        types: &[TypeRow; 3],
        rest: &'a [u8],
    ) -> Option<(usize, &'a [u8])> {
        let usual = rest.strip_prefix(b"\"#microsoft.graph.");
        if let Some((place, rest)) = usual.and_then(|rest| names.find_rest(rest)) {
            return Some((*place, rest));
        }
        let (text, rest) = self.string(rest)?;
        let mut names = types.iter().map(|row| row.0);
        let place = names.position(|name| name.eq_ignore_ascii_case(type_name(text)))?;
        Some((place, rest))
    }

    fn text(&mut self, row: &Row, rest: &'a [u8]) -> Rest<'a> {
        let Some(attribute) = row.slot.attribute else {
            return after_string(rest);
        };
        if row.is_guid
            && let Some((guid, rest)) = guid(rest)
        {
            self.encoder.guid(attribute, guid);
            return Some(rest);
        }
        let (text, rest) = self.string(rest)?;
        self.encoder.text(attribute, text);
        Some(rest)
    }

    fn boolean(&mut self, row: &Row, rest: &'a [u8]) -> Rest<'a> {
        let (truth, rest) = boolean(rest)?;
        self.say_boolean(&row.slot, truth);
        Some(rest)
    }

    fn user_id(&mut self, row: &Row, rest: &'a [u8]) -> Rest<'a> {
        let (text, _) = self.string(rest)?;
        self.has_user = !text.trim().is_empty();
        self.text(row, rest)
    }

    fn choice(&mut self, row: &Row, rest: &'a [u8]) -> Rest<'a> {
        match row.choices.find(rest) {
            Some((choice, rest)) => {
                self.say_choice(&row.slot, choice);
                Some(rest)
            }
            None => self.take_string(rest, |this, text| this.choice_in_any_case(row, text)),
        }
    }

    fn choice_in_any_case(&mut self, row: &Row, text: &str) -> Option<()> {
        self.say_choice(&row.slot, row.choices.find_unfolded(text)?);
        Some(())
    }

    fn say_choice(&mut self, slot: &Slot, choice: &Choice) {
        match choice.1 {
            Some(place) => self.say_member(slot, place),
            None => {
                if let Some(attribute) = slot.attribute {
                    self.encoder.text(attribute, &choice.0);
                }
            }
        }
    }

    fn guest(&mut self, row: &Row, text: &str) -> Option<()> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("none") {
            self.none |= row.bit;
            return Some(());
        }
        self.choice_in_any_case(row, text)
    }

    fn flow(&mut self, row: &Row, text: &str) -> Option<()> {
        if text.eq_ignore_ascii_case("none") {
            self.none |= row.bit;
            return Some(());
        }
        self.choice_in_any_case(row, text)
    }

    fn address(&mut self, row: &Row, text: &str) -> Option<()> {
        let address = parse_address(text)?;
        self.has_address = true;
        if let Some(attribute) = row.slot.attribute {
            self.encoder.address(attribute, address_key(address));
        }
        Some(())
    }

    fn country(&mut self, row: &Row, text: &str) -> Option<()> {
        let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        self.has_country = true;
        if let Some(attribute) = row.slot.attribute {
            self.encoder.text(attribute, text);
        }
        is_code.then_some(())
    }

    /// A set of texts, with how many there are.
    fn set(&mut self, row: &Row, rest: &'a [u8]) -> Option<(usize, &'a [u8])> {
        let Some(attribute) = row.slot.attribute else {
            return self.elements(rest, |_, rest| after_string(rest));
        };
        self.encoder.begin_set(attribute);
        let set = if row.is_guid {
            self.guids(rest)
        } else {
            self.elements(rest, Self::element)
        };
        self.encoder.end_set();
        set
    }

    /// The elements of a set of GUIDs, some of which may be other texts.
    ///
    /// PERF: nothing but reading is in the loop over a run of GUIDs, and nothing but looking up in
    /// the encoder's.
    fn guids(&mut self, rest: &'a [u8]) -> Option<(usize, &'a [u8])> {
        let mut rest = after_space(after(rest, b'[')?);
        if let Some(rest) = after(rest, b']') {
            return Some((0, rest));
        }
        let mut count = 0usize;
        loop {
            let (length, mut left) = run_of_guids(rest, &mut self.run)?;
            count = count.saturating_add(length);
            self.encoder.element_guids(self.run.get(..length)?);
            if length == 0 {
                count = count.saturating_add(1);
                left = separator(self.element(rest)?, b']')?;
            }
            match left {
                Separator::Comma(after) => rest = after,
                Separator::End(after) => return Some((count, after)),
            }
        }
    }

    fn element(&mut self, rest: &'a [u8]) -> Rest<'a> {
        let (text, rest) = self.string(rest)?;
        self.encoder.element(text);
        Some(rest)
    }

    fn methods(&mut self, row: &Row, rest: &'a [u8]) -> Rest<'a> {
        let attribute = row.slot.attribute;
        if let Some(attribute) = attribute {
            self.encoder.begin_set(attribute);
        }
        let methods = &self.stream.tables.methods;
        let (_, rest) = self.elements(rest, |this, rest| {
            let (method, rest) = match methods.find(rest) {
                Some((method, rest)) => (*method, rest),
                None => {
                    let (text, rest) = this.string(rest)?;
                    (Method::parse(text)?, rest)
                }
            };
            this.proving.method(method);
            if attribute.is_some() {
                this.encoder.element(method.name());
            }
            Some(rest)
        })?;
        if attribute.is_some() {
            self.encoder.end_set();
        }
        Some(rest)
    }

    fn satisfied(&mut self, text: &'a str) -> Option<()> {
        if let Some((kind, id)) = text.split_once(':') {
            let kinds = [
                ("strength", IdKind::Strength),
                ("terms", IdKind::Terms),
                ("custom", IdKind::Custom),
            ];
            let mut kinds = kinds.into_iter();
            let (_, kind) = kinds.find(|(name, _)| name.eq_ignore_ascii_case(kind))?;
            return self.claim(kind, id);
        }
        match BuiltInControl::parse(text)? {
            // They follow from the device, and the claim deserves a warning.
            BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice => None,
            control => {
                self.proving.control(control);
                Some(())
            }
        }
    }

    fn claim(&mut self, kind: IdKind, id: &str) -> Option<()> {
        self.proving.id(kind, id);
        Some(())
    }

    /// An array of strings.
    fn strings(
        &mut self,
        rest: &'a [u8],
        mut each: impl FnMut(&mut Self, &'a str) -> Option<()>,
    ) -> Rest<'a> {
        let read = |this: &mut Self, rest| this.take_string(rest, &mut each);
        Some(self.elements(rest, read)?.1)
    }

    /// An array, each of whose elements is read by `each`, with how many there are.
    #[inline]
    fn elements(
        &mut self,
        rest: &'a [u8],
        mut each: impl FnMut(&mut Self, &'a [u8]) -> Rest<'a>,
    ) -> Option<(usize, &'a [u8])> {
        let mut rest = after_space(after(rest, b'[')?);
        if let Some(rest) = after(rest, b']') {
            return Some((0, rest));
        }
        let mut count = 0usize;
        loop {
            rest = each(self, rest)?;
            count = count.saturating_add(1);
            match separator(rest, b']')? {
                Separator::Comma(after) => rest = after,
                Separator::End(after) => return Some((count, after)),
            }
        }
    }

    /// A string without escapes that something is made of.
    #[inline]
    fn take_string(
        &mut self,
        rest: &'a [u8],
        read: impl FnOnce(&mut Self, &'a str) -> Option<()>,
    ) -> Rest<'a> {
        let (text, rest) = self.string(rest)?;
        read(self, text)?;
        Some(rest)
    }

    /// A string without escapes, and what is left after it.
    #[inline]
    fn string(&self, rest: &'a [u8]) -> Option<(&'a str, &'a [u8])> {
        let (bytes, rest) = string(rest)?;
        // It is known to be UTF-8, and a quote is no part of a character.
        let quote = self.text.len().wrapping_sub(rest.len()).wrapping_sub(1);
        let text = self.text.get(quote.wrapping_sub(bytes.len())..quote)?;
        Some((text, rest))
    }

    fn say_boolean(&mut self, slot: &Slot, truth: bool) {
        if let Some(signal) = &slot.signal {
            self.signals = self.signals.and_those(signal.boolean(truth));
        }
        if let Some(attribute) = slot.attribute {
            self.encoder.boolean(attribute, truth);
        }
    }

    fn say_member(&mut self, slot: &Slot, place: u16) {
        if let Some(signal) = &slot.signal {
            self.signals = self.signals.and_those(signal.member(place));
        }
        if let Some(attribute) = slot.attribute {
            self.encoder.member(attribute, place);
        }
    }
}

/// What is left of a request after something, unless the request is not for this path.
type Rest<'a> = Option<&'a [u8]>;

#[inline]
fn boolean(rest: &[u8]) -> Option<(bool, &[u8])> {
    if let Some(rest) = rest.strip_prefix(b"true") {
        return Some((true, rest));
    }
    Some((false, rest.strip_prefix(b"false")?))
}

/// Read GUIDs up to the end of the array, or up to something else, or until there are enough of
/// them; the result is how many.
fn run_of_guids<'a>(mut rest: &'a [u8], run: &mut [u128; RUN]) -> Option<(usize, Separator<'a>)> {
    let mut length = 0;
    for place in run {
        let Some((guid, after)) = guid(rest) else {
            break;
        };
        *place = guid;
        length += 1;
        match separator(after, b']')? {
            Separator::Comma(after) => rest = after,
            end @ Separator::End(_) => return Some((length, end)),
        }
    }
    Some((length, Separator::Comma(rest)))
}

/// A GUID between quotes, and what is left after it.
#[inline]
fn guid(rest: &[u8]) -> Option<(u128, &[u8])> {
    string_of::<36, 38, _>(rest, |text| parse_guid(text))
}
