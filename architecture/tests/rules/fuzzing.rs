//! The table of the fuzz tests in CONTRIBUTING.md: it has every corpus and every file of a service that reads JSON, and each corpus has its test.

use std::fs;

use crate::sources::{Sources, crates, workspace};

/// Where the table is.
const SECTION: &str = "## Fuzz a parser";
/// How JSON is read.
const READS: &str = "serde_json::from_";
/// Crates that no stranger reaches: a user's own program, and what only tests or measures.
const APART: [&str; 9] =
    ["architecture", "bench", "chaos", "charts", "crds", "e2e", "examples/sales/rust", "fuzz", "kubectl-delivery"];

/// The table: what stands in backticks in its rows.
pub(crate) fn table(page: &str) -> Vec<String> {
    named(page, SECTION)
}

/// What stands in backticks in the rows of the tables below a heading.
pub(crate) fn named(page: &str, heading: &str) -> Vec<String> {
    let section = page.split_once(heading).map_or("", |(_, rest)| rest.split("\n## ").next().unwrap_or_default());
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The corpora of all crates, from the root.
pub(crate) fn corpora() -> Vec<String> {
    let mut found = Vec::new();
    for name in crates() {
        let folder = format!("{name}/corpus");
        let Ok(entries) = fs::read_dir(workspace().join(&folder)) else { continue };
        found.extend(entries.map(|entry| {
            let entry = entry.unwrap_or_else(|error| panic!("{folder}: {error}"));
            format!("{folder}/{}", entry.file_name().to_string_lossy())
        }));
    }
    found
}

/// What the table lacks, and what of it does not exist.
pub(crate) fn against_the_table(table: &[String], corpora: &[String], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let missing = corpora.iter().filter(|corpus| !table.contains(corpus));
    let missing = missing.map(|corpus| format!("CONTRIBUTING.md does not say what is fuzzed with {corpus}"));
    let gone = table.iter().filter(|path| !exists(path));
    missing.chain(gone.map(|path| format!("CONTRIBUTING.md says that {path} is fuzzed, but there is none"))).collect()
}

/// The corpora of a crate that no test of it runs.
pub(crate) fn unused(sources: &Sources, corpora: &[String]) -> Vec<String> {
    let own =
        corpora.iter().filter_map(|corpus| Some((corpus, corpus.strip_prefix(&format!("{}/corpus/", sources.name))?)));
    let unused = own.filter(|(_, name)| {
        let call = format!("Fuzz::new(\"{name}\")");
        !sources.files.values().any(|text| text.contains(&call))
    });
    unused.map(|(corpus, _)| format!("no test of {} runs {corpus}", sources.name)).collect()
}

/// The files of a service that read JSON and are not in the table.
pub(crate) fn unlisted(sources: &Sources, table: &[String]) -> Vec<String> {
    if APART.contains(&sources.name.as_str()) {
        return Vec::new();
    }
    let readers = sources.product().filter(|(path, text)| !path.contains("testing") && text.contains(READS));
    let paths = readers.map(|(path, _)| sources.path(path)).filter(|path| !table.contains(path));
    paths
        .map(|path| format!("{path} reads JSON; say in CONTRIBUTING.md, Fuzz a parser, with which corpus it is fuzzed"))
        .collect()
}

#[cfg(test)]
const PAGE: &str = "## Fuzz a parser\n\n| Read by | What | Corpus |\n| --- | --- | --- |\n\
    | `fixture/src/a.rs` | all | `fixture/corpus/a` |\n\n## Terms\n\n| `b` | other |\n";

#[test]
fn a_corpus_and_a_reader_that_the_table_lacks_are_found() {
    let table = table(PAGE);
    assert_eq!(table, ["fixture/src/a.rs", "fixture/corpus/a"]);
    let corpora = ["fixture/corpus/a", "fixture/corpus/b"].map(str::to_owned);
    let found = against_the_table(&table, &corpora, |path| path != "fixture/src/a.rs");
    assert_eq!(
        found,
        [
            "CONTRIBUTING.md does not say what is fuzzed with fixture/corpus/b",
            "CONTRIBUTING.md says that fixture/src/a.rs is fuzzed, but there is none",
        ]
    );
    let reads = "fn read() { serde_json::from_str(text) }";
    let sources = Sources::of([
        ("src/a.rs", reads),
        ("src/b.rs", reads),
        ("src/testing.rs", reads),
        ("src/tests/b.rs", "Fuzz::new(\"a\").run(read); serde_json::from_str(text)"),
    ]);
    let found = unlisted(&sources, &table);
    assert!(found.len() == 1 && found[0].starts_with("fixture/src/b.rs reads JSON"), "{found:?}");
    assert_eq!(unused(&sources, &corpora), ["no test of fixture runs fixture/corpus/b"]);
}
