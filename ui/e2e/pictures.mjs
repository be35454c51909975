// Pictures: image files for the tests, each made from nothing.

import { deflateSync } from "node:zlib";

const table = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A PNG of one colour; its header may claim a size that it has not. */
export function png(width, height, claimed = [width, height]) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(claimed[0], 0);
  header.writeUInt32BE(claimed[1], 4);
  header.set([8, 2], 8);
  const row = Buffer.concat([Buffer.alloc(1), Buffer.alloc(width * 3, 0x7a)]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

/** A GIF of one colour, whose pixels are written one code each. */
export function gif(width, height) {
  const size = Buffer.alloc(4);
  size.writeUInt16LE(width, 0);
  size.writeUInt16LE(height, 2);
  // Codes of 3 bits: 4 clears, 5 ends. Cleared before each pixel no code grows.
  const codes = Array.from({ length: width * height }, () => [4, 1]).flat().concat(5);
  const bits = codes.flatMap((code) => [code & 1, (code >> 1) & 1, code >> 2]);
  const packed = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, at) => (packed[at >> 3] |= bit << (at & 7)));
  const blocks = [];
  for (let at = 0; at < packed.length; at += 255) {
    const part = packed.subarray(at, at + 255);
    blocks.push(Buffer.from([part.length]), part);
  }
  const colours = Buffer.from([0, 0, 0, 200, 80, 40, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from("GIF89a"), size, Buffer.from([0xf1, 0, 0]), colours,
    Buffer.from([0x2c, 0, 0, 0, 0]), size, Buffer.from([0, 2]), ...blocks, Buffer.from([0, 0x3b]),
  ]);
}

/** A picture with many colours, as the browser encodes it in a format. */
export async function drawn(page, type, width, height) {
  const data = await page.evaluate(([type, width, height]) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    const sky = context.createLinearGradient(0, 0, width, height);
    ["#123", "#b84", "#fdc", "#284"].forEach((colour, at) => sky.addColorStop(at / 3, colour));
    context.fillStyle = sky;
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#e33";
    context.beginPath();
    context.arc(width / 2, height / 2, height / 4, 0, 7);
    context.fill();
    return canvas.toDataURL(type, 0.9);
  }, [type, width, height]);
  if (!data.startsWith(`data:${type};base64,`)) throw new Error(`this browser writes no ${type}`);
  return Buffer.from(data.slice(data.indexOf(",") + 1), "base64");
}
