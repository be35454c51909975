// @vitest-environment jsdom

import { describe, expect, test } from "vitest";
import { parseOutput } from "./html";

const shown = (html: string): string => {
  const host = document.createElement("div");
  host.append(parseOutput(html));
  return host.innerHTML;
};

describe("what the engine writes is let through", () => {
  test.each([
    ["plain", "plain"],
    ["a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"],
    ['<span class="bold f1 b255">x</span>', '<span class="bold f1 b255">x</span>'],
    ['<span class="underline curly">x</span>', '<span class="underline curly">x</span>'],
    ["two\nlines\n", "two\nlines\n"],
  ])("%s", (html, expected) => {
    expect(shown(html)).toBe(expected);
  });

  test("a colour of 24 bits", () => {
    const span = parseOutput('<span class="f214" data-fg="ffaf00" data-bg="102030">x</span>').firstElementChild as HTMLElement;
    expect(span.className).toBe("f214 fg bg");
    expect(span.style.getPropertyValue("--f")).toBe("#ffaf00");
    expect(span.style.getPropertyValue("--b")).toBe("#102030");
  });

  test("an address, which opens elsewhere and learns nothing of this page", () => {
    const link = parseOutput('<a href="https://example.org/?a=1&amp;b=2">x</a>').firstElementChild as HTMLAnchorElement;
    expect(link.getAttribute("href")).toBe("https://example.org/?a=1&b=2");
    expect(link.target).toBe("_blank");
    expect(link.rel).toBe("noopener noreferrer");
  });

  test("the name of a file, with its place in the file", () => {
    const link = parseOutput('<a href="./a%20b.rs" data-line="12" data-col="3"><span class="f4">a b.rs:12:3</span></a>')
      .firstElementChild as HTMLElement;
    expect({ ...link.dataset }).toEqual({ path: "./a b.rs", line: "12", col: "3" });
    expect(link.getAttribute("href")).toBe("./a%20b.rs");
    expect(link.innerHTML).toBe('<span class="f4">a b.rs:12:3</span>');
  });
});

test("pictures are let through as data or by their number, and no other address is", () => {
  const html = '<img src="data:image/png;base64,AAA=" width="4" height="3" alt="image/png &lt;x>" onload="alert(1)">';
  const image = parseOutput(html).firstElementChild as HTMLImageElement;
  expect([image.src, image.width, image.height, image.alt, image.onload]).toEqual(["data:image/png;base64,AAA=", 4, 3, "image/png <x>", null]);
  expect(parseOutput('<img data-image="3" alt="a">').firstElementChild?.getAttribute("data-image")).toBe("3");
  for (const src of ["data:image/svg+xml;base64,AAAA", "https://example.org/a.png", "x", "data:image/png;base64,A' onerror='alert(1)"]) {
    expect(shown(`<img src="${src}" alt="a">`)).toBe("");
  }
});

describe("nothing else enters the page", () => {
  const corpus = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil>alert(1)</ScRiPt>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href='javascript:alert(1)'>x</math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<form action='javascript:alert(1)'><button formaction='javascript:alert(1)'>x</button></form>",
    "<input autofocus onfocus=alert(1)><select autofocus onfocus=alert(1)><textarea autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
    "<body onload=alert(1)><html onclick=alert(1)>",
    "<base href='https://evil/'><link rel=stylesheet href='//evil'><meta http-equiv=refresh content='0;url=//evil'>",
    "<style>*{background:url(//evil)}</style>",
    "<template><script>alert(1)</script><img src=x onerror=alert(1)></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<xmp><script>alert(1)</script></xmp><plaintext><img src=x onerror=alert(1)>",
    "<custom-element onclick=alert(1)>x</custom-element>",
    "<!--><img src=x onerror=alert(1)>--><!-- <script>alert(1)</script> -->",
    "<?xml version='1.0'?><![CDATA[<script>alert(1)</script>]]>",
    "<span onclick=alert(1) style='position:fixed;inset:0' id=x name=y is=z slot=s>x</span>",
    "<span class='f256 b-1 evil output terminal fg bg f01'>x</span>",
    "<span data-fg='red;background:url(//evil)' data-bg='12345'>x</span>",
    "<span><span><script>alert(1)</script></span><img src=x onerror=alert(1)></span>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt&colon;alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a><a href='blob:x'>x</a><a href='file:///etc/passwd'>x</a><a href='about:blank'>x</a>",
    "<a href='//evil/'>x</a><a href='/\\evil'>x</a><a href='\\\\evil'>x</a><a href='https:evil'>x</a>",
    "<a href='./a%00b'>x</a><a href='./%0aevil'>x</a><a href='./%E0%A4'>x</a>",
    "<a href='https://example.org' onclick=alert(1) ping=//evil download target=_self style=color:red>x</a>",
    "<a href='./a' data-line='1;x' data-col='-1' data-path='/etc/passwd'>x</a>",
    "<a><svg><animate attributeName=href values=javascript:alert(1)></a>",
    "</span></div></body><script>alert(1)</script>",
    "<span class='bold'".padEnd(2000, " ") + "onmouseover=alert(1)>x",
    `${"<span>".repeat(200)}<script>alert(1)</script>`,
  ];
  const allowed: Record<string, Set<string>> = {
    SPAN: new Set(["class", "style", "data-fg", "data-bg"]),
    A: new Set(["href", "target", "rel", "class", "style", "data-fg", "data-bg", "tabindex", "data-path", "data-base64", "data-line", "data-col"]),
  };
  const classes = /^(?:[fb](?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])|fg|bg|bold|dim|italic|blink|inverse|hidden|strike|overline|underline|double|curly|dotted|dashed)$/;

  test.each(corpus.map((html) => [html.slice(0, 100), html]))("%s", (_name, html) => {
    const fragment = parseOutput(html);
    const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_ALL);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.nodeType === Node.TEXT_NODE) continue;
      expect(node.nodeType).toBe(Node.ELEMENT_NODE);
      const element = node as HTMLElement;
      const names = allowed[element.tagName];
      expect(names, element.tagName).toBeDefined();
      for (const { name } of element.attributes) expect(names?.has(name), name).toBe(true);
      for (const name of element.classList) expect(name).toMatch(classes);
      for (const property of Array.from(element.style)) expect(["--f", "--b"]).toContain(property);
      const href = element.getAttribute("href");
      if (href !== null) expect(href).toMatch(/^(?:https?:\/\/|mailto:|\.\.?\/|\/[^/\\])/i);
      if (element.dataset["path"]) expect(element.dataset["path"]).not.toBe("/etc/passwd");
    }
  });

  test("and nothing runs or is fetched while it is looked at", () => {
    const before = document.documentElement.outerHTML;
    for (const html of corpus) parseOutput(html);
    expect(document.documentElement.outerHTML).toBe(before);
  });
});

test("a name with bytes that are no text keeps them", () => {
  const link = parseOutput("<a href='./a%ffb'>a?b</a><a href='./%c3%a9'>é</a>").querySelectorAll("a");
  expect(link[0]?.dataset).toMatchObject({ path: "./a\ufffdb", base64: btoa("./a\xffb") });
  expect(link[1]?.dataset["path"]).toBe("./é");
  expect(link[1]?.dataset["base64"]).toBeUndefined();
});
