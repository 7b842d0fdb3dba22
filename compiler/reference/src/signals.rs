//! Signals of a sign-in: client, platform, network, risk and authentication flow.
//!
//! SEMANTICS: §1.5

use gatewright_value::vocabulary::{
    AgentRiskLevel, ClientApp, InsiderRiskLevel, RiskLevel, TransferMethod,
};

use crate::facts::{Fact, Facts, fold};
use crate::read::{Object, refuse};
use crate::request::{member, text};
use crate::{RequestError, order};

/// Read `signInConditions`, the device apart.
pub(crate) fn read(conditions: &Object<'_>, facts: &mut Facts) -> Result<(), RequestError> {
    conditions.allow(&[
        "clientAppType",
        "devicePlatform",
        "ipAddress",
        "country",
        "userRiskLevel",
        "signInRiskLevel",
        "insiderRiskLevel",
        "servicePrincipalRiskLevel",
        "agentIdRiskLevel",
        "authenticationFlow",
        "deviceInfo",
    ])?;
    let risks = [
        ("user.risk", "userRiskLevel"),
        ("signIn.risk", "signInRiskLevel"),
        ("servicePrincipal.risk", "servicePrincipalRiskLevel"),
    ];
    for (fact, name) in risks {
        let level = conditions.text(name)?;
        facts.set(
            fact,
            or_unknown(level, |text| {
                member(RiskLevel::parse(text), RiskLevel::name, text)
            })?,
        );
    }
    let level = conditions.text("insiderRiskLevel")?;
    facts.set(
        "user.insiderRisk",
        or_unknown(level, |text| {
            member(InsiderRiskLevel::parse(text), InsiderRiskLevel::name, text)
        })?,
    );
    let level = conditions.text("agentIdRiskLevel")?;
    facts.set(
        "agent.risk",
        or_unknown(level, |text| {
            member(AgentRiskLevel::parse(text), AgentRiskLevel::name, text)
        })?,
    );
    let client = unless_all(conditions.text("clientAppType")?);
    facts.set(
        "signIn.client",
        or_unknown(client, |text| {
            member(ClientApp::parse(text), ClientApp::name, text)
        })?,
    );
    let platform = unless_all(conditions.text("devicePlatform")?);
    facts.set(
        "signIn.platform",
        or_unknown(platform, |name| Ok(text(Some(name))))?,
    );
    let flow = conditions.object("authenticationFlow")?;
    flow.allow(&["transferMethod"])?;
    let method = flow
        .text("transferMethod")?
        .filter(|method| fold(method) != "none");
    facts.set(
        "session.flow",
        match method {
            None => Fact::Null,
            Some(text) => member(TransferMethod::parse(text), TransferMethod::name, text)?,
        },
    );
    read_location(conditions, facts)
}

/// `all` is what policies say; of a sign-in it says nothing.
fn unless_all(name: Option<&str>) -> Option<&str> {
    name.filter(|name| fold(name) != "all")
}

fn read_location(conditions: &Object<'_>, facts: &mut Facts) -> Result<(), RequestError> {
    if let Some(address) = conditions.text("ipAddress")? {
        match order::of_address(address) {
            Some(number) => facts.set("location.ip", Fact::Address(number)),
            None => return refuse(format!("`{address}` is no address")),
        }
    }
    if let Some(country) = conditions.text("country")? {
        if country.len() != 2 || !country.chars().all(|letter| letter.is_ascii_alphabetic()) {
            return refuse(format!("`{country}` is no country"));
        }
        facts.set("location.country", text(Some(country)));
    }
    Ok(())
}

/// A fact marked ✱ in §1.2.
fn or_unknown(
    written: Option<&str>,
    read: impl Fn(&str) -> Result<Fact, RequestError>,
) -> Result<Fact, RequestError> {
    match written {
        None => Ok(Fact::Unknown),
        Some(written) => read(written),
    }
}
