//! What deciding by masks does at worst: how much is added up, looked at and run.
//!
//! INVARIANT: no sign-in makes the mask lowering do more than this, on either rail.

use crate::costs::Costs;
use crate::masks::{Masks, MatcherCells, NO_CELL};
use crate::program::{Matcher, Program};

/// Outcomes of a test of a text or record, of which one is found.
const TEST_OUTCOMES: usize = 3;

/// What one decision by masks does at worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaskWork {
    /// Segments that are added up whatever the size of the sign-in: for attributes with one value,
    /// for tests of texts and of records.
    pub segments: u64,
    /// Segments that are added up for each element of a set. A set that is not known, or null,
    /// counts as one element.
    pub segments_by_element: u64,
    /// Blocks that are looked at.
    pub blocks: u64,
    /// Slots of all these blocks.
    pub slots: u64,
    /// Instructions of the code of residual lanes.
    pub residual_instructions: u64,
    /// Instructions that find out whether the device complies.
    pub compliance_instructions: u64,
}

/// What deciding by the masks of a verified program does at worst; `None` where it has none.
#[must_use]
pub fn mask_work(program: &Program, costs: &Costs) -> Option<MaskWork> {
    let masks = program.masks.as_ref()?;
    let mut segments = 0;
    let mut by_attribute = vec![0u64; program.attributes.len()];
    for (matcher, cells) in program.matchers.iter().zip(&masks.matchers) {
        match matcher {
            Matcher::Boolean { .. } | Matcher::Text { .. } | Matcher::Ordered { .. } => {
                segments += most(masks, cells, usize::MAX);
            }
            Matcher::TextParts { .. } | Matcher::Predicates { .. } => {
                segments += most(masks, cells, TEST_OUTCOMES);
            }
            // An element meets every matcher of its attribute.
            Matcher::Elements { attribute, .. } | Matcher::Targets { attribute, .. } => {
                if let Some(sum) = by_attribute.get_mut(*attribute as usize) {
                    *sum += most(masks, cells, usize::MAX);
                }
            }
        }
    }
    let path = |policy: u32| costs.policies.get(policy as usize).copied().unwrap_or(0);
    let residual = masks.residual.iter();
    let residual = residual.filter_map(|lane| masks.lanes.get(*lane as usize));
    let of_policies: u64 = costs.policies.iter().map(|path| u64::from(*path)).sum();
    Some(MaskWork {
        segments,
        segments_by_element: by_attribute.into_iter().max().unwrap_or(0),
        blocks: masks.blocks.len() as u64,
        slots: masks.blocks.len() as u64 * masks.slots.len() as u64,
        residual_instructions: residual.map(|policy| u64::from(path(*policy))).sum(),
        compliance_instructions: costs.instructions_max.saturating_sub(of_policies),
    })
}

/// The most segments that a matcher brings on a rail, where of every so many outcomes one is found.
fn most(masks: &Masks, cells: &MatcherCells, together: usize) -> u64 {
    let of_cell = |cell: &u32| match *cell {
        NO_CELL => 0,
        cell => masks.segments_of(cell as usize).len() as u64,
    };
    let of_test = |outcomes: &[u32]| outcomes.iter().map(of_cell).max().unwrap_or(0);
    let of_rail = |outcomes: &[u32]| outcomes.chunks(together).map(of_test).sum::<u64>();
    of_rail(&cells.certain).max(of_rail(&cells.possible))
}
