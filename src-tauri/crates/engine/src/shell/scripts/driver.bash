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
__porthole_id=0 __porthole_status=0 __porthole_pipes=0 __porthole_trace=0 __porthole_text= __porthole_unsaved=
__porthole_define=1 __porthole_arguments=()

__porthole_next() {
  if [[ -n $__porthole_id ]]; then
    __porthole_status=$1 __porthole_text=
    [[ -n $__porthole_pipes ]] || \builtin printf -v __porthole_pipes '%s ' "${@:3:$2}"
    __porthole_arguments=("${@:3+$2}")
    case $- in *x*) \builtin set +x; __porthole_trace=1 ;; *) __porthole_trace=0 ;; esac
    \builtin printf '\0\0e\0=%s\0=%s\0=%s\0=%s\0.\0\0' "$__porthole_id" "$__porthole_status" \
      "$__porthole_pipes" "${PWD-}" >"$__porthole_reports"
    __porthole_unsaved=$__porthole_id __porthole_id=
    # Takes ended jobs off the list, as a prompt does.
    \builtin jobs >/dev/null
  fi
  # Still there when an interrupt came before all was told.
  if [[ -n $__porthole_unsaved ]]; then
    __porthole_save >"$__porthole_reports"
    __porthole_unsaved=
  fi
  IFS= \builtin read -r -d '' __porthole_text <"$__porthole_commands"
}

__porthole_note() {
  \builtin printf -v __porthole_pipes '%s ' "${@:2}"
  \builtin return "$1"
}

__porthole_back() { \builtin return "$__porthole_status"; }

# Tells the state of the session, by builtins alone: no process is started, no variable of its own is in the way.
__porthole_save() {
  if [[ -n $__porthole_define ]]; then
    __porthole_define
    __porthole_define=
  fi
  \builtin printf '\0\0s\0=%s\0=' "$__porthole_unsaved"
  \builtin declare -p
  # Among all of them it is told as it once was.
  \builtin declare -p DIRSTACK
  \builtin printf '\0='
  \builtin shopt -p
  \builtin set +o
  \builtin printf '\0='
  \builtin trap -p
  \builtin alias -p
  \builtin umask -p
  \builtin printf '\0.\0\0'
}

__porthole_define() {
  \builtin printf '\0\0d\0=%s\0=' "$__porthole_unsaved"
  \builtin declare -f
  \builtin declare -F
  \builtin printf '\0='
  \builtin complete -p
  \builtin printf '\0.\0\0'
}

# A stray `break` ends the loop, which then goes on one level deeper; an interrupt comes back by the prompt.
__porthole_loop='while { __porthole_next "$?" "${#PIPESTATUS[@]}" "${PIPESTATUS[@]}" "$@"; } 2>/dev/null; do \builtin eval "$__porthole_text"; done; \builtin eval "$__porthole_loop"'
unset PROMPT_COMMAND
PROMPT_COMMAND='\builtin eval "$__porthole_loop"'
