//! What device management knows of the device.

use std::collections::BTreeSet;

use gatewright_value::vocabulary::CompliancePlatform;
use gatewright_value::{Kind, folded_eq};
use gatewright_vm::Fact;

use crate::compliance::DeviceManagement;
use crate::entra::circumstances::date_time;
use crate::json::Value;
use crate::own;
use crate::read::{Filler, Found, Node};

/// Attributes of this entity are the settings that a device reports.
const SETTING: &str = "setting.";

/// Read the member `compliance`; the result is whether the platform is to be found out.
pub(crate) fn compliance<'a>(
    filler: &mut Filler<'_, 'a>,
    node: Node<'_, 'a>,
    device_info: Option<Node<'_, 'a>>,
) -> Found<bool> {
    let object = node.object("compliance")?;
    object.allow(["platform", "settings", "noncompliantSince", "lastCheckIn"])?;
    match device_info {
        None => filler.set("device.isRegistered", Fact::Boolean(true), node)?,
        Some(device) => {
            let said = device
                .object("signInConditions.deviceInfo")?
                .get("isCompliant");
            if let Some(said) = said {
                return said.fail("`compliance` is given too, from which it follows");
            }
        }
    }
    if let Some(node) = object.get("settings") {
        settings(filler, node)?;
    }
    let platform = object.get("platform");
    if let Some(node) = platform {
        let all = CompliancePlatform::ALL;
        let platform = node.one_of(
            "platform of device management",
            all,
            CompliancePlatform::name,
        )?;
        filler.set("device.managedPlatform", Fact::text(platform.name()), node)?;
    }
    let instant = |name| object.get(name).map(date_time).transpose();
    let management = DeviceManagement {
        noncompliant_since: instant("noncompliantSince")?,
        last_check_in: instant("lastCheckIn")?,
    };
    if filler.engine.program().compliance.is_some() {
        filler.request.management = Some(management);
    } else {
        filler.warn("`compliance`: there are no compliance policies, so nothing follows from it");
    }
    Ok(platform.is_none())
}

fn settings<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<()> {
    let object = node.object("compliance.settings")?;
    let engine = filler.engine;
    let settings = engine.program().attributes.iter();
    let settings = settings.filter_map(|info| Some((info.name.strip_prefix(SETTING)?, info)));
    object.allow(settings.clone().map(|(name, _)| name))?;
    for (member, info) in settings {
        let Some(node) = object.get(member) else {
            continue;
        };
        let fact = match (&node.json.value, &info.kind) {
            // Microsoft Defender says `clear`, other services `none`.
            (Value::String(text), Kind::Enumeration { members, .. })
                if members.iter().any(|member| member == "secured")
                    && (folded_eq(text, "none") || folded_eq(text, "clear")) =>
            {
                Fact::text("secured")
            }
            _ => own::fact(info, node)?,
        };
        filler.set(&info.name, fact, node)?;
    }
    Ok(())
}

/// Find out the platform that device management knows the device by, once it is known what is said
/// to be unknown.
pub(crate) fn managed_platform(filler: &mut Filler<'_, '_>, forgotten: &BTreeSet<String>) {
    const MANAGED: &str = "device.managedPlatform";
    const BY_PLATFORM: [(&str, CompliancePlatform); 5] = [
        ("windows", CompliancePlatform::Windows),
        ("iOS", CompliancePlatform::Ios),
        ("macOS", CompliancePlatform::MacOs),
        ("linux", CompliancePlatform::Linux),
        ("android", CompliancePlatform::AndroidWorkProfile),
    ];
    if forgotten.contains(MANAGED) {
        return;
    }
    let platform = filler.fact("signIn.platform").as_text().and_then(|text| {
        let found = BY_PLATFORM.iter().find(|(name, _)| folded_eq(name, text));
        found.map(|(_, managed)| managed.name())
    });
    _ = filler.put(MANAGED, platform.map_or(Fact::Unknown, Fact::text));
}
