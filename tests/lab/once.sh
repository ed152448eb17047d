#!/usr/bin/env bash
# Does scripts/run --once show that everything was learned, say what was not, and leave nothing?
source "$(dirname "$0")/lib/tap"

run_once() { scripts/run --once "$@" >"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null; }
shows() { grep -qE "$1" "$SCRATCH/out" || { cat "$SCRATCH/out" "$SCRATCH/err" && return 1; }; }
status_of() {
    local status=0
    "$@" || status=$?
    echo "$status"
}

check "it ends well when each peer was learned" run_once
check "it says so" shows '^Learned: each of the 9 peers'
check "it shows who was told what, and that it is proven" shows '^access2 .*198\.51\.100\.10\b.* proven '
check "and where nobody serves DOTS" shows '^access3 .*203\.0\.113\.1\b.* unreachable: port-closed '
check "a subscriber without DOTS options has a binding" shows 'access7 .*192\.0\.2\.107'
check "nothing is left" nothing_left

check "it ends with 1 when a peer is withheld" same 1 "$(status_of run_once --withhold access4)"
check "it counts what is missing" shows '^Missing: 3 of the 9 peers'
check "it names the circuit, family, name and address" \
    shows '^  access4 +IPv6 +dots\.example\.com +2001:db8:122:300::2$'
check "it does not name what was learned" not shows '^  access1 +IPv4 +dots\.example\.com +198\.51\.100\.1$'
check "nothing is left after that" nothing_left

# A device of this machine, in a network that is not the machine's.
on_device() {
    unshare --net sh -c 'ip link set lo up && ip link add dev0 type veth peer name dev1 &&
        ip link set dev0 up && ip link set dev1 up && exec scripts/run --once "$@"' sh "$@" >"$SCRATCH/out" 2>"$SCRATCH/err"
}

check "it watches a device" on_device dev0
check "it shows the device and how the program is attached" shows 'dev0.*uplink.*native'
check "nothing is left after that" nothing_left
check "a device that does not exist is named" same 1 "$(status_of on_device nosuch0)"
check "... in words" grep -q 'no port nosuch0' "$SCRATCH/err"
check "nothing is left after that" nothing_left

check "wrong usage is told apart" same 2 "$(status_of run_once --sideways)"

finish
