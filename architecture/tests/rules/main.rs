//! The rules that all crates obey, read from their source text: nothing is built or started.
//!
//! The order of a crate's folders is the order of the `mod` lines in its `lib.rs` (`main.rs` where there is no library). A rule names
//! the files of what it finds. [`sources`] reads the text, [`modules`] and [`imports`] what it means; [`folders`], [`places`],
//! [`groups`], [`map`], [`translation`], [`pages`], [`health`], [`fuzzing`], [`writers`] and
//! [`loops`] are the rules, each with fixtures that break it; [`metrics`] holds the list of metrics
//! in `docs/` to what is registered, and to the rules that show the sink's [`beans`].
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod sources;
mod modules;
mod imports;
mod folders;
mod places;
mod groups;
mod beans;
mod metrics;
mod map;
mod translation;
mod pages;
mod health;
mod fuzzing;
mod writers;
mod loops;

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
fn no_file_compiles_in_the_folder_of_its_crate() {
    hold(places::folders_compiled_in);
}

#[test]
fn imports_come_in_three_groups() {
    hold(groups::mixed_imports);
}

#[test]
fn the_map_in_contributing_lists_every_crate_and_the_folders_in_their_order() {
    let map = sources::page("CONTRIBUTING.md");
    hold(|sources| map::against_the_table(&map, sources).into_iter().collect());
    let crates = sources::crates();
    let mut found = map::missing_crates(&map, &crates);
    found.extend(map::stale(&map, &crates, sources::exists));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_portuguese_readme_has_the_headings_commands_tables_and_links_of_the_english_one() {
    let found = translation::differences(&sources::page("README.md"), &sources::page("README.pt-BR.md"));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_index_lists_every_page_of_the_docs_and_links_lead_to_files() {
    let docs = sources::pages_in("docs");
    let mut found = pages::unlisted(&sources::page("docs/README.md"), &docs);
    let others = ["README.md", "README.pt-BR.md", "CONTRIBUTING.md", "kubectl-delivery/README.md"].map(str::to_owned);
    for page in docs.iter().chain(&others) {
        found.extend(pages::dead_links(page, &sources::page(page), sources::is_there));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_versions_that_are_said_to_be_tested_are_those_that_the_builds_pin() {
    let table = sources::page("docs/compatibility.md");
    let found: Vec<String> = pages::PINS
        .iter()
        .filter_map(|(component, file, before)| pages::untrue(&table, component, &sources::page(file), before))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_health_check_for_argo_cd_names_only_what_exists() {
    let definitions = ["crds/deliveries.yaml", "crds/deliveryroutes.yaml"].map(sources::page).concat();
    let found = health::unknown_names(
        &sources::page("docs/argo-cd/health.lua"),
        health::Sources {
            conditions: &sources::page("crds/src/status.rs"),
            reasons: &sources::page("docs/status.md"),
            definitions: &definitions,
        },
    );
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_parser_of_what_strangers_send_is_fuzzed() {
    let (table, corpora) = (fuzzing::table(&sources::page("CONTRIBUTING.md")), fuzzing::corpora());
    let found = fuzzing::against_the_table(&table, &corpora, sources::is_there);
    assert!(found.is_empty(), "{}", found.join("\n"));
    hold(|sources| [fuzzing::unused(sources, &corpora), fuzzing::unlisted(sources, &table)].concat());
}

#[test]
fn whatever_is_written_to_a_server_is_bounded() {
    let page = sources::page("CONTRIBUTING.md");
    let table = writers::table(&page);
    let crates: Vec<Sources> = sources::crates().iter().map(|name| Sources::read(name)).collect();
    let rust = crates.iter().flat_map(|sources| sources.files.values().cloned());
    let tests: Vec<String> = rust.chain(sources::sink_tests()).collect();
    let mut found = writers::gone(&table, &tests, sources::is_there);
    found.extend(writers::without_a_megabyte(&page, &tests));
    found.extend(crates.iter().flat_map(|sources| writers::unlisted(sources, &table)));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_loop_that_comes_round_at_intervals_is_watched() {
    hold(loops::unwatched);
}

/// Checks a rule for every crate of the workspace.
#[track_caller]
fn hold(rule: impl Fn(&Sources) -> Vec<String>) {
    let found: Vec<String> = sources::crates().iter().flat_map(|name| rule(&Sources::read(name))).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}
