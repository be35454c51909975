# The driver of a zsh session, whose script is the FIFO of commands. Words in @...@ are filled in by the engine.
zmodload zsh/parameter
typeset -g __porthole_reports=@REPORTS@ __porthole_id=0 __porthole_status=0 __porthole_pipes=0 __porthole_trace=0 __porthole_text=

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
  __porthole_status=$? __porthole_pipes="${(j: :)pipestatus}"
  __porthole_trace=0
  [[ -o xtrace ]] && __porthole_trace=1
  builtin print -rn -- e$'\0'$__porthole_id$'\0'$__porthole_status$'\0'$__porthole_pipes$'\0'${PWD-}$'\0' >$__porthole_reports
  __porthole_id=
}

__porthole_back() { return $__porthole_status }

__porthole_snapshot() {
  typeset -gA __porthole_options=( "${(@kv)options}" )
  emulate -L zsh -o nomonitor -o nonotify -o nobgnice
  builtin trap >$1.traps
  # It must outlive this shell, which may end with the next command: that is only read once the signals of such an
  # end are ignored.
  (
    (
      builtin trap '' HUP INT QUIT TERM
      { __porthole_dump $1 >$1 && builtin print -rn -- s$'\0'$2$'\0\0\0\0' >$__porthole_reports } </dev/null 2>/dev/null
    ) &
    until [[ -e $1 ]]; do :; done
  )
}

__porthole_dump() {
  builtin local name type
  builtin print -r -- 'unalias -m "*"; for __porthole_text in ${(k)functions}; do [[ $__porthole_text == __porthole* ]] || unfunction -- $__porthole_text; done'
  builtin print -r -- 'typeset -a __porthole_keep=( '${(qq)${(k)parameters}}' )'
  builtin print -r -- 'for __porthole_text in ${(k)parameters}; do [[ ${parameters[$__porthole_text]} == *special* || $__porthole_text == __porthole* ]] || (( ${__porthole_keep[(Ie)$__porthole_text]} )) || builtin unset $__porthole_text; done'
  for name type in ${(kv)parameters}; do
    [[ $name == (__porthole*|[^a-zA-Z_]*|_|name|type|PWD|SHLVL|COLUMNS|LINES|RANDOM|SECONDS|LINENO|HISTCMD|EPOCH*|TTY*|PPID|UID|EUID|GID|EGID|status|pipestatus|argv|ARGC|TRY_BLOCK*|OPTIND|OPTARG|ZSH_EVAL_CONTEXT|KEYBOARD_HACK) ]] && continue
    [[ $type == (*hideval*|*local*|*readonly*special*) ]] && continue
    builtin print -r -- '{'
    builtin typeset -p $name
    builtin print -r -- '} always { TRY_BLOCK_ERROR=0 }'
  done
  builtin functions
  builtin alias -L
  builtin print -r -- ". ${(qq)1}.traps"
  for name type in ${(@kv)__porthole_options}; do
    [[ $name == (interactive|monitor|zle|shinstdin|login|singlecommand|privileged|restricted|exec|xtrace|vi|emacs) ]] && continue
    [[ $type == on ]] && builtin print -r -- "setopt $name" || builtin print -r -- "unsetopt $name"
  done
  builtin print -rn -- 'umask '
  builtin umask
  builtin print -r -- "builtin cd -q -- ${(qq)PWD}"
  (( ${#dirstack} )) && builtin print -r -- "dirstack=( ${(j: :)${(qq)dirstack}} )"
  builtin print -r -- "OLDPWD=${(qq)OLDPWD}"
  builtin fc -W $1.history
  builtin print -r -- "builtin fc -R ${(qq)1}.history"
  builtin print -r -- "__porthole_status=$__porthole_status __porthole_trace=$__porthole_trace"
}
{ __porthole_end } 2>/dev/null
