# The driver of a bash session: its rc file. It reads the login files, then takes commands from a FIFO at every
# prompt and tells their ends through another one. Words in @...@ are filled in by the engine.
if [[ @PLAIN@ = 0 ]]; then
  if [[ -r /etc/profile ]]; then . /etc/profile; fi
  __porthole_text=
  if [[ -r ~/.bash_profile ]]; then
    IFS= read -r -d '' __porthole_text <~/.bash_profile; . ~/.bash_profile
  elif [[ -r ~/.bash_login ]]; then
    IFS= read -r -d '' __porthole_text <~/.bash_login; . ~/.bash_login
  elif [[ -r ~/.profile ]]; then
    IFS= read -r -d '' __porthole_text <~/.profile; . ~/.profile
  fi
  # A window of a terminal would have read it even where the login files do not.
  if [[ $__porthole_text != *bashrc* && -r ~/.bashrc ]]; then . ~/.bashrc; fi
fi

__porthole_commands=@COMMANDS@ __porthole_reports=@REPORTS@
__porthole_id=0 __porthole_status=0 __porthole_pipes=0 __porthole_trace=0 __porthole_text=

__porthole_next() {
  if [[ -n $__porthole_id ]]; then
    \builtin local IFS=' '
    __porthole_status=$1 __porthole_pipes=${__porthole_pipes:-"${*:2}"}
    case $- in *x*) \builtin set +x; __porthole_trace=1 ;; *) __porthole_trace=0 ;; esac
    \builtin printf 'e\0%s\0%s\0%s\0%s\0' "$__porthole_id" "$__porthole_status" \
      "$__porthole_pipes" "${PWD-}" >"$__porthole_reports"
    __porthole_id=
    # Takes ended jobs off the list, as a prompt does.
    \builtin jobs >/dev/null
  fi
  IFS= \builtin read -r -d '' __porthole_text <"$__porthole_commands"
}

__porthole_note() {
  \builtin local IFS=' '
  __porthole_pipes="${*:2}"
  \builtin return "$1"
}

__porthole_back() { \builtin return "$__porthole_status"; }

__porthole_snapshot() {
  \builtin local -
  \builtin local options=$SHELLOPTS
  \builtin set +m +x +e +u +C
  \builtin trap -p >"$1.traps"
  # It must outlive this shell, which may end with the next command.
  (
    \builtin trap '' HUP INT QUIT TERM
    (
      __porthole_dump "$options" "$1" >"$1" &&
        \builtin printf 's\0%s\0\0\0\0' "$2" >"$__porthole_reports"
    ) </dev/null 2>/dev/null &
  )
  \builtin jobs >/dev/null
}

__porthole_dump() {
  IFS=$' \t\n'
  \builtin set +f
  \builtin local name names=
  \builtin echo '\builtin unalias -a'
  \builtin echo 'for __porthole_text in $(\builtin compgen -A function); do case $__porthole_text in __porthole*) ;; *) \builtin unset -f "$__porthole_text" ;; esac; done'
  for name in $(\builtin compgen -v); do
    case $name in
    options | name | names | __porthole* | BASH | BASH_* | BASHPID | BASHOPTS | SHELLOPTS | EUID | UID | PPID | GROUPS | \
      DIRSTACK | FUNCNAME | PIPESTATUS | RANDOM | SRANDOM | SECONDS | EPOCH* | LINENO | HISTCMD | _ | PROMPT_COMMAND | \
      COMP_* | READLINE* | PWD | SHLVL | COLUMNS | LINES) ;;
    *) names+=" $name"; \builtin declare -p "$name" ;;
    esac
  done
  \builtin printf '__porthole_text=%q\n' "$names "
  \builtin echo '__porthole_prune'
  \builtin declare -f
  \builtin declare -F
  \builtin alias -p
  \builtin printf '. %q\n' "$2.traps"
  \builtin shopt -p
  for name in allexport errexit errtrace functrace ignoreeof keyword noclobber noglob nounset physical pipefail posix \
    verbose vi emacs histexpand braceexpand hashall notify; do
    case :$1: in *:"$name":*) \builtin echo "set -o $name" ;; *) \builtin echo "set +o $name" ;; esac
  done
  \builtin umask -p
  \builtin printf '\\builtin cd -- %q\n' "$PWD"
  for ((name = ${#DIRSTACK[@]} - 1; name > 0; name--)); do
    \builtin printf '\\builtin pushd -n -- %q\n' "${DIRSTACK[name]/#~\//$HOME/}"
  done
  \builtin printf 'OLDPWD=%q\n' "${OLDPWD-$PWD}"
  \builtin history -w "$2.history"
  \builtin printf '\\builtin history -c; \\builtin history -r %q\n' "$2.history"
  \builtin printf '__porthole_status=%q __porthole_trace=%q\n' "$__porthole_status" "$__porthole_trace"
}

# Unsets what the snapshot does not have; the names that it has are in __porthole_text.
__porthole_prune() {
  \builtin local __porthole_name
  for __porthole_name in $(\builtin compgen -v); do
    case $__porthole_name in __porthole* | BASH* | COMP_* | READLINE* | EPOCH* | PROMPT_COMMAND | SHLVL | PWD | _) continue ;; esac
    case $__porthole_text in *" $__porthole_name "*) ;; *) \builtin unset -v "$__porthole_name" ;; esac
  done
}

# A stray `break` ends the loop, which then goes on one level deeper; an interrupt comes back by the prompt.
__porthole_loop='while { __porthole_next "$?" "${PIPESTATUS[@]}"; } 2>/dev/null; do \builtin eval "$__porthole_text"; done; \builtin eval "$__porthole_loop"'
unset PROMPT_COMMAND
PROMPT_COMMAND='\builtin eval "$__porthole_loop"'
