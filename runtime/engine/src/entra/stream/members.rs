//! The members of each object of a request, and what is done with their values.
//!
//! The members come from `vocabulary.rs`; those that mean more than one attribute's value are given
//! a meaning by name here.
//!
//! INVARIANT: every member that can be read has a bit of its own, whatever object it is in.

use gatewright_value::Kind;
use gatewright_value::vocabulary::{
    AgentRiskLevel, ClientApp, GuestType, InsiderRiskLevel, Method, Platform, RiskLevel,
    TransferMethod, UserAction,
};

use crate::entra::signals::UNKNOWN_PLATFORM;
use crate::entra::stream::{Attributes, Slot};
use crate::json::Names;
use crate::vocabulary::{
    CIRCUMSTANCE_VALUES, CIRCUMSTANCES, CLAIMS, CONDITION_OBJECTS, CONDITIONS, CONTEXTS, DEVICE,
    DIRECTORY_MEMBERS, Form, IDENTITIES, MemberRow, PATHS, REQUEST, TYPE, TypeRow, USER,
};

/// What is done with the value of a member.
///
/// PERF: without data, so that telling meanings apart is one jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A string that means nothing here.
    Annotation,
    IdentityType,
    ContextType,
    /// An object, named by what it is about.
    IdentityObject,
    ContextObject,
    ConditionsObject,
    FlowObject,
    DeviceObject,
    DirectoryObject,
    UserObject,
    ClaimsObject,
    CircumstancesObject,
    Text,
    Boolean,
    Set,
    /// One of the member's choices.
    Choice,
    /// A kind of guest, or none.
    Guest,
    /// A transfer method, or none.
    Flow,
    Action,
    Address,
    Country,
    UserId,
    IsAgentUser,
    Apps,
    Groups,
    MfaRegistered,
    LocationNames,
    Now,
    FirstSignIn,
    Satisfied,
    Methods,
    Terms,
    Custom,
    /// A truth that decides nothing.
    Flag,
    /// A list that has to be empty.
    Nothing,
    /// Whatever it is, it is not for this path.
    Other,
}

/// A value that a member can have, with its place in the attribute's enumeration, if it has one.
pub(crate) type Choice = (String, Option<u16>);

/// The values that a member can have.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    rows: Vec<Choice>,
    /// The same as they are written, unless some of them do not fit a table.
    names: Option<Names<usize>>,
}

impl Choices {
    fn new(rows: Vec<Choice>) -> Choices {
        let places = rows.iter().enumerate();
        let names = places.map(|(place, row)| (row.0.as_str(), place));
        Choices {
            names: Names::new(names.collect()),
            rows,
        }
    }

    /// The value that stands here between quotes, if it is written exactly so, and what is left
    /// after it.
    #[inline]
    pub(crate) fn find<'a>(&self, rest: &'a [u8]) -> Option<(&Choice, &'a [u8])> {
        let (place, rest) = self.names.as_ref()?.find(rest)?;
        Some((self.rows.get(*place)?, rest))
    }

    /// The value that is written so, in any case.
    pub(crate) fn find_unfolded(&self, text: &str) -> Option<&Choice> {
        let mut rows = self.rows.iter();
        rows.find(|row| row.0.eq_ignore_ascii_case(text))
    }
}

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) meaning: Meaning,
    /// Its bit among the members of its object.
    pub(crate) own_bit: u64,
    /// Its bit among all members.
    pub(crate) bit: u128,
    pub(crate) slot: Slot,
    /// Whether values, or elements, are identifiers.
    pub(crate) is_guid: bool,
    pub(crate) choices: Choices,
}

/// The members of an object.
#[derive(Debug)]
pub(crate) struct Members {
    pub(crate) names: Names<Row>,
    /// The place of its first bit among those of all members.
    first_bit: u32,
}

impl Members {
    /// Among all members, these of the object.
    #[inline]
    pub(crate) fn among_all(&self, own: u64) -> u128 {
        u128::from(own).wrapping_shl(self.first_bit)
    }
}

/// The members of all objects.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) request: Members,
    pub(crate) identity: Members,
    pub(crate) context: Members,
    pub(crate) conditions: Members,
    pub(crate) flow: Members,
    pub(crate) device: Members,
    pub(crate) directory: Members,
    pub(crate) user: Members,
    pub(crate) claims: Members,
    pub(crate) circumstances: Members,
    /// By place: what `signInIdentity` and `signInContext` can be.
    pub(crate) identity_names: Names<usize>,
    pub(crate) context_names: Names<usize>,
    pub(crate) methods: Names<Method>,
    /// By type: the members that only this type has.
    pub(crate) identity_types: [u128; 3],
    pub(crate) context_types: [u128; 3],
    /// Members that say the same; a request has one of them.
    pub(crate) twins: Vec<u128>,
    pub(crate) is_owned: u128,
    by_attribute: Vec<(u32, u128)>,
}

impl Tables {
    pub(crate) fn new(attributes: &Attributes<'_>) -> Option<Tables> {
        let mut builder = Builder {
            attributes,
            count: 0,
            by_attribute: Vec::new(),
        };
        let request = REQUEST.map(|name| (name, request_meaning(name), None));
        let request = builder.members(&request)?;
        let (identity, identity_types) =
            builder.types("signInIdentity", Meaning::IdentityType, &IDENTITIES)?;
        let (context, context_types) =
            builder.types("signInContext", Meaning::ContextType, &CONTEXTS)?;
        let objects = CONDITION_OBJECTS.map(|name| (name, condition_meaning(name), None));
        let conditions = builder.members(&[&of_rows(CONDITIONS)[..], &objects].concat())?;
        let flow = [("transferMethod", Meaning::Flow, Some("session.flow"))];
        let flow = builder.members(&flow)?;
        let device = builder.members(&of_rows(DEVICE))?;
        let directory = DIRECTORY_MEMBERS.map(directory_row);
        let directory = builder.members(&directory)?;
        let user = builder.members(&of_rows(USER))?;
        let claims = builder.members(&CLAIMS.map(claims_row))?;
        let values = CIRCUMSTANCE_VALUES.map(circumstance_row);
        let circumstances = builder.members(&[&of_rows(CIRCUMSTANCES)[..], &values].concat())?;
        let by_attribute = builder.by_attribute;
        let mut tables = Tables {
            request,
            identity,
            context,
            conditions,
            flow,
            device,
            directory,
            user,
            claims,
            circumstances,
            identity_names: type_names(&IDENTITIES)?,
            context_names: type_names(&CONTEXTS)?,
            methods: Names::new(Method::ALL.iter().map(|of| (of.name(), *of)).collect())?,
            identity_types,
            context_types,
            twins: Vec::new(),
            is_owned: 0,
            by_attribute,
        };
        tables.is_owned = tables.members_of(attributes.row("servicePrincipal.isOwned")?.0);
        let numbers = tables.by_attribute.iter().map(|row| row.0);
        let mut twins: Vec<u128> = numbers.map(|number| tables.members_of(number)).collect();
        twins.retain(|members| members.count_ones() > 1);
        twins.dedup();
        tables.twins = twins;
        Some(tables)
    }

    /// The members that say something of an attribute.
    pub(crate) fn members_of(&self, attribute: u32) -> u128 {
        let rows = self.by_attribute.iter();
        let of_attribute = rows.filter(|row| row.0 == attribute);
        of_attribute.fold(0, |members, row| members | row.1)
    }
}

fn type_names(types: &[TypeRow; 3]) -> Option<Names<usize>> {
    let places = types.iter().enumerate();
    Names::new(places.map(|(place, row)| (row.0, place)).collect())
}

/// A member, what is done with its value, and the attribute that it stands for.
type Written = (&'static str, Meaning, Option<&'static str>);

fn request_meaning(name: &str) -> Meaning {
    match name {
        "signInIdentity" => Meaning::IdentityObject,
        "signInContext" => Meaning::ContextObject,
        "signInConditions" => Meaning::ConditionsObject,
        "directory" => Meaning::DirectoryObject,
        "claims" => Meaning::ClaimsObject,
        "context" => Meaning::CircumstancesObject,
        "unknown" => Meaning::Nothing,
        "appliedPoliciesOnly" => Meaning::Flag,
        _ => Meaning::Other,
    }
}

fn condition_meaning(name: &str) -> Meaning {
    match name {
        "authenticationFlow" => Meaning::FlowObject,
        "deviceInfo" => Meaning::DeviceObject,
        _ => Meaning::Other,
    }
}

fn directory_row(name: &'static str) -> Written {
    match name {
        "groups" => (name, Meaning::Groups, Some("user.groups")),
        "roles" => (name, Meaning::Set, Some("user.roles")),
        "user" => (name, Meaning::UserObject, None),
        _ => (name, Meaning::Other, None),
    }
}

fn claims_row(name: &'static str) -> Written {
    match name {
        "satisfied" => (name, Meaning::Satisfied, None),
        "methods" => (name, Meaning::Methods, Some("session.methods")),
        "terms" => (name, Meaning::Terms, None),
        "custom" => (name, Meaning::Custom, None),
        _ => (name, Meaning::Other, None),
    }
}

fn circumstance_row(name: &'static str) -> Written {
    match name {
        "now" => (name, Meaning::Now, None),
        "namedLocations" => (name, Meaning::LocationNames, Some("location.names")),
        "firstInteractiveSignIn" => (name, Meaning::FirstSignIn, None),
        _ => (name, Meaning::Other, None),
    }
}

fn typed_meaning(name: &str) -> Meaning {
    match name {
        "userId" => Meaning::UserId,
        "externalUserType" => Meaning::Guest,
        "isAgentUser" => Meaning::IsAgentUser,
        "isOwned" => Meaning::Boolean,
        "includeApplications" => Meaning::Apps,
        "userAction" => Meaning::Action,
        "externalTenantId"
        | "servicePrincipalId"
        | "agentServicePrincipalId"
        | "authenticationContextValue" => Meaning::Text,
        _ => Meaning::Other,
    }
}

fn of_rows(rows: &'static [MemberRow]) -> Vec<Written> {
    let written = rows.iter().map(|row| {
        let meaning = match row.form {
            Form::Boolean if row.attribute == "user.isMfaRegistered" => Meaning::MfaRegistered,
            Form::Boolean => Meaning::Boolean,
            Form::Text => Meaning::Text,
            Form::Set => Meaning::Set,
            Form::Address => Meaning::Address,
            Form::Country => Meaning::Country,
            Form::Enumeration
            | Form::Client
            | Form::Platform
            | Form::Risk
            | Form::InsiderRisk
            | Form::AgentRisk => Meaning::Choice,
        };
        (row.name, meaning, Some(row.attribute))
    });
    written.collect()
}

/// The values that a member can have in a request, where its attribute's enumeration does not say
/// it.
fn vocabulary(attribute: &str) -> Option<Vec<&'static str>> {
    let platforms = || Platform::ALL.iter().map(|member| member.name());
    Some(match attribute {
        "signIn.client" => ClientApp::ALL.iter().map(|member| member.name()).collect(),
        "signIn.platform" => platforms().chain([UNKNOWN_PLATFORM]).collect(),
        "user.risk" | "signIn.risk" | "servicePrincipal.risk" => {
            RiskLevel::ALL.iter().map(|member| member.name()).collect()
        }
        "user.insiderRisk" => {
            let all = InsiderRiskLevel::ALL;
            all.iter().map(|member| member.name()).collect()
        }
        "agent.risk" => {
            let all = AgentRiskLevel::ALL;
            all.iter().map(|member| member.name()).collect()
        }
        "user.guestType" => GuestType::ALL.iter().map(|member| member.name()).collect(),
        "session.flow" => {
            let all = TransferMethod::ALL;
            all.iter().map(|member| member.name()).collect()
        }
        "app.action" => UserAction::ALL.iter().map(|member| member.name()).collect(),
        _ => return None,
    })
}

struct Builder<'a> {
    attributes: &'a Attributes<'a>,
    /// How many members there are so far.
    count: u32,
    by_attribute: Vec<(u32, u128)>,
}

impl Builder<'_> {
    /// An object with these members, and with an annotation.
    fn members(&mut self, written: &[Written]) -> Option<Members> {
        self.table(&[written, &[(TYPE, Meaning::Annotation, None)]].concat())
    }

    fn table(&mut self, written: &[Written]) -> Option<Members> {
        let first_bit = self.count;
        let rows = (0..).zip(written).map(|(place, row)| {
            let own_bit = 1u64.checked_shl(place)?;
            Some((row.0, self.row(row, own_bit)?))
        });
        let names = Names::new(rows.collect::<Option<_>>()?)?;
        Some(Members { names, first_bit })
    }

    /// An object of one of several types, and the members that only one type has.
    fn types(
        &mut self,
        object: &str,
        meaning: Meaning,
        types: &'static [TypeRow; 3],
    ) -> Option<(Members, [u128; 3])> {
        let mut of_types = [0; 3];
        let mut written = vec![(TYPE, meaning, None)];
        let mut bit = 1u128.checked_shl(self.count + 1)?;
        for ((_, names), members) in types.iter().zip(&mut of_types) {
            for name in *names {
                let path = |row: &&(&'static str, &'static str)| {
                    let rest = row.0.strip_prefix(object);
                    rest.and_then(|rest| rest.strip_prefix('.')) == Some(*name)
                };
                let attribute = PATHS.iter().find(path).map(|row| row.1);
                written.push((*name, typed_meaning(name), attribute));
                *members |= bit;
                bit = bit.checked_shl(1)?;
            }
        }
        Some((self.table(&written)?, of_types))
    }

    fn row(&mut self, (_, meaning, attribute): &Written, own_bit: u64) -> Option<Row> {
        let bit = 1u128.checked_shl(self.count)?;
        self.count += 1;
        let mut row = Row {
            meaning: *meaning,
            own_bit,
            bit,
            slot: Slot::default(),
            is_guid: false,
            choices: Choices::default(),
        };
        let Some(attribute) = attribute else {
            return Some(row);
        };
        let (number, info) = self.attributes.row(attribute)?;
        self.by_attribute.push((number, bit));
        row.slot = self.attributes.slot(attribute)?;
        row.is_guid = match &info.kind {
            Kind::Set(of) => **of == Kind::Guid,
            kind => *kind == Kind::Guid,
        };
        row.choices = Choices::new(self.choices(attribute, &info.kind)?);
        fits(*meaning, &info.kind).then_some(row)
    }

    fn choices(&self, attribute: &str, kind: &Kind) -> Option<Vec<Choice>> {
        let Kind::Enumeration { members, .. } = kind else {
            return Some(Vec::new());
        };
        let place = |name: &str| self.attributes.place(attribute, name);
        let choice = |name: &str| (name.to_owned(), place(name));
        let Some(names) = vocabulary(attribute) else {
            return Some(members.iter().map(|name| choice(name)).collect());
        };
        let choices: Vec<Choice> = names.into_iter().map(choice).collect();
        let is_known = |row: &Choice| row.1.is_some() || row.0 == UNKNOWN_PLATFORM;
        choices.iter().all(is_known).then_some(choices)
    }
}

/// Whether the attribute of a member is of the type that its values are of.
fn fits(meaning: Meaning, kind: &Kind) -> bool {
    match meaning {
        Meaning::Text | Meaning::UserId | Meaning::Country => kind.is_text(),
        Meaning::Boolean | Meaning::MfaRegistered => *kind == Kind::Boolean,
        Meaning::Set
        | Meaning::Apps
        | Meaning::Groups
        | Meaning::LocationNames
        | Meaning::Methods => matches!(kind, Kind::Set(of) if **of != Kind::Record),
        Meaning::Choice | Meaning::Guest | Meaning::Flow | Meaning::Action => {
            matches!(kind, Kind::Enumeration { .. })
        }
        Meaning::Address => *kind == Kind::Address,
        _ => false,
    }
}
