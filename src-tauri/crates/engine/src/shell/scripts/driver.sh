# The driver of a session of a POSIX shell, whose script is the FIFO of commands. Words in @...@ are filled in by
# the engine.
PS1= PS2=
__porthole_reports=@REPORTS@ __porthole_id=0 __porthole_status=0 __porthole_trace=0

__porthole_begin() {
  printf '\0\0b\0=%s\0.\0\0' "$__porthole_id" >"$__porthole_reports"
}

__porthole_back() {
  [ "$__porthole_trace" = 0 ] || set -x
  return "$__porthole_status"
}

__porthole_end() {
  __porthole_status=$?
  case $- in *x*) set +x; __porthole_trace=1 ;; *) __porthole_trace=0 ;; esac
  printf '\0\0e\0=%s\0=%s\0=\0=%s\0.\0\0' "$__porthole_id" "$__porthole_status" "${PWD-}" >"$__porthole_reports"
}

# Tells the state of the session, by builtins alone. Functions cannot be listed in this language, so they stay behind.
# Each line opens the FIFO for itself: traps come before that or after it, so what they print goes elsewhere.
__porthole_save() {
  printf '\0\0s\0=%s\0=' "$__porthole_id" >"$__porthole_reports"
  set >"$__porthole_reports"
  printf '\0=' >"$__porthole_reports"
  export -p >"$__porthole_reports"
  printf '\0=' >"$__porthole_reports"
  readonly -p >"$__porthole_reports"
  printf '\0=' >"$__porthole_reports"
  alias >"$__porthole_reports"
  printf '\0=' >"$__porthole_reports"
  trap >"$__porthole_reports"
  printf 'umask ' >"$__porthole_reports"
  umask >"$__porthole_reports"
  printf '\0=%s' "$-" "$@" >"$__porthole_reports"
  printf '\0.\0\0' >"$__porthole_reports"
  __porthole_id=
}
{ __porthole_end; } 2>/dev/null
