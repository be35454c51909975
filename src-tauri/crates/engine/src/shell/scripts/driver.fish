# The driver of a fish session, read after the user's configuration. Words in @...@ are filled in by the engine.
status job-control full
set -g __porthole_commands @COMMANDS@
set -g __porthole_reports @REPORTS@
set -g __porthole_state @FOLDER@/state
set -g __porthole_id 0
set -g __porthole_status 0
set -g __porthole_text ''
set -g __porthole_unsaved ''
set -g __porthole_asked ''
set -g __porthole_define 1
set -g __porthole_pipes
set -g __porthole_postexec
set -g __porthole_at_prompt
set -g __porthole_same ''
set -g __porthole_told_prompt
builtin functions -e fish_right_prompt fish_mode_prompt fish_title fish_greeting
function fish_right_prompt; end
function fish_mode_prompt; end
function fish_title; end
function fish_greeting; end

# At a prompt, the first one and whatever ends the loop, the engine types what begins it. What fish draws there is
# thrown away; it begins only once the engine has taken what was printed before.
function fish_prompt
    set -q __porthole_told_prompt[1]
    or __porthole_tell_prompt
    set -g __porthole_told_prompt
end
function __porthole_tell_prompt --on-event fish_postexec
    set -g __porthole_told_prompt 1
    builtin printf '\0\0p\0=0\0.\0\0' >$__porthole_reports
    read -lz __porthole_text <@FOLDER@/prompts
end

function __porthole_back
    return $__porthole_status
end

function __porthole_exit
    return $argv[1]
end

# The functions that an event at the prompt would call; once, also when they are interrupted.
function __porthole_hooks
    set -l after $__porthole_postexec
    set -l prompt $__porthole_at_prompt
    set -g __porthole_postexec
    set -g __porthole_at_prompt
    for name in $after
        __porthole_back
        $name $__porthole_line >/dev/null
    end
    for name in $prompt
        __porthole_back
        $name >/dev/null
    end
end

# eval forgets the statuses of a pipeline, so they are noted within. Where no hook comes after it, this is the end.
function __porthole_note
    if set -q __porthole_postexec[1] || set -q __porthole_at_prompt[1]
        set -g __porthole_pipes $argv[2..]
    else
        set -g __porthole_status $argv[1]
        __porthole_tell "$__porthole_same" $argv[2..]
    end
    return $argv[1]
end

# Tells the end of the command, with the statuses of its pipeline; 1 before them where that has left everything alone.
function __porthole_tell
    builtin printf '\0\0e\0=%s\0=%s\0=%s\0=%s\0=%s\0.\0\0' $__porthole_id $__porthole_status "$argv[2..]" $PWD $argv[1] \
        >$__porthole_reports
    set -g __porthole_unsaved $__porthole_id
    set -g __porthole_id ''
    set -g __porthole_same ''
end

function __porthole_next
    if test -n "$__porthole_id"
        set -g __porthole_status $argv[1]
        set -q __porthole_pipes[1]
        and set argv $argv[1] $__porthole_pipes
        set -g __porthole_pipes
        if set -q __porthole_postexec[1] || set -q __porthole_at_prompt[1]
            __porthole_hooks
        end
        __porthole_tell '' $argv[2..]
        set -g __porthole_text ''
    end
    # Still there when an interrupt came before all was told.
    test -z "$__porthole_asked"
    or __porthole_tell_state
    # An `s` asks for the state. Any other byte comes before what is to be run: fish reads a single one by itself, but as
    # much as there is of anything longer.
    while read -gn 1 __porthole_text <$__porthole_commands; and test "$__porthole_text" = s
        set -g __porthole_text ''
        set -g __porthole_asked 1
        __porthole_tell_state
    end
    read -gz __porthole_text <$__porthole_commands
    return 0
end

# No function: messages would name it, and it would have a scope of its own. A stray `continue` comes by the condition.
set -g __porthole_loop 'while __porthole_next $status $pipestatus
    eval $__porthole_text
end'

function __porthole_tell_state
    if test -n "$__porthole_unsaved"
        __porthole_save >$__porthole_state 2>/dev/null
        builtin printf '\0\0f\0=%s\0.\0\0' $__porthole_unsaved >$__porthole_reports
        set -g __porthole_unsaved ''
    end
    set -g __porthole_asked ''
end

# Tells the state of the session, by builtins alone, where no local variable is in the way. Into a file, because a FIFO
# wakes its reader with every line.
function __porthole_save
    if set -q __porthole_define[1]
        __porthole_define $__porthole_unsaved >$__porthole_reports
        set -g __porthole_define
    end
    builtin printf '\0\0s\0=%s\0=' $__porthole_unsaved
    set -guL
    builtin printf '\0='
    set -gxL
    builtin printf '\0.\0\0'
end

# Names are those whose definition is told in any case: those that came after the configuration was read are, too.
function __porthole_define
    builtin printf '\0\0d\0=%s\0=' $argv[1]
    set -l __porthole_functions (__porthole_functions)
    set -l __porthole_names (builtin functions -an)
    for __porthole_name in $__porthole_define
        builtin contains -- $__porthole_name $__porthole_names
        and builtin functions -- $__porthole_name
    end
    set -l __porthole_known (builtin string join '|' (builtin string escape --style=regex -- $__porthole_functions))
    for __porthole_name in (builtin string match -rv -- '^('$__porthole_known')$' $__porthole_names)
        builtin functions -- $__porthole_name
    end
    builtin printf '\0='
    # Of those that were there before only they are looked at that a command named: to look at one reads its file.
    set __porthole_names $__porthole_define $__porthole_erased
    set -g __porthole_erased
    for __porthole_name in $__porthole_names
        if builtin contains -- $__porthole_name $__porthole_functions
            and not builtin contains -- $__porthole_name $__porthole_erased
            and not builtin functions -q -- $__porthole_name
            set -ga __porthole_erased $__porthole_name
            builtin echo "functions -e -- $__porthole_name; set -ga __porthole_erased $__porthole_name"
        end
    end
    builtin printf '\0='
    abbr --show
    builtin complete
    builtin printf '\0='
    builtin functions --handlers-type generic
    builtin printf '\0.\0\0'
end

# What the session defines beyond these is told. Within a function their names, which are hundreds, are no part of the
# state that is told after each command.
set -g __porthole_text (builtin functions -an)
function __porthole_functions -V __porthole_text
    builtin printf '%s\n' $__porthole_text
end
set -g __porthole_text ''
