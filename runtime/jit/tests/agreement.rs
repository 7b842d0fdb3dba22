//! Native code = interpreter: on generated sets and sign-ins, on random classes, on programs that no
//! compiler would write; whole policies, conditions, compliance, rows and effects, on both rails.
//!
//! `GATEWRIGHT_NATIVE_SETS` says how many sets of each kind to compare. A run under a memory checker
//! needs few (`docs/testing.md`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod subjects;

use gatewright_bytecode::Combine;
use gatewright_jit::{Column, Columns, ColumnsError, Native, Options};
use gatewright_runtime::{Engine, Lowering, Mode, Rail, ReportOptions, Request, Scratch};
use gatewright_tests::generate::policies::narrow_set;
use gatewright_tests::generate::{
    Base, Random, own_request, own_set, payments_schema, policy_set, sign_in,
};

use subjects::{
    MasksBoth, RAILS, assert_alike, assert_rows_alike, classes, engine_of, hostile, random_classes,
};

fn sets(default: u64) -> u64 {
    let told = std::env::var("GATEWRIGHT_NATIVE_SETS").ok();
    told.map_or(default, |text| text.parse().unwrap())
}

fn check(engine: &Engine, rows: &[Vec<u32>]) {
    let options = Options {
        check: true,
        ..Options::default()
    };
    let native = Native::compile(engine, options).unwrap();
    rows.iter()
        .for_each(|row| assert_alike(engine, &native, row));
    for rail in RAILS {
        let columns = Columns::compile(engine, rail, options).unwrap();
        assert_rows_alike(engine, &columns, rail, rows);
    }
}

#[test]
fn sets_of_conditional_access_are_decided_alike() {
    let base = Base::entra();
    for seed in 1..=sets(12) {
        let mut random = Random::new(seed);
        let size = [1, 2, 3, 5, 13, 70][usize::try_from(seed).unwrap() % 6];
        let set = if seed % 3 == 0 {
            narrow_set(&mut random, &base, size)
        } else {
            policy_set(&mut random, &base, size)
        };
        let engine = engine_of(&set);
        let mut rows = Vec::new();
        for _ in 0..12 {
            rows.extend(classes(&engine, &sign_in(&mut random, &base.schema)));
            rows.push(random_classes(&mut random, engine.program()));
        }
        check(&engine, &rows);
    }
}

#[test]
fn a_schema_of_ones_own_is_decided_alike() {
    let schema = payments_schema().unwrap();
    for seed in 1..=sets(12) {
        let mut random = Random::new(seed);
        let size = [1, 3, 20, 65][usize::try_from(seed).unwrap() % 4];
        let engine = engine_of(&own_set(&mut random, &schema, size));
        let mut rows = Vec::new();
        for _ in 0..12 {
            rows.extend(classes(&engine, &own_request(&mut random, &schema)));
            rows.push(random_classes(&mut random, engine.program()));
        }
        check(&engine, &rows);
    }
}

#[test]
fn programs_that_no_compiler_writes_are_decided_alike() {
    for seed in 1..=sets(60) {
        let mut random = Random::new(seed);
        let combine = [Combine::Strongest, Combine::Least, Combine::Union];
        let combine = combine[usize::try_from(seed).unwrap() % 3];
        let engine = Engine::from_program(hostile(&mut random, combine)).unwrap();
        let row = |_| random_classes(&mut random, engine.program());
        let rows: Vec<_> = (0..30).map(row).collect();
        check(&engine, &rows);
    }
}

#[test]
fn native_masks_permit_what_masks_permit() {
    let (base, schema) = (Base::entra(), payments_schema().unwrap());
    let mut compared = 0;
    for seed in 1..=sets(9) {
        let mut random = Random::new(seed);
        let engine = engine_of(&match seed % 3 {
            0 => narrow_set(&mut random, &base, 300),
            1 => policy_set(&mut random, &base, 40),
            _ => own_set(&mut random, &schema, 40),
        });
        for rail in RAILS {
            let Some(both) = MasksBoth::new(&engine, rail) else {
                continue;
            };
            for _ in 0..20 {
                both.assert_alike(&both.random_outcomes(&mut random));
                compared += 1;
            }
        }
    }
    assert!(compared > 0, "no program has masks");
}

#[test]
fn reports_are_the_same_with_explanations() {
    let base = Base::entra();
    for seed in 1..=sets(4) {
        let mut random = Random::new(seed);
        let set = policy_set(&mut random, &base, 8);
        let engine = engine_of(&set);
        let native = Native::compile(&engine, Options::default()).unwrap();
        let mut scratch = Scratch::default();
        for _ in 0..4 {
            let bytes = sign_in(&mut random, &base.schema).to_string();
            let request = Request::from_json(&engine, bytes.as_bytes()).unwrap();
            for mode in [Mode::Graph, Mode::Pessimistic] {
                let options = ReportOptions {
                    mode,
                    explain: true,
                    hash: false,
                };
                let ours = engine.report_with(&native, &request, &mut scratch, &options);
                let ours = ours.unwrap().to_json();
                let theirs = engine.report(&request, &mut scratch, &options).unwrap();
                assert_eq!(ours, theirs.to_json(), "seed {seed}");
            }
        }
    }
}

#[test]
fn classes_that_do_not_exist_end_a_walk_and_nothing_else() {
    let mut random = Random::new(1);
    let engine = engine_of(&policy_set(&mut random, &Base::entra(), 40));
    let native = Native::compile(&engine, Options::default()).unwrap();
    for class in [255, 256, 65_535, 65_536, u32::MAX - 1, u32::MAX] {
        let row = vec![class; engine.program().variables.len()];
        for rail in RAILS {
            let mut applying = Vec::new();
            native.applying(&row, rail, &mut applying);
            assert!(applying.is_sorted_by(|a, b| a < b));
        }
    }
}

#[test]
fn columns_that_are_not_asked_for_are_refused() {
    let mut random = Random::new(3);
    let engine = Engine::from_program(hostile(&mut random, Combine::Strongest)).unwrap();
    let columns = Columns::compile(&engine, Rail::Certain, Options::default()).unwrap();
    let (count, words) = (columns.variables().len(), columns.words());
    assert!(count > 1);
    let row = random_classes(&mut random, engine.program());
    let table = subjects::Table::new(engine.program(), columns.variables(), &[row.clone(), row]);
    let good = table.columns();
    let mut bits = vec![0; 2 * words];
    assert_eq!(columns.applying(&good, &mut bits), Ok(()));
    let refused = |columns_given: &[Column<'_>], bits: &mut [u64]| {
        columns.applying(columns_given, bits).unwrap_err()
    };
    assert_eq!(refused(&good[1..], &mut bits), ColumnsError::Count);
    assert_eq!(refused(&good, &mut bits[1..]), ColumnsError::Length);
    let mut short = good.clone();
    short[1] = match good[1] {
        Column::Bytes(classes) => Column::Bytes(&classes[1..]),
        Column::Halves(classes) => Column::Halves(&classes[1..]),
        Column::Words(classes) => Column::Words(&classes[1..]),
    };
    assert_eq!(refused(&short, &mut bits), ColumnsError::Length);
    let mut other = good.clone();
    other[0] = match good[0] {
        Column::Bytes(_) => Column::Halves(&[0, 0]),
        _ => Column::Bytes(&[0, 0]),
    };
    assert_eq!(refused(&other, &mut bits), ColumnsError::Width);
    assert_eq!(
        columns.effects(&good, &mut [0; 3]),
        Err(ColumnsError::Length)
    );
}
