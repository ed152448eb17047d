#!/usr/bin/env bash
# Is a name left unresolved where a valid address stands beside it (RFC 8973 5.1.3, 5.2.3: MUST NOT be passed to a
# resolution library)? The resolver that the replies name sees nothing, not a single packet.
source "$(dirname "$0")/lib/tap"

ctl() { scripts/lab ctl "$@"; }
is_resolved() { [[ $(ctl peers --circuit "$1" --json | jq -r .state | sort -u) == resolved ]]; }

# Whatever is sent to a resolver: queries by UDP, or as much as a SYN.
note_packets() {
    scripts/lab exec dotsnoop-server timeout 120 tcpdump --immediate-mode -nnli eth0 \
        "dst port 53 or dst port 853 or (tcp and dst port 443)" >"$SCRATCH/packets" 2>"$SCRATCH/tcpdump" &
    PACKETS=$!
    within 5 grep -q 'listening on' "$SCRATCH/tcpdump"
}

packets() { cat "$SCRATCH/packets"; }
known() { [[ $(ctl peers --circuit "$1" --json | jq -r .address | sort -u | xargs) == "$2" ]]; }
seen() { grep -q 'dots\.example\.com' "$SCRATCH/packets"; }

raise
scripts/lab watch
note_packets

# Name and addresses: IPv4 from udhcpc, both families from dhcpcd.
scripts/lab lease access1 access4 >/dev/null
check "a name with addresses is known by its addresses, over IPv4" \
    within 10 known access1 "198.51.100.1 198.51.100.2"
check "... and over IPv6, beside one with invalid addresses too" \
    within 10 known access4 "2001:db8:122:300::1 2001:db8:122:300::2 203.0.113.2"
sleep 3 # longer than the agent would wait with a question
check "no resolver was asked anything" same '' "$(packets)"

# A reply that says the same again, and one that a restarted client asked for.
scripts/lab lease access1 access4 >/dev/null
scripts/lab release access1
scripts/lab lease access1 >/dev/null
check "the name is known again after a RELEASE" within 10 known access1 "198.51.100.1 198.51.100.2"
sleep 2
check "renewed and told anew, still nobody was asked" same '' "$(packets)"
check "no resolution is counted" same 0 \
    "$(scripts/lab exec dotsnoop-gw curl -sf http://127.0.0.1:9646/metrics |
        awk '/^dotsnoop_resolutions_total/ {sum += $NF} END {print sum + 0}')"

# The trap works: a name alone is asked for.
scripts/lab lease access2 >/dev/null
check "a name without addresses is asked for at once" within 5 seen
first() { grep -oE '[A-Z]+\? dots\.example\.com\.' "$SCRATCH/packets" | sed 1q; }
check "its S-NAPTR records are asked for first" same "NAPTR? dots.example.com." "$(first)"
check "... and its addresses in the end" within 5 is_resolved access2

kill "$PACKETS" 2>/dev/null || true
scripts/lab down
check "nothing is left" nothing_left

finish
