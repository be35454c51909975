# The driver of a zsh session, whose script is the FIFO of commands. Words in @...@ are filled in by the engine.
zmodload zsh/parameter
typeset -g __porthole_reports=@REPORTS@ __porthole_id=0 __porthole_status=0 __porthole_pipes=0 __porthole_trace=0 __porthole_text= __porthole_unsaved= __porthole_define=1

# Makes __porthole_run stand for the text: a plain line as if it were typed, anything else (several lines, a
# here-document, a syntax error, an error that would end a script) within eval.
__porthole_ready() {
  __porthole_text=$1
  [[ $1 == ' '* ]] || builtin print -s -r -- $1
  builtin alias __porthole_run='{ builtin eval "$__porthole_text" } always { { TRY_BLOCK_ERROR=0 TRY_BLOCK_INTERRUPT=0 } 2>/dev/null }'
  if [[ $1 != *$'\n'* && $1 != *'<<'* && $1 != *'${'*'?'* && ! -o nounset ]]; then
    builtin unset 'functions[__porthole_probe]'
    { functions[__porthole_probe]=$1 } always { TRY_BLOCK_ERROR=0 }
    (( ${+functions[__porthole_probe]} )) && builtin alias __porthole_run=$1
  fi
  return $__porthole_status
}
__porthole_run() { builtin eval "$__porthole_text" }

__porthole_end() {
  __porthole_status=$? __porthole_pipes="${(j: :)pipestatus[@]}"
  __porthole_trace=0
  [[ -o xtrace ]] && __porthole_trace=1
  builtin print -rn -- $'\0\0'e$'\0='$__porthole_id$'\0='$__porthole_status$'\0='$__porthole_pipes$'\0='${PWD-}$'\0.\0\0' >$__porthole_reports
  __porthole_unsaved=$__porthole_id __porthole_id= __porthole_text=
  __porthole_save "$@" >$__porthole_reports
}

__porthole_back() { return $__porthole_status }

# Tells the state of the session, by builtins alone: no process is started, no variable of its own is in the way.
__porthole_save() {
  if [[ -n $__porthole_define ]] {
    __porthole_define
    __porthole_define=
  }
  builtin print -rn -- $'\0\0's$'\0='$__porthole_unsaved$'\0='
  builtin typeset -p
  builtin print -rn -- $'\0='
  builtin emulate
  builtin setopt
  builtin print -rn -- $'\0='
  builtin trap
  builtin alias -L
  builtin hash -dL
  builtin print -rn -- 'umask '
  builtin umask
  (( ${#dirstack} )) && builtin print -r -- 'dirstack=(' ${(qq)dirstack[@]} ')'
  builtin print -r -- 'set --' ${(qq)@}
  builtin print -rn -- $'\0.\0\0'
}

__porthole_define() {
  builtin print -rn -- $'\0\0'd$'\0='$__porthole_unsaved$'\0='
  builtin functions
  builtin print -rn -- $'\0='
  builtin zstyle -L
  builtin print -rn -- $'\0.\0\0'
}
{ __porthole_end "$@" } 2>/dev/null
