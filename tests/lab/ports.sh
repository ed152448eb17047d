#!/usr/bin/env bash
# Do ports survive that their devices go and come back? On a veth pair in a namespace of its own.
source "$(dirname "$0")/lib/tap"

NS=dotsnoop-ports
CONTROL=$SCRATCH/control

ctl() { build/dotsnoopctl --control "$CONTROL" "$@"; }
make_port() { ip -n "$NS" link add port0 type veth peer name port1 && ip -n "$NS" link set port0 up; }
attached() { [[ $(ctl ports --json | jq -r .attached) == native ]]; }
not_attached() { [[ -z $(ctl ports --json) ]]; }
is_new() { [[ $(ctl ports --json | jq .ifindex) != "$before" ]] && attached; }
carries_xdp() { ip -n "$NS" -j link show port0 | jq -e '.[0].xdp.mode == 1' >/dev/null; }

end() {
    [[ -z $agent ]] || kill "$agent" || true
    ip netns del "$NS"
    leave
}

ip netns add "$NS"
agent=''
trap 'end' EXIT
make_port
nsenter --net=/run/netns/"$NS" build/dotsnoopd --control "$CONTROL" --store "$SCRATCH/store" port0 2>"$SCRATCH/agent" &
agent=$!

check "the port is attached" within 10 attached
before=$(ctl ports --json | jq .ifindex)
ip -n "$NS" link del port0
check "a device that vanishes takes its port along" within 5 not_attached
check "that is said" grep -q 'port-gone port=port0' "$SCRATCH/agent"
make_port
check "the port is attached again when its device is back" within 5 is_new
check "by the kernel's word too" carries_xdp
before=$(ctl ports --json | jq .ifindex)
ip -n "$NS" link del port0 && make_port
check "a device that is replaced at once is noticed" within 5 is_new
kill "$agent"
wait "$agent" || true
agent=''
check "nothing is left on the device" not carries_xdp
check "nothing is left of the pins" not test -e /sys/fs/bpf/dotsnoop
finish
