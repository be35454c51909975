// Programs: which commands take the whole screen and so need a terminal that can be drawn on.

const programs = new Set(
  `vi vim nvim view vimdiff emacs nano pico micro hx helix kak joe ne
   less more most man info top htop btop atop iotop iftop nethogs glances nvtop powertop
   tmux screen zellij byobu mc ranger nnn lf vifm yazi ncdu dialog whiptail watch ssh mosh telnet
   tig lazygit lazydocker gitui k9s fzf sk weechat irssi mutt neomutt aptitude cfdisk nmtui bashtop cmatrix sl`.split(/\s+/),
);
const prefixes = new Set(["sudo", "doas", "env", "command", "exec", "time", "nohup", "nice", "builtin", "then", "do", "else", "!", "{", "("]);

/** Whether a command runs a program that is known to take the whole screen. */
export function takesScreen(command: string): boolean {
  return stages(command).some((words) => {
    const name = programOf(words);
    return name !== null && programs.has(name);
  });
}

function programOf(words: string[]): string | null {
  let afterPrefix = false;
  for (const word of words) {
    if (/^[A-Za-z_]\w*=/.test(word)) continue;
    if (prefixes.has(word)) {
      afterPrefix = true;
      continue;
    }
    if (afterPrefix && word.startsWith("-")) continue;
    return word.slice(word.lastIndexOf("/") + 1);
  }
  return null;
}

/** The words of every simple command, as far as quotes and separators tell. */
function stages(command: string): string[][] {
  const all: string[][] = [];
  let words: string[] = [];
  let word = "";
  let quote = "";
  const endWord = () => {
    if (word) words.push(word);
    word = "";
  };
  for (let at = 0; at < command.length; at += 1) {
    const character = command.charAt(at);
    if (character === "\\" && quote !== "'") {
      at += 1;
      word += command.charAt(at);
    } else if (quote) {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
    } else if (character === "#" && !word) {
      while (at + 1 < command.length && command[at + 1] !== "\n") at += 1;
    } else if ("|&;\n".includes(character)) {
      endWord();
      all.push(words);
      words = [];
    } else if (/\s/.test(character)) {
      endWord();
    } else {
      word += character;
    }
  }
  endWord();
  all.push(words);
  return all;
}
