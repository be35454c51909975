# The driver of a session of a POSIX shell, whose script is the FIFO of commands. Words in @...@ are filled in by
# the engine.
PS1= PS2=
__porthole_reports=@REPORTS@ __porthole_id=0 __porthole_status=0 __porthole_trace=0

__porthole_begin() {
  printf 'b\0%s\0\0\0\0' "$__porthole_id" >"$__porthole_reports"
}

__porthole_back() {
  [ "$__porthole_trace" = 0 ] || set -x
  return "$__porthole_status"
}

__porthole_end() {
  __porthole_status=$?
  case $- in *x*) set +x; __porthole_trace=1 ;; *) __porthole_trace=0 ;; esac
  printf 'e\0%s\0%s\0\0%s\0' "$__porthole_id" "$__porthole_status" "${PWD-}" >"$__porthole_reports"
  __porthole_id=
}

__porthole_snapshot() {
  trap >|"$1.traps"
  # It must outlive this shell, which may end with the next command.
  (
    trap '' HUP INT QUIT TERM
    set +Ceu
    (
      __porthole_dump "$1" >"$1" && printf 's\0%s\0\0\0\0' "$2" >"$__porthole_reports"
    ) </dev/null 2>/dev/null &
  )
}

# Functions cannot be listed in this language, so they stay behind.
__porthole_dump() {
  unset IFS
  set | while IFS= read -r __porthole_line; do
    case $__porthole_line in
    PPID=* | PWD=* | OPTIND=* | PS1=* | PS2=* | _=* | LINENO=* | __porthole*) ;;
    *) printf '%s\n' "$__porthole_line" ;;
    esac
  done
  export -p
  readonly -p
  alias | while IFS= read -r __porthole_line; do printf 'alias %s\n' "${__porthole_line#alias }"; done
  printf '. %s\n' "$1.traps"
  umask | { read -r __porthole_line; printf 'umask %s\n' "$__porthole_line"; }
  printf "cd '%s'\n" "$(printf %s "$PWD" | sed "s/'/'\\\\''/g")"
  printf '__porthole_status=%s __porthole_trace=%s\n' "$__porthole_status" "$__porthole_trace"
}
{ __porthole_end; } 2>/dev/null
