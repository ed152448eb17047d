# shellcheck shell=bash
# A DOTS server for the demonstration: one of those that the lab's subscribers are told of, with a certificate of the lab's own
# authority. At the other addresses that are told a machine answers on which none runs.

DOTS_SERVED=198.51.100.10 # dots.example.com, as the zone has it

# raise_peers: before the agent is started, which then has peers prove who they are.
raise_peers() {
    mkdir -p "$LAB/peers"
    route_peers
    (cd "$LAB/peers" && make_certificates 2>/dev/null) || die "openssl makes no certificates"
    mkfifo "$LAB/peers/silence" # it would end with its standard input
    # shellcheck disable=SC2016 # the inner shell expands it
    spawn dots "$SERVER" sh -c 'exec "$@" 0<>"$0"' "$LAB/peers/silence" openssl s_server -dtls1_2 -mtu 1200 \
        -accept "$DOTS_SERVED:4646" -cert "$LAB/peers/dots.pem" -key "$LAB/peers/dots.key"
    wait_until 5 grep -qs ACCEPT "$LAB/dots/output" || failed dots "openssl s_server did not start"
    AGENT_PROOF="proof: { ca: $LAB/peers/ca.pem }"
}

route_peers() {
    local address
    for address in "$DOTS_SERVED" 2001:db8:122:300::10 $(offers | jq -r '[.[].valid[]] | unique[]'); do
        ip -n "$SERVER" addr add "$address" dev lo
    done
    ip -n "$GATEWAY" -batch - <<END
route add 198.51.100.0/24 via 192.0.2.2 dev br0
route add 203.0.113.0/24 via 192.0.2.2 dev br0
route add 2001:db8:122:300::/64 via 2001:db8:1::2 dev br0
END
}

# make_certificates: in this directory.
make_certificates() {
    local new=(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30)
    "${new[@]}" -subj '/CN=lab authority' -keyout ca.key -out ca.pem &&
        "${new[@]}" -CA ca.pem -CAkey ca.key -subj /CN=dots.example.com -addext basicConstraints=critical,CA:FALSE \
            -addext subjectAltName=DNS:dots.example.com -addext extendedKeyUsage=serverAuth -keyout dots.key -out dots.pem
}
