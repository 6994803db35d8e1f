//! The rule of the order of imports: the standard library, then other crates, then ours, with an empty line between.
//!
//! It reads lines, because syn does not see empty ones; rustfmt puts each item at the beginning of a line.

use crate::sources::Sources;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Std,
    Crates,
    Own,
}

impl Group {
    fn of(line: &str) -> Self {
        let path = line.trim_start_matches("use ").trim_start_matches("::");
        let first = path.split(|character: char| !character.is_alphanumeric() && character != '_').next();
        match first {
            Some("std" | "core" | "alloc") => Self::Std,
            Some("crate" | "self" | "super") => Self::Own,
            _ => Self::Crates,
        }
    }
}

/// The places where a group of imports is mixed, split or out of order.
pub(crate) fn mixed_imports(sources: &Sources) -> Vec<String> {
    let files = sources.files.iter();
    files
        .filter_map(|(file, text)| {
            let line = first_mixed(text)?;
            Some(format!("{}:{line}: imports come in three groups: std, other crates, ours", sources.path(file)))
        })
        .collect()
}

/// The first line, counted from 1, that is not where it belongs.
fn first_mixed(text: &str) -> Option<usize> {
    let mut last: Option<Group> = None;
    let (mut after_empty, mut inside) = (false, false);
    for (number, line) in text.lines().enumerate() {
        if inside {
            inside = !line.ends_with(';');
        } else if line.starts_with("use ") {
            let group = Group::of(line);
            let fits = match last {
                None => true,
                Some(last) if after_empty => group > last,
                Some(last) => group == last,
            };
            if !fits {
                return Some(number + 1);
            }
            last = Some(group);
            after_empty = false;
            inside = !line.ends_with(';');
        } else if line.is_empty() {
            after_empty = true;
        } else {
            // Anything else ends the run.
            last = None;
            after_empty = false;
        }
    }
    None
}

#[test]
fn three_groups_with_an_empty_line_between_are_in_order() {
    let text = "//! Head.\n\nuse std::{\n    fs,\n    io,\n};\n\nuse syn::File;\nuse tokio::time;\n\nuse super::x;\nuse crate::y;\n\nfn f() {}\n";
    assert_eq!(first_mixed(text), None);
    assert_eq!(first_mixed("use crate::y;\n\npub use z::Z;\n\nuse std::fs;\n"), None);
}

#[test]
fn mixed_split_and_turned_groups_are_found() {
    assert_eq!(first_mixed("use crate::y;\nuse std::fs;\n"), Some(2));
    assert_eq!(first_mixed("use std::fs;\n\nuse std::io;\n"), Some(3));
    assert_eq!(first_mixed("use crate::{\n    y,\n};\n\nuse syn::File;\n"), Some(5));
    assert_eq!(first_mixed("use std::fs;\nuse syn::File;\n"), Some(2));
}
