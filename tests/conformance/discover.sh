#!/usr/bin/env bash
# Does `dotsnoopctl discover` read zones as RFC 8973 6 and 7 mean them? The RFC's own figures, and what zones get wrong,
# on Knot and dnsmasq.
# shellcheck source-path=SCRIPTDIR source=lib/servers
source "$(dirname "$0")/lib/servers"

FIGURE_8=127.0.0.8 FIGURE_9=127.0.0.9 FIGURE_10=127.0.0.10 ALL_FIGURES=127.0.0.11
KNOT=127.0.0.1 DNSMASQ=127.0.0.22

TABLE_1="1 udp 2001:db8::1 5000 signal
2 tcp 2001:db8::1 5001 signal
3 tcp 2001:db8::1 5002 data
4 tcp 2001:db8::2 443 data"
TABLE_2="1 udp 2001:db8::2 6000 call-home
2 tcp 2001:db8::2 6001 call-home"
FIGURE_10_PEERS="2001:db8::1 2001:db8::2"

# z24 LIMIT: so many records, of which the last is for DOTS.
z24() {
    cat "$ZONES/figure-10/example.net.zone"
    for ((i = 1; i < $1; i++)); do
        echo "z24 NAPTR $i 10 \"s\" OTHER$i:signal.udp \"\" _a-name-that-takes-up-some-room-$i._udp"
    done
    echo "z24 NAPTR $1 10 \"a\" DOTS:signal.udp \"\" a"
}

# wide COUNT: so many ways, all of which end at nothing.
wide() {
    for ((i = 1; i <= $1; i++)); do
        echo "wide NAPTR $i 10 \"s\" DOTS:signal.udp \"\" missing-$i"
    done
}

start_dnsmasq() {
    start dnsmasq dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root --pid-file= \
        --listen-address="$DNSMASQ" --bind-interfaces --local=/z22.example/ \
        --naptr-record=z22.example,100,10,s,DOTS:signal.udp,,_dots-signal._udp.z22.example \
        --naptr-record=z22.example,200,10,a,DOTS:signal.udp,,a.z22.example \
        --srv-host=_dots-signal._udp.z22.example,a.z22.example,5022 --host-record=a.z22.example,2001:db8::22
    up dnsmasq "$DNSMASQ"
}

begin_network
mkdir "$SCRATCH/all" "$SCRATCH/example"
cp scripts/lab.d/example.net.zone "$SCRATCH/all"
cp "$ZONES"/example/*.zone "$SCRATCH/example"
{ z24 60 && wide 50; } >"$SCRATCH/example/z24.example.zone"
z24 100 >"$SCRATCH/example/z24a.example.zone"
knot "$FIGURE_8" "$ZONES/figure-8"
knot "$FIGURE_9" "$ZONES/figure-9"
knot "$FIGURE_10" "$ZONES/figure-10"
knot "$ALL_FIGURES" "$SCRATCH/all"
knot "$KNOT" "$SCRATCH/example"
start_dnsmasq
note_questions

# --- RFC 8973's own ----------------------------------------------------------------------------------------------------

check "Z1: figure 8 gives table 1, line by line" same "$TABLE_1" "$(peers $FIGURE_8 example.net)"
check "... for IPv6 alone, too" same "$TABLE_1" "$(peers $FIGURE_8 example.net --family 6 --method s-naptr)"
check "... and nothing for IPv4, which has no address" fails nodata $FIGURE_8 example.net --family 4 --method s-naptr
check "... and no Call Home client" fails 'nodata|unusable' $FIGURE_8 example.net --service dots-call-home --method s-naptr
check "Z1: the reference identifier is the domain that was asked for" \
    same example.net "$(values name $FIGURE_8 example.net)"
check "Z1: the method is named" same s-naptr "$(values method $FIGURE_8 example.net)"
check "Z1: the TTL is the zone's" same 300 "$(values ttl $FIGURE_8 example.net)"
check "Z2: figure 9 gives table 2, line by line" \
    same "$TABLE_2" "$(peers $FIGURE_9 example.net --service dots-call-home)"
check "... and no DOTS server" fails 'nodata|unusable' $FIGURE_9 example.net --method s-naptr
check "Z4: figure 10 gives both servers, at the same port" \
    same "$FIGURE_10_PEERS" "$(values address $FIGURE_10 example.net --method dns-sd)"
check "... by DNS-SD" same "dns-sd" "$(values method $FIGURE_10 example.net)"
check "... at port 4646 over UDP" same "4646 udp" \
    "$(values port $FIGURE_10 example.net) $(values transport $FIGURE_10 example.net)"
check "Z4: the reference identifier is the domain" same example.net "$(values name $FIGURE_10 example.net)"
check "all figures in one zone give table 1" same "$TABLE_1" "$(peers $ALL_FIGURES example.net)"
check "... and table 2" same "$TABLE_2" "$(peers $ALL_FIGURES example.net --service dots-call-home)"
check "... and figure 10's servers" \
    same "$FIGURE_10_PEERS" "$(values address $ALL_FIGURES example.net --method dns-sd)"

# --- What is not there -------------------------------------------------------------------------------------------------

check "Z3: records for another service are none" fails 'nodata|unusable' $KNOT z3.example --method s-naptr
check "a name that does not exist is told" fails nxdomain $KNOT nosuch.z3.example --method s-naptr
check "... with the time of the zone's SOA" grep -q ' 90 s$' "$SAID"
check "a name of one label is not asked for" fails no-domain $KNOT home
check "... of nobody" same 0 "$(questions ' home\. ')"

# --- Order, flags, services --------------------------------------------------------------------------------------------

check "Z8: ORDER, then PREFERENCE" finds "5003 5002 5001 5004 5005" $KNOT z8.example
check "Z9: flags, services and protocols match in either case; 4646 without SRV" \
    finds "5091 5092 4646 4646" $KNOT z9.example
check "Z9: 4647 for Call Home" finds "4647 4647" $KNOT z9.example --service dots-call-home
check "Z10: what S-NAPTR does not allow is skipped" finds 5102 $KNOT z10.example
check "Z10: ... and may be all there is" fails unusable $KNOT bad.z10.example --method s-naptr
check "Z11: one record for two protocols" same "1 udp 2001:db8::11 5011 signal
2 tcp 2001:db8::11 5011 signal" "$(peers $KNOT z11.example)"
check "Z12: a service without protocol is none" fails 'nodata|unusable' $KNOT z12.example --method s-naptr
check "Z13: what is nearly DOTS is not" fails 'nodata|unusable' $KNOT z13.example --method s-naptr
check "Z13: Call Home is another service" finds 6013 $KNOT z13.example --service dots-call-home
check "Z19: a protocol that the first set does not list is not taken" finds 5191 $KNOT z19.example

# --- SRV records and addresses -----------------------------------------------------------------------------------------

check "Z14: a service that is decidedly not there is passed over" finds 5014 $KNOT z14.example
check "Z15: port 0 is none" finds 5015 $KNOT z15.example
check "Z16: a target may be an alias" finds 5016 $KNOT z16.example
check "Z17: the domain may be one" finds 5017 $KNOT dots.z17.example
check "Z17: ... and stays the reference identifier" same dots.z17.example "$(values name $KNOT dots.z17.example)"
check "Z18: a way that ends at nothing is gone back on" finds 5019 $KNOT z18.example
check "Z20: an address of IPv4 is one for IPv4" finds 5020 $KNOT z20.example --family 4
check "Z20: ... and not for IPv6" fails nodata $KNOT z20.example --family 6 --method s-naptr
check "Z23: an address is no name" fails 'unusable|refused' $KNOT z23.example --method s-naptr
check "plain addresses are found where they are asked for, at the ports of RFC 8973 6" \
    same "4646 4646 443" "$(discover $KNOT a.z21.example --method addresses --family 6 --json | jq -r .port | xargs)"

# --- TTLs --------------------------------------------------------------------------------------------------------------

check "Z21: the least TTL of the way counts" same 200 "$(values ttl $KNOT z21.example)"
check "Z21: ... and no less than a minute" same 60 "$(values ttl $KNOT low.z21.example)"
check "Z21: ... and no more than a day" same 86400 "$(values ttl $KNOT long.z21.example)"
check "Z22: dnsmasq's order is not that of the records" finds "5022 4646" $DNSMASQ z22.example
check "Z22: dnsmasq's TTL of 0 is a minute" same 60 "$(values ttl $DNSMASQ z22.example)"
check "without a SOA a failed lookup is worth 300 s" fails 'nodata|nxdomain' $DNSMASQ none.z22.example --method s-naptr
check "... it says so" grep -q ' 300 s$' "$SAID"

# --- DNS-SD ------------------------------------------------------------------------------------------------------------

check "Z4: TXT, or none, makes no difference; names may hold blanks and dots; elsewhere is elsewhere" \
    same "5010 5020 5021 5022" "$(values port $KNOT z4.example)"
check "Z4: instances are sorted by their priority" \
    same "5010 5020" "$(discover $KNOT z4.example --json | jq -r 'select(.transport == "udp").port' | xargs)"
check "Z4: data is a channel of its own" \
    same "tcp 5022" "$(discover $KNOT z4.example --json | jq -r 'select(.channel == "data") | "\(.transport) \(.port)"')"
check "Z4: Call Home has services of its own" \
    same "6000 6001" "$(values port $KNOT z4.example --service dots-call-home)"
check "Z4: an instance of elsewhere is not asked for" same 0 "$(questions '(foreign|_http)')"

# --- Limits ------------------------------------------------------------------------------------------------------------

check "Z5: records in a circle end" quick 5 fails 'loop|unusable' $KNOT z5.example --family 6 --method s-naptr
check "Z5: ... soon" no_more_than 4 'z5\.example'
check "Z6: a record that leads to itself ends" quick 5 fails 'loop|unusable' $KNOT z6.example --family 6 --method s-naptr
check "Z6: ... at once" no_more_than 2 'z6\.example'
check "Z6: ... and the next is taken" finds 5006 $KNOT beside.z6.example
check "Z7: a way that is too long ends" quick 5 fails 'limit|unusable' $KNOT z7.example --family 6 --method s-naptr
check "Z7: ... at its depth" no_more_than 8 'z7\.example'
check "Z7: ... and a short one does not" finds 5007 $KNOT short.z7.example
check "Z24: sixty records come by TCP" finds 4646 $KNOT z24.z24.example
check "Z24: of a hundred, some are left out, and that ends well" quick 5 fails 'nodata|unusable|limit' $KNOT \
    z24.z24a.example --family 6 --method s-naptr
check "Z24: fifty ways to nothing end" quick 5 fails 'limit|unusable|nxdomain' $KNOT wide.z24.example --family 6 --method s-naptr
check "Z24: ... after 32 questions" no_more_than 32 '(missing-[0-9]+|wide)\.z24'

# --- What people see ---------------------------------------------------------------------------------------------------

keys() { discover $FIGURE_8 example.net --json | jq -r 'keys_unsorted | join(" ")' | sort -u; }
status_of() {
    local status=0
    "$@" >/dev/null 2>&1 || status=$?
    echo "$status"
}
unprivileged() {
    install -m 755 build/dotsnoopctl "$SCRATCH" && chmod 755 "$SCRATCH" &&
        inside setpriv --reuid 65534 --regid 65534 --clear-groups -- "$SCRATCH/dotsnoopctl" discover \
            --resolver $FIGURE_8 example.net
}
with_resolv_conf() {
    echo "nameserver $FIGURE_8" >"$SCRATCH/resolv.conf"
    inside unshare --mount sh -c "mount --bind '$SCRATCH/resolv.conf' /etc/resolv.conf &&
        exec build/dotsnoopctl discover example.net --json" | wc -l
}

check "the keys of --json are those that were promised" \
    same "order channel transport address port name method ttl authenticated" "$(keys)"
check "the table has a heading, and a row a peer" \
    same "5 lines" "$(discover $FIGURE_8 example.net --family 6 | wc -l) lines"
check "it tells what the other family had" grep -q 'IPv4: s-naptr ' <(discover $FIGURE_8 example.net)
check "it needs no root" unprivileged
check "without --resolver it asks those of /etc/resolv.conf" same 4 "$(with_resolv_conf)"
check "a resolver that does not answer is passed over for the next" \
    same "$TABLE_1" "$(peers 127.0.0.99 example.net --resolver $FIGURE_8 --family 6)"
check "wrong usage is told apart" same "2 2 2 2" "$(status_of discover nowhere example.net) \
$(status_of discover $KNOT a..b) $(status_of discover $KNOT z8.example --family 5) $(status_of discover $KNOT)"

remove_network
check "nothing is left" test ! -e "/run/netns/$NAMESPACE"
finish
