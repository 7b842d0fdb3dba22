//! The verifier refuses masks that cannot be relied on and says why; the listing shows them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod sample;

use gatewright_bytecode::masks::{Block, Cell, Masks, MatcherCells, NO_CELL, Segment, Slot};
use gatewright_bytecode::{Program, disassemble, estimates, verify};
use gatewright_value::vocabulary::{Reason, State};

/// Two policies about the client, the second one residual and only reporting, and one that is
/// disabled. The first slot opens the block.
fn program() -> Program {
    let mut sample = sample::Sample::entra();
    let client = sample.text("signIn.client", &["browser", "other"]);
    let test = sample.test(Reason::ClientApps, client, 2);
    sample.policy("Enforced", State::Enabled, &[test]);
    sample.policy("Disabled", State::Disabled, &[test]);
    sample.policy("Reporting", State::ReportOnly, &[test]);
    let mut program = sample.finish();
    let classes = program.class_count(client) as usize;
    let matchers = program.matchers.len();
    let slot = |forbids| Slot {
        forbids,
        matchers: vec![0],
    };
    let bits = |lanes| [lanes, 0, 0, 0];
    let segment = |slot, lanes| Segment {
        block: 0,
        slot,
        bits: bits(lanes),
    };
    let mut cells = vec![0; classes];
    (cells[0], cells[classes - 1]) = (1, NO_CELL);
    let mut rows = vec![MatcherCells::default(); matchers];
    rows[0].certain = cells.clone();
    cells[classes - 1] = 0;
    rows[0].possible = cells;
    program.masks = Some(Masks {
        lanes: vec![0, 2],
        residual: vec![1],
        slots: vec![slot(false), slot(true)],
        blocks: vec![Block {
            base: vec![bits(0), bits(0)],
            opener: Some(0),
        }],
        cells: vec![Cell { first: 0 }, Cell { first: 1 }],
        segments: vec![segment(0, 0b11), segment(1, 0b10)],
        matchers: rows,
    });
    program
}

type Break = fn(&mut Masks);

fn refused(what: &str, change: Break) -> String {
    let mut program = program();
    change(program.masks.as_mut().unwrap());
    verify(&program).map(drop).expect_err(what).to_string()
}

#[test]
fn masks_that_keep_the_rules_are_accepted() {
    let program = program();
    verify(&program).unwrap();
    assert!(estimates(&program).masks.is_some());
}

#[test]
fn broken_lanes_slots_and_blocks_are_refused() {
    let rows: [(Break, &str); 15] = [
        (
            |m| m.blocks.clear(),
            "there are not as many blocks as the lanes take",
        ),
        (
            |m| m.matchers.clear(),
            "there is not one row for each matcher",
        ),
        (
            |m| m.slots = vec![m.slots[0].clone(); 65],
            "65 slots are more than the 64",
        ),
        (|m| m.lanes[0] = 3, "lane 0: its policy does not exist"),
        (|m| m.lanes[1] = 0, "lane 1: its policy has another lane"),
        (|m| m.lanes[0] = 1, "lane 0: its policy is disabled"),
        (
            |m| m.lanes.reverse(),
            "the lanes of the only block do not ascend",
        ),
        (
            |m| {
                m.lanes.truncate(1);
                m.residual.clear();
            },
            "a policy has no lane",
        ),
        (|m| m.residual[0] = 2, "the residual lanes do not ascend"),
        (
            |m| m.slots[1].matchers = vec![9999],
            "slot 1: its matchers do not ascend",
        ),
        (
            |m| m.blocks[0].base.truncate(1),
            "block 0: it does not have one base for each slot",
        ),
        (
            |m| m.blocks[0].base[0][3] = 1,
            "a base has bits beyond the last lane",
        ),
        (
            |m| m.blocks[0].base[1][0] = 1,
            "the base of a slot that forbids has bits",
        ),
        (
            |m| m.blocks[0].base[0][0] = 1,
            "its opener is no slot in which every lane has a clause",
        ),
        (
            |m| m.blocks[0].opener = Some(1),
            "its opener is no slot in which every lane has a clause",
        ),
    ];
    for (change, rule) in rows {
        let error = refused(rule, change);
        assert!(error.contains(rule), "{error}");
    }
}

#[test]
fn broken_cells_are_refused() {
    let rows: [(Break, &str); 11] = [
        (|m| m.cells[0].first = 1, "there are segments of no cell"),
        (|m| m.cells[1].first = 2, "cell 1: it has no segments"),
        (|m| m.cells[1].first = 0, "cell 0: it has no segments"),
        (
            |m| {
                m.cells.truncate(1);
                m.segments.reverse();
            },
            "its segments do not ascend by block and slot",
        ),
        (
            |m| m.segments[1].slot = 2,
            "the slot of a segment does not exist",
        ),
        (
            |m| m.segments[1].block = 1,
            "the block of a segment does not exist",
        ),
        (
            |m| m.segments[0].bits[0] = 0b100,
            "the bits of a segment are none, or beyond",
        ),
        (
            |m| m.segments[0].bits[0] = 0,
            "the bits of a segment are none, or beyond",
        ),
        (
            |m| {
                m.matchers[0].certain.pop();
            },
            "it does not have one cell for each outcome",
        ),
        (|m| m.matchers[0].certain[1] = 2, "a cell does not exist"),
        (
            |m| m.slots[1].matchers.clear(),
            "it brings bits to a slot that does not list it",
        ),
    ];
    for (change, rule) in rows {
        let error = refused(rule, change);
        assert!(error.contains(rule), "{error}");
    }
}

#[test]
fn a_listing_shows_what_each_outcome_brings() {
    let text = disassemble(&program());
    let (_, masks) = text.split_once("slot 0").unwrap();
    let expected = " permits: signIn.client
slot 1 forbids: signIn.client
block 0, opened by slot 0: policies 0 2
residual: 2
found signIn.client 0: slot 1: 2
found signIn.client 1..3: slot 0: 0 2
found signIn.client 0 (possible): slot 1: 2
found signIn.client 1..4 (possible): slot 0: 0 2
";
    assert_eq!(masks, expected);
}
