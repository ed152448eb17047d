#!/usr/bin/env bash
# Does replay extract from each frame of the corpus what tshark does? What has to be equal, and where tshark cannot know,
# stands in tests/oracle/compare; where the frames come from, in tests/oracle/corpus/generate.
# shellcheck source=/dev/null
source "$(dirname "$0")/../lab/lib/tap"

CORPUS=tests/oracle/corpus
export WIRESHARK_CONFIG_DIR=$SCRATCH/wireshark # nobody's preferences

replay() { build/dotsnoopctl replay --json "$CORPUS/$1.pcap" >"$SCRATCH/$1.json"; }

# agrees NAME: the one frame by frame, the other over the whole capture.
agrees() { replay "$1" && tests/oracle/compare "$CORPUS/$1.pcap" "$SCRATCH/$1.json"; }

# notices NAME CHANGE: as many frames are found to be wrong as CHANGE, a program for jq, changed lines of replay.
notices() {
    jq -c "$2" "$SCRATCH/$1.json" >"$SCRATCH/changed"
    same "$(diff "$SCRATCH/$1.json" "$SCRATCH/changed" | grep -c '^>')" \
        "$(tests/oracle/compare "$CORPUS/$1.pcap" "$SCRATCH/changed" | sed -n 's/.* \([0-9]*\) wrong$/\1/p')"
}

# seen FILTER: the different values, one a line, in all of the corpus.
seen() { cat "$SCRATCH"/*.json | jq -r "$1" | sort -u; }

at_least() { (($1 >= $2)) || { echo "$1, not $2" && return 1; }; }

for capture in "$CORPUS"/*.pcap; do
    name=$(basename -s .pcap "$capture")
    check "$name: replay and tshark agree" agrees "$name"
done

# Nothing of the following would be missed if a capture fell out of the corpus, or a field out of the comparison.
check "the corpus holds 300 frames and more" at_least "$(cat "$SCRATCH"/*.json | wc -l)" 300
check "without and with a record" same "null object" "$(seen '.record | type' | xargs)"
check "with every kind of message that has one" same \
    "4 ack 4 decline 4 nak 4 offer 4 release 6 advertise 6 decline 6 release 6 reply" \
    "$(seen '.record | select(.) | "\(.family) \(.type)"' | xargs)"
check "without tags and with one, two and three, inside and outside of PPPoE, in both families" same \
    "4 0 no 4 0 session 4 1 no 4 2 no 4 2 session 4 3 no 6 0 no 6 0 session 6 1 no 6 2 no 6 2 session 6 3 no" \
    "$(seen '.record | select(.) | "\(.family) \(.tags | length) \(if .pppoe then "session" else "no" end)"' | xargs)"
check "relayed with and without a circuit, up to eight times" same "1 2 3 4 5 6 7 8 circuit none" \
    "$(seen '.record.relay | select(.) | .hops, if .circuit_id then "circuit" else "none" end' | sed '/^0$/d' | xargs)"
check "with more addresses than one option holds" at_least \
    "$(seen '.offer | select(.) | .addresses | length' | sort -n | tail -n 1)" 64
check "with more domains than are kept" same "0 1 2 3 4 6" "$(seen '.record | select(.) | .domains | length' | xargs)"

for field in type side tags pppoe client.hw client.id xid addresses prefixes server server_id relay resolvers domain domains; do
    check "the comparison notices another $field" notices dnsmasq-2 "(.record | select(.)).$field = \"other\""
done
for field in name addresses; do
    check "and in offers another $field" notices dnsmasq-2 "(.offer | select(.)).$field = \"other\""
done
check "and another discard" notices dnsmasq-2 '(.offer | select(.)).discarded += [{value: "other", reason: "other"}]'
check "a record too many" notices awkward-frames '.record //= {}'
check "and one too few" notices dnsmasq-2 '.record = null'

finish
