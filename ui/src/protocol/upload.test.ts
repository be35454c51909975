import { describe, expect, test } from "vitest";
import { fromBase64, toBase64 } from "./base64";
import { type AskFiles, Files } from "./files";
import type { Answer, Code, FilesAnswer, FilesRequest } from "./generated";
import type { Content, UploadState } from "./upload";

const content = (bytes: Uint8Array): Content => ({
  size: bytes.length,
  slice: (start, end) => ({ arrayBuffer: () => Promise.resolve(bytes.slice(start, end).buffer) }),
});

const bytes = Uint8Array.from({ length: 1000 }, (_, at) => (at * 7) % 256);

const refusal = (code: Code): Answer<FilesAnswer> => ({ result: "error", code, message: `no: ${code}` });

/** A server that keeps what comes, and answers as `change` says where it says something. */
function fakeServer(change: (ask: FilesRequest, count: number) => Answer<FilesAnswer> | null | undefined = () => undefined) {
  const asked: FilesRequest[] = [];
  const kept = new Map<number, Uint8Array>();
  let uploads = 0;
  const answer = (ask: FilesRequest): Answer<FilesAnswer> | null => {
    const changed = change(ask, asked.filter(({ type }) => type === ask.type).length);
    if (changed !== undefined) return changed;
    const ok = { result: "ok" as const };
    switch (ask.type) {
      case "upload":
        uploads += 1;
        kept.set(uploads, new Uint8Array(ask.size));
        return { ...ok, type: "upload", upload: uploads, path: `/cwd/${String(ask.path)}` };
      case "part":
        kept.get(ask.upload)?.set(fromBase64(ask.data), ask.offset);
        return { ...ok, type: "part", upload: ask.upload, offset: ask.offset, received: 0 };
      case "finish":
        return {
          ...ok, type: "finish", path: "/cwd/a",
          entry: { name: "a", kind: "file", size: 1000, modified: "", mode: 0o644 },
        };
      default:
        return refusal("bad-message");
    }
  };
  const ask: AskFiles = (question) => {
    asked.push(question);
    return Promise.resolve(answer(question));
  };
  return { files: new Files(ask, "https://127.0.0.1:1"), asked, kept };
}

const quick = { part: 300, pause: () => Promise.resolve() };

describe("an upload", () => {
  test("sends every byte once and then has its file", async () => {
    const { files, asked, kept } = fakeServer();
    const upload = files.upload("a", content(bytes), quick);
    const states: UploadState[] = [];
    upload.subscribe(() => states.push(upload.state));
    await upload.start();
    expect(upload.state).toEqual({ kind: "done", path: "/cwd/a" });
    expect(kept.get(1)).toEqual(bytes);
    expect(asked.map(({ type }) => type)).toEqual(["upload", "part", "part", "part", "part", "finish"]);
    const sent = states.flatMap((state) => (state.kind === "sending" ? [state.sent] : []));
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
    expect(sent.at(-1)).toBe(1000);
  });

  test("of nothing needs no part", async () => {
    const { files, asked } = fakeServer();
    await files.upload("a", content(new Uint8Array()), quick).start();
    expect(asked.map(({ type }) => type)).toEqual(["upload", "finish"]);
  });

  test("goes on where an answer was lost with its connection", async () => {
    const { files, kept } = fakeServer((ask, count) => (ask.type !== "upload" && count % 2 ? null : undefined));
    const upload = files.upload("a", content(bytes), quick);
    await upload.start();
    expect(upload.state.kind).toBe("done");
    expect(kept.get(1)).toEqual(bytes);
  });

  test("asks before it replaces anything", async () => {
    const taken = (ask: FilesRequest) => (ask.type === "upload" && !ask.overwrite ? refusal("file-exists") : undefined);
    const { files, asked } = fakeServer(taken);
    const upload = files.upload("a", content(bytes), quick);
    await upload.start();
    expect(upload.state).toEqual({ kind: "exists" });
    expect(asked).toHaveLength(1);
    await upload.replace();
    expect(upload.state.kind).toBe("done");
  });

  test("whose name was taken meanwhile replaces that without being sent again", async () => {
    const { files, asked } = fakeServer((ask) => (ask.type === "finish" && !ask.overwrite ? refusal("file-exists") : undefined));
    const upload = files.upload("a", content(bytes), quick);
    await upload.start();
    expect(upload.state).toEqual({ kind: "exists" });
    await upload.replace();
    expect(upload.state.kind).toBe("done");
    expect(asked.filter(({ type }) => type === "part")).toHaveLength(4);
  });

  test("that waited too long for an answer is sent again", async () => {
    const { files, asked } = fakeServer((ask, count) => {
      if (ask.type !== "finish") return undefined;
      return count === 1 ? refusal("file-exists") : count === 2 ? refusal("no-such-upload") : undefined;
    });
    const upload = files.upload("a", content(bytes), quick);
    await upload.start();
    await upload.replace();
    expect(upload.state.kind).toBe("done");
    expect(asked.filter(({ type }) => type === "part")).toHaveLength(8);
  });

  test("whose name was taken meanwhile lets go of what it sent, and may go elsewhere", async () => {
    const { files, asked } = fakeServer((ask, count) => (ask.type === "finish" && count === 1 ? refusal("file-exists") : undefined));
    const upload = files.upload("a", content(bytes), quick);
    await upload.start();
    expect(upload.state).toEqual({ kind: "exists" });
    await upload.rename("b");
    expect(asked.filter(({ type }) => type === "abort")).toEqual([{ type: "abort", upload: 1 }]);
    expect(upload.state.kind).toBe("done");
    expect(asked.filter(({ type }) => type === "upload").at(-1)).toMatchObject({ path: "b", overwrite: false });
  });

  test("that is aborted sends no more and leaves nothing", async () => {
    const { files, asked } = fakeServer((ask) => {
      if (ask.type === "part") upload.abort();
      return undefined;
    });
    const upload = files.upload("a", content(bytes), quick);
    await upload.start();
    expect(upload.state).toEqual({ kind: "aborted" });
    expect(asked.filter(({ type }) => type === "abort")).toHaveLength(1);
    expect(asked.some(({ type }) => type === "finish")).toBe(false);
  });

  test("that the server refuses says why", async () => {
    const { files } = fakeServer((ask) => (ask.type === "part" ? refusal("disk-full") : undefined));
    const upload = files.upload("a", content(bytes), quick);
    await upload.start();
    expect(upload.state).toEqual({ kind: "failed", message: "no: disk-full" });
  });
});

test("bytes are text and back", () => {
  for (const length of [0, 1, 2, 3, 70_000]) {
    const some = Uint8Array.from({ length }, (_, at) => (at * 31) % 256);
    expect(String(fromBase64(toBase64(some)))).toBe(String(some));
  }
});

test("the address of a download is one of the server", async () => {
  const { files } = fakeServer((ask) =>
    ask.type === "download" ? { result: "ok", type: "download", path: "/a", url: "/download/x", seconds: 60, size: 1 } : undefined,
  );
  expect(await files.download({ path: "a" })).toBe("https://127.0.0.1:1/download/x");
});
