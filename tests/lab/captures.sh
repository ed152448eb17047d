#!/usr/bin/env bash
# Does a capture of the lab's traffic, replayed through the XDP program and the decoder, yield what was offered?
source "$(dirname "$0")/lib/tap"

replay() { build/dotsnoopctl replay --json "$@"; }

offered() {
    jq -nRc -f scripts/lab.d/offers.jq scripts/lab.d/offers | jq -c '.[] | select(.name or .offered != [])
        | {family, client: (if .family == 4 then .mac else .duid | gsub(":"; "") end), address: .lease, name,
           addresses: .valid, discarded: (.offered - .valid)}' | sort
}

# What a client was bound to: ACK and Reply, not OFFER and Advertise.
bound() {
    jq -c 'select(.record.type == "ack" or .record.type == "reply") | .record as $record | .offer | select(.)
        | {family: $record.family, client: (if $record.family == 4 then $record.client.hw else $record.client.id end),
           address: $record.addresses[0].address, name, addresses, discarded: [.discarded[].value]}' "$1" | sort
}

OWN_LAB=1
scripts/lab capture "$SCRATCH" >/dev/null
replay "$SCRATCH/uplink.pcap" >"$SCRATCH/uplink.json"

check "each frame of the capture has its line" \
    same "$(tcpdump -r "$SCRATCH/uplink.pcap" 2>/dev/null | wc -l)" "$(wc -l <"$SCRATCH/uplink.json")"
check "the offers are those of the lab, both families" same "$(offered)" "$(bound "$SCRATCH/uplink.json")"
check "each discarded address has its reason" same "loopback multicast" \
    "$(jq -r '.offer | select(.) | .discarded[].reason' "$SCRATCH/uplink.json" | sort -u | xargs)"
check "the records name Knot as resolver" same "192.0.2.53 2001:db8:1::53" \
    "$(jq -r '.record | select(.) | .resolvers[]' "$SCRATCH/uplink.json" | sort -u | xargs)"
check "the same frames are rogue on an access port" same "pass rogue" \
    "$(replay --role access "$SCRATCH/uplink.pcap" | jq -r '"\(.action) \(.reason)"' | sort -u)"
check "and dropped where that is enforced" same "drop rogue" \
    "$(replay --role access --enforce "$SCRATCH/uplink.pcap" | jq -r '"\(.action) \(.reason)"' | sort -u)"
check "requests pass and give no record" same "pass dhcp-request null" \
    "$(replay --role access "$SCRATCH/access4.pcap" | jq -r '"\(.action) \(.reason) \(.record)"' | sort -u)"
check "nothing is left" nothing_left

finish
