// Pictures: the images that a command printed, asked for when they come into sight.

import type { Files } from "../../protocol";

/** Pixels of the longer side of what is given where no other size is asked for. */
const small = 480;

let source: Pick<Files, "printed"> | null = null;

/** Where pictures come from. */
export function takePicturesFrom(files: Pick<Files, "printed">): void {
  source = files;
}

/** Fills the images under `root`, which a command printed, once they are looked at. */
export class Pictures {
  readonly #serverId: () => number | null;
  readonly #root: HTMLElement;
  readonly #sight: IntersectionObserver;

  constructor(root: HTMLElement, serverId: () => number | null) {
    this.#root = root;
    this.#serverId = serverId;
    this.#sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        this.#sight.unobserve(target);
        void this.#show(target as HTMLImageElement);
      }
    });
  }

  /** Looks for images that were drawn since the last time. */
  look(): void {
    for (const image of this.#root.querySelectorAll<HTMLImageElement>("img[data-image]:not([data-seen])")) {
      image.dataset["seen"] = "";
      this.#sight.observe(image);
    }
  }

  stop(): void {
    this.#sight.disconnect();
  }

  async #show(image: HTMLImageElement): Promise<void> {
    const serverId = this.#serverId();
    if (!source || serverId === null) return;
    try {
      const longer = Math.max(image.width, image.height);
      const side = longer > small ? longer : undefined;
      image.src = (await source.printed(serverId, Number(image.dataset["image"]), side)).src;
    } catch {
      // Its words stay in its place; a connection that comes back draws everything that it did not keep.
      delete image.dataset["seen"];
    }
  }
}
