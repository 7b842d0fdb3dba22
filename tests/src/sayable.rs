//! Random policies, cut down to what policy text can say, and their expressions as text.
//!
//! Generated sets hold what no file of policies does: patterns in a device filter, attributes that
//! no dialect names, policies for device compliance. [`sayable`] takes those parts out and counts them, so
//! that what is left means the same once it is written and read.

use gatewright_hir::OWN_DIALECT;
use gatewright_hir::model::{
    AgentScope, AppScope, Comparison, Expr, Located, LocationScope, PolicySet, Scoped,
    ServicePrincipalScope, Target, Test, Who,
};
use gatewright_hir::rule;
use gatewright_hir::schema::{Dialect, Schema};
use gatewright_source::SourceId;
use gatewright_syntax::ast::CompareOperator;
use gatewright_value::{AddressRange, Kind, ordered_key};

use crate::histogram::Histogram;

/// Take out what text cannot say; what was taken out is counted.
pub fn sayable(set: &mut PolicySet, left_out: &mut Histogram) {
    let schema = std::sync::Arc::clone(&set.schema);
    for _ in &std::mem::take(&mut set.compliance).policies {
        left_out.count("a compliance policy");
    }
    for policy in &mut set.policies {
        policy.when = policy
            .when
            .take()
            .and_then(|e| prune(&schema, OWN_DIALECT, e, left_out));
        let Some(assignments) = &mut policy.assignments else {
            continue;
        };
        match &mut assignments.who {
            Who::Users(_) => {}
            Who::ServicePrincipals(scope) => {
                let is_filter = |item: &_| matches!(item, ServicePrincipalScope::Filter(_));
                drop_filters(scope, is_filter, ServicePrincipalScope::None, left_out);
            }
            Who::Agents(scope) => {
                let is_filter = |item: &_| matches!(item, AgentScope::Filter(_));
                drop_filters(scope, is_filter, AgentScope::None, left_out);
            }
        }
        if let Target::Apps(apps) = &mut assignments.target {
            let is_filter = |item: &_| matches!(item, AppScope::Filter(_));
            drop_filters(apps, is_filter, AppScope::None, left_out);
        }
        assignments.devices = assignments.devices.take().and_then(|mut filter| {
            let dialect = rule::DEVICE_RULE_DIALECT;
            let kept = prune(&schema, dialect, filter.rule, left_out)?;
            filter.text = text(&schema, dialect, &kept)?;
            let (read, _) = rule::check_device_rule(&schema, &filter.text, SourceId(0), 0);
            filter.rule = read?;
            Some(filter)
        });
    }
}

/// Take out filters; where nothing else is included, nothing is.
fn drop_filters<T>(
    scope: &mut Scoped<T>,
    is_filter: impl Fn(&T) -> bool,
    nothing: T,
    left_out: &mut Histogram,
) {
    let mut before = 0;
    for items in [&mut scope.include, &mut scope.exclude] {
        before += items.len();
        items.retain(|item| !is_filter(&item.value));
        before -= items.len();
    }
    for _ in 0..before {
        left_out.count("a filter over custom security attributes");
    }
    if scope.include.is_empty() {
        scope.include.push(Located {
            value: nothing,
            span: scope.span,
        });
    }
}

/// The expression without the parts that the dialect cannot say.
fn prune(schema: &Schema, dialect: &str, expr: Expr, left_out: &mut Histogram) -> Option<Expr> {
    let mut parts = |parts: Vec<Expr>| -> Vec<Expr> {
        parts
            .into_iter()
            .filter_map(|part| prune(schema, dialect, part, left_out))
            .collect()
    };
    match expr {
        Expr::All(inner) => Some(parts(inner)).filter(|p| !p.is_empty()).map(Expr::All),
        Expr::Any(inner) => Some(parts(inner)).filter(|p| !p.is_empty()).map(Expr::Any),
        Expr::Not(inner) => prune(schema, dialect, *inner, left_out).map(|e| Expr::Not(e.into())),
        leaf => {
            let is_sayable = text(schema, dialect, &leaf).is_some();
            if !is_sayable {
                left_out.count(format!("{dialect}: {}", kind(&leaf)));
            }
            is_sayable.then_some(leaf)
        }
    }
}

fn kind(leaf: &Expr) -> String {
    match leaf {
        Expr::Constant(_) => "a constant".to_owned(),
        Expr::Location(_) => "a location".to_owned(),
        Expr::App(_) => "resources with exclusions".to_owned(),
        Expr::Some(_) => "a quantifier".to_owned(),
        Expr::Test(test) => {
            let comparison = format!("{:?}", test.comparison);
            let end = comparison
                .find(|c: char| !c.is_alphanumeric())
                .unwrap_or(comparison.len());
            let name = comparison.get(..end).unwrap_or_default().to_owned();
            let has_empty = comparison.contains("\"\"");
            if has_empty {
                format!("{name} an empty text")
            } else {
                name
            }
        }
        _ => "something else".to_owned(),
    }
}

/// An expression as a dialect writes it; `None` where it cannot.
#[must_use]
pub fn text(schema: &Schema, dialect: &str, expr: &Expr) -> Option<String> {
    let dialect = schema.dialects.iter().find(|d| d.name == dialect)?;
    Writer { schema, dialect }.expression(expr)
}

struct Writer<'a> {
    schema: &'a Schema,
    dialect: &'a Dialect,
}

impl Writer<'_> {
    fn expression(&self, expr: &Expr) -> Option<String> {
        let is_filter = self.dialect.entity.is_some();
        match expr {
            Expr::Constant(value) if !is_filter => {
                Some(if *value { "True" } else { "False" }.to_owned())
            }
            Expr::Not(inner) => Some(format!("-not ({})", self.expression(inner)?)),
            Expr::All(parts) => self.joined(parts, " -and "),
            Expr::Any(parts) => self.joined(parts, " -or "),
            Expr::Test(test) => self.test(test),
            Expr::Location(scope) if !is_filter => self.location(scope),
            Expr::App(scope) if !is_filter && scope.exclude.is_empty() => {
                self.items("app", &scope.include, app)
            }
            _ => None,
        }
    }

    fn joined(&self, parts: &[Expr], connective: &str) -> Option<String> {
        let parts: Option<Vec<String>> = parts.iter().map(|p| self.expression(p)).collect();
        parts
            .filter(|p| !p.is_empty())
            .map(|p| format!("({})", p.join(connective)))
    }

    fn location(&self, scope: &Scoped<LocationScope>) -> Option<String> {
        let include = self.items("location", &scope.include, location)?;
        if scope.exclude.is_empty() {
            return Some(include);
        }
        let exclude = self.items("location", &scope.exclude, location)?;
        Some(format!("({include} -and -not ({exclude}))"))
    }

    fn items<T>(
        &self,
        object: &str,
        items: &[Located<T>],
        write: impl Fn(&T) -> Option<String>,
    ) -> Option<String> {
        let items: Option<Vec<String>> = items.iter().map(|item| write(&item.value)).collect();
        items.map(|items| format!("{object} -in [{}]", items.join(", ")))
    }

    fn test(&self, test: &Test) -> Option<String> {
        let known = self
            .dialect
            .attributes
            .iter()
            .find(|a| a.attribute == test.attribute)?;
        let attribute = self.schema.attribute(test.attribute)?;
        let one = |positive, negative, value: &str| {
            let operator = if test.is_negated { negative } else { positive };
            let is_known = known.operators.contains(&operator);
            is_known.then(|| format!("{} -{} {value}", known.name, operator.word()))
        };
        // Several texts are several comparisons, where there is no operator for a list.
        let each = |positive, negative, texts: &[String]| {
            let all: Option<Vec<String>> = texts
                .iter()
                .map(|t| one(positive, negative, &quoted(t)?))
                .collect();
            let connective = if test.is_negated { " -and " } else { " -or " };
            all.map(|all| format!("({})", all.join(connective)))
        };
        use CompareOperator as Op;
        match &test.comparison {
            Comparison::OneOf(texts) => match texts.as_slice() {
                [single] => one(Op::Eq, Op::Ne, &quoted(single)?),
                _ => one(Op::In, Op::NotIn, &list(texts)?).or_else(|| each(Op::Eq, Op::Ne, texts)),
            },
            Comparison::StartsWith(texts) => each(Op::StartsWith, Op::NotStartsWith, texts),
            Comparison::EndsWith(texts) => each(Op::EndsWith, Op::NotEndsWith, texts),
            Comparison::Contains(texts) | Comparison::Has(texts) => {
                each(Op::Contains, Op::NotContains, texts)
            }
            Comparison::Matches(pattern) => one(Op::Match, Op::NotMatch, &quoted(pattern)?),
            Comparison::IsTrue => one(Op::Eq, Op::Ne, "True"),
            Comparison::IsFalse => one(Op::Eq, Op::Ne, "False"),
            Comparison::InRange(ranges) => {
                let ranges: Vec<String> = ranges.iter().map(|r| range(*r)).collect();
                one(Op::In, Op::NotIn, &format!("[{}]", ranges.join(", ")))
            }
            Comparison::Between(low, high) => {
                let low = bound(&attribute.kind, *low).map(|t| one(Op::Ge, Op::Ge, &t));
                let high = bound(&attribute.kind, *high).map(|t| one(Op::Le, Op::Le, &t));
                let both: Vec<String> = low.into_iter().chain(high).flatten().collect();
                let not = if test.is_negated { "-not " } else { "" };
                (!both.is_empty()).then(|| format!("{not}({})", both.join(" -and ")))
            }
            Comparison::IsNull if self.dialect.has_null => one(Op::Eq, Op::Ne, "null"),
            Comparison::IsNull => None,
        }
    }
}

fn app(scope: &AppScope) -> Option<String> {
    match scope {
        AppScope::All => Some("all".to_owned()),
        AppScope::App(id) => quoted(id),
        AppScope::Group(name) => Some(name.clone()),
        AppScope::None | AppScope::Filter(_) => None,
    }
}

fn location(scope: &LocationScope) -> Option<String> {
    match scope {
        LocationScope::All => Some("all".to_owned()),
        LocationScope::AllTrusted => Some("allTrusted".to_owned()),
        LocationScope::Named(id) => quoted(id),
    }
}

fn list(texts: &[String]) -> Option<String> {
    let texts: Option<Vec<String>> = texts.iter().map(|t| quoted(t)).collect();
    texts.map(|texts| format!("[{}]", texts.join(", ")))
}

fn quoted(text: &str) -> Option<String> {
    let escaped = text.replace('`', "``").replace('"', "`\"");
    (!text.is_empty()).then(|| format!("\"{escaped}\""))
}

/// A range that a prefix covers, as all ranges of the generated world are.
fn range(range: AddressRange) -> String {
    let bits = (range.last - range.first).count_ones();
    let v6 = std::net::Ipv6Addr::from(range.first);
    match v6.to_ipv4_mapped() {
        Some(v4) => format!("{v4}/{}", 32_u32.saturating_sub(bits)),
        None => format!("{v6}/{}", 128 - bits),
    }
}

/// The instants that generated sets are compared with.
const INSTANTS: &[(&str, &str)] = &[
    ("1795000000000", "\"2026-11-18T06:26:40Z\""),
    ("1795000000001", "\"2026-11-18T06:26:40.001Z\""),
    ("1796000000000", "\"2026-11-29T20:13:20Z\""),
];

fn bound(kind: &Kind, key: u128) -> Option<String> {
    let (_, text) = INSTANTS
        .iter()
        .find(|(ms, _)| ordered_key(kind, ms) == Ok(key))?;
    Some((*text).to_owned())
}
