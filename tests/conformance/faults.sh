#!/usr/bin/env bash
# Does `dotsnoopctl discover` end with the right word, and soon, whatever a DNS server does to it? The faults are those
# of tests/conformance/responder, which says what each is.
# shellcheck source-path=SCRIPTDIR source=lib/servers
source "$(dirname "$0")/lib/servers"

RESPONDER=127.0.0.13

# ends WORDS FAULT SECONDS: S-NAPTR alone and in one family, so that the time is that of one search.
ends() { quick "$3" fails "$1" $RESPONDER "$2.fault.example" --family 6 --method s-naptr; }

# succeeds FAULT: one which is none in the end.
succeeds() { finds 5050 $RESPONDER "$1.fault.example" --family 6 --method s-naptr; }

# What a search may take for one question: two tries of two seconds, and a little.
PATIENCE=5

begin_network
start responder "$CONFORMANCE/responder" $RESPONDER
up responder $RESPONDER
note_questions

check "without a fault all is well" succeeds good
check "... and the identifier is the domain" same good.fault.example "$(values name $RESPONDER good.fault.example)"

# All at once, since most of them wait for something.
NAMES=() SEARCHES=()
declare -A CLAIM
while read -r fault words seconds what; do
    NAMES+=("$fault")
    CLAIM[$fault]="$fault: $what ends in ${words//|/ or }"
    (SAID=$SCRATCH/$fault ends "$words" "$fault" "$seconds" >"$SCRATCH/$fault.told" 2>&1 && touch "$SCRATCH/$fault.ok") &
    SEARCHES+=($!)
done <<END
silent        timeout                   $PATIENCE  no answer at all
servfail      servfail                  $PATIENCE  SERVFAIL
refused       refused                   $PATIENCE  REFUSED
notimp        refused                   $PATIENCE  NOTIMP
formerr       refused                   $PATIENCE  FORMERR
garbage       timeout                   $PATIENCE  garbage without the question's id
garbled       malformed                 $PATIENCE  garbage with it
empty         timeout                   $PATIENCE  a datagram of nothing
short         timeout                   $PATIENCE  a header that is cut
wrongid       timeout                   $PATIENCE  an answer with another id
otherquestion timeout|malformed         $PATIENCE  an answer to another question
othername     nodata                    $PATIENCE  records of another name
truncated     timeout|failed|servfail   $PATIENCE  truncation without TCP
pointer       malformed                 $PATIENCE  a name that points to itself
forward       malformed                 $PATIENCE  a name that points forward
cut           malformed                 $PATIENCE  a record that is cut
overrun       malformed                 $PATIENCE  a length beyond the message
cnameloop     loop                      $PATIENCE  aliases in a circle
cnamechain    loop                      $PATIENCE  too many aliases
endless       limit|unusable            $PATIENCE  a way without an end
tree          limit|unusable|nxdomain   $PATIENCE  eight ways at every turn
flood         nxdomain|limit|unusable   $PATIENCE  six hundred records
drip          limit|unusable|timeout    32         answers that take their time
END

ended() { cat "$SCRATCH/$1.told" && [[ -e $SCRATCH/$1.ok ]]; }
wait "${SEARCHES[@]}" || true
for fault in "${NAMES[@]}"; do
    check "${CLAIM[$fault]}" ended "$fault"
done

check "names in capitals are the same names" succeeds uppercase
check "what is truncated comes by TCP" succeeds overtcp

check "a way without an end is left at its depth" no_more_than 8 'endless\.fault'
check "eight ways at every turn cost 32 questions" no_more_than 32 '[. ]tree\.fault'
check "six hundred records cost as many" no_more_than 32 'flood\.fault'
check "REFUSED is not asked again and again" no_more_than 2 'refused\.fault'

# --- Several resolvers -------------------------------------------------------------------------------------------------

start second "$CONFORMANCE/responder" 127.0.0.14
up second 127.0.0.14
beside() { discover 127.0.0.99 "$1.fault.example" --resolver 127.0.0.98 --resolver $RESPONDER --family 6 --json; }
check "two resolvers that do not answer leave the third" same 5050 "$(beside good | jq .port)"
check "a resolver that refuses is passed over once, and that is it" \
    quick $PATIENCE fails refused $RESPONDER refused.fault.example --resolver 127.0.0.14 --family 6

# --- What people see ---------------------------------------------------------------------------------------------------

waits() {
    { discover $RESPONDER silent.fault.example --family 6 || true; } 2>&1 | grep 'waiting for 127.0.0.13 (s-naptr over IPv6'
}
check "whoever waits is told for what" waits
check "one line says why, and what to do next" \
    fails timeout $RESPONDER silent.fault.example --family 6
check "... and when to ask again" grep -qE 'again makes sense in [0-9]+ s$' "$SAID"

remove_network
check "nothing is left" test ! -e "/run/netns/$NAMESPACE"
finish
