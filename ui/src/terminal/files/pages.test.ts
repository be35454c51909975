import { expect, test } from "vitest";
import { imageType, pageSize, Pages } from "./pages";

/** A file in memory, and how much was read of it. */
function file(content: string | Uint8Array) {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const read = async (offset: number, length: number) => {
    const found = bytes.subarray(offset, offset + length);
    return { bytes: found, end: offset + found.length >= bytes.length, size: bytes.length };
  };
  return new Pages(read);
}

const lines = Array.from({ length: 40_000 }, (_, at) => `line ${at} é\n`).join("");

test("pages begin and end with whole lines, and together are the file", async () => {
  const pages = file(lines);
  await pages.first();
  while (!pages.atEnd) await pages.next();
  expect(pages.pages.length).toBeGreaterThan(3);
  expect(pages.pages.every(({ text }) => text.startsWith("line ") && text.endsWith("\n"))).toBe(true);
  expect(pages.pages.map(({ text }) => text).join("")).toBe(lines);
});

test("the end is shown without what comes before it, which can be added", async () => {
  const pages = file(lines);
  await pages.first();
  await pages.last();
  expect(pages.pages).toHaveLength(1);
  expect(lines.endsWith(pages.pages[0]?.text ?? "?")).toBe(true);
  while (!pages.atBegin) await pages.previous();
  expect(pages.pages.map(({ text }) => text).join("")).toBe(lines);
});

test("a character that lies across two ranges is whole", async () => {
  const long = "€".repeat(pageSize);
  const pages = file(long);
  await pages.first();
  while (!pages.atEnd) await pages.next();
  expect(pages.pages.map(({ text }) => text).join("")).toBe(long);
});

test("no more than a bounded part of a large file is kept", async () => {
  const pages = file(new Uint8Array(pageSize * 40).fill(97));
  await pages.first();
  while (!pages.atEnd) await pages.next();
  expect(pages.pages.length).toBe(24);
  expect(pages.atBegin).toBe(false);
});

test("what the file has grown by follows", async () => {
  let content = "one\n";
  const pages = new Pages(async (offset, length) => {
    const bytes = new TextEncoder().encode(content).subarray(offset, offset + length);
    return { bytes, end: true, size: content.length };
  });
  await pages.first();
  content += "two\n";
  await pages.next();
  expect(pages.pages.map(({ text }) => text)).toEqual(["one\n", "two\n"]);
});

test("bytes that are no text are shown as bytes", async () => {
  const pages = file(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1]));
  await pages.first();
  expect(pages.binary).toBe(true);
  expect(pages.pages[0]?.text).toMatch(/^00000000 {2}7f 45 4c 46 00 01 .* ·ELF··\n$/);
});

test("images are told by their first bytes", () => {
  expect(imageType(new Uint8Array([0x89, 0x50, 0x4e, 0x47]))).toBe("image/png");
  expect(imageType(new TextEncoder().encode("RIFF....WEBP"))).toBe("image/webp");
  expect(imageType(new TextEncoder().encode("<svg/>"))).toBeNull();
});
