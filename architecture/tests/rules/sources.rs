//! The text of a crate's files, from the disk or, for a rule's own tests, from a list. What the text means is left to the other modules.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of a crate that hold Rust.
const FOLDERS: [&str; 4] = ["benches", "examples", "src", "tests"];

/// A crate's files: their paths from the crate's folder, such as `src/lib.rs`, and their text.
pub(crate) struct Sources {
    /// The crate's folder, as messages name it.
    pub(crate) name: String,
    pub(crate) files: BTreeMap<String, String>,
}

impl Sources {
    /// Reads a crate of this workspace.
    pub(crate) fn read(name: &str) -> Self {
        let root = workspace().join(name);
        let mut files = BTreeMap::new();
        for folder in FOLDERS {
            collect(&root, folder, &mut files);
        }
        assert!(!files.is_empty(), "{name} has no source files: is it still a folder of the workspace?");
        Self { name: name.to_owned(), files }
    }

    /// A crate for a test of a rule.
    pub(crate) fn of<const N: usize>(files: [(&str, &str); N]) -> Self {
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        Self { name: "fixture".to_owned(), files }
    }

    /// The product's own files: those in `src/` that are in no folder `tests/`.
    pub(crate) fn product(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        files.filter(|(path, _)| path.starts_with("src/") && !path.contains("/tests/") && *path != "src/tests.rs")
    }

    /// How messages name a file.
    pub(crate) fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.name)
    }
}

/// All crates of the workspace, by their folders.
pub(crate) fn crates() -> Vec<String> {
    let manifest = workspace().join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
    let members = text.split_once("members = [").and_then(|(_, rest)| rest.split_once(']'));
    let (members, _) = members.expect("Cargo.toml lists its members");
    let members = quoted(members);
    // A dependency with a path inside the workspace is a member too, listed or not.
    let paths = text.lines().filter_map(|line| line.split_once("path = ")).flat_map(|(_, path)| quoted(path));
    let mut all: Vec<String> = members.into_iter().chain(paths).collect();
    all.sort();
    all.dedup();
    all
}

/// Whether the workspace has such a folder.
pub(crate) fn exists(folder: &str) -> bool {
    workspace().join(folder).is_dir()
}

/// The text of a page at the root, such as CONTRIBUTING.md.
pub(crate) fn page(name: &str) -> String {
    let path = workspace().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Whether the repository has such a file or folder.
pub(crate) fn is_there(path: &str) -> bool {
    workspace().join(path).exists()
}

/// The pages in a folder and in the folders inside it, from the root.
pub(crate) fn pages_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(workspace().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let paths = names.into_iter().map(|name| format!("{folder}/{name}"));
    let pages = paths.flat_map(|path| {
        if exists(&path) {
            pages_in(&path)
        } else if Path::new(&path).extension().is_some_and(|extension| extension == "md") {
            vec![path]
        } else {
            Vec::new()
        }
    });
    pages.collect()
}

/// The texts of the sink's tests, which are Java.
pub(crate) fn sink_tests() -> Vec<String> {
    let folder = workspace().join("connect/src/test/java/dev/codedelivery/connect");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
    files.map(|path| fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).collect()
}

fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    // As cargo says now, not when this was built: checkouts share what is built, and each must read its own sources.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder");
    Path::new(&manifest).join("..")
}

fn collect(root: &Path, folder: &str, files: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return };
    for entry in entries {
        let entry = entry.unwrap_or_else(|error| panic!("{}/{folder}: {error}", root.display()));
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(root, &path, files);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(entry.path()).unwrap_or_else(|error| panic!("{path}: {error}"));
            files.insert(path, text);
        }
    }
}

#[test]
fn all_crates_of_the_workspace_are_read() {
    let crates = crates();
    for name in ["architecture", "gateway", "kafka/librdkafka", "operator"] {
        assert!(crates.iter().any(|other| other == name), "{name} is missing in {crates:?}");
    }
}
