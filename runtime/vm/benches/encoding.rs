//! What looking values up costs: `cargo bench -p gatewright-vm --bench encoding`.
//!
//! Timed by hand: each row is the least of several rounds, in nanoseconds. With the name of a row
//! and a number of calls, that row is called so often and nothing is timed, for counting
//! instructions from outside.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement"
)]

#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use std::hint::black_box;
use std::time::Instant;

use gatewright_bytecode::index::{Keys, indexes};
use gatewright_bytecode::{Matcher, Verified};
use gatewright_value::{fold_into, guid_text, parse_guid};
use gatewright_vm::{Buffers, Encoder, Fact, Facts, Loaded, Scratch, Sink, encode, outcomes};
use sample::Sample;

const ROUNDS: usize = 40;

/// Adds up what is found, so that nothing is left out.
struct Sum(u64);

impl Sink for Sum {
    #[inline]
    fn found(&mut self, matcher: u32, outcome: u32) {
        self.0 = self
            .0
            .wrapping_add(u64::from(matcher) << 32 | u64::from(outcome));
    }
}

/// What the command line asks for.
struct Rows {
    only: Option<(String, usize)>,
}

impl Rows {
    /// The least time of a call, in nanoseconds, and print it; `per` things are done by a call.
    fn row(&self, what: &str, per: usize, mut call: impl FnMut(usize)) {
        if let Some((name, calls)) = &self.only {
            if name == what {
                (0..*calls).for_each(call);
            }
            return;
        }
        const CALLS: usize = 4096;
        let calls = (CALLS / per).max(64);
        let round = |_| {
            let start = Instant::now();
            (0..calls).for_each(&mut call);
            start.elapsed().as_nanos() as f64 / calls as f64
        };
        let least = (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min);
        println!("{least:9.1} ns {:7.2} each  {what}", least / per as f64);
    }
}

/// Numbers without order, the same in every run.
fn guid(number: usize) -> u128 {
    let mut state = (number as u128 + 1).wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645);
    state ^= state >> 67;
    state.wrapping_mul(0xDA94_2042_E4DD_58B5_9E37_79B9_7F4A_7C15)
}

fn text(guid: u128) -> String {
    guid_text(guid).as_str().to_owned()
}

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let only = words
        .next()
        .zip(words.next().and_then(|calls| calls.parse().ok()));
    let rows = Rows { only };
    guids(&rows);
    for keys in [300, 10_000] {
        groups(&rows, keys);
    }
    kinds(&rows);
    sign_in(&rows);
    building(&rows);
}

fn guids(rows: &Rows) {
    let texts: Vec<String> = (0..1024).map(|number| text(guid(number))).collect();
    rows.row("GUID from text", 1, |call| {
        black_box(parse_guid(black_box(texts[call % 1024].as_bytes())));
    });
}

fn groups(rows: &Rows, keys: usize) {
    let mut sample = Sample::entra();
    let mut listed: Vec<String> = (0..keys).map(|number| text(guid(number))).collect();
    listed.sort_unstable();
    let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
    sample.elements("user.groups", &listed);
    let mut program = sample.finish();
    program.indexes = indexes(&program.matchers);
    let loaded = Loaded::new(Verified::new(program).unwrap()).unwrap();
    let attribute = loaded.attribute("user.groups").unwrap().index();
    for (count, hits) in [(30, 0), (30, 2), (30, 30), (200, 4)] {
        let users: Vec<Vec<u128>> = (0..64)
            .map(|user| {
                let known = (0..hits).map(|n| guid((user * 7 + n * 13) % keys));
                let unknown = (hits..count).map(|n| guid(1_000_000 + user * 256 + n));
                known.chain(unknown).collect()
            })
            .collect();
        let texts: Vec<Vec<String>> = users
            .iter()
            .map(|user| user.iter().map(|guid| text(*guid)).collect())
            .collect();
        let (mut buffers, mut sum) = (Buffers::default(), Sum(0));
        let name = |form: &str| format!("{count} groups, {hits} of {keys} keys, {form}");
        rows.row(&name("typed"), count, |call| {
            let mut encoder = Encoder::new(&loaded, &mut buffers, &mut sum);
            encoder.begin_set(attribute);
            for group in &users[call % 64] {
                encoder.element_guid(*group);
            }
            encoder.end_set();
        });
        rows.row(&name("text"), count, |call| {
            let mut encoder = Encoder::new(&loaded, &mut buffers, &mut sum);
            encoder.begin_set(attribute);
            for group in &texts[call % 64] {
                encoder.element(group);
            }
            encoder.end_set();
        });
        let mut folded = String::new();
        rows.row(&name("text, folded and by binary search"), count, |call| {
            for group in &texts[call % 64] {
                fold_into(group, &mut folded);
                if let Ok(row) = listed.binary_search(&folded.as_str()) {
                    sum.found(0, row as u32);
                }
            }
        });
        black_box(sum.0);
    }
}

/// A row of the table of kinds: what it is, the attribute, the facts that are told in turn.
type Kind<'a> = (&'a str, &'a str, Vec<Fact<'a>>);

fn kinds(rows: &Rows) {
    let loaded = tenant();
    let texts = |texts: &[&'static str]| texts.iter().map(|text| Fact::text(*text)).collect();
    let v4 = |address: u32| Fact::Address(0xFFFF_0000_0000 | u128::from(address));
    let kinds: Vec<Kind<'_>> = vec![
        (
            "Boolean",
            "device.isCompliant",
            vec![Fact::Boolean(true), Fact::Boolean(false)],
        ),
        (
            "enumeration as member",
            "signIn.platform",
            (0..6).map(Fact::Member).collect(),
        ),
        (
            "enumeration as text",
            "signIn.platform",
            texts(&["windows", "iOS", "android", "macOS"]),
        ),
        (
            "equal texts, hit",
            "user.department",
            texts(&["Sales", "FINANCE", "Legal", "Research"]),
        ),
        (
            "equal texts, miss",
            "user.department",
            texts(&["Selas", "Facility Management", "Legac"]),
        ),
        (
            "GUID, hit",
            "user.id",
            (0..50).map(|n| Fact::Guid(guid(5000 + n))).collect(),
        ),
        (
            "GUID, miss",
            "user.id",
            (0..50).map(|n| Fact::Guid(guid(6000 + n))).collect(),
        ),
        (
            "GUID as text, hit",
            "user.id",
            (0..50).map(|n| Fact::text(text(guid(5000 + n)))).collect(),
        ),
        (
            "GUID as text, miss",
            "user.id",
            (0..50).map(|n| Fact::text(text(guid(6000 + n)))).collect(),
        ),
        (
            "100 ranges of IPv4",
            "location.ip",
            (0..997).map(|n| v4(n * 4_301_000)).collect(),
        ),
        (
            "100 ranges, IPv6",
            "location.ip",
            (0..97).map(|n| Fact::Address(n << 120 | 1)).collect(),
        ),
        (
            "date-time",
            "signIn.now",
            (0..97)
                .map(|n| Fact::Ordered((1 << 63) + n * 1000))
                .collect(),
        ),
        (
            "200 prefixes",
            "device.model",
            texts(&["dept-017-x", "dept-199", "other-1", "dept-1"]),
        ),
        (
            "20 parts and suffixes",
            "device.operatingSystem",
            texts(&["Windows 11 Enterprise 23H2", "macOS 15.1 Sequoia"]),
        ),
        (
            "3 patterns",
            "device.extensionAttribute1",
            texts(&["KIOSK-0017-AMS", "nothing of that"]),
        ),
        (
            "name of a device: prefix, part, suffix",
            "device.displayName",
            texts(&["LAPTOP-7F3K2Q", "saw-0012-adm"]),
        ),
        ("unknown", "user.groups", vec![Fact::Unknown]),
    ];
    let (mut buffers, mut sum) = (Buffers::default(), Sum(0));
    for (what, name, facts) in kinds {
        let attribute = loaded.attribute(name).unwrap().index();
        rows.row(what, 1, |call| {
            let mut encoder = Encoder::new(&loaded, &mut buffers, &mut sum);
            encoder.fact(attribute, &facts[call % facts.len()]);
        });
    }
    black_box(sum.0);
}

/// What a tenant of 240 policies asks about.
fn tenant() -> Loaded {
    let mut sample = Sample::entra();
    let sorted = |numbers: std::ops::Range<usize>| {
        let mut texts: Vec<String> = numbers.map(|number| text(guid(number))).collect();
        texts.sort_unstable();
        texts
    };
    let lists = [
        ("user.groups", sorted(0..300)),
        ("user.roles", sorted(3000..3020)),
        ("app.ids", sorted(4000..4150)),
        ("location.names", sorted(7000..7020)),
    ];
    for (name, texts) in &lists {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        sample.elements(name, &texts);
    }
    let users = sorted(5000..5050);
    sample.text(
        "user.id",
        &users.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let equal: [(&str, &[&str]); 14] = [
        (
            "signIn.identity",
            &["agentidentity", "serviceprincipal", "user"],
        ),
        ("signIn.client", &["browser", "exchangeactivesync", "other"]),
        (
            "signIn.platform",
            &["android", "ios", "linux", "macos", "windows"],
        ),
        ("signIn.risk", &["high", "low", "medium"]),
        ("user.risk", &["high", "medium"]),
        ("user.insiderRisk", &["elevated", "moderate"]),
        ("user.userType", &["guest", "member"]),
        (
            "user.department",
            &["finance", "hr", "legal", "marketing", "research", "sales"],
        ),
        ("device.trustType", &["azuread", "serverad"]),
        ("device.ownership", &["company", "personal"]),
        ("device.profileType", &["printer", "shared"]),
        ("location.country", &["de", "fr", "nl", "us"]),
        (
            "session.flow",
            &["authenticationtransfer", "devicecodeflow"],
        ),
        ("signIn.target", &["apps", "useraction"]),
    ];
    for (name, texts) in equal {
        sample.text(name, texts);
    }
    for name in [
        "device.isCompliant",
        "device.isRegistered",
        "location.isUnmapped",
    ] {
        sample.boolean(name);
    }
    let starts: Vec<u128> = (0..200u128)
        .map(|n| 0xFFFF_0000_0000 + n * 21_000_000 + n % 2 * 65_536)
        .collect();
    sample.ordered("location.ip", &starts);
    sample.ordered("signIn.now", &[(1 << 63) + 500, (1 << 63) + 50_000]);
    let prefixes: Vec<String> = (0..200).map(|n| format!("dept-{n:03}")).collect();
    parts(&mut sample, "device.model", &prefixes, &[], &[], &[]);
    let atoms: Vec<String> = (0..10).map(|n| format!("{n}h2")).collect();
    parts(
        &mut sample,
        "device.operatingSystem",
        &[],
        &atoms,
        &atoms,
        &[],
    );
    let patterns = [
        "^kiosk-[0-9]{4}-",
        "-(ams|ber|par)$",
        "^(saw|paw)-[a-z0-9]+",
    ];
    parts(
        &mut sample,
        "device.extensionAttribute1",
        &[],
        &[],
        &[],
        &patterns,
    );
    let own = |text: &str| vec![text.to_owned()];
    parts(
        &mut sample,
        "device.displayName",
        &own("saw-"),
        &own("kiosk"),
        &own("-adm"),
        &[],
    );
    let mut program = sample.finish();
    program.indexes = indexes(&program.matchers);
    Loaded::new(Verified::new(program).unwrap()).unwrap()
}

fn parts(
    sample: &mut Sample,
    name: &str,
    prefixes: &[String],
    contains: &[String],
    suffixes: &[String],
    patterns: &[&str],
) {
    let attribute = sample.attribute(name);
    if !prefixes.is_empty() {
        let count = u32::try_from(prefixes.len()).unwrap();
        let variable = sample.variable(attribute, count + 3, Some(count + 1));
        let prefixes = prefixes.iter().cloned().zip(1..).collect();
        let exact = Vec::new();
        sample.program.matchers.push(Matcher::Text {
            attribute,
            variable,
            exact,
            prefixes,
        });
    }
    let mut row = |text: &str| (text.to_owned(), sample.variable(attribute, 3, None));
    let contains: Vec<_> = contains.iter().map(|text| row(text)).collect();
    let suffixes: Vec<_> = suffixes.iter().map(|text| row(text)).collect();
    let patterns: Vec<_> = patterns.iter().map(|text| row(text)).collect();
    if contains.len() + suffixes.len() + patterns.len() > 0 {
        let matcher = Matcher::TextParts {
            attribute,
            contains,
            suffixes,
            patterns,
        };
        sample.program.matchers.push(matcher);
    }
}

/// A sign-in with 25 attributes: typed, or as texts.
fn request(loaded: &Loaded, user: usize, is_typed: bool) -> Facts<'static> {
    let groups = |known: usize, all: usize, first: usize| -> Vec<u128> {
        (0..all)
            .map(|n| {
                guid(if n < known {
                    first + (user + n) % 20
                } else {
                    90_000 + user * 64 + n
                })
            })
            .collect()
    };
    let set = |guids: Vec<u128>| {
        if is_typed {
            Fact::Guids(guids.into())
        } else {
            Fact::set(guids.into_iter().map(text))
        }
    };
    let id = guid(5000 + user * 3 % 500);
    let member = |place: u16, name: &'static str| {
        if is_typed {
            Fact::Member(place)
        } else {
            Fact::text(name)
        }
    };
    let values = [
        (
            "user.id",
            if is_typed {
                Fact::Guid(id)
            } else {
                Fact::text(text(id))
            },
        ),
        ("user.groups", set(groups(2, 30, 0))),
        ("user.roles", set(groups(user % 2, 2, 3000))),
        ("app.ids", set(groups(1, 1, 4000))),
        ("location.names", set(groups(1, 1, 7000))),
        ("signIn.identity", member(0, "user")),
        ("signIn.client", member(0, "browser")),
        ("signIn.platform", member(2, "windows")),
        ("signIn.risk", member(4, "none")),
        ("user.risk", member(4, "none")),
        ("user.insiderRisk", member(3, "none")),
        ("user.userType", member(0, "Member")),
        (
            "user.department",
            Fact::text(["Sales", "Logistics"][user % 2]),
        ),
        ("device.trustType", member(0, "AzureAD")),
        ("device.ownership", member(1, "Company")),
        ("device.profileType", member(0, "RegisteredDevice")),
        ("location.country", Fact::text("NL")),
        ("session.flow", Fact::Null),
        ("signIn.target", member(0, "apps")),
        ("device.isCompliant", Fact::Boolean(user.is_multiple_of(3))),
        ("device.isRegistered", Fact::Boolean(true)),
        ("location.isUnmapped", Fact::Boolean(false)),
        (
            "location.ip",
            Fact::Address(0xFFFF_0000_0000 + user as u128 * 40_000_001),
        ),
        ("signIn.now", Fact::Ordered((1 << 63) + 777)),
        (
            "device.displayName",
            Fact::text(format!("LAPTOP-{user:06X}")),
        ),
    ];
    let mut facts = Facts::unknown(loaded);
    for (name, fact) in values {
        facts
            .set(loaded, loaded.attribute(name).unwrap(), fact)
            .unwrap();
    }
    facts
}

fn sign_in(rows: &Rows) {
    let loaded = tenant();
    let (mut buffers, mut scratch, mut sum) = (Buffers::default(), Scratch::default(), Sum(0));
    for (form, is_typed) in [("typed", true), ("texts", false)] {
        let requests: Vec<Facts<'_>> = (0..64)
            .map(|user| request(&loaded, user, is_typed))
            .collect();
        rows.row(&format!("sign-in of 25 attributes, {form}"), 1, |call| {
            outcomes(&loaded, &requests[call % 64], &mut buffers, &mut sum);
        });
        rows.row(
            &format!("sign-in of 25 attributes, {form}, to classes"),
            1,
            |call| {
                black_box(encode(&loaded, &requests[call % 64], &mut scratch));
            },
        );
    }
    black_box(sum.0);
}

fn building(rows: &Rows) {
    for count in [300, 10_000] {
        let texts: Vec<String> = (0..count).map(|number| text(guid(number))).collect();
        let keys = Keys::new(texts.iter().map(String::as_str));
        rows.row(&format!("index of {count} GUIDs"), count, |_| {
            black_box(keys.index(0));
        });
    }
}
