#!/usr/bin/env bash
# Does a gateway that relays itself make one binding of a reply that it sees twice, and do renewals stay in the kernel? ISC
# dhcpd behind dhcrelay on the gateway, udhcpc as subscriber; everything in namespaces of its own.
source "$(dirname "$0")/lib/tap"

SERVER=dotsnoop-rel-srv GATEWAY=dotsnoop-rel-gw CLIENT=dotsnoop-rel-sub
CONTROL=$SCRATCH/control
LEASE=6
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
    cat >"$SCRATCH/dhcpd.conf" <<END
option dots-ri code 147 = domain-list;
option dots-address code 148 = array of ip-address;
authoritative;
default-lease-time $LEASE;
max-lease-time $LEASE;
option dots-ri "dots.example.net";
option dots-address 192.0.2.10;
subnet 192.0.2.0 netmask 255.255.255.0 {}
subnet 198.51.100.0 netmask 255.255.255.0 {
  range 198.51.100.100 198.51.100.100;
  option routers 198.51.100.1;
}
END
    : >"$SCRATCH/leases"
    chmod 755 "$SCRATCH"
    spawn dhcpd "$SERVER" dhcpd -4 -f -d -user root -group root -cf "$SCRATCH/dhcpd.conf" -lf "$SCRATCH/leases" -pf "$SCRATCH/dhcpd.pid" eth0
    within 5 grep -q 'Sending on' "$SCRATCH/dhcpd.log"
    spawn dhcrelay "$GATEWAY" dhcrelay -4 -d --no-pid -iu uplink -id access1 192.0.2.2
    within 5 grep -q 'Sending on' "$SCRATCH/dhcrelay.log"
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

check "the subscriber's lease is a binding on its own port" within 15 same 198.51.100.100 "$(within 15 bound && bound)"
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

check "renewals that say the same stay in the kernel" within $((3 * LEASE)) at_least 2 settled_total
records=$(metric ring_records_total)
sleep $((LEASE + 2)) # the lease of the last record that came up has ended by now
check "the binding goes on" same 198.51.100.100 "$(bound)"
check "and no record was needed for it" same "$records" "$(metric ring_records_total)"
check "by the kernel's word" at_least 3 settled_total

# --- The end of a lease ------------------------------------------------------------------------------------------------

ended() { [[ -z $(bound) ]]; }
kill "${STARTED[-1]}" # without a release
check "without renewals it ends with the lease" within $((2 * LEASE)) ended
check "by time" same 0 "$(metric 'bindings{')"
finish
