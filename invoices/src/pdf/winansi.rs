//! Text in the encoding `WinAnsi` (ISO 32000-1, annex D.2), and how wide it is in Helvetica.

/// What is shown for a character that the encoding lacks.
const SUBSTITUTE: u8 = b'?';

/// The characters 128 to 159, where the encoding differs from Latin-1; a space where it has none.
const HIGH: [char; 32] = [
    '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
];

/// The widths of the characters 32 to 126, thousandths of the size (Adobe's font metrics of Helvetica).
const ASCII_WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];

/// The widths of the characters 128 to 255.
const HIGH_WIDTHS: [u16; 128] = [
    556, 278, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 278, 611, 278, 278, 222, 222, 333, 333, 350,
    556, 1000, 333, 1000, 500, 333, 944, 278, 500, 667, 278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556,
    584, 333, 737, 333, 400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611, 667, 667, 667,
    667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278, 722, 722, 778, 778, 778, 778, 778, 584, 778, 722,
    722, 722, 722, 667, 667, 611, 556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278, 556,
    556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

/// A text in the encoding.
#[must_use]
pub(super) fn encode(text: &str) -> Vec<u8> {
    text.chars().map(byte).collect()
}

fn byte(character: char) -> u8 {
    if let code @ (0x20..=0x7e | 0xa0..=0xff) = u32::from(character) {
        return u8::try_from(code).unwrap_or(SUBSTITUTE);
    }
    let place = HIGH.iter().position(|high| *high == character && character != ' ');
    place.and_then(|place| u8::try_from(place + 128).ok()).unwrap_or(SUBSTITUTE)
}

/// The width of a character, thousandths of the size.
fn thousandths(byte: u8) -> u16 {
    let byte = usize::from(byte);
    let width = if byte < 128 { ASCII_WIDTHS.get(byte.wrapping_sub(32)) } else { HIGH_WIDTHS.get(byte - 128) };
    width.copied().unwrap_or(278)
}

/// The width of an encoded text in Helvetica of this size, points. Digits, spaces and points are as wide in bold.
#[must_use]
pub(super) fn width(encoded: &[u8], size: f32) -> f32 {
    encoded.iter().map(|byte| f32::from(thousandths(*byte))).sum::<f32>() * size / 1_000.0
}

/// A text in lines that are at most `max` points wide, broken at spaces, or inside a word that is wider than a line.
#[must_use]
pub(super) fn lines(text: &str, size: f32, max: f32) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let mut line: Vec<u8> = Vec::new();
    for word in text.split_whitespace().map(encode) {
        let gap: &[u8] = if line.is_empty() { b"" } else { b" " };
        if width(&[line.as_slice(), gap, word.as_slice()].concat(), size) <= max {
            line.extend_from_slice(gap);
            line.extend(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for byte in word {
            if !line.is_empty() && width(&line, size) + width(&[byte], size) > max {
                lines.push(std::mem::take(&mut line));
            }
            line.push(byte);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
#[path = "tests/winansi.rs"]
mod tests;
