//! When the certificates among Kafka's properties end, so that a metric can show it. Whether they are valid is left to librdkafka.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::connect::connection::KafkaConfig;

/// What is shown of the certificates of Kafka's authorities.
const AUTHORITIES: &str = "ca";
/// The certificates, with the property that holds them and the one that names their file.
const CERTIFICATES: [(&str, &str, &str); 2] =
    [(AUTHORITIES, "ssl.ca.pem", "ssl.ca.location"), ("client", "ssl.certificate.pem", "ssl.certificate.location")];

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The tags of ASN.1 in a certificate (X.690, RFC 5280).
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// When the certificates end, in seconds since the Unix epoch: of the authorities (`ca`) the last of them, because a bundle keeps old
/// ones for a time; of the client's (`client`) the first. There is nothing of what is missing or no certificate. What is returned reads the
/// files each time, for a Secret may change.
#[must_use = "it is what a gauge calls"]
pub fn ends(config: &KafkaConfig) -> impl Fn() -> Vec<(&'static str, usize)> + Send + Sync + 'static + use<> {
    let directory = config.properties_directory.clone();
    move || {
        let Some(directory) = &directory else { return Vec::new() };
        let ends = CERTIFICATES.into_iter().filter_map(|(name, content, location)| {
            let certificates = certificates(&pem(directory, content, location)?);
            let ends = certificates.iter().filter_map(|certificate| not_after(certificate));
            let end = if name == AUTHORITIES { ends.max() } else { ends.min() };
            Some((name, end?))
        });
        ends.collect()
    }
}

fn pem(directory: &Path, content: &str, location: &str) -> Option<String> {
    let property = |name: &str| fs::read_to_string(directory.join(name)).ok();
    property(content).or_else(|| fs::read_to_string(property(location)?.trim_end()).ok())
}

/// The certificates in a text, as DER.
fn certificates(pem: &str) -> Vec<Vec<u8>> {
    let blocks = pem.split(BEGIN).skip(1).filter_map(|block| block.split_once(END));
    blocks.filter_map(|(body, _)| STANDARD.decode(body.split_whitespace().collect::<String>()).ok()).collect()
}

/// The end of a certificate's validity, in seconds since the Unix epoch.
fn not_after(certificate: &[u8]) -> Option<usize> {
    let (_, certificate, _) = element(certificate)?;
    let (_, signed, _) = element(certificate)?;
    // The version may be left out.
    let (tag, _, behind) = element(signed)?;
    let from_serial = if tag == VERSION { behind } else { signed };
    let (_, _, from_algorithm) = element(from_serial)?;
    let (_, _, from_issuer) = element(from_algorithm)?;
    let (_, _, from_validity) = element(from_issuer)?;
    let (_, validity, _) = element(from_validity)?;
    let (_, _, from_end) = element(validity)?;
    let (tag, end, _) = element(from_end)?;
    seconds(tag, std::str::from_utf8(end).ok()?)
}

/// The first element of DER: its tag, its content, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        // The length of the length. None is that long.
        let digits = usize::from(first & 0x7f);
        let (digits, rest) = rest.split_at_checked(digits).filter(|_| (1..=3).contains(&digits))?;
        (digits.iter().fold(0_usize, |length, digit| (length << 8) | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn seconds(tag: u8, time: &str) -> Option<usize> {
    let time = match tag {
        GENERALIZED_TIME => time.to_owned(),
        // With a year of two digits, which is one of 1950 to 2049.
        UTC_TIME if time < "50" => format!("20{time}"),
        UTC_TIME => format!("19{time}"),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%SZ", time).ok()?.to_zoned(TimeZone::UTC).ok()?;
    usize::try_from(time.timestamp().as_second()).ok()
}

#[cfg(test)]
#[path = "tests/certificates.rs"]
mod tests;
