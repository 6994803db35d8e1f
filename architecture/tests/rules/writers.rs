//! The table of what is written to servers, in CONTRIBUTING.md: it has every file that writes to Kafka, MongoDB, Kubernetes, by HTTP or to a socket,
//! and the tests that hold the bound of each exist.

use crate::fuzzing::named;
use crate::sources::Sources;

/// Where the table is.
const SECTION: &str = "## Write to a server";
/// How servers are written to.
const WRITES: [&str; 16] = [
    "FutureRecord::to(",
    "BaseRecord::",
    ".run_command(",
    ".insert_one(",
    ".insert_many(",
    ".update_one(",
    ".update_many(",
    ".replace_one(",
    ".find_one_and_",
    "PostParams",
    "PatchParams",
    "Recorder::new(client",
    "delivery_http_client",
    "write_all(",
    "try_write(",
    "poll_write(",
];
/// Crates that are no services: a user's own program, and what only tests or measures.
const APART: [&str; 9] =
    ["architecture", "bench", "chaos", "charts", "crds", "e2e", "examples/sales/rust", "fuzz", "kubectl-delivery"];

/// The table: the files and the tests.
pub(crate) fn table(page: &str) -> Vec<String> {
    named(page, SECTION)
}

/// The files of a service that write to a server and are not in the table.
pub(crate) fn unlisted(sources: &Sources, table: &[String]) -> Vec<String> {
    if APART.contains(&sources.name.as_str()) {
        return Vec::new();
    }
    let writes = |text: &str| {
        // What is said in a comment writes nothing.
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        code.into_iter().any(|line| WRITES.iter().any(|call| line.contains(call)))
    };
    let found = sources.product().filter(|(path, text)| !path.contains("testing") && writes(text));
    let paths = found.map(|(path, _)| sources.path(path)).filter(|path| !table.contains(path));
    paths
        .map(|path| format!("{path} writes to a server; say in CONTRIBUTING.md, Write to a server, what bounds it and which test shows it"))
        .collect()
}

/// What the table names and does not exist: a file, or a test in one of the crates.
pub(crate) fn gone(table: &[String], crates: &[Sources], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let is_test = |name: &str| {
        let head = format!("fn {name}(");
        crates.iter().flat_map(|sources| sources.files.values()).any(|text| text.contains(&head))
    };
    let gone = table.iter().filter(|name| if name.contains('/') { !exists(name) } else { !is_test(name) });
    gone.map(|name| format!("CONTRIBUTING.md, Write to a server, names {name}, which does not exist")).collect()
}

#[cfg(test)]
const PAGE: &str = "## Write to a server\n\n| File | Bound | Test |\n| --- | --- | --- |\n\
    | `fixture/src/a.rs` | 1 KiB | `a_long_text_is_cut` |\n\n## Terms\n\n| `b` | other |\n";

#[test]
fn a_writer_that_the_table_lacks_and_a_test_that_is_gone_are_found() {
    let table = table(PAGE);
    assert_eq!(table, ["fixture/src/a.rs", "a_long_text_is_cut"]);
    let writes = "async fn write() { collection.insert_one(document).await }";
    let mut sources = Sources::of([
        ("src/a.rs", writes),
        ("src/b.rs", writes),
        ("src/c.rs", "/// Not by .insert_one(document).\nfn read() {}"),
        ("src/tests/b.rs", writes),
    ]);
    let found = unlisted(&sources, &table);
    assert!(found.len() == 1 && found[0].starts_with("fixture/src/b.rs writes to a server"), "{found:?}");
    let said = |name: &str| format!("CONTRIBUTING.md, Write to a server, names {name}, which does not exist");
    assert_eq!(gone(&table, std::slice::from_ref(&sources), |_| true), [said("a_long_text_is_cut")]);
    sources.files.insert("src/tests/a.rs".to_owned(), "#[test]\nfn a_long_text_is_cut() {}\n".to_owned());
    assert_eq!(gone(&table, &[sources], |_| false), [said("fixture/src/a.rs")]);
}
