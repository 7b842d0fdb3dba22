//! Random typed expressions over any schema.

use gatewright_hir::model::{Comparison, Expr, Located, Scoped, Test};
use gatewright_hir::schema::{Attribute, AttributeId, Schema};
use gatewright_source::Span;
use gatewright_value::{AddressRange, Kind, fold, ordered_key};

use super::policies::{app_scope, location_scope};
use super::random::Random;
use super::{tags, world};

/// An expression over the attributes whose names start with `prefix`.
#[must_use]
pub fn expression(random: &mut Random, schema: &Schema, prefix: &str, depth: usize) -> Expr {
    if depth == 0 || random.chance(35) {
        return leaf(random, schema, prefix);
    }
    let children = |random: &mut Random| {
        let count = 2 + random.below(2);
        (0..count)
            .map(|_| expression(random, schema, prefix, depth - 1))
            .collect()
    };
    match random.below(5) {
        0 | 1 => Expr::All(children(random)),
        2 | 3 => Expr::Any(children(random)),
        _ => Expr::Not(Box::new(expression(random, schema, prefix, depth - 1))),
    }
}

fn leaf(random: &mut Random, schema: &Schema, prefix: &str) -> Expr {
    if prefix.is_empty() && schema.is_entra && random.chance(12) {
        return if random.chance(50) {
            Expr::Location(scoped(random, |random| location_scope(random, false)))
        } else {
            Expr::App(scoped(random, app_scope))
        };
    }
    if prefix.is_empty()
        && random.chance(22)
        && let Some(expr) = tags::quantified(random, schema)
    {
        return expr;
    }
    if random.chance(2) {
        return Expr::Constant(random.chance(50));
    }
    let candidates: Vec<(usize, &Attribute)> = schema
        .attributes
        .iter()
        .enumerate()
        .filter(|(_, attribute)| {
            attribute.name.starts_with(prefix) && is_compared(attribute, prefix)
        })
        .collect();
    let (at, attribute) = *random.pick(&candidates);
    Expr::Test(Test {
        attribute: AttributeId(u32::try_from(at).unwrap_or(0)),
        comparison: comparison(random, attribute),
        is_negated: random.chance(35),
        span: Span::default(),
        needs_managed_device: attribute.name.starts_with("device.extensionAttribute"),
    })
}

/// Whether comparisons of an attribute are of use: a set of records has none, and settings are
/// what compliance policies ask about, not other ones.
fn is_compared(attribute: &Attribute, prefix: &str) -> bool {
    let is_of_records = matches!(&attribute.kind, Kind::Set(element) if **element == Kind::Record);
    !is_of_records && (!prefix.is_empty() || !attribute.name.starts_with("setting."))
}

/// Includes and excludes of one kind.
pub fn scoped<T>(random: &mut Random, item: impl Fn(&mut Random) -> T) -> Scoped<T> {
    let items = |random: &mut Random, least: usize, most: usize| {
        let count = least + random.below(most - least + 1);
        (0..count)
            .map(|_| Located {
                value: item(random),
                span: Span::default(),
            })
            .collect()
    };
    let include = items(random, 1, 3);
    let exclude = if random.chance(40) {
        items(random, 1, 2)
    } else {
        Vec::new()
    };
    Scoped {
        include,
        exclude,
        span: Span::default(),
    }
}

fn comparison(random: &mut Random, attribute: &Attribute) -> Comparison {
    if attribute.is_optional && random.chance(8) {
        return Comparison::IsNull;
    }
    let texts = |random: &mut Random, values: &[String]| -> Vec<String> {
        let mut texts: Vec<String> = random
            .some(values, 1, 3)
            .iter()
            .map(|t| fold(t).into_owned())
            .collect();
        texts.sort();
        texts.dedup();
        texts
    };
    let values = text_values(attribute);
    match &attribute.kind {
        Kind::Boolean if random.chance(50) => Comparison::IsTrue,
        Kind::Boolean => Comparison::IsFalse,
        Kind::Set(_) => Comparison::Has(texts(random, &values)),
        Kind::Address => Comparison::InRange(ranges(random)),
        Kind::String => match random.below(6) {
            0 | 1 => Comparison::OneOf(texts(random, &values)),
            2 => {
                Comparison::StartsWith(pieces(random, &values, |t, n| t.chars().take(n).collect()))
            }
            3 => Comparison::EndsWith(pieces(random, &values, |t, n| {
                t.chars()
                    .skip(t.chars().count().saturating_sub(n))
                    .collect()
            })),
            4 => Comparison::Contains(pieces(random, &values, |t, n| {
                t.chars().skip(1).take(n).collect()
            })),
            _ => Comparison::Matches((*random.pick(PATTERNS)).to_owned()),
        },
        kind if kind.is_ordered() => {
            let mut keys: Vec<u128> = (0..2)
                .filter_map(|_| ordered_key(kind, random.pick::<&str>(ordered_values(kind))).ok())
                .collect();
            keys.sort_unstable();
            match (keys.first(), keys.last(), random.below(3)) {
                (Some(low), _, 0) => Comparison::Between(*low, u128::MAX),
                (_, Some(high), 1) => Comparison::Between(0, *high),
                (Some(low), Some(high), _) => Comparison::Between(*low, *high),
                _ => Comparison::IsNull,
            }
        }
        _ => Comparison::OneOf(texts(random, &values)),
    }
}

const PATTERNS: &[&str] = &["^sur", "pro( 9)?$", "[0-9]+\\.[0-9]", "a", "^$", "K|å"];

/// Folded pieces of texts, never empty.
pub fn pieces(
    random: &mut Random,
    values: &[String],
    piece: impl Fn(&str, usize) -> String,
) -> Vec<String> {
    let mut pieces: Vec<String> = (0..1 + random.below(3))
        .map(|_| {
            let length = 1 + random.below(4);
            fold(&piece(random.pick::<String>(values), length)).into_owned()
        })
        .filter(|text| !text.is_empty())
        .collect();
    if pieces.is_empty() {
        pieces.push("s".to_owned());
    }
    pieces.sort();
    pieces.dedup();
    pieces
}

fn ranges(random: &mut Random) -> Vec<AddressRange> {
    const RANGES: &[&str] = &[
        "203.0.113.0/24",
        "198.51.100.0/25",
        "192.0.2.1",
        "2001:db8:40::/48",
        "::/1",
        "10.0.0.0/8",
    ];
    random
        .some(RANGES, 1, 2)
        .iter()
        .filter_map(|t| AddressRange::parse(t))
        .map(|(r, _)| r)
        .collect()
}

/// Texts of values of an ordered type, as [`ordered_key`] reads them.
#[must_use]
pub fn ordered_values(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::Version => &["4.1.9", "4.2", "4.2.0.0", "4.10", "5.0"],
        Kind::Decimal => &["0", "0.01", "499.99", "500", "500.01", "10000", "99999.5"],
        Kind::DateTime => &["1795000000000", "1795000000001", "1796000000000"],
        Kind::Duration => &["-1", "0", "3600", "86400"],
        _ => &["0", "1", "29", "30", "31", "400", "39999"],
    }
}

/// Texts that values of an attribute are drawn from.
#[must_use]
pub fn text_values(attribute: &Attribute) -> Vec<String> {
    let own = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    match (attribute.name.as_str(), &attribute.kind) {
        ("user.id", _) => world::ids("user", 6),
        ("user.groups", _) => world::ids("group", 8),
        ("user.roles", _) => world::ids("role", 4),
        ("user.homeTenant", _) => world::ids("tenant", 3),
        ("app.ids", _) => world::apps(),
        ("app.context", _) => own(&["c1", "c2", "c3"]),
        ("location.names", _) => own(world::UNKNOWN_LOCATIONS),
        ("servicePrincipal.id", _) => world::ids("servicePrincipal", 3),
        ("agent.id", _) => world::ids("agent", 3),
        (_, Kind::Enumeration { members, .. }) => members.clone(),
        (_, Kind::Country) => own(world::COUNTRIES),
        (_, Kind::Guid) => world::ids("guid", 3),
        (_, Kind::Set(element)) => match element.as_ref() {
            Kind::Enumeration { members, .. } => members.clone(),
            _ => own(&[
                "[ZTDId]:x",
                "[OrderID]:Y",
                "M365Managed",
                "CloudPC",
                "victim",
                "SAW",
            ]),
        },
        _ => own(world::TEXTS),
    }
}
