// Styles: lets xterm.js style itself where the page forbids inline styles.
//
// xterm.js fills <style> elements, which it makes while it is opened, and `style` attributes of spans. A strict policy
// refuses both, but allows what does the same: constructed style sheets and the CSSOM, which only script can use.

/** Runs `open`, in which every <style> that is made fills a constructed style sheet instead. */
export function withConstructedSheets(open: () => void): void {
  const make = Document.prototype.createElement.bind(document);
  const value = (name: string) => (name === "style" ? constructed(make("template")) : make(name));
  Object.defineProperty(document, "createElement", { value, configurable: true });
  try {
    open();
  } finally {
    Reflect.deleteProperty(document, "createElement");
  }
}

/** From now on the `style` attribute of a span is set through the CSSOM. */
export function styleSpansByCssom(): void {
  const { setAttribute } = Element.prototype;
  HTMLSpanElement.prototype.setAttribute = function (name, value) {
    if (name === "style") this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}

function constructed(element: HTMLElement): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const remove = element.remove.bind(element);
  return Object.defineProperties(element, {
    textContent: { set: (css: string) => sheet.replaceSync(css) },
    remove: {
      value: () => {
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
        remove();
      },
    },
  });
}
