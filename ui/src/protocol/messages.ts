// Messages: what a client sends, and how a frame of the server becomes one of its messages.

import type {
  Ack,
  Authenticate,
  AuthenticationAnswer,
  ClientUpdate,
  CommandAnswer,
  CompleteRequest,
  FilesRequest,
  PipesRequest,
  Request,
  RunCommand,
  ServerMessage,
  UpdateAnswer,
} from "./generated";

/** One message to the server. */
export type ClientMessage =
  | { type: "authentication"; payload: Authenticate }
  | { type: "command"; payload: RunCommand }
  | { type: "update"; payload: ClientUpdate }
  | { type: "ack"; payload: Ack }
  | RequestMessage;

/** A message that asks for one answer. */
export type RequestMessage =
  | { type: "pipes"; payload: Request<PipesRequest> }
  | { type: "complete"; payload: Request<CompleteRequest> }
  | { type: "files"; payload: Request<FilesRequest> };

/** A message with its place in the stream, which it has under `resume`. */
export type Numbered = ServerMessage & { seq?: number };

export type Granted = Extract<AuthenticationAnswer, { sessionToken: string }>;
export type Started = Extract<CommandAnswer, { serverId: number }>;
export type News = Extract<UpdateAnswer, { output: unknown }>;

export const isGranted = (answer: AuthenticationAnswer): answer is Granted =>
  answer.result === "ok" && "sessionToken" in answer;

export const isStarted = (answer: CommandAnswer): answer is Started =>
  answer.result === "ok" && "serverId" in answer;

export const isNews = (answer: UpdateAnswer): answer is News => "output" in answer;

const types = new Set(["authentication", "command", "update", "ack", "pipes", "complete", "files", "error"]);

/** The message in a frame, or null for what this client does not know: a newer server may say more. */
export function readFrame(data: unknown): Numbered | null {
  if (typeof data !== "string") return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { type, payload } = value as { type?: unknown; payload?: unknown };
  if (typeof type !== "string" || !types.has(type)) return null;
  if (typeof payload !== "object" || payload === null) return null;
  return value as Numbered;
}
