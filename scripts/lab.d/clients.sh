# shellcheck shell=bash
# The lab's subscribers: one DHCP client behind each access port.

# subscribe PORT...: asks for leases, new or renewed. await_leases tells when they are there.
subscribe() {
    local port
    for port; do
        rm -f "$LAB/$port"/run/lease?
        if alive "$port"; then
            tell USR1 "$port" # udhcpc and dhcpcd alike renew
        else
            # shellcheck disable=SC2046 # two words
            start_client "$port" $(client_of "$port")
        fi
    done
}

# await_leases PORT
await_leases() { wait_until 15 has_leases "$1" || failed "$1" "$1: the client got no lease"; }

# take_leases [PORT...]: of all ports unless some are named; says what each was told.
take_leases() {
    local port ports=("$@")
    (($#)) || mapfile -t ports <<<"$(access_ports)"
    subscribe "${ports[@]}"
    for port in "${ports[@]}"; do
        await_leases "$port"
        leases_of "$port"
    done
}

# release PORT...: its client gives its leases back. dhcpcd ends with that; the next lease starts it again.
release() {
    local port client families
    for port; do
        read -r client families < <(client_of "$port")
        case $client in
            udhcpc) tell USR2 "$port" ;;
            dhcpcd) tell ALRM "$port" && wait_until 5 has_ended "$port" ;;
        esac
    done
}

has_ended() { ! alive "$1"; }

# client_of PORT: the client, and its families as one word: 4, 6 or 46.
client_of() {
    offers | jq -r --arg port "$1" 'map(select(.port == $port)) | "\(.[0].client) \(map(.family | tostring) | add)"'
}

# start_client PORT CLIENT FAMILIES
start_client() {
    local port=$1 client=$2 families=$3 command
    case $client in
        udhcpc) command=(udhcpc -f -T 1 -A 1 -O 147 -O 148 -s "$PARTS/lease-hook" -i) ;;
        dhcpcd) command=(dhcpcd -B -f "$PARTS/dhcpcd.conf" -c "$PARTS/lease-hook") ;;
        *) die "no such client in the table of offers: $client" ;;
    esac
    case $client$families in
        dhcpcd4) command+=(-4) ;;
        dhcpcd6) command+=(-6) ;;
    esac
    spawn "$port" "dotsnoop-sub${port#access}" "$PARTS/apart" "$LAB/$port" "${command[@]}" wan
}

has_leases() {
    local family
    for family in $(offers | jq --arg port "$1" '.[] | select(.port == $port).family'); do
        [[ -s $LAB/$1/run/lease$family ]] || return 1
    done
}

# leases_of PORT: what the client was told, as it read it: port, family, address, name, addresses.
leases_of() {
    local file address name addresses
    for file in "$LAB/$1"/run/lease?; do
        read -r address name addresses <"$file"
        printf '  %s  IPv%s  %-16s  %s  %s\n' "$1" "${file: -1}" "$address" "$name" "$addresses"
    done
}
