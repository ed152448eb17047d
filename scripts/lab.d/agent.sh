# shellcheck shell=bash
# dotsnoopd on the ports of the lab's gateway, or on real devices; and what it should have learned.

CONTROL=$LAB/control.sock
DOTSNOOPD=$ROOT/build/dotsnoopd
AGENT_MODE=observe
AGENT_ON_EXIT=detach
AGENT_PROOF=''

ctl() { "$ROOT/build/dotsnoopctl" --control "$CONTROL" "$@"; }

# agent_option --enforce|--keep: of the agent that is started next.
agent_option() {
    case $1 in
        --enforce) AGENT_MODE=enforce ;;
        --keep) AGENT_ON_EXIT=keep ;;
        *) return 1 ;;
    esac
}

# start_agent NS ROLE:PORT...
start_agent() {
    local namespace=$1
    shift
    mkdir -p "$LAB/agent/store"
    echo "$namespace" >"$LAB/agent/namespace"
    agent_config "$@" >"$LAB/agent/dotsnoop.yaml"
    spawn agent "$namespace" "$DOTSNOOPD" --foreground --config "$LAB/agent/dotsnoop.yaml" --control "$CONTROL"
    wait_until 10 agent_decided
    agent_answers || agent_failed
}

watch_gateway() {
    local access
    mapfile -t access <<<"$(access_ports)"
    start_agent "$GATEWAY" uplink:uplink "${access[@]/#/access:}"
}

# agent_config ROLE:PORT...: nothing of it is under /var or /etc, so that nothing stays.
agent_config() {
    local port
    echo "ports:"
    for port; do
        printf '  - name: %s\n    role: %s\n' "${port#*:}" "${port%%:*}"
    done
    cat <<END
mode: $AGENT_MODE
on-exit: $AGENT_ON_EXIT
store: $LAB/agent/store
metrics:
  listen: 127.0.0.1:9646
$AGENT_PROOF
END
}

agent_answers() { ctl status >/dev/null 2>&1; }
agent_decided() { agent_answers || ended agent; }

# Tells a kernel that refuses BPF from a dotsnoopd that does not work.
agent_failed() {
    local refusal
    grep '^error: ' "$LAB/agent/output" >&2 || cat "$LAB/agent/output" >&2
    if refusal=$(bpftool prog show 2>&1 >/dev/null); then
        die "dotsnoopd did not start; BPF itself works on this kernel"
    fi
    die "this kernel refuses BPF (${refusal%%$'\n'*}): it takes Linux 6.1 or later, and in a container --privileged"
}

# What a dotsnoopd left pinned that was killed, or told to. With no agent of ours noted, pins are somebody else's.
detach_agent() {
    local namespace
    [[ -e $LAB/agent/namespace && -e /sys/fs/bpf/dotsnoop ]] || return 0
    namespace=$(<"$LAB/agent/namespace")
    [[ -z $namespace || -e /run/netns/$namespace ]] || namespace=''
    nsenter ${namespace:+--net="/run/netns/$namespace"} -- "$DOTSNOOPD" --detach >&2 ||
        warn "pins of a dotsnoopd stay in /sys/fs/bpf/dotsnoop: once it is built, dotsnoopd --detach removes them"
}

# --- What should have been learned -------------------------------------------------------------------------------------

# expected_peers: what the table of offers promises, one JSON object a line. A name without addresses is worth what the
# zone says of it; should that be nothing, a peer without address is expected, and so missed.
expected_peers() {
    offers | jq -c --argjson zone "$(zone_answers)" '
        .[] | . as {$port, $family, $name}
        | (if .valid == [] and $name then $zone["\($name) \($family)"] | select(. != []) // [null] else .valid end)[]
        | {circuit: $port, family: $family, name: $name, address: .}'
}

# zone_answers: {"NAME FAMILY": [ADDRESS...]} for the names that are offered without addresses.
zone_answers() {
    local name family
    offers | jq -r '.[] | select(.valid == [] and .name) | "\(.name) \(.family)"' | while read -r name family; do
        resolve "$name" "$family" | jq -nR --arg key "$name $family" '{key: $key, value: [inputs]}'
    done | jq -s from_entries
}

# missing_peers EXPECTED: those of them that dotsnoop does not show.
missing_peers() {
    jq -nc --slurpfile expected <(echo "$1") --slurpfile learned <(ctl peers --json) '
        ($learned | map({circuit, family, name, address} | tostring)) as $known
        | $expected[] | select(tostring | IN($known[]) | not)'
}

# Every peer has been asked, or is left alone since one before it is proven.
all_asked() { [[ -z $(ctl peers --state proving --json) ]]; }

all_learned() {
    local missing
    missing=$(missing_peers "$1") && [[ -z $missing ]]
}
