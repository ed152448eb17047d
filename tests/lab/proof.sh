#!/usr/bin/env bash
# Are peers that were told or discovered made to prove who they are, out of the device where they were learnt, and what
# follows from that? (RFC 8973 4, 5, 8) A bridging gateway; on its uplink dnsmasq, Knot, and DOTS servers played by openssl
# s_server, whose certificates are made here; udhcpc on an access port. Everything in namespaces of its own.
NAME=proof
source "$(dirname "$0")/lib/gateway"

DOTS_NAME=04:64:6f:74:73:07:65:78:61:6d:70:6c:65:03:6e:65:74:00 # dots.example.net
PROOF="proof: { ca: $SCRATCH/ca.pem }"

# --- Certificates ------------------------------------------------------------------------------------------------------

make_authority() {
    cat >"$SCRATCH/ca.conf" <<CONF
[ca]
default_ca = this
[this]
new_certs_dir = $SCRATCH
database = $SCRATCH/ca.index
rand_serial = yes
default_md = sha256
copy_extensions = copy
unique_subject = no
policy = any
[any]
commonName = supplied
CONF
    : >"$SCRATCH/ca.index"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=lab authority' -days 2 \
        -keyout "$SCRATCH/ca.key" -out "$SCRATCH/ca.pem" 2>/dev/null
}

# make_certificate NAME SUBJECT-ALT-NAME SECONDS [USAGE]: signed by the authority, valid so long; of a server.
make_certificate() {
    local end
    end=$(date -u -d "+$3 seconds" +%y%m%d%H%M%SZ)
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -addext "subjectAltName=$2" \
        -addext "extendedKeyUsage=${4-serverAuth}" -keyout "$SCRATCH/$1.key" -out "$SCRATCH/$1.csr" 2>/dev/null
    openssl ca -batch -notext -config "$SCRATCH/ca.conf" -cert "$SCRATCH/ca.pem" -keyfile "$SCRATCH/ca.key" \
        -enddate "$end" -in "$SCRATCH/$1.csr" -out "$SCRATCH/$1.crt" 2>/dev/null
}

# --- Servers -----------------------------------------------------------------------------------------------------------

# start_server, start_dtls NAME ADDRESS PORT OPTION...: with the certificate of that name. It would end with its standard input.
start_server() {
    ip -n "$SERVER" addr replace "$2/24" dev eth0
    # shellcheck disable=SC2016 # the inner shell expands it
    spawn "$1" "$SERVER" sh -c 'exec "$@" 0<>"$0"' "$SCRATCH/silence" openssl s_server -accept "$2:$3" \
        -cert "$SCRATCH/$1.crt" -key "$SCRATCH/$1.key" "${@:4}"
    within 5 grep -q ACCEPT "$SCRATCH/$1.log"
}

start_dtls() { start_server "$1" "$2" "$3" -dtls1_2 -mtu 1200 "${@:4}"; }

# note_packets NAME NS DEVICE FILTER
note_packets() {
    spawn "$1" "$2" tcpdump --immediate-mode -nnli "$3" "$4"
    within 5 grep -q 'listening on' "$SCRATCH/$1.log"
}

# sources ADDRESS PORT: from how many ports was it contacted? Each handshake has its own.
sources() { sed -nE "s/.* IP ([^ ]+) > $1\.$2: .*/\1/p" "$SCRATCH/packets.log" | sort -u | wc -l; }

# --- The agent ---------------------------------------------------------------------------------------------------------

# restart TEXT: the agent, with that beside the ports.
restart() {
    stop agent
    configure <<<"$1"
    start_agent
}

# told OPTION...: dnsmasq says that from now on, and the client hears of it.
told() {
    stop dnsmasq
    start_dnsmasq "$@"
    kill -USR1 "${STARTED[udhcpc]}"
}

states() { ctl peers --circuit access1 --json | jq -r '"\(.address) \(.port)/\(.transport) \(.state) \(.detail // "-")"'; }
states_are() { same "$1" "$(states)"; }
expires() { date -d "$(ctl peers --circuit access1 --state proven --json | jq -r .expires)" +%s; }
ends() { date -d "$(openssl x509 -noout -enddate -in "$SCRATCH/$1.crt" | sed 's/.*=//')" +%s; }
# state_is REGEX: one of the lines.
state_is() { states | grep -qxE "$1" || { states && return 1; }; }
bindings_are() { same "$1" "$(ctl bindings --json | wc -l)"; }
prove() { in_ns "$GATEWAY" build/dotsnoopctl prove "$@" --ca "$SCRATCH/ca.pem"; }

make_network bridged
mkfifo "$SCRATCH/silence"
make_authority
make_certificate named DNS:dots.example.net 1800
make_certificate addressed IP:192.0.2.12 86400
make_certificate misnamed DNS:dots.example.net 86400
make_certificate stream DNS:dots.example.net 86400
make_certificate elsewhere DNS:dots.example.net 86400
make_certificate home DNS:dots.example.net 86400
make_certificate target DNS:a.example.net 86400
make_certificate domain DNS:example.net 86400
make_certificate wildcard 'DNS:*.example.net' 86400
make_certificate mutual DNS:dots.example.net 86400
make_certificate ours DNS:gateway.example.net 86400 clientAuth
start_knot <<'ZONE'
@        NAPTR 10 10 "s" "DOTS:signal.udp" "" _first
@        NAPTR 20 10 "s" "DOTS:signal.udp" "" _second
_first   SRV   0 0 5001 a
_second  SRV   0 0 5002 b
a        A     192.0.2.21
b        A     192.0.2.22
ZONE
note_packets packets "$SERVER" eth0 'host not 192.0.2.53 and (udp or tcp[tcpflags] & tcp-syn != 0)'
start_dtls named 192.0.2.11 4646
start_dnsmasq "147,$DOTS_NAME" 148,192.0.2.11
configure </dev/null
start_agent
start_client 147 148

# --- Off ---------------------------------------------------------------------------------------------------------------

check "without a section \`proof\` a peer is discovered" within 20 states_are "192.0.2.11 4646/udp discovered -"
sleep 1
check "and not contacted" same 0 "$(sources 192.0.2.11 4646)"
check "status says so" same false "$(ctl status --json | jq .proofs.enabled)"

# --- A name and an address ---------------------------------------------------------------------------------------------

stop agent
configure <<<"$PROOF"
rm -r "$SCRATCH/store"
start_agent
spawn watch "$GATEWAY" build/dotsnoopctl --control "$CONTROL" watch --json
sleep 0.5
told "147,$DOTS_NAME" 148,192.0.2.11
check "a peer that was told by name and address is proven by the name" within 10 states_are "192.0.2.11 4646/udp proven -"
check "that is counted" same 1 "$(metric 'proofs_total{transport="udp",result="proven"}')"
check "it expires with its certificate, if that is sooner" same "$(ends named)" "$(expires)"
left=$(metric peer_certificate_expiry_seconds)
check "so does the soonest certificate" test "$left" -gt 1700 -a "$left" -le 1800
changes_are() { same "$1" "$(jq -r 'select(.change == "peer") | .state' "$SCRATCH/watch.log" | tail -n 2 | xargs)"; }
check "the change stream tells both steps" within 5 changes_are 'proving proven'
stop watch
check "explain says so" same proven "$(ctl explain access1 --json | jq -r '.peers[].state')"
check "so does status" same "true 1 0" "$(ctl status --json | jq -r '.proofs | "\(.enabled) \(.proven) \(.refused)"')"
check "and status for people" grep -q '^proofs *1 peers proven' <(ctl status)

ip -n "$CLIENT" link add wan2 link wan type macvlan mode bridge
ip -n "$CLIENT" link set wan2 up
spawn second "$CLIENT" udhcpc -f -R -i wan2 -s "$SCRATCH/hook" -t 20 -T 1 -O147 -O148
check "a second subscriber is told the same" within 20 bindings_are 2
sleep 1
check "one handshake serves both" same 1 "$(sources 192.0.2.11 4646)"
stop second
within 5 bindings_are 1 # it releases
ip -n "$CLIENT" link del wan2

# --- Addresses alone ---------------------------------------------------------------------------------------------------

start_dtls misnamed 192.0.2.13 4646
start_dtls addressed 192.0.2.12 4646
told 148,192.0.2.13,192.0.2.12
check "an address is proven by that address; a certificate for a name alone is refused, and the next address tried" \
    within 10 states_are "192.0.2.13 4646/udp refused wrong-name
192.0.2.12 4646/udp proven -"
check "that is counted as well" same 1 "$(metric 'proofs_total{transport="udp",result="wrong-name"}')"
check "peers can be listed by what was proven" same 192.0.2.13 "$(ctl peers --state refused --json | jq -r .address)"

# --- Transports --------------------------------------------------------------------------------------------------------

start_server stream 192.0.2.14 4646
told "147,$DOTS_NAME" 148,192.0.2.14
check "a server that speaks TLS alone is proven over TCP" within 10 states_are "192.0.2.14 4646/tcp proven -"
check "UDP was tried first" test "$(sources 192.0.2.14 4646)" -ge 2
check "with a result of its own" same 1 "$(metric 'proofs_total{transport="tcp",result="proven"}')"

# --- Servers and Call Home clients -------------------------------------------------------------------------------------

start_dtls home 192.0.2.16 4647
told "147,$DOTS_NAME" 148,192.0.2.16,192.0.2.11
check "of addresses that were told, one that serves at the Call Home port alone is passed over for the next" \
    within 10 state_is '192.0.2.11 4646/udp proven -'
check "it is no server" within 10 state_is '192.0.2.16 4646/.* unreachable port-closed'
check "and is proven at the Call Home port, where it is asked for" prove 192.0.2.16 --name dots.example.net --port 4647

# --- Nobody ------------------------------------------------------------------------------------------------------------

ip -n "$GATEWAY" neigh replace 192.0.2.15 lladdr 02:00:00:00:00:99 dev br0 nud permanent
told "147,$DOTS_NAME" 148,192.0.2.15
# Ten seconds for each transport: an address is asked once at a time.
check "a peer that does not answer is unreachable" \
    within 25 state_is '192.0.2.15 4646/.* unreachable silent'

# --- The device --------------------------------------------------------------------------------------------------------

ip -n "$GATEWAY" link add elsewhere up type veth peer name eth1 netns "$SERVER"
ip -n "$SERVER" link set eth1 up
ip -n "$GATEWAY" addr add 203.0.113.1/24 dev elsewhere
ip -n "$SERVER" addr add 203.0.113.9/24 dev eth1
# The server answers for that address there alone.
# shellcheck disable=SC2016 # the inner shell expands it
in_ns "$SERVER" sh -c 'for at in /proc/sys/net/ipv4/conf/*/arp_ignore; do echo 1 >$at; done'
# shellcheck disable=SC2016 # the inner shell expands it
spawn elsewhere "$SERVER" sh -c 'exec "$@" 0<>"$0"' "$SCRATCH/silence" openssl s_server -accept 203.0.113.9:4646 \
    -cert "$SCRATCH/elsewhere.crt" -key "$SCRATCH/elsewhere.key" -dtls1_2 -mtu 1200
within 5 grep -q ACCEPT "$SCRATCH/elsewhere.log"
check "a server behind another device would be proven" prove 203.0.113.9 --name dots.example.net
note_packets around "$GATEWAY" elsewhere 'host 203.0.113.9 and not arp'
told "147,$DOTS_NAME" 148,203.0.113.9
check "told on the uplink, it is unreachable" within 15 state_is '203.0.113.9 4646/.* unreachable .*'
stop around
check "and nothing was sent out of the other device" same 0 "$(grep -c 203.0.113.9 "$SCRATCH/around.log")"

# --- S-NAPTR goes back (Z18) -------------------------------------------------------------------------------------------

start_dtls target 192.0.2.21 5001
start_dtls domain 192.0.2.22 5002
told 15,example.net
check "Z18: the first record's server has a certificate for itself and not for the domain: the second's is used" \
    within 20 states_are "192.0.2.21 5001/udp refused wrong-name
192.0.2.22 5002/udp proven -"
check "Z18: that is counted" same 1 "$(metric 'snaptr_backtrack_total{reason="wrong-name"}')"
check "Z18: and nothing else is" same 1 "$(metric snaptr_backtrack_total)"

# --- The end of a certificate ------------------------------------------------------------------------------------------

make_certificate brief DNS:dots.example.net 15
start_dtls brief 192.0.2.17 4646
told "147,$DOTS_NAME" 148,192.0.2.17
check "a peer is proven by a certificate that is about to expire" within 10 states_are "192.0.2.17 4646/udp proven -"
check "when it expires, discovery begins anew" \
    within 20 grep -q 'rediscovery port=uplink family=4 why="certificate-expired"' "$SCRATCH/agent.log"
check "and the peer is refused" within 10 states_are "192.0.2.17 4646/udp refused expired"
check "discovery is repeated once" same 1 "$(grep -c 'rediscovery .*certificate-expired' "$SCRATCH/agent.log")"

# --- Switched off and on -----------------------------------------------------------------------------------------------

told "147,$DOTS_NAME" 148,192.0.2.11
within 10 states_are "192.0.2.11 4646/udp proven -"
configure </dev/null
ctl reload >/dev/null
check "switched off by a reload, a peer is as it was discovered" within 5 states_are "192.0.2.11 4646/udp discovered -"
configure <<<"$PROOF"
ctl reload >/dev/null
check "switched on by a reload, it is proven" within 10 states_are "192.0.2.11 4646/udp proven -"

# --- Trusted names -----------------------------------------------------------------------------------------------------

start_dtls wildcard 192.0.2.18 4646
told "147,$DOTS_NAME" 148,192.0.2.18
within 10 states_are "192.0.2.18 4646/udp proven -"
printf '%s\n' "$PROOF" 'discovery: { trusted-names: [ dots.example.net ] }' | configure
ctl reload >/dev/null
check "a certificate by whose name the peer is not trusted is refused" \
    within 10 states_are "192.0.2.18 4646/udp refused untrusted-name"
printf '%s\n' "$PROOF" 'discovery: { trusted-names: [ "*.example.net" ] }' | configure
ctl reload >/dev/null
check "one that is on the list is believed" within 10 states_are "192.0.2.18 4646/udp proven -"

# --- A certificate of ours ---------------------------------------------------------------------------------------------

start_dtls mutual 192.0.2.19 4646 -Verify 1 -verify_return_error -CAfile "$SCRATCH/ca.pem"
told "147,$DOTS_NAME" 148,192.0.2.19
# Before (D)TLS 1.3 its alert says no more than that the handshake failed.
check "a server that wants to know us is not proven without a certificate of ours" \
    within 10 state_is '192.0.2.19 4646/udp refused .*'
configure <<<"proof: { ca: $SCRATCH/ca.pem, certificate: $SCRATCH/ours.crt, key: $SCRATCH/ours.key }"
ctl reload >/dev/null
check "with one, both have proven who they are" within 10 states_are "192.0.2.19 4646/udp proven -"

# --- The operator's errors ---------------------------------------------------------------------------------------------

configure <<<"proof: { ca: $SCRATCH/nowhere.pem }"
check "a file that cannot be read is an error of the configuration" not build/dotsnoopd --check --config "$SCRATCH/dotsnoop.yaml"
complaint=$(build/dotsnoopd --check --config "$SCRATCH/dotsnoop.yaml" 2>&1 || true)
check "which names file, line and key" grep -qF "$SCRATCH/dotsnoop.yaml:5: proof.ca: $SCRATCH/nowhere.pem: " <<<"$complaint"

finish
