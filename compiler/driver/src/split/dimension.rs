//! Putting a question of `when` into the dimension of a policy that asks it.

use std::hash::Hash;

use gatewright_hir::model::{
    AppScope, Assignments, Comparison, Condition, DeviceFilter, Expr, Located, LocationScope,
    PlatformScope, Scoped, Target, Test, UserScope, Who,
};
use gatewright_hir::schema::Schema;
use gatewright_interop::rule_text;
use gatewright_source::Span;
use gatewright_value::vocabulary::{
    ClientApp, InsiderRiskLevel, Platform, RiskLevel, TransferMethod,
};

use super::{Literal, Reason};

/// Whether an expression asks about nothing but the device.
pub(super) fn is_of_device(schema: &Schema, expr: &Expr) -> bool {
    // Whether a rule can say it is found out when it is written; only the shape matters here.
    match expr {
        Expr::Not(inner) => is_of_device(schema, inner),
        Expr::All(parts) | Expr::Any(parts) => {
            !parts.is_empty() && parts.iter().all(|part| is_of_device(schema, part))
        }
        Expr::Test(test) => schema
            .attribute(test.attribute)
            .is_some_and(|a| a.name.starts_with("device.")),
        _ => false,
    }
}

/// Narrow a policy by the questions of a conjunction; false where nothing is left.
pub(super) fn narrow(
    schema: &Schema,
    assignments: &mut Assignments,
    literals: &[Literal<'_>],
) -> Result<bool, Reason> {
    let mut rules = Vec::new();
    for literal in literals {
        let is_left = match literal.expr {
            Expr::Location(scoped) => location(assignments, scoped, literal.is_negated)?,
            Expr::App(scoped) => app(assignments, scoped, literal.is_negated)?,
            Expr::Test(test) => {
                let name = schema
                    .attribute(test.attribute)
                    .map_or("", |a| a.name.as_str());
                if name.starts_with("device.") {
                    rules.push(rule(literal));
                    true
                } else {
                    attribute(assignments, name, test, literal.is_negated)?
                }
            }
            _ => {
                rules.push(rule(literal));
                true
            }
        };
        if !is_left {
            return Ok(false);
        }
    }
    devices(schema, assignments, rules)?;
    Ok(true)
}

fn rule(literal: &Literal<'_>) -> Expr {
    if literal.is_negated {
        Expr::Not(Box::new(literal.expr.clone()))
    } else {
        literal.expr.clone()
    }
}

/// Join what is asked of the device with the filter that is there.
fn devices(schema: &Schema, assignments: &mut Assignments, rules: Vec<Expr>) -> Result<(), Reason> {
    if rules.is_empty() {
        return Ok(());
    }
    let mut all = rules;
    let span = all.iter().find_map(place).unwrap_or_default();
    if let Some(filter) = assignments.devices.take() {
        all.push(if filter.is_exclude {
            Expr::Not(Box::new(filter.rule))
        } else {
            filter.rule
        });
    }
    // A filter that excludes meets unregistered devices, one that includes does not; the side on
    // which a lone question stands is the one that its author thought of.
    let (is_exclude, rule) = match <[Expr; 1]>::try_from(all) {
        Ok([Expr::Not(inner)]) => (true, *inner),
        Ok([single]) => (false, single),
        Err(all) if all.iter().all(|part| matches!(part, Expr::Not(_))) => {
            let parts = all.into_iter().map(|part| match part {
                Expr::Not(inner) => *inner,
                other => other,
            });
            (true, Expr::Any(parts.collect()))
        }
        Err(all) => (false, Expr::All(all)),
    };
    let Some(text) = rule_text(schema, "ca-device", &rule) else {
        let why = "a filter for devices cannot ask this";
        return Err(Reason::new(why, Some(span)));
    };
    assignments.devices = Some(DeviceFilter {
        is_exclude,
        rule,
        text,
        span,
    });
    Ok(())
}

fn place(expr: &Expr) -> Option<Span> {
    match expr {
        Expr::Not(inner) => place(inner),
        Expr::All(parts) | Expr::Any(parts) => parts.iter().find_map(place),
        Expr::Test(test) => Some(test.span),
        _ => None,
    }
}

fn location(
    assignments: &mut Assignments,
    asked: &Scoped<LocationScope>,
    is_negated: bool,
) -> Result<bool, Reason> {
    let span = asked.span;
    if is_negated && !asked.exclude.is_empty() {
        let why = "a network with exceptions is ruled out";
        return Err(Reason::new(why, Some(span)));
    }
    let all = || Scoped {
        include: vec![Located {
            value: LocationScope::All,
            span,
        }],
        exclude: Vec::new(),
        span,
    };
    let mut there = assignments.locations.take().unwrap_or_else(all);
    if is_negated {
        there.exclude.extend(asked.include.iter().cloned());
    } else {
        narrow_scope(&mut there, asked, &LocationScope::All)
            .ok_or_else(|| Reason::new("it asks for two networks at once", Some(span)))?;
    }
    assignments.locations = Some(there);
    Ok(true)
}

/// Narrow includes: one side must be everything, or both the same.
fn narrow_scope<T: Clone + PartialEq>(
    there: &mut Scoped<T>,
    asked: &Scoped<T>,
    all: &T,
) -> Option<()> {
    let has_all = |scoped: &Scoped<T>| scoped.include.iter().any(|item| item.value == *all);
    if has_all(there) {
        there.include.clone_from(&asked.include);
    } else if !has_all(asked) {
        let is_same = there.include.len() == asked.include.len()
            && there
                .include
                .iter()
                .all(|item| asked.include.iter().any(|other| other.value == item.value));
        if !is_same {
            return None;
        }
    }
    there.exclude.extend(asked.exclude.iter().cloned());
    Some(())
}

fn app(
    assignments: &mut Assignments,
    asked: &Scoped<AppScope>,
    is_negated: bool,
) -> Result<bool, Reason> {
    let span = Some(asked.span);
    let Target::Apps(there) = &mut assignments.target else {
        let why = "it asks for a resource, and the policy is for something else";
        return Err(Reason::new(why, span));
    };
    if is_negated {
        if !asked.exclude.is_empty() {
            return Err(Reason::new("a resource with exceptions is ruled out", span));
        }
        there.exclude.extend(asked.include.iter().cloned());
    } else {
        narrow_scope(there, asked, &AppScope::All)
            .ok_or_else(|| Reason::new("it asks for two resources at once", span))?;
    }
    Ok(true)
}

fn attribute(
    assignments: &mut Assignments,
    name: &str,
    test: &Test,
    is_negated: bool,
) -> Result<bool, Reason> {
    let is_negated = is_negated != test.is_negated;
    let words: &[String] = match &test.comparison {
        Comparison::OneOf(words) | Comparison::Has(words) => words,
        _ => return Err(no_dimension(name, test)),
    };
    let span = test.span;
    let a = assignments;
    match name {
        "user.risk" => levels(
            &mut a.user_risk,
            words,
            is_negated,
            RiskLevel::ALL,
            span,
            |l| l.name(),
        ),
        "signIn.risk" => levels(
            &mut a.sign_in_risk,
            words,
            is_negated,
            RiskLevel::ALL,
            span,
            |l| l.name(),
        ),
        "servicePrincipal.risk" => {
            let there = &mut a.service_principal_risk;
            levels(there, words, is_negated, RiskLevel::ALL, span, |l| l.name())
        }
        "user.insiderRisk" => {
            let there = &mut a.insider_risk;
            levels(there, words, is_negated, InsiderRiskLevel::ALL, span, |l| {
                l.name()
            })
        }
        "session.flow" if !is_negated => {
            levels(&mut a.flows, words, false, TransferMethod::ALL, span, |l| {
                l.name()
            })
        }
        "signIn.client" => levels(
            &mut a.clients,
            words,
            is_negated,
            ClientApp::ALL,
            span,
            |l| l.name(),
        ),
        "signIn.platform" => platforms(a, words, is_negated, span),
        "user.groups" => users(a, words, is_negated, span, UserScope::Group),
        "user.roles" => users(a, words, is_negated, span, UserScope::Role),
        "user.id" => users(a, words, is_negated, span, UserScope::User),
        _ => Err(no_dimension(name, test)),
    }
}

fn no_dimension(name: &str, test: &Test) -> Reason {
    let why = format!("no dimension of a policy asks for `{name}` so");
    Reason::new(why, Some(test.span))
}

/// Narrow a condition that is a list of members.
fn levels<T: Copy + Eq + Hash>(
    there: &mut Option<Condition<T>>,
    words: &[String],
    is_negated: bool,
    all: &[T],
    span: Span,
    name: fn(T) -> &'static str,
) -> Result<bool, Reason> {
    let is_asked = |member: &T| {
        words
            .iter()
            .any(|word| word.eq_ignore_ascii_case(name(*member)))
            != is_negated
    };
    let before = there
        .as_ref()
        .map_or(all, |condition| condition.members.as_slice());
    let members: Vec<T> = before.iter().copied().filter(is_asked).collect();
    let is_left = !members.is_empty();
    *there = Some(Condition { members, span });
    Ok(is_left)
}

fn platforms(
    assignments: &mut Assignments,
    words: &[String],
    is_negated: bool,
    span: Span,
) -> Result<bool, Reason> {
    let item = |word: &String| {
        let value = Platform::parse(word).map(PlatformScope::Platform)?;
        Some(Located { value, span })
    };
    let asked: Option<Vec<Located<PlatformScope>>> = words.iter().map(item).collect();
    let Some(asked) = asked else {
        let why = "a platform that no policy names";
        return Err(Reason::new(why, Some(span)));
    };
    let all = Located {
        value: PlatformScope::All,
        span,
    };
    let there = assignments.platforms.get_or_insert_with(|| Scoped {
        include: vec![all],
        exclude: Vec::new(),
        span,
    });
    if is_negated {
        there.exclude.extend(asked);
        return Ok(true);
    }
    if there
        .include
        .iter()
        .any(|item| item.value == PlatformScope::All)
    {
        there.include = asked;
    } else {
        there
            .include
            .retain(|item| asked.iter().any(|other| other.value == item.value));
    }
    Ok(!there.include.is_empty())
}

fn users(
    assignments: &mut Assignments,
    ids: &[String],
    is_negated: bool,
    span: Span,
    make: fn(String) -> UserScope,
) -> Result<bool, Reason> {
    let Who::Users(there) = &mut assignments.who else {
        let why = "it asks for users, and the policy is for something else";
        return Err(Reason::new(why, Some(span)));
    };
    let asked: Vec<Located<UserScope>> = ids
        .iter()
        .map(|id| Located {
            value: make(id.clone()),
            span,
        })
        .collect();
    if is_negated {
        there.exclude.extend(asked);
        return Ok(true);
    }
    let asked = Scoped {
        include: asked,
        exclude: Vec::new(),
        span,
    };
    narrow_scope(there, &asked, &UserScope::All)
        .ok_or_else(|| Reason::new("it asks for two kinds of users at once", Some(span)))?;
    Ok(true)
}
