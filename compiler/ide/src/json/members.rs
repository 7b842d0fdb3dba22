//! The objects of Microsoft Graph that are read: their members, what each holds, what it means, and
//! what says the same in policy text.
//!
//! What counts is what the compiler makes of a file; this table is what an editor says about it.

use gatewright_syntax::ast::ObjectKind;

use Holds as H;
use Shape as S;

/// What kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Policy,
    Template,
    Plan,
    Rule,
    RuleControls,
    Conditions,
    Users,
    Guests,
    Tenants,
    Workloads,
    Applications,
    AttributeFilter,
    Platforms,
    Locations,
    Devices,
    DeviceFilter,
    Flows,
    Grant,
    /// A strength inside of a policy.
    GrantStrength,
    Session,
    Frequency,
    Browser,
    CloudApps,
    Evaluation,
    Profile,
    Switch,
    Location,
    Range,
    Strength,
    Configuration,
    Terms,
    Context,
    User,
    Group,
    Role,
    App,
    AppGroup,
    Defaults,
    Compliance,
}

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holds {
    /// Any text.
    Text,
    /// What people read: the name of the object.
    Name,
    /// The id of the object itself.
    OwnId,
    /// An id of another object, or a list of them; also these words.
    Ids(ObjectKind, Words),
    /// Members of an enumeration of the schema, or these words.
    Members(&'static str, Words),
    /// These words.
    Words(Words),
    /// Built-in controls.
    Controls,
    Flag,
    Number,
    /// The rule of a filter, in this dialect.
    Rule(&'static str),
    /// An object, or a list of them.
    Object(Shape),
    List(Shape),
    /// A list of texts.
    Texts,
    /// The server's own matter.
    Server,
}

/// Words that may stand there, and what they mean.
pub(super) type Words = &'static [(&'static str, &'static str)];

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    /// In a sentence.
    pub(super) means: &'static str,
    /// What says the same in policy text; empty where nothing does.
    pub(super) clause: &'static str,
}

const fn row(
    name: &'static str,
    holds: Holds,
    means: &'static str,
    clause: &'static str,
) -> Member {
    Member {
        name,
        holds,
        means,
        clause,
    }
}

impl Shape {
    /// The members that are known.
    pub(super) fn members(self) -> &'static [Member] {
        match self {
            S::Policy => POLICY,
            S::Template => TEMPLATE,
            S::Plan => PLAN,
            S::Rule => RULE,
            S::RuleControls => RULE_CONTROLS,
            S::Conditions => CONDITIONS,
            S::Users => USERS,
            S::Guests => GUESTS,
            S::Tenants => TENANTS,
            S::Workloads => WORKLOADS,
            S::Applications => APPLICATIONS,
            S::AttributeFilter => ATTRIBUTE_FILTER,
            S::Platforms => PLATFORMS,
            S::Locations => LOCATIONS,
            S::Devices => DEVICES,
            S::DeviceFilter => DEVICE_FILTER,
            S::Flows => FLOWS,
            S::Grant => GRANT,
            S::GrantStrength | S::Strength => STRENGTH,
            S::Session => SESSION,
            S::Frequency => FREQUENCY,
            S::Browser => BROWSER,
            S::CloudApps => CLOUD_APPS,
            S::Evaluation => EVALUATION,
            S::Profile => PROFILE,
            S::Switch => SWITCH,
            S::Location => LOCATION,
            S::Range => RANGE,
            S::Configuration => CONFIGURATION,
            S::Terms => TERMS,
            S::Context => CONTEXT,
            S::User => USER,
            S::Group => GROUP,
            S::Role => ROLE,
            S::App => APP,
            S::AppGroup => APP_GROUP,
            S::Defaults => DEFAULTS,
            S::Compliance => COMPLIANCE,
        }
    }

    /// The member of this name, in any case.
    pub(super) fn member(self, name: &str) -> Option<&'static Member> {
        let mut members = self.members().iter();
        members.find(|member| member.name.eq_ignore_ascii_case(name))
    }

    /// What such an object is to policies.
    pub(super) fn object(self) -> Option<ObjectKind> {
        Some(match self {
            S::Location => ObjectKind::Location,
            S::Strength | S::GrantStrength => ObjectKind::Strength,
            S::Terms => ObjectKind::Terms,
            S::Context => ObjectKind::Context,
            S::User => ObjectKind::User,
            S::Group => ObjectKind::Group,
            S::Role => ObjectKind::Role,
            S::App => ObjectKind::App,
            _ => return None,
        })
    }

    /// The members that hold the id by which policies name the object, the first that is there.
    pub(super) fn id_members(self) -> &'static [&'static str] {
        match self {
            S::App => &["appId", "id"],
            S::Role => &["roleTemplateId", "templateId", "id"],
            _ => &["id"],
        }
    }
}

const ID: Member = row("id", H::OwnId, "The id of the object, which the service gives it.", "@id(\"…\")");
const NAME: Member = row("displayName", H::Name, "What people call it.", "");
const CREATED: Member = row("createdDateTime", H::Server, "When it was made; the service writes it.", "");
const MODIFIED: Member = row("modifiedDateTime", H::Server, "When it was changed last; the service writes it.", "");
const DESCRIPTION: Member = row("description", H::Text, "A remark; it means nothing to the service.", "");
const ENABLED: Member = row("isEnabled", H::Flag, "Whether the control is on; one that is off counts as absent.", "");

const ALL_USERS: Words = &[
    ("All", "Every user, guests included."),
    ("None", "Nobody."),
    ("GuestsOrExternalUsers", "Guests and external users of every kind; the older way to say it."),
    ("AllAgentIdUsers", "Every user account of an agent."),
];
const ALL_APPS: Words = &[
    ("All", "Every resource."),
    ("None", "No resource."),
];
const ALL_PLACES: Words = &[
    ("All", "Every network, one that is not known included."),
    ("AllTrusted", "Every location that is marked as trusted."),
];
const MODES: Words = &[
    ("include", "The policy is for what the rule holds for."),
    ("exclude", "The policy is for everything but what the rule holds for."),
];

const POLICY: &[Member] = &[
    ID,
    row("displayName", H::Name, "The name of the policy.", "policy \"…\" { … }"),
    row("state", H::Words(&[
        ("enabled", "The policy is enforced."),
        ("disabled", "The policy does nothing."),
        ("enabledForReportingButNotEnforced", "The policy only reports what it would do."),
    ]), "Whether the policy is enforced, only reports, or does nothing.", "state enabled"),
    row("conditions", H::Object(S::Conditions), "The sign-ins that the policy is for: every condition has to hold.", "users …  apps …  platforms …"),
    row("grantControls", H::Object(S::Grant), "What somebody has to do or be to get in, or that nobody gets in.", "require …  or  block"),
    row("sessionControls", H::Object(S::Session), "What holds for the session after somebody got in.", "session …"),
    row("templateId", H::Server, "The template of the service that the policy was made from.", "graph { \"templateId\": … }"),
    row("partialEnablementStrategy", H::Server, "How far a rollout by the service has come; it is carried and means nothing here.", "graph { … }"),
    DESCRIPTION, CREATED, MODIFIED,
    row("deletedDateTime", H::Server, "When it was deleted; the service writes it.", ""),
];

const TEMPLATE: &[Member] = &[
    ID,
    row("name", H::Name, "The name of the template, and of a policy made from it.", "policy \"…\" { … }"),
    DESCRIPTION,
    row("scenarios", H::Server, "What the service offers the template for.", ""),
    row("details", H::Object(S::Policy), "The policy that the template makes.", "policy \"…\" { … }"),
];

const PLAN: &[Member] = &[
    ID,
    row("displayName", H::Name, "The name of the plan.", "scope \"…\" { … }"),
    row("state", H::Words(&[
        ("enabled", "The rules are enforced."),
        ("disabled", "The rules do nothing."),
        ("enabledForReportingButNotEnforced", "The rules only report what they would do."),
    ]), "The state of rules that do not say their own.", "state enabled"),
    row("sharedConditions", H::Object(S::Conditions), "Conditions that have to hold for every rule.", "the clauses of a scope"),
    row("rules", H::List(S::Rule), "The policies of the plan.", "policies inside of a scope"),
];

const RULE: &[Member] = &[
    ID,
    row("displayName", H::Name, "The name of the rule; its policy is called after the plan and the rule.", "policy \"…\" { … }"),
    row("state", H::Words(&[
        ("enabled", "The rule is enforced."),
        ("disabled", "The rule does nothing."),
        ("enabledForReportingButNotEnforced", "The rule only reports what it would do."),
    ]), "Whether the rule is enforced, only reports, or does nothing.", "state enabled"),
    row("conditions", H::Object(S::Conditions), "Conditions beside the shared ones: all have to hold.", "users …  apps …"),
    row("controls", H::Object(S::RuleControls), "What the rule does.", "require …  session …"),
];

const RULE_CONTROLS: &[Member] = &[
    row("grantControls", H::Object(S::Grant), "What somebody has to do or be to get in, or that nobody gets in.", "require …  or  block"),
    row("sessionControls", H::Object(S::Session), "What holds for the session after somebody got in.", "session …"),
];

const CONDITIONS: &[Member] = &[
    row("users", H::Object(S::Users), "Whom the policy is for.", "users … except …"),
    row("clientApplications", H::Object(S::Workloads), "Which workload or agent identities the policy is for; then it is for no user.", "workloads …  or  agents …"),
    row("agents", H::Server, "Agents as a condition of its own (beta); it is carried, and nobody knows whether it holds.", "graph { … }"),
    row("applications", H::Object(S::Applications), "What is asked for: resources, user actions, or authentication contexts.", "apps …  actions …  contexts …"),
    row("clientAppTypes", H::Members("ClientApp", &[("all", "Every kind of client.")]), "Which kinds of client the policy is for.", "clients [browser, …]"),
    row("platforms", H::Object(S::Platforms), "Which device platforms the policy is for.", "platforms … except …"),
    row("locations", H::Object(S::Locations), "Which networks the policy is for.", "locations … except …"),
    row("userRiskLevels", H::Members("RiskLevel", &[]), "Levels of risk that the user's account is compromised; one of them has to be the case. Empty is every level.", "userRisk [high]"),
    row("signInRiskLevels", H::Members("RiskLevel", &[]), "Levels of risk that the sign-in is not the user's; one of them has to be the case. Empty is every level.", "signInRisk [medium, high]"),
    row("servicePrincipalRiskLevels", H::Members("RiskLevel", &[]), "Levels of risk that a workload identity is compromised.", "workloadRisk [high]"),
    row("insiderRiskLevels", H::Members("InsiderRiskLevel", &[]), "Levels of risk that somebody inside means harm, from Microsoft Purview.", "insiderRisk [elevated]"),
    row("agentIdRiskLevels", H::Members("AgentRiskLevel", &[]), "Levels of risk that an agent is compromised.", "agentRisk [high]"),
    row("authenticationFlows", H::Object(S::Flows), "By which flow the authentication came here.", "flows [deviceCodeFlow]"),
    row("devices", H::Object(S::Devices), "Which devices the policy is for, by a filter.", "devices where …  or  devices except …"),
    row("deviceStates", H::Server, "Device states, which the service replaced by filters for devices; they are read as such a filter.", "devices except …"),
    row("times", H::Server, "Hours of the week (beta); it is carried, and nobody knows whether it holds.", "graph { … }"),
];

const USERS: &[Member] = &[
    row("includeUsers", H::Ids(ObjectKind::User, ALL_USERS), "Users that the policy is for, by id or by a word for many. Beside groups and roles: whoever is in one of the lists is meant.", "users all  or  users users […]"),
    row("excludeUsers", H::Ids(ObjectKind::User, ALL_USERS), "Users that the policy is not for, whatever includes them.", "users … except users […]"),
    row("includeGroups", H::Ids(ObjectKind::Group, &[]), "Groups that the policy is for, members of groups in them included.", "users groups […]"),
    row("excludeGroups", H::Ids(ObjectKind::Group, &[]), "Groups that the policy is not for.", "users … except groups […]"),
    row("includeRoles", H::Ids(ObjectKind::Role, &[]), "Directory roles that the policy is for, by the ids of their templates. Only active assignments for the whole tenant count.", "users roles […]"),
    row("excludeRoles", H::Ids(ObjectKind::Role, &[]), "Directory roles that the policy is not for, by the ids of their templates.", "users … except roles […]"),
    row("includeGuestsOrExternalUsers", H::Object(S::Guests), "Kinds of guests and external users that the policy is for.", "users guests […]"),
    row("excludeGuestsOrExternalUsers", H::Object(S::Guests), "Kinds of guests and external users that the policy is not for.", "users … except guests […]"),
];

const GUESTS: &[Member] = &[
    row("guestOrExternalUserTypes", H::Members("GuestType", &[]), "The kinds, in one text with commas between them.", "guests [b2bCollaborationGuest, …]"),
    row("externalTenants", H::Object(S::Tenants), "From which tenants they come.", "guests […] from tenants [\"…\"]"),
];

const TENANTS: &[Member] = &[
    row("membershipKind", H::Words(&[
        ("all", "From any tenant."),
        ("enumerated", "From the tenants in `members`."),
    ]), "Whether all tenants are meant or a list of them.", ""),
    row("members", H::Texts, "The ids of the tenants.", ""),
];

const WORKLOADS: &[Member] = &[
    row("includeServicePrincipals", H::Ids(ObjectKind::App, &[
        ("ServicePrincipalsInMyTenant", "Every workload identity that the tenant owns."),
        ("None", "No workload identity."),
    ]), "Workload identities that the policy is for.", "workloads …"),
    row("excludeServicePrincipals", H::Ids(ObjectKind::App, &[]), "Workload identities that the policy is not for.", "workloads … except …"),
    row("servicePrincipalFilter", H::Object(S::AttributeFilter), "Workload identities by their custom security attributes.", "workloads where …"),
    row("includeAgentIdServicePrincipals", H::Ids(ObjectKind::App, &[
        ("All", "Every agent identity."),
        ("None", "No agent identity."),
    ]), "Agent identities that the policy is for.", "agents …"),
    row("excludeAgentIdServicePrincipals", H::Ids(ObjectKind::App, &[]), "Agent identities that the policy is not for.", "agents … except …"),
    row("agentIdServicePrincipalFilter", H::Object(S::AttributeFilter), "Agent identities by their custom security attributes.", "agents where …"),
];

const APPLICATIONS: &[Member] = &[
    row("includeApplications", H::Ids(ObjectKind::App, ALL_APPS), "Resources that the policy is for, by application id or by a word for many.", "apps all  or  apps […]"),
    row("excludeApplications", H::Ids(ObjectKind::App, ALL_APPS), "Resources that the policy is not for.", "apps … except […]"),
    row("applicationFilter", H::Object(S::AttributeFilter), "Resources by their custom security attributes.", "apps where …"),
    row("includeUserActions", H::Members("UserAction", &[]), "Actions that the policy is for, in place of resources.", "actions [registerSecurityInformation]"),
    row("includeAuthenticationContextClassReferences", H::Ids(ObjectKind::Context, &[]), "Authentication contexts that the policy is for, in place of resources.", "contexts […]"),
    row("networkAccess", H::Server, "Traffic of Global Secure Access; it is carried.", "graph { … }"),
    row("globalSecureAccess", H::Server, "Traffic of Global Secure Access; it is carried.", "graph { … }"),
];

const ATTRIBUTE_FILTER: &[Member] = &[
    row("mode", H::Words(MODES), "What the rule does.", ""),
    row("rule", H::Rule("ca-csa"), "A rule on custom security attributes.", "apps where …"),
];

const PLATFORMS: &[Member] = &[
    row("includePlatforms", H::Members("Platform", &[("all", "Every platform, one that is not known included.")]), "Platforms that the policy is for. A client can claim to be on another one.", "platforms [windows, …]"),
    row("excludePlatforms", H::Members("Platform", &[("all", "Every platform.")]), "Platforms that the policy is not for.", "platforms … except […]"),
];

const LOCATIONS: &[Member] = &[
    row("includeLocations", H::Ids(ObjectKind::Location, ALL_PLACES), "Networks that the policy is for, by the ids of named locations.", "locations […]"),
    row("excludeLocations", H::Ids(ObjectKind::Location, ALL_PLACES), "Networks that the policy is not for.", "locations … except […]"),
];

const DEVICES: &[Member] = &[
    row("deviceFilter", H::Object(S::DeviceFilter), "A rule on the attributes of the device.", "devices where …  or  devices except …"),
    row("includeDevices", H::Server, "Device states, which the service replaced by filters for devices.", "devices where …"),
    row("excludeDevices", H::Server, "Device states, which the service replaced by filters for devices.", "devices except …"),
    row("includeDeviceStates", H::Server, "Device states, which the service replaced by filters for devices.", "devices where …"),
    row("excludeDeviceStates", H::Server, "Device states, which the service replaced by filters for devices.", "devices except …"),
];

const DEVICE_FILTER: &[Member] = &[
    row("mode", H::Words(&[
        ("include", "The policy is for devices that the rule holds for, and for unregistered ones only if it holds where nothing is known."),
        ("exclude", "The policy is for all devices but those that the rule holds for; an unregistered one is left out if the rule holds where nothing is known."),
    ]), "What the rule does.", "devices where …  or  devices except …"),
    row("rule", H::Rule("ca-device"), "A rule on the attributes of the device. An unregistered device has none of them.", "devices where …  or  devices except …"),
];

const FLOWS: &[Member] = &[
    row("transferMethods", H::Members("TransferMethod", &[("none", "No flow.")]), "The flows, in one text with commas between them.", "flows [deviceCodeFlow, …]"),
];

const GRANT: &[Member] = &[
    row("operator", H::Words(&[
        ("AND", "Every control is required."),
        ("OR", "One of the controls is enough."),
    ]), "Whether all of the controls are required or one of them.", "require all […]  or  require any […]"),
    row("builtInControls", H::Controls, "What is required, or `block`.", "require mfa  or  block"),
    row("authenticationStrength", H::Object(S::GrantStrength), "The authentication strength that is required.", "require strength …"),
    row("termsOfUse", H::Ids(ObjectKind::Terms, &[]), "Terms of use that have to be accepted.", "require terms …"),
    row("customAuthenticationFactors", H::Texts, "Controls of other services, by their ids.", "require custom \"…\""),
];

const STRENGTH: &[Member] = &[
    ID,
    row("displayName", H::Name, "The name of the strength.", "strength … = […]"),
    row("allowedCombinations", H::Members("Method", &[]), "The combinations of methods that satisfy it: one text for each, with commas between methods.", "strength … = [fido2, password + sms]"),
    row("combinationConfigurations", H::List(S::Configuration), "What is asked of keys and certificates beside.", ""),
    row("policyType", H::Words(&[
        ("builtIn", "Every tenant has it."),
        ("custom", "The tenant's own."),
    ]), "Whether every tenant has it.", ""),
    row("requirementsSatisfied", H::Words(&[
        ("mfa", "It satisfies a requirement of multifactor authentication."),
        ("none", "It satisfies nothing else."),
    ]), "What else it satisfies; the service works it out.", ""),
    DESCRIPTION, CREATED, MODIFIED,
];

const CONFIGURATION: &[Member] = &[
    ID,
    row("appliesToCombinations", H::Members("Method", &[]), "The combinations that more is asked of.", ""),
    row("allowedAAGUIDs", H::Texts, "The models of keys that are allowed.", ""),
    row("allowedIssuerSkis", H::Texts, "The issuers of certificates that are allowed, by their keys.", ""),
    row("allowedIssuers", H::Texts, "The issuers of certificates that are allowed.", ""),
    row("allowedPolicyOIDs", H::Texts, "The policies of certificates that are allowed.", ""),
];

const SESSION: &[Member] = &[
    row("signInFrequency", H::Object(S::Frequency), "How long a sign-in lasts before a new one is asked for.", "session signInFrequency 4 hours"),
    row("persistentBrowser", H::Object(S::Browser), "Whether a browser stays signed in after it was closed.", "session persistentBrowser never"),
    row("applicationEnforcedRestrictions", H::Object(S::Switch), "Exchange and SharePoint restrict what the session may do.", "session applicationEnforcedRestrictions"),
    row("cloudAppSecurity", H::Object(S::CloudApps), "The session goes through Conditional Access App Control.", "session cloudAppSecurity …"),
    row("continuousAccessEvaluation", H::Object(S::Evaluation), "How continuous access evaluation is changed for the session.", "session continuousAccessEvaluation strictLocation"),
    row("disableResilienceDefaults", H::Flag, "In an outage of the service nobody gets in by what was known before.", "session disableResilienceDefaults"),
    row("secureSignInSession", H::Object(S::Switch), "Tokens are bound to the device that they were given to.", "session secureSignInSession"),
    row("globalSecureAccessFilteringProfile", H::Object(S::Profile), "The security profile of Global Secure Access.", "session filteringProfile \"…\""),
];

const SWITCH: &[Member] = &[ENABLED];

const FREQUENCY: &[Member] = &[
    ENABLED,
    row("frequencyInterval", H::Words(&[
        ("timeBased", "After `value` hours or days."),
        ("everyTime", "With every access."),
    ]), "Whether time counts or every access.", "session signInFrequency everyTime"),
    row("value", H::Number, "How many hours or days.", "session signInFrequency 4 hours"),
    row("type", H::Words(&[("hours", "Hours."), ("days", "Days.")]), "The unit of `value`.", "session signInFrequency 4 hours"),
    row("authenticationType", H::Words(&[
        ("primaryAndSecondaryAuthentication", "The whole sign-in is asked for again."),
        ("secondaryAuthentication", "Only the second factor is asked for again."),
    ]), "What is asked for again.", ""),
];

const BROWSER: &[Member] = &[
    ENABLED,
    row("mode", H::Words(&[
        ("always", "The browser stays signed in."),
        ("never", "The sign-in ends with the browser."),
    ]), "Whether the browser stays signed in.", "session persistentBrowser never"),
];

const CLOUD_APPS: &[Member] = &[
    ENABLED,
    row("cloudAppSecurityType", H::Words(&[
        ("mcasConfigured", "By policies that are set up in Defender for Cloud Apps."),
        ("monitorOnly", "What is done is only watched."),
        ("blockDownloads", "Nothing can be downloaded."),
    ]), "What App Control does.", "session cloudAppSecurity monitorOnly"),
];

const EVALUATION: &[Member] = &[
    row("mode", H::Words(&[
        ("strictEnforcement", "It is enforced strictly."),
        ("strictLocation", "It is enforced strictly for locations."),
        ("disabled", "It is switched off."),
    ]), "How it is changed.", "session continuousAccessEvaluation strictLocation"),
];

const PROFILE: &[Member] = &[
    ENABLED,
    row("profileId", H::Text, "The id of the security profile.", "session filteringProfile \"…\""),
];

const LOCATION: &[Member] = &[
    ID,
    row("displayName", H::Name, "The name of the location.", "location … = …"),
    row("isTrusted", H::Flag, "Whether policies for all trusted locations mean it.", "location … = trusted ranges […]"),
    row("ipRanges", H::List(S::Range), "The ranges of addresses that it is made of.", "location … = ranges […]"),
    row("countriesAndRegions", H::Texts, "Countries, by the two letters of ISO 3166-1.", "location … = countries [NL, …]"),
    row("includeUnknownCountriesAndRegions", H::Flag, "Whether addresses that map to no country are in it.", "location … = countries […] or unknown"),
    row("countryLookupMethod", H::Words(&[
        ("clientIpAddress", "By the address."),
        ("authenticatorAppGps", "By the position that Microsoft Authenticator tells."),
    ]), "How the country is found.", "location … = countries […] by gps"),
    row("compliantNetworkType", H::Text, "The compliant network of Global Secure Access.", ""),
    CREATED, MODIFIED,
];

const RANGE: &[Member] = &[
    row("cidrAddress", H::Text, "An address and the length of what counts of it; further bits are ignored.", "location … = ranges [203.0.113.0/24]"),
    row("lowerAddress", H::Text, "The first address of a range.", ""),
    row("upperAddress", H::Text, "The last address of a range.", ""),
];

const TERMS: &[Member] = &[
    ID,
    row("displayName", H::Name, "The name of the terms of use.", "terms … = \"…\""),
    row("isViewingBeforeAcceptanceRequired", H::Flag, "Whether they have to be looked at before they can be accepted.", ""),
    row("isPerDeviceAcceptanceRequired", H::Flag, "Whether they have to be accepted on every device.", ""),
    CREATED, MODIFIED,
];

const CONTEXT: &[Member] = &[
    ID,
    row("displayName", H::Name, "The name of the authentication context.", "context … = \"c1\""),
    DESCRIPTION,
    row("isAvailable", H::Flag, "Whether applications are offered it.", ""),
];

const USER: &[Member] = &[
    ID,
    NAME,
    row("userPrincipalName", H::Text, "The name that the user signs in with.", ""),
    row("groups", H::Ids(ObjectKind::Group, &[]), "The groups that the user is in.", ""),
    row("roles", H::Ids(ObjectKind::Role, &[]), "The directory roles that the user holds.", ""),
    row("memberOf", H::Ids(ObjectKind::Group, &[]), "The groups and roles that the user is in directly.", ""),
    row("transitiveMemberOf", H::Ids(ObjectKind::Group, &[]), "The groups and roles that the user is in, also through other groups.", ""),
    row("accountEnabled", H::Flag, "Whether the user can sign in.", ""),
    row("userType", H::Members("UserType", &[]), "Whether the object is a member's or a guest's.", ""),
];

const GROUP: &[Member] = &[
    ID,
    NAME,
    row("groups", H::Ids(ObjectKind::Group, &[]), "The groups that the group is in.", ""),
    row("members", H::Ids(ObjectKind::User, &[]), "Who is in the group.", ""),
    row("memberOf", H::Ids(ObjectKind::Group, &[]), "The groups that the group is in.", ""),
    row("roles", H::Ids(ObjectKind::Role, &[]), "The directory roles that the group's members hold.", ""),
    row("securityEnabled", H::Flag, "Whether it is a security group.", ""),
    row("groupTypes", H::Texts, "Microsoft 365 or dynamic.", ""),
];

const ROLE: &[Member] = &[
    ID,
    NAME,
    row("roleTemplateId", H::OwnId, "The id of the role's template, by which policies name the role.", "role … = \"…\""),
    row("templateId", H::OwnId, "The id of the role's template, by which policies name the role.", "role … = \"…\""),
    DESCRIPTION,
];

const APP: &[Member] = &[
    ID,
    row("appId", H::OwnId, "The id of the application, by which policies name it.", "app … = \"…\""),
    NAME,
    row("servicePrincipalType", H::Text, "What kind of service principal it is.", ""),
];

const APP_GROUP: &[Member] = &[
    row("name", H::Name, "The word that stands for the applications.", "apps office365"),
    row("apps", H::Ids(ObjectKind::App, &[]), "The applications that the word stands for.", ""),
];

const DEFAULTS: &[Member] = &[
    ID,
    NAME,
    DESCRIPTION,
    row("isEnabled", H::Flag, "Whether security defaults are on: then five policies of Microsoft's hold, and no other can be enforced.", "security-defaults = true, in gatewright.toml"),
];

const COMPLIANCE: &[Member] = &[
    ID,
    row("displayName", H::Name, "The name of the compliance policy.", "compliance \"…\" for windows { … }"),
    DESCRIPTION,
    row("scheduledActionsForRule", H::Server, "What happens to a noncompliant device, and when.", "grace 3 days  noncompliance …"),
    row("assignments", H::Server, "Which users or devices the policy is for.", "users …"),
    CREATED, MODIFIED,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_has_each_member_once_and_every_word_a_meaning() {
        let mut open = vec![
            S::Policy, S::Template, S::Plan, S::Location, S::Strength, S::Terms, S::Context,
            S::User, S::Group, S::Role, S::App, S::AppGroup, S::Defaults, S::Compliance,
        ];
        let mut seen = Vec::new();
        while let Some(shape) = open.pop() {
            if seen.contains(&shape) {
                continue;
            }
            seen.push(shape);
            let mut names: Vec<_> = shape.members().iter().map(|m| m.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), shape.members().len(), "{shape:?}");
            for member in shape.members() {
                assert!(member.means.ends_with('.'), "{}", member.name);
                match member.holds {
                    H::Object(inner) | H::List(inner) => open.push(inner),
                    H::Words(words) | H::Ids(_, words) | H::Members(_, words) => {
                        assert!(words.iter().all(|(_, means)| means.ends_with('.')));
                    }
                    _ => {}
                }
                if let H::Members(name, _) = member.holds {
                    let schema = gatewright_hir::entra_schema();
                    assert!(schema.enumerations.iter().any(|one| one.name == name), "{name}");
                }
            }
        }
        assert_eq!(seen.len(), 39);
    }
}
