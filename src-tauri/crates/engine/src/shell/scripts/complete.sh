# What a POSIX shell that stands by for completions has beside the driver. Words in @...@ are filled in by the engine.
__porthole_completions=@FILE@

# Tells completions: in which folder, of what, and a word of code for the folder that is typed.
__porthole_complete() {
  set +eu
  cd -- "$1" || return
  eval "__porthole_folder=$2"
  {
    printf '\0\0folder\0=%s\0' "$__porthole_folder"
    printf '\0\0path\0=%s\0' "$PATH"
    case $3 in
      command) printf '\0\0aliases\0'; alias ;;
      variable) printf '\0\0variables\0'; set ;;
    esac
    printf '\0\0end\0'
  } >|"$__porthole_completions" </dev/null 2>/dev/null
  # Where it waits it keeps no file system from being unmounted.
  cd /
}
cd /
