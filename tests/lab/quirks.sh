#!/usr/bin/env bash
# What do real servers make of the options that none of them knows by name? ISC dhcpd splits long ones in the middle of an
# address (RFC 3396), dnsmasq sends text as text, Kea gives up on what is too long and leaves out the end.
NAME=quirks
source "$(dirname "$0")/lib/gateway"

LONG=$(printf '198.51.100.%d\n' {1..70}) # 280 octets

start_dhcpd() {
    cat >"$SCRATCH/dhcpd.conf" <<END
option dots-ri code 147 = domain-list;
option dots-address code 148 = array of ip-address;
authoritative;
subnet 192.0.2.0 netmask 255.255.255.0 {
  range 192.0.2.100 192.0.2.110;
  option dots-ri "dots.example.net";
  option dots-address $(paste -sd, <<<"$LONG");
}
END
    chmod -R a+rwX "$SCRATCH"
    : >"$SCRATCH/dhcpd.leases"
    spawn dhcpd "$SERVER" dhcpd -4 -f -d -cf "$SCRATCH/dhcpd.conf" -lf "$SCRATCH/dhcpd.leases" --no-pid eth0
    within 10 grep -q 'Server starting service' "$SCRATCH/dhcpd.log"
}

offer() { ctl bindings --circuit access1 --json | jq -r ".offer$1"; }
is_bound() { [[ -n $(refreshed) ]]; }

# anew: another client, which knows no server yet.
anew() {
    [[ ! -v STARTED[udhcpc] ]] || stop udhcpc
    ctl flush >/dev/null
    start_client 147 148
    within 15 is_bound
}

make_network bridged
configure </dev/null
start_agent

start_dhcpd
anew
check "ISC dhcpd: all addresses of an option in pieces" same "$LONG" "$(offer '.addresses[]')"
check "and the name beside them" same dots.example.net "$(offer .name)"
stop dhcpd

start_dnsmasq 147,dots.example.net 148,192.0.2.10
anew
check "dnsmasq: text where a name in wire format is due is no name" same null "$(offer .name)"
check "and is counted as what it is" test "$(metric 'discards_total{reason="name-ascii"}')" -ge 1
check "the address beside it counts" same 192.0.2.10 "$(offer '.addresses[]')"
stop dnsmasq

start_kea 192.0.2.0/24 192.0.2.150-192.0.2.160 3600 "
    { \"name\": \"dots-ri\", \"data\": \"dots.example.net\" },
    { \"name\": \"dots-address\", \"data\": \"$(paste -sd, <<<"$LONG")\" }"
anew
check "Kea: it says that it cannot send an option so long" grep -q DHCP4_PACKET_PACK_FAIL "$SCRATCH/kea.log"
check "what it sent all the same, cut short, makes a binding" is_bound
finish
