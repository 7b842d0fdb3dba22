//! Filters for devices, and the device states that came before them.
//!
//! The rule stands in a JSON string; places in it are turned into places of the file, through the
//! escapes.

use gatewright_diagnostics::{Applicability, Diagnostic};
use gatewright_hir::model::{DeviceFilter, Expr, Located, Scoped};
use gatewright_source::Span;

use super::who::is_exclude_mode;
use crate::context::RULE_SOURCE;
use crate::json::{Member, is_vacuous, quote};
use crate::problems;
use crate::sink::{Fields, Item, Sink};

/// Read `devices` and `deviceStates`.
pub(super) fn read(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> Option<DeviceFilter> {
    let mut legacy = Vec::new();
    let mut filter = None;
    let has_devices = fields.take("devices").is_some();
    if let Some(member) = fields.take_said("devices")
        && let Some(mut inner) = sink.object(member)
    {
        filter = inner
            .take_said("deviceFilter")
            .and_then(|filter| read_filter(sink, filter));
        legacy.extend(states(
            sink,
            member,
            &mut inner,
            ["includeDevices", "excludeDevices"],
        ));
        let names = ["includeDeviceStates", "excludeDeviceStates"];
        legacy.extend(states(sink, member, &mut inner, names));
        sink.carry_rest(&inner, &["conditions", "devices"]);
    }
    if let Some(member) = fields.take_said("deviceStates")
        && let Some(mut inner) = sink.object(member)
    {
        legacy.extend(states(
            sink,
            member,
            &mut inner,
            ["includeStates", "excludeStates"],
        ));
        sink.carry_rest(&inner, &["conditions", "deviceStates"]);
    }
    for state in legacy {
        match &filter {
            Some(first) => {
                let (what, other) = ("a filter for devices", "a device state");
                let found = problems::several_kinds(state.span, first.span, what, other);
                sink.report(found);
                sink.carry(state.member, &["conditions"]);
            }
            None => {
                let name = &state.member.name;
                let found = problems::device_state(state.span, name, &state.rule);
                sink.report(match as_filter(&state, has_devices) {
                    Some(member) => found.fix(
                        "write a filter for devices",
                        Applicability::Always,
                        state.member.name_span.to(state.member.value.span),
                        member,
                    ),
                    None => found,
                });
                filter = Some(state_filter(sink, &state));
            }
        }
    }
    filter
}

fn read_filter(sink: &mut Sink<'_>, member: &Member<'_>) -> Option<DeviceFilter> {
    let mut fields = sink.object(member)?;
    let mode = fields.take("mode").filter(|mode| !mode.value.is_null());
    let rule = fields.take("rule").filter(|rule| !rule.value.is_null());
    sink.carry_rest(&fields, &["conditions", "devices", "deviceFilter"]);
    let is_exclude = is_exclude_mode(sink, mode, member.name_span);
    let Some(rule) = rule else {
        sink.report(problems::incomplete_control(
            member.name_span,
            "deviceFilter",
            "a `rule`",
        ));
        return None;
    };
    let (expr, item) = read_rule(sink, rule, "ca-device")?;
    Some(DeviceFilter {
        is_exclude,
        rule: expr,
        text: item.text,
        span: item.span,
    })
}

/// Read the rule of a filter in its dialect; what it says, and its text.
pub(super) fn read_rule(
    sink: &mut Sink<'_>,
    rule: &Member<'_>,
    dialect: &str,
) -> Option<(Expr, Item)> {
    let item = sink.string(rule)?;
    let map = sink.map_of(&rule.value);
    let reading = (sink.cx.rule)(dialect, RULE_SOURCE, &item.text);
    let place = |span: Span| {
        if span.source == RULE_SOURCE {
            sink.place_in(&map, span.start as usize, span.end as usize)
        } else {
            span
        }
    };
    let problems: Vec<Diagnostic> = reading
        .diagnostics
        .into_iter()
        .map(|problem| moved(problem, &place))
        .collect();
    let mut expr = reading.expr.unwrap_or(Expr::Unknown(item.span));
    move_expr(&mut expr, &place);
    problems
        .into_iter()
        .for_each(|problem| sink.report(problem));
    Some((expr, item))
}

/// A finding in a rule, turned into one in the file.
fn moved(mut problem: Diagnostic, place: &impl Fn(Span) -> Span) -> Diagnostic {
    for label in &mut problem.labels {
        label.span = place(label.span);
    }
    for edit in problem.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
        if edit.span.source == RULE_SOURCE {
            let quoted = quote(&edit.text);
            edit.text = quoted
                .get(1..quoted.len() - 1)
                .unwrap_or_default()
                .to_owned();
        }
        edit.span = place(edit.span);
    }
    problem
}

/// Turn the places in an expression into places in the file. Recursion is bounded: rules are nested
/// no deeper than the parser allows.
fn move_expr(expr: &mut Expr, place: &impl Fn(Span) -> Span) {
    match expr {
        Expr::Constant(_) => {}
        Expr::Not(inner) => move_expr(inner, place),
        Expr::All(parts) | Expr::Any(parts) => {
            parts.iter_mut().for_each(|part| move_expr(part, place));
        }
        Expr::Test(test) => test.span = place(test.span),
        Expr::Location(scoped) => move_scoped(scoped, place),
        Expr::App(scoped) => move_scoped(scoped, place),
        Expr::Some(some) => {
            some.span = place(some.span);
            move_expr(&mut some.body, place);
        }
        Expr::Field(test) => test.span = place(test.span),
        Expr::Unknown(span) => *span = place(*span),
    }
}

fn move_scoped<T>(scoped: &mut Scoped<T>, place: &impl Fn(Span) -> Span) {
    scoped.span = place(scoped.span);
    let items = scoped.include.iter_mut().chain(&mut scoped.exclude);
    items.for_each(|item: &mut Located<T>| item.span = place(item.span));
}

/// A device state that narrows a policy, as a rule.
struct State<'v, 't> {
    member: &'v Member<'t>,
    is_exclude: bool,
    rule: String,
    span: Span,
}

/// The member that takes the place of a device state's; `None` where something else stands in it, or
/// where its name is taken.
fn as_filter(state: &State<'_, '_>, has_devices: bool) -> Option<String> {
    let is_own = state.member.name.eq_ignore_ascii_case("devices");
    let is_legacy = |name: &str| LEGACY.iter().any(|known| known.eq_ignore_ascii_case(name));
    let members = state.member.value.as_object()?;
    let is_alone = members
        .iter()
        .all(|m| is_legacy(&m.name) || is_vacuous(&m.value));
    if !is_alone || (has_devices && !is_own) {
        return None;
    }
    let mode = if state.is_exclude {
        "exclude"
    } else {
        "include"
    };
    let rule = quote(&state.rule);
    let filter = format!("{{ \"mode\": \"{mode}\", \"rule\": {rule} }}");
    Some(format!("\"devices\": {{ \"deviceFilter\": {filter} }}"))
}

/// The lists of device states, by all the names that they have had.
const LEGACY: &[&str] = &[
    "includeDevices",
    "excludeDevices",
    "includeDeviceStates",
    "excludeDeviceStates",
    "includeStates",
    "excludeStates",
];

/// Read one pair of lists of device states; `None` where they do not narrow the policy.
fn states<'v, 't>(
    sink: &mut Sink<'_>,
    member: &'v Member<'t>,
    fields: &mut Fields<'_, '_>,
    [include_name, exclude_name]: [&'static str; 2],
) -> Option<State<'v, 't>> {
    let included = sink.list(fields, include_name);
    let excluded = sink.list(fields, exclude_name);
    let include = atoms(sink, &included)?;
    let exclude = atoms(sink, &excluded)?;
    let is_all = included.is_empty() || include.len() < included.len();
    let positive = |atom: &Atom| format!("{} -eq {}", atom.0, atom.1);
    let negative = |atom: &Atom| format!("{} -ne {}", atom.0, atom.1);
    let join = |atoms: &[Atom], write: fn(&Atom) -> String, with: &str| {
        atoms.iter().map(write).collect::<Vec<_>>().join(with)
    };
    let (is_exclude, rule) = match (is_all, exclude.is_empty()) {
        (true, true) => return None,
        (true, false) => (true, join(&exclude, positive, " -or ")),
        (false, true) => (false, join(&include, positive, " -or ")),
        (false, false) => {
            let include = join(&include, positive, " -or ");
            let exclude = join(&exclude, negative, " -and ");
            (false, format!("({include}) -and {exclude}"))
        }
    };
    Some(State {
        member,
        is_exclude,
        rule,
        span: member.name_span,
    })
}

/// An attribute and the value that a state stands for.
type Atom = (&'static str, &'static str);

/// What the words stand for, `All` apart.
fn atoms(sink: &mut Sink<'_>, items: &[Item]) -> Option<Vec<Atom>> {
    let mut atoms = Vec::new();
    for item in items {
        if sink.is_word(item, "Compliant") {
            atoms.push(("device.isCompliant", "True"));
        } else if sink.is_word(item, "DomainJoined") {
            atoms.push(("device.trustType", "\"ServerAD\""));
        } else if !sink.is_word(item, "All") {
            sink.unknown_word(item, "device state", &["All", "Compliant", "DomainJoined"]);
            return None;
        }
    }
    Some(atoms)
}

fn state_filter(sink: &mut Sink<'_>, state: &State<'_, '_>) -> DeviceFilter {
    let reading = (sink.cx.rule)("ca-device", RULE_SOURCE, &state.rule);
    let mut expr = reading.expr.unwrap_or(Expr::Unknown(state.span));
    move_expr(&mut expr, &|_| state.span);
    DeviceFilter {
        is_exclude: state.is_exclude,
        rule: expr,
        text: state.rule.clone(),
        span: state.span,
    }
}

#[cfg(test)]
mod tests {
    use gatewright_diagnostics::{Applicability, codes};

    use crate::json::EscapeMap;

    use super::*;

    #[test]
    fn findings_in_a_rule_point_through_escapes_and_their_fixes_are_escaped() {
        let literal = r#""device.x -eq \"a\"""#;
        let map = EscapeMap::new(literal, 50);
        let rule = "device.x -eq \"a\"";
        let at = |text: &str| u32::try_from(rule.find(text).unwrap()).unwrap();
        let span = Span::new(RULE_SOURCE, at("\"a"), at("\"a") + 3);
        let found =
            Diagnostic::new(codes::GW0604, span, "x").fix("y", Applicability::Maybe, span, "\"b\"");
        let place = |s: Span| {
            let offset = |at: u32| u32::try_from(map.place(at as usize)).unwrap();
            Span::new(Default::default(), offset(s.start), offset(s.end))
        };
        let found = moved(found, &place);
        let written = &literal[found.span().start as usize - 50..found.span().end as usize - 50];
        assert_eq!(written, "\\\"a\\\"");
        assert_eq!(found.fixes[0].edits[0].text, "\\\"b\\\"");
    }
}
