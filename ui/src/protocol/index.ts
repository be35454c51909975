// The client library: everything that a web terminal needs to speak with Porthole. It touches no page.

export * from "./client";
export * from "./command";
export { type Accepted, accept, type Completions } from "./completions";
export * from "./connection";
export * from "./files";
export type * from "./generated";
export { countLines, OutputLog, type Piece, type ScreenShown, type Taken } from "./output";
export type { Asks, AskType, Told } from "./messages";
export { RequestError } from "./requests";
export { type Cursor, start, Tap, TapRun, Taps } from "./taps";
export { Upload, type UploadState } from "./upload";
