//! Reading the members of a request as they come.
//!
//! Loops keep the scanner to themselves, so that the compiler can keep it in registers.

mod finishing;

use gatewright_value::vocabulary::{BuiltInControl, Method};
use gatewright_value::{address_key, parse_address, parse_guid};
use gatewright_vm::{Encoder, Sink};

use crate::claims::IdKind;
use crate::entra::circumstances::GROUPS_MAX;
use crate::entra::stream::members::{Meaning, Members, Part, Row};
use crate::entra::stream::{Slot, Stream};
use crate::entra::who::action_of;
use crate::json::Scanner;
use crate::proof::Proving;
use crate::signals::Signals;
use crate::time::parse_date_time;

/// A request on the way through its bytes. `None` from any step ends it.
pub(crate) struct Reading<'r, 'a, 'e, S> {
    stream: &'r Stream,
    scanner: Scanner<'a>,
    encoder: &'r mut Encoder<'e, S>,
    proving: Proving<'r>,
    signals: Signals,
    /// The members that are there.
    present: u128,
    /// Those of them that are not null.
    stated: u128,
    /// Those of them that say something of their attribute.
    given: u128,
    identity_type: Option<&'a str>,
    context_type: Option<&'a str>,
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
            scanner: Scanner::new(text),
            encoder,
            proving,
            signals: Signals::default(),
            present: 0,
            stated: 0,
            given: 0,
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
        }
    }

    /// Read the request, which is all of the text.
    pub(crate) fn request(&mut self) -> Option<()> {
        self.scanner.skip_space();
        self.object(&self.stream.tables.request)?;
        self.scanner.skip_space();
        self.scanner.peek().is_none().then_some(())
    }

    fn object(&mut self, members: &'r Members) -> Option<()> {
        let mut scanner = self.scanner;
        take(&mut scanner, b'{')?;
        scanner.skip_space();
        if scanner.take(b'}') {
            self.scanner = scanner;
            return Some(());
        }
        loop {
            let row = members.find(scanner.string_bytes()?)?;
            if self.present & row.bit != 0 {
                return None;
            }
            self.present |= row.bit;
            scanner.skip_space();
            take(&mut scanner, b':')?;
            scanner.skip_space();
            if scanner.peek() == Some(b'n') {
                scanner.take_all(b"null").then_some(())?;
            } else {
                self.stated |= row.bit;
                self.scanner = scanner;
                self.value(row)?;
                scanner = self.scanner;
            }
            scanner.skip_space();
            if !scanner.take(b',') {
                take(&mut scanner, b'}')?;
                self.scanner = scanner;
                return Some(());
            }
            scanner.skip_space();
        }
    }

    /// Read the value of a member that is not null.
    #[inline]
    fn value(&mut self, row: &'r Row) -> Option<()> {
        self.given |= row.bit;
        match row.meaning {
            Meaning::Text => self.text(row)?,
            Meaning::Set => _ = self.set(row)?,
            Meaning::Choice => {
                let text = self.scanner.string()?;
                self.choice(row, text)?;
            }
            Meaning::Boolean => {
                let truth = self.boolean()?;
                self.say_boolean(&row.slot, truth);
            }
            Meaning::Object(part) => self.part(part)?,
            Meaning::Annotation => self.skip_string()?,
            Meaning::IdentityType => self.identity_type = Some(self.scanner.string()?),
            Meaning::ContextType => self.context_type = Some(self.scanner.string()?),
            Meaning::Address => self.address(row)?,
            _ => self.special(row)?,
        }
        Some(())
    }

    fn part(&mut self, part: Part) -> Option<()> {
        let tables = &self.stream.tables;
        let members = match part {
            Part::Identity => &tables.identity,
            Part::Context => &tables.context,
            Part::Conditions => &tables.conditions,
            Part::Flow => &tables.flow,
            Part::Device => {
                self.has_device = true;
                &tables.device
            }
            Part::Directory => {
                self.has_directory = true;
                &tables.directory
            }
            Part::User => &tables.user,
            Part::Claims => &tables.claims,
            Part::Circumstances => &tables.circumstances,
        };
        self.object(members)
    }

    /// What happens less often, or once.
    fn special(&mut self, row: &'r Row) -> Option<()> {
        match row.meaning {
            Meaning::Groups => (self.set(row)? <= GROUPS_MAX).then_some(()),
            Meaning::Apps => {
                self.has_apps = self.set(row)? > 0;
                Some(())
            }
            Meaning::UserId => self.user_id(row),
            Meaning::Guest => self.guest(row),
            Meaning::Flow => self.flow(row),
            Meaning::Country => self.country(row),
            Meaning::Action => {
                let action = action_of(self.scanner.string()?)?;
                self.choice(row, action.name())
            }
            Meaning::IsAgentUser => {
                self.is_agent_user = self.boolean()?;
                Some(())
            }
            Meaning::MfaRegistered => {
                let truth = self.boolean()?;
                self.is_mfa_unregistered = !truth;
                self.say_boolean(&row.slot, truth);
                Some(())
            }
            Meaning::LocationNames => {
                self.has_location_names = true;
                self.set(row).map(drop)
            }
            Meaning::Now => {
                self.now = Some(parse_date_time(self.scanner.string()?)?);
                Some(())
            }
            Meaning::FirstSignIn => {
                self.first_sign_in = Some(parse_date_time(self.scanner.string()?)?);
                Some(())
            }
            Meaning::Satisfied => self.strings(|this, text| this.satisfied(text)),
            Meaning::Methods => self.methods(row),
            Meaning::Terms => self.strings(|this, id| this.claim(IdKind::Terms, id)),
            Meaning::Custom => self.strings(|this, id| this.claim(IdKind::Custom, id)),
            Meaning::Flag => self.boolean().map(drop),
            Meaning::Nothing => self.strings(|_, _| None),
            _ => None,
        }
    }

    fn text(&mut self, row: &Row) -> Option<()> {
        let Some(attribute) = row.slot.attribute else {
            return self.skip_string();
        };
        if row.is_guid
            && let Some(guid) = self.scanner.string_of(|text: &[u8; 36]| parse_guid(text))
        {
            self.encoder.guid(attribute, guid);
            return Some(());
        }
        self.encoder.text(attribute, self.scanner.string()?);
        Some(())
    }

    fn user_id(&mut self, row: &Row) -> Option<()> {
        let mut ahead = self.scanner;
        let text = ahead.string()?;
        self.has_user = !text.trim().is_empty();
        self.text(row)
    }

    fn choice(&mut self, row: &Row, text: &str) -> Option<()> {
        let mut choices = row.choices.iter();
        let choice = choices.find(|choice| choice.0.eq_ignore_ascii_case(text))?;
        let (slot, place) = (&row.slot, choice.1);
        match place {
            Some(place) => self.say_member(slot, place),
            None => {
                if let Some(attribute) = slot.attribute {
                    self.encoder.text(attribute, &choice.0);
                }
            }
        }
        Some(())
    }

    fn guest(&mut self, row: &Row) -> Option<()> {
        let text = self.scanner.string()?.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("none") {
            self.given &= !row.bit;
            return Some(());
        }
        self.choice(row, text)
    }

    fn flow(&mut self, row: &Row) -> Option<()> {
        let text = self.scanner.string()?;
        if text.eq_ignore_ascii_case("none") {
            self.given &= !row.bit;
            return Some(());
        }
        self.choice(row, text)
    }

    fn address(&mut self, row: &Row) -> Option<()> {
        let address = parse_address(self.scanner.string()?)?;
        self.has_address = true;
        if let Some(attribute) = row.slot.attribute {
            self.encoder.address(attribute, address_key(address));
        }
        Some(())
    }

    fn country(&mut self, row: &Row) -> Option<()> {
        let text = self.scanner.string()?;
        let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        self.has_country = true;
        if let Some(attribute) = row.slot.attribute {
            self.encoder.text(attribute, text);
        }
        is_code.then_some(())
    }

    /// A set of texts; the result is how many there are.
    fn set(&mut self, row: &Row) -> Option<usize> {
        let Some(attribute) = row.slot.attribute else {
            return self.elements(|_, scanner| scanner.skip_string().then_some(()));
        };
        self.encoder.begin_set(attribute);
        let count = if row.is_guid {
            self.elements(|this, scanner| {
                match scanner.string_of(|text: &[u8; 36]| parse_guid(text)) {
                    Some(guid) => this.encoder.element_guid(guid),
                    None => this.encoder.element(scanner.string()?),
                }
                Some(())
            })
        } else {
            self.elements(|this, scanner| {
                this.encoder.element(scanner.string()?);
                Some(())
            })
        };
        self.encoder.end_set();
        count
    }

    fn methods(&mut self, row: &Row) -> Option<()> {
        let attribute = row.slot.attribute;
        if let Some(attribute) = attribute {
            self.encoder.begin_set(attribute);
        }
        self.strings(|this, text| {
            let method = Method::parse(text)?;
            this.proving.method(method);
            if attribute.is_some() {
                this.encoder.element(method.name());
            }
            Some(())
        })?;
        if attribute.is_some() {
            self.encoder.end_set();
        }
        Some(())
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
    fn strings(&mut self, mut each: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        let count = self.elements(|this, scanner| each(this, scanner.string()?));
        count.map(drop)
    }

    /// An array, each of whose elements is read by `each`; the result is how many there are.
    #[inline]
    fn elements(
        &mut self,
        mut each: impl FnMut(&mut Self, &mut Scanner<'a>) -> Option<()>,
    ) -> Option<usize> {
        let mut scanner = self.scanner;
        take(&mut scanner, b'[')?;
        scanner.skip_space();
        let mut count = 0usize;
        if !scanner.take(b']') {
            loop {
                each(self, &mut scanner)?;
                count = count.saturating_add(1);
                scanner.skip_space();
                if !scanner.take(b',') {
                    take(&mut scanner, b']')?;
                    break;
                }
                scanner.skip_space();
            }
        }
        self.scanner = scanner;
        Some(count)
    }

    fn boolean(&mut self) -> Option<bool> {
        if self.scanner.take_all(b"true") {
            return Some(true);
        }
        self.scanner.take_all(b"false").then_some(false)
    }

    fn skip_string(&mut self) -> Option<()> {
        self.scanner.skip_string().then_some(())
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

#[inline]
fn take(scanner: &mut Scanner<'_>, byte: u8) -> Option<()> {
    scanner.take(byte).then_some(())
}
