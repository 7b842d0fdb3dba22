//! Reading a request under a schema of one's own: an object of its entities, each an object of its
//! attributes. `unknown` names what is not known.
//!
//! An absent attribute is empty if it is a set and null if it can be null; any other is unknown,
//! and a warning says so. A difference of two date-times is worked out, and given by no request. Every attribute of an entity that can be missing as a whole, and is, is
//! null.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gatewright_bytecode::Program;
use gatewright_value::{
    AttributeInfo, Field, KeyError, Kind, Record, address_key, date_time_key, duration_key,
    ordered_key, parse_address, parse_date_time, parse_duration,
};
use gatewright_vm::Fact;

use crate::engine::Engine;
use crate::entra::country;
use crate::json::{Json, Value};
use crate::read::{Filler, Found, Node, Object};
use crate::request::Request;
use crate::suggest::hint;
use crate::unknown::forget;

/// Read a request.
pub(crate) fn read<'a>(engine: &Engine, json: &Json<'a>) -> Found<Request<'a>> {
    let program = engine.program();
    let root = Node::root(json).object("")?;
    let entities: BTreeSet<&str> = program
        .attributes
        .iter()
        .map(|row| split(&row.name).0)
        .collect();
    let members = ["unknown", "appliedPoliciesOnly"];
    root.allow(entities.iter().copied().chain(members))?;
    let mut filler = Filler::new(engine);
    let mut missing = Vec::new();
    for name in &entities {
        let object = root.get(name).map(|node| node.object(name)).transpose()?;
        entity(&mut filler, name, object, &mut missing)?;
    }
    let given = |member| root.get(member).filter(|_| !entities.contains(member));
    if let Some(node) = given("appliedPoliciesOnly") {
        filler.request.applied_policies_only = node.boolean()?;
    }
    let forgotten = match given("unknown") {
        None => BTreeSet::new(),
        Some(node) => forget(&mut filler, node)?,
    };
    filler.derive(&forgotten);
    missing.retain(|name| !forgotten.contains(*name));
    if !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
        filler.warn(format!(
            "the request does not say {}: unknown",
            names.join(", ")
        ));
    }
    Ok(filler.request)
}

fn split(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or((name, ""))
}

/// Read an entity, and add the attributes that it should say and does not to `missing`.
fn entity<'a, 'e>(
    filler: &mut Filler<'e, 'a>,
    name: &str,
    object: Option<Object<'_, 'a>>,
    missing: &mut Vec<&'e str>,
) -> Found<()> {
    let engine = filler.engine;
    let program = engine.program();
    let is_given = |row: &&AttributeInfo| !is_difference(program, &row.name);
    let of_entity = program
        .attributes
        .iter()
        .filter(|row| split(&row.name).0 == name)
        .filter(is_given);
    if let Some(object) = object {
        object.allow(of_entity.clone().map(|row| split(&row.name).1))?;
    }
    let is_missing = object.is_none() && program.optional_entities.iter().any(|one| one == name);
    for info in of_entity {
        let node = object.and_then(|object| object.get(split(&info.name).1));
        if let Some(node) = node {
            let fact = fact(info, node)?;
            filler.set(&info.name, fact, node)?;
            continue;
        }
        let fact = match &info.kind {
            Kind::Set(_) => Fact::empty_set(&info.kind),
            _ if info.is_optional || is_missing => Fact::Null,
            _ => {
                missing.push(&info.name);
                continue;
            }
        };
        // The fact is of the attribute's type by the match above.
        _ = filler.put(&info.name, fact);
    }
    Ok(())
}

/// The fact that a value which is not null stands for.
pub(crate) fn fact<'a>(info: &AttributeInfo, node: Node<'_, 'a>) -> Found<Fact<'a>> {
    let name = &info.name;
    let refuse = |text: &str| {
        node.problem(format!(
            "`{text}` is no {} as `{name}` needs it",
            info.kind.name()
        ))
    };
    Ok(match &info.kind {
        Kind::Boolean => Fact::Boolean(node.boolean()?),
        Kind::String | Kind::Guid => Fact::Text(node.string()?),
        Kind::Country => Fact::Text(country(node)?),
        Kind::Enumeration { members, is_open } => {
            let text = node.string()?;
            let is_member = members
                .iter()
                .any(|member| member.eq_ignore_ascii_case(&text));
            if !is_member && !is_open {
                let hint = hint(&text, members.iter().map(String::as_str));
                return node.fail(format!("`{text}` is no value of `{name}`{hint}"));
            }
            Fact::Text(text)
        }
        Kind::Integer { .. } => match &node.json.value {
            Value::Number(text) => number(info, node, text)?,
            _ => return node.fail(format!("`{name}` needs a number")),
        },
        Kind::Decimal => match &node.json.value {
            Value::Number(text) => number(info, node, &plain(text))?,
            Value::String(text) => number(info, node, text)?,
            _ => return node.fail(format!("`{name}` needs a number")),
        },
        Kind::Version => {
            let text = node.string()?;
            Fact::Ordered(ordered_key(&info.kind, &text).map_err(|_| refuse(&text))?)
        }
        Kind::DateTime => {
            let text = node.string()?;
            Fact::Ordered(date_time_key(
                parse_date_time(&text).ok_or_else(|| refuse(&text))?,
            ))
        }
        Kind::Duration => {
            let seconds = match &node.json.value {
                Value::Number(text) => text.parse().map_err(|_| refuse(text))?,
                _ => {
                    let text = node.string()?;
                    parse_duration(&text).ok_or_else(|| refuse(&text))?
                }
            };
            Fact::Ordered(duration_key(seconds))
        }
        Kind::Address => {
            let text = node.string()?;
            Fact::Address(address_key(
                parse_address(&text).ok_or_else(|| refuse(&text))?,
            ))
        }
        Kind::Set(element) if **element == Kind::Record => records(info, node)?,
        Kind::Set(element) => set(info, element, node)?,
        Kind::Record => return Err(refuse("a record outside of a set")),
    })
}

/// A set of records: objects whose members are texts, lists of texts, or what is written as one.
fn records<'a>(info: &AttributeInfo, node: Node<'_, 'a>) -> Found<Fact<'a>> {
    let mut records = Vec::new();
    for element in node.elements()? {
        let mut record = Record::new();
        for (name, node) in element.object(&info.name)?.members() {
            let value = match &node.json.value {
                Value::Array(_) => Field::List(
                    node.elements()?
                        .map(|element| text(element))
                        .collect::<Found<_>>()?,
                ),
                _ => Field::Text(text(node)?),
            };
            if record.set(name, value).is_some() {
                return node.fail("the same field is given twice: case does not count");
            }
        }
        records.push(record);
    }
    Ok(Fact::Records(records))
}

/// A text, or a truth value or number as text.
fn text<'a>(node: Node<'_, 'a>) -> Found<Cow<'a, str>> {
    match &node.json.value {
        Value::Boolean(truth) => Ok(truth.to_string().into()),
        Value::Number(number) => Ok((*number).into()),
        _ => node.string(),
    }
}

fn is_difference(program: &Program, attribute: &str) -> bool {
    program.differences.iter().any(|row| {
        let info = program.attributes.get(row.attribute as usize);
        info.is_some_and(|info| info.name == attribute)
    })
}

fn number<'a>(info: &AttributeInfo, node: Node<'_, 'a>, text: &str) -> Found<Fact<'a>> {
    let name = &info.name;
    let key = ordered_key(&info.kind, text);
    key.map(Fact::Ordered)
        .map_err(|error| match (&info.kind, error) {
            (Kind::Integer { min, max }, KeyError::OutOfBounds) => node.problem(format!(
                "`{text}` is outside the bounds of `{name}`, {min} to {max}"
            )),
            (Kind::Integer { .. }, _) => {
                node.problem(format!("`{text}` is no whole number of 64 bits"))
            }
            _ => node.problem(format!(
                "`{text}` is no number of at most 18 digits before and 9 after the point"
            )),
        })
}

/// A JSON number without an exponent, where that does not make it too long for any decimal.
fn plain(text: &str) -> Cow<'_, str> {
    const SHIFT_MAX: i32 = 32;
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return text.into();
    };
    let Some(shift) = exponent
        .parse::<i32>()
        .ok()
        .filter(|by| by.abs() <= SHIFT_MAX)
    else {
        return text.into();
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let zeros = "0".repeat(usize::try_from(SHIFT_MAX).unwrap_or(0) + 1);
    let digits = format!("{zeros}{whole}{fraction}{zeros}");
    let point = i32::try_from(zeros.len() + whole.len())
        .unwrap_or(i32::MAX)
        .saturating_add(shift);
    let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0).min(digits.len()));
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let or_zero = |digits: &str| {
        if digits.is_empty() {
            "0".to_owned()
        } else {
            digits.to_owned()
        }
    };
    format!("{sign}{}.{}", or_zero(whole), or_zero(fraction)).into()
}

/// A set: its elements are checked like values of the element type, and kept as texts.
fn set<'a>(info: &AttributeInfo, element: &Kind, node: Node<'_, 'a>) -> Found<Fact<'a>> {
    let info = AttributeInfo {
        name: info.name.clone(),
        kind: element.clone(),
        is_optional: false,
    };
    let mut texts = Vec::new();
    for element in node.elements()? {
        let text = match (fact(&info, element)?, &element.json.value) {
            (Fact::Text(text), _) => text,
            (Fact::Boolean(truth), _) => truth.to_string().into(),
            (_, Value::Number(text)) => (*text).into(),
            _ => element.string()?,
        };
        texts.push(text);
    }
    Ok(Fact::Set(texts))
}
