//! What finds the policies that apply, and what that costs: expected and at worst.

use gatewright_bytecode::index::keys_by_attribute;
use gatewright_bytecode::{estimates, mask_work};
use gatewright_runtime::Engine;
use serde_json::{Value, json};

/// The lowering that was chosen, the estimates it was chosen by, and the masks with the most that
/// they do for a sign-in.
pub(super) fn facts(engine: &Engine) -> Vec<(&'static str, Value)> {
    let program = engine.program();
    let estimates = estimates(program);
    let keys = keys_by_attribute(&program.matchers);
    let key_count = keys.iter().map(|row| row.1.guids.len() + row.1.texts.len());
    let mut facts = vec![
        ("lowering", json!(engine.route().name())),
        ("walk estimate", json!(estimates.walking)),
        ("masks estimate", json!(estimates.masks)),
        ("matchers", json!(program.matchers.len())),
        ("indexes", json!(program.indexes.len())),
        ("indexed constants", json!(key_count.sum::<usize>())),
    ];
    let work = mask_work(program, engine.costs());
    let Some((masks, work)) = program.masks.as_ref().zip(work) else {
        return facts;
    };
    let opened = masks.blocks.iter().filter(|block| block.opener.is_some());
    facts.extend([
        ("mask lanes", json!(masks.lanes.len())),
        ("mask lanes residual", json!(masks.residual.len())),
        ("mask slots", json!(masks.slots.len())),
        ("mask blocks", json!(masks.blocks.len())),
        ("mask blocks with opener", json!(opened.count())),
        ("mask cells", json!(masks.cells.len())),
        ("mask segments", json!(masks.segments.len())),
        ("worst case segments", json!(work.segments)),
        ("worst case by element", json!(work.segments_by_element)),
        ("worst case blocks", json!(work.blocks)),
        ("worst case block slots", json!(work.slots)),
        ("worst case residual", json!(work.residual_instructions)),
        ("worst case compliance", json!(work.compliance_instructions)),
    ]);
    facts
}
