//! The access key of an invoice, as every Brazilian electronic invoice (NF-e) has one: 44 digits.
//!
//! The rule is public: *Manual de Orientação do Contribuinte* of the NF-e project (<https://www.nfe.fazenda.gov.br>), "Chave de Acesso":
//! cUF (2 digits, the state's IBGE code), AAMM (4, year and month of issue), CNPJ (14, the issuer's), mod (2, the model: 55), serie (3),
//! nNF (9, the number), tpEmis (1, the kind of issue: 1, normal), cNF (8, a code that nobody can guess from the number) and cDV (1, which
//! checks the others by modulo 11). The invoices here have no fiscal value: nobody but the issuer knows of these keys.

use delivery_messages::Millis;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use sha2::{Digest, Sha256};

use crate::config::IssuerConfig;

/// The model of a document: an NF-e.
const MODEL: u8 = 55;
/// The kind of issue: normal.
const NORMAL: u8 = 1;
/// Codes that a technical note of the NF-e project (NT 2019.001) refuses, because anybody would guess them.
const GUESSED: [u32; 20] = [
    0, 11_111_111, 22_222_222, 33_333_333, 44_444_444, 55_555_555, 66_666_666, 77_777_777, 88_888_888, 99_999_999,
    12_345_678, 23_456_789, 34_567_890, 45_678_901, 56_789_012, 67_890_123, 78_901_234, 89_012_345, 90_123_456,
    1_234_567,
];

/// The key of an invoice. The same invoice always has the same one.
#[must_use]
pub(crate) fn access_key(issuer: &IssuerConfig, series: u32, number: u32, id: &str, issued_at: Millis) -> String {
    let IssuerConfig { cnpj, state_code, .. } = issuer;
    let month = year_and_month(issued_at);
    let code = code(id, number);
    let digits = format!("{state_code:02}{month}{cnpj}{MODEL:02}{series:03}{number:09}{NORMAL}{code:08}");
    let check = check_digit(&digits);
    format!("{digits}{check}")
}

/// Year and month of a time in the time zone of Brasília, which has been three hours behind UTC all year since 2019, as `AAMM`.
fn year_and_month(time: Millis) -> String {
    let time = Timestamp::from_millisecond(time).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(brasilia());
    format!("{:02}{:02}", time.year().rem_euclid(100), time.month())
}

/// The time zone of Brasília.
#[must_use]
pub(crate) fn brasilia() -> TimeZone {
    TimeZone::fixed(Offset::constant(-3))
}

/// The eight digits that cannot be guessed from the number, from the invoice's id.
fn code(id: &str, number: u32) -> u32 {
    let hash = Sha256::digest(id);
    let whole = hash.iter().take(8).fold(0_u64, |whole, byte| (whole << 8) | u64::from(*byte));
    let first = u32::try_from(whole % 100_000_000).unwrap_or_default();
    let is_allowed = |code: &u32| !GUESSED.contains(code) && *code != number % 100_000_000;
    (0..100).map(|more| (first + more) % 100_000_000).find(is_allowed).unwrap_or(first)
}

/// The digit that checks the others: their sum with the weights 2 to 9 from the right, over and over; eleven minus its rest by eleven, or
/// 0 where that would be 10 or 11.
fn check_digit(digits: &str) -> u32 {
    let digits = digits.chars().rev().filter_map(|digit| digit.to_digit(10));
    let sum: u32 = digits.zip((2..=9).cycle()).map(|(digit, weight)| digit * weight).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// Whether a text is 44 digits, the last of which is right.
#[cfg(test)]
#[must_use]
pub(crate) fn is_valid(key: &str) -> bool {
    let Some((digits, check)) = key.split_at_checked(43) else { return false };
    key.chars().all(|digit| digit.is_ascii_digit()) && check == check_digit(digits).to_string()
}

/// A key in groups of four digits, as it is printed.
#[must_use]
pub(crate) fn grouped(key: &str) -> String {
    let digits: Vec<char> = key.chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
#[path = "tests/access_key.rs"]
mod tests;
