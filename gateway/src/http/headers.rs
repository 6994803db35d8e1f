//! The headers that are on every answer: what a browser may load and do, and which other pages may read it.

use crate::config::WebConfig;
use crate::origin::AllowedOrigins;
use warp::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use warp::reply::Response;

/// The headers of one configuration.
#[derive(Clone, Debug)]
pub struct SecurityHeaders(Vec<(HeaderName, HeaderValue)>);

impl SecurityHeaders {
    /// The headers for a page whose base map comes from the style's origin and the origins beside it.
    ///
    /// # Errors
    /// When an origin cannot be part of a header.
    pub fn new(web: &WebConfig) -> Result<Self, warp::http::header::InvalidHeaderValue> {
        let fixed = [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            // Some map servers want to know which site asks, none needs the path.
            (REFERRER_POLICY, "strict-origin-when-cross-origin"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
        ];
        let mut headers: Vec<_> =
            fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
        headers.push((CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy(web))?));
        Ok(Self(headers))
    }

    /// Puts the headers on an answer to a request.
    pub fn put(&self, origins: &AllowedOrigins, request: &HeaderMap, answer: &mut HeaderMap) {
        answer.extend(self.0.iter().cloned());
        answer.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        let origin = request.get(ORIGIN);
        if let Some(origin) = origin.filter(|origin| origin.to_str().is_ok_and(|origin| origins.lists(origin))) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
        answer.append(VARY, HeaderValue::from_static("origin"));
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

/// `scheme://host[:port]` of a URL; none for a path on this gateway.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())?;
    Some(format!("{scheme}://{host}"))
}

/// The answer to a browser that asks whether another page may post. The origin's own header is put by [`SecurityHeaders`].
#[must_use]
pub fn preflight() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(style: Option<&str>, origins: &[&str]) -> WebConfig {
        WebConfig {
            map_style: style.map(str::to_owned),
            map_origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
            ..WebConfig::default()
        }
    }

    #[test]
    fn the_page_may_load_the_map_from_where_it_is_said_to_be_and_from_nowhere_else() {
        let policy = policy(&web(Some("https://tiles.example:8443/styles/dark?v=2"), &["https://glyphs.example"]));
        assert!(policy.contains("connect-src 'self' https://tiles.example:8443 https://glyphs.example;"), "{policy}");
        assert!(policy.contains("worker-src 'self';") && !policy.contains("blob:"), "{policy}");
        assert!(policy.contains("script-src 'self';"), "no inline scripts: {policy}");
    }

    #[test]
    fn without_a_style_the_page_loads_nothing_from_elsewhere() {
        for style in [None, Some("/style.json")] {
            let policy = policy(&web(style, &[]));
            assert!(policy.contains("connect-src 'self';"), "{policy}");
            assert!(!policy.contains("://"), "{policy}");
        }
    }

    #[test]
    fn only_a_listed_page_may_read_an_answer() {
        let headers = SecurityHeaders::new(&web(None, &[])).unwrap();
        let origins = AllowedOrigins::new(vec!["https://app.example".to_owned()]).unwrap();
        for (origin, allowed) in [("https://app.example", true), ("https://evil.example", false)] {
            let request = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))]);
            let mut answer = HeaderMap::new();
            headers.put(&origins, &request, &mut answer);
            assert_eq!(answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), allowed, "{origin}");
            assert_eq!(answer[X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }
}
