import { beforeEach, expect, test, vi } from "vitest";
import { Command } from "../../protocol";
import { keepDrawn } from "./drawn";

let frames: (() => void)[] = [];

beforeEach(() => {
  frames = [];
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => frames.push(draw));
  vi.stubGlobal("cancelAnimationFrame", (frame: number) => (frames[frame - 1] = () => {}));
});

const command = () =>
  new Command({ command: "seq 5", clientId: 1, options: { format: "html", streams: "exact" }, phase: "sent" });

test("many changes of a running command are drawn once, in the next frame", () => {
  const running = command();
  const draw = vi.fn();
  keepDrawn(running, draw);
  running.change({ phase: "running" });
  running.change({ began: 1 });
  expect(draw).toHaveBeenCalledTimes(1);
  for (const frame of frames) frame();
  expect(draw).toHaveBeenCalledTimes(2);
});

test("the end of a command is drawn at once, so that what is completed shows all of its output", () => {
  const running = command();
  const draw = vi.fn();
  keepDrawn(running, draw);
  running.change({ phase: "running" });
  running.change({ phase: "completed" });
  expect(draw).toHaveBeenCalledTimes(2);
  for (const frame of frames) frame();
  expect(draw).toHaveBeenCalledTimes(2);
});
