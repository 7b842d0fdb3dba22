//! The world that random policies and sign-ins are drawn from.

use gatewright_hir::model::{Combination, LocationKind, NamedLocation, Strength};
use gatewright_source::Span;
use gatewright_value::AddressRange;
use gatewright_value::vocabulary::Method;

/// A made-up object id: kind and number are readable in it.
#[must_use]
pub fn id(kind: &str, number: usize) -> String {
    let tag: u32 = kind
        .bytes()
        .fold(7, |tag, byte| tag.wrapping_mul(31) ^ u32::from(byte));
    format!("{tag:08x}-0000-4000-8000-{number:012x}")
}

/// `count` object ids of one kind.
#[must_use]
pub fn ids(kind: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| id(kind, n)).collect()
}

/// Texts of one's own.
#[must_use]
pub fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The resource that stands for requests of baseline scopes only.
pub const DIRECTORY_APP: &str = "00000002-0000-0000-c000-000000000000";

/// Resources: made-up ones, members of the built-in groups, and the directory.
#[must_use]
pub fn apps() -> Vec<String> {
    let mut apps = ids("app", 6);
    apps.push(DIRECTORY_APP.to_owned());
    apps.push("00000002-0000-0ff1-ce00-000000000000".to_owned());
    apps.push("797f4846-ba00-4fd7-ba43-dac1f8f63013".to_owned());
    apps
}

/// Countries of the world.
pub const COUNTRIES: &[&str] = &["NL", "BE", "KP", "US", "GB"];

/// Addresses in, at the border of and outside the named locations.
pub const ADDRESSES: &[&str] = &[
    "203.0.113.0",
    "203.0.113.255",
    "203.0.112.255",
    "203.0.114.0",
    "198.51.100.7",
    "198.51.100.130",
    "192.0.2.1",
    "2001:db8:40::1",
    "2001:db8:41::",
    "::ffff:203.0.113.9",
    "::",
    "255.255.255.255",
];

/// Ids of locations that no definition is known of.
pub const UNKNOWN_LOCATIONS: &[&str] = &[
    "00000000-0000-0000-0000-000000000000",
    "3d46dbda-8382-466a-856d-eb00cbc6b910",
];

/// The named locations.
#[must_use]
pub fn locations() -> Vec<NamedLocation> {
    let ranges = |texts: &[&str], is_trusted| LocationKind::Ranges {
        ranges: texts
            .iter()
            .filter_map(|t| AddressRange::parse(t))
            .map(|(r, _)| r)
            .collect(),
        is_trusted,
    };
    let countries = |codes: &[&str], includes_unknown, by_gps| LocationKind::Countries {
        countries: codes.iter().map(|c| (*c).to_owned()).collect(),
        includes_unknown,
        by_gps,
    };
    let kinds = [
        ranges(&["203.0.113.0/24", "2001:db8:40::/48"], true),
        ranges(&["198.51.100.128/25"], true),
        ranges(&["198.51.100.0/24", "192.0.2.0/31"], false),
        countries(&["KP"], true, false),
        countries(&["BE", "NL"], false, false),
        countries(&["NL"], false, true),
        LocationKind::CompliantNetwork,
    ];
    let mut locations: Vec<NamedLocation> = kinds
        .into_iter()
        .enumerate()
        .map(|(n, kind)| NamedLocation {
            id: id("location", n),
            display_name: format!("Location {n}"),
            kind,
            span: Span::default(),
            form: Default::default(),
        })
        .collect();
    locations.sort_by(|a, b| a.id.cmp(&b.id));
    locations
}

/// Custom strengths, beside the built-in ones.
#[must_use]
pub fn strengths() -> Vec<Strength> {
    let combination = |methods: &[Method], is_restricted| {
        let mut methods = methods.to_vec();
        methods.sort();
        Combination {
            methods,
            is_restricted,
        }
    };
    vec![
        Strength {
            id: id("strength", 0),
            display_name: "Password and text message".to_owned(),
            combinations: vec![combination(&[Method::Password, Method::Sms], false)],
            span: Some(Span::default()),
            form: Default::default(),
        },
        Strength {
            id: id("strength", 1),
            display_name: "One model of key, or a certificate".to_owned(),
            combinations: vec![
                combination(&[Method::Fido2], true),
                combination(&[Method::X509CertificateMultiFactor], false),
            ],
            span: Some(Span::default()),
            form: Default::default(),
        },
    ]
}

/// Ids of the built-in strengths.
pub const BUILT_IN_STRENGTHS: &[&str] = &[
    "00000000-0000-0000-0000-000000000002",
    "00000000-0000-0000-0000-000000000003",
    "00000000-0000-0000-0000-000000000004",
];

/// Values of text attributes; they share prefixes, suffixes and middles, and differ in case.
pub const TEXTS: &[&str] = &[
    "SAW",
    "saw-1",
    "Surface Pro",
    "surface",
    "SURFACE PRO 9",
    "Pro",
    "",
    "10.0.19045",
    "10.0",
    "10.1.2",
    "Åse",
    "åSE WALK",
    "\u{212A}elvin",
    "kelvin",
    "[ZTDId]:x",
    "日本 phone",
];
