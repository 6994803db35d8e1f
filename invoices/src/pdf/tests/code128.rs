use std::collections::BTreeSet;

use super::*;

/// Reads a barcode as a scanner does: from its bars alone.
fn scanned(bars: &[Bar], width: u16) -> String {
    let mut widths = Vec::new();
    for (place, (at, bar)) in bars.iter().enumerate() {
        let end = bars.get(place + 1).map_or(width, |next| next.0);
        widths.extend([*bar, end - at - bar]);
    }
    let value = |symbol: &[u16]| SYMBOLS.iter().position(|known| known.map(u16::from) == symbol).unwrap();
    let symbols = widths.chunks_exact(6).map(value).take(widths.len() / 6 - 1).collect::<Vec<_>>();
    let (start, rest) = symbols.split_first().unwrap();
    let (check, values) = rest.split_last().unwrap();
    assert_eq!(*start, START_C);
    let sum: usize = values.iter().enumerate().map(|(place, value)| value * (place + 1)).sum();
    assert_eq!(*check, (START_C + sum) % 103, "the check symbol");
    values.iter().map(|value| format!("{value:02}")).collect::<Vec<_>>().concat()
}

#[test]
fn the_table_is_a_code_in_which_no_two_symbols_are_alike() {
    assert_eq!(SYMBOLS.iter().collect::<BTreeSet<_>>().len(), 106);
    for symbol in SYMBOLS {
        let bars: u8 = symbol.iter().step_by(2).sum();
        assert_eq!((symbol.iter().sum::<u8>(), bars % 2), (11, 0), "{symbol:?}");
    }
}

#[test]
fn a_scanner_reads_the_key() {
    let key = "53261111222333000181550010000000421123456789";
    let (bars, width) = bars(key).unwrap();
    assert_eq!(width, 11 * (1 + 22 + 1) + 13);
    assert_eq!(bars.len(), 3 * 24 + 4);
    assert_eq!(scanned(&bars, width), key);
}

#[test]
fn an_odd_number_of_digits_or_other_characters_have_no_barcode() {
    assert_eq!(bars("123"), None);
    assert_eq!(bars("12a4"), None);
    assert_eq!(bars("é1"), None);
}
