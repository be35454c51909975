# The driver of a zsh session, whose script is the FIFO of commands. Words in @...@ are filled in by the engine.
zmodload zsh/parameter
zmodload zsh/system 2>/dev/null
typeset -g __porthole_reports=@REPORTS@ __porthole_id=0 __porthole_status=0 __porthole_pipes=0 __porthole_trace=0 __porthole_text= __porthole_line= __porthole_define=1 __porthole_hook= __porthole_noted= __porthole_cut=0 __porthole_traps= __porthole_signals= __porthole_noticing= __porthole_guarded=0 __porthole_same= __porthole_told_id= __porthole_quick=0 __porthole_last= __porthole_begin=@BEGIN@ __porthole_listing=@FOLDER@/traps
typeset -g __porthole_end='\0\0e\0=%s\0=%s\0=%s\0=%s\0=%s\0.\0\0'
typeset -g __porthole_guard='__porthole_noted=interrupted __porthole_stages=( "${pipestatus[@]}" )'
typeset -ga __porthole_preexec_functions __porthole_stages __porthole_now

# Traps that notice commands (DEBUG) and failures (ZERR) would notice the engine's own lines, and print into whatever
# those write to. So they are put away from the end of a command to the beginning of the next one. Not in a function,
# which does not see an EXIT trap. The list is in the order of signals; these two are its last.
__porthole_away='(( ! __porthole_guarded )) || builtin trap - INT
__porthole_guarded=0
builtin eval "$__porthole_list"
__porthole_traps="$__porthole_text"
builtin trap - ZERR DEBUG
[[ -z $__porthole_traps ]] || builtin eval "$__porthole_list"
__porthole_signals="$__porthole_text"
__porthole_noticing=
[[ $__porthole_traps != "$__porthole_signals"* ]] || __porthole_noticing="${__porthole_traps#"$__porthole_signals"}"'

__porthole_bring_back='(( ! __porthole_guarded )) || builtin trap "$__porthole_guard" INT
[[ -z $__porthole_noticing ]] || builtin eval "$__porthole_noticing"'

# No process, so a file. A trap on a signal may come at any moment and print into that, but not three times the same.
__porthole_list='__porthole_text=
repeat 5; do
  builtin trap >|"$__porthole_listing"
  [[ -s $__porthole_listing ]] || break
  __porthole_text="$(<"$__porthole_listing")"
  builtin trap >|"$__porthole_listing"
  __porthole_line="$(<"$__porthole_listing")"
  builtin trap >|"$__porthole_listing"
  [[ $__porthole_text != "$__porthole_line" || $__porthole_text != "$(<"$__porthole_listing")" ]] || break
  __porthole_text=
done'

# Has a function write reports, in a process without traps where there is one on a signal, for the same reason.
__porthole_quietly() {
  case $__porthole_signals in
    (''|'trap -- '*' EXIT') "$@" >"$__porthole_reports" ;;
    (*) ( builtin trap -; __porthole_own; "$@" >"$__porthole_reports" ) ;;
  esac
}

# Makes __porthole_run stand for the text: a plain line as if it were typed, anything else (several lines, a
# here-document, a syntax error, an error that would end a script, a look at hooks) within eval. An interrupt ends the
# script that zsh takes the FIFO for, and with it the shell, but for `always`; around a program or a pipeline that would
# spoil `fg` and the numbers of jobs, so where nothing is left after it to be stopped, a trap takes the interrupt.
# With a second argument it begins with what goes before any text.
__porthole_ready() {
  __porthole_text="$1" __porthole_noted= __porthole_cut=0 __porthole_same=
  builtin unset 'functions[__porthole_probe]'
  builtin local is_parsed=
  if [[ $1 != *$'\n'* && $1 != *'<<'* && $1 != *'${'*'?'* && $1 != *preexec* && ! -o nounset ]]; then
    is_parsed=1
    # With the user's options.
    { functions[__porthole_probe]="$1" } always { TRY_BLOCK_ERROR=0 }
  fi
  builtin emulate -L zsh
  [[ $1 == ' '* ]] || builtin print -s -r -- $1
  builtin local begin= former= note=
  # A trace or a trap would show what is beside the text, so there is only what they do not see. It goes without the last
  # word, which nothing in braces sees.
  if (( __porthole_trace )) || [[ -n $__porthole_noticing || $1 == *(set|opt|trap|TRAP|emulate|eval|source|. |\(\))* || $1 == *\\ ]]; then
    [[ $1 != *'|'* ]] || (( __porthole_trace )) || note=$'{ __porthole_note; } >/dev/null 2>/dev/null\n'
  else
    note=$'__porthole_note "$_"\n'
    # Where nothing notices it, it tells the end.
    (( ! __porthole_quick )) || note=$'__porthole_tell_noted "$_"\n'
  fi
  if [[ -n ${2-} ]]; then
    (( __porthole_quick )) || begin=$__porthole_begin
    if (( ! __porthole_trace )) && [[ -z $__porthole_noticing ]]; then
      former=$__porthole_succeeded
      (( ! __porthole_status )) || former=$__porthole_failed
    fi
  fi
  if (( ! ${+functions[__porthole_probe]} )); then
    builtin alias "__porthole_run=$begin$former{ builtin eval \"\$__porthole_text\"; $__porthole_always"
    [[ $1 != *preexec* ]] || __porthole_text='{ __porthole_show; } >/dev/null 2>/dev/null
'$1
    # The message about what cannot be parsed is about that alone.
    [[ -n $is_parsed || $1 == *'<<'* ]] || (( __porthole_trace )) || __porthole_text+='
{ __porthole_note; } >/dev/null 2>/dev/null'
  elif __porthole_is_plain; then
    [[ -n $begin || -z ${2-} ]] || begin=$'builtin trap "$__porthole_guard" INT\n'
    builtin alias "__porthole_run=$begin$former$1
$note"
  else
    builtin alias "__porthole_run=$begin{ $former$1
$note$__porthole_always"
  fi
}
typeset -g __porthole_always='} always { { __porthole_cut=$TRY_BLOCK_INTERRUPT TRY_BLOCK_ERROR=0 TRY_BLOCK_INTERRUPT=0; __porthole_hide; } >/dev/null 2>/dev/null; }'

# Before a text, they bring back $? and $_ of the one before. What fails must not be alone: the shell may be one that ends
# with a failure.
typeset -g __porthole_succeeded=$': "$__porthole_last"\n'
typeset -g __porthole_failed=$'__porthole_back "$__porthole_last" && : "$__porthole_last"\n'

# The same for plain words, where those that begin a stage follow the text: they stand for programs, builtins that change
# nothing, or something that may. Beside what leaves everything alone nothing else has to be looked at.
__porthole_ready_plain() {
  __porthole_text="$1" __porthole_noted= __porthole_cut=0 __porthole_same=
  builtin local text="$1" name
  builtin shift
  for name; do
    if (( ! __porthole_quick || ${+functions[$name]} || ${+aliases[$name]} )); then
      __porthole_same=
    elif [[ $name == */* ]]; then
      __porthole_same=
      [[ ! -f $name ]] || __porthole_same=program
    elif [[ $name == (:|echo|false|pwd|true) ]]; then
      __porthole_same=builtin
    elif (( ${+commands[$name]} && ! ${+builtins[$name]} )) && [[ -z ${reswords[(r)$name]} ]]; then
      __porthole_same=program
    else
      __porthole_same=
      [[ $# != 1 || $name != (cd|pushd|popd) ]] || __porthole_same=folder
    fi
    [[ -n $__porthole_same ]] || break
  done
  case $__porthole_same in
    (program)
      __porthole_guarded=1
      builtin alias "__porthole_run=builtin trap \"\$__porthole_guard\" INT
$text
__porthole_tell_noted \"\$_\""
      ;;
    (builtin)
      builtin alias "__porthole_run={ $text
__porthole_tell_noted \"\$_\"
} always { __porthole_cut=\$TRY_BLOCK_INTERRUPT TRY_BLOCK_ERROR=0 TRY_BLOCK_INTERRUPT=0; }"
      ;;
    (folder)
      # A hook of its own may look at the former status.
      builtin local former="$__porthole_succeeded"
      (( ! __porthole_status )) || former="$__porthole_failed"
      __porthole_same=
      builtin print -s -r -- "$text"
      builtin alias "__porthole_run={ $former$text
__porthole_tell_noted \"\$_\"
$__porthole_always"
      ;;
    (*) __porthole_ready "$text" 1 2>/dev/null ;;
  esac
}

# Tells the end as soon as it is there. A text that may change something may have set a hook, which comes before that.
# Succeeds, because a shell that ends with a failure lets a text end with many a one, but not with another's.
__porthole_tell_noted() {
  __porthole_status=$? __porthole_now=( "${pipestatus[@]}" )
  [[ -n $__porthole_noted ]] || __porthole_stages=( "${__porthole_now[@]}" )
  __porthole_noted=$__porthole_id __porthole_last=$1
  if (( ! ${+functions[precmd]} && ! ${#precmd_functions} )); then
    builtin emulate -L zsh
    __porthole_pipes="${(j: :)__porthole_stages[@]}"
    builtin printf "$__porthole_end" "$__porthole_id" "$__porthole_status" "$__porthole_pipes" "${PWD-}" "${__porthole_same:+1}" >"$__porthole_reports"
    __porthole_told_id=$__porthole_id
  fi
}

# Whether the text is one pipeline that ends with a program, since anything else there runs in the shell itself, and no
# trap of the user's takes its interrupt; or one in the background.
__porthole_is_plain() {
  builtin local word last= after=
  for word in "${(@Q)${(@z)functions[__porthole_probe]}}"; do
    [[ -z $after ]] || return 1
    case $word in
      ('|'|'|&') last= ;;
      ('&'|'&|'|'&!') after=1 ;;
      (';'|'&&'|'||'|'{'|'}'|'('|')') return 1 ;;
      ([A-Za-z_]*=*) ;;
      (*) [[ -n $last ]] || last=$word ;;
    esac
  done
  [[ -z $after ]] || return 0
  (( ! ${+functions[$last]} && ! ${+builtins[$last]} && ! ${reswords[(Ie)$last]} )) || return 1
  [[ $last == */* || -n ${commands[$last]-} ]] || return 1
  [[ $__porthole_signals != *(' INT'|'TRAPINT () {')* ]] || return 1
  __porthole_guarded=1
}
__porthole_run() { builtin eval "$__porthole_text" }

# eval forgets the statuses of a pipeline, so they are noted within. Succeeds, too.
__porthole_note() {
  __porthole_status=$? __porthole_now=( "${pipestatus[@]}" )
  [[ -n $__porthole_noted ]] || __porthole_stages=( "${__porthole_now[@]}" )
  __porthole_noted=$__porthole_id __porthole_last=${1-}
}

# zsh would run the user's preexec for each of the engine's own lines, too, so it does not find them.
__porthole_hide() {
  builtin emulate -L zsh
  if (( ${+functions[preexec]} )) {
    functions[__porthole_user_preexec]=$functions[preexec]
    builtin unfunction preexec
  }
  if (( ${#preexec_functions[@]} )) {
    __porthole_preexec_functions+=( "${preexec_functions[@]}" )
    preexec_functions=()
  }
}
__porthole_show() {
  if (( ${+functions[__porthole_user_preexec]} )) {
    functions[preexec]=$functions[__porthole_user_preexec]
    builtin unfunction __porthole_user_preexec
  }
  preexec_functions=( "${__porthole_preexec_functions[@]}" )
  __porthole_preexec_functions=()
  return $__porthole_status
}

__porthole_preexec() {
  for __porthole_hook in __porthole_user_preexec "${__porthole_preexec_functions[@]}"; do
    (( ${+functions[$__porthole_hook]} )) || continue
    builtin eval "$__porthole_before; $__porthole_hook \"\$__porthole_text\" \"\$__porthole_text\" \"\$__porthole_text\""
  done
}

__porthole_ended() {
  __porthole_line=$? __porthole_now=( "${pipestatus[@]}" )
  # By an interrupt, the statuses of the stages are noted and nothing else.
  [[ -n $__porthole_noted && $__porthole_noted == $__porthole_id ]] || __porthole_status=$__porthole_line
  [[ -n $__porthole_noted ]] || __porthole_stages=( "${__porthole_now[@]}" )
  [[ -n $__porthole_noted || -n $__porthole_same ]] || __porthole_last=
  __porthole_trace=0
  [[ -o xtrace ]] && __porthole_trace=1
  builtin emulate -L zsh
  __porthole_pipes="${(j: :)__porthole_stages[@]}"
  # What an interrupted block of the shell's own is said to have ended with.
  if (( __porthole_cut == 1 && __porthole_status == 2 )); then __porthole_status=130 __porthole_pipes=130; fi
  [[ -z $__porthole_same ]] || builtin print -s -r -- "$__porthole_text"
  __porthole_before="__porthole_exit ${__porthole_pipes// / | __porthole_exit }"
  # A shell may be one that ends with a failure.
  (( ! __porthole_status )) || __porthole_before+=' && :'
  (( ! ${+functions[preexec]} && ! ${#preexec_functions[@]} )) || __porthole_hide
}

__porthole_precmd() {
  for __porthole_hook in precmd "${precmd_functions[@]-}"; do
    (( ${+functions[$__porthole_hook]} )) && builtin eval "$__porthole_before; $__porthole_hook"
  done
}

# Under the user's options, by which $'...' may end at a NUL, so printf makes those.
__porthole_told() {
  builtin printf "$__porthole_end" "$__porthole_id" "$__porthole_status" "$__porthole_pipes" "${PWD-}" "${__porthole_same:+1}"
}

# Tells the end, by a single call where there are no traps: one takes a zsh as long as a small command. Then looks whether
# anything may run beside the next one, or be meant by any word of that: traps, traces, hooks, aliases of words.
__porthole_tell() {
  if [[ $__porthole_told_id == $__porthole_id ]]; then
    : # The line behind the command has.
  elif [[ -n $__porthole_signals ]]; then
    __porthole_quietly __porthole_told
  else
    builtin printf "$__porthole_end" "$__porthole_id" "$__porthole_status" "$__porthole_pipes" "${PWD-}" "${__porthole_same:+1}" >"$__porthole_reports"
  fi
  __porthole_quick=0
  if [[ -z $__porthole_signals$__porthole_noticing ]] && (( ! __porthole_trace && ! ${#galiases} && ! ${#saliases} )); then
    (( ${+functions[precmd]} || ${+functions[__porthole_user_preexec]} )) ||
      (( ${#precmd_functions} || ${#__porthole_preexec_functions} )) || __porthole_quick=1
  fi
}

__porthole_back() { return $__porthole_status }
# A stage of a pipeline of the engine's own, which is no program of the command.
__porthole_exit() {
  { __porthole_own } 2>/dev/null
  return $1
}
__porthole_own() { builtin printf '\0\0x\0=%s\0.\0\0' "${sysparams[pid]-}" >"$__porthole_reports" }

# Tells the state of the session, by builtins alone: no process is started, no variable of its own is in the way.
__porthole_save() {
  [[ -z $__porthole_define ]] || __porthole_define $__porthole_id
  builtin printf '\0\0s\0=%s\0=' "$__porthole_id"
  builtin emulate
  builtin setopt
  builtin emulate -L zsh
  builtin print -rn -- $'\0='
  builtin typeset -p
  builtin print -rn -- $'\0='
  builtin alias -L
  builtin alias -sL
  builtin hash -dL
  builtin print -rn -- 'umask '
  builtin umask
  (( ${#dirstack} )) && builtin print -r -- 'dirstack=(' ${(qq)dirstack[@]} ')'
  builtin print -r -- 'set --' ${(qq)@}
  builtin print -r -- $'\0='"$__porthole_traps"
  builtin print -rn -- $'\0.\0\0'
}

__porthole_define() {
  builtin emulate -L zsh
  builtin print -rn -- $'\0\0'd$'\0='$1$'\0='
  builtin set -- ${(k)functions:#__porthole*}
  (( ! $# )) || builtin functions -- "$@"
  builtin print -rn -- $'\0='
  builtin zstyle -L
  # Completions; their values are hidden from `typeset`.
  (( ${+_comps} )) && builtin print -r -- "typeset -gHA _comps _services; _comps=( ${(@qqkv)_comps} ) _services=( ${(@qqkv)_services} )"
  builtin print -rn -- $'\0.\0\0'
}
__porthole_operated() { builtin printf '\0\0o\0=%s\0.\0\0' "$1" }
