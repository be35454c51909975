//! The app's window, read and driven over WebDriver.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::session::{Group, Session};
use crate::{APP, within};

/// Waits in the page, by its own changes, until it reads a text; that is asked for, since any page can be styled.
const UNTIL_READS: &str = "
    const [wanted, reads, done] = arguments;
    const check = () => {
        const text = document.body ? document.body.innerText : '';
        if (text.includes(wanted) !== reads) return false;
        observer.disconnect();
        done(text);
        return true;
    };
    const observer = new MutationObserver(check);
    if (!check()) observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
";

const INVOKE: &str = "
    const [command, args, done] = arguments;
    window.__TAURI_INTERNALS__.invoke(command, args)
        .then((value) => done({ ok: value === undefined ? null : value }), (error) => done({ error }));
";

/// An app that was started through its window, and that ends with this value.
pub(crate) struct Window {
    client: Client,
    _driver: Group,
}

impl Window {
    /// Starts the app with `args` and waits for its window.
    pub(crate) async fn open(session: &Session, args: &[&str]) -> Self {
        let port = free_port();
        let mut driver = session.command("WebKitWebDriver");
        driver
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        let driver = Group::start(&mut driver);
        within("WebKitWebDriver", async {
            // The driver tells nobody when it listens.
            while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await;
        let wanted = json!({ "webkitgtk:browserOptions": { "binary": APP, "args": args } });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted.as_object().unwrap().clone());
        let client =
            within("the window", builder.connect(&format!("http://127.0.0.1:{port}"))).await.unwrap();
        Self { client, _driver: driver }
    }

    /// Waits until the page reads `text`, and gives all that it reads.
    pub(crate) async fn reads(&self, text: &str) -> String {
        self.text_where(text, true).await
    }

    /// Waits until the page does not read `text`, and gives all that it reads.
    pub(crate) async fn reads_no_more(&self, text: &str) -> String {
        self.text_where(text, false).await
    }

    async fn text_where(&self, text: &str, reads: bool) -> String {
        let asked = self.client.execute_async(UNTIL_READS, vec![json!(text), json!(reads)]);
        let waited = tokio::time::timeout(crate::PATIENCE, asked).await;
        match waited {
            Ok(Ok(Value::String(all))) => all,
            other => {
                let now = self.client.execute("return document.body.innerText", vec![]).await;
                panic!(
                    "waited in vain for the window to read {text:?} ({reads}): {other:?}; it reads {now:?}"
                )
            }
        }
    }

    /// Asks the app for something, as the page does.
    pub(crate) async fn invoke(&self, command: &str, args: Value) -> Result<Value, String> {
        let asked = self.client.execute_async(INVOKE, vec![json!(command), args]);
        let answer = within(command, asked).await.unwrap();
        match answer.get("error") {
            Some(error) => Err(error.as_str().unwrap_or("").to_owned()),
            None => Ok(answer["ok"].clone()),
        }
    }

    /// What the page gives for a piece of JavaScript.
    pub(crate) async fn evaluate(&self, script: &str) -> Value {
        within("the page", self.client.execute(script, vec![])).await.unwrap()
    }

    /// Presses keys in the page.
    pub(crate) async fn type_into(&self, selector: &str, keys: &str) {
        let element = self.client.find(fantoccini::Locator::Css(selector)).await.unwrap();
        within("typing", element.send_keys(keys)).await.unwrap();
    }

    /// Clicks something in the page.
    pub(crate) async fn click(&self, selector: &str) {
        let element = self.client.find(fantoccini::Locator::Css(selector)).await.unwrap();
        within("the click", element.click()).await.unwrap();
    }

    /// Writes a picture of the page where a person can look at it.
    pub(crate) async fn picture(&self, name: &str) {
        // What the page reads by now is in no picture before the next frame.
        let frames =
            "const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        within("a frame", self.client.execute_async(frames, vec![])).await.unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let png = within("a picture", self.client.screenshot()).await.unwrap();
        std::fs::write(folder.join(name), png).unwrap();
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
