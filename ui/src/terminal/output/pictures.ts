// Pictures: the images that a command printed, asked for when they come into sight.

import type { Files } from "../../protocol";

/** Pixels of a larger picture's longer side. */
const large = 1600;

let source: Pick<Files, "printed"> | null = null;

/** Where pictures come from. */
export function takePicturesFrom(files: Pick<Files, "printed">): void {
  source = files;
}

/** Fills the images under `root`, which a command printed, once they are looked at; gives the way to stop that. */
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
    root.addEventListener("click", this.#clicked);
    root.addEventListener("keydown", this.#pressed);
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
    this.#root.removeEventListener("click", this.#clicked);
    this.#root.removeEventListener("keydown", this.#pressed);
  }

  async #show(image: HTMLImageElement, side?: number): Promise<boolean> {
    const serverId = this.#serverId();
    if (!source || serverId === null) return false;
    try {
      image.src = await source.printed(serverId, Number(image.dataset["image"]), side);
      return true;
    } catch {
      // Its words stay in its place; a connection that comes back draws everything that it did not keep.
      delete image.dataset["seen"];
      return false;
    }
  }

  #clicked = (event: MouseEvent): void => {
    const image = (event.target as Element).closest<HTMLImageElement>("img[data-image]");
    if (!image || event.button !== 0) return;
    event.stopPropagation();
    void this.#turn(image);
  };

  #pressed = (event: KeyboardEvent): void => {
    const image = (event.target as Element).closest<HTMLImageElement>("img[data-image]");
    if (!image || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    void this.#turn(image);
  };

  /** Between the small picture and the large one. */
  async #turn(image: HTMLImageElement): Promise<void> {
    const grows = !image.classList.contains("large");
    if (grows && !(await this.#show(image, large))) return;
    image.classList.toggle("large", grows);
    image.setAttribute("aria-expanded", String(grows));
  }
}
