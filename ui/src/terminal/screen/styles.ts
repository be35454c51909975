// Styles: lets xterm.js style itself where the page forbids inline styles.
//
// xterm.js writes <style> elements and `style` attributes, both of which a strict policy refuses. It makes every
// element through the document that it is given, so it is given one whose <style> elements fill constructed style
// sheets and whose `style` attributes go through the CSSOM; both are allowed, since only the page's own script can do so.

/** A stand-in for `document` to be given to xterm.js as `documentOverride`. */
export function styledDocument(real: Document): Document {
  const createElement = (name: string): HTMLElement => {
    const element = real.createElement(name === "style" ? "template" : name);
    return name === "style" ? constructed(real, element) : viaCssom(element);
  };
  return new Proxy(real, {
    get(target, property) {
      if (property === "createElement") return createElement;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
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
