//! Typed policies: what text and Graph JSON both become, and what every later phase works on.
//!
//! Names are resolved, values have their types, defaults are filled in; every part knows where it
//! was written. Nothing here can be unreadable: what could not be understood has been reported and
//! is absent, or is [`Expr::Unknown`] where leaving it out might widen a policy.

use std::sync::Arc;

use gatewright_source::Span;
use gatewright_value::vocabulary::{
    AgentRiskLevel, BuiltInControl, ClientApp, CompliancePlatform, GuestType, InsiderRiskLevel,
    Method, NoncomplianceAction, Platform, RiskLevel, State, TransferMethod, UserAction,
};
use gatewright_value::{AddressRange, SessionControls};

use crate::schema::{AttributeId, ControlId, EffectId, Schema};

/// All policies of a project or tenant, with the objects that they speak of.
#[derive(Clone, Debug)]
pub struct PolicySet {
    /// The vocabulary.
    pub schema: Arc<Schema>,
    /// Which meaning of the service, by date: `2026-06`.
    pub edition: Edition,
    /// In path order, then in order of the file.
    pub policies: Vec<Policy>,
    /// Named locations, by the order of their ids.
    pub locations: Vec<NamedLocation>,
    /// Authentication strengths, built-in ones included, by the order of their ids.
    pub strengths: Vec<Strength>,
    /// Names for ids: groups, users, apps, roles, terms, contexts.
    pub names: Vec<ObjectName>,
    /// What `Office365` and `MicrosoftAdminPortals` stand for, by name.
    pub app_groups: Vec<AppGroup>,
    /// Device compliance, whose result is `device.isCompliant`.
    pub compliance: Compliance,
}

impl PolicySet {
    /// Other policies with the objects that these ones speak of.
    #[must_use]
    pub fn with_policies(&self, policies: Vec<Policy>) -> PolicySet {
        PolicySet {
            schema: Arc::clone(&self.schema),
            edition: self.edition,
            policies,
            locations: self.locations.clone(),
            strengths: self.strengths.clone(),
            names: self.names.clone(),
            app_groups: self.app_groups.clone(),
            compliance: self.compliance.clone(),
        }
    }
}

/// A version of the service's meaning, named by year and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edition {
    /// Year.
    pub year: u16,
    /// Month, from 1.
    pub month: u8,
}

impl Edition {
    /// The newest: requests for baseline scopes only are evaluated against policies for all
    /// resources that exclude some.
    pub const NEWEST: Edition = Edition {
        year: 2026,
        month: 6,
    };

    /// The editions that changed a meaning, oldest first, with what changed. One between two of
    /// them means what the earlier one means.
    pub const KNOWN: &'static [(Edition, &'static str)] = &[
        (
            Edition {
                year: 2025,
                month: 1,
            },
            "requests for baseline scopes only escape policies for all resources that exclude some",
        ),
        (
            Edition::NEWEST,
            "requests for baseline scopes only meet policies for all resources that exclude some",
        ),
    ];

    /// The oldest whose meaning is known.
    #[must_use]
    pub fn oldest() -> Edition {
        Self::KNOWN
            .first()
            .map_or(Edition::NEWEST, |(oldest, _)| *oldest)
    }

    /// Read `2026-06`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Edition> {
        let (year, month) = text.split_once('-')?;
        let digits = |s: &str, n| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let edition = Edition {
            year: year.parse().ok()?,
            month: month.parse().ok()?,
        };
        (1..=12).contains(&edition.month).then_some(edition)
    }
}

impl std::fmt::Display for Edition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The server's id, or the display name where there is none.
    pub id: String,
    /// Whether `id` came from the server.
    pub has_server_id: bool,
    /// What people call it.
    pub display_name: String,
    /// Whether it is enforced.
    pub state: State,
    /// Where its name is written.
    pub name_span: Span,
    /// All of it.
    pub span: Span,
    /// To whom and what it applies; `None` under a schema of one's own.
    pub assignments: Option<Box<Assignments>>,
    /// `when` and `unless` in one: the policy applies only where this holds.
    pub when: Option<Expr>,
    /// What it does.
    pub outcome: Outcome,
    /// Members of the Graph object that the language does not model.
    pub unmodelled: Vec<Unmodelled>,
    /// How the Graph object was written, beyond what it means.
    pub form: GraphForm,
    /// Who answers for the policy, and until when it holds.
    pub annotations: Annotations,
    /// Names of the scopes around it, outermost first.
    pub scopes: Vec<String>,
}

/// How the ids of policies start that nobody wrote: those of security defaults.
pub const BUILT_IN_PREFIX: &str = "security-defaults/";

/// How a Graph object was written, beyond what it means: needed to give it back unchanged.
///
/// Never a source of meaning: what is said here and means something else than the object does is
/// left out when the object is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GraphForm {
    /// Which members that say nothing are there all the same.
    pub profile: GraphProfile,
    /// Members that were written in another way than the profile says.
    pub written: Vec<Written>,
    /// The template around a policy, as a JSON object without its `details`.
    pub template: Option<String>,
    /// The plan that the policy is a rule of.
    pub plan: Option<PlanForm>,
}

/// A plan that a policy is a rule of, and the rule, as they were written.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanForm {
    /// The plan, as a JSON object without its `rules`; one text for all its policies.
    pub plan: Arc<str>,
    /// The rule, as a JSON object; `None` where the policy is a new one.
    pub rule: Option<String>,
    /// Where the plan is said.
    pub span: Span,
}

/// Which members that say nothing (`null`, `[]`) a Graph object has all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GraphProfile {
    /// None: a member that says nothing is absent.
    #[default]
    Minimal,
    /// Those that the service's v1.0 answers have.
    V1,
    /// Those that its beta answers have, and what tools export that ask for these.
    Beta,
    /// Those of the policies inside the service's own templates.
    Template,
    /// Those that v1.0 answers had in 2022.
    V1In2022,
    /// Those that v1.0 answers had in 2020; many published collections were made from these.
    V1In2020,
}

impl GraphProfile {
    /// Every profile but the one that needs no name, with the word for it.
    pub const NAMED: &'static [(&'static str, GraphProfile)] = &[
        ("v1", GraphProfile::V1),
        ("beta", GraphProfile::Beta),
        ("template", GraphProfile::Template),
        ("v1In2022", GraphProfile::V1In2022),
        ("v1In2020", GraphProfile::V1In2020),
    ];

    /// The word for it in `@graph(…)`; [`GraphProfile::Minimal`] has none.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        let found = Self::NAMED.iter().find(|(_, profile)| *profile == self);
        found.map(|(word, _)| *word)
    }
}

/// A member of a Graph object as it was written, where meaning and profile would write it in
/// another way.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The way to the member: `conditions`, `platforms`. Empty for the object as a whole.
    pub path: Vec<String>,
    /// Its value, as JSON text; `None` where it is absent. The members of an object are laid over
    /// those that are there.
    pub json: Option<String>,
    /// Where this is said.
    pub span: Span,
}

/// What annotations say of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it was decided.
    pub ticket: Option<String>,
    /// The last day on which it holds, as `2027-01-01`.
    pub expires: Option<String>,
    /// The places of `use` that made it, innermost first; none where it is written out.
    pub used_at: Vec<Span>,
    /// Whether `@display` says the name in Graph, which several policies may have there.
    pub is_titled: bool,
}

/// A member of a Graph object that is carried, not understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmodelled {
    /// The way to the member: `conditions`, `clients`.
    pub path: Vec<String>,
    /// Its value, as JSON text.
    pub json: String,
    /// Where it is written.
    pub span: Span,
    /// Whether it may narrow the policy: then it is a condition that evaluates as Unknown.
    pub is_condition: bool,
}

/// The dimensions of a Conditional Access policy. A `None` is not configured: it holds for every
/// request.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignments {
    /// Who signs in.
    pub who: Who,
    /// What is asked for.
    pub target: Target,
    /// Levels of user risk.
    pub user_risk: Option<Condition<RiskLevel>>,
    /// Levels of sign-in risk.
    pub sign_in_risk: Option<Condition<RiskLevel>>,
    /// Levels of insider risk.
    pub insider_risk: Option<Condition<InsiderRiskLevel>>,
    /// Levels of service principal risk.
    pub service_principal_risk: Option<Condition<RiskLevel>>,
    /// Levels of agent risk.
    pub agent_risk: Option<Condition<AgentRiskLevel>>,
    /// Device platforms.
    pub platforms: Option<Scoped<PlatformScope>>,
    /// Networks.
    pub locations: Option<Scoped<LocationScope>>,
    /// Kinds of client; `None` also where the source says `all`.
    pub clients: Option<Condition<ClientApp>>,
    /// A filter for devices.
    pub devices: Option<DeviceFilter>,
    /// Authentication flows.
    pub flows: Option<Condition<TransferMethod>>,
}

impl Assignments {
    /// These users or workloads and this target, with no condition configured.
    #[must_use]
    pub fn new(who: Who, target: Target) -> Self {
        Assignments {
            who,
            target,
            user_risk: None,
            sign_in_risk: None,
            insider_risk: None,
            service_principal_risk: None,
            agent_risk: None,
            platforms: None,
            locations: None,
            clients: None,
            devices: None,
            flows: None,
        }
    }
}

/// A condition that is a set of members.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition<T> {
    /// The members in order of the source, without repetition. Empty matches nothing.
    pub members: Vec<T>,
    /// Where it is written.
    pub span: Span,
}

/// A condition with includes and excludes: some include holds and no exclude does.
#[derive(Clone, Debug, PartialEq)]
pub struct Scoped<T> {
    /// Any of these. Empty matches nothing.
    pub include: Vec<Located<T>>,
    /// None of these.
    pub exclude: Vec<Located<T>>,
    /// Where it is written.
    pub span: Span,
}

/// A thing and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Located<T> {
    /// The thing.
    pub value: T,
    /// Where.
    pub span: Span,
}

/// Who signs in. The classes are apart: a policy for users never meets a service principal or an
/// agent, and the reverse.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// Users, guests included.
    Users(Scoped<UserScope>),
    /// Workload identities.
    ServicePrincipals(Scoped<ServicePrincipalScope>),
    /// Agent identities.
    Agents(Scoped<AgentScope>),
}

/// An item of the users condition.
#[derive(Clone, Debug, PartialEq)]
pub enum UserScope {
    /// Every user, guests included.
    All,
    /// Nobody: adds nothing to the union.
    None,
    /// Every agent's user account; matches only those.
    AllAgentUsers,
    /// One user, by object id.
    User(String),
    /// Members of a group, by object id.
    Group(String),
    /// Holders of a directory role, by role template id.
    Role(String),
    /// Guests and external users.
    Guests(Guests),
}

/// Guests and external users of some types, from some tenants.
#[derive(Clone, Debug, PartialEq)]
pub struct Guests {
    /// The types in order of the source, without repetition.
    pub types: Vec<GuestType>,
    /// Home tenants; `None` means all of them.
    pub tenants: Option<Vec<String>>,
}

/// An item of the workload identities condition.
#[derive(Clone, Debug, PartialEq)]
pub enum ServicePrincipalScope {
    /// Every single-tenant service principal of this tenant.
    Owned,
    /// Nobody.
    None,
    /// One, by object id.
    Id(String),
    /// A filter over custom security attributes.
    Filter(AttributeFilter),
}

/// An item of the agent identities condition.
#[derive(Clone, Debug, PartialEq)]
pub enum AgentScope {
    /// Every agent identity.
    All,
    /// Nobody.
    None,
    /// One, by object id.
    Id(String),
    /// A filter over custom security attributes.
    Filter(AttributeFilter),
}

/// What is asked for: exactly one kind per policy.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Resources.
    Apps(Scoped<AppScope>),
    /// User actions.
    Actions(Condition<UserAction>),
    /// Authentication contexts, by id (`c1`), lower case.
    Contexts(Condition<String>),
    /// Nothing: no request matches.
    Nothing(Span),
}

/// An item of the resources condition.
#[derive(Clone, Debug, PartialEq)]
pub enum AppScope {
    /// Every resource.
    All,
    /// None: adds nothing to the union.
    None,
    /// One resource, by application id.
    App(String),
    /// A group of [`PolicySet::app_groups`]: `Office365`.
    Group(String),
    /// A filter over custom security attributes.
    Filter(AttributeFilter),
}

/// A filter over custom security attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeFilter {
    /// The rule: [`Expr::Field`] with connectives.
    pub rule: Expr,
    /// The rule as its author wrote it.
    pub text: String,
}

/// An item of the platforms condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlatformScope {
    /// Every platform, unknown ones included.
    All,
    /// One platform.
    Platform(Platform),
}

/// An item of the locations condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocationScope {
    /// Every network, those included that no address is known of.
    All,
    /// Every named location that is trusted.
    AllTrusted,
    /// One named location, by id; its definition is in [`PolicySet::locations`] if it is known.
    Named(String),
}

/// A filter for devices.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceFilter {
    /// Whether the policy applies to the devices that do *not* match.
    pub is_exclude: bool,
    /// The rule.
    pub rule: Expr,
    /// The rule as its author wrote it.
    pub text: String,
    /// Where the rule is written.
    pub span: Span,
}

/// A Boolean expression in which every name is resolved and every value has its type.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Always this.
    Constant(bool),
    /// The opposite.
    Not(Box<Expr>),
    /// All of these; true where there is none.
    All(Vec<Expr>),
    /// Any of these; false where there is none.
    Any(Vec<Expr>),
    /// A comparison.
    Test(Test),
    /// Whether the request comes from one of these locations.
    Location(Scoped<LocationScope>),
    /// Whether what is asked for is one of these resources: some audience is included and not
    /// excluded.
    App(Scoped<AppScope>),
    /// Whether some element of a set satisfies a condition.
    Some(Quantified),
    /// A question about one field of a record. Only within [`Expr::Some`], where the record is the
    /// element, and in filters over custom security attributes, where it is the object's
    /// attributes.
    Field(FieldTest),
    /// Something that cannot be known: a condition that the language does not model.
    Unknown(Span),
}

/// Whether some element of a set satisfies a condition. That all do is that none does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantified {
    /// The set.
    pub collection: AttributeId,
    /// What is asked of an element: [`Expr::Field`] with connectives, no other tests.
    pub body: Box<Expr>,
    /// Where it is written.
    pub span: Span,
}

/// A field of a record compared with constants.
///
/// A field is absent, a text, or a list of texts. Absent satisfies only [`Comparison::IsNull`]. Of
/// a list, [`Comparison::Contains`] asks whether one of the texts is a whole element; every other
/// comparison asks whether some element satisfies it.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTest {
    /// The field's name, folded: `engineering_project`, `serviceplanid`; empty for an element that
    /// is a text itself.
    pub field: String,
    /// How it is compared: one of the comparisons of texts, or [`Comparison::IsNull`].
    pub comparison: Comparison,
    /// Whether the result is turned round, absence included.
    pub is_negated: bool,
    /// Where it is written.
    pub span: Span,
}

/// An attribute compared with constants.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What is compared.
    pub attribute: AttributeId,
    /// How. A null value satisfies no comparison but [`Comparison::IsNull`].
    pub comparison: Comparison,
    /// Whether the result is turned round, null included: `-ne` is the complement of `-eq`.
    pub is_negated: bool,
    /// Where it is written.
    pub span: Span,
    /// Whether the value is hidden where the device is neither managed, compliant nor hybrid
    /// joined: `extensionAttribute1` to `15` (`docs/semantics.md`, "Extension attributes").
    pub needs_managed_device: bool,
}

/// How an attribute is compared. Texts are folded already ([`gatewright_value::fold`]).
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// Equal to one of these texts; for [`Kind::is_text`](gatewright_value::Kind::is_text) types.
    OneOf(Vec<String>),
    /// Starts with one of these texts.
    StartsWith(Vec<String>),
    /// Ends with one of these texts.
    EndsWith(Vec<String>),
    /// One of these texts occurs in it.
    Contains(Vec<String>),
    /// Matches this pattern somewhere, without case.
    Matches(String),
    /// The set has one of these texts as a whole element.
    Has(Vec<String>),
    /// Is true; for Booleans.
    IsTrue,
    /// Is false; for Booleans.
    IsFalse,
    /// Lies in this range of [`ordered_key`](gatewright_value::ordered_key)s, both included.
    Between(u128, u128),
    /// Lies in one of these ranges of addresses.
    InRange(Vec<AddressRange>),
    /// Is null.
    IsNull,
}

/// What a policy does where it applies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Access is blocked.
    pub is_block: bool,
    /// What is required for access.
    pub requirement: Option<Requirement>,
    /// What a token comes with.
    pub session: SessionControls,
    /// The effect, under a schema of one's own.
    pub effect: Option<EffectId>,
    /// Where the outcome is written.
    pub span: Span,
}

/// What is required for access.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// Whether all are required, or any one of them.
    pub is_all: bool,
    /// The controls in order, without repetition.
    pub controls: Vec<Control>,
    /// Where it is written.
    pub span: Span,
}

/// Something that can be required.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Control {
    /// A built-in control.
    BuiltIn(BuiltInControl),
    /// An authentication strength, by id.
    Strength(String),
    /// Terms of use, by id.
    Terms(String),
    /// A custom control, by id.
    Custom(String),
    /// A control of a schema of one's own.
    Own(ControlId),
}

/// A named location.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedLocation {
    /// Its id, or its name where it has none.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// What is in it.
    pub kind: LocationKind,
    /// Where it is declared.
    pub span: Span,
    /// How the Graph object was written, beyond what it means.
    pub form: GraphForm,
}

/// What is in a named location.
#[derive(Clone, Debug, PartialEq)]
pub enum LocationKind {
    /// Ranges of addresses.
    Ranges {
        /// The ranges.
        ranges: Vec<AddressRange>,
        /// Whether it is trusted.
        is_trusted: bool,
    },
    /// Countries.
    Countries {
        /// ISO 3166-1 alpha-2 codes, upper case, in order of the source, without repetition.
        countries: Vec<String>,
        /// Whether addresses that map to no country are in it.
        includes_unknown: bool,
        /// Whether the country comes from the authenticator app, not from the address.
        by_gps: bool,
    },
    /// The compliant network of Global Secure Access; whether a sign-in is in it is not known.
    CompliantNetwork,
}

/// An authentication strength.
#[derive(Clone, Debug, PartialEq)]
pub struct Strength {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// Each a set of methods that together satisfy it.
    pub combinations: Vec<Combination>,
    /// Where it is declared; `None` for built-in ones.
    pub span: Option<Span>,
    /// How the Graph object was written, beyond what it means.
    pub form: GraphForm,
}

/// Methods that together satisfy a strength.
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// The methods, sorted, without repetition.
    pub methods: Vec<Method>,
    /// Whether more is asked of the method than a request can say (a security key's model, a
    /// certificate's issuer): then only an explicit claim of the strength satisfies it.
    pub is_restricted: bool,
}

/// A name for an id.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectName {
    /// What kind of object.
    pub kind: gatewright_syntax::ast::ObjectKind,
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where it is declared; `None` for built-in ones.
    pub span: Option<Span>,
    /// How the Graph object was written; of terms of use and contexts only.
    pub form: GraphForm,
    /// Whether every device accepts on its own; of terms of use only.
    pub is_per_device: bool,
    /// Whether applications cannot choose it; of contexts only.
    pub is_unpublished: bool,
}

/// A group of resources that policies name as one.
#[derive(Clone, Debug, PartialEq)]
pub struct AppGroup {
    /// `Office365`
    pub name: String,
    /// Application ids, folded, sorted.
    pub apps: Vec<String>,
}

/// Device compliance: what makes a device compliant.
#[derive(Clone, Debug, PartialEq)]
pub struct Compliance {
    /// In path order, then in order of the file.
    pub policies: Vec<CompliancePolicy>,
    /// Whether a device that no policy is assigned to counts as noncompliant.
    pub is_secure_by_default: bool,
    /// Days after which a device that has not reported counts as noncompliant.
    pub check_in_days: u16,
}

impl Default for Compliance {
    fn default() -> Self {
        Compliance {
            policies: Vec::new(),
            is_secure_by_default: false,
            check_in_days: 30,
        }
    }
}

/// A device compliance policy. It has no say in which sign-ins are let in; its result is the value
/// of `device.isCompliant`.
#[derive(Clone, Debug, PartialEq)]
pub struct CompliancePolicy {
    /// The server's id, or the display name where there is none.
    pub id: String,
    /// Whether `id` came from the server.
    pub has_server_id: bool,
    /// What people call it.
    pub display_name: String,
    /// Where its name is written.
    pub name_span: Span,
    /// All of it.
    pub span: Span,
    /// The devices it is for.
    pub platform: CompliancePlatform,
    /// The users whose devices it is assigned to: `All`, users, and groups. Nothing included is
    /// assigned to nobody.
    pub users: Scoped<UserScope>,
    /// What the device has to satisfy, all of it: tests of `setting.…`.
    pub requirements: Vec<SettingRequirement>,
    /// What happens to a device that does not.
    pub actions: Vec<ScheduledAction>,
    /// Members of the Graph object that the language does not model.
    pub unmodelled: Vec<Unmodelled>,
    /// How the Graph object was written, beyond what it means.
    pub form: GraphForm,
}

impl CompliancePolicy {
    /// Hours for which a device that does not satisfy the policy still counts as compliant.
    #[must_use]
    pub fn grace_hours(&self) -> u32 {
        self.actions
            .iter()
            .filter(|action| action.kind == NoncomplianceAction::Block)
            .map(|action| action.after_hours)
            .min()
            .unwrap_or(0)
    }
}

/// A condition on what a device reports. Its attributes are those of the entity `setting`.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingRequirement {
    /// What has to hold.
    pub rule: Expr,
    /// Where it is written.
    pub span: Span,
}

/// Something that happens to a noncompliant device after some time.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledAction {
    /// What.
    pub kind: NoncomplianceAction,
    /// When, in hours since the device stopped satisfying the policy.
    pub after_hours: u32,
    /// The template of the message, by id.
    pub template: Option<String>,
    /// Where it is written.
    pub span: Span,
}
