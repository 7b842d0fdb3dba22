//! Edges in words, and where the condition is written that asks.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use gatewright_decision::{Cells, ClassSet, Classes, Decisions, TargetSet, TextClass, Variable};
use gatewright_hir::model::{Comparison, Expr, Policy, PolicySet, UserScope, Who};
use gatewright_hir::schema::AttributeId;
use gatewright_runtime::format_date_time;
use gatewright_source::Span;
use gatewright_value::vocabulary::Reason;
use gatewright_value::{Kind, fold};

use crate::names::{NAMED_MAX, ObjectNames, either, either_of};

/// What is needed to speak of the edges of one policy.
pub(super) struct Words<'s> {
    set: &'s PolicySet,
    decisions: &'s Decisions,
    names: &'s ObjectNames,
    /// By variable: the first condition that asks about it.
    conditions: BTreeMap<u32, (Reason, Span)>,
    questions: Questions,
}

/// Where single questions are written.
#[derive(Default)]
struct Questions {
    /// By attribute and constant, folded: the first that names it.
    by_constant: BTreeMap<(AttributeId, String), Span>,
    /// By attribute: the first, and how many there are.
    by_attribute: BTreeMap<AttributeId, (Span, usize)>,
}

impl Questions {
    fn add(&mut self, attribute: AttributeId, constants: &[String], span: Span) {
        for constant in constants {
            let key = (attribute, fold(constant).into_owned());
            self.by_constant.entry(key).or_insert(span);
        }
        self.by_attribute.entry(attribute).or_insert((span, 0)).1 += 1;
    }
}

impl<'s> Words<'s> {
    pub(super) fn new(
        set: &'s PolicySet,
        decisions: &'s Decisions,
        names: &'s ObjectNames,
        place: usize,
    ) -> Words<'s> {
        let mut conditions = BTreeMap::new();
        let built = decisions.policies.get(place);
        for condition in built.into_iter().flat_map(|built| &built.conditions) {
            condition.formula.for_each_literal(&mut |literal| {
                conditions
                    .entry(literal.variable)
                    .or_insert((condition.reason, condition.span));
            });
        }
        let policy = set.policies.get(place);
        Words {
            set,
            decisions,
            names,
            conditions,
            questions: policy
                .map(|policy| questions(set, policy))
                .unwrap_or_default(),
        }
    }

    /// The condition that asks about a variable, and the narrowest place where that is written.
    pub(super) fn place(&self, variable: u32, classes: &ClassSet) -> (Reason, Span) {
        let condition = self.conditions.get(&variable).copied();
        let (reason, span) = condition.unwrap_or((Reason::InvalidCondition, Span::default()));
        let Some(described) = self.decisions.space.variables.get(variable as usize) else {
            return (reason, span);
        };
        let attribute = described.attribute;
        let naming = |text: &str| {
            let key = (attribute, text.to_owned());
            self.questions.by_constant.get(&key).copied()
        };
        let named = match &described.classes {
            Classes::Has(text)
            | Classes::Contains(text)
            | Classes::EndsWith(text)
            | Classes::Matches(text) => naming(text),
            Classes::Text(entries) => entries_of(entries, classes)
                .take(NAMED_MAX)
                .find_map(|entry| naming(&entry.text)),
            _ => None,
        };
        let only = || {
            let (span, count) = self.questions.by_attribute.get(&attribute)?;
            (*count == 1).then_some(*span)
        };
        (reason, named.or_else(only).unwrap_or(span))
    }

    /// When an edge is taken.
    pub(super) fn edge(&self, variable: &Variable, classes: &ClassSet) -> String {
        let attribute = self.set.schema.attribute(variable.attribute);
        let subject = attribute.map_or(variable.name.as_str(), |attribute| &attribute.name);
        let subject = format!("`{subject}`");
        let holds = classes.contains(1);
        let part = |positive: &str, negative: &str, what: &str| {
            let verb = if holds { positive } else { negative };
            format!("{subject} {verb} {what}")
        };
        let quoted = |text: &str| format!("\"{text}\"");
        match &variable.classes {
            Classes::Boolean => {
                let mut words = Vec::new();
                let names = [(1, "true"), (0, "false"), (2, "null")];
                for (_, name) in names.iter().filter(|(class, _)| classes.contains(*class)) {
                    words.push((*name).to_owned());
                }
                format!("{subject} is {}", either(&words))
            }
            Classes::Text(entries) => {
                let (words, count) = self.texts(variable, entries, classes);
                format!("{subject} is {}", either_of(&words, count))
            }
            Classes::Ordered(cells) => {
                let kind = attribute.map(|attribute| &attribute.kind);
                let words = runs(variable, cells, kind, classes);
                format!(
                    "{subject} is {}",
                    either_of(&words, classes.runs().len().max(words.len()))
                )
            }
            Classes::Has(text) => part("has", "does not have", self.names.of(text)),
            Classes::Contains(text) => part("contains", "does not contain", &quoted(text)),
            Classes::EndsWith(text) => part("ends with", "does not end with", &quoted(text)),
            Classes::Matches(text) => part("matches", "does not match", &quoted(text)),
            Classes::Reaches(set) => part("reaches", "does not reach", &self.targets(set)),
            Classes::Some(predicate) => {
                part("has some with", "has none with", &predicate.to_string())
            }
        }
    }

    /// The first values of a text, those without a class of their own last; and how many there are.
    fn texts(
        &self,
        variable: &Variable,
        entries: &[TextClass],
        classes: &ClassSet,
    ) -> (Vec<String>, usize) {
        let kind = self.set.schema.attribute(variable.attribute);
        let kind = kind.map(|attribute| &attribute.kind);
        let members: &[String] = match kind {
            Some(Kind::Enumeration { members, .. }) => members,
            _ => &[],
        };
        let word = |entry: &TextClass| {
            let member = members.iter().find(|member| fold(member) == entry.text);
            match (member, entry.is_exact, kind) {
                (Some(member), true, _) => member.clone(),
                (_, true, Some(Kind::Guid)) => self.names.of(&entry.text).to_owned(),
                (_, true, _) => format!("\"{}\"", entry.text),
                (_, false, _) => format!("\"{}…\"", entry.text),
            }
        };
        let mut named = entries_of(entries, classes);
        let mut words: Vec<String> = named.by_ref().take(NAMED_MAX + 1).map(word).collect();
        let mut count = words.len() + named.count();
        let mut more = Vec::new();
        if classes.contains(0) {
            let is_named = |member: &&String| {
                let folded = fold(member);
                entries.iter().any(|entry| entry.text == folded)
            };
            more.extend(members.iter().filter(|member| !is_named(member)).cloned());
            more.extend(match kind {
                Some(Kind::Enumeration { is_open: true, .. }) => Some("no known value".to_owned()),
                Some(Kind::Enumeration { .. }) => None,
                _ => Some("something else".to_owned()),
            });
        }
        let null = variable.null_class();
        if null.is_some_and(|null| classes.contains(null)) {
            more.push("null".to_owned());
        }
        count += more.len();
        words.append(&mut more);
        (words, count)
    }

    fn targets(&self, set: &TargetSet) -> String {
        let shown = set.listed.iter().take(NAMED_MAX + 1);
        let names: Vec<String> = shown.map(|id| self.names.of(id).to_owned()).collect();
        let names = either_of(&names, set.listed.len());
        match (set.is_complement, names.is_empty()) {
            (true, true) => "anything".to_owned(),
            (true, false) => format!("anything but {names}"),
            (false, _) => names,
        }
    }
}

/// The entries of these classes. As questions are collected, each entry has the class after its
/// place, so this looks at no others.
fn entries_of<'e>(
    entries: &'e [TextClass],
    classes: &'e ClassSet,
) -> impl Iterator<Item = &'e TextClass> {
    let numbers = classes
        .runs()
        .iter()
        .flat_map(|(first, last)| *first..=*last);
    numbers
        .take_while(|class| (*class as usize) <= entries.len())
        .filter_map(|class| entries.get((class as usize).checked_sub(1)?))
}

/// The first ranges of an ordered value.
fn runs(
    variable: &Variable,
    cells: &Cells,
    kind: Option<&Kind>,
    classes: &ClassSet,
) -> Vec<String> {
    let null = variable.null_class();
    let count = u32::try_from(cells.starts.len()).unwrap_or(u32::MAX);
    let mut words = Vec::new();
    let start = |class: u32| {
        class
            .checked_sub(1)
            .and_then(|at| cells.starts.get(at as usize))
    };
    for (first, last) in classes.runs().iter().take(NAMED_MAX + 1).copied() {
        // Null comes after the cells and may end a run.
        let ends_in_null = null.is_some_and(|null| first <= null && null <= last);
        if first <= count {
            let from = start(first).map(|key| shown(kind, *key));
            let end = cells.starts.get(last as usize).copied();
            let to = end.and_then(|key| key.checked_sub(1));
            let to = to.filter(|_| last < count).map(|key| shown(kind, key));
            words.push(match (from, to) {
                (None, None) => "any value".to_owned(),
                (None, Some(to)) => format!("up to {to}"),
                (Some(from), None) => format!("from {from}"),
                (Some(from), Some(to)) if from == to => from,
                (Some(from), Some(to)) => format!("from {from} to {to}"),
            });
        }
        if ends_in_null {
            words.push("null".to_owned());
        }
    }
    words
}

/// A value from its key.
fn shown(kind: Option<&Kind>, key: u128) -> String {
    let signed = || u64::try_from(key).map(|key| (key ^ (1 << 63)).cast_signed());
    match (kind, signed()) {
        (Some(Kind::Address), _) => {
            let address = Ipv6Addr::from(key);
            let address = address
                .to_ipv4_mapped()
                .map_or(IpAddr::V6(address), IpAddr::V4);
            address.to_string()
        }
        (Some(Kind::Integer { .. }), Ok(value)) => value.to_string(),
        (Some(Kind::DateTime), Ok(value)) => format_date_time(value),
        (Some(Kind::Duration), Ok(value)) => format!("{value} seconds"),
        (Some(Kind::Version), _) => {
            let parts = [96, 64, 32, 0].map(|shift: u32| (key >> shift) & u128::from(u32::MAX));
            let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
            parts.join(".")
        }
        (Some(Kind::Decimal), _) => decimal(key),
        _ => key.to_string(),
    }
}

/// A number with a point, without zeros at its end.
fn decimal(key: u128) -> String {
    let digits = usize::try_from(gatewright_value::Decimal::DIGITS).unwrap_or(0);
    let value = (key ^ (1 << 127)).cast_signed();
    let sign = if value < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", value.unsigned_abs(), width = digits + 1);
    let (whole, part) = text.split_at(text.len() - digits);
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{part}")
}

/// Where the single questions of a policy are written: comparisons, groups, roles and users.
fn questions(set: &PolicySet, policy: &Policy) -> Questions {
    let mut found = Questions::default();
    let mut open: Vec<&Expr> = policy.when.iter().collect();
    if let Some(assignments) = &policy.assignments {
        open.extend(assignments.devices.iter().map(|filter| &filter.rule));
        if let Who::Users(users) = &assignments.who {
            let attribute = |name| set.schema.find_attribute(name);
            let ids = attribute("user.id").zip(attribute("user.groups"));
            let ids = ids.zip(attribute("user.roles"));
            for item in users.include.iter().chain(&users.exclude) {
                let Some(((user, groups), roles)) = ids else {
                    break;
                };
                let (attribute, id) = match &item.value {
                    UserScope::User(id) => (user, id),
                    UserScope::Group(id) => (groups, id),
                    UserScope::Role(id) => (roles, id),
                    _ => continue,
                };
                found.add(attribute, std::slice::from_ref(id), item.span);
            }
        }
    }
    while let Some(expr) = open.pop() {
        match expr {
            Expr::Not(inner) => open.push(inner),
            Expr::All(parts) | Expr::Any(parts) => open.extend(parts.iter().rev()),
            Expr::Test(test) => {
                found.add(test.attribute, constants(&test.comparison), test.span);
            }
            Expr::Some(some) => found.add(some.collection, &[], some.span),
            Expr::Constant(_)
            | Expr::Location(_)
            | Expr::App(_)
            | Expr::Field(_)
            | Expr::Unknown(_) => {}
        }
    }
    found
}

fn constants(comparison: &Comparison) -> &[String] {
    match comparison {
        Comparison::OneOf(texts)
        | Comparison::StartsWith(texts)
        | Comparison::EndsWith(texts)
        | Comparison::Contains(texts)
        | Comparison::Has(texts) => texts,
        Comparison::Matches(text) => std::slice::from_ref(text),
        _ => &[],
    }
}
