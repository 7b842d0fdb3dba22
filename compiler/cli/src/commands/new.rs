//! `gatewright new`: a project that passes `check` and `test`, to start from.

use std::path::Path;

use anyhow::{Result, bail};

use crate::args::New;
use crate::outcome::Outcome;
use crate::{terminal::Terminal, write};

const OBJECTS: &str = r#"//! Who and what the policies speak of. Replace the ids by your tenant's.

/// Two accounts that get in when nothing else does.
group BreakGlass = "00000000-0000-4000-8000-00000000b6e1"

location Offices = trusted ranges [203.0.113.0/24, 2001:db8:40::/48]
"#;

const POLICIES: &str = r#"//! What every sign-in must pass. Everything is report-only until you have seen what it would do.

/// Protocols that cannot ask for a second factor.
policy "CA001 Block legacy authentication" {
    state   reportOnly
    users   all except groups [BreakGlass]
    apps    all
    clients [exchangeActiveSync, other]
    block
}

policy "CA002 Everybody uses multifactor authentication" {
    state   reportOnly
    users   all except groups [BreakGlass], roles [DirectorySynchronizationAccounts]
    apps    all
    require mfa
}

/// Administrators prove themselves with a phishing-resistant method, everywhere.
policy "CA101 Administrators use phishing-resistant MFA" {
    state   reportOnly
    users   roles [GlobalAdministrator, ConditionalAccessAdministrator] except groups [BreakGlass]
    apps    all
    require strength PhishingResistantMfa
}
"#;

const REQUEST: &str = r##"{
  "signInIdentity": { "@odata.type": "#microsoft.graph.userSignIn", "userId": "00000000-0000-4000-8000-000000000001" },
  "signInContext": { "@odata.type": "#microsoft.graph.applicationContext", "includeApplications": ["00000002-0000-0ff1-ce00-000000000000"] },
  "signInConditions": {
    "clientAppType": "browser", "devicePlatform": "windows", "ipAddress": "203.0.113.7", "country": "NL",
    "userRiskLevel": "none", "signInRiskLevel": "none", "insiderRiskLevel": "none"
  },
  "directory": { "groups": [], "roles": [] }
}
"##;

const TESTS: &str = r#"//! What the policies promise, sign-in by sign-in.

test "An administrator in the office" {
    given {
        user roles [GlobalAdministrator]
        app ExchangeOnline
        client browser
        platform windows
        location Offices
    }
    expect {
        // Nothing is enforced yet.
        notApplicable
        reportOnly require all [mfa, strength PhishingResistantMfa]
    }
}

test "The break-glass accounts get in" {
    given  { user groups [BreakGlass]  app ExchangeOnline  client other }
    expect { notApplicable  reportOnly notApplicable  reportOnly applied [] }
}
"#;

/// Make the project.
pub(crate) fn run(args: &New, terminal: &Terminal) -> Result<Outcome> {
    let folder = &args.name;
    let Some(name) = folder.file_name().map(|n| n.to_string_lossy().into_owned()) else {
        bail!("`{}` does not end in a name", folder.display());
    };
    if folder.exists()
        && std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
    {
        bail!("`{}` is there already and is not empty", folder.display());
    }
    write::make_folder(folder)?;
    write::make_folder(&folder.join("policies"))?;
    write::make_folder(&folder.join("requests"))?;
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    let manifest = format!("name    = \"{quoted}\"\nedition = \"2026-06\"\n");
    for (path, text) in [
        ("gatewright.toml", manifest.as_str()),
        ("objects.gate", OBJECTS),
        ("policies/baseline.gate", POLICIES),
        ("tests.gate", TESTS),
        ("requests/office.json", REQUEST),
    ] {
        write::replace(&folder.join(path), text.as_bytes())?;
    }
    let request = folder.join("requests/office.json");
    let (shown, request) = (quoted_word(folder), quoted_word(&request));
    terminal.say(&format!(
        "made `{}`; next: gatewright check {shown}, gatewright test {shown},\n  gatewright eval {shown} --request {request}",
        folder.display()
    ));
    Ok(Outcome::Yes)
}

/// A path as a word that a shell reads as one.
fn quoted_word(path: &Path) -> String {
    let word = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/\\._-:~".contains(c);
    if word.chars().all(is_plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
