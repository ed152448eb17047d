#!/usr/bin/env bash
# Is what DNSSEC has to say (RFC 8973 8.3) believed where it may be, and nowhere else? Zones that Knot signs, behind an
# Unbound that validates.
# shellcheck source-path=SCRIPTDIR source=lib/servers
source "$(dirname "$0")/lib/servers"

KNOT=127.0.0.1 PLAIN=127.0.0.2 UNBOUND=127.0.0.53

# trust_anchor ZONE [AS]: the zone's own DS record, or as if it were that of another.
trust_anchor() {
    local anchor
    anchor=$(keymgr -c "$SCRATCH/knot-$KNOT/knot.conf" "$1" ds | grep ' 13 2 ')
    echo "${anchor/#$1/${2-$1}}"
}

start_unbound() {
    {
        printf 'server:\n  interface: %s\n  interface: %s\n' "$UNBOUND" "$FAR"
        printf '  access-control: 0.0.0.0/0 allow\n  do-not-query-localhost: no\n  do-ip6: no\n'
        printf '  username: ""\n  chroot: ""\n  pidfile: ""\n  use-syslog: no\n  do-daemonize: no\n  directory: "%s"\n' "$SCRATCH"
        printf '  trust-anchor: "%s"\n' "$(trust_anchor signed.example.)" "$(trust_anchor signed.example. bogus.example.)"
        printf 'remote-control:\n  control-enable: no\n'
        printf 'stub-zone:\n  name: "%s.example"\n  stub-addr: %s\n' signed $KNOT bogus $KNOT unsigned $PLAIN
    } >"$SCRATCH/unbound.conf"
    start unbound unbound -d -p -c "$SCRATCH/unbound.conf"
    up unbound "$UNBOUND"
}

signed() { inside kdig +short +dnssec "@$KNOT" signed.example SOA | grep -q '^SOA '; }
authenticated() { values authenticated "$@"; }

begin_network
knot "$KNOT" "$ZONES/signed" 'dnssec-signing: on'
within 10 signed
knot "$PLAIN" "$ZONES/unsigned"
start_unbound

TABLE="1 udp 2001:db8::1 5000 signal
2 tcp 2001:db8::1 443 data"

# --- A signed zone -----------------------------------------------------------------------------------------------------

check "a signed zone behind a validating resolver on loopback is authenticated" \
    same true "$(authenticated $UNBOUND signed.example)"
check "... and all of it is found" same "$TABLE" "$(peers $UNBOUND signed.example --family 6)"
check "... by DNS-SD too" same true "$(authenticated $UNBOUND signed.example --method dns-sd)"
check "... and over IPv4" same true "$(authenticated $UNBOUND signed.example --family 4)"
check "--dnssec require is content" same "$TABLE" "$(peers $UNBOUND signed.example --family 6 --dnssec require)"
check "--dnssec off does not ask" same false "$(authenticated $UNBOUND signed.example --dnssec off)"
check "people are told" grep -q ' yes$' <(discover $UNBOUND signed.example)

# --- Whom not to believe -----------------------------------------------------------------------------------------------

check "the same over a path that is not loopback is not authenticated" \
    same false "$(authenticated "$FAR" signed.example)"
check "... yet found" same "$TABLE" "$(peers "$FAR" signed.example --family 6)"
check "... but not with --dnssec require" fails bogus "$FAR" signed.example --dnssec require
check "a server that only knows the zone authenticates nothing" same false "$(authenticated $KNOT signed.example)"
check "... and does not do with --dnssec require" fails bogus $KNOT signed.example --dnssec require

# --- What is not signed, and what is signed wrongly --------------------------------------------------------------------

check "an unsigned zone is found" same "$TABLE" "$(peers $UNBOUND unsigned.example --family 6)"
check "... and not authenticated" same false "$(authenticated $UNBOUND unsigned.example)"
check "--dnssec require refuses it" fails bogus $UNBOUND unsigned.example --dnssec require
check "a way that leaves what is signed is not authenticated" same false "$(authenticated $UNBOUND leaves.signed.example)"
check "... and refused with --dnssec require" fails 'bogus|unusable' $UNBOUND leaves.signed.example --dnssec require
check "a zone that is signed with another key than the trusted one is refused by the resolver" fails 'servfail|bogus' $UNBOUND bogus.example
check "... also with --dnssec off" fails 'servfail|bogus' $UNBOUND bogus.example --dnssec off

remove_network
check "nothing is left" test ! -e "/run/netns/$NAMESPACE"
finish
