#!/usr/bin/env bash
# Does an agent go on where the one before it stopped, with what subscribers were told while nobody was there?
source "$(dirname "$0")/lib/tap"

PINS=/sys/fs/bpf/dotsnoop

ctl() { scripts/lab ctl "$@"; }
in_gateway() { scripts/lab exec dotsnoop-gw "$@"; }

# The kernel's word: PORT PROGRAM-ID a line.
programs_on() { in_gateway ip -j link | jq -r '.[] | select(.xdp) | "\(.ifname) \(.xdp.prog.id)"' | sort; }
# The same of what the gateway itself sends: by pinned links, or filters of clsact.
egress_on() {
    local pin port
    for pin in "$PINS"/links/*/*; do
        [[ ! -e $pin ]] || bpftool -j link show pinned "$pin" | jq -r '"link \(.id) \(.prog_id)"'
    done
    for port in $(in_gateway ip -j link | jq -r '.[].ifname'); do
        in_gateway tc filter show dev "$port" egress | sed -n "s/.* dotsnoop_tc .* id \([0-9]*\) .*/filter $port \1/p"
    done
}
bound() { ctl bindings --circuit "$1" --json | jq -r '"\(.circuit) \(.addresses[0].address)"'; }
captured() { ctl ports --json | jq 'select(.name == "uplink").frames.captured'; }
agent_pid() { cut -d' ' -f1 /run/dotsnoop-lab/agent/pid; }
said() { grep -q "$1" /run/dotsnoop-lab/agent/output; }
forget() { : >/run/dotsnoop-lab/agent/output; }

slay() {
    local pid
    pid=$(agent_pid)
    kill -KILL "$pid"
    within 5 not kill -0 "$pid"
}

detach() { in_gateway build/dotsnoopd --detach; }
all_gone() { [[ ! -e $PINS && -z $(programs_on) && -z $(egress_on) ]]; }

raise
scripts/lab watch
scripts/lab lease access1 >/dev/null
before=$(programs_on)
egress_before=$(egress_on)
check "every port has its program" same 8 "$(wc -l <<<"$before")"
check "... and one at its egress" same 8 "$(wc -l <<<"$egress_before")"
check "which the ports say themselves" not grep -qvx 'tcx\|clsact' <(ctl ports --json | jq -r .egress)

# --- Killed ------------------------------------------------------------------------------------------------------------

seen=$(captured)
slay
check "after kill -9 the programs run on" same "$before" "$(programs_on)"
check "... at egress too" same "$egress_before" "$(egress_on)"
scripts/lab lease access2 access5 >/dev/null # udhcpc over IPv4, dhcpcd over IPv6
forget
scripts/lab watch
check "the next agent takes them over as they are" same "$before" "$(programs_on)"
check "... at egress too" same "$egress_before" "$(egress_on)"
check "... and says so" same 8 "$(grep -c '^info: adopted port=' /run/dotsnoop-lab/agent/output)"
check "it knows who was told what meanwhile over IPv4" same "access2 192.0.2.102" "$(bound access2)"
check "... and over IPv6" same "access5 2001:db8:1::105" "$(bound access5)"
check "counters go on" test "$(captured)" -gt "$seen"
check "nothing was lost" same 0 "$(ctl status --json | jq .ring.lost)"
scripts/lab lease access3 >/dev/null
check "and it hears of what comes then" within 5 same "access3 192.0.2.103" "$(bound access3)"
check "a second agent is refused" not in_gateway build/dotsnoopd --control "$SCRATCH/control" --store "$SCRATCH/store" uplink
check "... in words" grep -q 'another dotsnoopd runs here already' \
    <(in_gateway build/dotsnoopd --control "$SCRATCH/control" --store "$SCRATCH/store" uplink 2>&1)
check "... and so is --detach" not detach

slay
check "--detach removes what a killed agent left" detach
check "... all of it" all_gone

# --- Kept --------------------------------------------------------------------------------------------------------------

scripts/lab watch --keep --enforce
scripts/lab lease access1 >/dev/null
scripts/lab lease access1 >/dev/null # settled: it said nothing new
before=$(programs_on)
forget
scripts/lab unwatch
check "with on-exit: keep the programs run on after SIGTERM" same "$before" "$(programs_on)"
check "... which is said" said '^info: kept port=uplink'
check "the pins are there" test -e "$PINS/maps/records"
scripts/lab lease access1 access6 >/dev/null
scripts/lab watch --keep --enforce
check "the next agent takes them over" same "$before" "$(programs_on)"
check "it knows who was told what meanwhile" same "access6" "$(bound access6 | cut -d' ' -f1 | sort -u)"
check "... and whose lease was renewed" same "access1 192.0.2.101" "$(bound access1)"

scripts/lab unwatch
check "--detach removes what was kept" detach
check "... all of it" all_gone

# --- Another version ---------------------------------------------------------------------------------------------------

# The map `about` begins with the version.
make_older() {
    local value
    mapfile -t value < <(bpftool -j map dump pinned "$PINS/maps/about" | jq -r '.[0].value[]')
    bpftool map update pinned "$PINS/maps/about" key hex 00 00 00 00 value hex 01 "${value[@]:1}"
}

scripts/lab watch --keep
scripts/lab unwatch
before=$(programs_on)
make_older
forget
scripts/lab watch
check "pins of another version are replaced" said 'pins-replaced reason="another version"'
check "... with new programs on all ports" same "8 0" \
    "$(programs_on | wc -l) $(comm -12 <(echo "$before") <(programs_on) | wc -l)"
scripts/lab lease access1 >/dev/null
check "which work" within 5 same "access1 192.0.2.101" "$(bound access1)"

# --- The end -----------------------------------------------------------------------------------------------------------

scripts/lab unwatch
check "with on-exit: detach nothing stays" all_gone

scripts/lab watch
slay
scripts/lab down
check "lab down clears away what a killed agent left" nothing_left

raise
scripts/lab watch --keep
scripts/lab unwatch
scripts/lab down
check "... and what was kept" nothing_left

finish
