//! What a compliance policy can ask of a device: settings of `setting.…`, by platform, with the
//! members of Graph objects that ask for them.
//!
//! One table, `data/compliance.txt`, is read by the checker (which settings a platform has), the
//! reader and the writer of Graph JSON. [`requirement`] and [`asked`] are inverse to each other.

mod graph;

use std::sync::LazyLock;

use gatewright_source::Span;
use gatewright_value::vocabulary::CompliancePlatform;
use gatewright_value::{KeyError, Kind, Version, fold, format_date_time, ordered_key};

use crate::date::Date;
use crate::expr::date_time_ms;
use crate::model::{Comparison, Expr, Test};
use crate::schema::{Attribute, AttributeId, Schema};

pub use graph::{
    CATALOGUE_PLATFORM, CATALOGUE_SETTINGS, GraphMember, asking_member, graph_member, name_member,
};

/// The member that has to be set beside a [`Form::Level`].
pub const LEVEL_SWITCH: &str = "deviceThreatProtectionEnabled";

/// The member of a threat level that stands outside the order: nothing is reported.
pub const UNAVAILABLE: &str = "unavailable";

/// The name of the attribute whose members that is.
const THREAT_LEVEL: &str = "ThreatLevel";

/// The attribute whose versions are builds of Apple.
const BUILD: &str = "setting.osBuildVersion";

/// A setting of a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The attribute that asks for it: `setting.osVersion`.
    pub attribute: String,
    /// The member of the Graph object; `None` where there is none.
    pub member: Option<&'static str>,
    /// How the member's value is a requirement.
    pub form: Form,
    /// Whether only the beta version of Graph has the member.
    pub is_beta: bool,
}

/// How the value of a member is a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The flag is set: the attribute is this.
    Flag(bool),
    /// The attribute is at least the value.
    Min,
    /// The attribute is at most the value.
    Max,
    /// The attribute is this member of its enumeration or a later one.
    Least,
    /// The attribute is this member of its enumeration or an earlier one.
    Most,
    /// [`Form::Most`], where [`LEVEL_SWITCH`] is set.
    Level,
    /// The attribute lies in one of the ranges.
    Ranges,
}

impl Form {
    fn parse(word: &str) -> Option<Form> {
        Some(match word {
            "true" => Form::Flag(true),
            "false" => Form::Flag(false),
            "min" => Form::Min,
            "max" => Form::Max,
            "least" => Form::Least,
            "most" => Form::Most,
            "level" => Form::Level,
            "ranges" => Form::Ranges,
            _ => return None,
        })
    }
}

/// What a member says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A flag is set.
    Set,
    /// A number, a version, a date, or the member of an enumeration, as text.
    Value(String),
    /// Ranges of versions, lowest and highest.
    Ranges(Vec<(String, String)>),
}

struct Platform {
    platform: CompliancePlatform,
    graph_type: Option<&'static str>,
    settings: Vec<Setting>,
}

fn table() -> &'static [Platform] {
    static TABLE: LazyLock<Vec<Platform>> = LazyLock::new(|| {
        let mut table: Vec<Platform> = Vec::new();
        for line in include_str!("../data/compliance.txt").lines() {
            let words: Vec<&'static str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["platform", name, graph] => {
                    table.extend(CompliancePlatform::parse(name).map(|platform| Platform {
                        platform,
                        graph_type: (*graph != "-").then_some(*graph),
                        settings: Vec::new(),
                    }));
                }
                [attribute, member, form, rest @ ..] if !attribute.starts_with('#') => {
                    if let (Some(last), Some(form)) = (table.last_mut(), Form::parse(form)) {
                        last.settings.push(Setting {
                            attribute: format!("setting.{attribute}"),
                            member: (*member != "-").then_some(*member),
                            form,
                            is_beta: *rest == ["beta"],
                        });
                    }
                }
                _ => {}
            }
        }
        table
    });
    &TABLE
}

/// The settings of a platform, in order of the table.
#[must_use]
pub fn settings(platform: CompliancePlatform) -> &'static [Setting] {
    let found = table().iter().find(|entry| entry.platform == platform);
    found.map_or(&[], |entry| &entry.settings)
}

/// The type of the Graph object for a platform: `windows10CompliancePolicy`.
#[must_use]
pub fn graph_type(platform: CompliancePlatform) -> Option<&'static str> {
    let found = table().iter().find(|entry| entry.platform == platform)?;
    found.graph_type
}

/// The platform of a Graph type, in any case.
#[must_use]
pub fn platform_of(graph_type: &str) -> Option<CompliancePlatform> {
    // What Android work profiles were called before.
    if graph_type.eq_ignore_ascii_case("androidForWorkCompliancePolicy") {
        return Some(CompliancePlatform::AndroidWorkProfile);
    }
    let is_it = |entry: &&Platform| {
        entry
            .graph_type
            .is_some_and(|known| known.eq_ignore_ascii_case(graph_type))
    };
    table().iter().find(is_it).map(|entry| entry.platform)
}

/// The platforms that have a setting.
#[must_use]
pub fn platforms_with(attribute: &str) -> Vec<CompliancePlatform> {
    let has = |entry: &&Platform| entry.settings.iter().any(|s| s.attribute == attribute);
    table()
        .iter()
        .filter(has)
        .map(|entry| entry.platform)
        .collect()
}

/// Why a value is no requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The setting has another type.
    WrongType,
    /// The text is no value of the setting's type.
    NotAValue,
}

/// What a member requires; `None` where its value asks for nothing.
///
/// # Errors
/// The value is none of the setting's.
pub fn requirement(
    schema: &Schema,
    setting: &Setting,
    asked: &Asked,
    span: Span,
) -> Result<Option<Expr>, Refused> {
    let Some((id, attribute)) = find(schema, &setting.attribute) else {
        return Err(Refused::WrongType);
    };
    let test = |comparison| {
        Expr::Test(Test {
            attribute: id,
            comparison,
            is_negated: false,
            span,
            needs_managed_device: false,
        })
    };
    let key = |text: &str| setting_key(&attribute.kind, text).map_err(|_| Refused::NotAValue);
    match (setting.form, asked) {
        (Form::Flag(true), Asked::Set) => Ok(Some(test(Comparison::IsTrue))),
        (Form::Flag(false), Asked::Set) => Ok(Some(test(Comparison::IsFalse))),
        (Form::Min, Asked::Value(text)) => {
            Ok(Some(test(Comparison::Between(key(text)?, u128::MAX))))
        }
        (Form::Max, Asked::Value(text)) => Ok(Some(test(Comparison::Between(0, key(text)?)))),
        (Form::Least | Form::Most | Form::Level, Asked::Value(text)) => {
            if says_nothing(setting, text) {
                return Ok(None);
            }
            let order = ordered_members(schema, attribute);
            let is_least = setting.form == Form::Least;
            let chosen = members(&order, text, is_least).ok_or(Refused::NotAValue)?;
            Ok(Some(one_of(schema, attribute, chosen, test)))
        }
        (Form::Ranges, Asked::Ranges(ranges)) => {
            let mut parts = Vec::new();
            for (lowest, highest) in ranges {
                parts.push(Expr::All(vec![
                    test(Comparison::Between(key(lowest)?, u128::MAX)),
                    test(Comparison::Between(0, key(highest)?)),
                ]));
            }
            Ok((!parts.is_empty()).then(|| crate::expr::any(parts)))
        }
        _ => Err(Refused::WrongType),
    }
}

/// What the member of a setting has to say to require this; `None` where it cannot.
#[must_use]
pub fn asked(schema: &Schema, setting: &Setting, rule: &Expr) -> Option<Asked> {
    let (id, attribute) = find(schema, &setting.attribute)?;
    if setting.form == Form::Ranges {
        return ranges(id, attribute, rule);
    }
    let test = test_of(rule)?;
    if test.attribute != id || test.is_negated {
        return None;
    }
    match (setting.form, &test.comparison) {
        (Form::Flag(true), Comparison::IsTrue) | (Form::Flag(false), Comparison::IsFalse) => {
            Some(Asked::Set)
        }
        (Form::Min, Comparison::Between(key, u128::MAX))
        | (Form::Max, Comparison::Between(0, key)) => {
            setting_text(attribute, *key).map(Asked::Value)
        }
        (Form::Least | Form::Most | Form::Level, Comparison::OneOf(chosen)) => {
            let order = ordered_members(schema, attribute);
            let is_least = setting.form == Form::Least;
            let is_it = |member: &&&str| {
                !says_nothing(setting, member)
                    && members(&order, member, is_least).is_some_and(|all| all == *chosen)
            };
            order
                .iter()
                .find(is_it)
                .map(|member| Asked::Value((*member).to_owned()))
        }
        _ => None,
    }
}

/// The members of the setting's enumeration, in order; none where it has another type.
#[must_use]
pub fn values<'s>(schema: &'s Schema, setting: &Setting) -> Vec<&'s str> {
    let found = find(schema, &setting.attribute);
    found.map_or_else(Vec::new, |(_, attribute)| {
        ordered_members(schema, attribute)
    })
}

/// Whether this value of an enumeration asks for nothing.
#[must_use]
pub fn says_nothing(setting: &Setting, value: &str) -> bool {
    let words: &[&str] = match setting.form {
        Form::Least => &["deviceDefault", "none", "basic"],
        Form::Most => &["notSet", "unavailable", "notConfigured"],
        Form::Level => &["notSet", "unavailable"],
        _ => &[],
    };
    words.iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// The members of an enumeration that an ordered comparison with one of them lets through, folded
/// and sorted. `None`: it is no member that has a place in the order.
pub(crate) fn members(order: &[&str], member: &str, is_least: bool) -> Option<Vec<String>> {
    let at = order
        .iter()
        .position(|known| known.eq_ignore_ascii_case(member))?;
    let chosen = if is_least {
        order.get(at..)
    } else {
        order.get(..=at)
    };
    let mut chosen: Vec<String> = chosen?
        .iter()
        .map(|member| fold(member).into_owned())
        .collect();
    chosen.sort_unstable();
    Some(chosen)
}

/// The members of the attribute's enumeration that have a place in its order.
pub(crate) fn ordered_members<'s>(schema: &'s Schema, attribute: &'s Attribute) -> Vec<&'s str> {
    let Kind::Enumeration { members, .. } = &attribute.kind else {
        return Vec::new();
    };
    let is_level = is_threat_level(schema, attribute);
    let members = members.iter().map(String::as_str);
    members
        .filter(|member| !(is_level && *member == UNAVAILABLE))
        .collect()
}

/// A comparison with members of an ordered enumeration.
///
/// A threat level that is not reported counts as low enough unless the tenant is secure by default:
/// the second part, at the same place as the first, says so until [`settle`] knows.
pub(crate) fn one_of(
    schema: &Schema,
    attribute: &Attribute,
    chosen: Vec<String>,
    test: impl Fn(Comparison) -> Expr,
) -> Expr {
    let is_upper = is_threat_level(schema, attribute)
        && ordered_members(schema, attribute)
            .first()
            .is_some_and(|first| chosen.iter().any(|member| member == fold(first).as_ref()));
    let reported = test(Comparison::OneOf(chosen));
    if is_upper {
        let absent = test(Comparison::OneOf(vec![UNAVAILABLE.to_owned()]));
        Expr::Any(vec![reported, absent])
    } else {
        reported
    }
}

fn is_threat_level(schema: &Schema, attribute: &Attribute) -> bool {
    let at = attribute.enumeration.map(|at| at as usize);
    let known = at.and_then(|at| schema.enumerations.get(at));
    known.is_some_and(|known| known.name == THREAT_LEVEL)
}

/// The reported part of what [`one_of`] makes.
fn reported(parts: &[Expr]) -> Option<&Test> {
    match parts {
        [Expr::Test(reported), Expr::Test(absent)]
            if reported.span == absent.span
                && reported.attribute == absent.attribute
                && absent.comparison == Comparison::OneOf(vec![UNAVAILABLE.to_owned()]) =>
        {
            Some(reported)
        }
        _ => None,
    }
}

fn test_of(rule: &Expr) -> Option<&Test> {
    match rule {
        Expr::Test(test) => Some(test),
        Expr::Any(parts) => reported(parts),
        _ => None,
    }
}

/// Decide what a threat level that is not reported means, once it is known that the tenant is
/// secure by default. Recursion is bounded by the nesting of what is written.
pub fn settle(rule: &mut Expr) {
    match rule {
        Expr::Any(parts) => {
            let old = std::mem::take(parts);
            for mut part in old {
                let pair = [parts.last().cloned(), Some(part.clone())];
                if reported(&pair.into_iter().flatten().collect::<Vec<_>>()).is_none() {
                    settle(&mut part);
                    parts.push(part);
                }
            }
            if let [only] = parts.as_slice() {
                *rule = only.clone();
            }
        }
        Expr::All(parts) => parts.iter_mut().for_each(settle),
        Expr::Not(inner) => settle(inner),
        _ => {}
    }
}

fn ranges(id: AttributeId, attribute: &Attribute, rule: &Expr) -> Option<Asked> {
    let parts = match rule {
        Expr::Any(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let bound = |expr: &Expr| match expr {
        Expr::Test(test) if test.attribute == id && !test.is_negated => match test.comparison {
            Comparison::Between(low, high) => Some((low, high)),
            _ => None,
        },
        _ => None,
    };
    let mut found = Vec::new();
    for part in parts {
        let Expr::All(bounds) = part else { return None };
        let [low, high] = bounds.as_slice() else {
            return None;
        };
        let ((low, u128::MAX), (0, high)) = (bound(low)?, bound(high)?) else {
            return None;
        };
        found.push((
            setting_text(attribute, low)?,
            setting_text(attribute, high)?,
        ));
    }
    Some(Asked::Ranges(found))
}

fn find<'s>(schema: &'s Schema, name: &str) -> Option<(AttributeId, &'s Attribute)> {
    let id = schema.find_attribute(name)?;
    Some((id, schema.attribute(id)?))
}

/// The number of a value, as Graph writes it.
fn setting_key(kind: &Kind, text: &str) -> Result<u128, KeyError> {
    match kind {
        Kind::DateTime => {
            let ms = date_time_ms(text).ok_or(KeyError::NotAValue)?;
            ordered_key(kind, &ms.to_string())
        }
        kind => ordered_key(kind, text.trim()),
    }
}

fn version(key: u128) -> Option<Version> {
    let part = |at: u32| u32::try_from((key >> (32 * at)) & 0xffff_ffff).ok();
    Some(Version([part(3)?, part(2)?, part(1)?, part(0)?]))
}

/// The value of a number, as Graph writes it: the inverse of the keys of
/// [`gatewright_value::ordered_key`], for the types that settings have. Builds of Apple have
/// letters.
#[must_use]
pub fn setting_text(attribute: &Attribute, key: u128) -> Option<String> {
    if attribute.name == BUILD
        && let Some(build) = version(key)?.build_text()
    {
        return Some(build);
    }
    match &attribute.kind {
        Kind::Version => {
            let parts = version(key)?;
            let said = parts
                .0
                .iter()
                .rposition(|part| *part != 0)
                .map_or(2, |at| (at + 1).max(2));
            let words: Vec<String> = parts.0.iter().take(said).map(u32::to_string).collect();
            Some(words.join("."))
        }
        Kind::Integer { .. } => signed(key).map(|number| number.to_string()),
        Kind::DateTime => signed(key).map(date_text),
        _ => None,
    }
}

fn signed(key: u128) -> Option<i64> {
    u64::try_from(key)
        .ok()
        .map(|key| (key ^ (1 << 63)).cast_signed())
}

/// Milliseconds since 1970 as a date, with the time of day where it is not midnight.
fn date_text(ms: i64) -> String {
    match ms.rem_euclid(86_400_000) {
        0 => Date::from_ms(ms).to_string(),
        _ => format_date_time(ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entra_schema;

    #[test]
    fn every_line_of_the_table_is_read_and_names_an_attribute() {
        let schema = entra_schema();
        let lines = include_str!("../data/compliance.txt").lines();
        let wanted = lines
            .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
            .count();
        let read: usize = table().iter().map(|entry| 1 + entry.settings.len()).sum();
        assert_eq!(read, wanted);
        assert_eq!(table().len(), CompliancePlatform::ALL.len());
        for setting in table().iter().flat_map(|entry| &entry.settings) {
            assert!(
                schema.find_attribute(&setting.attribute).is_some(),
                "{setting:?}"
            );
        }
    }

    #[test]
    fn every_setting_of_the_schema_is_one_of_some_platform() {
        let schema = entra_schema();
        let names = schema.attributes.iter().map(|a| a.name.as_str());
        for name in names.filter(|name| name.starts_with("setting.")) {
            assert!(!platforms_with(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn what_a_member_requires_says_what_the_member_said() {
        let schema = entra_schema();
        for setting in table().iter().flat_map(|entry| &entry.settings) {
            let (_, attribute) = find(&schema, &setting.attribute).unwrap();
            let values: Vec<Asked> = match setting.form {
                Form::Flag(_) => vec![Asked::Set],
                Form::Ranges => vec![Asked::Ranges(vec![
                    ("10.0.19045.1".to_owned(), "10.0.19045.9".to_owned()),
                    ("10.0.22631".to_owned(), "10.0.22631.9999".to_owned()),
                ])],
                Form::Min | Form::Max => {
                    let text = match attribute.kind {
                        Kind::Version if attribute.name == BUILD => "22E252a",
                        Kind::Version => "10.0.22631",
                        Kind::DateTime => "2026-02-05",
                        _ => "6",
                    };
                    vec![Asked::Value(text.to_owned())]
                }
                _ => {
                    let order = ordered_members(&schema, attribute);
                    let said = order.iter().filter(|member| !says_nothing(setting, member));
                    said.map(|member| Asked::Value((*member).to_owned()))
                        .collect()
                }
            };
            for value in values {
                let rule = requirement(&schema, setting, &value, Span::default());
                let rule = rule.unwrap().unwrap();
                assert_eq!(asked(&schema, setting, &rule), Some(value), "{setting:?}");
            }
        }
    }

    #[test]
    fn an_unreported_threat_level_is_low_enough_only_where_the_tenant_is_not_secure_by_default() {
        let schema = entra_schema();
        let setting = &settings(CompliancePlatform::Ios)
            .iter()
            .find(|s| s.form == Form::Level)
            .unwrap();
        let low = Asked::Value("low".to_owned());
        let mut rule = requirement(&schema, setting, &low, Span::default())
            .unwrap()
            .unwrap();
        assert!(format!("{rule:?}").contains(UNAVAILABLE));
        settle(&mut rule);
        assert!(!format!("{rule:?}").contains(UNAVAILABLE));
        assert_eq!(asked(&schema, setting, &rule), Some(low));
    }

    #[test]
    fn dates_are_written_as_they_are_read() {
        for text in [
            "2026-02-05",
            "1969-12-31",
            "2024-02-29",
            "2026-11-22T09:00:00.250Z",
        ] {
            assert_eq!(date_text(date_time_ms(text).unwrap()), text);
        }
    }
}
