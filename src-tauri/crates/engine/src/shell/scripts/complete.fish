# What a fish that stands by for completions has beside the driver. Words in @...@ are filled in by the engine.
set -g __porthole_completions @FILE@

# Tells completions: in which folder, of what, the folder that is typed, and the line up to the cursor.
function __porthole_complete
    builtin cd -- $argv[1]
    or return
    begin
        builtin printf '\0\0folder\0=%s\0' "$argv[2]"
        if test "$argv[3]" = command
            builtin printf '\0\0function\0'
            functions -an
            builtin printf '\0\0builtin\0'
            builtin -n
            builtin printf '\0\0alias\0'
            abbr --list
            alias | string replace -r '^alias (\S+) .*' '$1'
        end
        builtin printf '\0\0completions\0'
        test "$argv[3]" = folder
        or complete --escape -C $argv[4]
        builtin printf '\0\0end\0'
    end >$__porthole_completions </dev/null 2>/dev/null
    # Where it waits it keeps no file system from being unmounted.
    builtin cd /
end
builtin cd /
