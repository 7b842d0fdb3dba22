//! The loop of an expert: ids interned, conditions as bits, policies by application, what is owed
//! already skipped, rules of devices asked once.
//!
//! Timed: interning the ids of the typed request, and the rest; from bytes, sonic-rs as well.

use gatewright_tests::workload::model::{Combined, SignIn};
use gatewright_tests::workload::oracle::{self, Sum};
use gatewright_tests::workload::{Workload, tenant};

use crate::contender::{Contract, Field, From, Pair};
use crate::parsing;
use crate::prepared::{Prepared, Row, Who};

/// The expert's program, and space to decide in.
#[derive(Clone)]
pub struct Tuned {
    prepared: Prepared,
    /// By application: rows that may reach it, in order.
    by_app: Vec<Vec<u32>>,
    groups: Vec<u64>,
    touched: Vec<u32>,
    rules: Vec<u8>,
}

/// A request, interned.
struct Interned {
    signals: u64,
    app: usize,
    places: u64,
    user: Option<u32>,
    roles: u64,
    guest: u8,
    tests: Option<u128>,
}

impl Tuned {
    fn new(workload: &Workload) -> Tuned {
        let prepared = Prepared::new(workload);
        let rows = |app: usize| {
            let rows = (0..).zip(&prepared.rows);
            rows.filter(|(_, row)| row.apps[app / 64] >> (app % 64) & 1 == 1)
                .map(|(at, _)| at)
                .collect()
        };
        Tuned {
            by_app: (0..tenant::APPS).map(rows).collect(),
            groups: vec![0; prepared.groups.len() / 64 + 1],
            touched: Vec::with_capacity(256),
            rules: vec![0; prepared.rules.len()],
            prepared,
        }
    }

    fn intern(&mut self, sign_in: &SignIn) -> Interned {
        for group in self.touched.drain(..) {
            self.groups[group as usize / 64] = 0;
        }
        for group in &sign_in.groups {
            if let Some(number) = self.prepared.groups.get(group) {
                self.groups[*number as usize / 64] |= 1 << (number % 64);
                self.touched.push(*number);
            }
        }
        self.rules.fill(0);
        let roles = sign_in.roles.iter();
        Interned {
            signals: Prepared::signals(sign_in),
            app: usize::from(self.prepared.apps[&sign_in.app]),
            places: self.prepared.places(sign_in),
            user: self.prepared.users.get(&sign_in.user).copied(),
            roles: roles
                .filter_map(|role| self.prepared.roles.get(role))
                .fold(0, |bits, role| bits | 1 << role),
            guest: sign_in.guest.map_or(0, |guest| guest.bit()),
            tests: None,
        }
    }

    fn is_among(groups: &[u64], who: &Who, request: &Interned) -> bool {
        who.all
            || who.roles & request.roles != 0
            || who.guests & request.guest != 0
            || who
                .groups
                .iter()
                .any(|group| groups[*group as usize / 64] >> (group % 64) & 1 == 1)
            || request.user.is_some_and(|user| who.users.contains(&user))
    }

    fn applies(&mut self, at: u32, request: &mut Interned, sign_in: &SignIn) -> bool {
        let row: &Row = &self.prepared.rows[at as usize];
        let is_open = request.signals & !row.signals == 0
            && row.places & request.places != 0
            && row.other_places & request.places == 0
            && Self::is_among(&self.groups, &row.include, request)
            && !Self::is_among(&self.groups, &row.exclude, request);
        if !is_open {
            return false;
        }
        let Some((rule, excludes)) = row.filter else {
            return true;
        };
        let slot = rule as usize;
        if self.rules[slot] == 0 {
            let tests = match request.tests {
                Some(tests) => tests,
                None => self.prepared.device(sign_in.device.as_ref()),
            };
            request.tests = Some(tests);
            self.rules[slot] = 1 + u8::from(self.prepared.holds(rule, tests));
        }
        (self.rules[slot] == 2) != excludes
    }

    fn combined(&mut self, sign_in: &SignIn) -> Combined {
        let mut request = self.intern(sign_in);
        let met = oracle::met(oracle::held(sign_in));
        let mut sum = Sum::default();
        let rows = std::mem::take(&mut self.by_app[request.app]);
        let mut blocks = false;
        for at in &rows {
            let effect = self.prepared.rows[*at as usize].effect;
            if effect.is_report_only {
                break;
            }
            if !effect.is_block && sum.owes(&effect, met) {
                continue;
            }
            if self.applies(*at, &mut request, sign_in) {
                if effect.is_block {
                    blocks = true;
                    break;
                }
                sum.add(&effect);
            }
        }
        self.by_app[request.app] = rows;
        if blocks {
            return Combined::BLOCK;
        }
        sum.finish(met, sign_in.client)
    }

    fn list(&mut self, sign_in: &SignIn, list: &mut Vec<u32>) {
        list.clear();
        let mut request = self.intern(sign_in);
        let rows = std::mem::take(&mut self.by_app[request.app]);
        for at in &rows {
            if self.applies(*at, &mut request, sign_in) {
                list.push(self.prepared.rows[*at as usize].number);
            }
        }
        self.by_app[request.app] = rows;
        list.sort_unstable();
    }
}

/// All forms of it.
pub fn add<'a>(
    field: &mut Field<'a>,
    workload: &'a Workload,
    sign_ins: &'a [SignIn],
    texts: &'a [Vec<u8>],
) {
    let name = "plain Rust, tuned by an expert";
    if !field.wants(name) {
        return;
    }
    let tuned = field.load(name, || Tuned::new(workload));
    let count = sign_ins.len();
    let state = tuned.clone();
    field.add(
        name,
        Contract::Combined,
        From::Memory,
        count,
        Pair::new(state, move |t, at, out| {
            out.combined = Some(t.combined(&sign_ins[at]));
        }),
    );
    let state = tuned.clone();
    field.add(
        name,
        Contract::List,
        From::Memory,
        count,
        Pair::new(state, move |t, at, out| {
            t.list(&sign_ins[at], &mut out.list);
        }),
    );
    let state = tuned.clone();
    field.add(
        name,
        Contract::Combined,
        From::Json,
        count,
        Pair::new(state, move |t, at, out| {
            let sign_in = parsing::fast(&texts[at]).sign_in();
            out.combined = Some(t.combined(&sign_in));
        }),
    );
    field.add(
        name,
        Contract::List,
        From::Json,
        count,
        Pair::new(tuned, move |t, at, out| {
            let sign_in = parsing::fast(&texts[at]).sign_in();
            t.list(&sign_in, &mut out.list);
        }),
    );
}
