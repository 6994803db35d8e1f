//! Rules about where things are: the heads of files, the places of tests, the style of modules.

use std::collections::BTreeSet;

use syn::{Attribute, Expr, Item, Lit, Meta};

use crate::modules::is_for_tests;
use crate::sources::Sources;

/// The product's files that do not begin by saying what they do.
pub(crate) fn without_a_head(sources: &Sources) -> Vec<String> {
    let files = sources.product().filter(|(_, text)| !text.starts_with("//! "));
    files.map(|(file, _)| format!("{} does not open with //!", sources.path(file))).collect()
}

/// Unit tests that are not in the folder `tests/` beside the file that they are of.
pub(crate) fn misplaced_tests(sources: &Sources) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in sources.product() {
        let path = sources.path(file);
        if file.ends_with("_tests.rs") {
            found.push(format!("{path} holds tests: move it into a folder tests/"));
        }
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        for item in &parsed.items {
            if let Item::Fn(function) = item
                && function
                    .attrs
                    .iter()
                    .any(|attribute| attribute.path().segments.iter().any(|part| part.ident == "test"))
            {
                found.push(format!("{path} has the test {}: move it into a folder tests/", function.sig.ident));
            }
            let Item::Mod(module) = item else { continue };
            if !is_for_tests(&module.attrs) {
                continue;
            }
            let (name, place) = (module.ident.to_string(), place(file));
            if module.content.is_some() {
                found.push(format!("{path} has tests in it (mod {name}): move them into {place} beside it"));
            } else if name == "tests" && !declared(&module.attrs, &place) && !is_tests_of_the_crate(sources, file) {
                found.push(format!("{path} declares mod tests, but not with #[path = \"{place}\"]"));
            }
        }
    }
    found
}

/// Where the tests of a file are: `tests/x.rs` for `x.rs`.
fn place(file: &str) -> String {
    match file.rsplit('/').next() {
        Some("mod.rs") | None => "tests/mod_tests.rs".to_owned(),
        Some(name) => format!("tests/{name}"),
    }
}

/// A root may declare the tests of the crate as a whole, with modules of their own, in `src/tests/mod.rs`.
fn is_tests_of_the_crate(sources: &Sources, file: &str) -> bool {
    matches!(file, "src/lib.rs" | "src/main.rs") && sources.files.contains_key("src/tests/mod.rs")
}

fn declared(attributes: &[Attribute], place: &str) -> bool {
    attributes.iter().any(|attribute| {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("path")
            && let Expr::Lit(literal) = &pair.value
            && let Lit::Str(text) = &literal.lit
        {
            text.value() == place
        } else {
            false
        }
    })
}

/// Modules with a file `x.rs` beside their folder `x/`, instead of `x/mod.rs`.
pub(crate) fn files_beside_their_folder(sources: &Sources) -> Vec<String> {
    let folders: BTreeSet<&str> =
        sources.files.keys().filter_map(|file| file.rsplit_once('/')).map(|(folder, _)| folder).collect();
    let beside = sources.files.keys().filter(|file| {
        let folder = file.trim_end_matches(".rs");
        folders.iter().any(|other| *other == folder || other.starts_with(&format!("{folder}/")))
    });
    beside
        .map(|file| {
            format!("{0} is beside {1}/: move it to {1}/mod.rs", sources.path(file), file.trim_end_matches(".rs"))
        })
        .collect()
}

/// Files that compile in the folder of their crate: checkouts share what is built, and each must read its own files.
pub(crate) fn folders_compiled_in(sources: &Sources) -> Vec<String> {
    let text = concat!("env!(\"CARGO_MANIFEST", "_DIR\")");
    let found = sources.files.iter().filter(|(_, content)| content.contains(text));
    found.map(|(file, _)| format!("{} has {text}: tests run in their crate's folder", sources.path(file))).collect()
}

#[test]
fn a_folder_that_is_compiled_in_is_found() {
    let wrong = concat!("const FOLDER: &str = env!(\"CARGO_MANIFEST", "_DIR\");");
    let sources = Sources::of([("src/a.rs", wrong), ("src/b.rs", "include_str!(\"../b.json\")")]);
    let found = folders_compiled_in(&sources);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("fixture/src/a.rs has "), "{found:#?}");
}

#[test]
fn a_file_without_a_head_is_found_but_no_test() {
    let sources = Sources::of([
        ("src/lib.rs", "//! The map.\n"),
        ("src/log/mod.rs", "// What is read.\n"),
        ("src/log/tests/plans.rs", "use super::*;\n"),
        ("tests/model.rs", "use std::fs;\n"),
    ]);
    assert_eq!(without_a_head(&sources), ["fixture/src/log/mod.rs does not open with //!"]);
}

#[test]
fn tests_among_the_product_are_found() {
    let sources = Sources::of([
        ("src/a.rs", "#[cfg(test)]\nmod tests { }"),
        ("src/b.rs", "#[cfg(test)]\nmod tests;"),
        ("src/c.rs", "#[cfg(test)]\n#[path = \"tests/b.rs\"]\nmod tests;"),
        ("src/d_tests.rs", "use super::*;"),
        ("src/e.rs", "#[test]\nfn f() {}"),
        ("src/good.rs", "#[cfg(test)]\n#[path = \"tests/good.rs\"]\nmod tests;"),
        ("src/good/mod.rs", "#[cfg(test)]\n#[path = \"tests/mod_tests.rs\"]\nmod tests;\n#[cfg(test)]\nmod testing;"),
        ("src/tests/good.rs", "#[test]\nfn f() {}"),
    ]);
    let found = misplaced_tests(&sources);
    assert_eq!(found.len(), 5, "{found:#?}");
    for (message, letter) in found.iter().zip(["a", "b", "c", "d_tests", "e"]) {
        assert!(message.starts_with(&format!("fixture/src/{letter}.rs ")), "{message}");
    }
}

#[test]
fn a_file_beside_its_folder_is_found() {
    let sources = Sources::of([
        ("src/history.rs", ""),
        ("src/history/mongodb/reader.rs", ""),
        ("src/log/mod.rs", ""),
        ("src/tests/log.rs", ""),
    ]);
    assert_eq!(
        files_beside_their_folder(&sources),
        ["fixture/src/history.rs is beside src/history/: move it to src/history/mod.rs"]
    );
}
