# shellcheck shell=bash
# What the scripts share: where the tree is, how the screen looks, how to become root, how to wait.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SCRIPT=$(basename "$0")

# A plain `su` on Debian leaves the administrator's directories out.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL=C.UTF-8

bold='' faint='' red='' plain=''
if [[ -t 1 && -z ${NO_COLOR-} && ${TERM-dumb} != dumb ]]; then
    bold=$'\e[1m' faint=$'\e[2m' red=$'\e[31m' plain=$'\e[m'
fi

title() { printf '\n%s%s%s\n\n' "$bold" "$*" "$plain"; }
step() { printf '  %-10s %s\n' "$1" "$2"; }
warn() { printf '%s: %s\n' "$SCRIPT" "$*" >&2; }

die() {
    warn "$*"
    exit 1
}

# The comment at the head of a script is its help.
help_of() { sed -n '2,/^$/s/^# \{0,1\}//p' "$1"; }

wrong_usage() {
    warn "$1"
    warn "try scripts/$SCRIPT --help"
    exit 2
}

# become_root ARGS...: starts the script again with sudo unless it already is root.
become_root() {
    ((EUID == 0)) && return
    command -v sudo >/dev/null || die "needs root, and there is no sudo here: start it as root"
    exec sudo -- "$ROOT/scripts/$SCRIPT" "$@"
}

# wait_until SECONDS CMD...: succeeds as soon as CMD does, fails at the deadline.
wait_until() {
    local deadline=$((SECONDS + $1 + 1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# --- Work that takes a while -------------------------------------------------------------------------------------------

JOB='' # process group of the work under way

# attend CMD...: runs CMD so that this shell hears signals meanwhile, and can end CMD with all that it started. A plain
# background command would not hear Ctrl-C, a plain foreground command would hold back the traps. File descriptor 9 is
# the lab's lock, which no child may keep.
attend() {
    setsid "$@" 9>&- &
    JOB=$!
    finish_job
}

finish_job() {
    local status=0
    wait "$JOB" || status=$?
    JOB=''
    return "$status"
}

# For traps: ends the work under way and waits until it has cleaned up.
stop_job() {
    [[ -n $JOB ]] || return 0
    kill -TERM -- "-$JOB" 2>/dev/null || kill -TERM "$JOB" 2>/dev/null || true
    wait_until 10 job_ended || kill -KILL -- "-$JOB" 2>/dev/null || true
    JOB=''
}

job_ended() { ! kill -0 -- "-$JOB" 2>/dev/null; }

# work LABEL WHAT CMD...: runs CMD quietly while the screen tells that it goes on. Its output is shown if it fails.
work() {
    local label=$1 what=$2 started=$SECONDS log output status=0
    shift 2
    # A file without a name: nothing stays behind, whatever ends this script.
    log=$(mktemp)
    exec {output}<>"$log"
    rm -f "$log"

    setsid "$@" >"/dev/fd/$output" 2>&1 </dev/null 9>&- &
    JOB=$!
    show_work "$label" "$what" "$started" "/dev/fd/$output"
    finish_job || status=$?
    if ((status == 0)); then
        step "$label" "$what, $((SECONDS - started)) s"
    else
        step "$label" "$what: ${red}failed$plain"
        tail -n 25 "/dev/fd/$output" >&2
    fi
    exec {output}>&-
    return "$status"
}

# A terminal gets one line that is rewritten, anything else a line every ten seconds.
show_work() {
    local label=$1 what=$2 started=$3 log=$4 passed told=0 line
    while kill -0 "$JOB" 2>/dev/null; do
        sleep 0.1
        passed=$((SECONDS - started))
        line=$(tail -c 400 "$log" | tail -n 1 | tr -d '[:cntrl:]' | tr -s ' ')
        if [[ -t 1 ]]; then
            # Unwrapped, or a narrow terminal could not rewrite it.
            printf '\r\e[K\e[?7l  %-10s %s, %s s  %s%.60s%s\e[?7h' "$label" "$what" "$passed" "$faint" "$line" "$plain"
        elif ((passed >= told + 10)); then
            told=$passed
            step "$label" "$what, $passed s: ${line:0:60}"
        fi
    done
    [[ ! -t 1 ]] || printf '\r\e[K'
}

# A tree that belongs to a user keeps belonging to that user: root builds in their name.
build() {
    local place=$ROOT as=()
    [[ ! -d $ROOT/build ]] || place=$ROOT/build
    if [[ $(stat -c %u "$place") != 0 ]]; then
        as=(setpriv --reuid "$(stat -c %u "$place")" --regid "$(stat -c %g "$place")" --clear-groups)
    fi
    work build "build/dotsnoopd and build/dotsnoopctl" "${as[@]}" make -C "$ROOT" -j "$(nproc)"
}
