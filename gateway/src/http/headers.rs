//! The security headers of every response: what a browser may load and do, and which other origins may read it.

use delivery_http_server::AllowedOrigins;
use warp::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL,
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use warp::reply::Response;

use crate::config::WebConfig;

/// The headers for one configuration.
#[derive(Clone, Debug)]
pub(crate) struct SecurityHeaders(Vec<(HeaderName, HeaderValue)>);

impl SecurityHeaders {
    /// The headers for a page whose base map loads from the style's origin and the configured map origins.
    ///
    /// # Errors
    /// When an origin cannot be part of a header.
    pub(crate) fn new(web: &WebConfig) -> Result<Self, warp::http::header::InvalidHeaderValue> {
        let fixed = [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            // Some map servers require the referring site; none needs the path.
            (REFERRER_POLICY, "strict-origin-when-cross-origin"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
        ];
        let mut headers: Vec<_> =
            fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
        headers.push((CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy(web))?));
        Ok(Self(headers))
    }

    /// Adds the headers to the response to a request.
    pub(crate) fn put(&self, origins: &AllowedOrigins, request: &HeaderMap, answer: &mut HeaderMap) {
        answer.extend(self.0.iter().cloned());
        answer.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        origins.share(request, answer);
    }
}

/// The Content-Security-Policy: scripts, the map's worker and styles are files of the page; the map loads from the origins that
/// the configuration names, and draws images from data URLs.
fn policy(web: &WebConfig) -> String {
    let style = web.map_style.as_deref().and_then(origin_of);
    let maps: String =
        style.into_iter().chain(web.map_origins.iter().cloned()).fold(String::new(), |mut all, origin| {
            if !all.contains(&origin) {
                all.push(' ');
                all.push_str(&origin);
            }
            all
        });
    format!(
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:{maps}; \
         connect-src 'self'{maps}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// `scheme://host[:port]` of a URL; `None` for a path on this gateway.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())?;
    Some(format!("{scheme}://{host}"))
}

/// The response to a CORS preflight request. [`SecurityHeaders`] adds the header that allows the origin.
#[must_use]
pub(crate) fn preflight() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

#[cfg(test)]
#[path = "tests/headers.rs"]
mod tests;
