//! Whether there is a display, and how Porthole serves where there is none.

use std::io::{self, Write as _};
use std::pin::pin;

use anyhow::Context as _;
use engine::Engine;

use crate::lifecycle::{EndSignals, Lifecycle};
use crate::options::Options;

/// Whether a window can be shown. Asks the window system itself, since `DISPLAY` may name one that refuses.
/// Must be called on the main thread.
pub fn has_display() -> bool {
    #[cfg(target_os = "linux")]
    return gtk::init().is_ok();
    #[cfg(not(target_os = "linux"))]
    true
}

/// Says to whoever started the app in a terminal where to go, or why it does not serve.
pub(crate) fn tell_where(lifecycle: &Lifecycle) {
    // From a menu there is nobody to tell, which is no error.
    let _ = match lifecycle.engine() {
        Ok(engine) => writeln!(
            io::stdout(),
            "Porthole is in the tray. Open {} in a browser and paste the token: \"Copy pairing token\" in the tray.",
            engine.page_url()
        ),
        Err(why) => writeln!(io::stderr(), "{why} \"Retry\" in the tray's window starts Porthole again."),
    };
}

/// Runs the engine alone until SIGTERM or Ctrl-C and says where to go.
///
/// # Errors
/// The engine could not start; one sentence for a person.
pub fn serve_without_display(options: Options) -> anyhow::Result<()> {
    let settings = options.into_settings()?;
    let runtime = tokio::runtime::Runtime::new().context("Porthole cannot start its threads")?;
    runtime.block_on(async {
        let signals = EndSignals::take_over().context("Porthole cannot wait for signals")?;
        let mut signalled = pin!(signals.received());
        let engine = tokio::select! {
            started = Engine::start(settings) => started?,
            () = &mut signalled => return Ok(()),
        };
        let told = tell(&engine);
        if told.is_ok() {
            tokio::select! {
                () = signalled => {}
                () = engine.stop_asked() => {}
            }
        }
        engine.stop().await;
        told.context("Nobody could be told where Porthole listens")
    })
}

fn tell(engine: &Engine) -> io::Result<()> {
    writeln!(
        io::stdout(),
        "There is no display here, so Porthole serves without its tray.\n\
         Open {} in a browser and paste the token that `porthole token` prints. Ctrl-C ends it.",
        engine.page_url()
    )
}
