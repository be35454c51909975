// Html: the engine's output as nodes. Whatever is not on the allow-list does not enter the document.

interface TrustedPolicy {
  createHTML(html: string): string;
}

interface TrustedFactory {
  createPolicy(name: string, rules: { createHTML: (html: string) => string }): TrustedPolicy;
}

const factory = (globalThis as { trustedTypes?: TrustedFactory }).trustedTypes;
// The text goes into an inert template only, and leaves it only through `copy`.
const policy: TrustedPolicy = factory?.createPolicy("porthole", { createHTML: (html) => html }) ?? {
  createHTML: (html) => html,
};

const paletteClass = /^[fb](?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])$/;
const lookClasses = new Set(
  "bold dim italic blink inverse hidden strike overline underline double curly dotted dashed".split(" "),
);
const colour = /^[0-9a-f]{6}$/i;
const number = /^\d{1,9}$/;
const remote = /^(?:https?:\/\/|mailto:)/i;
const pixels = /^[1-9]\d{0,3}$/;
const data = /^data:image\/(?:png|jpeg);base64,[A-Za-z0-9+/]*=*$/;
const deepest = 16;

/** Parses output and gives what the allow-list lets through: text, `span`, `a` and `img`. */
export function parseOutput(html: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  if (!html.includes("<") && !html.includes("&")) {
    fragment.append(html);
    return fragment;
  }
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  copy(template.content, fragment, 0);
  return fragment;
}

function copy(from: Node, to: Node, depth: number): void {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      to.appendChild(document.createTextNode(node.nodeValue ?? ""));
      continue;
    }
    const element = node.nodeType === Node.ELEMENT_NODE ? allowed(node as Element) : null;
    if (!element || depth >= deepest) continue;
    copy(node, element, depth + 1);
    to.appendChild(element);
  }
}

function allowed(element: Element): HTMLElement | null {
  if (element.namespaceURI !== "http://www.w3.org/1999/xhtml") return null;
  if (element.localName === "span") return span(element);
  if (element.localName === "a") return anchor(element);
  if (element.localName === "img") return picture(element);
  return null;
}

function span(element: Element): HTMLElement {
  const made = document.createElement("span");
  takeLook(element, made);
  return made;
}

function takeLook(from: Element, to: HTMLElement): void {
  for (const name of from.classList) {
    if (paletteClass.test(name) || lookClasses.has(name)) to.classList.add(name);
  }
  const foreground = from.getAttribute("data-fg");
  const background = from.getAttribute("data-bg");
  if (foreground && colour.test(foreground)) paint(to, "fg", "--f", foreground);
  if (background && colour.test(background)) paint(to, "bg", "--b", background);
}

/** A colour of 24 bits; the nearest of the palette is already among the classes. */
function paint(element: HTMLElement, name: "fg" | "bg", property: "--f" | "--b", value: string): void {
  element.classList.add(name);
  element.dataset[name] = value;
  element.style.setProperty(property, `#${value}`);
}

function anchor(element: Element): HTMLElement | null {
  const href = element.getAttribute("href") ?? "";
  const made = document.createElement("a");
  takeLook(element, made);
  if (remote.test(href)) {
    made.href = href;
    made.target = "_blank";
    made.rel = "noopener noreferrer";
    return made;
  }
  const file = localPath(href);
  if (file === null) return span(element);
  made.setAttribute("href", href);
  made.dataset["path"] = file.path;
  if (file.base64) made.dataset["base64"] = file.base64;
  // A listing of hundreds of files would otherwise stand between the keyboard and the next block.
  made.tabIndex = -1;
  for (const name of ["line", "col"]) {
    const value = element.getAttribute(`data-${name}`);
    if (value && number.test(value)) made.dataset[name] = value;
  }
  return made;
}

/** A picture that is there, or one whose number it has; see pictures.ts. */
function picture(element: Element): HTMLElement | null {
  const made = document.createElement("img");
  const src = element.getAttribute("src") ?? "";
  const image = element.getAttribute("data-image") ?? "";
  if (data.test(src)) {
    made.src = src;
  } else if (number.test(image)) {
    made.dataset["image"] = image;
    made.tabIndex = 0;
    made.setAttribute("role", "button");
    made.setAttribute("aria-haspopup", "dialog");
  } else {
    return null;
  }
  const [width, height] = ["width", "height"].map((name) => element.getAttribute(name) ?? "");
  if (width && height && pixels.test(width) && pixels.test(height)) {
    made.setAttribute("width", width);
    made.setAttribute("height", height);
    // Its place is as large before it is there, also where it is not as wide as it would be.
    made.style.aspectRatio = `${width} / ${height}`;
  }
  made.alt = element.getAttribute("alt") ?? "";
  made.title = made.alt;
  return made;
}

/** The file that a relative link names, or null for anything that leads elsewhere. */
function localPath(href: string): { path: string; base64?: string } | null {
  if (!href.startsWith("./") && !href.startsWith("../") && !/^\/(?![/\\])/.test(href)) return null;
  if (/%(?![0-9a-f]{2})/i.test(href) || /[^\x20-\x7e]/.test(href)) return null;
  // A name may have bytes that are no text.
  const bytes = unescaped(href);
  const path = new TextDecoder().decode(bytes);
  if (/[\u0000-\u001f\u007f]/.test(path)) return null;
  return path.includes("\ufffd") ? { path, base64: btoa(String.fromCharCode(...bytes)) } : { path };
}

/** The bytes of an address in ASCII, of which some are written as "%" and two digits. */
function unescaped(href: string): Uint8Array {
  const letters = href.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
