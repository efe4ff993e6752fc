//! IPv4 networks.

use std::net::Ipv4Addr;

use super::{Call, Function, text};
use crate::expr::problem::Problem;
use crate::value::Data;

pub const TABLE: &[Function] = table! { "networks";
    "cidr_contains" "(network, address)" -> Bool = cidr_contains,
        "Whether an IPv4 network, as in `10.0.0.0/8`, contains an address or a whole other network.",
        "cidr_contains(\"10.0.0.0/8\", \"10.1.2.3\")" => "true";
    "cidr_host" "(network, number)" -> Text = cidr_host,
        "The address with that number in an IPv4 network, counted from 0 for the network itself.",
        "cidr_host(\"10.1.0.0/16\", 5)" => "10.1.0.5";
};

struct Network {
    first: u32,
    bits: u32,
}

impl Network {
    fn parse(written: &str) -> Option<Network> {
        let (address, bits) = written.split_once('/').unwrap_or((written, "32"));
        let address: Ipv4Addr = address.parse().ok()?;
        let bits: u32 = bits.parse().ok().filter(|it| *it <= 32)?;
        Some(Network { first: u32::from(address) & mask(bits), bits })
    }
}

fn mask(bits: u32) -> u32 {
    u32::MAX.checked_shl(32 - bits).unwrap_or(0)
}

fn network(call: &Call<'_>, index: usize) -> Result<Network, Problem> {
    let written = call.text(index)?;
    let wrong = || call.fails(format!("`{written}` is no IPv4 network")).help("write it as in `10.0.0.0/8`");
    Network::parse(written).ok_or_else(wrong)
}

fn cidr_contains(call: &Call<'_>) -> Result<Data, Problem> {
    let (outer, inner) = (network(call, 0)?, network(call, 1)?);
    Ok(Data::Bool(inner.bits >= outer.bits && inner.first & mask(outer.bits) == outer.first))
}

fn cidr_host(call: &Call<'_>) -> Result<Data, Problem> {
    let found = network(call, 0)?;
    let size = 1_i64 << (32 - found.bits);
    let number = call.int_in(1, 0, size - 1)?;
    let address = found.first + u32::try_from(number).unwrap_or(0);
    Ok(text(Ipv4Addr::from(address).to_string()))
}
