// Places: paths of files as links, viewers and uploads name them.

import type { FilePath } from "../../protocol";

/** A file that is named somewhere on the page. */
export interface Place {
  path: FilePath;
  /** The command whose output names it: the path is relative to where that one started. */
  serverId?: number;
  /** The line that is meant, from 1. */
  line?: number;
}

/** A path as it is read. Bytes that are no text show as U+FFFD. */
export function pathText(path: FilePath): string {
  return typeof path === "string" ? path : new TextDecoder().decode(bytesOf(path.base64));
}

/** A name in a folder. */
export function within(folder: FilePath, name: string, base64?: string): FilePath {
  if (base64 === undefined && typeof folder === "string") return join(folder, name);
  const [before, after] = [folder, base64 === undefined ? name : { base64 }].map((part) =>
    typeof part === "string" ? Array.from(new TextEncoder().encode(part)) : [...bytesOf(part.base64)],
  );
  const slash = before?.at(-1) === 47 ? [] : [47];
  return { base64: btoa(String.fromCharCode(...(before ?? []), ...slash, ...(after ?? []))) };
}

function join(folder: string, name: string): string {
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) || "/";
}

/** A folder's own folder; "/" for the root. */
export function parentOf(path: string): string {
  return path.replace(/\/+$/, "").replace(/\/[^/]*$/, "") || "/";
}

/** The folders of an absolute path, from the root on. */
export function crumbs(path: string): { name: string; path: string }[] {
  const parts = path.split("/").filter(Boolean);
  return [{ name: "/", path: "/" }, ...parts.map((name, at) => ({ name, path: `/${parts.slice(0, at + 1).join("/")}` }))];
}

/** The same name with a number, before its ending: "a (1).txt". */
export function numbered(path: string, number: number): string {
  const [, stem = path, ending = ""] = /^(.*[^/])(\.[^./]+)$/s.exec(path) ?? [];
  return `${stem} (${number})${ending}`;
}

/** The permission bits as `ls` writes them. */
export function modeText(mode: number): string {
  return Array.from("rwxrwxrwx", (letter, at) => (mode & (0o400 >> at) ? letter : "-")).join("");
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
