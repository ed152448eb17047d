# shellcheck shell=bash
# What a lab keeps on the machine while it stands, and how all of it goes away again.
#
# Processes and namespaces are entered in LAB before they come to be. Whatever ended the script that made them, the next
# one finds them there and clears them away, and nothing else.

LAB=/run/dotsnoop-lab
LOCK=/run/dotsnoop-lab.lock

# begin_lab: from here on whatever we make is cleared away when we leave, however we leave.
begin_lab() {
    hold_lock
    [[ ! -e $LAB/kept ]] || die "a lab stands already (scripts/lab up): scripts/lab down ends it"
    trap leave_lab EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

leave_lab() {
    trap - EXIT
    trap '' INT TERM HUP
    [[ ! -t 1 ]] || echo # below the ^C
    stop_job
    clear_away
    drop_lock
}

# keep_lab: it stands without us, until lab down.
keep_lab() {
    touch "$LAB/kept"
    trap - EXIT INT TERM HUP
    drop_lock
}

# One at a time: names of namespaces and pins are the machine's. What we leave running does not keep the descriptor, so the
# lock ends with us.
hold_lock() {
    while true; do
        exec 9>>"$LOCK"
        # Two seconds: what a killed holder has just started keeps the descriptor until it ends.
        flock -w 2 9 || die "process $(<"$LOCK") is at work in the lab: wait for its end, or end it"
        # The holder before us may have removed the file between our open and our lock.
        [[ ! /proc/self/fd/9 -ef $LOCK ]] || break
    done
    echo $$ >"$LOCK"
}

drop_lock() {
    rm -f "$LOCK"
    exec 9>&-
}

# --- Processes ---------------------------------------------------------------------------------------------------------

# spawn NAME NS CMD...: starts CMD in network namespace NS ('' is the machine's own), away from this terminal. What it says
# goes to LAB/NAME/output.
spawn() {
    local name=$1 namespace=${2:+--net=/run/netns/$2}
    shift 2
    mkdir -p "$LAB/$name"
    rm -f "$LAB/$name/pid"
    (
        pid=$BASHPID
        echo "$pid $(start_time "$pid")" >"$LAB/$name/pid"
        exec setsid nsenter ${namespace:+"$namespace"} -- "$@" 9>&-
    ) </dev/null >>"$LAB/$name/output" 2>&1 &
    disown
    wait_until 5 test -s "$LAB/$name/pid"
}

# start_time PID: in clock ticks since boot. With it a process number is unique. (In a trap, a bare `return` would hand on
# the status from before the trap.)
start_time() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    read -ra stat <<<"${stat##*) }" # the name before the bracket may hold anything
    echo "${stat[19]}"
}

# pid_of NAME: the process number, or failure when it has ended.
pid_of() {
    local pid start
    read -r pid start 2>/dev/null <"$LAB/$1/pid" || return 1
    [[ $(start_time "$pid") == "$start" ]] && echo "$pid"
}

alive() { pid_of "$1" >/dev/null; }
ended() { ! alive "$1"; }

# tell SIGNAL NAME...: to the process and what it has started.
tell() {
    local signal=$1 name pid
    shift
    for name; do
        pid=$(pid_of "$name") || continue
        kill "-$signal" -- "-$pid" 2>/dev/null || kill "-$signal" "$pid" 2>/dev/null || true
    done
}

# end NAME...: asks all of them, and does not ask those that still live after five seconds.
end() {
    local name
    tell TERM "$@"
    for name; do
        wait_until 5 ended "$name" || tell KILL "$name"
    done
}

names() { (cd "$LAB" 2>/dev/null && compgen -G '*/pid' | sed 's|/pid$||') || true; }

# --- The end of a lab --------------------------------------------------------------------------------------------------

clear_away() {
    [[ -d $LAB ]] || return 0
    end agent # first, so that the end of a lab is no news to it
    detach_agent
    # shellcheck disable=SC2046 # one argument a name
    end $(names)
    remove_namespaces
    rm -rf "$LAB"
}

# With whatever still lives in them: a namespace without a name could not be found again.
remove_namespaces() {
    local namespace
    [[ -e $LAB/namespaces ]] || return 0
    while read -r namespace; do
        ip netns pids "$namespace" 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
        ip netns del "$namespace" 2>/dev/null || true
    done <"$LAB/namespaces"
}
