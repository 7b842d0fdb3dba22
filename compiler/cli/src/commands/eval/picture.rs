//! Decisions as people read them.

use std::fmt::Write as _;

use gatewright_analysis::words;
use gatewright_hir::model::PolicySet;
use serde_json::Value;

/// Colours, or nothing where colour is off.
#[derive(Clone, Copy)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    fn verdict(self, text: &str) -> String {
        let code = match text {
            "grant" | "notApplicable" | "approve" => "1;32",
            "interrupt" => "1;33",
            "block" | "deny" | "refuse" => "1;31",
            _ => "1;36",
        };
        self.with(code, text)
    }
}

/// Draw one decision; `number` counts sign-ins from 1 where there are several. The set gives names
/// to ids.
pub(super) fn decision(
    decision: &Value,
    request: &Value,
    number: Option<usize>,
    explain: bool,
    paint: Paint,
    set: Option<&PolicySet>,
) -> String {
    let mut out = String::new();
    let verdict = text(&decision["verdict"]);
    let head = number.map_or_else(String::new, |n| {
        format!("{} ", paint.bold(&format!("#{n}")))
    });
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{head}{}  {}",
        paint.verdict(verdict),
        paint.faint(&describe(request, set))
    );
    missing(&mut out, decision, set);
    if let Some(controls) = decision["controls"].as_array().filter(|c| !c.is_empty()) {
        let names: Vec<&str> = controls.iter().map(text).collect();
        let _ = writeln!(out, "  controls   {}", names.join(", "));
    }
    session(&mut out, &decision["session"]);
    compliance(&mut out, decision, paint);
    policies(&mut out, decision, explain, paint);
    report_only(&mut out, decision);
    explanation(&mut out, &decision["explanation"], set);
    out
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// Who wants what, in a line.
fn describe(request: &Value, set: Option<&PolicySet>) -> String {
    let identity = &request["signInIdentity"];
    if identity.is_null() {
        return request.to_string().chars().take(100).collect();
    }
    let name = |kind: &'static str, id: &str| match set {
        Some(set) => words::object(set, kind, id),
        None => id.to_owned(),
    };
    let who = ["userId", "servicePrincipalId", "agentServicePrincipalId"]
        .iter()
        .find_map(|name| identity[*name].as_str());
    let who = who.map_or_else(|| "somebody".to_owned(), |id| name("user", id));
    let context = &request["signInContext"];
    let apps = context["includeApplications"].as_array();
    let what = match (
        &context["userAction"],
        &context["authenticationContextValue"],
    ) {
        (Value::String(action), _) => action.clone(),
        (_, Value::String(value)) => name("context", value),
        _ => {
            let names = apps.into_iter().flatten().map(|id| name("app", text(id)));
            names.collect::<Vec<_>>().join(" + ")
        }
    };
    let conditions = &request["signInConditions"];
    let mut parts = vec![format!("{who} → {what}")];
    for name in ["clientAppType", "devicePlatform", "ipAddress", "country"] {
        if let Some(value) = conditions[name].as_str() {
            parts.push(value.to_owned());
        }
    }
    parts.join(", ")
}

fn missing(out: &mut String, decision: &Value, set: Option<&PolicySet>) {
    let clauses = decision["missing"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    for (place, clause) in clauses.iter().enumerate() {
        let lead = if place == 0 {
            "  missing    "
        } else {
            "         and "
        };
        let _ = writeln!(out, "{lead}{}", alternatives(clause, set));
    }
}

fn session(out: &mut String, session: &Value) {
    let parts = words::session(session);
    if !parts.is_empty() {
        let _ = writeln!(out, "  session    {}", parts.join(", "));
    }
}

/// What device management says of the device, and what it misses where that is explained.
fn compliance(out: &mut String, decision: &Value, paint: Paint) {
    let derived = &decision["compliance"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let all = list(&derived["policies"]);
    let state = text(&derived["state"]);
    if state.is_empty() {
        return;
    }
    let assigned = all.iter().filter(|p| p["state"] != "notApplicable");
    let assigned: Vec<String> = assigned
        .map(|policy| {
            format!(
                "{} {}",
                text(&policy["displayName"]),
                text(&policy["state"])
            )
        })
        .collect();
    let why = match assigned.as_slice() {
        [] => "no compliance policy is assigned".to_owned(),
        some => some.join(", "),
    };
    let _ = writeln!(out, "  device     {state}: {why}");
    let requirements = decision.pointer("/explanation/requirements");
    for requirement in requirements.map(list).unwrap_or_default() {
        let id = requirement.get("policy");
        let policy = all.iter().find(|policy| policy.get("id") == id);
        let name = policy.map_or("", |policy| text(&policy["displayName"]));
        let sign = match requirement.get("outcome").map(text) {
            Some("unknown") => "is not known",
            _ => "does not hold",
        };
        let place = place(&requirement);
        let line = format!("a requirement of {name} {sign}  {place}");
        let _ = writeln!(out, "      {}", paint.faint(&line));
    }
}

/// Where something is written, if that is known.
fn place(value: &Value) -> String {
    value["file"].as_str().map_or_else(String::new, |file| {
        format!("{file}:{}:{}", value["line"], value["column"])
    })
}

fn policies(out: &mut String, decision: &Value, explain: bool, paint: Paint) {
    let mut passed_over = 0;
    for policy in decision["policies"].as_array().into_iter().flatten() {
        let applies = policy["policyApplies"].as_bool() == Some(true);
        if !applies && !explain {
            passed_over += 1;
            continue;
        }
        let mark = match text(&policy["result"]) {
            "failure" | "reportOnlyFailure" => paint.with("31", "✗"),
            "reportOnlyInterrupted" => paint.with("33", "…"),
            "success" | "reportOnlySuccess" | "applied" | "reportOnlyApplied" => {
                paint.with("32", "✓")
            }
            _ => paint.faint("·"),
        };
        let name = text(&policy["displayName"]);
        let result = text(&policy["result"]);
        let why = if applies {
            String::new()
        } else {
            reasons(policy)
        };
        let line = format!("{name}  {}", paint.faint(&format!("{result}{why}")));
        let _ = writeln!(out, "  {mark} {line}");
        if explain {
            conditions(out, policy, paint);
        }
    }
    if passed_over > 0 {
        let noun = if passed_over == 1 {
            "policy does"
        } else {
            "policies do"
        };
        let _ = writeln!(
            out,
            "  {}",
            paint.faint(&format!("{passed_over} more {noun} not apply"))
        );
    }
}

fn reasons(policy: &Value) -> String {
    let reasons: Vec<&str> = policy["allReasons"]
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .collect();
    if reasons.is_empty() {
        String::new()
    } else {
        format!(": {}", reasons.join(", "))
    }
}

fn conditions(out: &mut String, policy: &Value, paint: Paint) {
    for condition in policy["conditions"].as_array().into_iter().flatten() {
        let place = place(condition);
        let sign = match text(&condition["outcome"]) {
            "true" => "met",
            "unknown" => "not known",
            _ => "not met",
        };
        let name = text(&condition["condition"]);
        let _ = writeln!(
            out,
            "      {}",
            paint.faint(&format!("{name}: {sign}  {place}"))
        );
    }
}

fn report_only(out: &mut String, decision: &Value) {
    let changed = &decision["reportOnly"];
    let verdict = text(&changed["verdict"]);
    if !verdict.is_empty() && verdict != text(&decision["verdict"]) {
        let _ = writeln!(out, "  with report-only policies enforced: {verdict}");
    }
}

fn explanation(out: &mut String, explanation: &Value, set: Option<&PolicySet>) {
    let list = |name: &str| explanation[name].as_array().map_or(&[][..], Vec::as_slice);
    let facts = list("facts");
    if explanation["because"].is_array() {
        because(out, explanation, set);
    } else if !facts.is_empty() {
        let parts: Vec<String> = facts
            .iter()
            .map(|f| format!("{} = {}", text(&f["attribute"]), f["value"]))
            .collect();
        let _ = writeln!(out, "  forced by  {}", parts.join("; "));
    }
    for what in list("exhausted") {
        let _ = writeln!(out, "  not all of it is told: {}", text(what));
    }
    let unknown: Vec<&str> = explanation["unknown"]
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .collect();
    if !unknown.is_empty() {
        let _ = writeln!(out, "  not known  {}", unknown.join(", "));
    }
}

/// What forces the verdict, and what would make it better.
fn because(out: &mut String, explanation: &Value, set: Option<&PolicySet>) {
    let list = |name: &str| explanation[name].as_array().map_or(&[][..], Vec::as_slice);
    // Elements of one set stand together.
    let same = |one: &Value, next: &Value| {
        let is_element = one["name"].is_string() && next["name"].is_string();
        is_element && one["fact"] == next["fact"] && one["holds"] == next["holds"]
    };
    for (place, facts) in list("because").chunk_by(same).enumerate() {
        let lead = if place == 0 { "because" } else { "" };
        let _ = writeln!(out, "  {lead:<10} {}", together(facts));
    }
    for change in list("changes") {
        let whom = match change["isAboutPerson"].as_bool() {
            Some(true) => "for another person: ",
            _ => "",
        };
        let condition = text(&change["text"]);
        let clauses = change["missing"].as_array().map_or(&[][..], Vec::as_slice);
        let clauses: Vec<String> = clauses.iter().map(|one| alternatives(one, set)).collect();
        let line = match text(&change["verdict"]) {
            "grant" => format!("would be granted if {condition}"),
            "notApplicable" => format!("would be granted if {condition} (no policy would apply)"),
            "interrupt" => format!(
                "would be asked for {} if {condition}",
                clauses.join(" and ")
            ),
            other => format!("would come to {other} if {condition}"),
        };
        let _ = writeln!(out, "  {whom}{line}");
    }
    for sentence in list("setAside") {
        let _ = writeln!(out, "  this sign-in cannot exist: {}", text(sentence));
    }
}

/// Facts that differ in an element only, in one clause.
fn together(facts: &[Value]) -> String {
    let first = facts.first().map_or("", |fact| text(&fact["text"]));
    let names: Vec<&str> = facts.iter().map(|fact| text(&fact["name"])).collect();
    let (Some((last, others)), Some(lead)) = (
        names.split_last().filter(|(_, others)| !others.is_empty()),
        first.strip_suffix(names.first().copied().unwrap_or_default()),
    ) else {
        return first.to_owned();
    };
    let lead = lead.trim_end();
    let is_denied = facts.first().is_some_and(|fact| fact["holds"] == false);
    let (lead, word) = match lead {
        "the user is in the group" => ("the user is in the groups", "and"),
        "the user has the role" => ("the user has the roles", "and"),
        "the user is not in the group" => ("the user is in none of the groups", "and"),
        "the user does not have the role" => ("the user has none of the roles", "and"),
        lead => (lead, if is_denied { "or" } else { "and" }),
    };
    format!("{lead} {} {word} {last}", others.join(", "))
}

/// The controls of a clause, objects by their names.
fn alternatives(clause: &Value, set: Option<&PolicySet>) -> String {
    words::alternatives(set, clause.as_array().into_iter().flatten().map(text))
}
