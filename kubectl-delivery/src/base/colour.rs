//! Colours for a terminal: the words in a table, and the marks in a list, that say how something is. They are added to finished lines, so
//! that those are aligned by what is seen.

use std::ffi::OsStr;
use std::io::IsTerminal as _;

const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const RED: &str = "\x1b[31m";
const RESET: &str = "\x1b[0m";

/// The columns whose words have a colour. Their cells are single words, at the left.
const COLUMNS: [&str; 3] = ["PHASE", "VERDICT", "SINK"];

/// A table in colours, if standard output shows them.
pub(crate) fn table(text: String) -> String {
    if is_wanted() { coloured_table(&text) } else { text }
}

/// The same for a table's lines without their line breaks.
pub(crate) fn lines(lines: Vec<String>) -> Vec<String> {
    if is_wanted() { coloured_table(&lines.join("\n")).split('\n').map(str::to_owned).collect() } else { lines }
}

/// A list in which each line begins with a mark, in colours, if standard output shows them.
pub(crate) fn list(text: String) -> String {
    if is_wanted() { coloured_list(&text) } else { text }
}

/// Whether standard output is a terminal, and nobody wants no colours (<https://no-color.org>).
fn is_wanted() -> bool {
    let (no_color, term) = (std::env::var_os("NO_COLOR"), std::env::var_os("TERM"));
    wanted(std::io::stdout().is_terminal(), no_color.as_deref(), term.as_deref())
}

fn wanted(is_terminal: bool, no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    let is_refused = no_color.is_some_and(|value| !value.is_empty());
    is_terminal && !is_refused && term != Some(OsStr::new("dumb"))
}

fn coloured_table(text: &str) -> String {
    let mut lines = text.split_inclusive('\n');
    let headings = lines.next().unwrap_or_default();
    let columns = columns(headings);
    let mut table = headings.to_owned();
    for line in lines {
        colour_words(&mut table, line, &columns);
    }
    table
}

/// Where the columns with colours begin, in characters.
fn columns(headings: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in headings.split_inclusive(' ') {
        if COLUMNS.contains(&word.trim_end()) {
            found.push(at);
        }
        at += word.chars().count();
    }
    found
}

fn colour_words(table: &mut String, line: &str, columns: &[usize]) {
    let mut at = 0;
    for part in line.split_inclusive(' ') {
        let word = part.trim_end();
        match tone(word).filter(|_| columns.contains(&at)) {
            Some(tone) => {
                table.extend([tone, word, RESET, part.strip_prefix(word).unwrap_or_default()]);
            }
            None => table.push_str(part),
        }
        at += part.chars().count();
    }
}

/// The colour of a phase or a verdict.
fn tone(word: &str) -> Option<&'static str> {
    match word {
        "Running" | "Finished" | "running" | "complete" | "same" => Some(GREEN),
        "Pending" | "Suspended" | "suspended" | "cancelled" | "truncated" | "unverifiable" | "behind" => Some(YELLOW),
        "Failed" | "failed" | "broken" => Some(RED),
        _ => None,
    }
}

fn coloured_list(text: &str) -> String {
    let mut list = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let marked = [("  ✓ ", GREEN), ("  ! ", YELLOW), ("  ✗ ", RED)]
            .into_iter()
            .find_map(|(mark, tone)| line.strip_prefix(mark).map(|rest| (mark, tone, rest)));
        match marked {
            Some((mark, tone, rest)) => list.extend([tone, mark, RESET, rest]),
            None => list.push_str(line),
        }
    }
    list
}

#[cfg(test)]
#[path = "tests/colour.rs"]
mod tests;
