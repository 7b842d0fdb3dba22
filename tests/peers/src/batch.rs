//! Rows of codes: users, devices and the rest of sign-ins, encoded once each.
//!
//! *In cache* is a thousand users and devices, *scattered* is all 150 000 of them, in random order.
//! The columns by hand are the rows of bits of [`crate::masks`], chosen by code and met; both write
//! the verdict, what is missing and what the session asks for, by row.

use std::hint::black_box;
use std::time::Instant;

use gatewright_runtime::{Batch, Column, Dictionary, Engine, Mode, Outcomes, Part, Proof, Scratch};
use gatewright_tests::generate::Random;
use gatewright_tests::workload::facts::{Attributes, combined_outcome};
use gatewright_tests::workload::model::{Combined, NO_HOURS, SignIn, Trust, Verdict};
use gatewright_tests::workload::sign_ins::sign_ins;
use gatewright_tests::workload::{Shape, Workload, oracle, tenant};

use crate::clock::Moment;
use crate::masks::{Interned, Masks, Row};
use crate::options::Options;
use crate::ours::{bundle, groups};
use crate::report::{ratio, time};
use crate::run;

/// Rows of a batch.
const ROWS: usize = 100_000;
/// Distinct sign-ins, user and device apart.
const RESTS: usize = 1_000;
/// Rows that are checked against the obvious way.
const CHECKED: usize = 500;

/// Codes by row.
struct Codes {
    users: Vec<u32>,
    devices: Vec<u32>,
    rests: Vec<u32>,
}

impl Codes {
    fn new(users: usize, devices: usize) -> Codes {
        let mut random = Random::new(0xBA7C);
        let mut column = |of: usize| (0..ROWS).map(|_| random.below(of) as u32).collect();
        Codes {
            users: column(users),
            // The last one is a device that is not registered.
            devices: column(devices + 1),
            rests: column(RESTS),
        }
    }
}

/// The sign-in of a row.
fn composed(codes: &Codes, row: usize, devices: usize, rests: &[SignIn]) -> SignIn {
    let (user, device) = (codes.users[row] as usize, codes.devices[row] as usize);
    compose(
        user,
        (device < devices).then_some(device),
        &rests[codes.rests[row] as usize],
    )
}

fn compose(user: usize, device: Option<usize>, rest: &SignIn) -> SignIn {
    let who = tenant::user(user);
    let ids = |numbers: &[u16], id: fn(usize) -> u128| {
        numbers.iter().map(|n| id(usize::from(*n))).collect()
    };
    SignIn {
        user: who.id,
        guest: who.guest,
        groups: ids(&who.groups, tenant::group_id),
        roles: ids(&who.roles, tenant::role_id),
        device: device.map(tenant::device),
        ..rest.clone()
    }
}

/// Columns by hand.
struct ByHand {
    masks: Masks<4>,
    users: Vec<Row<4>>,
    devices: Vec<(u32, u8)>,
    rests: Vec<(Interned, [u32; 4])>,
}

impl ByHand {
    fn new(workload: &Workload, users: usize, devices: usize, rests: &[SignIn]) -> ByHand {
        let mut masks = Masks::<4>::new(workload);
        let people = (0..users).map(|user| {
            let request = masks.interned(&compose(user, None, &rests[0]));
            masks.people(&request)
        });
        let people = people.collect();
        let device_rows = (0..=devices).map(|number| {
            let device = (number < devices).then(|| tenant::device(number));
            let (is_compliant, is_hybrid) = device.as_ref().map_or((false, false), |device| {
                (device.is_compliant, device.trust == Trust::Hybrid)
            });
            let state = u8::from(is_compliant) | u8::from(is_hybrid) << 1;
            (masks.device_class(device.as_ref()), state)
        });
        let device_rows = device_rows.collect();
        let rests = rests.iter().map(|rest| {
            let met = [0, 1, 2, 3].map(|state| {
                let mut sign_in = rest.clone();
                let mut device = tenant::device(0);
                device.is_compliant = state & 1 != 0;
                device.trust = if state & 2 != 0 {
                    Trust::Hybrid
                } else {
                    Trust::Joined
                };
                sign_in.device = Some(device);
                oracle::met(oracle::held(&sign_in))
            });
            (masks.interned(rest), met)
        });
        ByHand {
            rests: rests.collect(),
            users: people,
            devices: device_rows,
            masks,
        }
    }

    fn decide(&self, codes: &Codes, verdicts: &mut [Verdict], rest: &mut [(u32, u16, bool)]) {
        let rows = codes.users.iter().zip(&codes.devices).zip(&codes.rests);
        let outcomes = verdicts.iter_mut().zip(rest);
        for (((user, device), rest), (verdict, outcome)) in rows.zip(outcomes) {
            let (class, state) = self.devices[*device as usize];
            let (request, met) = &self.rests[*rest as usize];
            let rows = self
                .masks
                .rows(request.app, request.signals, request.places, class);
            let people = &self.users[*user as usize];
            let met = met[usize::from(state)];
            let decision = self.masks.combine(people, rows, met, request.client);
            *verdict = decision.verdict;
            *outcome = (decision.missing, decision.hours, decision.never_persistent);
        }
    }
}

/// Our columns.
struct Ours {
    engine: Engine,
    users: Dictionary,
    devices: Dictionary,
    apps: Dictionary,
    rests: Dictionary,
    proofs: Vec<Proof>,
    users_in_parts: Vec<Part>,
    devices_in_parts: Vec<Part>,
    others_in_parts: Vec<[Part; 2]>,
}

impl Ours {
    fn new(bytes: &[u8], users: usize, devices: usize, rests: &[SignIn]) -> Ours {
        let engine = Engine::load(bytes).expect("the bundle is sound");
        let attributes = Attributes::new(&engine);
        let groups = groups(&engine);
        let mut scratch = Scratch::default();
        let mut part = |sign_in: &SignIn, group: usize| {
            let request = attributes.request(&engine, sign_in).expect("types fit");
            let of = groups[group].iter().copied();
            engine
                .encode_part(&request, of, &mut scratch, Mode::Graph)
                .expect("one engine")
        };
        let user_parts: Vec<Part> = (0..users)
            .map(|user| part(&compose(user, None, &rests[0]), 0))
            .collect();
        let device = |number: usize| (number < devices).then_some(number);
        let device_parts: Vec<Part> = (0..=devices)
            .map(|number| part(&compose(0, device(number), &rests[0]), 1))
            .collect();
        let app_parts: Vec<Part> = rests.iter().map(|rest| part(rest, 2)).collect();
        let rest_parts: Vec<Part> = rests.iter().map(|rest| part(rest, 3)).collect();
        let proofs = rests.iter().map(|rest| {
            let request = attributes.request(&engine, rest).expect("types fit");
            engine.prove(request.claims())
        });
        let proofs = proofs.collect();
        let dictionary = |parts: &[Part]| engine.dictionary(parts.to_vec()).expect("alike");
        Ours {
            proofs,
            users: dictionary(&user_parts),
            devices: dictionary(&device_parts),
            apps: dictionary(&app_parts),
            rests: dictionary(&rest_parts),
            others_in_parts: app_parts
                .into_iter()
                .zip(rest_parts)
                .map(<[Part; 2]>::from)
                .collect(),
            users_in_parts: user_parts,
            devices_in_parts: device_parts,
            engine,
        }
    }

    fn decide(&self, codes: &Codes, threads: usize, outcomes: &mut Outcomes) {
        let column = |dictionary, codes| Column { dictionary, codes };
        let columns = [
            column(&self.users, codes.users.as_slice()),
            column(&self.devices, codes.devices.as_slice()),
            column(&self.apps, codes.rests.as_slice()),
            column(&self.rests, codes.rests.as_slice()),
        ];
        let batch = Batch {
            columns: &columns,
            proofs: &self.proofs,
            proof_codes: &codes.rests,
            mode: Mode::Graph,
        };
        self.engine
            .decide_batch(&batch, threads, outcomes)
            .expect("columns fit");
    }

    fn decide_singly(&self, codes: &Codes, scratch: &mut Scratch) {
        for row in 0..ROWS {
            let rest = codes.rests[row] as usize;
            let [app, other] = &self.others_in_parts[rest];
            let user = &self.users_in_parts[codes.users[row] as usize];
            let device = &self.devices_in_parts[codes.devices[row] as usize];
            let parts = [user, device, app, other];
            let proof = &self.proofs[rest];
            let outcome = self
                .engine
                .combined_parts(&parts, proof, scratch, Mode::Graph);
            black_box(outcome.expect("parts fit").verdict());
        }
    }
}

/// The table of batches.
pub fn table(options: &Options) -> Result<String, String> {
    eprintln!("batch");
    let workload = Workload::new(Shape::Mixed, 240);
    let rests = sign_ins(&workload.locations, RESTS);
    let bytes = bundle(&workload);
    let mut text = String::from(
        "\n### Batch: rows of codes, 240 mixed policies\n\nNanoseconds for a row of 100 000; the user, the device, and the rest of the sign-in are codes.\n\n\
         | users and devices | by hand | Gatewright, batch | two threads | Gatewright, parts one by one | batch to hand | batch to singles | two threads to one |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for (name, users, devices) in [
        ("1 000, in cache", 600, 400),
        ("150 000, scattered", tenant::USERS, tenant::DEVICES),
    ] {
        eprintln!("  {name}");
        let codes = Codes::new(users, devices);
        let hand = ByHand::new(&workload, users, devices, &rests);
        let ours = Ours::new(&bytes, users, devices, &rests);
        let mut verdicts = vec![Verdict::default(); ROWS];
        let mut rest = vec![(0, 0, false); ROWS];
        let (mut outcomes, mut scratch) = (Outcomes::default(), Scratch::default());
        hand.decide(&codes, &mut verdicts, &mut rest);
        ours.decide(&codes, 1, &mut outcomes);
        for row in 0..CHECKED {
            let sign_in = composed(&codes, row, devices, &rests);
            let (_, expected) = oracle::decide(&workload.policies, &workload.locations, &sign_in);
            let outcome = ours
                .engine
                .outcome(&outcomes, row)
                .expect("there is such a row");
            let found = combined_outcome(&outcome);
            let (missing, hours, never_persistent) = rest[row];
            let by_hand = Combined {
                verdict: verdicts[row],
                missing,
                hours,
                never_persistent,
            };
            let is_block = expected.verdict == Verdict::Block && hours == NO_HOURS;
            if found != Some(expected) || (by_hand != expected && !is_block) {
                return Err(format!("row {row}: {expected:?}, {found:?}, {by_hand:?}"));
            }
        }
        let (mut times, mut walls) = ([const { Vec::new() }; 4], [const { Vec::new() }; 4]);
        for round in 0..options.rounds.clamp(5, 15) {
            eprint!("\r  round {}  ", round + 1);
            let mut lap = |at: usize, work: &mut dyn FnMut()| {
                let (wall, start) = (Instant::now(), Moment::now());
                work();
                times[at].push(start.seconds() / ROWS as f64);
                walls[at].push(wall.elapsed().as_secs_f64() / ROWS as f64);
            };
            lap(0, &mut || {
                hand.decide(&codes, black_box(&mut verdicts), &mut rest)
            });
            lap(1, &mut || ours.decide(&codes, 1, black_box(&mut outcomes)));
            lap(2, &mut || ours.decide(&codes, 2, black_box(&mut outcomes)));
            lap(3, &mut || ours.decide_singly(&codes, &mut scratch));
        }
        eprintln!();
        // The work of two threads is no time of this one: that is compared by the wall.
        let [hand, one, _, single] = times.map(|times| run::quartiles(times)[1]);
        let [_, wall, two, _] = walls.map(|times| run::quartiles(times)[1]);
        text += &format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {:.2} × as fast |\n",
            time(hand),
            time(one),
            time(two),
            time(single),
            ratio(one / hand),
            ratio(one / single),
            wall / two,
        );
    }
    Ok(text)
}
