import { expect, test } from "vitest";
import { RequestError } from "../../protocol";
import { type Ask, Preferences } from "./preferences.svelte";

test("a value is the server's to judge, and its sentence stays until a right one came", async () => {
  const ask = (async (_type: string, { values }: { values: Record<string, unknown> }) => {
    if (values["fontSize"] !== 16) throw new RequestError("bad-preference", "fontSize is a number from 6 to 72.");
    return { values, own: {} };
  }) as unknown as Ask;
  const preferences = new Preferences(ask);
  await preferences.set("fontSize", "large");
  expect(preferences.problems).toEqual({ fontSize: "fontSize is a number from 6 to 72." });
  expect(preferences.values.fontSize).toBe(14);
  await preferences.set("fontSize", 16);
  expect(preferences.problems).toEqual({});
  expect(preferences.values.fontSize).toBe(16);
});

test("what another client changed is taken in, and what it took away is gone", () => {
  const preferences = new Preferences((() => Promise.reject(new Error("away"))) as Ask);
  preferences.changed({ values: { theme: "light" }, own: { told: ["clientJoined"] } });
  expect(preferences.values.theme).toBe("light");
  preferences.changed({ values: {}, own: { told: null } });
  expect(preferences.own).toEqual({});
});
