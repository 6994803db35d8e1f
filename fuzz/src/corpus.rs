//! The kept inputs of a fuzz test: the files of a folder. Finding new ones is left to [`crate::run`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder in a crate that holds a folder for each of its fuzz tests.
const FOLDER: &str = "corpus";

/// The folder of a corpus; tests run in the folder of their crate.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

/// The inputs, by the names of their files.
pub(crate) fn read(folder: &Path) -> Vec<Vec<u8>> {
    let inputs =
        try_read(folder).unwrap_or_else(|error| panic!("Cannot read the corpus {}: {error}.", folder.display()));
    assert!(!inputs.is_empty(), "The corpus {} is empty; give it at least one valid input.", folder.display());
    inputs
}

fn try_read(folder: &Path) -> io::Result<Vec<Vec<u8>>> {
    let files: io::Result<Vec<PathBuf>> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
    let mut files = files?;
    files.sort();
    files.iter().map(fs::read).collect()
}

/// Keeps an input that a parser has failed on, and returns its file: in the corpus, so that every later run begins with it;
/// where that cannot be written, in the folder for temporary files.
pub(crate) fn keep(folder: &Path, input: &[u8]) -> PathBuf {
    let name = format!("found-{:016x}", hash(input));
    let kept = folder.join(&name);
    if fs::write(&kept, input).is_ok() {
        return kept;
    }
    let kept = std::env::temp_dir().join(name);
    let written = fs::write(&kept, input);
    assert!(written.is_ok(), "Cannot keep the input in {} or {}: {written:?}.", folder.display(), kept.display());
    kept
}

/// FNV-1a, which is the same in every build: the same input always has the same file.
fn hash(input: &[u8]) -> u64 {
    input.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
#[path = "tests/corpus.rs"]
mod tests;
