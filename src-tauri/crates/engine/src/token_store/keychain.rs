//! The token in the OS keychain, which may be missing, locked, or never answer.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout_at;
use zeroize::Zeroizing;

use super::{Kept, Token, TokenError};

const SERVICE: &str = "Porthole";
const INSTEAD: &str = "or keep the token in a file with --token-store file";

/// One thread talks to the keychain at a time: one that hangs must not gather others behind it.
static TURN: Semaphore = Semaphore::const_new(1);

pub(super) async fn load(data_dir: &Path, limit: Duration) -> Result<Kept, TokenError> {
    let account = account(data_dir);
    ask(limit, move |answer| {
        let _ = answer.send(entry(&account).and_then(|entry| read(&entry)));
    })
    .await
}

pub(super) async fn save(data_dir: &Path, token: &Token, limit: Duration) -> Result<(), TokenError> {
    let account = account(data_dir);
    let token = token.clone();
    ask(limit, move |answer| match entry(&account) {
        Ok(entry) => write(&entry, &token, answer),
        Err(error) => drop(answer.send(Err(error))),
    })
    .await
}

fn write(entry: &Entry, token: &Token, answer: oneshot::Sender<Result<(), Error>>) {
    let former = entry.get_secret().map(Zeroizing::new);
    let written = entry.set_secret(token.reveal().as_bytes());
    // Nobody waits any more and the caller goes on with the former token: it must be what is kept.
    if let Err(Ok(())) = answer.send(written) {
        let _ = match former {
            Ok(former) => entry.set_secret(&former),
            Err(_) => entry.delete_credential(),
        };
    }
}

/// Runs `job` on a thread of its own, since no call of a keychain can be given up, and waits for `limit` at the most.
async fn ask<T: Send + 'static>(
    limit: Duration,
    job: impl FnOnce(oneshot::Sender<Result<T, Error>>) + Send + 'static,
) -> Result<T, TokenError> {
    let deadline = tokio::time::Instant::now() + limit;
    let turn = timeout_at(deadline, TURN.acquire()).await.map_err(|_| silent(limit))?;
    let (answer, answered) = oneshot::channel();
    thread::Builder::new()
        .name("keychain".into())
        .spawn(move || {
            job(answer);
            drop(turn);
        })
        .map_err(|error| TokenError(format!("No thread could be started to ask the keychain: {error}.")))?;
    match timeout_at(deadline, answered).await {
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(error))) => Err(sentence(&error)),
        Ok(Err(_)) => Err(TokenError(format!("Asking the keychain failed; try again, {INSTEAD}."))),
        Err(_) => Err(silent(limit)),
    }
}

/// Every data folder has a token of its own.
fn account(data_dir: &Path) -> String {
    data_dir.to_string_lossy().into_owned()
}

#[cfg(not(target_os = "macos"))]
fn store() -> Result<Arc<impl CredentialStoreApi>, Error> {
    zbus_secret_service_keyring_store::Store::new()
}

#[cfg(target_os = "macos")]
fn store() -> Result<Arc<impl CredentialStoreApi>, Error> {
    apple_native_keyring_store::keychain::Store::new()
}

#[cfg(not(target_os = "macos"))]
fn entry(account: &str) -> Result<Entry, Error> {
    let label = std::collections::HashMap::from([("label", "Porthole pairing token")]);
    store()?.build(SERVICE, account, Some(&label))
}

#[cfg(target_os = "macos")]
fn entry(account: &str) -> Result<Entry, Error> {
    store()?.build(SERVICE, account, None)
}

fn read(entry: &Entry) -> Result<Kept, Error> {
    match entry.get_secret().map(Zeroizing::new) {
        Ok(secret) => Ok(std::str::from_utf8(&secret).map_or(Kept::Damaged, Kept::read)),
        Err(Error::NoEntry) => Ok(Kept::Nothing),
        Err(error) => Err(error),
    }
}

fn silent(limit: Duration) -> TokenError {
    TokenError(format!(
        "The keychain did not answer within {} s; it may be locked and waiting for its password: unlock it and start again, {INSTEAD}.",
        limit.as_secs_f32()
    ))
}

/// The error's own text may quote what is kept, so only the platform's part of it is passed on.
fn sentence(error: &Error) -> TokenError {
    TokenError(match error {
        Error::NoStorageAccess(_) => {
            format!("The keychain is locked; unlock it and start again, {INSTEAD}.")
        }
        Error::Ambiguous(_) => format!(
            "The keychain holds more than one Porthole token for this data folder; remove them there, {INSTEAD}."
        ),
        Error::PlatformFailure(reason) => {
            format!("No keychain can be reached ({reason}); start one, {INSTEAD}.")
        }
        _ => format!("The keychain refused the token; look at it in the keychain's own program, {INSTEAD}."),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn a_keychain_that_hangs_is_asked_once_however_often_it_is_tried() {
        let (begun, beginnings) = mpsc::channel();
        let (go_on, hanging) = mpsc::channel::<()>();
        let first = begun.clone();
        let limit = Duration::from_millis(20);
        let hung = ask::<()>(limit, move |answer| {
            first.send(()).unwrap();
            let _ = hanging.recv();
            drop(answer);
        });
        assert!(hung.await.unwrap_err().to_string().contains("did not answer"));
        for _ in 0..3 {
            let begun = begun.clone();
            let again = ask::<()>(limit, move |_| begun.send(()).unwrap()).await;
            assert!(again.unwrap_err().to_string().contains("did not answer"));
        }
        assert_eq!(beginnings.try_iter().count(), 1);
        go_on.send(()).unwrap();
        let patience = Duration::from_secs(60);
        ask(patience, |answer| answer.send(Ok(())).unwrap()).await.unwrap();
    }

    #[test]
    fn a_token_that_is_written_too_late_is_taken_back() {
        let store = keyring_core::mock::Store::new().unwrap();
        let entry = store.build(SERVICE, "test", None).unwrap();
        let (former, late) = (Token::random().unwrap(), Token::random().unwrap());
        let gone = || oneshot::channel().0;
        write(&entry, &former, gone());
        assert!(matches!(entry.get_secret(), Err(Error::NoEntry)));

        let (answer, waiting) = oneshot::channel();
        write(&entry, &former, answer);
        waiting.blocking_recv().unwrap().unwrap();
        write(&entry, &late, gone());
        assert_eq!(entry.get_secret().unwrap(), former.reveal().as_bytes());
    }
}
