//! Named locations.

use gatewright_hir::countries::no_such_country;
use gatewright_hir::model::{LocationKind, NamedLocation};
use gatewright_value::{AddressRange, address_key, parse_address};
use indexmap::IndexSet;

use super::whole;
use crate::json::{Member, Value};
use crate::problems;
use crate::sink::{Fields, Item, Sink};

/// Read a named location.
pub(crate) fn read_location(sink: &mut Sink<'_>, value: &Value<'_>) -> Option<NamedLocation> {
    let mut fields = Fields::new(value)?;
    fields.pass(&["createdDateTime", "modifiedDateTime", "deletedDateTime"]);
    let id = fields
        .take_said("id")
        .and_then(|member| sink.string(member));
    let name = fields
        .take_said("displayName")
        .and_then(|member| sink.string(member));
    if let Some(id) = &id {
        sink.id(id);
    }
    let ranges = fields.take("ipRanges");
    let countries = fields.take("countriesAndRegions");
    let network = fields.take("compliantNetworkType");
    let is_trusted = fields
        .take("isTrusted")
        .and_then(|m| sink.boolean(m))
        .unwrap_or(false);
    let unknown = fields.take("includeUnknownCountriesAndRegions");
    let lookup = fields
        .take_said("countryLookupMethod")
        .and_then(|m| sink.string(m));
    let kind = if let Some(member) = countries {
        LocationKind::Countries {
            countries: read_countries(sink, member),
            includes_unknown: unknown.and_then(|m| sink.boolean(m)).unwrap_or(false),
            by_gps: lookup.is_some_and(|item| is_gps(sink, &item)),
        }
    } else if let Some(member) = ranges {
        LocationKind::Ranges {
            ranges: read_ranges(sink, member),
            is_trusted,
        }
    } else if network.is_some() || has_type(value, "compliantNetworkNamedLocation") {
        LocationKind::CompliantNetwork
    } else {
        let place = name.as_ref().map_or(value.span, |name| name.span);
        sink.report(problems::missing_member(
            place,
            "ipRanges",
            "a location without addresses",
        ));
        LocationKind::Ranges {
            ranges: Vec::new(),
            is_trusted,
        }
    };
    sink.report_rest(&fields);
    sink.report_strangers();
    let display_name = name
        .or_else(|| id.clone())
        .map(|item| item.text)
        .unwrap_or_default();
    let id = id.map_or_else(|| display_name.clone(), |id| id.text);
    Some(NamedLocation {
        id,
        display_name,
        kind,
        span: value.span,
        form: whole(value),
    })
}

/// Whether the object says that it is of this type.
fn has_type(value: &Value<'_>, name: &str) -> bool {
    let said = value.get("@odata.type").and_then(Value::as_str);
    said.is_some_and(|said| said.rsplit('.').next() == Some(name))
}

fn is_gps(sink: &mut Sink<'_>, item: &Item) -> bool {
    if sink.is_word(item, "authenticatorAppGps") {
        return true;
    }
    if !sink.is_word(item, "clientIpAddress") {
        let known = ["clientIpAddress", "authenticatorAppGps"];
        sink.unknown_word(item, "way to look a country up", &known);
    }
    false
}

fn read_countries(sink: &mut Sink<'_>, member: &Member<'_>) -> Vec<String> {
    let mut codes = Vec::new();
    for item in sink.strings(member) {
        if item.text.len() == 2 && item.text.bytes().all(|b| b.is_ascii_alphabetic()) {
            sink.problems.extend(no_such_country(item.span, &item.text));
            let code = item.text.to_ascii_uppercase();
            sink.is_word(&item, &code);
            codes.push(code);
        } else {
            let help = "write the two letters of ISO 3166-1";
            sink.report(problems::unreadable_range(&item, "country", help));
        }
    }
    let distinct: IndexSet<String> = codes.into_iter().collect();
    distinct.into_iter().collect()
}

fn read_ranges(sink: &mut Sink<'_>, member: &Member<'_>) -> Vec<AddressRange> {
    let values = sink.array(member);
    values
        .iter()
        .filter_map(|value| read_range(sink, value))
        .collect()
}

fn read_range(sink: &mut Sink<'_>, value: &Value<'_>) -> Option<AddressRange> {
    let help = "write an address and a length, as in `203.0.113.0/24`";
    let Some(mut fields) = Fields::new(value) else {
        sink.report(problems::wrong_type("ipRanges[]", value, "an object"));
        return None;
    };
    let cidr = fields
        .take_said("cidrAddress")
        .and_then(|member| sink.string(member));
    let lower = fields
        .take_said("lowerAddress")
        .and_then(|member| sink.string(member));
    let upper = fields
        .take_said("upperAddress")
        .and_then(|member| sink.string(member));
    sink.report_rest(&fields);
    if let Some(item) = cidr {
        let Some((range, has_host_bits)) = AddressRange::parse(item.text.trim()) else {
            sink.report(problems::unreadable_range(
                &item,
                "range of addresses",
                help,
            ));
            return None;
        };
        if has_host_bits {
            sink.report(problems::host_bits(&item));
        }
        return Some(range);
    }
    let (Some(lower), Some(upper)) = (lower, upper) else {
        let item = Item {
            text: String::new(),
            span: value.span,
        };
        sink.report(problems::unreadable_range(
            &item,
            "range of addresses",
            help,
        ));
        return None;
    };
    let key = |item: &Item| parse_address(item.text.trim()).map(address_key);
    match (key(&lower), key(&upper)) {
        (Some(first), Some(last)) if first <= last => Some(AddressRange { first, last }),
        (Some(_), Some(_)) => {
            let help = "the lower address comes first";
            sink.report(problems::unreadable_range(
                &upper,
                "upper end of this range",
                help,
            ));
            None
        }
        (first, _) => {
            let item = if first.is_none() { &lower } else { &upper };
            sink.report(problems::unreadable_range(
                item,
                "address",
                "write an IP address",
            ));
            None
        }
    }
}
