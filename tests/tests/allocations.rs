//! Deciding allocates nothing once the scratch space has met sign-ins of the same sizes: typed, by
//! parts, from bytes, with the list and without; and a batch no more for more rows.
//!
//! Sets and sign-ins are those of the benchmarks, of every size from one policy to two blocks of
//! them, with and without masks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use allocation_counter::measure;
use gatewright_bytecode::{InputFile, InputRole, inputs, write, write_with};
use gatewright_codegen::{MaskUse, Options, emit};
use gatewright_decision::{OptimiseOptions, build_optimised};
use gatewright_runtime::{
    AttributeHandle, Batch, Column, Dictionary, Engine, Mode, Outcomes, Part, Proof, ReadOptions,
    Request, Route, Scratch,
};
use gatewright_source::SourceMap;
use gatewright_tests::workload::facts::Attributes;
use gatewright_tests::workload::sign_ins::{json, sign_ins};
use gatewright_tests::workload::{Shape, Workload, graph};

const MODES: [Mode; 2] = [Mode::Graph, Mode::Pessimistic];

/// Policies of each set.
const SIZES: [(Shape, usize); 5] = [
    (Shape::Mixed, 1),
    (Shape::Mixed, 10),
    (Shape::Mixed, 240),
    (Shape::Narrow, 300),
    (Shape::Narrow, 700),
];

/// Sign-ins of each set.
const SIGN_INS: usize = 80;

/// A set, and its sign-ins in every form.
struct Tenant {
    engine: Engine,
    requests: Vec<Request<'static>>,
    texts: Vec<String>,
}

impl Tenant {
    fn new(shape: Shape, count: usize, masks: MaskUse) -> Tenant {
        let workload = Workload::new(shape, count);
        let set = graph::compilation(&workload).set;
        let (decisions, _) = build_optimised(&set, &OptimiseOptions::default());
        let options = Options {
            masks,
            ..Options::default()
        };
        let program = emit(&set, &decisions, &SourceMap::new(), &options);
        let engine = Engine::from_program(program).unwrap();
        let attributes = Attributes::new(&engine);
        let sign_ins = sign_ins(&workload.locations, SIGN_INS);
        let requests = sign_ins
            .iter()
            .map(|sign_in| attributes.request(&engine, sign_in).unwrap().into_owned());
        Tenant {
            requests: requests.collect(),
            texts: sign_ins.iter().map(json).collect(),
            engine,
        }
    }

    fn proofs(&self) -> Vec<Proof> {
        let claims = self.requests.iter().map(Request::claims);
        claims.map(|claims| self.engine.prove(claims)).collect()
    }

    /// The attributes of the user, of the device, and the others.
    fn groups(&self) -> [Vec<AttributeHandle>; 3] {
        let of = |entity| -> Vec<AttributeHandle> { self.engine.attributes_of(entity).collect() };
        let (user, device) = (of("user"), of("device"));
        let names = self.engine.program().attributes.iter();
        let all = names.filter_map(|row| self.engine.attribute(&row.name));
        let others = all.filter(|handle| !user.contains(handle) && !device.contains(handle));
        let others = others.collect();
        [user, device, others]
    }

    /// For each group of attributes, the parts of all sign-ins.
    fn parts(&self, scratch: &mut Scratch, mode: Mode) -> [Vec<Part>; 3] {
        self.groups().map(|group| {
            let mut encode = |request| {
                let group = group.iter().copied();
                self.engine.encode_part(request, group, scratch, mode)
            };
            let parts = self.requests.iter().map(|request| encode(request).unwrap());
            parts.collect()
        })
    }
}

/// What a way does to the sign-in of this number; the result is what keeps it from vanishing.
type Way<'w> = (
    &'static str,
    &'w dyn Fn(&Engine, usize, &mut Scratch) -> usize,
);

fn check(tenant: &Tenant, mode: Mode, what: &str) {
    let mut scratch = Scratch::default();
    let [user, device, others] = tenant.parts(&mut scratch, mode);
    let proofs = tenant.proofs();
    let (options, bytes) = (ReadOptions::default(), |at: usize| {
        tenant.texts[at].as_bytes()
    });
    let parts = |at: usize| [&user[at], &device[at], &others[at]];
    let ways: [Way<'_>; 6] = [
        ("typed", &|engine, at, scratch| {
            let outcome = engine.combined(&tenant.requests[at], scratch, mode);
            outcome.unwrap().missing().map(Iterator::count).sum()
        }),
        ("list", &|engine, at, scratch| {
            let decision = engine.decide(&tenant.requests[at], scratch, mode).unwrap();
            let session = usize::from(decision.session().secure_sign_in_session);
            decision.applying().len() + decision.filtering_profiles().count() + session
        }),
        ("JSON", &|engine, at, scratch| {
            let outcome = engine.combined_json(bytes(at), &options, scratch, mode);
            outcome.unwrap().missing().count()
        }),
        ("JSON with the list", &|engine, at, scratch| {
            let decision = engine.decide_json(bytes(at), &options, scratch, mode);
            decision.unwrap().applying().len()
        }),
        ("parts", &|engine, at, scratch| {
            let outcome = engine.combined_parts(&parts(at), &proofs[at], scratch, mode);
            outcome.unwrap().missing().count()
        }),
        ("parts with the list", &|engine, at, scratch| {
            let decision = engine.decide_parts(&parts(at), &proofs[at], scratch, mode);
            decision.unwrap().applying().len()
        }),
    ];
    for engine in [tenant.engine.clone(), tenant.engine.by(Route::Walk)] {
        let mut applied = 0;
        for (way, decide) in &ways {
            let mut all = || {
                (0..SIGN_INS)
                    .map(|at| decide(&engine, at, &mut scratch))
                    .sum()
            };
            let seen: usize = all();
            applied += seen;
            let counted = measure(|| assert_eq!(all(), seen));
            let route = engine.route().name();
            assert_eq!(counted.count_total, 0, "{what}, {route}, {way}, {mode:?}");
        }
        assert!(applied > 0, "{what}: nothing ever applies");
    }
}

/// Allocations of a batch of so many rows, with room for its outcomes.
fn of_batch(tenant: &Tenant, dictionaries: &[Dictionary], rows: usize, mode: Mode) -> u64 {
    let proofs = tenant.proofs();
    let code = |row: usize, step: usize| u32::try_from(row * step % SIGN_INS).unwrap();
    let codes: Vec<Vec<u32>> = [1, 3, 7]
        .map(|step| (0..rows).map(|row| code(row, step)).collect())
        .into();
    let columns = dictionaries.iter().zip(&codes);
    let columns: Vec<Column<'_>> = columns
        .map(|(dictionary, codes)| Column { dictionary, codes })
        .collect();
    let batch = Batch {
        columns: &columns,
        proofs: &proofs,
        proof_codes: &codes[0],
        mode,
    };
    let mut outcomes = Outcomes::default();
    let mut decide = || {
        tenant
            .engine
            .decide_batch(&batch, 1, &mut outcomes)
            .unwrap()
    };
    decide();
    measure(decide).count_total
}

#[test]
fn nothing_is_allocated_for_a_decision() {
    for (shape, count) in SIZES {
        for masks in [MaskUse::Always, MaskUse::Never] {
            let tenant = Tenant::new(shape, count, masks);
            for mode in MODES {
                let what = format!("{} {count}, {masks:?}", shape.name());
                check(&tenant, mode, &what);
            }
        }
    }
}

/// The sources in a bundle are passed over; there is one more row in the table of sections.
#[test]
fn nothing_is_allocated_for_the_sources_in_a_bundle() {
    let tenant = Tenant::new(Shape::Mixed, 240, MaskUse::Always);
    let program = tenant.engine.program();
    let texts: Vec<String> = (0..1_000).map(|number| format!("{number}.gate")).collect();
    let content = vec![b'x'; 4_000];
    let file = |path| InputFile {
        role: InputRole::File,
        path,
        bytes: &content,
    };
    let files: Vec<InputFile<'_>> = texts.iter().map(|path| file(path.as_str())).collect();
    let with = write_with(program, &[], &files).unwrap();
    let without = write(program, &[]).unwrap();
    assert!(with.len() > without.len() + 4_000_000);
    assert_eq!(inputs(&with).unwrap().len(), files.len());
    let loading = |bytes: &[u8]| measure(|| drop(Engine::load(bytes).unwrap()));
    let (less, more) = (loading(&without), loading(&with));
    assert_eq!(more.count_total, less.count_total);
    assert!(more.bytes_total < less.bytes_total + 100);
}

#[test]
fn a_batch_allocates_no_more_for_more_rows() {
    for (shape, count) in SIZES {
        for masks in [MaskUse::Always, MaskUse::Never] {
            let tenant = Tenant::new(shape, count, masks);
            for mode in MODES {
                let parts = tenant.parts(&mut Scratch::default(), mode);
                let dictionary = |parts| tenant.engine.dictionary(parts).unwrap();
                let dictionaries = parts.map(dictionary);
                let few = of_batch(&tenant, &dictionaries, 500, mode);
                let many = of_batch(&tenant, &dictionaries, 4_000, mode);
                let name = shape.name();
                assert_eq!(many, few, "{name} {count}, {masks:?}, {mode:?}");
                assert!(few < 60, "{few} allocations for a batch");
            }
        }
    }
}
