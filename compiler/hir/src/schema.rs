//! A schema: the vocabulary that policies are written in, and how their effects combine.

use gatewright_source::Span;
use gatewright_syntax::ast::CompareOperator;
use gatewright_value::Kind;

/// An attribute, by its place in [`Schema::attributes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttributeId(pub u32);

/// A control, by its place in [`Schema::controls`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ControlId(pub u32);

/// An effect, by its place in [`Schema::effects`]: the greater, the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EffectId(pub u32);

/// The vocabulary that policies are written in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// Its name: `Entra`, or one's own.
    pub name: String,
    /// Whether it is the built-in one, whose clauses and combining rule are Conditional Access'.
    pub is_entra: bool,
    /// In declared order.
    pub entities: Vec<Entity>,
    /// In declared order; an [`AttributeId`] is a place here.
    pub attributes: Vec<Attribute>,
    /// Named enumerations, in declared order.
    pub enumerations: Vec<Enumeration>,
    /// In declared order; a [`ControlId`] is a place here.
    pub controls: Vec<ControlInfo>,
    /// Session controls, in declared order.
    pub session_controls: Vec<ControlInfo>,
    /// Weakest first; an [`EffectId`] is a place here.
    pub effects: Vec<EffectInfo>,
    /// How the effects of several policies become one.
    pub combine: Combine,
    /// The effect where no policy applies.
    pub otherwise: Option<EffectId>,
    /// Rule dialects, in declared order.
    pub dialects: Vec<Dialect>,
    /// Names of attributes whose types are mistakes that are reported: their uses are not.
    pub mistyped: Vec<String>,
}

/// How the effects of several policies become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    /// The strongest in declared order.
    #[default]
    Strongest,
    /// The weakest in declared order.
    Least,
    /// All of them.
    Union,
    /// Two different ones are an error.
    Conflict,
}

/// A thing that has attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// `device`
    pub name: String,
    /// Whether it can be missing as a whole: then every attribute is null.
    pub is_optional: bool,
    /// What it is.
    pub docs: String,
    /// Where it is declared.
    pub span: Span,
}

/// Something that can be asked of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// `device.trustType`, in canonical case.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// The named enumeration of its type, an index into [`Schema::enumerations`].
    pub enumeration: Option<u32>,
    /// Whether it can be null.
    pub is_optional: bool,
    /// Where no request gives the value, the two date-times whose difference it is, the first less
    /// the second: null where one of them is.
    pub difference: Option<(AttributeId, AttributeId)>,
    /// What it is.
    pub docs: String,
    /// Where it is declared.
    pub span: Span,
}

/// A named enumeration.
#[derive(Clone, Debug, PartialEq)]
pub struct Enumeration {
    /// `TrustType`
    pub name: String,
    /// The members with what they mean.
    pub members: Vec<(String, String)>,
    /// Where the members are declared, in the same order.
    pub places: Vec<Span>,
    /// Whether values outside the list can occur in a request.
    pub is_open: bool,
    /// Where its name is declared.
    pub span: Span,
}

/// Something that can be required, or a session control.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlInfo {
    /// `mfa`
    pub name: String,
    /// What people read.
    pub title: String,
    /// Whether the user can satisfy it during the sign-in.
    pub is_interactive: bool,
    /// Where its name is declared.
    pub span: Span,
}

/// An effect.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectInfo {
    /// `refuse`
    pub name: String,
    /// What people read.
    pub title: String,
    /// Where its name is declared.
    pub span: Span,
}

/// A flavour of the rule language: a table, not a parser.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dialect {
    /// `ca-device`
    pub name: String,
    /// The only entity that rules may speak of; `None` where all may be.
    pub entity: Option<String>,
    /// LIMIT: characters of a rule.
    pub characters_max: Option<usize>,
    /// Whether `null` is a value.
    pub has_null: bool,
    /// Whether `-not` exists.
    pub has_not: bool,
    /// Whether `-any` and `-all` exist.
    pub has_quantifiers: bool,
    /// Whether `Direct Reports for` exists.
    pub has_direct_reports: bool,
    /// Whether `-contains` and its like, applied to a set, ask for a part of some element instead
    /// of a whole element.
    pub asks_for_parts: bool,
    /// Whether blanks around values do not count.
    pub is_trimmed: bool,
    /// The least number of parts of a version.
    pub version_parts_min: usize,
    /// Which spellings are read.
    pub spelling: Spelling,
    /// What is allowed, by attribute: its name in this dialect, and the operators it has.
    pub attributes: Vec<DialectAttribute>,
    /// The operators of named attributes that nobody declares, `CustomSecurityAttribute.Set_Name`;
    /// empty where there are none.
    pub free_fields: Vec<CompareOperator>,
    /// Prefixes of attributes that are there without being declared: `user.extension_`.
    pub open: Vec<OpenAttributes>,
    /// What elements of sets are called.
    pub elements: Vec<ElementName>,
    /// The operators of elements that are texts.
    pub element_operators: Vec<CompareOperator>,
    /// Attributes that cannot be combined with anything else in a rule.
    pub alone: Vec<AttributeId>,
    /// The platforms that rules can be for.
    pub platforms: Vec<String>,
    /// The platform that the rule at hand is for, if that is known.
    pub platform: Option<String>,
    /// Attributes that only some platforms have.
    pub availability: Vec<Availability>,
    /// Values that occur, of attributes whose values nobody checks.
    pub known_values: Vec<KnownValues>,
    /// Attributes that another one replaces, with its name.
    pub deprecated: Vec<(AttributeId, String)>,
}

/// How a dialect takes a spelling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stance {
    /// As it is.
    #[default]
    Accepted,
    /// With a warning.
    Warned,
    /// Not at all.
    Refused,
}

/// Which spellings a dialect reads, beside the plain ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spelling {
    /// `'text'`
    pub single_quotes: Stance,
    /// A backtick before a quote, a doubled quote.
    pub escapes: Stance,
    /// `-eq"text"`
    pub missing_spaces: Stance,
    /// `"True"` for a Boolean.
    pub quoted_booleans: Stance,
    /// `-not (… -eq null)`
    pub negated_null: Stance,
    /// `-in "text"`: a list of one.
    pub one_text_lists: Stance,
    /// `-in ["a", ""]`
    pub empty_items: Stance,
    /// `// …`
    pub comments: Stance,
}

/// Attributes that are there without being declared.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenAttributes {
    /// How their names start: `user.extension_`.
    pub prefix: String,
    /// The operators that they have.
    pub operators: Vec<CompareOperator>,
}

/// What the elements of a set are called in the body of a quantifier.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementName {
    /// The set.
    pub attribute: AttributeId,
    /// `assignedPlan`
    pub name: String,
    /// The fields, as they are spelled.
    pub fields: Vec<String>,
    /// The operators of its fields.
    pub operators: Vec<CompareOperator>,
}

/// The platforms that have an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Availability {
    /// The attribute.
    pub attribute: AttributeId,
    /// The platforms.
    pub platforms: Vec<String>,
}

/// Values of an attribute that occur.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownValues {
    /// The attribute.
    pub attribute: AttributeId,
    /// On this platform only; `None`: wherever nothing else is said.
    pub platform: Option<String>,
    /// The values.
    pub values: Vec<String>,
}

impl Dialect {
    /// The values of an attribute that occur on the platform at hand, or on any where that is not
    /// known; `None` where nobody says.
    #[must_use]
    pub fn values_of(&self, attribute: AttributeId) -> Option<Vec<&str>> {
        let of_attribute = || {
            self.known_values
                .iter()
                .filter(move |known| known.attribute == attribute)
        };
        let platform = self.platform.as_deref();
        let is_meant = |known: &&KnownValues| match (&known.platform, platform) {
            (Some(of), Some(platform)) => of == platform,
            (Some(_), None) | (None, _) => true,
        };
        let values: Vec<&str> = of_attribute()
            .filter(is_meant)
            .flat_map(|known| known.values.iter().map(String::as_str))
            .collect();
        (!values.is_empty()).then_some(values)
    }
}

/// An attribute as a dialect knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct DialectAttribute {
    /// The name that rules use: `device.deviceOwnership`.
    pub name: String,
    /// The attribute meant.
    pub attribute: AttributeId,
    /// The operators it has.
    pub operators: Vec<CompareOperator>,
}

impl Schema {
    /// The attribute of this id, if it is of this schema.
    #[must_use]
    pub fn attribute(&self, id: AttributeId) -> Option<&Attribute> {
        self.attributes.get(id.0 as usize)
    }

    /// Whether the type of this attribute is a mistake.
    #[must_use]
    pub fn is_mistyped(&self, name: &str) -> bool {
        self.mistyped
            .iter()
            .any(|mistyped| mistyped.eq_ignore_ascii_case(name))
    }

    /// The attribute of this name, in any case.
    #[must_use]
    pub fn find_attribute(&self, name: &str) -> Option<AttributeId> {
        let at = self
            .attributes
            .iter()
            .position(|a| a.name.eq_ignore_ascii_case(name))?;
        u32::try_from(at).ok().map(AttributeId)
    }
}
