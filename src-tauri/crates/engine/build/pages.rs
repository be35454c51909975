//! Takes the built web terminal into the program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What is served where the page was not built.
const UNBUILT: &str = "<!doctype html><meta charset=utf-8><title>Porthole</title>\
<p>The web terminal was not built into this program. Build it with <code>npm ci &amp;&amp; npm run build</code> \
in the folder ui, then build Porthole again; <code>cargo xtask run</code> does both.";

/// Used with the unbuilt page only.
const STRICT: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn write(ui: &Path, out: &Path) -> io::Result<()> {
    let built = ui.join("dist/terminal");
    let policy = ui.join("csp.txt");
    println!("cargo::rerun-if-changed={}", policy.display());
    // A folder that is missing would count as changed at every build.
    fs::create_dir_all(&built)?;
    println!("cargo::rerun-if-changed={}", built.display());
    let mut files = Vec::new();
    collect(&built, &mut files)?;
    files.sort();
    let mut code = String::from("const PAGES: &[Page] = &[\n");
    for file in &files {
        let path = file.strip_prefix(&built).map_err(io::Error::other)?;
        let path = path.to_string_lossy().replace('\\', "/");
        let kind = content_type(&path);
        let full = fs::canonicalize(file)?;
        let _ = writeln!(
            code,
            "Page {{ path: {:?}, content_type: {kind:?}, bytes: include_bytes!({full:?}) }},",
            format!("/{path}")
        );
    }
    if files.is_empty() {
        let _ = writeln!(
            code,
            "Page {{ path: \"/index.html\", content_type: \"text/html; charset=utf-8\", bytes: {UNBUILT:?}.as_bytes() }},"
        );
    }
    let policy = fs::read_to_string(policy).unwrap_or_else(|_| STRICT.to_owned());
    let policy = policy.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(code, "];\nconst POLICY: &str = {policy:?};");
    fs::write(out.join("pages.rs"), code)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" | "webmanifest" => "application/json",
        _ => "application/octet-stream",
    }
}

/// The folder of the user interface, seen from the engine's manifest.
pub(crate) fn ui_folder() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    Path::new(&manifest).join("../../../ui")
}
