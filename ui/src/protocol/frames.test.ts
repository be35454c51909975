import { expect, test } from "vitest";
import { Client } from "./client";
import { FakeClock, FakeServer } from "./fake";
import { inputFrame, placeAfter, readBinary } from "./frames";

/** A frame as the server writes it. */
function frame(kind: number, more: { flags?: number; location?: number; run?: number; serverId?: number; seq?: number }, text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array([...new Uint8Array(32), ...new TextEncoder().encode(text)]);
  const header = new DataView(bytes.buffer);
  header.setUint8(0, 1);
  header.setUint8(1, kind);
  header.setUint16(2, more.flags ?? 0);
  header.setUint32(4, more.location ?? 0);
  header.setBigUint64(8, BigInt(more.serverId ?? 1));
  header.setUint32(24, more.run ?? 0);
  header.setUint32(28, more.seq ?? 0);
  return bytes;
}

function connected(more: object = {}) {
  const server = new FakeServer();
  const client = new Client(
    {
      url: "wss://test/",
      credentials: { token: "token", sessionToken: null },
      features: ["binary", "chunks", "format"],
      client: { name: "test", version: "1" },
      open: server.open,
      clock: new FakeClock(),
    },
    { state() {}, session() {}, added() {}, failed() {} },
    () => 7,
  );
  client.connect();
  const socket = server.admits("session", { features: ["binary"], ...more });
  return { client, socket };
}

function running(client: Client, socket: ReturnType<typeof connected>["socket"]) {
  const command = client.run({ command: "vim", format: "raw", streams: "exact" });
  socket.says({ type: "command", payload: { result: "ok", command: "vim", clientId: 7, serverId: 1 } });
  return command;
}

test("a frame of a newer server is none", () => {
  expect(readBinary(frame(1, { seq: 5 }, "x").buffer)).toMatchObject({ kind: "stdout", replay: false, seq: 5 });
  expect(readBinary(frame(99, {}, "x").buffer)).toBeNull();
  expect(readBinary(new ArrayBuffer(31))).toBeNull();
  const newer = frame(1, {}, "x");
  newer[0] = 2;
  expect(readBinary(newer.buffer)).toBeNull();
});

test("a place in the stream is told by its lower half", () => {
  expect(placeAfter(10, 15)).toBe(15);
  expect(placeAfter(2 ** 32 - 5, 3)).toBe(2 ** 32 + 3);
  expect(placeAfter(3 * 2 ** 32 + 7, 9)).toBe(3 * 2 ** 32 + 9);
});

test("output of a raw command is taken as it was printed, and said not to be answered where that is so", () => {
  const { client, socket } = connected();
  const command = running(client, socket);
  socket.sends(frame(1, { flags: 1 }, "old"));
  socket.sends(frame(1, {}, "\x1b[c"));
  socket.sends(frame(3, { location: 2, run: 1 }, "tapped\n"));
  const { pieces } = command.output.take();
  expect(pieces.map(({ bytes, replay }) => [new TextDecoder().decode(bytes), replay ?? false])).toEqual([
    ["old", true],
    ["\x1b[c", false],
  ]);
  expect(command.taps.at(2)?.runs[0]?.lines).toBe(1);
});

test("a command of another client that comes in frames is raw", () => {
  const { client, socket } = connected();
  const command = client.run({ command: "vim", format: "html", streams: "exact" });
  socket.says({ type: "command", payload: { result: "ok", command: "vim", clientId: 7, serverId: 1 } });
  socket.sends(frame(1, {}, "x"));
  expect(command.view.options.format).toBe("raw");
});

test("frames count for what is acknowledged", () => {
  const { client, socket } = connected({ resume: { stream: "s", seq: 0, resumed: false }, limits: { window: 80 } });
  running(client, socket);
  socket.sends(frame(1, { seq: 50 }, "x".repeat(18)));
  expect(socket.got("ack")).toEqual([{ seq: 50 }]);
});

test("bytes of a file come before their answer", async () => {
  const { client, socket } = connected();
  const read = client.files.read({ path: "a" });
  socket.sends(frame(5, { serverId: 1 }, "content"));
  socket.says({ type: "files", payload: { result: "ok", clientId: 1, type: "read", path: "a", offset: 0, length: 7, end: true, size: 7, modified: "" } } as never);
  expect(new TextDecoder().decode((await read).bytes)).toBe("content");
});

test("input that is no text goes as it is", () => {
  const { client, socket } = connected();
  const command = running(client, socket);
  command.change({ phase: "running" });
  expect(client.inputBytes(command, "\x1b[M \xe9!")).toBe(true);
  expect(socket.frames).toEqual([inputFrame(1, new Uint8Array([27, 91, 77, 32, 0xe9, 33]))]);
  expect(socket.received.filter(({ type }) => type === "update")).toEqual([]);
});
