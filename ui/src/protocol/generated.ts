// The protocol's messages as the engine defines them. Generated from Rust by ts-rs; not edited by hand.

export type Authenticate = { token?: string; sessionToken?: string; features?: Array<string>; client?: ClientDescription };

export type ClientDescription = { name: string; version: string };

export type RunCommand = {
  command: string;
  clientId?: number;
  breakpoints?: Array<number>;
  format?: Format;
  streams?: Streams;
  size?: Size;
};

export type Format = "html" | "text" | "raw";

export type Streams = "split" | "exact" | "pipes";

export type Size = { cols: number; rows: number };

export type ClientUpdate =
  | { type: "stdin"; serverId: number; input: string }
  | { type: "signal"; serverId: number; signal: number }
  | { type: "resize"; serverId: number; cols: number; rows: number };

export type ServerMessage =
  | { type: "authentication"; payload: AuthenticationAnswer }
  | { type: "command"; payload: CommandAnswer }
  | { type: "update"; payload: UpdateAnswer }
  | { type: "error"; payload: ErrorAnswer };

export type Outcome = "ok" | "error";

export type AuthenticationAnswer =
  | {
      result: Outcome;
      sessionToken: string;
      commands?: Array<CommandSummary>;
      features?: Array<Feature>;
      server?: string;
      limits?: LimitsAnswer;
    }
  | ErrorAnswer;

export type LimitsAnswer = { frame: number; commandsASession: number; commandText: number };

export type CommandSummary = {
  command: string;
  clientId?: number;
  serverId: number;
  begin: string;
  end: string;
  status: Status;
};

export type CommandAnswer =
  | {
      result: Outcome;
      command: string;
      clientId?: number;
      serverId: number;
      breakpoints?: Array<BreakpointAnswer>;
      pipes?: Array<PipeDescription>;
    }
  | ({ command?: string; clientId?: number } & ErrorAnswer);

export type BreakpointAnswer = { location: number; result: Outcome; message?: string };

export type PipeDescription = { index: number; offset: number; op: string };

export type Status = "running" | "completed";

export type UpdateAnswer = Update | ({ serverId?: number; clientId?: number } & ErrorAnswer);

export type Update = {
  command: string;
  serverId: number;
  output: Output;
  begin: string;
  end: string;
  status: Status;
  exitCode?: number;
  signal?: number;
  cwd?: string;
  durationMs?: number;
  pipeStatus?: Array<number>;
  order?: StreamOrder;
  dropped?: number;
};

export type StreamOrder = "exact" | "approximate";

export type Output =
  | { combined: string; stdin: string; stdout: string; stderr: string; breakpoints?: Array<BreakpointOutput> }
  | { chunks: Array<Chunk> };

export type BreakpointOutput = { location: number; combined: string; stdout: string; stderr: string };

export type Chunk = { stream: ChunkStream; location?: number; data: string; line?: string };

export type ChunkStream = "stdout" | "stderr";

export type ErrorAnswer = { result: Outcome; code: Code; message: string };

export type Feature = "details" | "format" | "chunks" | "resize" | "streams";

export type Code =
  | "bad-json"
  | "bad-message"
  | "unknown-type"
  | "not-authenticated"
  | "wrong-token"
  | "wrong-session"
  | "already-authenticated"
  | "feature-missing"
  | "bad-command"
  | "no-such-pipe"
  | "client-id-reused"
  | "too-many-commands"
  | "too-many-sessions"
  | "shell-failed"
  | "unknown-command"
  | "command-ended"
  | "bad-signal"
  | "bad-size"
  | "input-full"
  | "stopping";
