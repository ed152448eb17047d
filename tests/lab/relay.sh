#!/usr/bin/env bash
# Does a gateway that relays itself make one binding of a reply that it sees twice, and do renewals stay in the kernel? Kea
# behind dnsmasq as a relay on the gateway, udhcpc as subscriber; everything in namespaces of its own.
NAME=relay
source "$(dirname "$0")/lib/gateway"

LEASE=12 # seconds

start_servers() {
    start_kea 198.51.100.0/24 198.51.100.100-198.51.100.100 "$LEASE" '
        { "name": "routers", "data": "198.51.100.1" },
        { "name": "dots-ri", "data": "dots.example.net" },
        { "name": "dots-address", "data": "192.0.2.10" }'
    spawn relay "$GATEWAY" dnsmasq --keep-in-foreground --log-facility=- --conf-file=/dev/null --port=0 --pid-file= --user=root \
        --dhcp-relay=198.51.100.1,192.0.2.53 --log-dhcp
    within 5 grep -q 'DHCP relay' "$SCRATCH/relay.log"
}

bound() { ctl bindings --circuit access1 --json | jq -r '.addresses[].address'; }
changes() { metric "binding_changes_total{change=\"$1\"}"; }
at_least() { (($1 <= $(metric "$2"))); }

make_network routed
start_servers
configure <<<'mode: enforce'
start_agent
start_client 147 148

# --- Seen twice --------------------------------------------------------------------------------------------------------

is_bound() { [[ -n $(bound) ]]; }
within 15 is_bound || true
check "the subscriber's lease is a binding on its own port" same 198.51.100.100 "$(bound)"
check "there is no other" same 1 "$(ctl bindings --json | jq -s length)"
check "the ACK came in from the server, for the relay" \
    at_least 1 'dhcp_messages_total{interface="uplink",family="4",type="ack",side="relay"}'
check "and was sent on by the gateway, to the client" \
    at_least 1 'dhcp_messages_total{interface="access1",family="4",type="ack",side="client"}'
check "which is a record of the egress program" at_least 1 'egress_frames_total{interface="access1",reason="captured"}'
check "both are one change" same "1 0" "$(changes created) $(changes refreshed)"
check "nothing is rogue, where the gateway itself answers" same 0 "$(metric 'rogue_messages_total')"
check "the peer is there" same 192.0.2.10 "$(ctl peers --circuit access1 --json | jq -r .address)"

# --- Renewals ----------------------------------------------------------------------------------------------------------

renewed() { grep -c 'obtained from' "$SCRATCH/udhcpc.log"; }
is_renewed() { (($(renewed) > before)); }
renew() {
    before=$(renewed)
    kill -USR1 "${STARTED[udhcpc]}"
    within 5 is_renewed
}

renew # straight from the server, not through the relay: another reply than the first
last=$SECONDS
for ((i = 1; i <= 4; i++)); do
    sleep $((LEASE / 3))
    renew
done
# A client that is in a hurry asks by broadcast too: that is relayed, and answered by another reply.
check "renewals that say the same stay in the kernel" at_least 3 settled_total
check "and do not end the binding" same "1 0" "$(changes created) $(changes ended)"
check "the lease of the last record is over by now" test $((SECONDS - last)) -gt $((LEASE + 1))
check "and the binding goes on" same 198.51.100.100 "$(bound)"

# --- The end of a lease ------------------------------------------------------------------------------------------------

ended() { [[ -z $(bound) ]]; }
stop udhcpc # without a release
check "without renewals it ends with the lease" within $((2 * LEASE)) ended
check "by time" same 0 "$(metric 'bindings{')"
finish
