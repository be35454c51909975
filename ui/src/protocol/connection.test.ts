import { describe, expect, test } from "vitest";
import { Connection, type ConnectionState, type Credentials } from "./connection";
import { FakeClock, FakeServer } from "./fake";

function setUp(credentials: Credentials = { token: "ph1_right", sessionToken: null }, more: { quiet?: () => void } = {}) {
  const server = new FakeServer();
  const clock = new FakeClock();
  const states: ConnectionState[] = [];
  const granted: boolean[] = [];
  const messages: (number | undefined)[] = [];
  const connection = new Connection(
    {
      url: "wss://localhost/ws",
      credentials,
      features: ["details"],
      client: { name: "test", version: "1" },
      open: server.open,
      clock,
      random: () => 1,
      backoff: { first: 100, longest: 1000 },
    },
    {
      state: (state) => states.push(state),
      granted: (_answer, resumed) => granted.push(resumed),
      message: (message) => messages.push((message as { seq?: number }).seq),
      ...more,
    },
  );
  return { server, clock, states, granted, messages, connection };
}

const stream = (part: object = {}) => ({
  resume: { stream: "a", seq: 0, resumed: false, ...part },
  limits: { frame: 1, commandsASession: 1, commandText: 1, window: 800 },
});

const news = { type: "error", payload: { result: "error", code: "bad-json", message: "" } } as const;

describe("a connection", () => {
  test("authenticates with the token, the features and its name", () => {
    const { server, connection, granted } = setUp();
    connection.connect();
    server.admits("s1");
    expect(server.socket.received).toEqual([
      {
        type: "authentication",
        payload: { token: "ph1_right", features: ["details"], client: { name: "test", version: "1" } },
      },
    ]);
    expect(connection.state.kind).toBe("ready");
    expect(granted).toEqual([false]);
  });

  test("sends nothing before it is let in", () => {
    const { server, connection } = setUp();
    const message = { type: "update", payload: { type: "signal", serverId: 1, signal: 2 } } as const;
    expect(connection.send(message)).toBe(false);
    connection.connect();
    server.socket.opens();
    expect(connection.send(message)).toBe(false);
    expect(server.socket.got("update")).toEqual([]);
  });

  test("comes back by itself with the session token, after growing pauses that have a bound", () => {
    const { server, clock, connection, granted } = setUp();
    connection.connect();
    server.admits("s1");
    server.socket.breaks();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      pauses.push(clock.turn());
      server.socket.breaks();
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1000, 1000]);
    clock.turn();
    server.admits("s2", { commands: [] });
    expect(server.socket.got("authentication")[0]).toMatchObject({ sessionToken: "s1" });
    expect(server.socket.got("authentication")[0]).not.toHaveProperty("token");
    expect(granted).toEqual([false, true]);
    expect(connection.credentials.sessionToken).toBe("s2");
    server.socket.breaks();
    expect(clock.turn()).toBe(100);
  });

  test("pauses with jitter between half and all of the pause", () => {
    const server = new FakeServer();
    const clock = new FakeClock();
    const connection = new Connection(
      {
        url: "", credentials: { token: "t", sessionToken: null }, features: [], client: { name: "", version: "" },
        open: server.open, clock, random: () => 0, backoff: { first: 100, longest: 1000 },
      },
      { state() {}, granted() {}, message() {} },
    );
    connection.connect();
    server.socket.breaks();
    expect(clock.turn()).toBe(50);
  });

  test("falls back to the token on the same socket where the session is over", () => {
    const { server, connection, granted } = setUp({ token: "ph1_right", sessionToken: "old" });
    connection.connect();
    server.socket.opens();
    server.socket.says({
      type: "authentication",
      payload: { result: "error", code: "wrong-session", message: "The session is over." },
    });
    server.socket.says({ type: "authentication", payload: { result: "ok", sessionToken: "new" } });
    expect(server.sockets).toHaveLength(1);
    expect(server.socket.got("authentication")).toMatchObject([{ sessionToken: "old" }, { token: "ph1_right" }]);
    expect(granted).toEqual([false]);
  });

  test("stays away after a wrong token until it is given another", () => {
    const { server, clock, connection } = setUp({ token: "ph1_wrong", sessionToken: null });
    connection.connect();
    server.socket.opens();
    server.socket.says({
      type: "authentication",
      payload: { result: "error", code: "wrong-token", message: "The token is wrong." },
    });
    expect(connection.state).toEqual({ kind: "refused", code: "wrong-token", message: "The token is wrong." });
    expect(server.socket.closed).toBe(true);
    expect(clock.waiting).toBe(0);
    connection.pair("ph1_right");
    server.admits("s1");
    expect(connection.state.kind).toBe("ready");
  });

  test("tries again later, and says why, where the server cannot take it now", () => {
    const { server, clock, connection } = setUp();
    connection.connect();
    server.socket.opens();
    server.socket.says({
      type: "authentication",
      payload: { result: "error", code: "too-many-sessions", message: "There are too many sessions." },
    });
    expect(connection.state).toMatchObject({ kind: "waiting", reason: "There are too many sessions." });
    clock.turn();
    server.admits("s1");
    expect(connection.state.kind).toBe("ready");
  });

  test("gives up on a socket that neither opens nor closes", () => {
    const { server, clock, connection } = setUp();
    connection.connect();
    clock.turn();
    expect(server.socket.closed).toBe(true);
    expect(connection.state.kind).toBe("waiting");
  });

  test("does not hear a socket that it has given up", () => {
    const { server, clock, connection, granted } = setUp();
    connection.connect();
    const first = server.socket;
    clock.turn();
    clock.turn();
    server.admits("s2");
    first.opens();
    first.says({ type: "authentication", payload: { result: "ok", sessionToken: "s1" } });
    first.breaks();
    expect(granted).toEqual([false]);
    expect(connection.credentials.sessionToken).toBe("s2");
    expect(connection.state.kind).toBe("ready");
  });

  test("passes over frames that are no messages", () => {
    const { server, connection } = setUp();
    connection.connect();
    server.socket.opens();
    for (const data of ["", "{", "null", "[]", '{"type":"news","payload":{}}', '{"type":"update"}', new ArrayBuffer(4)]) {
      server.socket.onmessage?.({ data });
    }
    server.admits("s1");
    expect(connection.state.kind).toBe("ready");
  });

  test("goes on with its stream where it stood, and takes in nothing twice", () => {
    const { server, clock, connection, messages } = setUp();
    connection.connect();
    server.admits("s1", stream());
    const says = (seq: number) => server.socket.says({ ...news, seq } as never);
    says(100);
    says(200);
    server.socket.breaks();
    clock.turn();
    server.admits("s1", { commands: [], ...stream({ seq: 200, resumed: true }) });
    expect(server.socket.got("authentication")[0]).toMatchObject({ sessionToken: "s1", resume: { stream: "a", seq: 200 } });
    says(200);
    says(300);
    expect(messages).toEqual([100, 200, 300]);
  });

  test("acknowledges when an eighth of the window has come, and else a little later", () => {
    const { server, clock, connection } = setUp();
    connection.connect();
    server.admits("s1", stream());
    const says = (seq: number) => server.socket.says({ ...news, seq } as never);
    says(99);
    expect(server.socket.got("ack")).toEqual([]);
    says(101);
    expect(server.socket.got("ack")).toEqual([{ seq: 101 }]);
    says(110);
    says(120);
    expect(clock.waiting).toBe(1);
    clock.turn();
    expect(server.socket.got("ack")).toEqual([{ seq: 101 }, { seq: 120 }]);
    says(130);
    server.socket.breaks();
    expect(clock.waiting).toBe(1);
    clock.turn();
    expect(connection.state.kind).toBe("connecting");
  });

  test("begins a stream anew where the server cannot go on with it, or another client has it", () => {
    const { server, clock, connection } = setUp();
    connection.connect();
    server.admits("s1", stream());
    server.socket.says({ ...news, seq: 100 } as never);
    server.socket.breaks();
    clock.turn();
    server.socket.opens();
    server.socket.says({ type: "authentication", payload: { result: "error", code: "bad-cursor", message: "No." } });
    const asked = server.socket.got("authentication");
    expect(asked).toHaveLength(2);
    expect(asked[1]).not.toHaveProperty("resume");
    server.socket.says({ type: "authentication", payload: { result: "ok", sessionToken: "s1", commands: [], ...stream() } });
    expect(connection.state.kind).toBe("ready");
    server.socket.says({ type: "error", payload: { result: "error", code: "superseded", message: "Elsewhere." } });
    server.socket.breaks();
    clock.turn();
    server.socket.opens();
    expect(server.socket.got("authentication")[0]).not.toHaveProperty("resume");
  });

  test("connects anew by itself when it is told that the network was gone", () => {
    const { server, connection } = setUp();
    connection.connect();
    server.admits("s1", stream());
    const before = server.socket;
    connection.refresh();
    expect(before.closed).toBe(true);
    server.admits("s1", { commands: [], ...stream({ resumed: true }) });
    expect(server.socket.got("authentication")[0]).toMatchObject({ resume: { stream: "a", seq: 0 } });
  });

  test("that has fallen silent is asked, and taken for dead where no answer comes", () => {
    let asked = 0;
    const { server, clock, connection, states } = setUp(undefined, { quiet: () => (asked += 1) });
    connection.connect();
    server.admits("s1", stream());
    const dead = server.socket;
    clock.turn();
    expect(asked).toBe(1);
    server.socket.says(news as never);
    clock.turn();
    expect([asked, connection.state.kind]).toEqual([2, "ready"]);
    clock.turn();
    expect([dead.closed, connection.state.kind]).toEqual([true, "waiting"]);
    clock.turn();
    server.admits("s1", { commands: [], ...stream({ resumed: true }) });
    expect(states.at(-1)?.kind).toBe("ready");
    connection.disconnect();
    expect(clock.waiting).toBe(0);
  });
});
