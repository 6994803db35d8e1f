use super::*;
use crate::base::table::{Side, Table};

#[test]
fn phases_and_verdicts_have_a_colour_and_what_is_only_called_like_one_has_none() {
    let mut table = Table::new(vec![("NAME", Side::Left), ("GAPS", Side::Right), ("PHASE", Side::Left)]);
    table.row(vec!["Failed".into(), "0".into(), "Running".into()]);
    table.row(vec!["são-paulo".into(), "12345".into(), "Failed".into()]);
    table.row(vec!["c".into(), "1".into(), "Elsewhere".into()]);
    let plain = table.text();
    let coloured = coloured_table(&plain);
    assert_eq!(
        coloured,
        "NAME         GAPS   PHASE\n\
         Failed          0   \x1b[32mRunning\x1b[0m\n\
         são-paulo   12345   \x1b[31mFailed\x1b[0m\n\
         c               1   Elsewhere\n"
    );
    assert_eq!(coloured_table("no table\nRunning\n"), "no table\nRunning\n");
    assert_eq!(coloured_table(""), "");
}

#[test]
fn marks_have_a_colour_and_the_rest_of_a_list_is_as_it_was() {
    let text = "Kafka\n  ✓ It answers.\n  ✗ A topic is missing.\n      Create it.\n  - Skipped.\n\n1 thing is wrong.\n";
    let coloured = coloured_list(text);
    assert!(coloured.contains("\x1b[32m  ✓ \x1b[0mIt answers.\n"), "{coloured:?}");
    assert!(
        coloured.contains("\x1b[31m  ✗ \x1b[0mA topic is missing.\n      Create it.\n  - Skipped.\n"),
        "{coloured:?}"
    );
    let without = coloured.replace(GREEN, "").replace(RED, "").replace(RESET, "");
    assert_eq!(without, text);
}

#[test]
fn there_are_colours_in_a_terminal_unless_somebody_wants_none() {
    let of = |is_terminal, no_color: Option<&str>, term: &str| {
        wanted(is_terminal, no_color.map(OsStr::new), Some(OsStr::new(term)))
    };
    assert!(of(true, None, "xterm-256color"));
    assert!(of(true, Some(""), "xterm-256color"), "an empty variable does not count");
    assert!(!of(true, Some("1"), "xterm-256color"));
    assert!(!of(true, None, "dumb"));
    assert!(!of(false, None, "xterm-256color"), "a file or a pipe");
}
