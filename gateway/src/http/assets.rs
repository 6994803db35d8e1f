//! The page's files, read once at the start and served from memory.
//!
//! A path is looked up among the names that there are, so none leads out of the directory. How a file is told is for
//! [`super::asset`].

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use warp::http::HeaderMap;
use warp::http::header::ACCEPT;
use warp::reply::Response;

use super::asset::Asset;

/// The most bytes that the files may have together.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Why the page's files cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// A file cannot be read.
    #[error("The page's file {} cannot be read: {source}. Check web.directory.", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is too much of them.
    #[error("The files of {} are larger than {MAX_BYTES} bytes together. Does web.directory name the built page?", .0.display())]
    TooLarge(PathBuf),
}

/// The page's files.
#[derive(Clone, Debug, Default)]
pub struct Assets(HashMap<String, Asset>);

impl Assets {
    /// Reads all files of a directory. One that is not there holds none: the API is served without a page.
    ///
    /// # Errors
    /// When a file cannot be read, or there is too much of them.
    pub fn load(directory: &Path) -> Result<Self, AssetsError> {
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

    /// How many files there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The file at a path; the page itself at `/` and at any path that a person types.
    #[must_use]
    pub fn answer(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let page = || self.0.get("/index.html").filter(|_| is_typed(path, request));
        Some(self.0.get(path).or_else(page)?.answer(request))
    }
}

/// Whether a path is the page's own, or one that a browser opens as a page: not the name of a file.
fn is_typed(path: &str, request: &HeaderMap) -> bool {
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
