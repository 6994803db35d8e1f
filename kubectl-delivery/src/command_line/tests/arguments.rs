use super::*;

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn help_is_a_command_too() {
    let shown = Arguments::try_parse_from(["kubectl-delivery", "help", "watch"]).unwrap_err();
    assert_eq!(shown.kind(), clap::error::ErrorKind::DisplayHelp);
    assert!(shown.to_string().contains("--until-finished"), "{shown}");
}

#[test]
fn where_there_is_json_there_is_yaml() {
    fn check(command: &clap::Command) {
        for argument in command.get_arguments().filter(|argument| argument.get_id() == "output") {
            let formats = argument.get_possible_values();
            let has = |name: &str| formats.iter().any(|format| format.get_name() == name);
            assert_eq!(has("json"), has("yaml"), "{}", command.get_name());
        }
        command.get_subcommands().for_each(check);
    }
    check(&Arguments::command());
}

#[test]
fn the_examples_of_the_help_are_valid() {
    let texts = [
        help::MAP_EXAMPLES,
        help::LIST_EXAMPLES,
        help::START_EXAMPLES,
        help::WATCH_EXAMPLES,
        help::SUSPEND_EXAMPLES,
        help::LETTERS_EXAMPLES,
        help::VERIFY_EXAMPLES,
        help::HISTORY_EXAMPLES,
        help::ERASE_EXAMPLES,
        help::GRAPH_EXAMPLES,
        help::CHECK_EXAMPLES,
        help::TOP_EXAMPLES,
        help::TRACE_EXAMPLES,
        help::PURCHASE_EXAMPLES,
    ];
    let lines: Vec<_> = texts.iter().flat_map(|text| text.lines()).map(str::trim).collect();
    let examples: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("kubectl delivery ")).collect();
    assert!(examples.len() >= 23, "{examples:?}");
    for example in examples {
        let words = ["kubectl-delivery"].into_iter().chain(example.split(' '));
        assert!(Arguments::try_parse_from(words).is_ok(), "{example}");
    }
}
