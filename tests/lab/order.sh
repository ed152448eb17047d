#!/usr/bin/env bash
# Which method gives the peers, and what takes over when it goes away? (RFC 8973 4, 5.2.3, 8) A bridging gateway between
# dnsmasq with Knot on its uplink, and udhcpc on an access port; everything in namespaces of its own.
NAME=order
source "$(dirname "$0")/lib/gateway"

# discovery TEXT: that block of the configuration.
discovery() { printf 'discovery:\n%s\n' "$1" | configure; }

reconfigure() {
    discovery "$1"
    ctl reload >/dev/null
}

renew() { kill -USR1 "${STARTED[udhcpc]}"; }
# method NAME FIELD: of the method in what explain tells.
method() { ctl explain access1 --json | jq -r --arg name "$1" --arg field "$2" '.methods[] | select(.method == $name)[$field]'; }

DOTS_NAME=04:64:6f:74:73:07:65:78:61:6d:70:6c:65:03:6e:65:74:00 # dots.example.net
EXPLICIT='  explicit:
    - { port: access1, name: ours.example.org, addresses: [ 192.0.2.90 ] }'

make_network bridged
start_knot <<'END'
@                             NAPTR 100 10 "s" "DOTS:signal.udp" "" _dots-signal._udp
_dots-signal._udp             SRV   0 0 5000 a
_dots-signal._udp             PTR   Peer\032One._dots-signal._udp
Peer\032One._dots-signal._udp SRV   0 0 4646 b
Peer\032One._dots-signal._udp TXT   ""
a                             A     192.0.2.81
b                             A     192.0.2.82
END
start_dnsmasq 15,example.net "147,$DOTS_NAME" 148,192.0.2.10
discovery "$EXPLICIT"
start_agent
start_client 147 148

# --- The order ---------------------------------------------------------------------------------------------------------

check "what is configured for the port goes first" within 20 peers_are "explicit 192.0.2.90 4646 ours.example.org"
check "explain says so" same true "$(method explicit taken)"
check "and that DHCP was not tried" same untried "$(method dhcp state)"

reconfigure '  freeze: false'
check "what DHCP told goes second" within 5 peers_are "dhcp 192.0.2.10 4646 dots.example.net"
check "coming down is told" grep -q 'downgraded port=uplink family=4 from=explicit to=dhcp' "$SCRATCH/agent.log"
check "and counted" same 1 "$(metric 'downgrades_total{method="explicit"}')"
check "explain says why there is none that is configured" same "nothing is configured for this port and family" "$(method explicit why)"

reconfigure "$EXPLICIT"
check "what is configured takes over again" within 5 peers_are "explicit 192.0.2.90 4646 ours.example.org"
check "which is no coming down" same 0 "$(metric 'downgrades_total{method="dhcp"}')"

# --- Withdrawal --------------------------------------------------------------------------------------------------------

reconfigure '  freeze: true'
within 5 peers_are "dhcp 192.0.2.10 4646 dots.example.net"
stop dnsmasq
start_dnsmasq 15,example.net
is_renewed() { [[ $(refreshed) != "$before" ]]; }
before=$(refreshed)
renew
check "the client renews, and is told nothing about DOTS any more" within 10 is_renewed
check "frozen, the offer stands" peers_are "dhcp 192.0.2.10 4646 dots.example.net"

reconfigure '  freeze: false'
kill -USR2 "${STARTED[udhcpc]}" # a release: the next lease is a new one
check "a release ends it" within 5 peers_are ""
stop dnsmasq
start_dnsmasq 15,example.net "147,$DOTS_NAME" 148,192.0.2.10
renew
check "a new lease, a new offer" within 20 peers_are "dhcp 192.0.2.10 4646 dots.example.net"
stop dnsmasq
start_dnsmasq 15,example.net
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
start_dnsmasq 15,example.net "147,$DOTS_NAME" 148,192.0.2.10
renew
check "a name that is not trusted is passed over" within 20 peers_are "s-naptr 192.0.2.81 5000 example.net"
check "explain says that as well" \
    within 20 same "the name that was told is not on the list of trusted names" "$(method dhcp why)"
reconfigure '  trusted-names: [ "*.example.net" ]'
check "one that is, is taken" within 5 peers_are "dhcp 192.0.2.10 4646 dots.example.net"

check "nobody of that name is an error" not ctl explain access9
finish
