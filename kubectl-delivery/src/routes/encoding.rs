//! Makes a text of a file's bytes, in the encoding that it shows or declares. Pure.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::track::RouteFileError;

/// Where a declaration of XML ends at the latest, in bytes.
const MAX_DECLARATION: usize = 200;

/// A file's content. A mark at its beginning decides; otherwise it is UTF-8, or what its XML declaration names. What is valid UTF-8 is
/// taken for that, whatever is declared: programs that convert a file forget the declaration.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<String, RouteFileError> {
    if let Some((encoding, length)) = Encoding::for_bom(&bytes) {
        return decoded(bytes.get(length..).unwrap_or_default(), encoding);
    }
    if let Some(encoding) = two_bytes(&bytes) {
        return decoded(&bytes, encoding);
    }
    String::from_utf8(bytes).or_else(|error| {
        let bytes = error.as_bytes();
        let name = declared(bytes).ok_or(RouteFileError::UnknownEncoding)?;
        match Encoding::for_label(name.as_bytes()) {
            Some(encoding) => decoded(bytes, encoding),
            None => Err(RouteFileError::Encoding { encoding: name }),
        }
    })
}

fn decoded(bytes: &[u8], encoding: &'static Encoding) -> Result<String, RouteFileError> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned).ok_or_else(|| RouteFileError::InvalidText(encoding.name()))
}

/// UTF-16 without a mark, by the first character, which is ASCII in every format.
fn two_bytes(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [first, 0, _, 0, ..] if *first != 0 => Some(UTF_16LE),
        [0, first, 0, _, ..] if *first != 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// The encoding that a file of XML declares by name, unless it is UTF-8.
fn declared(bytes: &[u8]) -> Option<String> {
    let declaration: String = bytes.iter().take(MAX_DECLARATION).map(|byte| char::from(*byte)).collect();
    let (declaration, _) = declaration.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let name = value.split(['"', '\'']).nth(1)?;
    let is_name = |character: char| character.is_ascii_alphanumeric() || "._-:".contains(character);
    (!name.is_empty() && name.chars().all(is_name) && !name.eq_ignore_ascii_case("utf-8")).then(|| name.to_owned())
}

#[cfg(test)]
#[path = "tests/encoding.rs"]
mod tests;
