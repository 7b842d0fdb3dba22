//! From bytes to a struct: the shape of a request that every contender from JSON starts with.

use std::borrow::Cow;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use gatewright_tests::workload::model::{
    Client, Device, Field as Text, Flow, Guest, Method, Ownership, Platform, Risk, SignIn, Trust,
};
use serde::Deserialize;

use crate::contender::{Answer, Contract, Decide, Field, From};

/// The request, its texts borrowed from the bytes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
pub struct Request<'a> {
    #[serde(borrow)]
    sign_in_identity: Identity<'a>,
    #[serde(borrow)]
    sign_in_context: Context<'a>,
    #[serde(borrow)]
    sign_in_conditions: Conditions<'a>,
    #[serde(borrow)]
    directory: Directory<'a>,
    #[serde(borrow)]
    claims: Claims<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    user_id: &'a str,
    external_user_type: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    #[serde(borrow)]
    include_applications: Vec<&'a str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Conditions<'a> {
    client_app_type: &'a str,
    device_platform: &'a str,
    ip_address: &'a str,
    country: Option<&'a str>,
    user_risk_level: &'a str,
    sign_in_risk_level: &'a str,
    #[serde(borrow)]
    authentication_flow: Option<Transfer<'a>>,
    #[serde(borrow)]
    device_info: Option<Info<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transfer<'a> {
    transfer_method: &'a str,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    device_id: &'a str,
    is_compliant: bool,
    trust_type: &'a str,
    ownership: &'a str,
    #[serde(borrow)]
    display_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    manufacturer: Option<Cow<'a, str>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    operating_system_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    extension_attribute1: Option<Cow<'a, str>>,
    #[serde(borrow)]
    extension_attribute2: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct Directory<'a> {
    #[serde(borrow)]
    groups: Vec<&'a str>,
    #[serde(borrow)]
    roles: Vec<&'a str>,
}

#[derive(Debug, Deserialize)]
struct Claims<'a> {
    #[serde(borrow, default)]
    satisfied: Vec<&'a str>,
    #[serde(borrow)]
    methods: Vec<&'a str>,
    #[serde(borrow)]
    terms: Vec<&'a str>,
}

/// A GUID in its canonical form.
#[inline]
pub fn guid(text: &str) -> u128 {
    let mut id = 0u128;
    for byte in text.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => continue,
        };
        id = id << 4 | u128::from(digit);
    }
    id
}

fn ids(texts: &[&str]) -> Vec<u128> {
    texts.iter().map(|text| guid(text)).collect()
}

impl Request<'_> {
    /// The typed request.
    pub fn sign_in(&self) -> SignIn {
        let conditions = &self.sign_in_conditions;
        let address: IpAddr = conditions.ip_address.parse().expect("an address");
        let address = match address {
            IpAddr::V4(address) => Ipv4Addr::to_ipv6_mapped(&address),
            IpAddr::V6(address) => address,
        };
        let country = conditions.country.map(|country| {
            let bytes = country.as_bytes();
            [bytes[0], bytes[1]]
        });
        let device = conditions.device_info.as_ref().map(|info| {
            let text = |text: &Option<Cow<'_, str>>| text.as_ref().map(|text| text.to_string());
            let mut texts = [const { None }; Text::ALL.len()];
            texts[Text::DisplayName as usize] = text(&info.display_name);
            texts[Text::Manufacturer as usize] = text(&info.manufacturer);
            texts[Text::Model as usize] = text(&info.model);
            texts[Text::Version as usize] = text(&info.operating_system_version);
            texts[Text::Extension1 as usize] = text(&info.extension_attribute1);
            texts[Text::Extension2 as usize] = text(&info.extension_attribute2);
            Device {
                id: guid(info.device_id),
                is_compliant: info.is_compliant,
                trust: Trust::of(info.trust_type).expect("a trust type"),
                ownership: Ownership::of(info.ownership).expect("an owner"),
                texts,
            }
        });
        let methods = self.claims.methods.iter();
        SignIn {
            number: 0,
            device_number: None,
            user: guid(self.sign_in_identity.user_id),
            guest: self.sign_in_identity.external_user_type.and_then(Guest::of),
            groups: ids(&self.directory.groups),
            roles: ids(&self.directory.roles),
            app: guid(self.sign_in_context.include_applications[0]),
            client: Client::of(conditions.client_app_type).expect("a client"),
            platform: Platform::of(conditions.device_platform),
            address: address.into(),
            country,
            user_risk: Risk::of(conditions.user_risk_level).expect("a risk"),
            sign_in_risk: Risk::of(conditions.sign_in_risk_level).expect("a risk"),
            flow: conditions
                .authentication_flow
                .as_ref()
                .and_then(|flow| Flow::of(flow.transfer_method)),
            device,
            methods: methods
                .filter_map(|name| Method::of(name))
                .fold(0, |bits, method| bits | method.bit()),
            has_changed_password: self.claims.satisfied.contains(&"passwordChange"),
            terms: ids(&self.claims.terms),
        }
    }
}

/// By serde_json.
pub fn slow(bytes: &[u8]) -> Request<'_> {
    serde_json::from_slice(bytes).expect("a request")
}

/// By sonic-rs.
pub fn fast(bytes: &[u8]) -> Request<'_> {
    sonic_rs::from_slice(bytes).expect("a request")
}

struct Parse<'a> {
    texts: &'a [Vec<u8>],
    is_fast: bool,
}

impl Decide for Parse<'_> {
    #[inline]
    fn decide(&mut self, at: usize) {
        if self.is_fast {
            black_box(fast(&self.texts[at]));
        } else {
            black_box(slow(&self.texts[at]));
        }
    }

    fn answer(&self) -> Answer {
        Answer::Parsed
    }
}

/// Reading, and nothing else.
pub fn add<'a>(field: &mut Field<'a>, texts: &'a [Vec<u8>]) {
    for (name, is_fast) in [("reading: serde_json", false), ("reading: sonic-rs", true)] {
        let parse = Parse { texts, is_fast };
        field.add(name, Contract::Parse, From::Json, texts.len(), parse);
    }
}
