// Frames: what comes and goes in binary: output as it was printed, input that is no text, bytes of files.

/** What a frame of the server carries. */
export type FrameKind = "stdout" | "stderr" | "tapStdout" | "tapStderr" | "file";

/** A binary frame of the server. */
export interface Frame {
  kind: FrameKind;
  /** It was printed before this connection came, or is another client's to answer: a terminal answers nothing of it. */
  replay: boolean;
  /** The pipe, and the run of it. */
  location: number;
  run: number;
  /** The command; of a file the number of the request. */
  serverId: number;
  /** The lower half of its place in the stream. */
  seq: number;
  bytes: Uint8Array<ArrayBuffer>;
}

const version = 1;
const headerSize = 32;
const kinds: Record<number, FrameKind> = { 1: "stdout", 2: "stderr", 3: "tapStdout", 4: "tapStderr", 5: "file" };
const input = 16;
const replay = 1;

/** The frame, or null for one that this client does not know: a newer server may send others. */
export function readBinary(data: ArrayBuffer): Frame | null {
  if (data.byteLength < headerSize) return null;
  const header = new DataView(data, 0, headerSize);
  const kind = kinds[header.getUint8(1)];
  if (header.getUint8(0) !== version || !kind) return null;
  return {
    kind,
    replay: (header.getUint16(2) & replay) !== 0,
    location: header.getUint32(4),
    run: header.getUint32(24),
    serverId: Number(header.getBigUint64(8)),
    seq: header.getUint32(28),
    bytes: new Uint8Array(data, headerSize),
  };
}

/** A frame with input for a command. */
export function inputFrame(serverId: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(headerSize + bytes.length);
  const header = new DataView(frame.buffer);
  header.setUint8(0, version);
  header.setUint8(1, input);
  header.setBigUint64(8, BigInt(serverId));
  frame.set(bytes, headerSize);
  return frame;
}

/** The place in the stream of which `low` is the lower half, after `before`. */
export function placeAfter(before: number, low: number): number {
  return before + ((low - (before % 2 ** 32) + 2 ** 32) % 2 ** 32);
}
