//! The tenant: who and what there is. Everything is worked out from its number, so that nothing
//! has to be kept.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::model::{Client, Device, Field, Guest, Guid, Location, Ownership, Trust};
use crate::generate::Random;

/// Users.
pub const USERS: usize = 100_000;
/// Groups; the first [`POPULAR_GROUPS`] have many members each.
pub const GROUPS: usize = 6_000;
/// Groups with many members, which the mixed policies speak of.
pub const POPULAR_GROUPS: usize = 600;
/// Directory roles.
pub const ROLES: usize = 30;
/// Applications.
pub const APPS: usize = 200;
/// Devices.
pub const DEVICES: usize = 50_000;
/// Named locations: ranges first, the first ten of them trusted, then countries.
pub const LOCATIONS: usize = 50;
/// Named locations that are ranges of addresses.
pub const RANGES: usize = 25;

/// An object id whose kind and number are mixed all over it, as those of a tenant are.
#[must_use]
pub fn id(kind: u64, number: usize) -> Guid {
    let mut random = Random::new(kind << 40 | number as u64);
    let (high, low) = (random.number(), random.number());
    // Version 4 and the usual variant, so that every reader takes it for an id.
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    u128::from(high) << 64 | u128::from(low)
}

/// The id of a user.
#[must_use]
pub fn user_id(number: usize) -> Guid {
    id(1, number)
}

/// The id of a group.
#[must_use]
pub fn group_id(number: usize) -> Guid {
    id(2, number)
}

/// The id of a role.
#[must_use]
pub fn role_id(number: usize) -> Guid {
    id(3, number)
}

/// The id of an application.
#[must_use]
pub fn app_id(number: usize) -> Guid {
    id(4, number)
}

/// The id of a device.
#[must_use]
pub fn device_id(number: usize) -> Guid {
    id(5, number)
}

/// The id of a named location.
#[must_use]
pub fn location_id(number: usize) -> Guid {
    id(6, number)
}

/// The id of a policy.
#[must_use]
pub fn policy_id(number: usize) -> Guid {
    id(7, number)
}

/// The terms of use.
pub const TERMS: [Guid; 3] = [
    0x11d2_7c53_5b0e_4a41_9f60_32c7_5d81_0e01,
    0x28b9_04fe_77a6_4c2d_8a13_9b4e_60fc_2702,
    0x3c61_e8aa_1f94_4e0b_b7d5_04a2_c9e6_8b03,
];

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The id.
    pub id: Guid,
    /// How the user is external.
    pub guest: Option<Guest>,
    /// Groups by number, in no order.
    pub groups: Vec<u16>,
    /// Roles by number.
    pub roles: Vec<u16>,
}

/// The user of this number.
#[must_use]
pub fn user(number: usize) -> User {
    let mut random = Random::new(0xA000_0000 + number as u64);
    let guest = random.chance(6).then(|| *random.pick(&Guest::ALL[..3]));
    let mut groups = Vec::new();
    let (popular, others) = if guest.is_some() { (4, 2) } else { (11, 9) };
    for _ in 0..popular + random.below(5) {
        // The square of a fraction: low numbers have more members.
        let fraction = random.below(1000) * random.below(1000);
        groups.push((fraction * POPULAR_GROUPS / 1_000_000) as u16);
    }
    for _ in 0..others + random.below(6) {
        groups.push((POPULAR_GROUPS + random.below(GROUPS - POPULAR_GROUPS)) as u16);
    }
    groups.sort_unstable();
    groups.dedup();
    // Directories list memberships in no useful order.
    for at in (1..groups.len()).rev() {
        groups.swap(at, random.below(at + 1));
    }
    let roles = if random.chance(3) {
        let first = random.below(ROLES);
        vec![first as u16, ((first + 7) % ROLES) as u16]
    } else {
        Vec::new()
    };
    User {
        id: user_id(number),
        guest,
        groups,
        roles,
    }
}

const MODELS: &[(&str, &str)] = &[
    ("Microsoft Corporation", "Surface Laptop 6"),
    ("Microsoft Corporation", "Surface Pro 10"),
    ("Dell Inc.", "Latitude 7440"),
    ("Dell Inc.", "Precision 5680"),
    ("LENOVO", "ThinkPad T14 Gen 5"),
    ("LENOVO", "ThinkPad X1 Carbon Gen 12"),
    ("HP", "EliteBook 840 G11"),
    ("Apple", "MacBookPro18,3"),
    ("Apple", "iPhone16,2"),
    ("samsung", "SM-S928B"),
    ("Google", "Pixel 9 Pro"),
    ("VMware, Inc.", "VMware Virtual Platform"),
];

const VERSIONS: &[&str] = &[
    "10.0.19045.5011",
    "10.0.22631.4317",
    "10.0.26100.2033",
    "10.0.26100.3194",
    "14.7.1",
    "15.1",
    "17.6.1",
    "13",
];

/// Values of the first extension attribute.
const EXTENSIONS: &[&str] = &["SAW", "PAW-Tier1", "Kiosk", "Shared", "Standard", "Lab"];
const SITES: &[&str] = &["NL", "BE", "DE", "US", "GB", "SE"];

/// The device of this number.
#[must_use]
pub fn device(number: usize) -> Device {
    let mut random = Random::new(0xB000_0000 + number as u64);
    let (manufacturer, model) = *random.pick(MODELS);
    let is_compliant = random.chance(90);
    let trust = *random.pick(Trust::ALL);
    let mut texts = [const { None }; Field::ALL.len()];
    let kind = random.pick(&["LT", "WS", "MB"]);
    let name = format!("{}-{kind}-{number:05}", random.pick(SITES));
    texts[Field::DisplayName as usize] = Some(name);
    texts[Field::Manufacturer as usize] = Some(manufacturer.to_owned());
    texts[Field::Model as usize] = Some(model.to_owned());
    texts[Field::Version as usize] = Some((*random.pick(VERSIONS)).to_owned());
    if (is_compliant || trust == Trust::Hybrid) && random.chance(70) {
        texts[Field::Extension1 as usize] = Some((*random.pick(EXTENSIONS)).to_owned());
        if random.chance(40) {
            let second = format!("cost-center-{}", 100 + random.below(40));
            texts[Field::Extension2 as usize] = Some(second);
        }
    }
    Device {
        id: device_id(number),
        is_compliant,
        trust,
        ownership: *random.pick(&[Ownership::Company, Ownership::Company, Ownership::Personal]),
        texts,
    }
}

/// An IPv4 address as the IPv6 address that maps it.
#[must_use]
pub fn mapped(address: Ipv4Addr) -> u128 {
    u128::from(address.to_ipv6_mapped())
}

fn range(address: u128, prefix: u8) -> (u128, u8, u128) {
    let free = u128::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
    (address & !free, prefix, address | free)
}

/// Countries with users.
pub const HOME_COUNTRIES: &[[u8; 2]] = &[*b"NL", *b"BE", *b"DE", *b"US", *b"GB", *b"SE"];
/// Countries with few or none.
pub const OTHER_COUNTRIES: &[[u8; 2]] = &[
    *b"FR", *b"ES", *b"IT", *b"PL", *b"BR", *b"IN", *b"CN", *b"RU", *b"KP", *b"IR", *b"SY", *b"NG",
    *b"VN", *b"UA", *b"TR", *b"ZA", *b"AU", *b"JP", *b"CA", *b"MX",
];

/// The named locations.
#[must_use]
pub fn locations() -> Vec<Location> {
    (0..LOCATIONS).map(location).collect()
}

fn location(number: usize) -> Location {
    let mut random = Random::new(0xC000_0000 + number as u64);
    if number >= RANGES {
        let mut countries = random.some(OTHER_COUNTRIES, 1, 5);
        if random.chance(30) {
            countries.push(*random.pick(HOME_COUNTRIES));
        }
        return Location::Countries {
            countries,
            includes_unknown: random.chance(15),
        };
    }
    let mut ranges = Vec::new();
    for at in 0..2 + random.below(5) {
        let network = Ipv4Addr::new(20 + number as u8, 10 * at as u8, 0, 0);
        let prefix = 96 + 16 + random.below(9) as u8;
        ranges.push(range(mapped(network), prefix));
    }
    if random.chance(40) {
        let network = Ipv6Addr::new(0x2001, 0xdb8, number as u16, 0, 0, 0, 0, 0);
        ranges.push(range(u128::from(network), 48));
    }
    Location::Ranges {
        ranges,
        is_trusted: number < 10,
    }
}

/// An address and its country: half of them in a range of a named location.
#[must_use]
pub fn whereabouts(random: &mut Random, locations: &[Location]) -> (u128, Option<[u8; 2]>) {
    let country = match random.below(100) {
        0..=89 => Some(*random.pick(HOME_COUNTRIES)),
        90..=97 => Some(*random.pick(OTHER_COUNTRIES)),
        _ => None,
    };
    // Offices are where most people are, and offices are trusted.
    let known = if random.chance(70) { 10 } else { RANGES };
    let address = match locations.get(random.below(known)) {
        Some(Location::Ranges { ranges, .. }) if random.chance(50) => {
            let (first, _, last) = *random.pick(ranges);
            let size = usize::try_from(last - first).unwrap_or(usize::MAX);
            first + random.below(size) as u128
        }
        _ => {
            let host = random.number() as u16;
            let [a, b] = host.to_be_bytes();
            mapped(Ipv4Addr::new(90 + random.below(60) as u8, 77, a, b))
        }
    };
    (address, country)
}

/// Kinds of client as sign-ins have them.
#[must_use]
pub fn client(random: &mut Random) -> Client {
    match random.below(100) {
        0..=54 => Client::Browser,
        55..=95 => Client::Modern,
        96..=97 => Client::ActiveSync,
        _ => Client::Other,
    }
}
