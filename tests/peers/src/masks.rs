//! Policies as bits, by hand, for exactly this workload: a row of bits for each value of each
//! dimension, joined and met.
//!
//! *From interned ids*: the caller holds its users' groups as numbers, and for each device and
//! address the class that it is in; timed is the joining of groups, roles and guests, the meeting of
//! all dimensions, and combining. *Encoded*: people are joined before as well. From bytes: sonic-rs,
//! interning and everything else.

use gatewright_tests::workload::Workload;
use gatewright_tests::workload::model::{Combined, Device, Effect, SignIn};
use gatewright_tests::workload::oracle::{self, Sum};
use gatewright_tests::workload::tenant;
use rustc_hash::FxHashMap;

use crate::contender::{Contract, Field, From, Pair};
use crate::parsing;
use crate::prepared::{Prepared, Who};

/// A bit for each policy.
pub type Row<const W: usize> = [u64; W];

/// Bits of a row that has few: word and bits.
type Sparse = Vec<(u16, u64)>;

/// The tables of a set of policies.
#[derive(Clone)]
pub struct Masks<const W: usize> {
    prepared: Prepared,
    numbers: Vec<u32>,
    effects: Vec<Effect>,
    /// By word: what all of its policies that are enforced add up to.
    sums: Vec<Effect>,
    block_words: usize,
    blocks: Row<W>,
    enforced: Row<W>,
    all: Row<W>,
    /// Included and excluded, by group, role, user and kind of guest; the last of each is nobody.
    groups: [Vec<Sparse>; 2],
    dense_groups: [Vec<Row<W>>; 2],
    roles: [Vec<Row<W>>; 2],
    users: [Vec<Sparse>; 2],
    guests: [Vec<Row<W>>; 2],
    apps: Vec<Row<W>>,
    signals: FxHashMap<u64, u32>,
    signal_rows: Vec<Row<W>>,
    places: FxHashMap<u64, u32>,
    place_rows: Vec<Row<W>>,
    devices: FxHashMap<u128, u32>,
    device_rows: Vec<Row<W>>,
}

/// A request by numbers.
#[derive(Clone, Debug)]
pub struct Interned {
    /// Groups that policies name.
    pub groups: Vec<u32>,
    /// Roles that policies name.
    pub roles: Vec<u32>,
    /// The user, if policies name it.
    pub user: Option<u32>,
    /// 1 and the number of the kind; 0 is a member.
    pub guest: usize,
    /// The application.
    pub app: usize,
    /// The class of the signals.
    pub signals: u32,
    /// The class of the address.
    pub places: u32,
    /// The class of the device.
    pub device: u32,
    /// The clauses that are met.
    pub met: u32,
    /// The kind of client.
    pub client: gatewright_tests::workload::model::Client,
}

#[inline]
fn or<const W: usize>(into: &mut Row<W>, row: &Row<W>) {
    for (into, row) in into.iter_mut().zip(row) {
        *into |= row;
    }
}

impl<const W: usize> Masks<W> {
    /// Build the tables.
    pub fn new(workload: &Workload) -> Masks<W> {
        let prepared = Prepared::new(workload);
        assert!(prepared.rows.len() <= 64 * W, "a bit for each policy");
        let select = |test: &dyn Fn(&crate::prepared::Row) -> bool| -> Row<W> {
            let mut row = [0; W];
            for (at, policy) in prepared.rows.iter().enumerate() {
                row[at / 64] |= u64::from(test(policy)) << (at % 64);
            }
            row
        };
        let sides: [fn(&crate::prepared::Row) -> &Who; 2] =
            [|row| &row.include, |row| &row.exclude];
        let by_number = |count: usize, has: fn(&Who, &mut dyn FnMut(u32))| {
            sides.map(|side| {
                let mut rows = vec![[0u64; W]; if W <= 4 { count } else { 0 }];
                let mut few: Vec<Sparse> = vec![Vec::new(); count];
                for (at, policy) in prepared.rows.iter().enumerate() {
                    has(side(policy), &mut |number| {
                        let (word, bit) = (at / 64, 1u64 << (at % 64));
                        if W <= 4 {
                            rows[number as usize][word] |= bit;
                        }
                        let few = &mut few[number as usize];
                        match few.last_mut() {
                            Some((last, bits)) if usize::from(*last) == word => *bits |= bit,
                            _ => few.push((word as u16, bit)),
                        }
                    });
                }
                (rows, few)
            })
        };
        let [(dense_in, in_groups), (dense_out, out_groups)] =
            by_number(prepared.groups.len(), |who, f| {
                who.groups.iter().for_each(|g| f(*g))
            });
        let [(_, in_users), (_, out_users)] = by_number(prepared.users.len(), |who, f| {
            who.users.iter().for_each(|u| f(*u))
        });
        let roles = sides.map(|side| {
            let roles = 0..64;
            roles
                .map(|role| select(&|row| side(row).roles >> role & 1 == 1))
                .collect()
        });
        let guests = sides.map(|side| {
            let guests = 0..7;
            guests
                .map(|guest| select(&|row| guest > 0 && side(row).guests >> (guest - 1) & 1 == 1))
                .collect()
        });
        let apps = (0..tenant::APPS)
            .map(|app| select(&|row| row.apps[app / 64] >> (app % 64) & 1 == 1))
            .collect();
        let blocks = select(&|row| row.effect.is_block && !row.effect.is_report_only);
        let block_words = blocks
            .iter()
            .rposition(|word| *word != 0)
            .map_or(0, |at| at + 1);
        let sums = prepared.rows.chunks(64).map(|rows| {
            let enforced = rows
                .iter()
                .map(|row| &row.effect)
                .filter(|e| !e.is_report_only);
            let none = oracle::Sum::default();
            let sum = enforced.fold(none, |mut sum, effect| {
                sum.add(effect);
                sum
            });
            Effect {
                is_report_only: false,
                is_block: false,
                clauses: sum.clauses,
                hours: sum.hours,
                never_persistent: sum.never_persistent,
            }
        });
        let mut sums: Vec<Effect> = sums.collect();
        sums.resize(
            W,
            Effect {
                is_report_only: true,
                is_block: false,
                clauses: 0,
                hours: u16::MAX,
                never_persistent: false,
            },
        );
        Masks {
            numbers: prepared.rows.iter().map(|row| row.number).collect(),
            effects: prepared.rows.iter().map(|row| row.effect).collect(),
            sums,
            block_words,
            blocks,
            enforced: select(&|row| !row.effect.is_report_only),
            all: select(&|row| row.include.all),
            groups: [in_groups, out_groups],
            dense_groups: [dense_in, dense_out],
            roles,
            users: [in_users, out_users],
            guests,
            apps,
            signals: FxHashMap::default(),
            signal_rows: Vec::new(),
            places: FxHashMap::default(),
            place_rows: Vec::new(),
            devices: FxHashMap::default(),
            device_rows: Vec::new(),
            prepared,
        }
    }

    fn signals(&mut self, signals: u64) -> u32 {
        if let Some(class) = self.signals.get(&signals) {
            return *class;
        }
        let mut row = [0; W];
        for (at, policy) in self.prepared.rows.iter().enumerate() {
            row[at / 64] |= u64::from(signals & !policy.signals == 0) << (at % 64);
        }
        self.signal_rows.push(row);
        self.signals
            .insert(signals, self.signal_rows.len() as u32 - 1);
        self.signal_rows.len() as u32 - 1
    }

    fn places(&mut self, places: u64) -> u32 {
        if let Some(class) = self.places.get(&places) {
            return *class;
        }
        let mut row = [0; W];
        for (at, policy) in self.prepared.rows.iter().enumerate() {
            let is_in = policy.places & places != 0 && policy.other_places & places == 0;
            row[at / 64] |= u64::from(is_in) << (at % 64);
        }
        self.place_rows.push(row);
        self.places.insert(places, self.place_rows.len() as u32 - 1);
        self.place_rows.len() as u32 - 1
    }

    fn device(&mut self, tests: u128) -> u32 {
        if let Some(class) = self.devices.get(&tests) {
            return *class;
        }
        let mut row = [0; W];
        for (at, policy) in self.prepared.rows.iter().enumerate() {
            let selects = |(rule, excludes)| self.prepared.holds(rule, tests) != excludes;
            row[at / 64] |= u64::from(policy.filter.is_none_or(selects)) << (at % 64);
        }
        self.device_rows.push(row);
        self.devices
            .insert(tests, self.device_rows.len() as u32 - 1);
        self.device_rows.len() as u32 - 1
    }

    /// The class of a device.
    pub fn device_class(&mut self, device: Option<&Device>) -> u32 {
        let tests = self.prepared.device(device);
        self.device(tests)
    }

    /// A request by numbers, into space that is used again.
    pub fn intern(&mut self, sign_in: &SignIn, into: &mut Interned) {
        let groups = sign_in.groups.iter();
        into.groups.clear();
        into.groups
            .extend(groups.filter_map(|group| self.prepared.groups.get(group)));
        let roles = sign_in.roles.iter();
        into.roles.clear();
        into.roles
            .extend(roles.filter_map(|role| self.prepared.roles.get(role)));
        into.user = self.prepared.users.get(&sign_in.user).copied();
        into.guest = sign_in.guest.map_or(0, |guest| 1 + guest as usize);
        into.app = usize::from(self.prepared.apps[&sign_in.app]);
        into.signals = self.signals(Prepared::signals(sign_in));
        let places = self.prepared.places(sign_in);
        into.places = self.places(places);
        let tests = self.prepared.device(sign_in.device.as_ref());
        into.device = self.device(tests);
        into.met = oracle::met(oracle::held(sign_in));
        into.client = sign_in.client;
    }

    /// A request by numbers.
    pub fn interned(&mut self, sign_in: &SignIn) -> Interned {
        let mut interned = Interned {
            groups: Vec::new(),
            roles: Vec::new(),
            user: None,
            guest: 0,
            app: 0,
            signals: 0,
            places: 0,
            device: 0,
            met: 0,
            client: sign_in.client,
        };
        self.intern(sign_in, &mut interned);
        interned
    }

    /// The policies that are about these people.
    #[inline]
    pub fn people(&self, request: &Interned) -> Row<W> {
        let mut sides = [self.all, [0; W]];
        for (side, into) in sides.iter_mut().enumerate() {
            if W <= 4 {
                let rows = &self.dense_groups[side];
                request
                    .groups
                    .iter()
                    .for_each(|group| or(into, &rows[*group as usize]));
            } else {
                for group in &request.groups {
                    for (word, bits) in &self.groups[side][*group as usize] {
                        into[usize::from(*word)] |= bits;
                    }
                }
            }
            for role in &request.roles {
                or(into, &self.roles[side][*role as usize]);
            }
            if request.guest > 0 {
                or(into, &self.guests[side][request.guest]);
            }
            if let Some(user) = request.user {
                for (word, bits) in &self.users[side][user as usize] {
                    into[usize::from(*word)] |= bits;
                }
            }
        }
        let [mut people, others] = sides;
        for (people, others) in people.iter_mut().zip(others) {
            *people &= !others;
        }
        people
    }

    /// The rows of the other dimensions.
    #[inline]
    pub fn rows(&self, app: usize, signals: u32, places: u32, device: u32) -> [&Row<W>; 4] {
        [
            &self.apps[app],
            &self.signal_rows[signals as usize],
            &self.place_rows[places as usize],
            &self.device_rows[device as usize],
        ]
    }

    /// The combined decision of rows that must all hold.
    #[inline]
    pub fn combine(
        &self,
        people: &Row<W>,
        [apps, signals, places, devices]: [&Row<W>; 4],
        met: u32,
        client: gatewright_tests::workload::model::Client,
    ) -> Combined {
        let lane = |at: usize| {
            people[at] & apps[at] & signals[at] & places[at] & devices[at] & self.enforced[at]
        };
        for at in 0..self.block_words {
            if lane(at) & self.blocks[at] != 0 {
                return Combined::BLOCK;
            }
        }
        let mut sum = Sum::default();
        for at in 0..W {
            if sum.owes(&self.sums[at], met) {
                continue;
            }
            let mut bits = lane(at);
            while bits != 0 {
                sum.add(&self.effects[at * 64 + bits.trailing_zeros() as usize]);
                bits &= bits - 1;
            }
        }
        sum.finish(met, client)
    }

    fn list(
        &self,
        people: &Row<W>,
        [apps, signals, places, devices]: [&Row<W>; 4],
        list: &mut Vec<u32>,
    ) {
        list.clear();
        for at in 0..W {
            let mut bits = people[at] & apps[at] & signals[at] & places[at] & devices[at];
            while bits != 0 {
                list.push(self.numbers[at * 64 + bits.trailing_zeros() as usize]);
                bits &= bits - 1;
            }
        }
        list.sort_unstable();
    }
}

impl Interned {
    fn rows<'m, const W: usize>(&self, masks: &'m Masks<W>) -> [&'m Row<W>; 4] {
        masks.rows(self.app, self.signals, self.places, self.device)
    }
}

/// All forms of it, with as many words as the policies need.
pub fn add<'a>(
    field: &mut Field<'a>,
    workload: &'a Workload,
    sign_ins: &'a [SignIn],
    texts: &'a [Vec<u8>],
) {
    match workload.policies.len() {
        0..=64 => add_wide::<1>(field, workload, sign_ins, texts),
        65..=256 => add_wide::<4>(field, workload, sign_ins, texts),
        257..=1024 => add_wide::<16>(field, workload, sign_ins, texts),
        _ => add_wide::<157>(field, workload, sign_ins, texts),
    }
}

fn add_wide<'a, const W: usize>(
    field: &mut Field<'a>,
    workload: &'a Workload,
    sign_ins: &'a [SignIn],
    texts: &'a [Vec<u8>],
) {
    let name = "policy bit masks by hand, from interned ids";
    let encoded_name = "policy bit masks by hand, every dimension encoded";
    if !field.wants(name) && !field.wants(encoded_name) {
        return;
    }
    let mut masks = field.load(name, || Masks::<W>::new(workload));
    let interned: Vec<Interned> = sign_ins.iter().map(|s| masks.interned(s)).collect();
    let people: Vec<Row<W>> = interned
        .iter()
        .map(|request| masks.people(request))
        .collect();
    let count = sign_ins.len();
    let state = (masks.clone(), interned.clone());
    field.add(
        name,
        Contract::Combined,
        From::Memory,
        count,
        Pair::new(state, |s, at, out| {
            let (masks, request) = (&s.0, &s.1[at]);
            let people = masks.people(request);
            let (met, client) = (request.met, request.client);
            out.combined = Some(masks.combine(&people, request.rows(masks), met, client));
        }),
    );
    let state = (masks.clone(), interned.clone());
    field.add(
        name,
        Contract::List,
        From::Memory,
        count,
        Pair::new(state, |s, at, out| {
            let (masks, request) = (&s.0, &s.1[at]);
            masks.list(&masks.people(request), request.rows(masks), &mut out.list);
        }),
    );
    let state = (masks.clone(), interned[0].clone());
    field.add(
        name,
        Contract::Combined,
        From::Json,
        count,
        Pair::new(state, move |s, at, out| {
            let sign_in = parsing::fast(&texts[at]).sign_in();
            s.0.intern(&sign_in, &mut s.1);
            let (masks, request) = (&s.0, &s.1);
            let people = masks.people(request);
            let (met, client) = (request.met, request.client);
            out.combined = Some(masks.combine(&people, request.rows(masks), met, client));
        }),
    );
    let state = (masks.clone(), interned[0].clone());
    field.add(
        name,
        Contract::List,
        From::Json,
        count,
        Pair::new(state, move |s, at, out| {
            let sign_in = parsing::fast(&texts[at]).sign_in();
            s.0.intern(&sign_in, &mut s.1);
            let (masks, request) = (&s.0, &s.1);
            masks.list(&masks.people(request), request.rows(masks), &mut out.list);
        }),
    );
    let state = (masks.clone(), interned.clone(), people.clone());
    field.add(
        encoded_name,
        Contract::Combined,
        From::Encoded,
        count,
        Pair::new(state, |s, at, out| {
            let (masks, request) = (&s.0, &s.1[at]);
            let (met, client) = (request.met, request.client);
            out.combined = Some(masks.combine(&s.2[at], request.rows(masks), met, client));
        }),
    );
    let state = (masks, interned, people);
    field.add(
        encoded_name,
        Contract::List,
        From::Encoded,
        count,
        Pair::new(state, |s, at, out| {
            let (masks, request) = (&s.0, &s.1[at]);
            masks.list(&s.2[at], request.rows(masks), &mut out.list);
        }),
    );
}
