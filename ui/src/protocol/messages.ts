// Messages: what a client sends, and how a frame of the server becomes one of its messages.

import type {
  Ack,
  Authenticate,
  AuthenticationAnswer,
  ClientUpdate,
  CommandAnswer,
  CompleteAnswer,
  CompleteRequest,
  DeleteNoteRequest,
  FilesAnswer,
  FilesRequest,
  ForgetAnswer,
  ForgetRequest,
  HistoryAnswer,
  HistoryRequest,
  ImportAnswer,
  ImportRequest,
  Note,
  NoteDeleted,
  NotesAnswer,
  NotificationsAnswer,
  NotificationsRequest,
  PipesAnswer,
  PipesRequest,
  PreferencesAnswer,
  PreferencesChange,
  Request,
  RunCommand,
  ServerMessage,
  SetNoteRequest,
  SetPreferencesRequest,
  UpdateAnswer,
} from "./generated";

/** One message to the server. */
export type ClientMessage =
  | { type: "authentication"; payload: Authenticate }
  | { type: "command"; payload: RunCommand }
  | { type: "update"; payload: ClientUpdate }
  | { type: "ack"; payload: Ack }
  | RequestMessage;

/** What is asked by a message of each type, and what answers it. */
export interface Asks {
  pipes: [PipesRequest, PipesAnswer];
  complete: [CompleteRequest, CompleteAnswer];
  files: [FilesRequest, FilesAnswer];
  history: [HistoryRequest, HistoryAnswer];
  importHistory: [ImportRequest, ImportAnswer];
  forget: [ForgetRequest, ForgetAnswer];
  notes: [Record<never, never>, NotesAnswer];
  setNote: [SetNoteRequest, Note];
  deleteNote: [DeleteNoteRequest, NoteDeleted];
  notifications: [NotificationsRequest, NotificationsAnswer];
  preferences: [Record<never, never>, PreferencesAnswer];
  setPreferences: [SetPreferencesRequest, PreferencesChange];
}

/** A type of message that asks for one answer. */
export type AskType = keyof Asks;
export type RequestMessage = { [T in AskType]: { type: T; payload: Request<Asks[T][0]> } }[AskType];

const askTypes = {
  pipes: true, complete: true, files: true, history: true, importHistory: true, forget: true, notes: true, setNote: true, deleteNote: true,
  notifications: true, preferences: true, setPreferences: true,
} satisfies Record<AskType, true>;

/** An answer to a request. */
export type Answered = Extract<ServerMessage, { type: AskType }>;
export const isAnswered = (message: ServerMessage): message is Answered => Object.hasOwn(askTypes, message.type);

/** What the server tells by itself, besides what commands print. */
export type Told = Extract<ServerMessage, { type: "noteChanged" | "preferencesChanged" | "notification" | "missed" }>;
const toldTypes = new Set(["noteChanged", "preferencesChanged", "notification", "missed"]);
export const isTold = (message: ServerMessage): message is Told => toldTypes.has(message.type);

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

const types = new Set(["authentication", "command", "update", "ack", "error", ...Object.keys(askTypes), ...toldTypes]);

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
