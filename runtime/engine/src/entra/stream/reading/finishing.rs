//! What is said once all members have been read: what follows from several of them, and what the
//! absence of the others means.

use gatewright_value::{Truth, date_time_key};
use gatewright_vm::Sink;

use super::Reading;
use crate::entra::circumstances::is_overdue;
use crate::entra::stream::Streamed;
use crate::vocabulary::Absent;

impl<S: Sink> Reading<'_, '_, '_, S> {
    fn say_absent(&mut self, attribute: u32, absent: Absent) {
        match absent {
            Absent::Unknown => self.encoder.unknown(attribute),
            Absent::Null => self.encoder.null(attribute),
            Absent::False => self.encoder.boolean(attribute, false),
            Absent::Empty => {
                self.encoder.begin_set(attribute);
                self.encoder.end_set();
            }
        }
    }

    /// Say what follows from the members together, and what their absence means.
    pub(crate) fn finish(mut self, now: Option<i64>) -> Option<Streamed> {
        let stream = self.stream;
        let (stated, given) = (self.stated(), self.given());
        let mut twins = stream.tables.twins.iter();
        let asks_in_vain = self.has_user && !self.has_directory && stream.asks_memberships;
        if asks_in_vain || twins.any(|members| (stated & members).count_ones() > 1) {
            return None;
        }
        self.who_and_what()?;
        self.where_and_when(now);
        for default in &stream.defaults {
            if given & default.members == 0 {
                self.say_absent(default.attribute, default.absent);
            }
        }
        Some(Streamed {
            proved: self.proving.finish(),
            signals: self.signals,
        })
    }

    fn who_and_what(&mut self) -> Option<()> {
        let stream = self.stream;
        let (tables, slots) = (&stream.tables, &stream.slots);
        let given = self.given();
        let identity = self.which(&tables.identity_types, self.identity_type)?;
        let target = self.which(&tables.context_types, self.context_type)?;
        let [user, principal, agent, agent_user] = slots.identity_places;
        let identity_place = match identity {
            // Without a user or a resource, the request deserves a warning.
            0 if !self.has_user => return None,
            0 if self.is_agent_user => agent_user,
            0 => user,
            1 => principal,
            _ => agent,
        };
        let [apps, action, context] = slots.target_places;
        let target_place = match target {
            0 if !self.has_apps => return None,
            0 => apps,
            1 => context,
            _ => action,
        };
        self.say_member(&slots.identity, identity_place);
        self.say_member(&slots.target, target_place);
        if identity == 1 && given & tables.is_owned == 0 {
            self.say_boolean(&slots.is_owned, true);
        } else if let Some(attribute) = slots.is_owned.attribute
            && given & tables.is_owned == 0
        {
            self.encoder.null(attribute);
        }
        self.say_boolean(&slots.is_registered, self.has_device);
        Some(())
    }

    /// Which of some types an object is: by its annotation, else by members that only that type
    /// has.
    fn which(&self, members: &[u128; 3], given: Option<usize>) -> Option<usize> {
        if let Some(given) = given {
            let own = members.get(given)?;
            let all = members.iter().fold(0, |all, members| all | members);
            return (self.present & all & !own == 0).then_some(given);
        }
        let mut meant = (0..).zip(members);
        let mut meant = meant
            .by_ref()
            .filter(|(_, members)| self.stated() & **members != 0);
        let (place, _) = meant.next()?;
        meant.next().is_none().then_some(place)
    }

    fn where_and_when(&mut self, now: Option<i64>) {
        let slots = &self.stream.slots;
        let is_unmapped = self.has_address && !self.has_country;
        self.say_boolean(&slots.is_unmapped, is_unmapped);
        if let Some(attribute) = slots.location_names.attribute
            && !self.has_location_names
        {
            let is_nowhere = !self.has_address && !self.has_country;
            let names = if is_nowhere {
                Absent::Empty
            } else {
                Absent::Unknown
            };
            self.say_absent(attribute, names);
        }
        let now = self.now.or(now);
        if let Some(attribute) = slots.now.attribute {
            match now {
                Some(now) => self.encoder.ordered(attribute, date_time_key(now)),
                None => self.encoder.null(attribute),
            }
        }
        let is_unregistered = Truth::from(self.is_mfa_unregistered);
        let is_overdue = is_overdue(is_unregistered, self.first_sign_in, now);
        if let Some(attribute) = slots.is_overdue.attribute {
            match is_overdue {
                Truth::Unknown => self.encoder.unknown(attribute),
                truth => self.encoder.boolean(attribute, truth == Truth::True),
            }
        }
    }
}
