use super::*;

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn the_examples_of_the_help_are_valid() {
    let texts = [
        help::START_EXAMPLES,
        help::WATCH_EXAMPLES,
        help::SUSPEND_EXAMPLES,
        help::LETTERS_EXAMPLES,
        help::VERIFY_EXAMPLES,
        help::HISTORY_EXAMPLES,
        help::ERASE_EXAMPLES,
    ];
    let lines: Vec<_> = texts.iter().flat_map(|text| text.lines()).map(str::trim).collect();
    let examples: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("kubectl delivery ")).collect();
    assert!(examples.len() >= 12, "{examples:?}");
    for example in examples {
        let words = ["kubectl-delivery"].into_iter().chain(example.split(' '));
        assert!(Arguments::try_parse_from(words).is_ok(), "{example}");
    }
}
