//! Differences for programs.

use anyhow::Result;
use gatewright_compiler::{
    Affected, Changed, Comparison, ComplianceCause, Decided, PolicyChange, PolicyName, Region,
    TextAspect, Told,
};
use serde_json::{Value, json};

/// One object with everything.
pub(super) fn text(comparison: &Comparison) -> Result<String> {
    let [old, new] = comparison.editions;
    let result = match (comparison.is_certain(), comparison.classes.is_empty()) {
        (false, _) => "unknown",
        (true, false) => "different",
        (true, true) if comparison.is_identical() => "same",
        (true, true) => "textual",
    };
    let value = json!({
        "result": result,
        "editions": { "old": old.to_string(), "new": new.to_string() },
        "classes": comparison.classes.iter().map(class).collect::<Vec<Value>>(),
        "policies": comparison.policies.iter().map(change).collect::<Vec<Value>>(),
        "people": comparison.people,
        "further": comparison.has_further,
        "notes": comparison.notes,
        "exhausted": comparison.exhausted,
    });
    let mut text = serde_json::to_string_pretty(&value)?;
    text.push('\n');
    Ok(text)
}

fn class(class: &Changed) -> Value {
    let told =
        |demands: &[Told]| -> Value { demands.iter().map(|one| one.name.as_str()).collect() };
    let named = |policies: &[PolicyName]| -> Value { policies.iter().map(policy).collect() };
    let [old, new] = &class.decided;
    let [old_causes, new_causes] = &class.causes;
    let compliance =
        |causes: &[ComplianceCause]| -> Value { causes.iter().map(compliance_cause).collect() };
    let [old_compliance, new_compliance] = &class.compliance;
    json!({
        "direction": class.direction.name(),
        "dropped": told(&class.dropped),
        "added": told(&class.added),
        "alsoDropped": told(&class.also_dropped),
        "alsoAdded": told(&class.also_added),
        "cubes": class.regions.iter().map(region).collect::<Vec<Value>>(),
        "covered": class.is_covered,
        "witness": { "request": class.request, "sentence": class.sentence },
        "old": decision(old),
        "new": decision(new),
        "causes": { "old": named(old_causes), "new": named(new_causes) },
        "complianceCauses": {
            "old": compliance(old_compliance),
            "new": compliance(new_compliance),
        },
        "confirmed": class.is_confirmed,
        "users": class.users.as_ref().map(users),
    })
}

fn region(region: &Region) -> Value {
    let facts = region.facts.iter();
    let facts = facts.map(
        |fact| json!({ "attribute": fact.attribute, "says": fact.says, "usual": fact.is_usual }),
    );
    json!({ "sentence": region.sentence, "facts": facts.collect::<Vec<Value>>() })
}

fn decision(decided: &Decided) -> Value {
    let mut value = json!({
        "verdict": decided.verdict,
        "missing": decided.missing,
        "session": decided.session,
    });
    if let Some(members) = value
        .as_object_mut()
        .filter(|_| !decided.controls.is_empty())
    {
        members.insert("controls".to_owned(), json!(decided.controls));
    }
    value
}

fn policy(policy: &PolicyName) -> Value {
    json!({ "id": policy.id, "displayName": policy.name, "state": policy.state.name() })
}

fn compliance_cause(cause: &ComplianceCause) -> Value {
    match cause {
        ComplianceCause::Policy { id, name } => {
            json!({ "kind": "policy", "id": id, "displayName": name })
        }
        ComplianceCause::Unassigned => json!({ "kind": "unassigned" }),
        ComplianceCause::CheckIn(days) => json!({ "kind": "checkIn", "days": days }),
    }
}

fn users(users: &Affected) -> Value {
    json!({ "count": users.count, "names": users.names, "unknown": users.unknown })
}

fn change(change: &PolicyChange) -> Value {
    let what = match (&change.old, &change.new) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let mut aspects = Vec::new();
    let mut conditions = Vec::new();
    for aspect in &change.aspects {
        aspects.push(match aspect {
            TextAspect::Name => "name",
            TextAspect::State => "state",
            TextAspect::Conditions(reasons) => {
                conditions.extend(reasons.iter().map(|reason| reason.name()));
                "conditions"
            }
            TextAspect::Requirement => "requirement",
            TextAspect::Session => "session",
            TextAspect::Wording => "wording",
        });
    }
    json!({
        "change": what,
        "old": change.old.as_ref().map(policy),
        "new": change.new.as_ref().map(policy),
        "aspects": aspects,
        "conditions": conditions,
    })
}
