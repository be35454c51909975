// Type: the font of everything that is a terminal, as the person likes it.

export interface Type {
  /** A font's family; "" for the page's own. */
  family: string;
  /** In pixels. */
  size: number;
}

const listeners = new Set<() => void>();

/** Puts it on the page. */
export function setType({ family, size }: Type): void {
  const { style } = document.documentElement;
  const own = getComputedStyle(document.documentElement).getPropertyValue("--mono-usual");
  style.setProperty("--output-size", `${size}px`);
  // A name is quoted, so that nothing in it is more than a name.
  if (family) style.setProperty("--mono", `"${family.replaceAll(/["\\\n]/g, "")}", ${own}`);
  else style.removeProperty("--mono");
  for (const listener of listeners) listener();
}

/** Calls `listener` after every change; gives the way to stop that. */
export function onType(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
