#!/usr/bin/env bash
# When is a domain asked for again, and when the next one? (RFC 8973 6) dnsmasq tells udhcpc domains, one without records for
# DOTS first; tcpdump counts what the agent asks Knot. Everything in namespaces of its own.
NAME=again
source "$(dirname "$0")/lib/gateway"

note_questions() {
    spawn questions "$SERVER" tcpdump --immediate-mode -nnli eth0 'udp dst port 53'
    within 5 grep -q 'listening on' "$SCRATCH/questions.log"
}

questions() { grep -cF "$1" "$SCRATCH/questions.log" || true; }
is_renewed() { [[ $(refreshed) != "$before" ]]; }

# renew SIGNAL: a renewal (USR1), or a release (USR2) and a new lease; both are records.
renew() {
    before=$(refreshed)
    sleep 2.1 # what is told twice within two seconds is one reply
    kill "-$1" "${STARTED[udhcpc]}"
    [[ $1 == USR1 ]] || kill -USR1 "${STARTED[udhcpc]}"
    within 10 is_renewed
}

make_network bridged
start_knot <<'END'
@                  NAPTR 100 10 "s" "DOTS:signal.udp" "" _dots-signal._udp
_dots-signal._udp  SRV   0 0 5000 a
a                  A     192.0.2.81
END
note_questions
start_dnsmasq 119,nothing.example.net,example.net
configure </dev/null
start_agent
start_client 119

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
