//! Pages: the built web terminal, taken into the program, with the headers that keep it safe.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{HeaderMap, Response};

/// A file of the built page: its path under `/`, its type, its bytes.
struct Page {
    path: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

// PAGES, the files of ui/dist/terminal, and POLICY, the text of ui/csp.txt; made by build/pages.rs.
include!(concat!(env!("OUT_DIR"), "/pages.rs"));

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The page at a path; `/` is the web terminal.
pub(super) fn page(path: &str) -> Option<Response<Full<Bytes>>> {
    let name = if path == "/" { "/index.html" } else { path };
    let page = PAGES.iter().find(|page| page.path == name)?;
    let mut answer = Response::new(Full::new(Bytes::from_static(page.bytes)));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(page.content_type));
    // Names under /assets carry a hash of their content.
    let cache = if name.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    protect(headers);
    Some(answer)
}

/// Adds the headers that every answer has.
pub(super) fn protect(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
}
