//! The proxy between here and the API server, chosen as kubectl chooses it. Pure.
//!
//! That of the kubeconfig is always used, one of the environment only for addresses that `NO_PROXY` does not exclude.

use std::net::IpAddr;

use http::Uri;
use http::uri::InvalidUri;
use hyper_util::client::proxy::matcher::Matcher;

/// The proxy for an API server. `configured` is the kubeconfig's `proxy-url`; `variable` reads the environment.
pub(crate) fn choose(
    configured: Option<&str>,
    server: &Uri,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Uri>, InvalidUri> {
    if let Some(proxy) = configured.filter(|proxy| !proxy.is_empty()) {
        return with_scheme(proxy).parse().map(Some);
    }
    let set = |names: [&str; 2]| names.into_iter().filter_map(&variable).find(|value| !value.is_empty());
    let proxy = set(if server.scheme_str() == Some("http") {
        ["HTTP_PROXY", "http_proxy"]
    } else {
        ["HTTPS_PROXY", "https_proxy"]
    });
    let Some(proxy) = proxy else { return Ok(None) };
    let excluded = set(["NO_PROXY", "no_proxy"]).unwrap_or_default();
    // The matcher does not apply * to addresses in digits.
    if is_local(server) || excluded.split(',').any(|part| part.trim() == "*") {
        return Ok(None);
    }
    let proxy = with_scheme(&proxy);
    let matcher = Matcher::builder().all(proxy.clone()).no(excluded).build();
    matcher.intercept(server).map(|_| proxy.parse()).transpose()
}

/// A proxy without a scheme is one for HTTP.
fn with_scheme(proxy: &str) -> String {
    if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") }
}

/// Whether a server is on this machine; proxies of the environment are not for those.
fn is_local(server: &Uri) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
#[path = "tests/proxy.rs"]
mod tests;
