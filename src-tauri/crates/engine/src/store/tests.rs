//! The store as an engine finds it: after an end, a damage, a full disk, and of other versions.

mod promises;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::clock::MachineTime;
use crate::limits::StoreLimits;
use crate::protocol::{Format, Streams};
use crate::shell::StreamKind;

fn limits() -> Arc<Limits> {
    Arc::new(Limits {
        store: StoreLimits { patience: Duration::from_secs(20), ..StoreLimits::default() },
        ..Limits::default()
    })
}

fn clock() -> Clock {
    Clock::new(Arc::new(MachineTime::default()))
}

fn session(number: u64) -> SessionRecord {
    SessionRecord { number, token_hash: [u8::try_from(number).unwrap(); 32], created: 1 }
}

fn command(number: u64, server_id: u64, text: &str) -> CommandRecord {
    CommandRecord {
        session: session(number),
        server_id,
        client_id: Some(u64::MAX - server_id),
        text: text.to_owned(),
        cwd: "/".to_owned(),
        began: 1000,
        format: Format::Text,
        streams: Streams::Exact,
        client: "test".to_owned(),
        origin: None,
    }
}

fn end(cwd: &str) -> CommandEnd {
    CommandEnd {
        ended: 2000,
        exit_code: Some(3),
        cwd: cwd.to_owned(),
        pipe_status: vec![0, 3],
        ..CommandEnd::default()
    }
}

fn wanted() -> commands::Wanted {
    Arc::new(true.into())
}

fn printed(bytes: &[u8]) -> KeptOutput {
    KeptOutput { total: bytes.len() as u64 + 7, pieces: vec![(StreamKind::Stderr, bytes.to_vec())] }
}

#[tokio::test]
async fn what_was_kept_is_there_after_the_file_was_opened_again() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    store.take_over([9; 32], 0, 10).await.unwrap();
    store.command_began(command(4, 1, "one"), wanted()).await.unwrap();
    store.command_ended(command(4, 1, "one"), end("/usr"), printed(b"out"), 1 << 20, wanted()).await.unwrap();
    store.command_began(command(4, 2, "two"), wanted()).await.unwrap();
    store.close().await;

    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    let found = store.take_over([9; 32], 0, 10).await.unwrap();
    assert_eq!(found.last_number, 4);
    let [kept] = &found.sessions[..] else { panic!("{found:?}") };
    assert_eq!((kept.record.token_hash, kept.last_server_id), ([4; 32], 2));
    let commands = store.commands_of(4, 10).await.unwrap();
    let [one, two] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!((one.text.as_str(), one.client_id, one.end.exit_code), ("one", Some(u64::MAX - 1), Some(3)));
    assert_eq!((one.end.cwd.as_str(), &one.end.pipe_status[..]), ("/usr", &[0, 3][..]));
    assert_eq!((one.format, one.streams, &one.output), (Format::Text, Streams::Exact, &printed(b"out")));
    assert!(!one.end.lost);
    assert!(two.end.lost && two.end.ended >= two.began);
}

#[tokio::test]
async fn another_pairing_token_and_a_long_absence_void_sessions() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    store.take_over([9; 32], 0, 10).await.unwrap();
    for number in 1..=3 {
        store.session_began(session(number)).await.unwrap();
    }
    store.session_used(2);
    assert_eq!(store.take_over([9; 32], 100, 10).await.unwrap().sessions.len(), 1);
    let found = store.take_over([8; 32], 0, 10).await.unwrap();
    assert_eq!((found.sessions.len(), found.last_number), (0, 3));
}

#[tokio::test]
async fn the_oldest_output_makes_room() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    for server_id in 1..=10 {
        let printed = printed(&[b'x'; 1000]);
        store.command_ended(command(1, server_id, "c"), end("/"), printed, 3500, wanted()).await.unwrap();
    }
    let commands = store.commands_of(1, 100).await.unwrap();
    let with: Vec<_> = commands.iter().filter(|c| c.output.size() > 0).map(|c| c.server_id).collect();
    assert_eq!((commands.len(), with), (10, vec![8, 9, 10]));
}

#[tokio::test]
async fn a_command_that_is_to_be_forgotten_does_not_come_back_with_its_end() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    let unwanted: commands::Wanted = Arc::new(false.into());
    store.command_ended(command(1, 1, "c"), end("/"), printed(b"x"), 9999, unwanted).await.unwrap();
    assert!(store.commands_of(1, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn every_file_of_the_store_is_its_owner_s_alone() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    store.session_began(session(1)).await.unwrap();
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for entry in names {
        assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600, "{entry:?}");
    }
}

#[test]
fn a_store_or_journal_that_others_can_read_or_that_is_a_link_is_refused() {
    for name in [FILE, journal::FILE] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join(name);
        let open = || Store::open(folder.path(), &limits(), clock());
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(open(), Err(StoreError::Untrusted { .. })), "{name}");
        fs::remove_file(&path).unwrap();
        symlink(folder.path().join("other"), &path).unwrap();
        assert!(matches!(open(), Err(StoreError::Untrusted { .. })), "{name}");
    }
}

#[tokio::test]
async fn a_store_of_a_newer_porthole_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    Store::open(folder.path(), &limits(), clock()).unwrap().close().await;
    let path = folder.path().join(FILE);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = Store::open(folder.path(), &limits(), clock()).err().unwrap().to_string();
    assert!(error.contains("99") && error.contains("newer") && error.contains("store.db"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_store_is_set_aside_and_a_new_one_begun() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(FILE);
    fs::write(&path, "this is no database, but somebody may want it back".repeat(100)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    let problem = store.health().borrow().clone().unwrap();
    assert!(problem.contains("damaged") && problem.contains("set aside"), "{problem}");
    store.session_began(session(1)).await.unwrap();
    let aside = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().contains("damaged");
    let aside = fs::read_dir(folder.path()).unwrap().flatten().find(aside).unwrap();
    assert!(fs::read_to_string(aside.path()).unwrap().contains("somebody may want it back"));
}

/// A small disk of its own, or the reason why there is none.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Result<Self, String> {
        let folder = TempDir::new().unwrap();
        let mut mount = Command::new("mount");
        let mounted =
            mount.args(["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs"]).arg(folder.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Ok(Self(folder)),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_told_once_and_writing_goes_on_when_there_is_room() {
    let disk = match SmallDisk::mount() {
        Ok(disk) => disk,
        Err(reason) => return eprintln!("skipped: no small disk can be mounted here: {reason}"),
    };
    let store = Store::open(disk.0.path(), &limits(), clock()).unwrap();
    store.session_began(session(1)).await.unwrap();
    let filler = disk.0.path().join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}
    let mut health = store.health();
    let mut failed = false;
    for server_id in 1..=20 {
        let printed = printed(&[b'x'; 60_000]);
        let kept =
            store.command_ended(command(1, server_id, "c"), end("/"), printed, 1 << 20, wanted()).await;
        failed |= matches!(kept, Err(StoreError::Full(_)));
    }
    assert!(failed);
    let problem = health.borrow_and_update().clone().unwrap();
    assert!(problem.contains("full"), "{problem}");
    drop(file);
    fs::remove_file(filler).unwrap();
    store.command_ended(command(1, 77, "c"), end("/"), printed(b"x"), 1 << 20, wanted()).await.unwrap();
    health.wait_for(Option::is_none).await.unwrap();
    assert!(store.commands_of(1, 100).await.unwrap().iter().any(|command| command.server_id == 77));
}

/// A store that an engine of the first version left when it was killed: two sessions, three commands that ran to their
/// end and one that was cut off.
const VERSION_1: &[u8] = include_bytes!("tests/version-1.db");

#[tokio::test]
async fn a_store_of_the_first_version_is_brought_up_to_date_with_all_that_it_has() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(FILE);
    fs::write(&path, VERSION_1).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    assert_eq!(store.health().borrow().clone(), None);
    let pairing = |row: &rusqlite::Row<'_>| row.get::<_, Hash>(0);
    let pairing =
        store.read(move |connection| connection.query_row("SELECT pairing FROM engine", [], pairing));
    let found = store.take_over(pairing.await.unwrap(), 0, 10).await.unwrap();
    assert_eq!((found.sessions.len(), found.last_number), (2, 2));
    let commands = store.commands_of(1, 10).await.unwrap();
    let [_, one] = &commands[..] else { panic!("{commands:?}") };
    let output = KeptOutput { total: 4, pieces: vec![(StreamKind::Stdout, b"one\n".to_vec())] };
    assert_eq!((one.text.as_str(), one.end.exit_code), ("echo one; (exit 3)", Some(3)));
    assert_eq!(one.output, output);
    let commands = store.commands_of(2, 10).await.unwrap();
    assert!(commands[1].text == "sleep 97" && commands[1].end.lost, "{commands:?}");
    store.import("/h".into(), vec![Foreign { text: "ls".into(), at: None, lasted: None }]).await.unwrap();
    store.close().await;
    let version: i64 =
        Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, schema::VERSION);
}

#[tokio::test]
async fn an_import_that_was_interrupted_begins_anew_and_none_is_taken_for_lost() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    let commands = |count: usize| {
        (0..count).map(|n| Foreign { text: format!("c{n}"), at: None, lasted: None }).collect::<Vec<_>>()
    };
    let count = |store: &Store| {
        let store = store.clone();
        async move {
            let sql = "SELECT count(*), count(ended) FROM commands";
            let counts = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
            store.read(move |connection| connection.query_row(sql, [], counts)).await.unwrap()
        }
    };
    store.import("/one".into(), commands(2500)).await.unwrap();
    store.import("/two".into(), commands(10)).await.unwrap();
    let interrupted = "UPDATE imports SET complete = 0 WHERE path = '/one'";
    store.write(|connection| connection.execute(interrupted, [])).await.unwrap();
    assert_eq!(store.imported_at("/one".into()).await.unwrap(), None);
    store.import("/one".into(), commands(2500)).await.unwrap();
    assert!(store.imported_at("/one".into()).await.unwrap().is_some());
    store.take_over([9; 32], 0, 10).await.unwrap();
    assert_eq!(count(&store).await, (2510, 0));
}

#[tokio::test]
async fn work_that_fails_alone_leaves_nothing_and_the_next_is_kept() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    let insert = |connection: &Connection, path: &str| {
        connection.execute("INSERT INTO imports (path, at) VALUES (?1, 1)", [path]).map(drop)
    };
    let failed = store.write(move |connection| {
        insert(connection, "a")?;
        insert(connection, "a")
    });
    failed.await.unwrap_err();
    store.write(move |connection| insert(connection, "b")).await.unwrap();
    let kept = store.read(|connection| {
        connection.query_row("SELECT group_concat(path) FROM imports", [], |row| row.get::<_, String>(0))
    });
    assert_eq!(kept.await.unwrap(), "b");
}

#[tokio::test]
async fn the_log_is_copied_into_the_file_while_nobody_waits() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    let size = || fs::metadata(folder.path().join(FILE)).unwrap().len();
    let before = size();
    for number in 1..=100 {
        store.command_began(command(1, number, &"x".repeat(4000)), wanted()).await.unwrap();
    }
    // Long before the log is as long as a commit copies by itself, and while the store is open.
    while size() < before + 64 * 4000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    store.close().await;
}
