#!/usr/bin/env bash
# Which method gives the peers, and what takes over when it goes away? (RFC 8973 4, 5.2.3, 8) A bridging gateway between
# dnsmasq with Knot on its uplink, and udhcpc on an access port; everything in namespaces of its own.
source "$(dirname "$0")/lib/tap"

SERVER=dotsnoop-ord-srv GATEWAY=dotsnoop-ord-gw CLIENT=dotsnoop-ord-sub
CONTROL=$SCRATCH/control
STARTED=()

in_ns() { nsenter --net="/run/netns/$1" -- "${@:2}"; }
ctl() { build/dotsnoopctl --control "$CONTROL" "$@"; }

# spawn NAME NS CMD...
spawn() {
    nsenter --net="/run/netns/$2" -- "${@:3}" >"$SCRATCH/$1.log" 2>&1 &
    STARTED+=($!)
    echo $! >"$SCRATCH/$1.pid"
}

stop() {
    local pid
    pid=$(<"$SCRATCH/$1.pid")
    kill "$pid"
    wait "$pid" 2>/dev/null || true
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
link add br0 type bridge forward_delay 0 mcast_snooping 0
link add uplink type veth peer name eth0 netns $SERVER
link add access1 type veth peer name wan netns $CLIENT
link set uplink master br0 up
link set access1 master br0 up
link set br0 up
addr add 192.0.2.1/24 dev br0
END
    ip -n "$SERVER" link set eth0 up
    ip -n "$SERVER" addr add 192.0.2.53/24 dev eth0
    ip -n "$CLIENT" link set wan up
}

start_knot() {
    mkdir "$SCRATCH/knot"
    cat >"$SCRATCH/knot/example.net.zone" <<'END'
$ORIGIN example.net.
$TTL 300
@                       SOA   ns hostmaster 1 3600 600 86400 60
@                       NS    ns
ns                      A     192.0.2.53
@                       NAPTR 100 10 "s" "DOTS:signal.udp" "" _dots-signal._udp
_dots-signal._udp       SRV   0 0 5000 a
_dots-signal._udp       PTR   Peer\032One._dots-signal._udp
Peer\032One._dots-signal._udp SRV 0 0 4646 b
Peer\032One._dots-signal._udp TXT ""
a                       A     192.0.2.81
b                       A     192.0.2.82
END
    cat >"$SCRATCH/knot/knot.conf" <<END
server:
  rundir: "$SCRATCH/knot"
  listen: [ 192.0.2.53@53 ]
database:
  storage: "$SCRATCH/knot"
zone:
  - domain: example.net
    storage: "$SCRATCH/knot"
END
    spawn knot "$SERVER" knotd -c "$SCRATCH/knot/knot.conf"
    within 10 in_ns "$GATEWAY" kdig +short +timeout=1 +retry=0 @192.0.2.53 a.example.net A
}

# start_dnsmasq OPTION...: DHCP alone, with these options beside resolver and domain.
start_dnsmasq() {
    local option arguments=()
    for option; do
        arguments+=(--dhcp-option-force="$option")
    done
    spawn dnsmasq "$SERVER" dnsmasq --keep-in-foreground --log-facility=- --conf-file=/dev/null --port=0 --interface=eth0 --bind-interfaces \
        --dhcp-range=192.0.2.100,192.0.2.110,1h --dhcp-leasefile="$SCRATCH/leases" --pid-file= --user=root \
        --dhcp-option=6,192.0.2.53 --dhcp-option=15,example.net --dhcp-authoritative "${arguments[@]}"
    within 5 grep -q 'sockets bound' "$SCRATCH/dnsmasq.log"
}

# The client uses what it gets, or it could not renew.
start_client() {
    cat >"$SCRATCH/hook" <<'END'
#!/bin/sh
case $1 in bound) ip addr replace "$ip/24" dev "$interface" ;; deconfig) ip -4 addr flush dev "$interface" ;; esac
END
    chmod +x "$SCRATCH/hook"
    spawn udhcpc "$CLIENT" udhcpc -f -i wan -s "$SCRATCH/hook" -O 147 -O 148 -t 20 -T 1
}

# configure DISCOVERY: the agent's configuration; its block `discovery` is what is given.
configure() {
    cat >"$SCRATCH/dotsnoop.yaml" <<END
ports:
  - { name: uplink, role: uplink }
  - { name: access1, role: access }
metrics: { listen: 127.0.0.1:9646 }
discovery:
$1
END
}

reconfigure() {
    configure "$1"
    ctl reload >/dev/null
}

renew() { kill -USR1 "$(<"$SCRATCH/udhcpc.pid")"; }

peers() { ctl peers --circuit access1 --json | jq -r '"\(.method) \(.address) \(.port) \(.name)"'; }
peers_are() { same "$1" "$(peers)"; }
# method NAME FIELD: of the method in what explain tells.
method() { ctl explain access1 --json | jq -r --arg name "$1" --arg field "$2" '.methods[] | select(.method == $name)[$field]'; }
metric() { in_ns "$GATEWAY" curl -sf http://127.0.0.1:9646/metrics | grep -F "dotsnoop_$1" | awk '{sum += $NF} END {print sum + 0}'; }

NAME=04:64:6f:74:73:07:65:78:61:6d:70:6c:65:03:6e:65:74:00 # dots.example.net
EXPLICIT='  explicit:
    - { port: access1, name: ours.example.org, addresses: [ 192.0.2.90 ] }'

trap 'end' EXIT
make_network
start_knot
start_dnsmasq "147,$NAME" 148,192.0.2.10
configure "$EXPLICIT"
spawn agent "$GATEWAY" build/dotsnoopd --config "$SCRATCH/dotsnoop.yaml" --control "$CONTROL"
within 10 ctl status
start_client

# --- The order ---------------------------------------------------------------------------------------------------------

check "what is configured for the port goes first" within 20 peers_are "explicit 192.0.2.90 4646 ours.example.org"
check "explain says so" same true "$(method explicit taken)"
check "and that DHCP was not tried" same untried "$(method dhcp state)"

reconfigure '  freeze: false'
check "what DHCP told goes second" within 5 peers_are "dhcp 192.0.2.10 4646 dots.example.net"
check "coming down is told" grep -q 'downgraded port=uplink family=4 from=explicit to=dhcp' "$SCRATCH/agent.log"
check "and counted" same 1 "$(metric 'downgrades_total{method="explicit"}')"
check "explain says why there is none that is configured" same "nothing is configured for this port" "$(method explicit why)"

reconfigure "$EXPLICIT"
check "what is configured takes over again" within 5 peers_are "explicit 192.0.2.90 4646 ours.example.org"
check "which is no coming down" same 0 "$(metric 'downgrades_total{method="dhcp"}')"

# --- Withdrawal --------------------------------------------------------------------------------------------------------

reconfigure '  freeze: true'
within 5 peers_are "dhcp 192.0.2.10 4646 dots.example.net"
stop dnsmasq
start_dnsmasq
refreshed() { ctl bindings --circuit access1 --json | jq -r .refreshed; }
is_renewed() { [[ $(refreshed) != "$before" ]]; }
before=$(refreshed)
renew
check "the client renews, and is told nothing about DOTS any more" within 10 is_renewed
check "frozen, the offer stands" peers_are "dhcp 192.0.2.10 4646 dots.example.net"

reconfigure '  freeze: false'
kill -USR2 "$(<"$SCRATCH/udhcpc.pid")" # a release: the next lease is a new one
check "a release ends it" within 5 peers_are ""
stop dnsmasq
start_dnsmasq "147,$NAME" 148,192.0.2.10
renew
check "a new lease, a new offer" within 20 peers_are "dhcp 192.0.2.10 4646 dots.example.net"
stop dnsmasq
start_dnsmasq
renew
check "withdrawn, S-NAPTR of the domain takes over" within 20 peers_are "s-naptr 192.0.2.81 5000 example.net"
check "that is counted" same 1 "$(metric 'downgrades_total{method="dhcp"}')"
check "explain says why" same "the offer was withdrawn" "$(method dhcp why)"
check "the table for people says so too" grep -q 'the offer was withdrawn' <(ctl explain access1)

reconfigure '  methods: [ explicit, dhcp, dns-sd ]'
check "DNS-SD goes last" within 10 peers_are "dns-sd 192.0.2.82 4646 example.net"
check "explain says what is not wanted" same not-wanted "$(method s-naptr state)"

# --- Trusted names -----------------------------------------------------------------------------------------------------

reconfigure '  trusted-names: [ "*.example.org" ]'
stop dnsmasq
start_dnsmasq "147,$NAME" 148,192.0.2.10
renew
check "a name that is not trusted is passed over" within 20 peers_are "s-naptr 192.0.2.81 5000 example.net"
check "explain says that as well" \
    within 5 same "the name that was told is not on the list of trusted names" "$(method dhcp why)"
reconfigure '  trusted-names: [ "*.example.net" ]'
check "one that is, is taken" within 5 peers_are "dhcp 192.0.2.10 4646 dots.example.net"

check "nobody of that name is an error" not ctl explain access9
finish
