#!/usr/bin/env bash
# Does a run that is ended at any point leave nothing, or nothing that its successor does not clear away?
source "$(dirname "$0")/lib/tap"

# start: a run that would go on, as if from a terminal (the shell has background commands ignore Ctrl-C).
start() {
    env --default-signal=INT scripts/run >"$SCRATCH/out" 2>&1 </dev/null &
    RUN=$!
}

# send SIGNAL: to the run. STATUS is what it ends with.
send() {
    STATUS=0
    kill "-$1" "$RUN"
    wait "$RUN" 2>/dev/null || STATUS=$?
}

streams() { grep -q 'until Ctrl-C' "$SCRATCH/out"; }
succeeds() { scripts/run --once >"$SCRATCH/out" 2>&1 || { cat "$SCRATCH/out" && return 1; }; }

start
check "without --once it goes on with the stream of changes" within 30 streams
check "a second run is refused, in words" not scripts/run --once
check "... naming the first" grep -q "process $RUN is at work" <(scripts/run --once 2>&1)
check "so is lab up" not scripts/lab up
send INT
check "Ctrl-C ends the stream" same 130 "$STATUS"
check "nothing is left" nothing_left

start
within 30 streams
send TERM
check "SIGTERM ends it too" same 143 "$STATUS"
check "nothing is left" nothing_left

for pause in 0.1 0.3 0.5 0.7 0.9 1.2 1.6; do
    start
    sleep "$pause"
    send TERM
    check "SIGTERM after $pause s ends it" same 143 "$STATUS"
    check "... and leaves nothing" nothing_left
done

for pause in 0.3 0.6 0.9 1.2 2.0; do
    start
    sleep "$pause"
    send KILL
    check "after kill -9 at $pause s the next run works" succeeds
    check "... and leaves nothing" nothing_left
done

raise
check "a lab that stands is not taken away by a run" not scripts/run --once
check "... it still answers" scripts/lab expect
scripts/lab down
check "lab down leaves nothing" nothing_left

finish
