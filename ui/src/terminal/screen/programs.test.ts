import { expect, test } from "vitest";
import { takesScreen } from "./programs";

test.each([
  "vim",
  "vim a.txt",
  "sudo -E vim /etc/hosts",
  "EDITOR=x /usr/bin/nano notes",
  "git log | less -R",
  "cd /tmp && htop",
  "make; top",
  "ssh machine",
  "if true; then man ls; fi",
])("%s takes the screen", (command) => expect(takesScreen(command)).toBe(true));

test.each([
  "",
  "ls",
  "echo vim",
  "which less",
  'echo "a | less"',
  "echo 'x; top'",
  "cat vim",
  "grep top file # | less",
  "echo a \\| less",
  "vimtutor-not --x",
])("%s does not", (command) => expect(takesScreen(command)).toBe(false));
