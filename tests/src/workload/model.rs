//! Policies and sign-ins as plain data, in the terms of Conditional Access.
//!
//! Object ids are numbers of 128 bits, addresses too (IPv4 as the IPv6 address that maps it),
//! enumerations are small numbers, and only short texts are texts. What is listed nowhere in a
//! condition is an empty list, and a condition that is not configured is `None`.

/// An object id.
pub type Guid = u128;

/// The canonical text of an object id.
#[must_use]
pub fn guid_text(id: Guid) -> String {
    let (a, b, c, d, e) = (
        id >> 96,
        id >> 80 & 0xffff,
        id >> 64 & 0xffff,
        id >> 48 & 0xffff,
        id & 0xffff_ffff_ffff,
    );
    format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}

/// Declares an enumeration whose members have names in Graph JSON.
macro_rules! names {
    ($(#[$meta:meta])* $name:ident { $($(#[$inner:meta])* $member:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$inner])* #[doc = $text] $member,)*
        }

        impl $name {
            /// Every member, in order.
            pub const ALL: &[$name] = &[$($name::$member,)*];

            /// As Graph spells it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $($name::$member => $text,)*
                }
            }

            /// The member of this name.
            #[must_use]
            pub fn of(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|member| member.name() == name)
            }

            /// The set of only this member.
            #[must_use]
            pub fn bit(self) -> u8 {
                1 << self as u8
            }
        }
    };
}

names! {
    /// The kind of client.
    Client {
        Browser = "browser",
        Modern = "mobileAppsAndDesktopClients",
        ActiveSync = "exchangeActiveSync",
        Other = "other",
    }
}

impl Client {
    /// Whether it can do no second factor and shows no device.
    #[must_use]
    pub fn is_legacy(self) -> bool {
        matches!(self, Client::ActiveSync | Client::Other)
    }
}

names! {
    /// An operating system that the service knows.
    Platform {
        Android = "android",
        Ios = "iOS",
        Windows = "windows",
        MacOs = "macOS",
        Linux = "linux",
    }
}

names! {
    /// A level of risk.
    Risk {
        None = "none",
        Low = "low",
        Medium = "medium",
        High = "high",
    }
}

names! {
    /// How a user is external.
    Guest {
        Internal = "internalGuest",
        Collaboration = "b2bCollaborationGuest",
        Member = "b2bCollaborationMember",
        Direct = "b2bDirectConnectUser",
        External = "otherExternalUser",
        Provider = "serviceProvider",
    }
}

names! {
    /// How the session came about, where that is special.
    Flow {
        DeviceCode = "deviceCodeFlow",
        Transfer = "authenticationTransfer",
    }
}

names! {
    /// How a device is joined.
    Trust {
        Joined = "AzureAD",
        Hybrid = "ServerAD",
        Registered = "Workplace",
    }
}

names! {
    /// Whose device it is.
    Ownership {
        Personal = "Personal",
        Company = "Company",
    }
}

names! {
    /// A method of authentication.
    Method {
        Password = "password",
        Push = "microsoftAuthenticatorPush",
        Text = "sms",
        Key = "fido2",
        Hello = "windowsHelloForBusiness",
    }
}

names! {
    /// An attribute of a device that a filter asks about.
    Field {
        DisplayName = "displayName",
        Manufacturer = "manufacturer",
        Model = "model",
        Version = "operatingSystemVersion",
        Extension1 = "extensionAttribute1",
        Extension2 = "extensionAttribute2",
    }
}

/// A device as the directory knows it.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id.
    pub id: Guid,
    /// Whether it complies.
    pub is_compliant: bool,
    /// How it is joined.
    pub trust: Trust,
    /// Whose it is.
    pub ownership: Ownership,
    /// By [`Field`]: the text. Extension attributes only where the device is compliant or hybrid
    /// joined, because a filter does not see them elsewhere.
    pub texts: [Option<String>; Field::ALL.len()],
}

impl Device {
    /// The text of an attribute.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<&str> {
        self.texts[field as usize].as_deref()
    }
}

/// One sign-in: the typed request from which every contender in memory starts.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The number of the user in the tenant; engines do not look at it.
    pub number: usize,
    /// The number of the device, if there is one; engines do not look at it.
    pub device_number: Option<usize>,
    /// Who.
    pub user: Guid,
    /// How the user is external; `None` is a member.
    pub guest: Option<Guest>,
    /// Groups, those within groups included, in no order.
    pub groups: Vec<Guid>,
    /// Active roles.
    pub roles: Vec<Guid>,
    /// The application that is reached.
    pub app: Guid,
    /// The kind of client.
    pub client: Client,
    /// The operating system; `None` is one that the service does not know.
    pub platform: Option<Platform>,
    /// The address.
    pub address: u128,
    /// The country; `None` where the address maps to none.
    pub country: Option<[u8; 2]>,
    /// The risk of the user.
    pub user_risk: Risk,
    /// The risk of the sign-in.
    pub sign_in_risk: Risk,
    /// How the session came about.
    pub flow: Option<Flow>,
    /// The device, where it is registered.
    pub device: Option<Device>,
    /// The methods used, by bit.
    pub methods: u8,
    /// Whether the password was changed.
    pub has_changed_password: bool,
    /// Terms of use that were accepted.
    pub terms: Vec<Guid>,
}

/// A comparison of a device filter, or several joined.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// One of these texts, without case.
    Equals(Field, Vec<String>),
    /// None of these texts, or no text at all.
    Differs(Field, Vec<String>),
    /// Begins so, without case.
    StartsWith(Field, String),
    /// Has this part, without case.
    Contains(Field, String),
    /// Joined so.
    TrustIs(Trust),
    /// Owned so.
    OwnedBy(Ownership),
    /// Complies, or does not.
    Compliant(bool),
    /// All of them.
    All(Vec<Rule>),
    /// Any of them.
    Any(Vec<Rule>),
}

/// A filter for devices.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Whether devices that match are left out.
    pub excludes: bool,
    /// The rule.
    pub rule: Rule,
}

/// Users, by every way of naming them.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Everybody.
    pub all: bool,
    /// By id.
    pub users: Vec<Guid>,
    /// By group.
    pub groups: Vec<Guid>,
    /// By role.
    pub roles: Vec<Guid>,
    /// By kind of guest, as bits.
    pub guests: u8,
}

/// Applications.
#[derive(Clone, Debug, Default)]
pub struct Apps {
    /// Every one.
    pub all: bool,
    /// By id.
    pub listed: Vec<Guid>,
}

/// Networks.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Every one.
    pub all: bool,
    /// The trusted ones.
    pub trusted: bool,
    /// By number in the tenant.
    pub listed: Vec<u8>,
}

/// What a named location is.
#[derive(Clone, Debug)]
pub enum Location {
    /// Ranges of addresses, first and last included.
    Ranges {
        /// First address, length of the prefix (of 128 bits), last address.
        ranges: Vec<(u128, u8, u128)>,
        /// Whether it is trusted.
        is_trusted: bool,
    },
    /// Countries.
    Countries {
        /// Two letters each.
        countries: Vec<[u8; 2]>,
        /// Whether addresses of no country count.
        includes_unknown: bool,
    },
}

impl Location {
    /// Whether this is one of the trusted ones.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        matches!(self, Location::Ranges { is_trusted, .. } if *is_trusted)
    }

    /// Whether an address with its country is in it.
    #[must_use]
    pub fn contains(&self, address: u128, country: Option<[u8; 2]>) -> bool {
        match self {
            Location::Ranges { ranges, .. } => ranges
                .iter()
                .any(|(first, _, last)| (*first..=*last).contains(&address)),
            Location::Countries {
                countries,
                includes_unknown,
            } => country.map_or(*includes_unknown, |country| countries.contains(&country)),
        }
    }
}

/// A set of controls, by bit.
pub type Controls = u16;

/// Names of the controls, by bit. Terms and strengths are by number; see [`crate::workload::tenant`].
pub const CONTROLS: [&str; 10] = [
    "mfa",
    "compliantDevice",
    "domainJoinedDevice",
    "passwordChange",
    "strength:2",
    "strength:3",
    "strength:4",
    "terms:0",
    "terms:1",
    "terms:2",
];

/// Multifactor authentication.
pub const MFA: Controls = 1;
/// A device that complies.
pub const COMPLIANT: Controls = 1 << 1;
/// A device that is hybrid joined.
pub const HYBRID: Controls = 1 << 2;
/// A changed password.
pub const PASSWORD_CHANGE: Controls = 1 << 3;
/// The built-in strength 2; those of 3 and 4 follow.
pub const STRENGTH_2: Controls = 1 << 4;
/// The built-in strength for passwordless authentication.
pub const STRENGTH_3: Controls = 1 << 5;
/// The built-in strength that resists phishing.
pub const STRENGTH_4: Controls = 1 << 6;
/// The first terms of use; the others follow.
pub const TERMS_0: Controls = 1 << 7;

/// Every clause that a policy of the workload can have; a set of clauses is a number with a bit for
/// each.
pub const CLAUSES: [Controls; 20] = [
    MFA,
    COMPLIANT,
    HYBRID,
    PASSWORD_CHANGE,
    STRENGTH_2,
    STRENGTH_3,
    STRENGTH_4,
    TERMS_0,
    TERMS_0 << 1,
    TERMS_0 << 2,
    COMPLIANT | HYBRID,
    MFA | COMPLIANT,
    MFA | HYBRID,
    MFA | COMPLIANT | HYBRID,
    STRENGTH_4 | COMPLIANT,
    STRENGTH_3 | HYBRID,
    STRENGTH_2 | COMPLIANT | HYBRID,
    MFA | TERMS_0,
    STRENGTH_4 | HYBRID,
    STRENGTH_4 | COMPLIANT | HYBRID,
];

/// What a policy does where it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Whether it only reports.
    pub is_report_only: bool,
    /// Whether it blocks.
    pub is_block: bool,
    /// Its clauses, a bit for each of [`CLAUSES`].
    pub clauses: u32,
    /// Hours between sign-ins; [`NO_HOURS`] where it asks for none.
    pub hours: u16,
    /// Whether the browser must forget.
    pub never_persistent: bool,
}

/// Hours of a policy without a frequency.
pub const NO_HOURS: u16 = u16::MAX;

/// A policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its id.
    pub id: Guid,
    /// Its name.
    pub name: String,
    /// Whom it is about.
    pub include: People,
    /// Whom it is not about.
    pub exclude: People,
    /// Which applications.
    pub include_apps: Apps,
    /// Which not.
    pub exclude_apps: Apps,
    /// Kinds of client, by bit; 0 is all.
    pub clients: u8,
    /// Platforms, by bit, and those left out; 0 and 0 where there is no condition. All platforms
    /// are [`ALL_PLATFORMS`].
    pub platforms: (u8, u8),
    /// Networks, and those left out.
    pub places: Option<(Places, Places)>,
    /// Risks of users, by bit; 0 is no condition.
    pub user_risks: u8,
    /// Risks of sign-ins, by bit; 0 is no condition.
    pub sign_in_risks: u8,
    /// Flows, by bit; 0 is no condition.
    pub flows: u8,
    /// Devices.
    pub filter: Option<Filter>,
    /// What it does.
    pub effect: Effect,
}

/// Every platform, that of an unknown system included.
pub const ALL_PLATFORMS: u8 = u8::MAX;

/// The bit of an operating system that the service does not know.
pub const UNKNOWN_PLATFORM: u8 = 1 << 7;

/// What was decided, from what lets a sign-in through to what stops it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Verdict {
    /// No enforced policy applied.
    #[default]
    NotApplicable,
    /// Everything that is required holds.
    Grant,
    /// Something is missing that the user can still satisfy.
    Interrupt,
    /// Something is missing that the user cannot satisfy.
    Deny,
    /// A policy blocks; nothing else counts.
    Block,
}

/// The combined decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Combined {
    /// What was decided.
    pub verdict: Verdict,
    /// The clauses that are missing, by bit, none of which contains another.
    pub missing: u32,
    /// Hours between sign-ins, [`NO_HOURS`] if no policy asks; not told where a policy blocks.
    pub hours: u16,
    /// Whether the browser must forget; not told where a policy blocks.
    pub never_persistent: bool,
}

impl Combined {
    /// A policy blocks.
    pub const BLOCK: Combined = Combined {
        verdict: Verdict::Block,
        missing: 0,
        hours: NO_HOURS,
        never_persistent: false,
    };
}
