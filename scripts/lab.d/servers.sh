# shellcheck shell=bash
# The lab's servers: Kea for DHCPv4 and DHCPv6, and Knot for the names that Kea gives out.

# raise_servers [PORT]: PORT gets its lease without the DOTS options.
raise_servers() {
    start_kea 4 "${1-}"
    start_kea 6 "${1-}"
    start_knot
    wait_until 10 grep -qs DHCP4_STARTED "$LAB/kea4/log/kea/kea-dhcp4.log" || failed kea4 "Kea's DHCPv4 server did not start"
    wait_until 10 grep -qs DHCP6_STARTED "$LAB/kea6/log/kea/kea-dhcp6.log" || failed kea6 "Kea's DHCPv6 server did not start"
    wait_until 10 resolve dots.example.com 4 >/dev/null || failed knot "Knot does not answer"
}

# start_kea FAMILY WITHHELD
start_kea() {
    local house=$LAB/kea$1
    mkdir -p "$house"/{etc,lib/kea,log/kea,run/kea,run/lock/kea}
    jq --argjson offers "$(offers)" --arg withheld "$2" -f "$PARTS/kea.jq" \
        "$PARTS/kea-dhcp$1.json" >"$house/etc/kea-dhcp$1.conf"
    spawn "kea$1" "$SERVER" "$PARTS/apart" "$house" \
        env KEA_LOCKFILE_DIR=/run/lock/kea "kea-dhcp$1" -c "/etc/kea/kea-dhcp$1.conf"
}

# Knot gives up the right to read other users' files, and this tree may lie in somebody's home.
start_knot() {
    mkdir -p "$LAB/knot"
    cp "$PARTS"/*.zone "$LAB/knot"
    sed "s|RUN|$LAB/knot|" "$PARTS/knot.conf" >"$LAB/knot/knot.conf"
    spawn knot "$SERVER" knotd -c "$LAB/knot/knot.conf"
}

# resolve NAME FAMILY: the addresses, asked from where the agent asks.
resolve() {
    local knot=192.0.2.53 type=A answer
    (($2 == 4)) || knot=2001:db8:1::53 type=AAAA
    answer=$(inside "$GATEWAY" kdig +short +timeout=1 +retry=0 "@$knot" "$1" "$type" 2>/dev/null) || return 1
    [[ -n $answer ]] && echo "$answer"
}

# failed NAME WHAT: ends the script with the last words of the process.
failed() {
    find "$LAB/$1" \( -name output -o -name '*.log' \) -exec tail -qn 8 {} + >&2
    die "$2"
}
