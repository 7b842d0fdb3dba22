//! Authentication strengths.

use gatewright_hir::model::{Combination, Strength};
use gatewright_value::vocabulary::Method;

use super::whole;
use crate::json::{Member, Value, is_vacuous};
use crate::problems;
use crate::sink::{Fields, Item, Sink};

/// Read an authentication strength.
pub(crate) fn read_strength(sink: &mut Sink<'_>, value: &Value<'_>) -> Option<Strength> {
    let mut fields = Fields::new(value)?;
    fields.pass(&[
        "createdDateTime",
        "modifiedDateTime",
        "deletedDateTime",
        "description",
    ]);
    fields.pass(&["policyType", "requirementsSatisfied"]);
    let id = fields
        .take_said("id")
        .and_then(|member| sink.string(member));
    let name = fields
        .take_said("displayName")
        .and_then(|member| sink.string(member));
    let mut combinations: Vec<Combination> = Vec::new();
    if let Some(member) = fields.take("allowedCombinations") {
        combinations = read_combinations(sink, member);
    }
    if let Some(member) = fields.take_said("combinationConfigurations") {
        for configuration in sink.array(member) {
            restrict(sink, configuration, &mut combinations);
        }
    }
    sink.report_rest(&fields);
    let display_name = name
        .or_else(|| id.clone())
        .map(|item| item.text)
        .unwrap_or_default();
    let id = id.map_or_else(|| display_name.clone(), |id| id.text);
    Some(Strength {
        id,
        display_name,
        combinations,
        span: Some(value.span),
        form: whole(value),
    })
}

/// Every element is one combination, its methods between commas.
fn read_combinations(sink: &mut Sink<'_>, member: &Member<'_>) -> Vec<Combination> {
    let mut combinations = Vec::new();
    for value in sink.array(member) {
        let methods = methods(sink, value);
        if !methods.is_empty()
            && !combinations
                .iter()
                .any(|c: &Combination| c.methods == methods)
        {
            combinations.push(Combination {
                methods,
                is_restricted: false,
            });
        }
    }
    combinations
}

/// The methods of one combination.
fn methods(sink: &mut Sink<'_>, value: &Value<'_>) -> Vec<Method> {
    let Some(text) = value.as_str() else {
        sink.report(problems::wrong_type(
            "allowedCombinations[]",
            value,
            "a string",
        ));
        return Vec::new();
    };
    let map = sink.map_of(value);
    let mut items = Vec::new();
    let mut at = 0;
    for part in text.split(',') {
        let word = part.trim();
        let start = at + (part.len() - part.trim_start().len());
        at += part.len() + 1;
        let span = sink.place_in(&map, start, start + word.len());
        items.push(Item {
            text: word.to_owned(),
            span,
        });
    }
    let mut methods = sink.members(&items, Method::ALL);
    methods.sort_unstable();
    if methods.len() < items.len() {
        Vec::new()
    } else {
        methods
    }
}

/// Mark the combinations that a configuration asks more of.
fn restrict(sink: &mut Sink<'_>, value: &Value<'_>, combinations: &mut [Combination]) {
    let Some(mut fields) = Fields::new(value) else {
        sink.report(problems::wrong_type(
            "combinationConfigurations[]",
            value,
            "an object",
        ));
        return;
    };
    fields.pass(&["id"]);
    let lists = [
        "allowedAAGUIDs",
        "allowedIssuerSkis",
        "allowedIssuers",
        "allowedPolicyOIDs",
    ];
    let restricts = lists
        .map(|name| fields.take(name))
        .iter()
        .flatten()
        .any(|member| !is_vacuous(&member.value));
    let applies = fields.take_said("appliesToCombinations");
    sink.report_rest(&fields);
    let chosen: Vec<Vec<Method>> = match applies {
        Some(member) => sink
            .array(member)
            .iter()
            .map(|value| methods(sink, value))
            .collect(),
        None => combinations.iter().map(|c| c.methods.clone()).collect(),
    };
    if restricts {
        for combination in combinations
            .iter_mut()
            .filter(|c| chosen.contains(&c.methods))
        {
            combination.is_restricted = true;
        }
    }
}
