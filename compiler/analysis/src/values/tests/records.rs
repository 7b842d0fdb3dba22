//! Sets of records, of which much is asked at once.

use gatewright_decision::{Classes, Space};
use gatewright_hir::schema::AttributeId;
use gatewright_value::Kind;

use super::draw::Draw;
use super::{check, schema, variable};
use crate::facts::{Fact, Facts};

#[test]
fn records_satisfy_what_is_asked_of_some() {
    let mut draw = Draw(5);
    let (mut conflicts, mut exhausted) = (0, 0);
    for _ in 0..40 {
        let schema = schema(&[("set", Kind::Set(Box::new(Kind::Record)), false)]);
        let some = |draw: &mut Draw| Classes::Some(draw.predicate(&["f", "g"]));
        let count = 1 + draw.below(4);
        let variables = (0..count).map(|_| variable(0, some(&mut draw))).collect();
        let space = Space { variables };
        let (c, e) = check(&schema, &space, &mut draw, &mut |draw| {
            let count = draw.below(3);
            let records = (0..count).map(|_| draw.record(&["f", "g"])).collect();
            Facts::from([(AttributeId(0), Fact::Records(records))])
        });
        conflicts += c;
        exhausted += e;
    }
    assert!(conflicts > 30 && exhausted == 0, "{conflicts} {exhausted}");
}

#[test]
fn many_questions_about_records_are_decided() {
    let mut draw = Draw(6);
    let fields = ["f", "g", "h"];
    let (mut conflicts, mut exhausted) = (0, 0);
    for _ in 0..4 {
        let schema = schema(&[("set", Kind::Set(Box::new(Kind::Record)), false)]);
        let some = |draw: &mut Draw| Classes::Some(draw.predicate(&fields));
        let variables = (0..30).map(|_| variable(0, some(&mut draw))).collect();
        let space = Space { variables };
        let (c, e) = check(&schema, &space, &mut draw, &mut |draw| {
            let count = draw.below(3);
            let records = (0..count).map(|_| draw.record(&fields)).collect();
            Facts::from([(AttributeId(0), Fact::Records(records))])
        });
        conflicts += c;
        exhausted += e;
    }
    assert!(conflicts > 100 && exhausted == 0, "{conflicts} {exhausted}");
}
