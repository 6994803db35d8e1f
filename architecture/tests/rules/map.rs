//! The map in CONTRIBUTING.md: its tables list the folders of the larger crates in the order of their `mod` lines, and its list of
//! crates is complete.

use std::collections::BTreeMap;

use crate::modules::Modules;
use crate::sources::Sources;

/// A crate with at least this many folders has a table.
const LARGE: usize = 8;

/// What is wrong with the table of a crate, or with its absence.
pub(crate) fn against_the_table(map: &str, sources: &Sources) -> Option<String> {
    let folders = folders(sources);
    let Some(listed) = tables(map).remove(&sources.name) else {
        let missing = folders.len() >= LARGE;
        return missing.then(|| format!("CONTRIBUTING.md has no table of the folders of {}", sources.name));
    };
    (listed != folders).then(|| {
        let name = &sources.name;
        format!("CONTRIBUTING.md lists the folders of {name} as {listed:?}, but {name}/src declares {folders:?}")
    })
}

/// Tables of crates that do not exist, and folders in the list that do not.
pub(crate) fn stale(map: &str, crates: &[String], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let tables = tables(map).into_keys().filter(|name| !crates.contains(name));
    let tables = tables.map(|name| format!("CONTRIBUTING.md has a table of the folders of {name}, which is no crate"));
    let folders = listed(map).into_iter().filter(|name| !exists(name));
    tables.chain(folders.map(|name| format!("CONTRIBUTING.md lists {name}/, which does not exist"))).collect()
}

/// The folders in the list of crates, which is the first block of code.
fn listed(map: &str) -> Vec<&str> {
    let list = map.split("```").nth(1).unwrap_or_default();
    list.lines().filter_map(|line| line.split_once('/')).map(|(name, _)| name).collect()
}

/// The crates that the list leaves out.
pub(crate) fn missing_crates(map: &str, crates: &[String]) -> Vec<String> {
    let listed = listed(map);
    let missing = crates.iter().filter(|name| {
        // A crate inside another's folder, such as kafka/librdkafka, is described with it.
        let folder = name.split('/').next().unwrap_or_default();
        !listed.contains(&folder)
    });
    missing.map(|name| format!("CONTRIBUTING.md does not list {name}/")).collect()
}

/// The modules that have a folder, in the order of the `mod` lines.
fn folders(sources: &Sources) -> Vec<String> {
    let modules = Modules::of(sources);
    let (order, _) = modules.order();
    let has_folder = |name: &&String| sources.files.contains_key(&format!("src/{name}/mod.rs"));
    order.iter().filter(has_folder).cloned().collect()
}

/// The first columns of the tables below lines such as `**operator**`, by the crate's name.
fn tables(map: &str) -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::new();
    let mut rows: Option<&mut Vec<String>> = None;
    for line in map.lines() {
        if let Some(name) = line.strip_prefix("**").and_then(|rest| rest.strip_suffix("**")) {
            rows = Some(tables.entry(name.to_owned()).or_default());
        } else if line.starts_with('#') {
            rows = None;
        } else if let Some(rows) = rows.as_mut()
            && let Some(cell) = line.strip_prefix("| `").and_then(|rest| rest.split('|').next())
        {
            rows.extend(cell.split('`').step_by(2).map(str::to_owned).filter(|name| !name.trim().is_empty()));
        }
    }
    tables
}

#[cfg(test)]
const MAP: &str = "```\nlog/     Kafka\nsmall/   more\n```\n\n**log**\n\n| Folder | |\n| --- | --- |\n| `base` | all |\n\
    | `plans`, `states` | tables |\n\n## Terms\n\n| `not` | a folder |\n";

#[test]
fn a_table_in_the_order_of_the_folders_is_right_and_files_are_left_out() {
    let files = [("src/base/mod.rs", ""), ("src/plans/mod.rs", ""), ("src/states/mod.rs", ""), ("src/error.rs", "")];
    let mut sources = Sources::of(files);
    sources.name = "log".to_owned();
    sources.files.insert("src/lib.rs".to_owned(), "mod base;\nmod error;\nmod plans;\nmod states;\n".to_owned());
    assert_eq!(against_the_table(MAP, &sources), None);
    sources.files.insert("src/lib.rs".to_owned(), "mod base;\nmod states;\nmod plans;\n".to_owned());
    let wrong = against_the_table(MAP, &sources).expect("another order");
    assert!(
        wrong.contains(r#"["base", "plans", "states"], but log/src declares ["base", "states", "plans"]"#),
        "{wrong}"
    );
}

#[test]
fn a_large_crate_without_a_table_and_a_crate_without_a_line_are_found() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut sources = Sources::of([]);
    sources.files.extend(names.map(|name| (format!("src/{name}/mod.rs"), String::new())));
    let modules: String = names.map(|name| format!("mod {name};\n")).concat();
    sources.files.insert("src/lib.rs".to_owned(), modules);
    let wrong = against_the_table(MAP, &sources).expect("no table");
    assert_eq!(wrong, "CONTRIBUTING.md has no table of the folders of fixture");
    let crates = ["log".to_owned(), "log/client".to_owned(), "new".to_owned()];
    assert_eq!(missing_crates(MAP, &crates), ["CONTRIBUTING.md does not list new/"]);
}

#[test]
fn a_table_of_a_crate_and_a_folder_that_are_gone_are_found() {
    assert_eq!(stale(MAP, &["log".to_owned()], |_| true), Vec::<String>::new());
    let found = stale(MAP, &["small".to_owned()], |name| name == "log");
    assert_eq!(
        found,
        [
            "CONTRIBUTING.md has a table of the folders of log, which is no crate",
            "CONTRIBUTING.md lists small/, which does not exist"
        ]
    );
}
