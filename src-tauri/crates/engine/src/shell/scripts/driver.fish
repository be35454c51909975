# The driver of a fish session, read after the user's configuration. Words in @...@ are filled in by the engine.
status job-control full
set -g __porthole_commands @COMMANDS@
set -g __porthole_reports @REPORTS@
set -g __porthole_id 0
set -g __porthole_status 0
set -g __porthole_text ''
set -g __porthole_pipes
functions -e fish_right_prompt fish_mode_prompt fish_title fish_greeting
function fish_right_prompt; end
function fish_mode_prompt; end
function fish_title; end
function fish_greeting; end

# At a prompt, the first one and whatever ends the loop, the engine types the name of the loop.
function fish_prompt
    builtin printf 'p\0\0\0\0\0' >$__porthole_reports
end

function __porthole_back
    return $__porthole_status
end

# eval forgets the statuses of a pipeline, so they are noted within.
function __porthole_note
    set -g __porthole_pipes $argv[2..]
    return $argv[1]
end

function __porthole_next
    if test -n "$__porthole_id"
        set -g __porthole_status $argv[1]
        set -q __porthole_pipes[1]
        and set argv $argv[1] $__porthole_pipes
        builtin printf 'e\0%s\0%s\0%s\0%s\0' $__porthole_id $argv[1] "$argv[2..]" $PWD >$__porthole_reports
        set -g __porthole_id ''
    end
    read -gz __porthole_text <$__porthole_commands
end

# Without the scope of its own that a function has, a variable is set as at the prompt.
function __porthole_loop -S
    __porthole_next $status $pipestatus
    while true
        eval $__porthole_text
        __porthole_next $status $pipestatus
    end
end

function __porthole_snapshot
    begin
        set -l exported (set -gxn)
        for name in (set -gn)
            if string match -qr '^(__porthole.*|_|status|pipestatus|PWD|SHLVL|COLUMNS|LINES|version|FISH_VERSION|fish_pid|hostname|history|umask|fish_kill_signal|dirprev|dirnext|fish_killring)$' -- $name
                continue
            end
            if contains -- $name $exported
                echo set -gx $name (string escape -- $$name)
            else
                echo set -g $name (string escape -- $$name)
            end
        end
        set -l functions (functions -an)
        if test "$functions" != "$__porthole_functions"
            for name in $functions
                contains -- $name $__porthole_functions
                or functions -- $name
            end
            for name in $__porthole_functions
                contains -- $name $functions
                or echo functions -e -- $name
            end
        end
        echo set -g dirprev (string escape -- $dirprev)
        echo set -g dirnext (string escape -- $dirnext)
        echo umask (umask)
        echo cd (string escape -- $PWD)
        echo set -g __porthole_status $__porthole_status
    end >$argv[1] 2>/dev/null
    builtin printf 's\0%s\0\0\0\0' $argv[2] >$__porthole_reports
end

# What the session defines beyond these goes into its snapshots.
set -g __porthole_functions (functions -an)
