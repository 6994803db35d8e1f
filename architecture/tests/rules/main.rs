//! The rules that all crates obey, read from their source text: nothing is built or started.
//!
//! The order of a crate's folders is the order of the `mod` lines in its `lib.rs` (`main.rs` where there is no library). A rule names
//! the files of what it finds. [`sources`] reads the text, [`modules`] and [`imports`] what it means; [`folders`], [`places`] and
//! [`groups`] are the rules, each with fixtures that break it.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod sources;
mod modules;
mod imports;
mod folders;
mod places;
mod groups;

use sources::Sources;

#[test]
fn a_folder_imports_only_folders_that_are_declared_before_it() {
    hold(folders::against_the_order);
}

#[test]
fn no_files_import_one_another_in_a_circle() {
    hold(folders::circles);
}

#[test]
fn every_file_says_at_its_top_what_it_does() {
    hold(places::without_a_head);
}

#[test]
fn unit_tests_are_in_the_folder_tests_beside_the_file_that_they_test() {
    hold(places::misplaced_tests);
}

#[test]
fn a_module_with_a_folder_is_that_folders_mod_file() {
    hold(places::files_beside_their_folder);
}

#[test]
fn imports_come_in_three_groups() {
    hold(groups::mixed_imports);
}

/// Checks a rule for every crate of the workspace.
#[track_caller]
fn hold(rule: fn(&Sources) -> Vec<String>) {
    let found: Vec<String> = sources::crates().iter().flat_map(|name| rule(&Sources::read(name))).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}
