//! IP addresses and ranges as numbers.
//!
//! Both families share one line of 128-bit numbers: IPv4 addresses stand where IPv6 maps them
//! (`::ffff:0:0/96`), so a v4-mapped IPv6 address counts as the IPv4 address.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

/// The number of an address. Equal for an IPv4 address and its v4-mapped IPv6 form.
#[must_use]
pub fn address_key(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// Read an address; surrounding white space is not allowed.
#[must_use]
pub fn parse_address(text: &str) -> Option<IpAddr> {
    match parse_v4(text.as_bytes()) {
        Some(address) => Some(IpAddr::V4(address)),
        None => text.parse().ok(),
    }
}

/// Four numbers with dots between them, as [`IpAddr`] reads them, and faster: most addresses are
/// such.
fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    let (a, rest) = parse_octet(text)?;
    let (b, rest) = parse_octet(rest.strip_prefix(b".")?)?;
    let (c, rest) = parse_octet(rest.strip_prefix(b".")?)?;
    let (d, rest) = parse_octet(rest.strip_prefix(b".")?)?;
    rest.is_empty().then(|| Ipv4Addr::new(a, b, c, d))
}

/// A number of one to three digits without a zero before it, and what follows.
#[inline]
fn parse_octet(text: &[u8]) -> Option<(u8, &[u8])> {
    let digit = |text: &[u8]| {
        let digit = text.first()?.wrapping_sub(b'0');
        (digit < 10).then_some(u16::from(digit))
    };
    let first = digit(text)?;
    let rest = text.get(1..)?;
    let Some(second) = digit(rest).filter(|_| first != 0) else {
        return Some((first as u8, rest));
    };
    let (two, rest) = (first * 10 + second, rest.get(1..)?);
    let Some(third) = digit(rest) else {
        return Some((two as u8, rest));
    };
    Some((u8::try_from(two * 10 + third).ok()?, rest.get(1..)?))
}

/// A closed range of addresses, as [`address_key`] numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AddressRange {
    /// First address.
    pub first: u128,
    /// Last address; never before `first`.
    pub last: u128,
}

impl AddressRange {
    /// Read `203.0.113.0/24`, `2001:db8::/32` or a single address. Host bits are masked; the second
    /// part of the result says whether there were any.
    #[must_use]
    pub fn parse(text: &str) -> Option<(AddressRange, bool)> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (parse_address(address)?, Some(length)),
            None => (parse_address(text)?, None),
        };
        let family_bits: u8 = if address.is_ipv4() { 32 } else { 128 };
        let bits = match length {
            None => family_bits,
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse().ok().filter(|bits| *bits <= family_bits)?
            }
            Some(_) => return None,
        };
        let host_bits = u32::from(family_bits - bits);
        let hosts = if host_bits >= 128 {
            u128::MAX
        } else {
            (1u128 << host_bits) - 1
        };
        let key = address_key(address);
        let range = AddressRange {
            first: key & !hosts,
            last: key | hosts,
        };
        Some((range, key & hosts != 0))
    }

    /// Whether the address of this number is in the range.
    #[must_use]
    pub fn contains(self, key: u128) -> bool {
        self.first <= key && key <= self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_mask_host_bits_and_say_so() {
        let (range, masked) = AddressRange::parse("203.0.113.7/24").unwrap();
        assert!(masked);
        assert!(range.contains(address_key("203.0.113.255".parse().unwrap())));
        assert!(range.contains(address_key("203.0.113.0".parse().unwrap())));
        assert!(!range.contains(address_key("203.0.112.255".parse().unwrap())));
        assert!(!range.contains(address_key("203.0.114.0".parse().unwrap())));
        assert_eq!(AddressRange::parse("203.0.113.0/24"), Some((range, false)));
        assert!(range.contains(address_key("::ffff:203.0.113.1".parse().unwrap())));
        let (all, _) = AddressRange::parse("::/0").unwrap();
        assert_eq!((all.first, all.last), (0, u128::MAX));
    }

    #[test]
    fn addresses_are_read_as_the_standard_library_reads_them() {
        let octets = [
            "0", "7", "42", "255", "256", "999", "00", "01", "010", "1000", "", "x", "-1",
        ];
        for a in octets {
            for b in octets {
                for text in [
                    format!("{a}.{b}.1.2"),
                    format!("1.2.{a}.{b}"),
                    format!("{a}.1.2.{b}."),
                    format!("{a}.{b}.3"),
                    format!(".{a}.{b}.1.2"),
                    format!("::{a}:{b}"),
                    format!("::ffff:{a}.{b}.0.1"),
                    format!(" 1.2.{a}.{b}"),
                ] {
                    assert_eq!(parse_address(&text), text.parse().ok(), "{text}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "203.0.113.0/33",
            "203.0.113.0/+8",
            "203.0.113/24",
            "::/129",
            "a/8",
            "1.2.3.4/",
        ] {
            assert_eq!(AddressRange::parse(text), None, "{text}");
        }
    }
}
