//! The rules that all crates obey, read from their source text: nothing is built or started.
//!
//! The order of a crate's folders is the order of the `mod` lines in its `lib.rs` (`main.rs` where there is no library). What a rule
//! finds, it names with the files. [`sources`] reads the text, [`modules`] and [`imports`] what it means; [`folders`], [`places`] and
//! [`groups`] are the rules, each with fixtures that break it.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod sources;
mod modules;
mod imports;
mod folders;
mod places;
mod groups;

use sources::Sources;

/// The crates that a rule is held for. A list only grows, until it holds all of the workspace.
type Crates = &'static [&'static str];

const IN_ORDER: Crates = &[
    "charts",
    "connector-operator",
    "controller",
    "crds",
    "e2e",
    "gateway",
    "http-client",
    "kafka",
    "kafka/librdkafka",
    "kubectl-delivery",
    "messages",
    "motion",
    "observability",
    "operator",
    "simulator",
    "verify",
];
const WITHOUT_CIRCLES: Crates = &[
    "bench",
    "chaos",
    "charts",
    "connector-operator",
    "controller",
    "crds",
    "e2e",
    "gateway",
    "http-client",
    "kafka",
    "kafka/librdkafka",
    "kubectl-delivery",
    "messages",
    "motion",
    "observability",
    "operator",
    "simulator",
    "verify",
];
const WITH_HEADS: Crates = &[
    "bench",
    "charts",
    "connector-operator",
    "controller",
    "crds",
    "e2e",
    "gateway",
    "http-client",
    "kafka",
    "kafka/librdkafka",
    "kubectl-delivery",
    "messages",
    "motion",
    "observability",
    "operator",
    "simulator",
    "verify",
];
const WITH_TESTS_ASIDE: Crates = &[
    "charts",
    "connector-operator",
    "controller",
    "crds",
    "e2e",
    "gateway",
    "http-client",
    "kafka",
    "kafka/librdkafka",
    "kubectl-delivery",
    "messages",
    "motion",
    "observability",
    "operator",
    "simulator",
    "verify",
];
const IN_ONE_MODULE_STYLE: Crates = &[
    "architecture",
    "chaos",
    "charts",
    "connector-operator",
    "controller",
    "crds",
    "e2e",
    "gateway",
    "http-client",
    "kafka",
    "kafka/librdkafka",
    "kubectl-delivery",
    "messages",
    "motion",
    "observability",
    "operator",
    "simulator",
    "verify",
];
const WITH_GROUPED_IMPORTS: Crates = &[
    "architecture",
    "connector-operator",
    "controller",
    "crds",
    "gateway",
    "http-client",
    "kafka",
    "kafka/librdkafka",
    "kubectl-delivery",
    "messages",
    "motion",
    "observability",
    "operator",
    "simulator",
    "verify",
];

#[test]
fn a_folder_imports_only_folders_that_are_declared_before_it() {
    hold(IN_ORDER, folders::against_the_order);
}

#[test]
fn no_files_import_one_another_in_a_circle() {
    hold(WITHOUT_CIRCLES, folders::circles);
}

#[test]
fn every_file_says_at_its_top_what_it_does() {
    hold(WITH_HEADS, places::without_a_head);
}

#[test]
fn unit_tests_are_in_the_folder_tests_beside_the_file_that_they_test() {
    hold(WITH_TESTS_ASIDE, places::misplaced_tests);
}

#[test]
fn a_module_with_a_folder_is_that_folders_mod_file() {
    hold(IN_ONE_MODULE_STYLE, places::files_beside_their_folder);
}

#[test]
fn imports_come_in_three_groups() {
    hold(WITH_GROUPED_IMPORTS, groups::mixed_imports);
}

#[test]
fn the_lists_name_crates_of_the_workspace() {
    let crates = sources::crates();
    for list in [IN_ORDER, WITHOUT_CIRCLES, WITH_HEADS, WITH_TESTS_ASIDE, IN_ONE_MODULE_STYLE, WITH_GROUPED_IMPORTS] {
        for name in list {
            assert!(crates.iter().any(|other| other == name), "{name} is no crate of the workspace");
        }
    }
}

#[track_caller]
fn hold(crates: Crates, rule: fn(&Sources) -> Vec<String>) {
    let found: Vec<String> = crates.iter().flat_map(|name| rule(&Sources::read(name))).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}
