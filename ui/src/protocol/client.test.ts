import { describe, expect, test } from "vitest";
import { Client } from "./client";
import { FakeClock, FakeServer } from "./fake";
import type { CommandSummary, Update } from "./generated";

const options = { format: "html", streams: "exact" } as const;

function setUp() {
  const server = new FakeServer();
  const clock = new FakeClock();
  const complaints: string[] = [];
  const tokens: string[] = [];
  let id = 0;
  const client = new Client(
    {
      url: "", credentials: { token: "ph1_right", sessionToken: null }, features: [], client: { name: "t", version: "1" },
      open: server.open, clock, random: () => 1,
    },
    { state() {}, session: (token) => tokens.push(token), added() {}, failed: (message) => complaints.push(message) },
    () => (id += 1),
  );
  const reconnect = (commands?: CommandSummary[]) => {
    server.socket.breaks();
    clock.turn();
    server.admits("s2", commands ? { commands } : {});
  };
  return { server, clock, client, complaints, tokens, reconnect };
}

const update = (serverId: number, part: Partial<Update> = {}): { type: "update"; payload: Update } => ({
  type: "update",
  payload: { command: "", serverId, output: { chunks: [] }, begin: "2026-01-01T00:00:00.000Z", end: "", status: "running", ...part },
});

const started = (clientId: number, serverId: number) =>
  ({ type: "command", payload: { result: "ok", command: "ls", clientId, serverId } }) as const;

const summary = (serverId: number, clientId: number, part: Partial<CommandSummary> = {}): CommandSummary => ({
  command: "ls", serverId, clientId, begin: "2026-01-01T00:00:00.000Z", end: "", status: "running", ...part,
});

describe("a client", () => {
  test("follows a command from its answer to its end", () => {
    const { server, client } = setUp();
    client.connect();
    server.admits("s1");
    const command = client.run({ command: "ls", ...options, size: { cols: 90, rows: 30 } });
    expect(server.socket.got("command")).toEqual([
      { command: "ls", clientId: 1, format: "html", streams: "exact", size: { cols: 90, rows: 30 } },
    ]);
    expect(command.view.phase).toBe("sent");
    server.socket.says(started(1, 7));
    expect(command.view).toMatchObject({ phase: "running", serverId: 7 });
    server.socket.says(update(7, { output: { chunks: [{ stream: "stdout", data: "a\n" }] } }));
    server.socket.says(
      update(7, { status: "completed", end: "2026-01-01T00:00:01.500Z", exitCode: 3, cwd: "/tmp", durationMs: 1500 }),
    );
    expect(command.view).toMatchObject({ phase: "completed", exitCode: 3, cwd: "/tmp", durationMs: 1500 });
    expect((command.view.ended ?? 0) - (command.view.began ?? 0)).toBe(1500);
    expect(command.output.take().pieces).toEqual([{ stream: "stdout", data: "a\n" }]);
  });

  test("sends a command whose answer was lost again with the same client id", () => {
    const { server, client, reconnect } = setUp();
    client.connect();
    server.admits("s1");
    const command = client.run({ command: "make", ...options });
    const [first] = server.socket.got("command");
    reconnect([]);
    expect(server.socket.got("command")).toEqual([first]);
    server.socket.says(started(1, 1));
    expect(command.view).toMatchObject({ phase: "running", serverId: 1 });
    reconnect([summary(1, 1)]);
    expect(server.socket.got("command")).toEqual([]);
  });

  test("knows a command by its client id where the server had started it and the answer was lost", () => {
    const { server, client, reconnect } = setUp();
    client.connect();
    server.admits("s1");
    const command = client.run({ command: "make", ...options });
    reconnect([summary(4, 1)]);
    expect(server.socket.got("command")).toEqual([]);
    expect(client.commands).toEqual([command]);
    server.socket.says(update(4, { output: { chunks: [{ stream: "stdout", data: "x\n" }] } }));
    expect(command.output.take().pieces).toHaveLength(1);
  });

  test("never runs a command again in another session", () => {
    const { server, client, reconnect } = setUp();
    client.connect();
    server.admits("s1");
    const answered = client.run({ command: "sleep 100", ...options });
    server.socket.says(started(1, 1));
    const unanswered = client.run({ command: "rm -r build", ...options });
    reconnect();
    expect(server.socket.got("command")).toEqual([]);
    expect(answered.view.phase).toBe("lost");
    expect(unanswered.view.phase).toBe("lost");
    const next = client.run({ command: "ls", ...options });
    server.socket.says(started(3, 1));
    server.socket.says(update(1, { output: { chunks: [{ stream: "stdout", data: "new\n" }] } }));
    expect(next.output.take().pieces).toEqual([{ stream: "stdout", data: "new\n" }]);
    expect(answered.output.take().pieces).toEqual([]);
  });

  test("sends what was asked for while there was no connection once there is one", () => {
    const { server, client } = setUp();
    client.connect();
    const command = client.run({ command: "ls", ...options });
    expect(command.view.phase).toBe("queued");
    server.admits("s1");
    expect(server.socket.got("command")).toHaveLength(1);
    expect(command.view.phase).toBe("sent");
  });

  test("brings the commands of a given back session back", () => {
    const { server, client, reconnect } = setUp();
    client.connect();
    server.admits("s1");
    reconnect([
      summary(1, 55, { command: "make", status: "completed", end: "2026-01-01T00:00:09.000Z" }),
      summary(2, 56, { command: "top" }),
    ]);
    expect(client.commands.map(({ view }) => [view.command, view.phase])).toEqual([
      ["make", "completed"],
      ["top", "running"],
    ]);
    const top = client.commands[1];
    if (!top) throw new Error("no second command");
    expect(client.input(top, "q")).toBe(true);
    expect(server.socket.got("update")).toEqual([{ type: "stdin", serverId: 2, input: "q" }]);
  });

  test("does not bring back what was cleared", () => {
    const { server, client, reconnect } = setUp();
    client.connect();
    server.admits("s1");
    client.run({ command: "ls", ...options });
    server.socket.says(started(1, 1));
    const running = client.run({ command: "top", ...options });
    server.socket.says(started(2, 2));
    server.socket.says(update(1, { status: "completed", end: "2026-01-01T00:00:01.000Z" }));
    client.forget(client.commands);
    expect(client.commands).toEqual([running]);
    reconnect([summary(1, 1, { status: "completed" }), summary(2, 2)]);
    expect(client.commands).toEqual([running]);
  });

  test("says why a command was refused", () => {
    const { server, client } = setUp();
    client.connect();
    server.admits("s1");
    const command = client.run({ command: "\0", ...options });
    server.socket.says({
      type: "command",
      payload: { result: "error", code: "bad-command", message: "A command has no NUL.", clientId: 1 },
    });
    expect(command.view).toMatchObject({ phase: "refused", error: { code: "bad-command", message: "A command has no NUL." } });
  });

  test("sends long input in pieces that cut no character", () => {
    const { server, client } = setUp();
    client.connect();
    server.admits("s1");
    const command = client.run({ command: "cat", ...options });
    server.socket.says(started(1, 1));
    const text = `a${"😀".repeat(40_000)}`;
    expect(client.input(command, text)).toBe(true);
    const inputs = server.socket.got("update").map((sent) => (sent.type === "stdin" ? sent.input : ""));
    expect(inputs.length).toBeGreaterThan(2);
    expect(inputs.join("")).toBe(text);
    for (const input of inputs) expect(input.isWellFormed()).toBe(true);
  });

  test("takes no input and no signal for what does not run or cannot be reached", () => {
    const { server, client } = setUp();
    client.connect();
    server.admits("s1");
    const command = client.run({ command: "cat", ...options });
    expect(client.input(command, "x")).toBe(false);
    server.socket.says(started(1, 1));
    expect(client.signal(command, 2)).toBe(true);
    expect(client.resize(command, { cols: 10, rows: 5 })).toBe(true);
    server.socket.breaks();
    expect(client.input(command, "x")).toBe(false);
    expect(server.socket.got("update")).toEqual([
      { type: "signal", serverId: 1, signal: 2 },
      { type: "resize", serverId: 1, cols: 10, rows: 5 },
    ]);
  });

  test("tells complaints that belong to no command, but not that a key came too late", () => {
    const { server, client, complaints } = setUp();
    client.connect();
    server.admits("s1");
    server.socket.says({ type: "error", payload: { result: "error", code: "bad-json", message: "No JSON." } });
    server.socket.says({ type: "update", payload: { result: "error", code: "command-ended", message: "It has ended.", serverId: 1 } });
    server.socket.says({ type: "update", payload: { result: "error", code: "input-full", message: "It does not read.", serverId: 1 } });
    expect(complaints).toEqual(["No JSON.", "It does not read."]);
  });

  test("asks for breakpoints, and knows what became of them and what flows there", () => {
    const { server, client } = setUp();
    client.connect();
    server.admits("s1");
    const command = client.run({ command: "ls | wc", ...options, breakpoints: [0] });
    const [sent] = server.socket.got("command");
    expect(sent).toMatchObject({ breakpoints: [0] });
    const pipes = [{ index: 0, offset: 3, op: "|" }];
    const answer = started(1, 4);
    server.socket.says({ ...answer, payload: { ...answer.payload, pipes, breakpoints: [{ location: 0, result: "ok" }] } });
    expect(command.view).toMatchObject({ pipes, breakpoints: [{ location: 0, result: "ok" }] });
    server.socket.says(update(4, { output: { chunks: [{ stream: "stdout", location: 0, run: 0, data: "a\n" }] } }));
    expect(command.taps.at(0)?.runs[0]?.lines).toBe(1);
    expect(command.output.take().pieces).toEqual([]);
    client.run({ command: "sort", ...options, stdinFrom: { serverId: 4, location: 0 } });
    expect(server.socket.got("command")[1]).toMatchObject({ command: "sort", stdinFrom: { serverId: 4, location: 0 } });
  });

  test("holds a pipe of a command that runs, and lets it go on", () => {
    const { server, client } = setUp();
    client.connect();
    server.admits("s1");
    const command = client.run({ command: "a | b", ...options, breakpoints: [{ location: 0, mode: "hold" }] });
    expect(server.socket.got("command")[0]).toMatchObject({ breakpoints: [{ location: 0, mode: "hold" }] });
    expect(client.hold(command, { location: 0 }, "step")).toBe(false);
    server.socket.says(started(1, 4));
    expect(client.hold(command, { location: 0 }, "step", 3)).toBe(true);
    expect(client.hold(command, { location: 0, run: 2 }, "continue")).toBe(true);
    expect(server.socket.got("update")).toEqual([
      { type: "breakpoint", serverId: 4, location: 0, action: "step", lines: 3 },
      { type: "breakpoint", serverId: 4, location: 0, run: 2, action: "continue" },
    ]);
  });

  test("asks where pipes are, and is not left waiting when the connection is lost", async () => {
    const { server, client } = setUp();
    expect(await client.pipes("a | b")).toBeNull();
    client.connect();
    server.admits("s1");
    const [first, second] = [client.pipes("a | b"), client.pipes("b | c")];
    const [one, two] = server.socket.got("pipes");
    const pipes = [{ index: 0, offset: 2, op: "|" }];
    server.socket.says({ type: "pipes", payload: { result: "ok", clientId: two!.clientId!, pipes } });
    expect(await second).toEqual(pipes);
    expect(one).toMatchObject({ command: "a | b" });
    server.socket.breaks();
    expect(await first).toBeNull();
  });

  describe("whose stream", () => {
    const stream = (resumed: boolean) => ({ resume: { stream: "a", seq: 0, resumed } });
    const says = (serverId: number, data: string, part: Partial<Update> = {}) =>
      update(serverId, { output: { chunks: data ? [{ stream: "stdout", data }] : [] }, ...part });
    const ended = { status: "completed", end: "2026-01-01T00:00:01.000Z" } as const;

    function withACommand() {
      const all = setUp();
      all.client.connect();
      all.server.admits("s1", stream(false));
      const command = all.client.run({ command: "make", ...options });
      all.server.socket.says(started(1, 4));
      const back = (resumed: boolean, commands: CommandSummary[]) => {
        all.server.socket.breaks();
        all.clock.turn();
        all.server.admits("s1", { commands, ...stream(resumed) });
      };
      return { ...all, command, back };
    }
    const drawn = (command: { output: { take(): { pieces: { data: string }[]; anew?: boolean } } }) => {
      const { pieces, anew } = command.output.take();
      return `${anew ? "anew " : ""}${pieces.map(({ data }) => data).join("")}`;
    };

    test("goes on hears of an end when it comes, not before the output that comes before it", () => {
      const { server, command, back } = withACommand();
      server.socket.says(says(4, "one\n"));
      back(true, [summary(4, 1, ended)]);
      expect(command.view.phase).toBe("running");
      server.socket.says(says(4, "two\n", ended));
      expect(command.view.phase).toBe("completed");
      expect(drawn(command)).toBe("one\ntwo\n");
    });

    test("begins anew shows what comes in place of what it had", () => {
      const { server, command, back } = withACommand();
      server.socket.says(says(4, "one\n"));
      expect(drawn(command)).toBe("one\n");
      back(false, [summary(4, 1, ended)]);
      server.socket.says(says(4, ""));
      expect([command.view.phase, command.settled]).toEqual(["completed", false]);
      server.socket.says(says(4, "one\ntwo\n", ended));
      expect(drawn(command)).toBe("anew one\ntwo\n");
      expect(command.settled).toBe(true);
      server.socket.says(says(4, "late\n", ended));
      expect(drawn(command)).toBe("late\n");
    });

    test("begins anew keeps what it had whole where the server has less", () => {
      const { server, command, back } = withACommand();
      server.socket.says(says(4, "one\ntwo\n", ended));
      back(false, [summary(4, 1, ended)]);
      server.socket.says(says(4, "wo\n", { dropped: 5 }));
      server.socket.says(says(4, "", ended));
      expect(drawn(command)).toBe("one\ntwo\n");
      expect([command.view.dropped, command.settled]).toEqual([0, true]);
    });

    test("begins anew keeps what it had where nothing is kept of a command that died with the server", () => {
      const { server, command, back } = withACommand();
      server.socket.says(says(4, "one\n"));
      back(false, [summary(4, 1, ended)]);
      server.socket.says(says(4, "", { ...ended, lost: true }));
      expect(drawn(command)).toBe("one\n");
    });

    test("begins anew does not show what the server lists no more; one that goes on does", () => {
      const { server, client, back } = withACommand();
      for (const serverId of [4, 5, 6]) server.socket.says(says(serverId, "one\n"));
      back(true, [summary(4, 1)]);
      expect(client.commands.map(({ view }) => view.serverId)).toEqual([4, 5, 6]);
      back(false, [summary(6, 3, ended)]);
      expect(client.commands.map(({ view }) => view.serverId)).toEqual([6]);
      // It is not asked for again, and what may still come of it is not shown.
      server.socket.says(says(4, "late\n", ended));
      expect(client.commands).toHaveLength(1);
    });

    test("tells of another client's command shows that one too", () => {
      const { server, client } = withACommand();
      server.socket.says(says(9, "theirs\n"));
      const theirs = client.commands[1];
      if (!theirs) throw new Error("no second command");
      expect(theirs.view).toMatchObject({ serverId: 9, phase: "running" });
      expect(drawn(theirs)).toBe("theirs\n");
      client.forget([theirs]);
      server.socket.says(says(9, "", ended));
      client.forget([theirs]);
      server.socket.says(says(9, "late\n", ended));
      expect(client.commands).toHaveLength(1);
      expect(client.forgotten).toEqual([9]);
    });
  });
});
