//! Build script: checks that the window's page was built, then lets Tauri prepare the app.

use std::path::Path;

/// Every command that the window may be allowed; `capabilities/main.json` grants them by name.
const COMMANDS: &[&str] = &[
    "state",
    "reveal_token",
    "copy_token",
    "rotate_token",
    "open_terminal",
    "kill_command",
    "kill_everything",
    "disconnect_client",
    "recent_activity",
    "retry",
];

const PAGE: &str = "../ui/dist/tray";

fn main() {
    println!("cargo:rerun-if-changed={PAGE}");
    println!("cargo:rerun-if-changed=../icons");
    if !Path::new(PAGE).join("index.html").is_file() {
        eprintln!(
            "The tray window's page is missing: ui/dist/tray/index.html. Build it with \
             `npm ci && npm run build` in ui/, or use `cargo xtask run`, which does it for you."
        );
        std::process::exit(1);
    }
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        eprintln!("Tauri could not prepare the app: {error:#}");
        std::process::exit(1);
    }
}
