// Styles: lets xterm.js style itself where the page forbids inline styles.
//
// xterm.js writes <style> elements and `style` attributes, both of which a strict policy refuses. So the elements that
// it makes are special: a <style> fills a constructed style sheet, and a `style` attribute goes through the CSSOM.
// Both are allowed, since only the page's own script can do so.

type CreateElement = (name: string) => HTMLElement;

/** A stand-in for `document`, to be given to xterm.js as `documentOverride`. */
export function styledDocument(real: Document): Document {
  const createElement = styled(real);
  return new Proxy(real, {
    get(target, property) {
      if (property === "createElement") return createElement;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Runs `open`, in which xterm.js makes one <style> past its `documentOverride`. */
export function whileStyled(real: Document, open: () => void): void {
  Object.defineProperty(real, "createElement", { value: styled(real), configurable: true });
  try {
    open();
  } finally {
    Reflect.deleteProperty(real, "createElement");
  }
}

function styled(real: Document): CreateElement {
  const make: CreateElement = Document.prototype.createElement.bind(real);
  return (name) => (name === "style" ? constructed(real, make("template")) : viaCssom(make(name)));
}

function constructed(real: Document, element: HTMLElement): HTMLElement {
  const sheet = new CSSStyleSheet();
  real.adoptedStyleSheets.push(sheet);
  const remove = element.remove.bind(element);
  return Object.defineProperties(element, {
    textContent: { set: (css: string) => sheet.replaceSync(css) },
    remove: {
      value: () => {
        real.adoptedStyleSheets = real.adoptedStyleSheets.filter((other) => other !== sheet);
        remove();
      },
    },
  });
}

function viaCssom(element: HTMLElement): HTMLElement {
  const setAttribute = element.setAttribute.bind(element);
  element.setAttribute = (name, value) => {
    if (name === "style") element.style.cssText = value;
    else setAttribute(name, value);
  };
  return element;
}
