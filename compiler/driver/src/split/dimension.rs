//! Putting a question of `when` into the dimension of a policy that asks it.

use std::hash::Hash;

use gatewright_hir::model::{
    AppScope, Assignments, Comparison, Condition, DeviceFilter, Expr, Guests, Located,
    LocationScope, PlatformScope, Scoped, Target, Test, UserScope, Who,
};
use gatewright_hir::schema::Schema;
use gatewright_interop::rule_text;
use gatewright_source::Span;
use gatewright_value::vocabulary::{
    AgentRiskLevel, ClientApp, GuestType, InsiderRiskLevel, Platform, RiskLevel, TransferMethod,
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

/// Narrow includes: one side must be everything, or have all that the other has.
fn narrow_scope<T: Clone + PartialEq>(
    there: &mut Scoped<T>,
    asked: &Scoped<T>,
    all: &T,
) -> Option<()> {
    let has = |scoped: &Scoped<T>, value: &T| scoped.include.iter().any(|i| i.value == *value);
    let has_each = |whole: &Scoped<T>, part: &Scoped<T>| {
        has(whole, all) || part.include.iter().all(|item| has(whole, &item.value))
    };
    if has_each(there, asked) {
        there.include.clone_from(&asked.include);
    } else if !has_each(asked, there) {
        return None;
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
        let why = "a request may be for several resources: `apps … except` leaves one of them out, \
                   this condition the whole request";
        return Err(Reason::new(why, span));
    }
    narrow_scope(there, asked, &AppScope::All)
        .ok_or_else(|| Reason::new("it asks for two resources at once", span))?;
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
    let asked = Asked {
        words,
        is_negated,
        span: test.span,
    };
    let a = assignments;
    match name {
        "user.risk" => levels(&mut a.user_risk, &asked, RiskLevel::ALL, RiskLevel::name),
        "signIn.risk" => levels(&mut a.sign_in_risk, &asked, RiskLevel::ALL, RiskLevel::name),
        "servicePrincipal.risk" => {
            let there = &mut a.service_principal_risk;
            levels(there, &asked, RiskLevel::ALL, RiskLevel::name)
        }
        "user.insiderRisk" => {
            let is_left = levels(
                &mut a.insider_risk,
                &asked,
                InsiderRiskLevel::ALL,
                InsiderRiskLevel::name,
            )?;
            no_policy_has(&a.insider_risk, InsiderRiskLevel::None, "insider risk")?;
            Ok(is_left)
        }
        "agent.risk" => {
            let is_left = levels(
                &mut a.agent_risk,
                &asked,
                AgentRiskLevel::ALL,
                AgentRiskLevel::name,
            )?;
            no_policy_has(&a.agent_risk, AgentRiskLevel::None, "agent risk")?;
            Ok(is_left)
        }
        "session.flow" if is_negated => {
            let why = "a policy can ask for a transfer of the authentication, and not for there \
                       being none";
            Err(Reason::new(why, Some(test.span)))
        }
        "session.flow" => levels(
            &mut a.flows,
            &asked,
            TransferMethod::ALL,
            TransferMethod::name,
        ),
        "signIn.client" => clients(a, &asked),
        "signIn.platform" => platforms(a, &asked),
        "user.groups" => users(a, &asked, |id| Some(UserScope::Group(id.to_owned()))),
        "user.roles" => users(a, &asked, |id| Some(UserScope::Role(id.to_owned()))),
        "user.id" => users(a, &asked, |id| Some(UserScope::User(id.to_owned()))),
        "user.guestType" => users(a, &asked, |word| {
            Some(UserScope::Guests(Guests {
                types: vec![GuestType::parse(word)?],
                tenants: None,
            }))
        }),
        _ => Err(no_dimension(name, test)),
    }
}

/// Words that an attribute is to be among, or not.
struct Asked<'t> {
    words: &'t [String],
    is_negated: bool,
    span: Span,
}

fn no_dimension(name: &str, test: &Test) -> Reason {
    let why = format!("no dimension of a policy asks for `{name}` so");
    Reason::new(why, Some(test.span))
}

fn no_policy_has<T: Copy + Eq + Hash>(
    there: &Option<Condition<T>>,
    none: T,
    what: &str,
) -> Result<(), Reason> {
    match there.as_ref().filter(|there| there.members.contains(&none)) {
        None => Ok(()),
        Some(there) => {
            let why = format!("it also holds where the {what} is `none`, which no policy names");
            Err(Reason::new(why, Some(there.span)))
        }
    }
}

/// Narrow the kinds of client. `exchangeActiveSync` in a policy stands for `easSupported` too.
fn clients(assignments: &mut Assignments, asked: &Asked<'_>) -> Result<bool, Reason> {
    let [eas, supported] = [ClientApp::ExchangeActiveSync, ClientApp::EasSupported];
    if let Some(there) = &mut assignments.clients
        && there.members.contains(&eas)
        && !there.members.contains(&supported)
    {
        there.members.push(supported);
    }
    let there = &mut assignments.clients;
    let is_left = levels(there, asked, ClientApp::ALL, ClientApp::name)?;
    if let Some(there) = there
        && there.members.contains(&eas)
    {
        if !there.members.contains(&supported) {
            let why = "`exchangeActiveSync` in a policy stands for `easSupported` too, and the \
                       condition does not hold for that";
            return Err(Reason::new(why, Some(asked.span)));
        }
        there.members.retain(|client| *client != supported);
    }
    Ok(is_left)
}

/// Narrow a condition that is a list of members.
fn levels<T: Copy + Eq + Hash>(
    there: &mut Option<Condition<T>>,
    asked: &Asked<'_>,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<bool, Reason> {
    let is_asked = |member: &T| {
        let mut words = asked.words.iter();
        words.any(|word| word.eq_ignore_ascii_case(name(*member))) != asked.is_negated
    };
    let before = there.as_ref();
    let before = before.map_or(all, |condition| condition.members.as_slice());
    let members: Vec<T> = before.iter().copied().filter(is_asked).collect();
    let is_left = !members.is_empty();
    *there = Some(Condition {
        members,
        span: asked.span,
    });
    Ok(is_left)
}

fn platforms(assignments: &mut Assignments, asked: &Asked<'_>) -> Result<bool, Reason> {
    let span = asked.span;
    let item = |word: &String| {
        let value = Platform::parse(word).map(PlatformScope::Platform)?;
        Some(Located { value, span })
    };
    let items: Option<Vec<Located<PlatformScope>>> = asked.words.iter().map(item).collect();
    let Some(items) = items else {
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
    let has = |side: &[Located<PlatformScope>], value: &PlatformScope| {
        side.iter().any(|item| item.value == *value)
    };
    if asked.is_negated {
        there.exclude.extend(items);
    } else if has(&there.include, &PlatformScope::All) {
        there.include = items;
    } else {
        there.include.retain(|item| has(&items, &item.value));
    }
    Ok(!there.include.is_empty())
}

fn users(
    assignments: &mut Assignments,
    asked: &Asked<'_>,
    make: fn(&str) -> Option<UserScope>,
) -> Result<bool, Reason> {
    let span = asked.span;
    let Who::Users(there) = &mut assignments.who else {
        let why = "it asks for users, and the policy is for something else";
        return Err(Reason::new(why, Some(span)));
    };
    let item = |word: &String| {
        Some(Located {
            value: make(word)?,
            span,
        })
    };
    let items: Option<Vec<Located<UserScope>>> = asked.words.iter().map(item).collect();
    let Some(items) = items else {
        let why = "a kind of guest that no policy names";
        return Err(Reason::new(why, Some(span)));
    };
    if asked.is_negated {
        there.exclude.extend(items);
        return Ok(true);
    }
    let asked = Scoped {
        include: items,
        exclude: Vec::new(),
        span,
    };
    narrow_scope(there, &asked, &UserScope::All)
        .ok_or_else(|| Reason::new("it asks for two kinds of users at once", Some(span)))?;
    Ok(true)
}
