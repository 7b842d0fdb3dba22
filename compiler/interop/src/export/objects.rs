//! Supporting objects as Graph writes them: named locations, strengths, contexts, terms of use.

use gatewright_hir::data::Data;
use gatewright_hir::model::{LocationKind, NamedLocation, ObjectName, Strength};
use gatewright_value::folded_eq;

use crate::json::Node;
use crate::write::blocks;

/// A named location, from what it means alone.
pub(crate) fn location_node(location: &NamedLocation) -> Node {
    let mut node = Node::object();
    let kind = match &location.kind {
        LocationKind::Ranges { .. } => "ipNamedLocation",
        LocationKind::Countries { .. } => "countryNamedLocation",
        LocationKind::CompliantNetwork => "compliantNetworkNamedLocation",
    };
    put_head(&mut node, kind, &location.id, &location.display_name);
    match &location.kind {
        LocationKind::Ranges { ranges, is_trusted } => {
            node.put(&["isTrusted"], Node::Bool(*is_trusted));
            let blocks = ranges.iter().flat_map(|range| blocks(*range));
            let one = |block: String| {
                let mut node = Node::object();
                let family = if block.contains(':') { "iPv6" } else { "iPv4" };
                let said = format!("#microsoft.graph.{family}CidrRange");
                node.put(&["@odata.type"], Node::text(said));
                node.put(&["cidrAddress"], Node::text(block));
                node
            };
            node.put(&["ipRanges"], Node::List(blocks.map(one).collect()));
        }
        LocationKind::Countries {
            countries,
            includes_unknown,
            by_gps,
        } => {
            let lookup = if *by_gps {
                "authenticatorAppGps"
            } else {
                "clientIpAddress"
            };
            node.put(&["countriesAndRegions"], Node::texts(countries));
            let name = "includeUnknownCountriesAndRegions";
            node.put(&[name], Node::Bool(*includes_unknown));
            node.put(&["countryLookupMethod"], Node::text(lookup));
        }
        LocationKind::CompliantNetwork => {
            node.put(&["isTrusted"], Node::Bool(true));
            let kind = "allTenantCompliantNetworks";
            node.put(&["compliantNetworkType"], Node::text(kind));
        }
    }
    node
}

fn put_head(node: &mut Node, kind: &str, id: &str, name: &str) {
    let said = format!("#microsoft.graph.{kind}");
    node.put(&["@odata.type"], Node::text(said));
    // What has no id is known by its name.
    if id != name {
        node.put(&["id"], Node::text(id));
    }
    node.put(&["displayName"], Node::text(name));
}

/// A strength, from what it means alone; built-in ones as answers have them.
pub(crate) fn strength_node(strength: &Strength) -> Node {
    let mut node = Node::object();
    put_head(
        &mut node,
        "authenticationStrengthPolicy",
        &strength.id,
        &strength.display_name,
    );
    let is_built_in = strength.span.is_none();
    if let Some(description) = built_in_description(&strength.id).filter(|_| is_built_in) {
        node.put(&["description"], Node::text(description));
        for name in ["createdDateTime", "modifiedDateTime"] {
            node.put(&[name], Node::text("2021-12-01T08:00:00Z"));
        }
    }
    let kind = if is_built_in { "builtIn" } else { "custom" };
    node.put(&["policyType"], Node::text(kind));
    node.put(&["requirementsSatisfied"], Node::text("mfa"));
    let combinations = strength.combinations.iter().map(|combination| {
        let methods: Vec<&str> = combination.methods.iter().map(|m| m.name()).collect();
        methods.join(",")
    });
    node.put(&["allowedCombinations"], Node::texts(combinations));
    node.put(&["combinationConfigurations"], Node::List(Vec::new()));
    node
}

/// What the service says of the strengths that every tenant has.
fn built_in_description(id: &str) -> Option<&'static str> {
    let strengths = &Data::built_in().strengths;
    let known = strengths
        .iter()
        .find(|known| folded_eq(&known.strength.id, id))?;
    match known.identifier.as_str() {
        "Mfa" => Some(
            "Combinations of methods that satisfy strong authentication, such as a password + SMS",
        ),
        "PasswordlessMfa" => Some(
            "Passwordless methods that satisfy strong authentication, such as Passwordless \
             sign-in with the Microsoft Authenticator",
        ),
        "PhishingResistantMfa" => Some(
            "Phishing-resistant, Passwordless methods for the strongest authentication, such as \
             a FIDO2 security key",
        ),
        _ => None,
    }
}

/// Terms of use or an authentication context; `None` for what other services own.
pub(crate) fn named_node(object: &ObjectName) -> Option<Node> {
    use gatewright_syntax::ast::ObjectKind;
    let kind = match object.kind {
        ObjectKind::Terms => "agreement",
        ObjectKind::Context => "authenticationContextClassReference",
        _ => return None,
    };
    let mut node = Node::object();
    put_head(&mut node, kind, &object.id, &object.name);
    node.put(&["id"], Node::text(&object.id));
    if object.kind == ObjectKind::Context {
        node.put(&["isAvailable"], Node::Bool(!object.is_unpublished));
    }
    if object.is_per_device {
        node.put(&["isPerDeviceAcceptanceRequired"], Node::Bool(true));
    }
    Some(node)
}
