// Files: the user's files on the server's machine, one question each.

import { fromBase64, toBase64 } from "./base64";
import type {
  Answer,
  FileDescription,
  FilePlace,
  FileRange,
  FileThumbnail,
  FilesAnswer,
  FilesRequest,
  FolderPage,
  ListFolder,
  PrintedImage,
} from "./generated";
import { granted, RequestError, type WithBytes } from "./requests";
import { type Content, Upload, type UploadOptions } from "./upload";

/** What is asked of the server; null where nobody answers. */
export type AskFiles = (payload: FilesRequest) => Promise<Answer<FilesAnswer> | null>;

/** A picture of an image file. */
export interface Picture extends Omit<FileThumbnail, "data"> {
  /** It as the address of an `<img>`. */
  src: string;
}

/** A picture of an image that a command printed. */
export interface Printed extends Omit<PrintedImage, "data"> {
  /** It as the address of an `<img>`. */
  src: string;
}

type Kind = FilesAnswer["type"];
type AnswerTo<T extends Kind> = Extract<FilesAnswer, { type: T }>;

export class Files {
  readonly #ask: AskFiles;
  readonly #base: string;

  /** `base` is the address under which the server is reached, `https://` and host. */
  constructor(ask: AskFiles, base: string) {
    this.#ask = ask;
    this.#base = base;
  }

  list(ask: ListFolder): Promise<FolderPage> {
    return answerTo("list", this.#ask({ type: "list", ...ask }));
  }

  stat(place: FilePlace): Promise<FileDescription> {
    return answerTo("stat", this.#ask({ type: "stat", ...place }));
  }

  /** Reads a range; the server gives at most 256 KiB at once. */
  async read(place: FilePlace, offset = 0, length?: number): Promise<FileRange & { bytes: Uint8Array }> {
    const ask: FilesRequest = { type: "read", ...place, offset, ...(length === undefined ? {} : { length }) };
    const answer = await answerTo("read", this.#ask(ask));
    return { ...answer, bytes: bytesOf(answer) };
  }

  /** A picture of an image file, with a longer side of at most `side` pixels. */
  async thumbnail(place: FilePlace, side: number): Promise<Picture> {
    return pictured(await answerTo("thumbnail", this.#ask({ type: "thumbnail", ...place, side })));
  }

  /** A picture of an image that a command printed, small where no longer side is asked for, in pixels. */
  async printed(serverId: number, image: number, side?: number): Promise<Printed> {
    const ask: FilesRequest = { type: "image", serverId, image, ...(side === undefined ? {} : { side }) };
    return pictured(await answerTo("image", this.#ask(ask)));
  }

  /** The bytes of an image as a command printed it. */
  async printedBytes(serverId: number, image: number): Promise<Blob> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let offset = 0; ; ) {
      const ask: FilesRequest = { type: "image", serverId, image, offset };
      const answer = await answerTo("image", this.#ask(ask));
      const { end, mediaType } = answer;
      const part = bytesOf(answer);
      parts.push(part);
      offset += part.length;
      if (end || part.length === 0) return new Blob(parts, { type: mediaType });
    }
  }

  /** The address at which the file can be fetched within a minute; a secret for as long. */
  async download(place: FilePlace): Promise<string> {
    const { url } = await answerTo("download", this.#ask({ type: "download", ...place }));
    return new URL(url, this.#base).href;
  }

  /** Prepares an upload, which `start` begins. */
  upload(path: string, content: Content, options?: UploadOptions): Upload {
    return new Upload(this.#ask, path, content, options);
  }
}

type Carrying = WithBytes & { data?: string };

const bytesOf = ({ bytes, data }: Carrying) => bytes ?? fromBase64(data ?? "");

/** An answer with its bytes as the address of an `<img>`. */
function pictured<A extends Carrying & { mediaType: string }>({ bytes, data, ...picture }: A) {
  return { ...picture, src: `data:${picture.mediaType};base64,${bytes ? toBase64(bytes) : (data ?? "")}` };
}

/** The answer of the type that was asked for. */
export async function answerTo<T extends Kind>(
  type: T,
  asked: Promise<Answer<FilesAnswer> | null>,
): Promise<AnswerTo<T> & WithBytes> {
  const answer = await granted(asked);
  if (answer.type !== type) throw new RequestError("unreachable", "The answer is one to another question.");
  return answer as unknown as AnswerTo<T> & WithBytes;
}
