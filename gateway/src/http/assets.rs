//! The page's files, read once at the start and served from memory.
//!
//! A path is looked up among the names that there are, so none leads out of the directory. Files under `assets/` carry a hash
//! in their name and are kept by browsers for good; the others are asked for anew each time, by their content's hash, since
//! the times of files in an image tell nothing.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use warp::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use warp::http::{HeaderMap, HeaderValue, StatusCode};
use warp::reply::Response;

/// The most bytes that the files may have together.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_ANEW: HeaderValue = HeaderValue::from_static("no-cache");

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

#[derive(Clone, Debug)]
struct Asset {
    content: Bytes,
    kind: HeaderValue,
    tag: HeaderValue,
    cache: HeaderValue,
}

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

impl Asset {
    fn new(name: &str, content: Vec<u8>) -> Self {
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let kind =
            if kind.type_() == mime_guess::mime::TEXT { format!("{kind}; charset=utf-8") } else { kind.to_string() };
        let hash =
            Sha256::digest(&content).iter().take(8).fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
        Self {
            kind: HeaderValue::try_from(kind).unwrap_or(HeaderValue::from_static("application/octet-stream")),
            tag: HeaderValue::try_from(format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\"")),
            cache: if name.starts_with("assets/") { FOR_GOOD } else { ASK_ANEW },
            content: content.into(),
        }
    }

    fn answer(&self, request: &HeaderMap) -> Response {
        let known = request
            .get(IF_NONE_MATCH)
            .and_then(|tags| tags.to_str().ok())
            .is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.tag));
        let mut response = if known { Response::default() } else { Response::new(self.content.clone().into()) };
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.kind.clone());
        headers.insert(ETAG, self.tag.clone());
        headers.insert(CACHE_CONTROL, self.cache.clone());
        response
    }
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> AssetsError + use<> {
    let path = path.to_owned();
    move |source| AssetsError::Unreadable { path: path.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets() -> Assets {
        let directory = std::env::temp_dir().join(format!("assets-{}-{}", std::process::id(), uuid::Uuid::new_v4()));
        fs::create_dir_all(directory.join("assets")).unwrap();
        fs::write(directory.join("index.html"), "<html>").unwrap();
        fs::write(directory.join("assets/map-4f3a.js"), "run()").unwrap();
        let assets = Assets::load(&directory).unwrap();
        fs::remove_dir_all(directory).unwrap();
        assets
    }

    fn headers(name: warp::http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::try_from(value).unwrap())])
    }

    #[test]
    fn a_hashed_file_is_kept_for_good_and_the_page_is_asked_for_anew() {
        let assets = assets();
        assert_eq!(assets.count(), 2);
        let script = assets.answer("/assets/map-4f3a.js", &HeaderMap::new()).unwrap();
        assert_eq!(script.headers()[CACHE_CONTROL], FOR_GOOD);
        assert_eq!(script.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
        let page = assets.answer("/", &HeaderMap::new()).unwrap();
        assert_eq!(page.headers()[CACHE_CONTROL], ASK_ANEW);
        let tag = page.headers()[ETAG].to_str().unwrap();
        assert_eq!(assets.answer("/", &headers(IF_NONE_MATCH, tag)).unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(assets.answer("/", &headers(IF_NONE_MATCH, "\"old\"")).unwrap().status(), StatusCode::OK);
    }

    #[test]
    fn a_path_that_a_person_types_is_the_page_and_a_missing_file_is_not() {
        let assets = assets();
        let browser = headers(ACCEPT, "text/html,*/*;q=0.8");
        assert_eq!(assets.answer("/d/primeiro", &browser).unwrap().headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(assets.answer("/d/primeiro", &HeaderMap::new()).is_none());
        assert!(assets.answer("/assets/old-1111.js", &browser).is_none());
    }

    #[test]
    fn no_path_leads_out_of_the_directory() {
        let assets = assets();
        for path in ["/../etc/passwd", "/assets/../../etc/passwd", "//etc/passwd", "/assets/..", ""] {
            assert!(assets.answer(path, &HeaderMap::new()).is_none(), "{path}");
        }
    }

    #[test]
    fn without_a_directory_there_is_no_page() {
        let assets = Assets::load(Path::new("/no/such/directory")).unwrap();
        assert_eq!(assets.count(), 0);
    }
}
