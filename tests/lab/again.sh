#!/usr/bin/env bash
# When is a domain asked for again, and when the next one? (RFC 8973 6) dnsmasq tells udhcpc domains, one without records for
# DOTS first; tcpdump counts what the agent asks Knot. Everything in namespaces of its own.
source "$(dirname "$0")/lib/tap"

SERVER=dotsnoop-again-srv GATEWAY=dotsnoop-again-gw CLIENT=dotsnoop-again-sub
CONTROL=$SCRATCH/control
declare -A STARTED=()

in_ns() { nsenter --net="/run/netns/$1" -- "${@:2}"; }
ctl() { build/dotsnoopctl --control "$CONTROL" "$@"; }

# spawn NAME NS CMD...
spawn() {
    nsenter --net="/run/netns/$2" -- "${@:3}" >"$SCRATCH/$1.log" 2>&1 </dev/null & # no function: it would be a shell's child
    STARTED[$1]=$!
}

stop() {
    kill "${STARTED[$1]}" 2>/dev/null || true
    wait "${STARTED[$1]}" 2>/dev/null || true
    unset "STARTED[$1]"
}

end() {
    local name
    for name in "${!STARTED[@]}"; do
        stop "$name"
    done
    for name in "$SERVER" "$GATEWAY" "$CLIENT"; do
        ip netns del "$name" 2>/dev/null || true
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
$TTL 300
@                       SOA   ns hostmaster 1 3600 600 86400 60
@                       NS    ns
ns                      A     192.0.2.53
@                       NAPTR 100 10 "s" "DOTS:signal.udp" "" _dots-signal._udp
_dots-signal._udp       SRV   0 0 5000 a
a                       A     192.0.2.81
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

# start_dnsmasq OPTION...: DHCP alone, with these options beside the resolver.
start_dnsmasq() {
    spawn dnsmasq "$SERVER" dnsmasq --keep-in-foreground --log-facility=- --conf-file=/dev/null --port=0 --interface=eth0 --bind-interfaces \
        --dhcp-range=192.0.2.100,192.0.2.110,1h --dhcp-leasefile="$SCRATCH/leases" --pid-file= --user=root \
        --dhcp-option=6,192.0.2.53 --dhcp-authoritative "${@/#/--dhcp-option-force=}"
    within 5 grep -q 'DHCP, IP range' "$SCRATCH/dnsmasq.log" || { cat "$SCRATCH/dnsmasq.log" && exit 1; }
}

note_questions() {
    spawn questions "$SERVER" tcpdump --immediate-mode -nnli eth0 'udp dst port 53'
    within 5 grep -q 'listening on' "$SCRATCH/questions.log"
}

questions() { grep -cF "$1" "$SCRATCH/questions.log" || true; }
peers() { ctl peers --circuit access1 --json | jq -r '"\(.method) \(.address) \(.port) \(.name)"'; }
peers_are() { same "$1" "$(peers)"; }
refreshed() { ctl bindings --circuit access1 --json | jq -r .refreshed; }
is_renewed() { [[ $(refreshed) != "$before" ]]; }

# renew SIGNAL: a renewal (USR1), or a release (USR2) and a new lease; both are records.
renew() {
    before=$(refreshed)
    sleep 2.1 # what is told twice within two seconds is one reply
    kill "-$1" "${STARTED[udhcpc]}"
    [[ $1 == USR1 ]] || kill -USR1 "${STARTED[udhcpc]}"
    within 10 is_renewed
}

trap 'end' EXIT
make_network
start_knot
note_questions
start_dnsmasq 119,nothing.example.net,example.net
printf '%s\n' 'ports:' '  - { name: uplink, role: uplink }' '  - { name: access1, role: access }' \
    'metrics: { listen: 127.0.0.1:9646 }' >"$SCRATCH/dotsnoop.yaml"
spawn agent "$GATEWAY" build/dotsnoopd --config "$SCRATCH/dotsnoop.yaml" --control "$CONTROL"
within 10 ctl status >/dev/null
spawn udhcpc "$CLIENT" udhcpc -f -i wan -s /bin/true -O 119 -t 20 -T 1

# --- The next domain ---------------------------------------------------------------------------------------------------

check "the second domain of a search list is tried at once" within 10 peers_are "s-naptr 192.0.2.81 5000 example.net"
check "the first was asked for before it" same 1 "$(questions 'NAPTR? nothing.example.net.')"

# --- The same domain ---------------------------------------------------------------------------------------------------

stop dnsmasq
start_dnsmasq 15,nosuch.example.net
renew USR2
asked() { (($(questions 'nosuch.example.net.') > 0)); }
check "a domain that does not exist is asked for" within 10 asked
sleep 1
check "a domain that does not exist is asked for once" same 1 "$(questions 'NAPTR? nosuch.example.net.')"
before_all=$(questions 'nosuch.example.net.')
renew USR1
renew USR1
renew USR2
sleep 1
check "renewals do not ask again" same "$before_all" "$(questions 'nosuch.example.net.')"
check "there is no peer" peers_are ''

finish
