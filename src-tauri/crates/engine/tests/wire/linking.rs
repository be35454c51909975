//! Linking: names that programs print become links to files that exist.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::client::TestClient;
use crate::server::TestServer;

/// A project with names of every kind, and a client whose shell is in it.
async fn in_project(server: &TestServer) -> (TestClient, PathBuf) {
    let folder = server.folder.path().join("my project");
    fs::create_dir_all(folder.join("src/sub dir")).unwrap();
    let names: [&[u8]; 9] = [
        b"a.png",
        b"a b.txt",
        "caf\u{e9}.txt".as_bytes(),
        b"caf\xe9",
        b"#1?2%3&4",
        b"it's \"so\"",
        b"<b>.txt",
        b"run.sh",
        b"src/sub dir/x y.rs",
    ];
    for name in names {
        fs::write(folder.join(OsStr::from_bytes(name)), "found here\n").unwrap();
    }
    fs::write(folder.join("src/main.c"), "int main(void) {\n  return undefined_name;\n}\n").unwrap();
    fs::write(folder.join("src/main.py"), "def f():\n    raise ValueError('found here')\nf()\n").unwrap();
    fs::set_permissions(folder.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("src/main.c", folder.join("link")).unwrap();
    let mut client = server.client_with(&["details"]).await;
    let entered = client.run(&format!("cd '{}'", folder.display())).await;
    assert_eq!(entered.last["payload"]["exitCode"], 0);
    (client, folder)
}

/// Runs a command, and looks whether each text is in its output as a link to the address with that.
async fn assert_links(client: &mut TestClient, command: &str, links: &[(&str, &str)]) {
    let output = client.run(command).await.combined;
    for (address, text) in links {
        let link = format!("<a href=\"{address}\">{text}</a>");
        let plain = strip_spans(&output);
        assert!(plain.contains(&link), "{link} in what `{command}` printed:\n{output}");
    }
}

/// Output without its colours.
fn strip_spans(html: &str) -> String {
    let mut out = String::new();
    for (index, piece) in html.split("<span").enumerate() {
        out += if index == 0 { piece } else { piece.split_once('>').unwrap().1 };
    }
    out.replace("</span>", "")
}

#[tokio::test]
async fn entries_of_the_working_directory_are_links_in_every_listing_of_ls() {
    let server = TestServer::start().await;
    let (mut client, _) = in_project(&server).await;
    let all = [
        ("./a.png", "a.png"),
        ("./a%20b.txt", "a b.txt"),
        ("./caf%C3%A9.txt", "caf\u{e9}.txt"),
        ("./%231%3F2%253%264", "#1?2%3&amp;4"),
        ("./%3Cb%3E.txt", "&lt;b&gt;.txt"),
        ("./run.sh", "run.sh"),
        ("./src", "src"),
        ("./link", "link"),
    ];
    for command in ["ls", "ls -1", "ls -l --color=always", "ls -F", "ls -laF --color=always", "ls | cat"] {
        assert_links(&mut client, command, &all).await;
    }
    let quoted = [("./caf%E9", "caf'$'\\351"), ("./it%27s%20%22so%22", "it'\\''s \"so\"")];
    assert_links(&mut client, "ls", &quoted).await;
    assert_links(&mut client, "ls -lF", &quoted).await;
    assert_links(
        &mut client,
        "ls | cat",
        &[("./caf%E9", "caf\u{fffd}"), ("./it%27s%20%22so%22", "it's \"so\"")],
    )
    .await;
    assert_links(&mut client, "ls -l", &[("./src/main.c", "src/main.c")]).await;
}

#[tokio::test]
async fn paths_are_links_wherever_their_folder_is() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_project(&server).await;
    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    fs::write(home.join("notes.txt"), "").unwrap();
    fs::create_dir_all(home.join("deep/er")).unwrap();
    fs::write(home.join("deep/er/x"), "").unwrap();
    let encoded = |path: &Path| path.to_str().unwrap().replace(' ', "%20");
    let own = format!("{}/src/main.c", folder.display());
    let (notes, deep) = (encoded(&home.join("notes.txt")), encoded(&home.join("deep/er/x")));
    assert_links(
        &mut client,
        &format!(
            "echo src/main.c ./src/main.c /etc/passwd; echo '{own}'; echo '~/notes.txt ~/deep/er/x' ../none"
        ),
        &[
            ("./src/main.c", "src/main.c"),
            ("./src/main.c", "./src/main.c"),
            ("/etc/passwd", "/etc/passwd"),
            ("./src/main.c", &own),
            (&notes, "~/notes.txt"),
            (&deep, "~/deep/er/x"),
        ],
    )
    .await;
    assert_links(&mut client, "ls -d ../*", &[("../my%20project", "../my project")]).await;
    let find = [
        ("./src/main.c", "./src/main.c"),
        ("./src/sub%20dir/x%20y.rs", "./src/sub dir/x y.rs"),
        ("./src/sub%20dir", "./src/sub dir"),
        ("./a%20b.txt", "./a b.txt"),
    ];
    assert_links(&mut client, "find .", &find).await;
    assert_links(&mut client, "find . | cat", &find).await;
}

#[tokio::test]
async fn programs_that_name_files_and_places_link_to_both() {
    let server = TestServer::start().await;
    let (mut client, _) = in_project(&server).await;
    let at = |place: &str, text: &str| format!("<a href=\"./src/main.{place}\">src/main.{text}</a>");
    for (command, expected) in [
        ("grep -rn return src", at("c\" data-line=\"2", "c:2")),
        ("grep -rn --color=always return src", at("c\" data-line=\"2", "c:2")),
        ("cc src/main.c", at("c\" data-line=\"2\" data-col=\"10", "c:2:10")),
        ("python3 src/main.py", "src/main.py</a>\", line 2, in f".to_owned()),
        (
            "grep -rn 'found here' . | cat",
            "<a href=\"./src/sub%20dir/x%20y.rs\" data-line=\"1\">./src/sub dir/x y.rs:1</a>:".to_owned(),
        ),
    ] {
        let output = strip_spans(&client.run(command).await.combined);
        assert!(output.contains(&expected), "{expected} in what `{command}` printed:\n{output}");
    }
}

#[tokio::test]
async fn what_git_names_are_links() {
    let server = TestServer::start().await;
    let (mut client, folder) = in_project(&server).await;
    client
        .run("git init -q . && git add src run.sh && git -c user.name=a -c user.email=a@b commit -qm one")
        .await;
    fs::write(folder.join("src/main.c"), "int main(void) { return 0; }\n").unwrap();
    let files = [
        ("./src/main.c", "src/main.c"),
        ("./a.png", "a.png"),
        ("./caf%C3%A9.txt", "caf\\303\\251.txt"),
        ("./caf%E9", "caf\\351"),
        ("./it%27s%20%22so%22", "it's \\\"so\\\""),
    ];
    assert_links(&mut client, "git status", &files).await;
    assert_links(&mut client, "git -c color.status=always status --short", &files).await;
    assert_links(&mut client, "git --no-pager -c color.ui=always diff", &[("./src/main.c", "src/main.c")])
        .await;
    assert_links(&mut client, "git --no-pager diff --stat", &[("./src/main.c", "src/main.c")]).await;
    assert_links(
        &mut client,
        "git mv src/main.c 'src/main 2.c'; git status",
        &[("./src/main%202.c", "src/main 2.c")],
    )
    .await;
}

#[tokio::test]
async fn addresses_are_links_without_the_sentence_around_them() {
    let server = TestServer::start().await;
    let mut client = server.client().await;
    let address = "https://en.example.org/wiki/Shell_(computing)?a=1&amp;b=2#x";
    let command =
        "echo 'See (https://en.example.org/wiki/Shell_(computing)?a=1&b=2#x), or mailto:a@b.example.'";
    let links = [(address, address), ("mailto:a@b.example", "mailto:a@b.example")];
    assert_links(&mut client, command, &links).await;
}

#[tokio::test]
async fn what_output_names_is_looked_at_within_bounds_and_never_opened() {
    let server = TestServer::with(|settings| settings.limits.linked_folders = 3).await;
    let (mut client, folder) = in_project(&server).await;
    for number in 0..9 {
        fs::create_dir(folder.join(format!("d{number}"))).unwrap();
        fs::write(folder.join(format!("d{number}/file")), "").unwrap();
    }
    let output = client.run("for i in 0 1 2 3 4 5 6 7 8; do echo d$i/file; done").await.combined;
    assert_eq!(output.matches("<a href=").count(), 3, "{output}");
    // Whoever opened it for reading would wait for a writer.
    let output = client
        .run("mkfifo d0/pipe; mkdir d0/closed; chmod 0 d0/closed; echo d0/pipe d0/closed/x d0/closed")
        .await;
    assert!(output.combined.contains("<a href=\"./d0/pipe\">d0/pipe</a>"), "{output:?}");
}
