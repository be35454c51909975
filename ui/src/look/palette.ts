// Palette: the 256 terminal colours for both themes, readable on the page's own background.

export type Theme = "dark" | "light";
export type Rgb = readonly [red: number, green: number, blue: number];

/** The page's background and text, as in tokens.css. */
export const ground: Record<Theme, { background: string; text: string; cursor: string; selection: string }> = {
  dark: { background: "#0b1317", text: "#d9e4e5", cursor: "#e3b36a", selection: "#4a3f2d" },
  light: { background: "#f7f5f0", text: "#1c2a2f", cursor: "#8f5f12", selection: "#e6d5b5" },
};

const named: Record<Theme, readonly string[]> = {
  dark: [
    "#22343c", "#f27c6d", "#7fc98b", "#e3b96a", "#6fb1e8", "#c795e0", "#5cc6bd", "#c5d3d5",
    "#5f767e", "#ff9c8c", "#9fe0a6", "#f3d08c", "#95c9f5", "#dcb2f0", "#85ded5", "#f2f7f7",
  ],
  light: [
    "#1c2a2f", "#b3301f", "#2b7535", "#8a5f08", "#1d5f9e", "#8a3fa3", "#0c7470", "#8d989b",
    "#5b6b70", "#cf4432", "#36893f", "#a0700f", "#2a74bb", "#a153bb", "#128580", "#f4f1ea",
  ],
};

const steps = [0, 95, 135, 175, 215, 255];

export function parseHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

export function toHex([red, green, blue]: Rgb): string {
  return `#${((1 << 24) | (red << 16) | (green << 8) | blue).toString(16).slice(1)}`;
}

/** Colour number 0 to 255 as terminals define it; the first sixteen are the theme's own. */
export function colour(index: number, theme: Theme): Rgb {
  if (index < 16) return parseHex(named[theme][index] ?? "#000000");
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const cube = index - 16;
  const step = (rank: number) => steps[rank % 6] ?? 0;
  return [step(Math.floor(cube / 36)), step(Math.floor(cube / 6)), step(cube)];
}

function luminance(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The contrast ratio of two colours, from 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** `rgb` moved towards the theme's text until it has a contrast of `wanted` on the theme's background. */
export function readable(rgb: Rgb, theme: Theme, wanted = 3.6): Rgb {
  return between(rgb, parseHex(ground[theme].text), parseHex(ground[theme].background), wanted);
}

/** The same for a ground of the theme's text: where text is inverse. */
function readableInverse(rgb: Rgb, theme: Theme): Rgb {
  return between(rgb, parseHex(ground[theme].background), parseHex(ground[theme].text), 3.6);
}

function between(rgb: Rgb, text: Rgb, background: Rgb, wanted: number): Rgb {
  for (let share = 0; share < 1; share += 0.1) {
    const mixed = rgb.map((part, at) => Math.round(part + ((text[at] ?? 0) - part) * share)) as unknown as Rgb;
    if (contrast(mixed, background) >= wanted) return mixed;
  }
  return text;
}

/** Black or white, whichever is read better on `background`. */
export function inkOn(background: Rgb): Rgb {
  const black: Rgb = [11, 19, 23];
  const white: Rgb = [247, 250, 250];
  return contrast(black, background) >= contrast(white, background) ? black : white;
}

/**
 * The rules for `f0`..`f255` and `b0`..`b255` inside `.output`.
 *
 * `--f` and `--b` keep the plain colours: a coloured background takes the plain text colour, and `inverse` swaps the two;
 * inverse text that has one of them alone takes `--on-f` or `--on-text`, which can be read on what is behind it then.
 */
export function paletteCss(theme: Theme): string {
  const rules: string[] = [];
  for (let index = 0; index < 256; index += 1) {
    const plain = colour(index, theme);
    rules.push(`.output .f${index}{--f:${toHex(plain)};--on-f:var(--b,${toHex(inkOn(plain))});color:${toHex(readable(plain, theme))}}`);
  }
  for (let index = 0; index < 256; index += 1) {
    const plain = colour(index, theme);
    rules.push(`.output .b${index}{--b:${toHex(plain)};--on-text:${toHex(readableInverse(plain, theme))};background:${toHex(plain)};color:var(--f,${toHex(inkOn(plain))})}`);
  }
  return rules.join("\n");
}
