#!/usr/bin/env bash
# Does scripts/bench measure what it is asked for, and refuse what it does not know? How long anything takes is no test.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8 NO_COLOR=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0 status=0

# check NAME CMD...
check() {
    local name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok $((++number)) - $name"
    else
        echo "not ok $((++number)) - $name"
        cat "$work/log" "$work/err" >&2
        status=1
    fi
}

# same EXPECTED ACTUAL: texts, line by line.
same() { diff <(echo "$1") <(echo "$2"); }

# refuses ARGS...: as wrong usage, told why, and nothing on standard output.
refuses() {
    local result=0
    scripts/bench "$@" >"$work/out" 2>"$work/err" || result=$?
    same 2 "$result" && [[ ! -s $work/out ]] && grep -q "^bench: no " "$work/err"
}

echo 1..14
result=0
scripts/bench --json fastpath.tcp fastpath.dhcp4-ack >"$work/rows" 2>"$work/err" || result=$?
check "two rows are measured" same 0 "$result"
check "each is an object of its own, in the order asked for" \
    same $'fastpath.tcp\nfastpath.dhcp4-ack' "$(jq -r .name "$work/rows")"
check "with the fields that are promised" same '["floor","max","min","name","note","runs","unit","value"]' \
    "$(jq -c keys "$work/rows" | sort -u)"
check "whose values can be" same true "$(jq -s 'all(.unit == "ns" and .runs >= 9 and .floor > 0
    and .value >= .floor / 2 and .min <= .value and .value <= .max)' "$work/rows")"
scripts/bench --json 'fastpath.xdp-filter*' fastpath.af-packet >"$work/rows" 2>"$work/err" || true
check "others are measured beside us" same 3 "$(jq -s 'map(select(.unit == "ns" and .floor > 0 and .value > 0)) | length' \
    "$work/rows")"
result=0
scripts/bench --json live.flood >"$work/rows" 2>"$work/err" || result=$?
check "frames on a device are all accounted for" same 0 "$result"
check "and are told as a rate" same true "$(jq -s 'length == 1 and all(.unit == "1/s" and .floor > 0 and .value > 0)' \
    "$work/rows")"
result=0
scripts/bench --json discovery.chains >"$work/rows" 2>"$work/err" || result=$?
check "names are followed to their servers, each asked for once" same 0 "$result"
check "beside dnsperf" same true "$(jq -s 'length == 1 and all(.unit == "1/s" and .floor > 0 and .value > 0 and
    (.note | startswith("4 queries a chain, no failure")))' "$work/rows")"
result=0
DOTSNOOP_BENCH_BINDINGS=5000 DOTSNOOP_BENCH_RUNS=1 scripts/bench --json table.storm table.memory >"$work/rows" 2>"$work/err" || result=$?
check "an agent holds as many subscribers as it is asked to" same 0 "$result"
check "and tells how fast, and in how many bytes" same '[["1/s",1],["bytes",1]]' \
    "$(jq -sc 'map(select(.value > .floor / 1000 and .floor > 0 and (.note | contains("5000"))) | [.unit, .runs])' "$work/rows")"
check "a row that is not known is refused" refuses --json fastpath.no-such-row
check "and so is a pattern that fits none" refuses 'no-such*'
check "nor can there be subscribers that are no number" refuses --growth many
((status == 0))
