//! The order of stdout and stderr, and what is said about it.

use super::{in_shell, text};

const ALTERNATING: &str = "for i in $(seq 10000); do echo out $i; echo err $i >&2; done";

#[tokio::test]
async fn ten_thousand_alternating_lines_are_in_exact_order_where_one_terminal_carries_both() {
    for shell in ["/bin/bash", "/usr/bin/zsh", "/bin/dash"] {
        let (_server, mut client) = in_shell(shell).await;
        let seen = client.run_with(ALTERNATING, text("exact")).await;
        let expected: String = (1..=10_000).map(|i| format!("out {i}\nerr {i}\n")).collect();
        assert!(seen.stdout == expected, "{shell}: {} of {} bytes", seen.stdout.len(), expected.len());
        assert_eq!(seen.stderr, "", "{shell}");
        assert_eq!(seen.last["payload"]["order"], "exact", "{shell}");
    }
}

#[tokio::test]
async fn streams_apart_are_whole_each_and_their_order_is_said_to_be_approximate() {
    let (_server, mut client) = in_shell("/bin/bash").await;
    for mode in ["split", "pipes"] {
        let seen = client.run_with(ALTERNATING, text(mode)).await;
        let expected = |name: &str| (1..=10_000).map(|i| format!("{name} {i}\n")).collect::<String>();
        assert!(seen.stdout == expected("out"), "{mode}: {} bytes", seen.stdout.len());
        assert!(seen.stderr == expected("err"), "{mode}: {} bytes", seen.stderr.len());
        assert_eq!(seen.last["payload"]["order"], "approximate", "{mode}");
    }
}
