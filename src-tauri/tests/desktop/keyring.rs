//! The session's keyring, read the way any other program reads it: over the Secret Service.

use std::collections::HashMap;
use std::path::Path;

use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy};

use crate::within;

const SERVICE: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";

type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// The pairing token of the engine with that data folder.
pub(crate) async fn token(bus: &Connection, data_dir: &Path) -> String {
    let service = Proxy::new(bus, SERVICE, PATH, "org.freedesktop.Secret.Service").await.unwrap();
    let account = data_dir.canonicalize().unwrap().display().to_string();
    let attributes = HashMap::from([("service", "Porthole"), ("username", account.as_str())]);
    let (unlocked, _): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
        within("the keyring's search", service.call("SearchItems", &(attributes,))).await.unwrap();
    assert_eq!(unlocked.len(), 1, "one token for {account}");
    let (_, session): (OwnedValue, OwnedObjectPath) =
        within("the keyring's session", service.call("OpenSession", &("plain", Value::from(""))))
            .await
            .unwrap();
    let secrets: HashMap<OwnedObjectPath, Secret> =
        within("the secret", service.call("GetSecrets", &(&unlocked, session))).await.unwrap();
    String::from_utf8(secrets[&unlocked[0]].2.clone()).unwrap()
}
