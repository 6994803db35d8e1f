//! Makes new inputs of known ones: by bytes, by lines, and by the values of the JSON in them.

use fastrand::Rng;

use crate::choice::choice;
use crate::json;

/// The maximum length of an input, in bytes: more than a client may send at once, and enough to show a cost that grows with the
/// square of the length.
pub(crate) const MAX_LENGTH: usize = 64 * 1024;

/// Bytes that parsers treat in a special way.
const WORDS: [&[u8]; 48] = [
    b"0",
    b"-0",
    b"-1",
    b"1e999",
    b"1e308",
    b"-1e308",
    b"1e-400",
    b"0.1",
    b"NaN",
    b"inf",
    b"255",
    b"65536",
    b"2147483648",
    b"4294967296",
    b"9007199254740992",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551615",
    b"99999999999999999999",
    b"null",
    b"true",
    b"{",
    b"}",
    b"[",
    b"]",
    b"{}",
    b"[]",
    b"[[[[[[[[[[[[[[[[",
    b",",
    b":",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud83d",
    b"\n",
    b"\r\n",
    b"\0",
    b" ",
    b"-",
    b"/",
    b".",
    b"&",
    b"=",
    b"%00",
    b"%ff",
    b"\xef\xbb\xbf",
    b"\xc2\x85",
    b"\xff\xfe",
];

/// A new input, made of one of the pool's and, where two are mixed, of another.
pub(crate) fn mutated(rng: &mut Rng, pool: &[Vec<u8>]) -> Vec<u8> {
    let mut input = choice(rng, pool).clone();
    // Few changes as a rule, so that most inputs get far.
    let changes = 1 << rng.u32(0..4);
    for _ in 0..changes {
        match rng.u8(0..8) {
            0..4 => json::mutate(rng, &mut input, pool),
            4 => change_lines(rng, &mut input, pool),
            _ => change_bytes(rng, &mut input, pool),
        }
        input.truncate(MAX_LENGTH);
    }
    input
}

fn change_bytes(rng: &mut Rng, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
    let at = rng.usize(0..=input.len());
    let to = rng.usize(at..=input.len()).min(at + (1 << rng.u32(0..12)));
    match rng.u8(0..8) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << rng.u8(0..8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = rng.u8(..);
            }
        }
        2 => drop(input.drain(at..to)),
        3 => replace(input, at..at, &random(rng)),
        4 => replace(input, at..at, choice::<&[u8]>(rng, &WORDS)),
        5 => {
            let number = number_at(input, at);
            replace(input, number, choice::<&[u8]>(rng, &WORDS));
        }
        6 => {
            // Again and again: what costs too much once costs far too much now.
            let part = input.get(at..to).unwrap_or_default().repeat(1 << rng.u32(0..10));
            replace(input, to..to, part.get(..MAX_LENGTH).unwrap_or(&part));
        }
        _ => {
            let other = choice(rng, pool).as_slice();
            let from = rng.usize(0..=other.len());
            replace(input, at..to, other.get(from..).unwrap_or_default());
        }
    }
}

fn change_lines(rng: &mut Rng, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
    let mut lines: Vec<Vec<u8>> = input.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (one, other) = (rng.usize(0..lines.len()), rng.usize(0..lines.len()));
    match rng.u8(0..4) {
        0 => lines.swap(one, other),
        1 => drop(lines.remove(one)),
        2 => {
            let line = choice(rng, &lines).clone();
            lines.insert(one, line);
        }
        _ => {
            let other: Vec<&[u8]> = choice(rng, pool).split(|byte| *byte == b'\n').collect();
            let line = choice(rng, &other).to_vec();
            lines.insert(one, line);
        }
    }
    *input = lines.join(&b'\n');
}

/// The digits around a place; nothing where there are none.
fn number_at(input: &[u8], at: usize) -> std::ops::Range<usize> {
    let is_number = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
    let before = input.get(..at).unwrap_or_default().iter().rev().take_while(is_number).count();
    let after = input.get(at..).unwrap_or_default().iter().take_while(is_number).count();
    at - before..at + after
}

fn replace(input: &mut Vec<u8>, place: std::ops::Range<usize>, by: &[u8]) {
    drop(input.splice(place, by.iter().copied()));
}

fn random(rng: &mut Rng) -> Vec<u8> {
    let length = rng.usize(1..=16);
    std::iter::repeat_with(|| rng.u8(..)).take(length).collect()
}

#[cfg(test)]
#[path = "tests/mutation.rs"]
mod tests;
