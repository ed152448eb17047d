# shellcheck shell=bash
# The lab's network: a server, a gateway that bridges, and one namespace a subscriber.
#
#   dotsnoop-server          dotsnoop-gw                      dotsnoop-sub1
#   Kea, Knot    eth0 ────── uplink ┐         ┌ access1 ───── wan   udhcpc
#   192.0.2.2                       ├── br0 ──┤                     dotsnoop-sub2
#   192.0.2.53                      │ 192.0.2.1 access2 ───── wan   udhcpc
#   2001:db8:1::53                            └ ...
#
# Access ports are isolated from each other, as in an access network: what a subscriber sends goes to the uplink alone.

SERVER=dotsnoop-server
GATEWAY=dotsnoop-gw

# inside NS CMD...: unlike `ip netns exec` this leaves /sys, and with it /sys/fs/bpf, as it is.
inside() {
    local namespace=$1
    shift
    nsenter --net="/run/netns/$namespace" -- "$@"
}

offers() { jq -nR -f "$PARTS/offers.jq" "$PARTS/offers"; }

access_ports() { offers | jq -r 'unique_by(.port)[].port'; }

raise_network() {
    local port number
    make_namespace "$SERVER"
    make_namespace "$GATEWAY"
    make_bridge
    for port in $(access_ports); do
        number=${port#access}
        make_namespace "dotsnoop-sub$number"
        make_access "$port" "dotsnoop-sub$number" "$number"
    done
    # Kea opens its DHCPv6 socket on the link-local address, which comes with the carrier.
    wait_until 5 has_link_local || die "eth0 in $SERVER got no link-local address: is IPv6 off on this machine?"
}

make_namespace() {
    echo "$1" >>"$LAB/namespaces"
    ip netns add "$1" || die "this machine lets root make no network namespace: in a container it takes CAP_SYS_ADMIN"
    # No waiting for duplicate addresses: every address here is ours.
    inside "$1" sh -c 'cd /proc/sys/net/ipv6/conf/default && echo 0 >accept_dad && echo 0 >disable_ipv6 && echo 0 >accept_ra' ||
        die "this kernel has no IPv6, and half of the lab is IPv6"
    ip -n "$1" link set lo up
}

make_bridge() {
    ip -n "$GATEWAY" -batch - <<END
link add br0 address 02:00:00:00:01:00 type bridge forward_delay 0 mcast_snooping 0
link add uplink address 02:00:00:00:01:fe type veth peer name eth0 address 02:00:00:00:00:fe netns $SERVER
link set uplink addrgenmode none master br0 up
link set br0 up
addr add 192.0.2.1/24 dev br0
addr add 2001:db8:1::1/64 dev br0 nodad
END
    ip -n "$SERVER" -batch - <<END
link set eth0 up
addr add 192.0.2.2/24 dev eth0
addr add 192.0.2.53/24 dev eth0
addr add 2001:db8:1::2/64 dev eth0 nodad
addr add 2001:db8:1::53/64 dev eth0 nodad
END
}

# make_access PORT NS NUMBER
make_access() {
    ip -n "$GATEWAY" -batch - <<END
link add $1 address 02:00:00:00:01:0$3 type veth peer name wan address 02:00:00:00:00:0$3 netns $2
link set $1 addrgenmode none master br0 up
link set $1 type bridge_slave isolated on
END
    ip -n "$2" link set wan up
}

has_link_local() { [[ -n $(ip -n "$SERVER" -6 addr show dev eth0 scope link -tentative) ]]; }
