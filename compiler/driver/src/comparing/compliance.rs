//! What compliance policies have to do with a difference.

use gatewright_analysis::World;
use gatewright_analysis::diff::{Class, NEW, OLD, Reason};
use gatewright_analysis::world::Deriving;

/// Why a side does not count a device as compliant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComplianceCause {
    /// It fails a compliance policy, of this id and name.
    Policy {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// No compliance policy is assigned to it.
    Unassigned,
    /// It has not reported for more than so many days.
    CheckIn(u16),
}

/// Why each side does not count the device of the witness as compliant; nothing, where policies
/// make the difference.
pub(super) fn causes(world: &World<'_>, class: &Class) -> [Vec<ComplianceCause>; 2] {
    let is_by_policies = !class.old_causes.is_empty() || !class.new_causes.is_empty();
    let derived = class.derived.as_ref().filter(|_| !is_by_policies);
    [OLD, NEW].map(|side| {
        let of = derived.and_then(|derived| derived.reasons.get(side));
        let reasons = of.into_iter().flatten();
        let told = reasons.filter_map(|reason| cause(world, side, *reason));
        told.collect()
    })
}

/// When the device of the witness reported and since when it fails, as the end of a sentence.
pub(super) fn reported(class: &Class) -> String {
    let counted = |count: u32, unit: &str| match count {
        1 => format!("1 {unit}"),
        _ => format!("{count} {unit}s"),
    };
    let report = class.derived.as_ref().map(|derived| derived.report);
    let report = report.unwrap_or_default();
    let mut text = String::new();
    if let Some(days) = report.days {
        let days = counted(days.into(), "day");
        text.push_str(&format!(", which reported more than {days} ago"));
    }
    if let Some(hours) = report.hours {
        let hours = counted(hours, "hour");
        text.push_str(&format!(", which has been noncompliant for {hours}"));
    }
    text
}

fn cause(world: &World<'_>, side: usize, reason: Reason) -> Option<ComplianceCause> {
    let compliance = &world.sets.get(side)?.compliance;
    Some(match reason {
        Reason::Policy(place) => {
            let policy = compliance.policies.get(place)?;
            ComplianceCause::Policy {
                id: policy.id.clone(),
                name: policy.display_name.clone(),
            }
        }
        Reason::Unassigned => ComplianceCause::Unassigned,
        Reason::CheckIn => ComplianceCause::CheckIn(compliance.check_in_days),
    })
}

/// What the comparison takes for granted although the two sides say different things about it.
pub(super) fn notes(world: &World<'_>) -> Vec<String> {
    let [old, new, ..] = world.sets.as_slice() else {
        return Vec::new();
    };
    let what = match Deriving::of([old, new], &world.joint) {
        Deriving::Differently if world.marks.is_none() => "the compliance policies differ",
        Deriving::OnOneSide => "only one side has compliance policies",
        _ => return Vec::new(),
    };
    let note =
        format!("{what}; whether a device is compliant is taken as a fact, the same on both");
    vec![note]
}
