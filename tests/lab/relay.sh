#!/usr/bin/env bash
# Does a gateway that relays itself make one binding of a reply that it sees twice, and do renewals stay in the kernel? Kea
# behind dnsmasq as a relay on the gateway, udhcpc as subscriber; everything in namespaces of its own.
source "$(dirname "$0")/lib/tap"

SERVER=dotsnoop-rel-srv GATEWAY=dotsnoop-rel-gw CLIENT=dotsnoop-rel-sub
CONTROL=$SCRATCH/control
LEASE=12 # seconds
STARTED=()

in_ns() { nsenter --net="/run/netns/$1" -- "${@:2}"; }
ctl() { build/dotsnoopctl --control "$CONTROL" "$@"; }

# spawn NAME NS CMD...
spawn() {
    nsenter --net="/run/netns/$2" -- "${@:3}" >"$SCRATCH/$1.log" 2>&1 &
    STARTED+=($!)
}

end() {
    local pid ns
    for pid in "${STARTED[@]}"; do
        kill "$pid" 2>/dev/null || continue
        wait "$pid" 2>/dev/null || true
    done
    for ns in "$SERVER" "$GATEWAY" "$CLIENT"; do
        ip netns del "$ns" 2>/dev/null || true
    done
    leave
}

make_network() {
    local ns
    for ns in "$SERVER" "$GATEWAY" "$CLIENT"; do
        ip netns add "$ns"
        ip -n "$ns" link set lo up
    done
    ip -n "$GATEWAY" -batch - <<END
link add uplink type veth peer name eth0 netns $SERVER
link add access1 type veth peer name wan netns $CLIENT
link set uplink up
link set access1 up
addr add 192.0.2.1/24 dev uplink
addr add 198.51.100.1/24 dev access1
END
    in_ns "$GATEWAY" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
    ip -n "$SERVER" -batch - <<END
link set eth0 up
addr add 192.0.2.2/24 dev eth0
route add 198.51.100.0/24 via 192.0.2.1
END
    ip -n "$CLIENT" link set wan up
}

start_servers() {
    local house=$SCRATCH/kea
    mkdir -p "$house"/{etc,lib/kea,log/kea,run/kea,run/lock/kea}
    cat >"$house/etc/kea-dhcp4.conf" <<END
{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ "eth0" ] },
    "lease-database": { "type": "memfile", "persist": false },
    "valid-lifetime": $LEASE,
    "option-def": [
        { "name": "dots-ri", "code": 147, "type": "fqdn", "space": "dhcp4" },
        { "name": "dots-address", "code": 148, "type": "ipv4-address", "array": true, "space": "dhcp4" } ],
    "option-data": [
        { "name": "routers", "data": "198.51.100.1" },
        { "name": "dots-ri", "data": "dots.example.net" },
        { "name": "dots-address", "data": "192.0.2.10" } ],
    "subnet4": [ { "subnet": "198.51.100.0/24", "pools": [ { "pool": "198.51.100.100-198.51.100.100" } ] } ],
    "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output_options": [ { "output": "stdout" } ] } ]
} }
END
    chmod -R a+rX "$SCRATCH"
    spawn kea "$SERVER" scripts/lab.d/apart "$house" env KEA_LOCKFILE_DIR=/run/lock/kea kea-dhcp4 -c /etc/kea/kea-dhcp4.conf
    within 10 grep -q DHCP4_STARTED "$SCRATCH/kea.log"
    spawn relay "$GATEWAY" dnsmasq --keep-in-foreground --log-facility=- --conf-file=/dev/null --port=0 --pid-file= --user=root \
        --dhcp-relay=198.51.100.1,192.0.2.2 --log-dhcp
    within 5 grep -q 'DHCP relay' "$SCRATCH/relay.log"
}

# The client uses what it gets: its renewals go to the server itself.
start_client() {
    cat >"$SCRATCH/hook" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr replace "$ip/24" dev "$interface"
ip route replace default via "$router"
END
    chmod +x "$SCRATCH/hook"
    spawn udhcpc "$CLIENT" udhcpc -f -i wan -s "$SCRATCH/hook" -O 147 -O 148 -t 20 -T 1
}

bound() { ctl bindings --circuit access1 --json | jq -r '.addresses[].address'; }
refreshed() { ctl bindings --circuit access1 --json | jq -r .refreshed; }
changes() { metric "binding_changes_total{change=\"$1\"}"; }
metric() { in_ns "$GATEWAY" curl -sf http://127.0.0.1:9646/metrics | grep -F "dotsnoop_$1" | awk '{sum += $NF} END {print sum + 0}'; }
at_least() { (($1 <= $(metric "$2"))); }

trap 'end' EXIT
make_network
start_servers
cat >"$SCRATCH/dotsnoop.yaml" <<END
ports:
  - { name: uplink, role: uplink }
  - { name: access1, role: access }
mode: enforce
metrics: { listen: 127.0.0.1:9646 }
END
spawn agent "$GATEWAY" build/dotsnoopd --config "$SCRATCH/dotsnoop.yaml" --control "$CONTROL"
within 10 ctl status >/dev/null
start_client

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
    kill -USR1 "${STARTED[-1]}"
    within 5 is_renewed
}

renew # straight from the server, not through the relay: another reply than the first
last=$SECONDS
records=$(metric ring_records_total)
for ((i = 1; i <= 4; i++)); do
    sleep $((LEASE / 3))
    renew
done
# A client that is in a hurry asks by broadcast too: that is relayed, and answered by another reply.
check "renewals that say the same stay in the kernel" at_least 3 settled_total
check "no record comes up for them" test "$(metric ring_records_total)" -le $((records + 2))
check "nor did it end meanwhile" same "1 0" "$(changes created) $(changes ended)"
check "the lease of the last record is over by now" test $((SECONDS - last)) -gt $((LEASE + 1))
check "and the binding goes on" same 198.51.100.100 "$(bound)"

# --- The end of a lease ------------------------------------------------------------------------------------------------

ended() { [[ -z $(bound) ]]; }
kill "${STARTED[-1]}" # without a release
check "without renewals it ends with the lease" within $((2 * LEASE)) ended
check "by time" same 0 "$(metric 'bindings{')"
finish
