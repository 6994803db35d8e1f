//! The table of what is written to servers, in CONTRIBUTING.md: it has every file that writes to Kafka, MongoDB, Kubernetes, by HTTP or to a socket,
//! the tests that hold the bound of each exist, and one of them has a megabyte where a stranger may write a text.

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
/// How a test has a megabyte where a stranger may write a text.
const MEGABYTES: [&str; 2] = ["megabyte()", ".swollen()"];
/// What the table says where no stranger's text is written.
const NO_STRANGER: &str = "of no stranger";
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

/// What the table names and does not exist: a file, or a test among the texts.
pub(crate) fn gone(table: &[String], tests: &[String], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let gone = table.iter().filter(|name| if name.contains('/') { !exists(name) } else { body(tests, name).is_none() });
    gone.map(|name| format!("CONTRIBUTING.md, Write to a server, names {name}, which does not exist")).collect()
}

/// The rows of which no test has a megabyte, although a stranger's text may be written.
pub(crate) fn without_a_megabyte(page: &str, tests: &[String]) -> Vec<String> {
    let section = page.split_once(SECTION).map_or("", |(_, rest)| rest.split("\n## ").next().unwrap_or_default());
    let rows = section.lines().filter(|line| line.starts_with("| `")).filter(|row| !row.contains(NO_STRANGER));
    let is_fed = |name: &str| body(tests, name).is_some_and(|body| MEGABYTES.iter().any(|call| body.contains(call)));
    let unfed = rows.filter(|row| !row.split('`').skip(1).step_by(2).any(is_fed));
    let files = unfed.filter_map(|row| row.split(" | ").next()).map(|files| files.trim_start_matches("| "));
    files
        .map(|files| {
            format!(
                "no test that CONTRIBUTING.md, Write to a server, names for {files} has a megabyte, by delivery_fuzz::megabyte or \
                 Fuzz::swollen; where no stranger's text is written, say \"{NO_STRANGER}\""
            )
        })
        .collect()
}

/// The text of a test, in Rust or Java, with that name: up to the next brace that closes a function, or what it is in.
fn body<'a>(tests: &'a [String], name: &str) -> Option<&'a str> {
    let heads = [format!("fn {name}("), format!("void {name}(")];
    let found = tests.iter().find_map(|text| heads.iter().find_map(|head| text.split_once(head.as_str())));
    found.map(|(_, rest)| rest.split("\n}").next().unwrap_or_default())
}

#[cfg(test)]
const PAGE: &str = "## Write to a server\n\n| File | Bound | Test |\n| --- | --- | --- |\n\
    | `fixture/src/a.rs` | 1 KiB | `a_long_text_is_cut` |\n\n## Terms\n\n| `b` | other |\n";

#[test]
fn a_writer_that_the_table_lacks_and_a_test_that_is_gone_are_found() {
    let table = table(PAGE);
    assert_eq!(table, ["fixture/src/a.rs", "a_long_text_is_cut"]);
    let writes = "async fn write() { collection.insert_one(document).await }";
    let sources = Sources::of([
        ("src/a.rs", writes),
        ("src/b.rs", writes),
        ("src/c.rs", "/// Not by .insert_one(document).\nfn read() {}"),
        ("src/tests/b.rs", writes),
    ]);
    let found = unlisted(&sources, &table);
    assert!(found.len() == 1 && found[0].starts_with("fixture/src/b.rs writes to a server"), "{found:?}");
    let said = |name: &str| format!("CONTRIBUTING.md, Write to a server, names {name}, which does not exist");
    assert_eq!(gone(&table, &[], |_| true), [said("a_long_text_is_cut")]);
    let tests = ["#[test]\nfn a_long_text_is_cut() {}\n".to_owned()];
    assert_eq!(gone(&table, &tests, |_| false), [said("fixture/src/a.rs")]);
}

#[test]
fn a_writer_of_which_no_test_has_a_megabyte_is_found_unless_no_stranger_reaches_it() {
    let test = |head: &str, text: &str| {
        [format!("{head} a_long_text_is_cut() {{\n    cut({text});\n}}\n\nfn megabyte() {{}}\n")]
    };
    let found = without_a_megabyte(PAGE, &test("fn", "long"));
    assert!(found.len() == 1 && found[0].contains("names for `fixture/src/a.rs` has a megabyte"), "{found:?}");
    for head in ["fn", "void"] {
        assert_eq!(without_a_megabyte(PAGE, &test(head, "megabyte()")), [""; 0]);
    }
    assert_eq!(without_a_megabyte(&PAGE.replace("1 KiB", "a number, of no stranger"), &test("fn", "long")), [""; 0]);
}
