//! The members of compliance policies that are settings, as the language knows them.

use std::borrow::Cow;
use std::sync::LazyLock;

use gatewright_hir::entra_schema;
use gatewright_hir::schema::{Attribute, Schema};
use gatewright_hir::settings::{Form, Setting, settings, values};
use gatewright_value::Kind;
use gatewright_value::vocabulary::CompliancePlatform;

use super::{Holds, Member, Shape, Word};

static TABLE: LazyLock<Vec<(CompliancePlatform, Vec<Member>)>> = LazyLock::new(|| {
    let schema = entra_schema();
    let all = CompliancePlatform::ALL.iter();
    all.map(|platform| {
        let members = settings(*platform).iter();
        let members = members.filter_map(|setting| member(&schema, setting));
        (*platform, members.collect())
    })
    .collect()
});

/// The settings of a platform that are members of the Graph object.
pub(super) fn members(platform: CompliancePlatform) -> &'static [Member] {
    let found = TABLE.iter().find(|(one, _)| *one == platform);
    found.map_or(&[], |(_, members)| members)
}

fn member(schema: &Schema, setting: &Setting) -> Option<Member> {
    let name = setting.member?;
    let attribute = schema.attribute(schema.find_attribute(&setting.attribute)?)?;
    let words = match setting.form {
        Form::Least | Form::Most | Form::Level => words(schema, setting, attribute),
        _ => Vec::new(),
    };
    let holds = match setting.form {
        Form::Flag(_) => Holds::Flag,
        Form::Ranges => Holds::List(Shape::Builds),
        _ if !words.is_empty() => Holds::Words,
        _ if matches!(attribute.kind, Kind::Integer { .. }) => Holds::Number,
        _ => Holds::Text,
    };
    let (compared, asked) = match setting.form {
        Form::Flag(true) => ("-eq True", ""),
        Form::Flag(false) => ("-ne True", " Set, it must not be so."),
        Form::Min => ("-ge …", " The least that is enough."),
        Form::Max => ("-le …", " The most that is allowed."),
        Form::Least => ("-ge …", " That, or what comes after it."),
        Form::Most | Form::Level => ("-le …", " That, or what comes before it."),
        Form::Ranges => ("…", " The ranges that it has to be in."),
    };
    let beta = if setting.is_beta {
        " Only the beta version of Graph has it."
    } else {
        ""
    };
    Some(Member {
        name,
        holds,
        means: Cow::Owned(format!("{}{asked}{beta}", attribute.docs)),
        clause: Cow::Owned(format!("require {} {compared}", setting.attribute)),
        words,
        limits: Vec::new(),
    })
}

/// The values of an enumeration, in their order, with what they mean where that is said.
fn words(schema: &Schema, setting: &Setting, attribute: &Attribute) -> Vec<Word> {
    let enumeration = attribute.enumeration;
    let enumeration = enumeration.and_then(|at| schema.enumerations.get(at as usize));
    let docs = |value: &str| {
        let mut all = enumeration.iter().flat_map(|one| &one.members);
        let found = all.find(|(name, _)| name.eq_ignore_ascii_case(value));
        found.map_or_else(String::new, |(_, docs)| docs.clone())
    };
    let values = values(schema, setting).into_iter();
    values
        .map(|value| (Cow::Owned(value.to_owned()), Cow::Owned(docs(value))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_a_member_is_told() {
        for (platform, members) in &*TABLE {
            let known = settings(*platform).iter();
            let known = known.filter(|setting| setting.member.is_some()).count();
            assert_eq!(members.len(), known, "{platform:?}");
            for member in members {
                assert!(member.means.ends_with('.'), "{}", member.name);
                assert!(member.clause.starts_with("require setting."));
                let words = member.words.iter();
                let is_told = words.clone().all(|(_, means)| means.ends_with('.'));
                assert!(is_told, "{}: {:?}", member.name, member.words);
            }
        }
    }
}
