#!/usr/bin/env bash
# Does what cannot work end with status 1 and one clear line, and leave nothing half-attached?
source "$(dirname "$0")/lib/tap"

# Two ports of our own, in a namespace of our own.
NAMESPACE=dotsnoop-test-$$
trap 'ip netns del "$NAMESPACE" 2>/dev/null || true; leave' EXIT
ip netns add "$NAMESPACE"
ip -n "$NAMESPACE" link add port0 type veth peer name port1
ip -n "$NAMESPACE" link set lo up
ip -n "$NAMESPACE" link set port0 up
ip -n "$NAMESPACE" link set port1 up

# A tree may lie where an unprivileged user cannot reach it.
install -m 755 build/dotsnoopd build/dotsnoopctl "$SCRATCH"
chmod 755 "$SCRATCH"
CONTROL=$SCRATCH/control.sock

inside() { nsenter --net="/run/netns/$NAMESPACE" -- "$@"; }
daemon() { inside timeout 20 "$SCRATCH/dotsnoopd" --foreground --control "$CONTROL" "$@"; }
unprivileged() {
    inside timeout 20 setpriv --reuid 65534 --regid 65534 --clear-groups -- \
        "$SCRATCH/dotsnoopd" --foreground --control "$CONTROL" "$@"
}

# refuses PATTERN CMD...: status 1 and one line on stderr, beside the log of what went well, that says PATTERN.
refuses() {
    local pattern=$1 status=0 said
    shift
    "$@" >"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null || status=$?
    said=$(grep -v '^info: ' "$SCRATCH/err")
    printf 'status %s: %s\n' "$status" "$said"
    [[ $status == 1 && $(wc -l <<<"$said") == 1 ]] && grep -qE "$pattern" <<<"$said"
}

# unattached: no program on the ports, no pin, no socket.
unattached() {
    local ports
    ports=$(inside ip -j link | jq -r '.[] | select(.xdp) | .ifname')
    [[ -z $ports && ! -e /sys/fs/bpf/dotsnoop && ! -e $CONTROL ]] || {
        echo "attached: ${ports:-none}" && ls -d /sys/fs/bpf/dotsnoop "$CONTROL"
        return 1
    }
}

# --- Ports and permission ----------------------------------------------------------------------------------------------

check "a port that does not exist is named" refuses 'nosuch0' daemon nosuch0
check "... and leaves nothing" unattached
check "a port that does not exist beside one that does is named" refuses 'nosuch0' daemon port0 nosuch0
check "... and leaves nothing on the other" unattached
check "without permission it says that it needs root" refuses '[Rr]oot|CAP_|permi' unprivileged port0
check "... and leaves nothing" unattached

# --- Configuration -----------------------------------------------------------------------------------------------------

# config LINE...: a configuration file of these lines.
config() { printf '%s\n' "$@" >"$SCRATCH/dotsnoop.yaml"; }
refuses_config() { refuses "$1" daemon --config "$SCRATCH/dotsnoop.yaml"; }

config 'ports:' '  - name: port0' '    colour: blue'
check "an unknown key is named with file and line" refuses_config 'dotsnoop\.yaml:3.*colour'
config 'ports:' '  - name: port0' '    role: sideways'
check "an impossible value is named with file and line" refuses_config 'dotsnoop\.yaml:3.*role'
config 'ports:' '  - name: port0' 'limits:' '  bindings: many'
check "a wrong type is named with file and line" refuses_config 'dotsnoop\.yaml:4.*bindings'
config 'ports:' '  - name: port0' '   role: [uplink'
check "what is not YAML is named with file and line" refuses_config 'dotsnoop\.yaml:[0-9]+'
check "a file that does not exist is named" refuses 'nosuch\.yaml' daemon --config "$SCRATCH/nosuch.yaml"
check "none of them leaves anything" unattached

config 'ports:' '  - name: port0' '    colour: blue'
check "--check refuses as a start does" refuses 'dotsnoop\.yaml:3.*colour' \
    "$SCRATCH/dotsnoopd" --check --config "$SCRATCH/dotsnoop.yaml"
config 'ports:' '  - name: port0'
check "--check accepts what is right" "$SCRATCH/dotsnoopd" --check --config "$SCRATCH/dotsnoop.yaml"

# --- A listen address that is taken ------------------------------------------------------------------------------------

# Any server will do.
printf 'server:\n  listen: 127.0.0.1@9646\n  rundir: "%s"\n' "$SCRATCH" >"$SCRATCH/knot.conf"
inside knotd -c "$SCRATCH/knot.conf" >"$SCRATCH/knot.log" 2>&1 &
holder=$!
within 5 eval 'inside ss -Hltn | grep -q 127.0.0.1:9646'
check "a listen address that is taken is named" refuses '127\.0\.0\.1:9646' daemon port0
check "... and leaves nothing" unattached
kill "$holder"
wait "$holder" || true

# --- Captures ----------------------------------------------------------------------------------------------------------

# A file header of pcap (link type in the last word), and a frame header that promises 64 octets.
pcap_header() { printf '\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0%b\0\0\0' "$1"; }
frame_header() { printf '\0\0\0\0\0\0\0\0\x40\0\0\0\x40\0\0\0'; }

echo "no capture at all, but some text of more than a header's length" >"$SCRATCH/text.pcap"
: >"$SCRATCH/empty.pcap"
{ pcap_header '\x01' && frame_header && printf 'half a frame'; } >"$SCRATCH/short.pcap"
pcap_header '\x65' >"$SCRATCH/raw-ip.pcap"

for kind in text empty short raw-ip; do
    check "a capture that is none ($kind) is refused by name" \
        refuses "$kind\.pcap" "$SCRATCH/dotsnoopctl" replay "$SCRATCH/$kind.pcap"
done
check "a capture that does not exist is named" refuses 'nosuch\.pcap' "$SCRATCH/dotsnoopctl" replay "$SCRATCH/nosuch.pcap"

# --- A daemon that is not there ----------------------------------------------------------------------------------------

check "without a daemon dotsnoopctl says where it looked" \
    refuses 'control\.sock' "$SCRATCH/dotsnoopctl" --control "$CONTROL" peers

finish
