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

__porthole_commands=@COMMANDS@ __porthole_reports=@REPORTS@ __porthole_file=@FOLDER@/command __porthole_state=@FOLDER@/state
__porthole_id=0 __porthole_status=0 __porthole_pipes=(0) __porthole_trace=0 __porthole_last= __porthole_line=
__porthole_text= __porthole_first= __porthole_unsaved= __porthole_define=1 __porthole_arguments=() __porthole_hooks=
__porthole_noted= __porthole_traps= __porthole_asked= __porthole_prompted=1 __porthole_before= __porthole_over=
__porthole_same= __porthole_told= __porthole_hooked= __porthole_quick= __porthole_listing=@FOLDER@/traps
__porthole_noting='__porthole_note "$_" "$?" "${PIPESTATUS[@]}"'
__porthole_started= __porthole_jobs=

# Once a command has ended: takes its status, the statuses of its pipeline, $_ and the positional parameters, and
# makes of PROMPT_COMMAND what is to be run now.
__porthole_ended() {
  # By such a function nothing of all this would do what it says.
  if [[ -z $__porthole_same ]] && declare -F builtin && unset -f builtin; then
    echo "porthole: the function builtin is not kept, because the session needs what bash has by that name" >/dev/tty
  fi
  if [[ -z $__porthole_id || $__porthole_id = "$__porthole_over" ]]; then
    # An interrupt of what follows is none of the command.
    __porthole_hooks=
    \builtin return 0
  fi
  __porthole_over=$__porthole_id
  [[ -z $__porthole_same ]] || \builtin history -s -- "$__porthole_line"
  __porthole_text= __porthole_hooks=
  [[ -n $__porthole_noted ]] || __porthole_status=$2 __porthole_last=$1 __porthole_pipes=("${@:4:$3}")
  __porthole_noted= __porthole_arguments=("${@:4+$3}")
  # Still noted where the text could not be parsed.
  case $- in *x*) \builtin set +x; __porthole_trace=1 ;; esac
  __porthole_before=__porthole_back
  if ((${#__porthole_pipes[@]} > 1)); then
    \builtin printf -v __porthole_before ' | __porthole_exit %s' "${__porthole_pipes[@]}"
    __porthole_before=${__porthole_before:3}
  fi
  # After an interrupt bash has run it itself. At the start, another's state may come, with other hooks.
  if [[ -n $__porthole_prompted ]]; then
    __porthole_prompted= __porthole_same= __porthole_hooked=1
    \builtin return 0
  fi
  # Statuses from 147 to 150 are those of jobs that were stopped. A command without a terminal is told nothing.
  if [[ -n ${__porthole_jobs// } || ${!-} != "$__porthole_started" ||
    $__porthole_status = 14[789] || $__porthole_status = 150 ]]; then
    __porthole_hooks="__porthole_tell_jobs${__porthole_to:+ 2>/dev/null}"$'\n'
  fi
  __porthole_hooked=
  # A shell may be one that ends with a failure.
  \builtin local hook failed=
  [[ $__porthole_status = 0 ]] || failed=' && :'
  for hook in "${__porthole_prompt_command[@]}" "${PROMPT_COMMAND[@]}"; do
    if [[ -n $hook && $hook != "$__porthole_prompt" ]]; then
      __porthole_hooked=1
      \builtin printf -v __porthole_hooks '%s%s; \\builtin eval %q\n' "$__porthole_hooks" "$__porthole_before$failed" "$hook"
    fi
  done
  [[ -z $__porthole_hooks ]] || __porthole_same=
}

# What follows a text that leaves everything alone: tells its end at once, unless there may be jobs to be told of.
__porthole_tell_same() {
  __porthole_note "$@"
  [[ -z ${__porthole_jobs// } && ${!-} = "$__porthole_started" && $2 != 14[789] && $2 != 150 ]] || \builtin return 0
  __porthole_tell
}
# The same for any other text: one may have set a hook, and after one that ends in a pipe this is a stage of that.
__porthole_tell_noted() {
  # A first hook that is empty comes with what joins the two.
  if ((BASH_SUBSHELL == 0)) && [[ -z $__porthole_prompt_command &&
    (${PROMPT_COMMAND[*]-} = "$__porthole_prompt" || ${PROMPT_COMMAND[*]-} = ?"$__porthole_prompt") ]]; then
    __porthole_tell_same "$@"
  else
    __porthole_note "$@"
  fi
}

__porthole_tell() {
  \builtin printf -v __porthole_text '%s ' "${__porthole_pipes[@]}"
  \builtin printf '\0\0e\0=%s\0=%s\0=%s\0=%s\0=%s\0.\0\0' "$__porthole_id" "$__porthole_status" \
    "$__porthole_text" "${PWD-}" "$__porthole_same" >"$__porthole_reports"
  __porthole_told=$__porthole_id
}

# Tells the end, and the state when that is asked for, and takes the next command.
__porthole_next() {
  if [[ -n $__porthole_id ]]; then
    [[ $__porthole_told = "$__porthole_id" ]] || __porthole_tell
    __porthole_unsaved=$__porthole_id __porthole_id=
    # Takes ended jobs off the list, as a prompt does.
    \builtin jobs
    # What brings an interrupted command back here.
    if [[ "${PROMPT_COMMAND[*]}" != *"$__porthole_prompt"* ]]; then __porthole_keep_prompting; fi
  fi
  # Still there when an interrupt came before all was told.
  [[ -z $__porthole_asked ]] || __porthole_save
  __porthole_quick=
  [[ -n $__porthole_traps$__porthole_hooked${PS0-} || $__porthole_trace != 0 ]] || __porthole_quick=1
  # A byte that is no NUL asks for the state; a NUL comes when there is something in the file: a FIFO is read byte by byte.
  while IFS= \builtin read -r -d '' -n 1 __porthole_text <"$__porthole_commands"; [[ -n $__porthole_text ]]; do
    __porthole_asked=1
    __porthole_save
  done
  [[ -z $__porthole_unsaved || -n $__porthole_same ]] || __porthole_save
  __porthole_take <"$__porthole_file"
  # Nothing runs twice, whatever made a bash that reaps a job believe that a byte came.
  if [[ -n $__porthole_id && $__porthole_id = "$__porthole_over" ]]; then
    __porthole_id= __porthole_same= __porthole_text=
    \builtin return 0
  fi
  [[ -z $__porthole_same ]] || __porthole_look
  if [[ -n $__porthole_same ]]; then
    # It does not look at what was there before, and nothing notices what follows.
    __porthole_first=$'\n'$__porthole_line$'\n__porthole_tell_same "$_" "$?" "${PIPESTATUS[@]}"'
  elif [[ -n $__porthole_id ]]; then
    [[ $__porthole_line = ' '* ]] || \builtin history -s -- "$__porthole_line"
    [[ -z ${PS0-} ]] || : "${PS0@P}"
    [[ $__porthole_line != *trap* ]] || __porthole_traps=1
    __porthole_ready
  else
    \builtin return 0
  fi
  if [[ -n $__porthole_to ]]; then
    __porthole_text+='\builtin eval "$__porthole_first"'$__porthole_to
  else
    __porthole_text+=$__porthole_first
  fi
}

# Looks at what the first words of plain stages stand for: programs, builtins that change nothing, or something that may.
# Nothing is a program by its name that was not one before. No alias has a slash.
__porthole_look() {
  \builtin local IFS=' ' name names="$__porthole_same"
  __porthole_same=
  [[ -n $__porthole_quick ]] || \builtin return 0
  for name in $names; do
    ! \builtin declare -F "$name" || \builtin return 0
    case $name in
      */*) [[ -f $name ]] || \builtin return 0 ;;
      # They change something, or are reserved words where they are no programs.
      cd | pushd | popd | export | coproc | function | time) \builtin return 0 ;;
      : | echo | false | pwd | true) ! \builtin alias "$name" || \builtin return 0 ;;
      *) { ! \builtin alias "$name" && \builtin hash -t "$name"; } || \builtin return 0 ;;
    esac
  done
  __porthole_same=1
}

# Puts before the text what it may look at, and the note behind it.
__porthole_ready() {
  if [[ $__porthole_line = *PIPESTATUS* && $- != *e* ]]; then
    __porthole_first=$__porthole_before
  else
    __porthole_first='__porthole_back "$__porthole_last" && : "$__porthole_last"'
  fi
  [[ $__porthole_trace = 0 ]] || __porthole_first="__porthole_trace=0; \\builtin set -x; $__porthole_first"
  # What a DEBUG trap prints for the engine's own commands goes nowhere, and no trace tells of them.
  [[ -n $__porthole_quick ]] || __porthole_first="{ $__porthole_first; } >/dev/null 2>&1"
  # The text begins a line of its own: what cannot be parsed must not take the first line with it.
  __porthole_first+=$'\n'$__porthole_line
  # eval forgets the statuses of a pipeline, so they are noted within; not where a here-document may be open.
  [[ $__porthole_line != *'<<'* && $__porthole_line != *\\ ]] || \builtin return 0
  # Where nothing notices it, it tells the end as well.
  case $__porthole_line in
    # What follows the last one would be the body of a function.
    *set* | *trap* | *shopt* | *eval* | *source* | *'. '* | *\(\) | *\(\)' ') ;;
    *)
      if [[ -n $__porthole_quick ]]; then
        __porthole_first+=$'\n__porthole_tell_noted "$_" "$?" "${PIPESTATUS[@]}"'
        \builtin return 0
      fi
      ;;
  esac
  # Bare it can stand within an array that is not closed, so that the message shows nothing of it.
  if [[ -n $__porthole_traps || $__porthole_trace = 1 || $__porthole_line = *set* || $__porthole_line != *=\(* ]]; then
    __porthole_first+=$'\n'"{ $__porthole_noting; } >/dev/null 2>&1"
  else
    __porthole_first+=$'\n'$__porthole_noting
  fi
}

# Takes the fields of a command. Each `read` of a file goes back to where its field ends, `mapfile` only once.
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
  __porthole_take() {
    \builtin mapfile -d '' -n 5 __porthole_fields
    __porthole_id=${__porthole_fields[0]-} __porthole_same=${__porthole_fields[1]-}
    __porthole_text=${__porthole_fields[2]-} __porthole_to=${__porthole_fields[3]-} __porthole_line=${__porthole_fields[4]-}
  }
else
  __porthole_take() {
    IFS= \builtin read -r -d '' __porthole_id
    IFS= \builtin read -r -d '' __porthole_same
    IFS= \builtin read -r -d '' __porthole_text
    IFS= \builtin read -r -d '' __porthole_to
    IFS= \builtin read -r -d '' __porthole_line
  }
fi

# Succeeds, so that no ERR trap takes the whole for one more command that failed.
__porthole_note() {
  __porthole_noted=1 __porthole_last=$1 __porthole_status=$2 __porthole_pipes=("${@:3}")
}

# Tells of jobs as only a prompt does: of those that were begun, by the last of their processes, of those that were
# stopped, and of the former when they have ended. What else has ended was in the foreground.
__porthole_tell_jobs() {
  \builtin local line process= last= begin= text= known=' ' IFS=' '
  \builtin jobs -pr >|"$__porthole_listing"
  IFS=$'\n' \builtin read -r -d '' -a __porthole_running <"$__porthole_listing" || :
  \builtin jobs -ps >|"$__porthole_listing"
  IFS=$'\n' \builtin read -r -d '' -a __porthole_stopped <"$__porthole_listing" || :
  \builtin jobs -l >|"$__porthole_listing"
  while IFS= \builtin read -r line; do
    if [[ $line = \[[0-9]*\]*[0-9]' '* ]]; then
      __porthole_tell_job
      begin=${line%%]*}] text=${line#*]}
      process=${text#?} process=${process#"${process%%[! ]*}"} process=${process%% *} last=$process
      text="$begin${text:0:1}  ${text#*" $process "}"
    elif [[ $line = ' '*[0-9]' '*'|'* ]]; then
      last=${line#"${line%%[! ]*}"} last=${last%% *} text+=" |${line#*|}"
    else
      text+=$'\n'$line
    fi
  done <"$__porthole_listing"
  __porthole_tell_job
  __porthole_jobs=$known __porthole_started=${!-}
}
__porthole_tell_job() {
  if [[ -z $process ]]; then
    \builtin return 0
  elif [[ " ${__porthole_running[*]-} " = *" $process "* ]]; then
    [[ $__porthole_jobs = *" $process"[\ :]* ]] || \builtin printf '%s %s\n' "$begin" "$last" >&2
    known+="$process "
  elif [[ " ${__porthole_stopped[*]-} " = *" $process "* ]]; then
    # After what was typed to stop it, and without the reason, which only the long list has.
    [[ $__porthole_jobs = *" $process:stopped "* ]] || { \builtin echo; \builtin jobs "%${begin//[!0-9]/}"; } >&2
    known+="$process:stopped "
  elif [[ $text = \[*\]+* && ($__porthole_line = *fg* || $__porthole_line = %*) ]]; then
    # Seen to end in the foreground, where it was brought back to.
    \builtin return 0
  elif [[ $__porthole_jobs = *" $process"[\ :]* || $last = "${!-}" && $last != "$__porthole_started" ]]; then
    \builtin printf '%s\n' "$text" >&2
  fi
}

__porthole_back() { \builtin return "$__porthole_status"; }

# A stage of a pipeline of the engine's own, which is no program of the command.
__porthole_exit() {
  { \builtin printf '\0\0x\0=%s\0.\0\0' "$BASHPID" >"$__porthole_reports"; } 2>/dev/null
  \builtin return "$1"
}

# Tells the state of the session, by builtins alone: no process is started, no variable of its own is in the way.
# Into a file, because a FIFO wakes its reader with every line. Each line opens that for itself: traps come before that
# or after it, so what they print goes elsewhere.
__porthole_save() {
  __porthole_text=
  if [[ -z $__porthole_unsaved ]]; then
    __porthole_asked=
    \builtin return 0
  fi
  if [[ -n $__porthole_define ]]; then
    __porthole_define "$__porthole_unsaved"
    __porthole_define=
  fi
  \builtin printf '\0\0s\0=%s\0=' "$__porthole_unsaved" >|"$__porthole_state"
  \builtin declare -p >>"$__porthole_state"
  # Among all of them it is told as it once was.
  \builtin declare -p DIRSTACK >>"$__porthole_state"
  if [[ -n ${BASHOPTS-} ]]; then
    # These and SHELLOPTS are among the variables.
    \builtin printf '\0=\0=' >>"$__porthole_state"
  else
    \builtin printf '\0=' >>"$__porthole_state"
    \builtin shopt -p >>"$__porthole_state"
    \builtin set +o >>"$__porthole_state"
    \builtin printf '\0=' >>"$__porthole_state"
  fi
  \builtin trap -p >>"$__porthole_state"
  \builtin alias -p >>"$__porthole_state"
  \builtin umask -p >>"$__porthole_state"
  \builtin printf '\0.\0\0' >>"$__porthole_state"
  \builtin printf '\0\0f\0=%s\0.\0\0' "$__porthole_unsaved" >"$__porthole_reports"
  __porthole_unsaved= __porthole_asked=
}

__porthole_define() {
  \builtin printf '\0\0d\0=%s\0=' "$1" >"$__porthole_reports"
  \builtin declare -f >"$__porthole_reports"
  \builtin declare -F >"$__porthole_reports"
  \builtin printf '\0=' >"$__porthole_reports"
  \builtin complete -p >"$__porthole_reports"
  \builtin printf '\0.\0\0' >"$__porthole_reports"
}

# Around the traps that a function does not see, which the loop therefore tells.
__porthole_trap() {
  \builtin printf "$@" >"$__porthole_reports"
}

# The loop runs at the top level, where `declare` and the like do what they do at a prompt. A stray `break` ends it,
# and it then goes on one level deeper. Where a DEBUG trap could notice the engine's own commands, stdout is no
# terminal, as what hooks on prompts and traps respects. It is one line, because bash counts those of a command from there.
__porthole_loop='while { { __porthole_ended "$_" "$?" "${#PIPESTATUS[@]}" "${PIPESTATUS[@]}" "$@"; } 2>&1; '
__porthole_loop+='[[ -z $__porthole_hooks ]] || \builtin eval "$__porthole_hooks"; '
__porthole_loop+='{ [[ -n $__porthole_traps$__porthole_same || -z $__porthole_id ]] || { '
__porthole_loop+='\builtin trap -p DEBUG ERR RETURN >|"$__porthole_listing"; [[ ! -s $__porthole_listing ]] || __porthole_traps=1; }; '
__porthole_loop+='[[ -z $__porthole_traps || -z $__porthole_id ]] || { __porthole_trap "\0\0t\0=%s\0=" "$__porthole_id"; '
__porthole_loop+='\builtin trap -p DEBUG ERR RETURN >"$__porthole_reports"; __porthole_trap "\0.\0\0"; }; '
__porthole_loop+='__porthole_next; } 2>&1; } >/dev/null; do \builtin eval "$__porthole_text"; done; \builtin eval "$__porthole_loop"'

# An interrupt ends the loop; bash then comes by its prompt.
__porthole_prompt='__porthole_prompted "$?"; \builtin eval "$__porthole_loop"'
__porthole_prompted() {
  __porthole_prompted=1
  \builtin return "$1"
}
__porthole_keep_prompting() {
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
    __porthole_text=("${PROMPT_COMMAND[@]}")
    PROMPT_COMMAND[${#__porthole_text[@]} + 1]=$__porthole_prompt
    \builtin unset -v __porthole_text
    __porthole_text=
  else
    __porthole_prompt_command=${PROMPT_COMMAND-} PROMPT_COMMAND=$__porthole_prompt
  fi
}
__porthole_prompt_command=
__porthole_keep_prompting
# Of those that the login files began nobody wants to know.
[[ -z ${!-} ]] || __porthole_tell_jobs 2>/dev/null
