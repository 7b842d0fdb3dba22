//! The content of a bundle's sections.
//!
//! The code and the masks are laid out by hand, as numbers in few bytes. Everything else is in
//! postcard's stable wire format, which describes nothing of itself: a change of any type below,
//! and of any enumeration of the vocabulary, is a new format version.
//!
//! Types are the one thing in a program that nest. They are written as a flat row, so that no input
//! makes reading recurse.

use gatewright_value::{AttributeInfo, Kind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::bundle::{BundleError, SourceFile};
use crate::compact::{Reader, Writer};
use crate::program::{Program, Variable};
use crate::{mask_section, names};

/// The bit of kinds that a reader may skip.
pub(crate) const OPTIONAL: u16 = 0x8000;
/// The files that a program was compiled from.
pub(crate) const SOURCES: u16 = OPTIONAL | 1;
/// The same files whole; only [`inputs`](crate::inputs()) reads them.
pub(crate) const INPUTS: u16 = OPTIONAL | 2;

const ORIGIN: u16 = 1;
const ATTRIBUTES: u16 = 2;
const VARIABLES: u16 = 3;
const MATCHERS: u16 = 4;
const CODE: u16 = 5;
const POLICIES: u16 = 6;
const CONTROLS: u16 = 7;
const SESSIONS: u16 = 8;
const EFFECTS: u16 = 9;
const FILES: u16 = 10;
const ENTITIES: u16 = 11;
const DIFFERENCES: u16 = 12;
const COMPLIANCE: u16 = 13;
const MASKS: u16 = 14;
const INDEXES: u16 = 15;

/// A kind of section.
pub(crate) struct SectionKind {
    pub(crate) kind: u16,
    pub(crate) name: &'static str,
}

const fn row(kind: u16, name: &'static str) -> SectionKind {
    SectionKind { kind, name }
}

/// Every kind of section that this reader knows, in the order in which they are read.
pub(crate) const SECTION_KINDS: &[SectionKind] = &[
    row(ORIGIN, "origin"),
    row(ATTRIBUTES, "attributes"),
    // Names of variables follow from the matchers.
    row(MATCHERS, "matchers"),
    row(VARIABLES, "variables"),
    row(CODE, "code"),
    row(POLICIES, "policies"),
    row(CONTROLS, "controls"),
    row(SESSIONS, "sessions"),
    row(EFFECTS, "effects"),
    row(FILES, "files"),
    row(ENTITIES, "entities"),
    row(DIFFERENCES, "differences"),
    row(COMPLIANCE, "compliance"),
    row(MASKS, "masks"),
    row(INDEXES, "indexes"),
    row(SOURCES, "sources"),
    row(INPUTS, "inputs"),
];

/// Whether a section is there only where there is something in it. An absent one is empty.
pub(crate) fn is_absent_where_empty(kind: u16) -> bool {
    matches!(kind, DIFFERENCES | COMPLIANCE | MASKS | INDEXES)
}

/// The sections of a program, without the optional ones.
pub(crate) fn encode(program: &Program) -> Result<Vec<(u16, Vec<u8>)>, BundleError> {
    let attributes: Vec<AttributeRow> = program.attributes.iter().map(AttributeRow::new).collect();
    let mut code = Writer::default();
    for word in &program.code {
        code.number(*word);
    }
    let mut parts = vec![
        (ORIGIN, cold("origin", &program.origin)?),
        (ATTRIBUTES, cold("attributes", &attributes)?),
        (VARIABLES, cold("variables", &variable_rows(program))?),
        (MATCHERS, cold("matchers", &program.matchers)?),
        (CODE, code.bytes),
        (POLICIES, cold("policies", &program.policies)?),
        (CONTROLS, cold("controls", &program.controls)?),
        (SESSIONS, cold("sessions", &program.sessions)?),
        (EFFECTS, cold("effects", &program.effects)?),
        (FILES, cold("files", &program.files)?),
        (ENTITIES, cold("entities", &program.optional_entities)?),
    ];
    if !program.differences.is_empty() {
        parts.push((DIFFERENCES, cold("differences", &program.differences)?));
    }
    if let Some(compliance) = &program.compliance {
        parts.push((COMPLIANCE, cold("compliance", compliance)?));
    }
    if let Some(masks) = &program.masks {
        parts.push((MASKS, mask_section::encode(masks)));
    }
    if !program.indexes.is_empty() {
        parts.push((INDEXES, cold("indexes", &program.indexes)?));
    }
    Ok(parts)
}

/// Put the content of a section into its place in the program.
pub(crate) fn decode(kind: u16, bytes: &[u8], program: &mut Program) -> Result<(), String> {
    match kind {
        ORIGIN => program.origin = warm(bytes)?,
        ATTRIBUTES => {
            let rows: Vec<AttributeRow> = warm(bytes)?;
            program.attributes = rows.into_iter().map(AttributeRow::into_info).collect();
        }
        VARIABLES => name_variables(warm(bytes)?, program)?,
        MATCHERS => program.matchers = warm(bytes)?,
        CODE => program.code = code(bytes)?,
        POLICIES => program.policies = warm(bytes)?,
        CONTROLS => program.controls = warm(bytes)?,
        SESSIONS => program.sessions = warm(bytes)?,
        EFFECTS => program.effects = warm(bytes)?,
        FILES => program.files = warm(bytes)?,
        ENTITIES => program.optional_entities = warm(bytes)?,
        DIFFERENCES => {
            program.differences = warm(bytes)?;
            if program.differences.is_empty() {
                return Err("a section with nothing in it is left out".to_owned());
            }
        }
        COMPLIANCE => program.compliance = Some(warm(bytes)?),
        MASKS => program.masks = Some(mask_section::decode(bytes, program)?),
        INDEXES => {
            program.indexes = warm(bytes)?;
            if program.indexes.is_empty() {
                return Err("a section with nothing in it is left out".to_owned());
            }
        }
        _ => {}
    }
    Ok(())
}

pub(crate) fn encode_sources(sources: &[SourceFile]) -> Result<Vec<u8>, BundleError> {
    cold("sources", &sources)
}

pub(crate) fn decode_sources(bytes: &[u8]) -> Result<Vec<SourceFile>, String> {
    warm(bytes)
}

fn cold<T: Serialize>(section: &'static str, value: &T) -> Result<Vec<u8>, BundleError> {
    let content = |error: postcard::Error| BundleError::Content {
        section,
        offset: 0,
        reason: error.to_string(),
    };
    postcard::to_stdvec(value).map_err(content)
}

fn warm<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(format!("{} bytes are left over", rest.len())),
        Err(error) => Err(error.to_string()),
    }
}

fn code(bytes: &[u8]) -> Result<Vec<u32>, String> {
    let mut reader = Reader::new(bytes);
    let mut words = Vec::with_capacity(bytes.len() / 2);
    while !reader.is_at_end() {
        words.push(reader.number()?);
    }
    Ok(words)
}

/// A variable, with its name where that does not follow from the matcher.
#[derive(Serialize, Deserialize)]
struct VariableRow {
    attribute: u32,
    class_count: u32,
    null_class: Option<u32>,
    name: Option<String>,
}

fn variable_rows(program: &Program) -> Vec<VariableRow> {
    let names = names::names(program);
    let rows = program.variables.iter().zip(names);
    let rows = rows.map(|(variable, name)| VariableRow {
        attribute: variable.attribute,
        class_count: variable.class_count,
        null_class: variable.null_class,
        name: (name.as_ref() != Some(&variable.name)).then(|| variable.name.clone()),
    });
    rows.collect()
}

/// Put the variables into a program that has its attributes and matchers.
fn name_variables(rows: Vec<VariableRow>, program: &mut Program) -> Result<(), String> {
    let variable = |row: &VariableRow| Variable {
        attribute: row.attribute,
        class_count: row.class_count,
        null_class: row.null_class,
        name: String::new(),
    };
    program.variables = rows.iter().map(variable).collect();
    let names = names::names(program);
    for ((variable, row), name) in program.variables.iter_mut().zip(rows).zip(names) {
        variable.name = row.name.or(name).ok_or("a variable has no name")?;
    }
    Ok(())
}

/// An attribute with its type made flat.
#[derive(Serialize, Deserialize)]
struct AttributeRow {
    name: String,
    is_optional: bool,
    /// How many sets are around the element type.
    set_depth: u8,
    element: Element,
}

/// [`Kind`] without sets.
#[derive(Serialize, Deserialize)]
enum Element {
    Boolean,
    Integer { min: i64, max: i64 },
    Decimal,
    String,
    Enumeration { members: Vec<String>, is_open: bool },
    Version,
    DateTime,
    Duration,
    Address,
    Guid,
    Country,
    Record,
}

impl AttributeRow {
    fn new(info: &AttributeInfo) -> AttributeRow {
        let mut set_depth = 0u8;
        let mut kind = &info.kind;
        while let Kind::Set(of) = kind {
            set_depth = set_depth.saturating_add(1);
            kind = of;
        }
        let element = match kind {
            Kind::Boolean => Element::Boolean,
            Kind::Integer { min, max } => Element::Integer {
                min: *min,
                max: *max,
            },
            Kind::Decimal => Element::Decimal,
            Kind::String | Kind::Set(_) => Element::String,
            Kind::Enumeration { members, is_open } => Element::Enumeration {
                members: members.clone(),
                is_open: *is_open,
            },
            Kind::Version => Element::Version,
            Kind::DateTime => Element::DateTime,
            Kind::Duration => Element::Duration,
            Kind::Address => Element::Address,
            Kind::Guid => Element::Guid,
            Kind::Country => Element::Country,
            Kind::Record => Element::Record,
        };
        AttributeRow {
            name: info.name.clone(),
            is_optional: info.is_optional,
            set_depth,
            element,
        }
    }

    fn into_info(self) -> AttributeInfo {
        let element = match self.element {
            Element::Boolean => Kind::Boolean,
            Element::Integer { min, max } => Kind::Integer { min, max },
            Element::Decimal => Kind::Decimal,
            Element::String => Kind::String,
            Element::Enumeration { members, is_open } => Kind::Enumeration { members, is_open },
            Element::Version => Kind::Version,
            Element::DateTime => Kind::DateTime,
            Element::Duration => Kind::Duration,
            Element::Address => Kind::Address,
            Element::Guid => Kind::Guid,
            Element::Country => Kind::Country,
            Element::Record => Kind::Record,
        };
        let kind = (0..self.set_depth).fold(element, |kind, _| Kind::Set(Box::new(kind)));
        AttributeInfo {
            name: self.name,
            kind,
            is_optional: self.is_optional,
        }
    }
}
