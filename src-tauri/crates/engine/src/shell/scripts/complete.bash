# What a bash that stands by for completions has beside the driver. Words in @...@ are filled in by the engine.
# What is told: sections, each behind two NULs, of a name and what follows: lines, or items that begin with `=`.
__porthole_completions=@FILE@

# Has bash set its line editor up, without which `compgen` knows neither quotes nor variables.
\builtin bind -v >/dev/null 2>&1

# Tells completions: in which folder, of what, and what that needs; a word of code for the folder that is typed.
__porthole_complete() {
  \builtin local __porthole_folder
  \builtin set +eu
  \builtin cd -- "$1" || \builtin return
  \builtin eval "__porthole_folder=$2"
  {
    \builtin printf '\0\0folder\0=%s\0' "$__porthole_folder"
    "__porthole_tell_$3" "${@:4}"
    \builtin printf '\0\0end\0'
  } >|"$__porthole_completions" </dev/null 2>/dev/null
  __porthole_wait
}

# Where it waits it keeps no file system from being unmounted.
__porthole_wait() { \builtin cd /; }

__porthole_tell_folder() { :; }

__porthole_tell_command() {
  \builtin local action
  for action in alias function builtin keyword command; do
    \builtin printf '\0\0%s\0' "$action"
    \builtin compgen -A "$action" -- "$1"
  done
}

__porthole_tell_variable() {
  \builtin printf '\0\0variable\0'
  \builtin compgen -A variable -- "$1"
}

__porthole_tell_user() {
  \builtin printf '\0\0user\0'
  \builtin compgen -A user -- "$1"
}

# Of an argument: the name of the command, the line, the cursor in it, its words.
__porthole_tell_argument() {
  # A value for a read-only variable would end all of this.
  \builtin unset -v COMPREPLY COMP_WORDS COMP_CWORD COMP_LINE COMP_POINT COMP_TYPE COMP_KEY || \builtin return
  \builtin local __porthole_command="$1" COMP_LINE="$2" COMP_POINT="$3" COMP_TYPE=9 COMP_KEY=9 COMP_CWORD
  \builtin local -a COMP_WORDS __porthole_actions
  \builtin local __porthole_current= __porthole_round __porthole_specification
  \builtin local -A __porthole_options
  COMPREPLY=() COMP_WORDS=() __porthole_actions=()
  __porthole_split "${@:4}"
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  for __porthole_round in 1 2 3; do
    __porthole_find || \builtin break
    __porthole_options=([specified]=1) __porthole_actions=() COMPREPLY=()
    # A function that has defined another completion asks for another round.
    __porthole_run || \builtin break
  done
  \builtin unset -f compopt compgen
  \builtin printf '\0\0options\0'
  \builtin printf '=%s\0' "${!__porthole_options[@]}"
  \builtin printf '\0\0current\0=%s\0' "$__porthole_current"
  \builtin printf '\0\0words\0'
  ((${#COMPREPLY[@]} == 0)) || \builtin printf '=%s\0' "${COMPREPLY[@]}"
  \builtin printf '\0\0lines\0'
  ((${#__porthole_actions[@]} == 0)) || \builtin compgen "${__porthole_actions[@]}" -- "$__porthole_current"
}

# Takes words apart at the letters that bash has for that; the last piece is the one that is completed.
__porthole_split() {
  \builtin local word piece quote letter at breaks="${COMP_WORDBREAKS-}" last
  breaks=${breaks//[$' \t\n"\'']/}
  for word; do
    if [[ -z $breaks || $word != *["$breaks"]* ]]; then
      COMP_WORDS+=("$word") __porthole_current=$word
      \builtin continue
    fi
    piece= quote= last=
    for ((at = 0; at < ${#word}; at++)); do
      letter=${word:at:1}
      if [[ $letter = \\ && $quote != \' ]]; then
        piece+=${word:at:2}
        ((at++))
      elif [[ -n $quote ]]; then
        piece+=$letter
        [[ $letter != "$quote" ]] || quote=
      elif [[ $letter = [\"\'] ]]; then
        quote=$letter piece+=$letter
      elif [[ $breaks = *"$letter"* ]]; then
        [[ -z $piece ]] || COMP_WORDS+=("$piece") last=
        piece=
        if [[ -n $last ]]; then COMP_WORDS[-1]+=$letter; else COMP_WORDS+=("$letter") last=1; fi
        \builtin continue
      else
        piece+=$letter
      fi
      [[ -z $piece ]] || last=
    done
    [[ -z $piece ]] || COMP_WORDS+=("$piece")
    __porthole_current=$piece
  done
}

# What completes the command: by its name, by the end of its path, else the usual.
__porthole_find() {
  __porthole_specification=$(
    \builtin complete -p -- "$__porthole_command" ||
      { [[ $__porthole_command = */* ]] && \builtin complete -p -- "${__porthole_command##*/}"; } ||
      \builtin complete -p -D
  ) && [[ -n $__porthole_specification ]]
}

__porthole_run() {
  \builtin local -a words
  \builtin local word function= program= prefix= suffix= filter= previous= status=0
  \builtin eval "words=($__porthole_specification)"
  ((COMP_CWORD == 0)) || previous=${COMP_WORDS[COMP_CWORD - 1]}
  \builtin set -- "${words[@]:1}"
  while (($#)); do
    case $1 in
      -o) __porthole_options[$2]=1; \builtin shift ;;
      -F) function=$2; \builtin shift ;;
      -C) program=$2; \builtin shift ;;
      -P) prefix=$2; \builtin shift ;;
      -S) suffix=$2; \builtin shift ;;
      -X) filter=$2; \builtin shift ;;
      -A | -G | -W)
        __porthole_actions+=("$1" "$2")
        [[ $1$2 != -A@(file|directory) ]] || __porthole_options[filenames]=1
        \builtin shift
        ;;
      -[DEI]) ;;
      -[a-z])
        __porthole_actions+=("$1")
        [[ $1 != -[df] ]] || __porthole_options[filenames]=1
        ;;
      *) \builtin break ;;
    esac
    \builtin shift
  done
  if ((${#__porthole_actions[@]})); then
    __porthole_actions+=(-P "$prefix" -S "$suffix")
    [[ -z $filter ]] || __porthole_actions+=(-X "$filter")
  fi
  compopt() { __porthole_compopt "$@"; }
  # While bash completes a word itself, `compgen` takes the quotes that are open off what it is given, also where a
  # function has quoted that once more.
  [[ $__porthole_current != *[\\\"\$]* ]] || compgen() { __porthole_compgen "$@"; }
  if [[ -n $function ]]; then
    "$function" "$__porthole_command" "$__porthole_current" "$previous" >/dev/null
    status=$?
    ((status != 124)) || \builtin return 0
  fi
  if [[ -n $program ]]; then
    \builtin mapfile -t words < <(
      \builtin export COMP_LINE COMP_POINT COMP_TYPE COMP_KEY
      \builtin eval "$program \"\$__porthole_command\" \"\$__porthole_current\" \"\$previous\""
    )
    COMPREPLY+=("${words[@]}")
  fi
  if [[ -n $filter$prefix$suffix ]]; then __porthole_filter "$filter" "$prefix" "$suffix"; fi
  \builtin return 1
}

# What -X, -P and -S do to what a function has found.
__porthole_filter() {
  \builtin local word pattern="${1//&/"$__porthole_current"}"
  \builtin local -a kept
  for word in "${COMPREPLY[@]}"; do
    case $pattern in
      '') ;;
      !*) [[ $word = ${pattern:1} ]] || \builtin continue ;;
      *) [[ $word != $pattern ]] || \builtin continue ;;
    esac
    kept+=("$2$word$3")
  done
  COMPREPLY=("${kept[@]}")
}

__porthole_compgen() {
  \builtin local word="${!#}" part quoted
  for part in "$__porthole_current" "${__porthole_current##*=}"; do
    \builtin printf -v quoted %q "$part"
    [[ $word != "$quoted" ]] || word=$part
  done
  \builtin compgen "${@:1:$#-1}" "$word"
}

# `compopt`, as it is for the completion that runs.
__porthole_compopt() {
  \builtin local word
  \builtin local -a options others
  while (($#)); do
    case $1 in
      -o) options+=("$2"); \builtin shift ;;
      +o) others+=("$2"); \builtin shift ;;
      *) \builtin return 1 ;;
    esac
    \builtin shift
  done
  for word in "${options[@]}"; do __porthole_options[$word]=1; done
  for word in "${others[@]}"; do \builtin unset "__porthole_options[$word]"; done
}
__porthole_wait
