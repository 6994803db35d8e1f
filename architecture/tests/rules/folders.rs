//! Two rules of imports: a folder imports only folders that are declared before it, and files never import in a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::imports::{Imports, imports};
use crate::modules::Modules;
use crate::sources::Sources;

/// The imports that run against the order of the `mod` lines in the crate's `lib.rs`.
pub(crate) fn against_the_order(sources: &Sources) -> Vec<String> {
    let modules = Modules::of(sources);
    let (order, root) = modules.order();
    let places: BTreeMap<&str, usize> = order.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    // A file right in src/ is a folder of its own; the root, which declares the order, is not.
    let folders: BTreeMap<&str, &str> = modules
        .modules
        .iter()
        .filter_map(|(path, module)| Some((module.file.as_str(), path.first()?.as_str())))
        .filter(|(file, _)| *file != root)
        .collect();
    let mut found = Vec::new();
    for (from, targets) in &imports(&modules) {
        let Some(own) = folders.get(from.as_str()) else { continue };
        for (to, path) in targets {
            let Some(other) = folders.get(to.as_str()) else { continue };
            if places[other] > places[own] {
                let (from, to) = (sources.path(from), sources.path(to));
                found.push(format!(
                    "{from} imports {to} ({path}), but {} declares {other} after {own}",
                    sources.path(root)
                ));
            }
        }
    }
    found
}

/// One circle of each group of files that import one another.
pub(crate) fn circles(sources: &Sources) -> Vec<String> {
    let imports = imports(&Modules::of(sources));
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for start in imports.keys() {
        if seen.contains(start) {
            continue;
        }
        if let Some(circle) = circle(&imports, start) {
            let steps: Vec<String> = circle
                .iter()
                .zip(circle.iter().cycle().skip(1))
                .map(|(from, to)| {
                    format!("{} imports {} ({})", sources.path(from), sources.path(to), imports[*from][*to])
                })
                .collect();
            found.push(steps.join(", "));
            seen.extend(circle.into_iter().cloned());
        }
    }
    found
}

/// The shortest way from a file back to itself.
fn circle<'a>(imports: &'a Imports, start: &'a String) -> Option<Vec<&'a String>> {
    let mut before: BTreeMap<&String, &String> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in imports[file].keys() {
            if next == start {
                let mut way = vec![file];
                while let Some(previous) = way.last().and_then(|file| before.get(file)) {
                    way.push(previous);
                }
                way.reverse();
                return Some(way);
            }
            if !before.contains_key(next) {
                before.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

#[test]
fn a_folder_that_imports_a_later_one_is_found_however_the_path_is_written() {
    let lib = "//! The map.\npub mod base;\nmod log;\nmod cleanup;\n";
    let cleanup = "pub struct Sweep;\npub fn sweep() {}";
    for import in [
        "use crate::cleanup::Sweep;",
        "use crate::cleanup::{self, Sweep};",
        "use super::super::cleanup::Sweep;",
        "use crate::{base, cleanup::*};",
        "pub fn plans() { crate::cleanup::sweep() }",
        "use crate::cleanup;\npub fn plans() { cleanup::sweep() }",
        "pub struct Plans { sweep: Option<crate::cleanup::Sweep> }",
        "pub fn plans() { println!(\"{:?}\", crate::cleanup::sweep()) }",
        "pub fn plans() { tokio::select! { () = super::super::cleanup::sweep() => {} } }",
        "#[derive(Deserialize)]\npub struct Plans { #[serde(with = \"crate::cleanup::sweep\")] at: u8 }",
        "pub fn plans() { use crate::cleanup::sweep; sweep() }",
    ] {
        let sources = Sources::of([
            ("src/lib.rs", lib),
            ("src/base.rs", "pub struct Config;"),
            ("src/log/mod.rs", "mod plans;"),
            ("src/log/plans.rs", import),
            ("src/cleanup/mod.rs", "mod sweep;\npub(crate) use sweep::{Sweep, sweep};"),
            ("src/cleanup/sweep.rs", cleanup),
        ]);
        let found = against_the_order(&sources);
        assert!(!found.is_empty(), "{import}");
        for message in found {
            assert!(message.starts_with("fixture/src/log/plans.rs imports fixture/src/cleanup/"), "{message}");
            assert!(message.ends_with("but fixture/src/lib.rs declares cleanup after log"), "{message}");
        }
    }
}

#[test]
fn earlier_folders_the_own_one_other_crates_and_tests_are_no_fault() {
    let plans = "use super::states::States;\nuse crate::base::{self, Config};\nuse cleanup::External;\n\
        pub(in crate::log) struct Plans;\nfn plans(cleanup: u8) -> u8 { base::f(); cleanup }\n\
        #[cfg(test)]\nmod tests { use crate::cleanup::Sweep; }\n#[cfg(test)]\nuse crate::cleanup::sweep;\n";
    let sources = Sources::of([
        ("src/lib.rs", "mod base;\nmod log;\nmod cleanup;\npub use cleanup::Sweep;\n"),
        ("src/base.rs", "pub struct Config;\npub fn f() {}"),
        ("src/log/mod.rs", "mod plans;\nmod states;\npub(crate) use plans::Plans;"),
        ("src/log/plans.rs", plans),
        ("src/log/states.rs", "pub struct States;"),
        ("src/cleanup.rs", "use crate::log::Plans;\npub struct Sweep;"),
    ]);
    assert_eq!(against_the_order(&sources), Vec::<String>::new());
    assert_eq!(circles(&sources), Vec::<String>::new());
}

#[test]
fn a_name_that_the_root_or_an_earlier_folder_passes_on_counts_as_the_file_that_defines_it() {
    let sources = Sources::of([
        ("src/lib.rs", "mod base;\nmod cleanup;\npub use cleanup::Sweep;\n"),
        ("src/base/mod.rs", "pub use crate::cleanup::Sweep;\nmod config;"),
        ("src/base/config.rs", "use crate::Sweep;"),
        ("src/cleanup.rs", "pub struct Sweep;"),
    ]);
    let found = against_the_order(&sources);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("fixture/src/base/config.rs imports fixture/src/cleanup.rs"), "{found:?}");
    assert!(found[1].starts_with("fixture/src/base/mod.rs imports fixture/src/cleanup.rs"), "{found:?}");
}

#[test]
fn a_circle_is_found_with_all_its_files() {
    let sources = Sources::of([
        ("src/lib.rs", "mod ring;\nmod hub;\n"),
        ("src/ring/mod.rs", "//! The ring.\nmod board;\nmod news;\npub use board::Board;\n"),
        ("src/ring/board.rs", "use super::news::News;\npub struct Board;"),
        ("src/ring/news.rs", "use crate::ring::Board;\npub struct News;"),
        ("src/hub.rs", "use crate::ring::Board;"),
    ]);
    let found = circles(&sources);
    let board = "fixture/src/ring/board.rs imports fixture/src/ring/news.rs (super::news::News)";
    let news = "fixture/src/ring/news.rs imports fixture/src/ring/board.rs (crate::ring::Board)";
    assert_eq!(found, [format!("{board}, {news}")]);
}

#[test]
fn a_folder_head_that_uses_what_uses_it_is_a_circle() {
    let sources = Sources::of([
        ("src/lib.rs", "mod ring;\n"),
        ("src/ring/mod.rs", "mod board;\npub use board::Board;\npub const SIZE: usize = 4;\nfn f(_: Board) {}"),
        ("src/ring/board.rs", "pub struct Board([u8; super::SIZE]);"),
    ]);
    assert_eq!(circles(&sources).len(), 1);
}
