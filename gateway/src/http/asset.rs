//! One file of the page: its bytes, compressed once, with its content type, `ETag` and caching headers.
//!
//! A file under `assets/` has a hash in its name and is cached forever; any other is revalidated each time by its content's hash,
//! since file times in an image mean nothing.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use warp::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use warp::reply::Response;

/// The minimum size for compression, bytes.
const COMPRESS_FROM: usize = 1024;
const CACHE_FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// A file of the page.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    content: Bytes,
    gzipped: Option<Bytes>,
    kind: HeaderValue,
    tag: HeaderValue,
    cache: HeaderValue,
}

impl Asset {
    /// A file by its name below the directory, such as `assets/map-4f3a.js`.
    #[must_use]
    pub(crate) fn new(name: &str, content: Vec<u8>) -> Self {
        let kind = mime_guess::from_path(name).first_or_octet_stream();
        let kind =
            if kind.type_() == mime_guess::mime::TEXT { format!("{kind}; charset=utf-8") } else { kind.to_string() };
        let hash =
            Sha256::digest(&content).iter().take(8).fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
        Self {
            kind: HeaderValue::try_from(kind).unwrap_or(HeaderValue::from_static("application/octet-stream")),
            // Weak, since the plain and the compressed form share it.
            tag: HeaderValue::try_from(format!("W/\"{hash}\"")).unwrap_or(HeaderValue::from_static("W/\"\"")),
            cache: if name.starts_with("assets/") { CACHE_FOREVER } else { REVALIDATE },
            gzipped: gzip(&content),
            content: content.into(),
        }
    }

    /// The response to a request with these headers.
    #[must_use]
    pub(crate) fn answer(&self, request: &HeaderMap) -> Response {
        let known = list(request, &IF_NONE_MATCH).any(|tag| tag == self.tag);
        let gzipped = self.gzipped.as_ref().filter(|_| accepts_gzip(request));
        let mut response =
            if known { Response::default() } else { Response::new(gzipped.unwrap_or(&self.content).clone().into()) };
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.kind.clone());
        headers.insert(ETAG, self.tag.clone());
        headers.insert(CACHE_CONTROL, self.cache.clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if gzipped.is_some() && !known {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

/// The compressed form, where that saves something.
fn gzip(content: &[u8]) -> Option<Bytes> {
    if content.len() < COMPRESS_FROM {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(content.len() / 2), Compression::default());
    encoder.write_all(content).ok()?;
    let gzipped = encoder.finish().ok()?;
    (gzipped.len() < content.len() / 10 * 9).then(|| gzipped.into())
}

fn accepts_gzip(request: &HeaderMap) -> bool {
    list(request, &ACCEPT_ENCODING).any(|encoding| {
        let mut parts = encoding.split(';').map(str::trim);
        parts.next() == Some("gzip") && parts.all(|weight| !matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// The comma-separated parts of a header's value.
fn list<'a>(request: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    request.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().split(',').map(str::trim)
}

#[cfg(test)]
#[path = "tests/asset.rs"]
mod tests;
