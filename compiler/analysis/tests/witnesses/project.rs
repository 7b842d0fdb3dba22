//! A small project from text.

use std::sync::Arc;

use gatewright_analysis::{Fact, Facts};
use gatewright_hir::data::Data;
use gatewright_hir::model::{Edition, PolicySet};
use gatewright_hir::scenario::{self, Scenario};
use gatewright_hir::schema::Schema;
use gatewright_hir::{Context, check, entra_schema};
use gatewright_source::SourceMap;
use gatewright_syntax::parse_file;
use serde_json::{Map, Value};

pub(crate) const FINANCE: &str = "8f6f3d0a-0000-4000-8000-0000000f1a0c";
pub(crate) const ADA: &str = "11111111-0000-4000-8000-000000000001";
pub(crate) const PAYROLL: &str = "5d0c9f5e-0000-4000-8000-000000009a11";

/// Objects that the policies of a test may speak of.
pub(crate) const OBJECTS: &str = r#"
group    BreakGlass = "d1f3c0de-0000-4000-8000-00000000b6e1"
group    Finance    = "8f6f3d0a-0000-4000-8000-0000000f1a0c"
user     Ada        = "11111111-0000-4000-8000-000000000001"
app      Payroll    = "5d0c9f5e-0000-4000-8000-000000009a11"
location Offices    = trusted ranges [203.0.113.0/24]
location Branch     = ranges [198.51.100.0/25]
location Embargoed  = countries [KP, IR]
terms    Handbook   = "a4d3c2b1-0000-4000-8000-0000000ba9d0"
context  Secret     = "c7"
strength Keys       = combinations [[fido2]]
"#;

pub(crate) struct Project {
    pub(crate) sources: SourceMap,
    pub(crate) set: PolicySet,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) problems: Vec<String>,
}

/// These declarations, as they are.
pub(crate) fn project_of(text: &str, schema: Arc<Schema>) -> Project {
    let mut sources = SourceMap::new();
    let source = sources.add("main.gate", text);
    let parsed = parse_file(source, text);
    assert!(parsed.problems.is_empty(), "{:?}\n{text}", parsed.problems);
    let files = [(source, Arc::new(parsed.tree))];
    let cx = Context {
        sources: &sources,
        schema,
        edition: Edition::NEWEST,
        data: Data::built_in(),
        names: &[],
        libraries: &[],
        today: None,
    };
    let checked = check(&files, &cx);
    let problems = checked.diagnostics.iter().map(|d| d.message.clone());
    Project {
        problems: problems.collect(),
        set: checked.set,
        scenarios: checked.scenarios,
        sources,
    }
}

/// These policies among the objects.
pub(crate) fn project(policies: &str) -> Project {
    let project = project_of(&format!("{OBJECTS}\n{policies}"), entra_schema());
    assert_eq!(project.problems, Vec::<String>::new(), "{policies}");
    project
}

/// Facts by attribute name.
pub(crate) fn facts<const N: usize>(set: &PolicySet, facts: [(&str, Fact); N]) -> Facts {
    let id = |name: &str| set.schema.find_attribute(name).expect("a known attribute");
    facts
        .into_iter()
        .map(|(name, fact)| (id(name), fact))
        .collect()
}

pub(crate) fn text(text: &str) -> Fact {
    Fact::Text(text.to_owned())
}

pub(crate) fn elements(texts: &[&str]) -> Fact {
    Fact::Elements(texts.iter().map(|text| (*text).to_owned()).collect())
}

/// The request of a step.
pub(crate) fn json(value: &scenario::Value) -> Value {
    use scenario::Value as V;
    match value {
        V::Null => Value::Null,
        V::Boolean(value) => Value::Bool(*value),
        V::Number(number) => serde_json::from_str(number).expect("a number"),
        V::Text(text) => Value::String(text.clone()),
        V::List(values) => values.iter().map(json).collect(),
        V::Members(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (name.clone(), json(value)));
            Value::Object(members.collect::<Map<String, Value>>())
        }
    }
}
