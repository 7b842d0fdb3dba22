//! Sign-ins of the tenant, as typed requests and as the JSON of one.

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use super::model::{Device, Field, Flow, Location, Method, Platform, Risk, SignIn, guid_text};
use super::tenant;
use crate::generate::Random;

/// The first sign-ins: whoever, wherever.
#[must_use]
pub fn sign_ins(locations: &[Location], count: usize) -> Vec<SignIn> {
    (0..count)
        .map(|number| sign_in(locations, number))
        .collect()
}

/// The sign-in of this number.
#[must_use]
pub fn sign_in(locations: &[Location], number: usize) -> SignIn {
    let mut random = Random::new(0xD000_0000 + number as u64);
    let who = random.below(tenant::USERS);
    let user = tenant::user(who);
    // Popular applications are used more.
    let app = random.below(tenant::APPS) * random.below(tenant::APPS) / tenant::APPS;
    let (address, country) = tenant::whereabouts(&mut random, locations);
    let client = tenant::client(&mut random);
    let device_number = random.chance(80).then(|| random.below(tenant::DEVICES));
    let risk = |random: &mut Random| match random.below(100) {
        0..=89 => Risk::None,
        90..=94 => Risk::Low,
        95..=97 => Risk::Medium,
        _ => Risk::High,
    };
    let methods = match random.below(10) {
        0 => Method::Password.bit(),
        1..=5 => Method::Password.bit() | Method::Push.bit(),
        6 => Method::Password.bit() | Method::Text.bit(),
        7 => Method::Key.bit(),
        _ => Method::Hello.bit(),
    };
    SignIn {
        number: who,
        device_number,
        user: user.id,
        guest: user.guest,
        groups: ids(&user.groups, tenant::group_id),
        roles: ids(&user.roles, tenant::role_id),
        app: tenant::app_id(app),
        client,
        platform: (!random.chance(2)).then(|| *random.pick(Platform::ALL)),
        address,
        country,
        user_risk: risk(&mut random),
        sign_in_risk: risk(&mut random),
        flow: random.chance(2).then_some(Flow::DeviceCode),
        device: device_number.map(tenant::device),
        methods,
        has_changed_password: random.chance(3),
        terms: tenant::TERMS
            .into_iter()
            .filter(|_| random.chance(70))
            .collect(),
    }
}

fn ids(numbers: &[u16], id: fn(usize) -> u128) -> Vec<u128> {
    numbers
        .iter()
        .map(|number| id(usize::from(*number)))
        .collect()
}

/// The request as JSON, in the shape of the What-If call, without spaces.
#[must_use]
pub fn json(sign_in: &SignIn) -> String {
    let mut text = String::with_capacity(2048);
    // Writing to a text cannot fail.
    let _ = write_json(sign_in, &mut text);
    text
}

fn write_json(sign_in: &SignIn, text: &mut String) -> std::fmt::Result {
    write!(
        text,
        r##"{{"signInIdentity":{{"@odata.type":"#microsoft.graph.userSignIn","userId":"{}""##,
        guid_text(sign_in.user)
    )?;
    if let Some(guest) = sign_in.guest {
        write!(text, r#","externalUserType":"{}""#, guest.name())?;
    }
    write!(
        text,
        r##"}},"signInContext":{{"@odata.type":"#microsoft.graph.applicationContext","includeApplications":["{}"]}}"##,
        guid_text(sign_in.app)
    )?;
    write!(
        text,
        r#","signInConditions":{{"clientAppType":"{}","devicePlatform":"{}","ipAddress":"{}""#,
        sign_in.client.name(),
        sign_in.platform.map_or("unknown", Platform::name),
        address_text(sign_in.address)
    )?;
    if let Some([a, b]) = sign_in.country {
        write!(text, r#","country":"{}{}""#, char::from(a), char::from(b))?;
    }
    write!(
        text,
        r#","userRiskLevel":"{}","signInRiskLevel":"{}","insiderRiskLevel":"none""#,
        sign_in.user_risk.name(),
        sign_in.sign_in_risk.name()
    )?;
    if let Some(flow) = sign_in.flow {
        let name = flow.name();
        write!(
            text,
            r#","authenticationFlow":{{"transferMethod":"{name}"}}"#
        )?;
    }
    if let Some(device) = &sign_in.device {
        write_device(device, text)?;
    }
    text.push_str(r#"},"directory":{"groups":["#);
    write_ids(&sign_in.groups, text);
    text.push_str(r#"],"roles":["#);
    write_ids(&sign_in.roles, text);
    text.push_str(r#"]},"claims":{"#);
    if sign_in.has_changed_password {
        text.push_str(r#""satisfied":["passwordChange"],"#);
    }
    text.push_str(r#""methods":["#);
    let methods = Method::ALL
        .iter()
        .filter(|method| sign_in.methods & method.bit() != 0)
        .map(|method| format!("\"{}\"", method.name()));
    text.push_str(&methods.collect::<Vec<_>>().join(","));
    text.push_str(r#"],"terms":["#);
    write_ids(&sign_in.terms, text);
    text.push_str(r#"]},"context":{"now":"2026-11-22T09:00:00Z"}}"#);
    Ok(())
}

fn write_device(device: &Device, text: &mut String) -> std::fmt::Result {
    write!(
        text,
        r#","deviceInfo":{{"deviceId":"{}","isCompliant":{},"trustType":"{}","ownership":"{}""#,
        guid_text(device.id),
        device.is_compliant,
        device.trust.name(),
        device.ownership.name()
    )?;
    for field in Field::ALL {
        if let Some(value) = device.text(*field) {
            write!(text, r#","{}":"{value}""#, field.name())?;
        }
    }
    text.push('}');
    Ok(())
}

fn write_ids(ids: &[u128], text: &mut String) {
    for (at, id) in ids.iter().enumerate() {
        text.push_str(if at == 0 { "\"" } else { ",\"" });
        text.push_str(&guid_text(*id));
        text.push('"');
    }
}

/// An address as people write it.
#[must_use]
pub fn address_text(address: u128) -> String {
    let address = Ipv6Addr::from(address);
    address
        .to_ipv4_mapped()
        .map_or_else(|| address.to_string(), |address| address.to_string())
}
