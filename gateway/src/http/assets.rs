//! The page's files, read once at start-up and served from memory.
//!
//! A path is only looked up among the loaded names, so none can leave the directory. [`super::asset`] makes the responses.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use warp::http::HeaderMap;
use warp::http::header::ACCEPT;
use warp::reply::Response;

use super::asset::Asset;

/// The maximum total size, bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Why the page's files cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AssetsError {
    /// A file cannot be read.
    #[error("Cannot read the page's file {}: {source}. Check web.directory.", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        source: std::io::Error,
    },
    /// Together they are too large.
    #[error("The files in {} exceed {MAX_BYTES} bytes in total. Check that web.directory is the built page.", .0.display())]
    TooLarge(PathBuf),
}

/// The page's files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assets(HashMap<String, Asset>);

impl Assets {
    /// Reads all files of a directory. Without the directory the API is served without a page.
    ///
    /// # Errors
    /// When a file cannot be read, or they are too large in total.
    pub(crate) fn load(directory: &Path) -> Result<Self, AssetsError> {
        let mut assets = HashMap::new();
        let mut bytes = 0;
        let mut directories = Vec::from_iter(directory.is_dir().then(|| directory.to_owned()));
        while let Some(next) = directories.pop() {
            for entry in fs::read_dir(&next).map_err(unreadable(&next))? {
                let path = entry.map_err(unreadable(&next))?.path();
                if path.is_dir() {
                    directories.push(path);
                    continue;
                }
                let content = fs::read(&path).map_err(unreadable(&path))?;
                bytes += u64::try_from(content.len()).unwrap_or(u64::MAX);
                if bytes > MAX_BYTES {
                    return Err(AssetsError::TooLarge(directory.to_owned()));
                }
                let name = path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().into_owned();
                assets.insert(format!("/{name}"), Asset::new(&name, content));
            }
        }
        Ok(Self(assets))
    }

    /// The number of files.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The file at a path; `/` and any navigation to another path get the page itself.
    #[must_use]
    pub(crate) fn answer(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let page = || self.0.get("/index.html").filter(|_| is_navigation(path, request));
        Some(self.0.get(path).or_else(page)?.answer(request))
    }
}

/// Whether a browser navigates to the path, rather than loads a file.
fn is_navigation(path: &str, request: &HeaderMap) -> bool {
    let accepts = request.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    path == "/" || (!is_file && accepts.contains("text/html"))
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> AssetsError + use<> {
    let path = path.to_owned();
    move |source| AssetsError::Unreadable { path: path.clone(), source }
}

#[cfg(test)]
#[path = "tests/assets.rs"]
mod tests;
