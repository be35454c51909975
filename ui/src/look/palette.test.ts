import { expect, test } from "vitest";
import { colour, contrast, ground, inkOn, paletteCss, parseHex, readable, toHex } from "./palette";

test("the cube and the greys are those of every terminal", () => {
  expect([16, 21, 196, 231, 232, 255].map((index) => toHex(colour(index, "dark")))).toEqual([
    "#000000", "#0000ff", "#ff0000", "#ffffff", "#080808", "#eeeeee",
  ]);
});

test.each(["dark", "light"] as const)("every colour can be read on the %s page", (theme) => {
  const background = parseHex(ground[theme].background);
  for (let index = 0; index < 256; index += 1) {
    expect(contrast(readable(colour(index, theme), theme), background), `f${index}`).toBeGreaterThanOrEqual(3.6);
  }
});

test.each(["dark", "light"] as const)("text without a colour can be read on every background of the %s theme", (theme) => {
  for (let index = 0; index < 256; index += 1) {
    const background = colour(index, theme);
    expect(contrast(inkOn(background), background), `b${index}`).toBeGreaterThanOrEqual(4);
  }
});

test("there is a rule for each of them", () => {
  expect(paletteCss("dark").split("\n")).toHaveLength(512);
});
