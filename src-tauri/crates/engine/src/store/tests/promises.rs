//! Promises: what was told to be kept is, though SQLite gets to it later or never.

use super::*;

/// A store whose SQLite gets to nothing before somebody waits for it.
fn resting() -> Arc<Limits> {
    let store = StoreLimits { rest: Duration::from_secs(3600), ..limits().store.clone() };
    Arc::new(Limits { store, ..Limits::default() })
}

/// The files of a store as the kill of its engine would leave them at this moment.
fn killed(folder: &TempDir) -> TempDir {
    let copy = TempDir::new().unwrap();
    for entry in fs::read_dir(folder.path()).unwrap().flatten() {
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

fn in_sqlite(folder: &TempDir) -> i64 {
    let connection = Connection::open(folder.path().join(FILE)).unwrap();
    connection.query_row("SELECT count(*) FROM commands", [], |row| row.get(0)).unwrap()
}

fn journal(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join(journal::FILE)).unwrap()
}

async fn run(store: &Store, server_id: u64, text: &str) {
    store.command_began(command(1, server_id, text), wanted()).await.unwrap();
    end_of(store, server_id, text).await;
}

async fn end_of(store: &Store, server_id: u64, text: &str) {
    store
        .command_ended(command(1, server_id, text), end("/usr"), printed(b"\0out\xff"), 1 << 20, wanted())
        .await
        .unwrap();
}

async fn texts(folder: &TempDir) -> Vec<String> {
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    let commands = store.commands_of(1, 100).await.unwrap();
    store.close().await;
    commands.into_iter().map(|command| command.text).collect()
}

#[tokio::test]
async fn what_sqlite_had_not_written_when_the_engine_was_killed_is_there_afterwards() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &resting(), clock()).unwrap();
    run(&store, 1, "one").await;
    store.command_delivered(1, 1);
    store.command_began(command(1, 2, "two\n{\"'"), wanted()).await.unwrap();
    store.command_began(command(1, 3, "three"), wanted()).await.unwrap();
    store.command_failed(1, 3);
    let left = killed(&folder);
    assert_eq!(in_sqlite(&left), 0);
    let store = Store::open(left.path(), &limits(), clock()).unwrap();
    store.take_over([9; 32], 0, 10).await.unwrap();
    let commands = store.commands_of(1, 100).await.unwrap();
    let [one, two] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!((one.text.as_str(), one.end.exit_code, one.delivered), ("one", Some(3), true));
    assert_eq!((&one.output, one.end.cwd.as_str()), (&printed(b"\0out\xff"), "/usr"));
    assert_eq!((two.text.as_str(), two.end.lost, two.delivered), ("two\n{\"'", true, false));
}

#[tokio::test]
async fn who_reads_finds_what_only_the_journal_has() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &resting(), clock()).unwrap();
    run(&store, 1, "one").await;
    assert!(journal(&folder).contains("one"));
    assert_eq!(store.commands_of(1, 100).await.unwrap().len(), 1);
    assert_eq!(journal(&folder), "");
}

#[tokio::test]
async fn sqlite_gets_to_the_journal_though_nobody_waits() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    run(&store, 1, "one").await;
    while !journal(&folder).is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(in_sqlite(&folder), 1);
}

#[tokio::test]
async fn what_was_forgotten_is_not_in_the_journal_and_does_not_come_back_from_it() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &resting(), clock()).unwrap();
    run(&store, 1, "kept").await;
    run(&store, 2, "secret").await;
    let before = fs::read(folder.path().join(journal::FILE)).unwrap();
    let forgotten = Forgotten::OfSession(1, vec![2]);
    assert_eq!(store.forget(forgotten).await.unwrap(), 1);
    run(&store, 3, "later").await;
    assert!(!journal(&folder).contains("secret") && journal(&folder).contains("later"));
    let left = killed(&folder);
    // A journal that a loss of power gave back what it had been rid of.
    let after = fs::read(left.path().join(journal::FILE)).unwrap();
    fs::write(left.path().join(journal::FILE), [before, after].concat()).unwrap();
    assert_eq!(texts(&left).await, ["kept", "later"]);
}

#[tokio::test]
async fn forgetting_empties_the_journal_while_others_go_on_writing_to_it() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    let forgetting = async {
        for server_id in 1..=100 {
            run(&store, server_id, "secret").await;
            store.forget(Forgotten::OfSession(1, vec![server_id])).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let going_on = async {
        for server_id in 1.. {
            store.command_began(command(2, server_id, "other"), wanted()).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = forgetting => {}
        () = going_on => unreachable!("it goes on"),
    }
    assert!(!journal(&folder).contains("secret"));
    assert!(texts(&killed(&folder)).await.is_empty());
}

#[tokio::test]
async fn a_line_that_was_cut_off_takes_none_of_the_others_with_it() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &resting(), clock()).unwrap();
    run(&store, 1, "one").await;
    let left = killed(&folder);
    let mut content = journal(&left);
    content.push_str("not a line\n3 {\"Began\":{\"command\":{\"text\":\"cut off");
    fs::write(left.path().join(journal::FILE), content).unwrap();
    // What was there stays in the journal, and what comes now is written after it.
    let other = Connection::open(left.path().join(FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = Store::open(left.path(), &resting(), clock()).unwrap();
    end_of(&store, 2, "two").await;
    assert!(journal(&left).contains("one"));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(texts(&killed(&left)).await, ["one", "two"]);
}

#[tokio::test]
async fn what_the_journal_has_no_room_for_waits_for_sqlite() {
    let folder = TempDir::new().unwrap();
    let mut small = Limits::clone(&resting());
    small.store.journal = 2000;
    small.store.journal_entry = 1000;
    let store = Store::open(folder.path(), &Arc::new(small), clock()).unwrap();
    let long = "x".repeat(1001);
    store.command_began(command(1, 1, &long), wanted()).await.unwrap();
    assert_eq!((in_sqlite(&folder), journal(&folder).len()), (1, 0));
    for server_id in 2..=20 {
        store.command_began(command(1, server_id, "short"), wanted()).await.unwrap();
        assert!(journal(&folder).len() <= 2000);
    }
    assert_eq!(texts(&killed(&folder)).await.len(), 0);
    assert!(in_sqlite(&folder) > 1);
}

#[tokio::test]
async fn what_the_disk_refuses_to_sqlite_stays_in_the_journal_until_it_is_written() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), &limits(), clock()).unwrap();
    let mut health = store.health();
    let other = Connection::open(folder.path().join(FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    run(&store, 1, "one").await;
    health.wait_for(Option::is_some).await.unwrap();
    run(&store, 2, "two").await;
    let left = killed(&folder);
    other.execute_batch("ROLLBACK").unwrap();
    store.session_began(session(2)).await.unwrap();
    assert_eq!((in_sqlite(&folder), journal(&folder).len()), (2, 0));
    health.wait_for(Option::is_none).await.unwrap();
    drop(other);
    assert_eq!(in_sqlite(&left), 0);
    store.close().await;
}
