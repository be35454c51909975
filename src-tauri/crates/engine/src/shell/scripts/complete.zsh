# What a zsh that stands by for completions has beside the driver. Words in @...@ are filled in by the engine.
typeset -g __porthole_completions=@FILE@ __porthole_line= __porthole_told=
zmodload zsh/zle zsh/complete zsh/parameter zsh/zutil

# A shell without zsh's completion system gets it here.
if (( ! ${+functions[_main_complete]} )) {
  autoload -Uz compinit
  compinit -u -d @DUMP@
}

# Tells completions: in which folder, of what, and what that needs; a word of code for the folder that is typed.
__porthole_complete() {
  unsetopt errexit errreturn nounset ksharrays shwordsplit
  builtin cd -q -- $1 || return
  local __porthole_folder
  builtin eval "__porthole_folder=$2"
  {
    builtin print -rN -- '' '' folder "=$__porthole_folder"
    __porthole_tell_$3 "${@:4}"
    builtin print -rN -- '' '' end
  } >|$__porthole_completions </dev/null 2>/dev/null
  # Where it waits it keeps no file system from being unmounted.
  builtin cd -q /
}
builtin cd -q /

__porthole_tell_folder() { : }

__porthole_tell_command() {
  local pattern="${(b)1}*"
  builtin print -rN -- '' '' alias "=${(@k)^aliases[(I)$pattern]}"
  builtin print -rN -- '' '' function "=${(@k)^functions[(I)$pattern]}"
  builtin print -rN -- '' '' builtin "=${(@k)^builtins[(I)$pattern]}"
  builtin print -rN -- '' '' keyword "=${(@M)^reswords:#$~pattern}"
  builtin print -rN -- '' '' command "=${(@k)^commands[(I)$pattern]}"
}

__porthole_tell_variable() {
  local pattern="${(b)1}*"
  builtin print -rN -- '' '' variable "=${(@k)^parameters[(I)$pattern]}"
}

# Has the line editor complete the line; nothing of it is run.
__porthole_tell_argument() {
  local __porthole_line=$1 __porthole_edited= __porthole_fd
  exec {__porthole_fd}>&1
  zle -N zle-line-init __porthole_begin
  zle -C __porthole_capture complete-word __porthole_capture
  functions[compadd]=$functions[__porthole_compadd]
  vared -p '' -c __porthole_edited >/dev/null
  builtin unfunction compadd
  zle -D zle-line-init
  exec {__porthole_fd}>&-
}

__porthole_begin() {
  BUFFER=$__porthole_line CURSOR=$#__porthole_line
  zle __porthole_capture
  BUFFER=
  zle .accept-line
}

__porthole_capture() {
  # What is edited is a command line, not a variable.
  compstate[vared]=
  { _main_complete } always { TRY_BLOCK_ERROR=0 }
  compstate[insert]= compstate[list]=
}

# Stands in for `compadd`: tells what would be added, and adds it.
__porthole_compadd() {
  builtin local -a __porthole_flags __porthole_finds __porthole_hits __porthole_shown
  builtin local -A __porthole_of
  builtin local __porthole_array
  builtin zparseopts -a __porthole_finds -- O: A: D: \
    a k q Q f e n U l 1 2 C F: P: S: p: s: i: I: W: d: J: X: x: V: o: r: R: E: M:
  if (( ${__porthole_finds[(I)-[OAD]*]} )) {
    builtin compadd "$@"
    builtin return
  }
  builtin zparseopts -A __porthole_of -- \
    a k q Q f e n U l 1 2 C F: P: S: p: s: i: I: W: d: J: X: x: V: o: r: R: E: M:
  if (( ${+__porthole_of[-d]} )) {
    __porthole_array=$__porthole_of[-d]
    if [[ $__porthole_array = \(* ]] {
      builtin eval "__porthole_shown=$__porthole_array"
    } else {
      __porthole_shown=( "${(@P)__porthole_array}" )
    }
    builtin compadd -O __porthole_hits -D __porthole_shown "$@"
  } else {
    builtin compadd -O __porthole_hits "$@"
  }
  if (( ${#__porthole_hits} )) {
    builtin print -rNu $__porthole_fd -- '' '' match "=${+__porthole_of[-f]}" "=${+__porthole_of[-Q]}" \
      "=$QIPREFIX" "=$IPREFIX$__porthole_of[-i]$__porthole_of[-P]$__porthole_of[-p]" \
      "=$__porthole_of[-s]$__porthole_of[-S]$__porthole_of[-I]" "=$__porthole_of[-W]" "=${(@)^__porthole_hits}"
    (( ! ${#__porthole_shown} )) ||
      builtin print -rNu $__porthole_fd -- '' '' shown "=${(@)^__porthole_shown}"
  }
  builtin compadd "$@"
}
