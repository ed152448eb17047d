#!/usr/bin/env bash
# Is what the lab's subscribers were told what dotsnoop shows, by every door, and does it leave nothing when it ends?
source "$(dirname "$0")/lib/tap"

ctl() { scripts/lab ctl "$@"; }
in_gateway() { scripts/lab exec dotsnoop-gw "$@"; }
offers() { jq -nR -f scripts/lab.d/offers.jq scripts/lab.d/offers; }

expected_bindings() {
    offers | jq -c '.[] | {circuit: .port, family, client: (if .family == 4 then .mac else .duid | gsub(":"; "") end),
        address: .lease, offer: (if .name or .valid != [] then {name, addresses: .valid} else null end)}' | sort
}

bindings() {
    ctl bindings --json | jq -c '{circuit, family, client: (if .family == 4 then .client.hw else .client.id end),
        address: .addresses[].address, offer: (.offer // null | if . then {name, addresses} else null end)}' | sort
}

peers() { ctl peers --json | jq -c '{circuit, family, name, address}' | sort -u; }
state_of() { ctl peers --circuit "$1" --json | jq -r .state | sort -u; }

# Every question that reaches Knot, as long as the test runs.
note_questions() {
    scripts/lab exec dotsnoop-server timeout 120 tcpdump -nli eth0 'dst port 53' >"$SCRATCH/questions" 2>"$SCRATCH/tcpdump" &
    within 5 grep -q 'listening on' "$SCRATCH/tcpdump"
}

raise
scripts/lab watch
note_questions
questions=$!
expected_peers=$(scripts/lab expect | sort)
: >"$SCRATCH/questions" # what `expect` asked

check "every port carries XDP in native mode" \
    same 8 "$(in_gateway ip -j link | jq '[.[] | select(.xdp.mode == 1)] | length')"
check "the ports say so themselves" same native "$(ctl ports --json | jq -r .attached | sort -u)"

scripts/lab lease >/dev/null
within 10 scripts/lab missing || true

# --- Peers and bindings ------------------------------------------------------------------------------------------------

check "the peers are those that were offered, and no others" same "$expected_peers" "$(peers)"
check "the bindings are the leases, with their valid offers" same "$(expected_bindings)" "$(bindings)"
check "a name without addresses is resolved over IPv4" same resolved "$(state_of access2)"
check "a name without addresses is resolved over IPv6" same resolved "$(state_of access5)"
check "every peer names DHCP as its method" same dhcp "$(ctl peers --json | jq -r .method | sort -u)"
check "the name without addresses was looked up" grep -q 'A? dots\.example\.com\.' "$SCRATCH/questions"
check "a name with valid addresses never is (RFC 8973 5.1.3)" not grep -q 'dots\.example\.net' "$SCRATCH/questions"
check "one family is shown alone" same 6 "$(ctl peers --family 6 --json | jq .family | sort -u)"
check "the table for people shows as many" test "$(ctl bindings | grep -c access)" -eq 8

# --- A lease that goes on ----------------------------------------------------------------------------------------------

expires() { ctl bindings --circuit access1 --json | jq -r .expires; }
moved() { [[ $(expires) != "$before" ]]; }

before=$(expires)
sleep 1.1 # lease times are in seconds
scripts/lab lease access1 >/dev/null
check "a renewal moves the end of a binding" within 5 moved

# --- Leases that are given back ----------------------------------------------------------------------------------------

bound() { ctl bindings --circuit "$1" --json | jq -s length; }
has_ended() { (($(bound "$1") == 0)); }
is_back() { (($(bound "$1") == 1)); }

for port in access1 access5; do # udhcpc over IPv4, dhcpcd over IPv6
    scripts/lab release "$port"
    check "a RELEASE ends the binding on $port" within 5 has_ended "$port"
    scripts/lab lease "$port" >/dev/null
    check "a new lease on $port makes a new one" within 5 is_back "$port"
done

# --- Metrics -----------------------------------------------------------------------------------------------------------

fetch() { in_gateway curl -sf "http://127.0.0.1:9646/$1"; }
metric() { fetch metrics | grep -E "^dotsnoop_$1" | awk '{sum += $NF} END {print sum + 0}'; }

check "healthz answers" fetch healthz
fetch metrics >"$SCRATCH/metrics"
check "promtool has nothing to say about the metrics" promtool check metrics <"$SCRATCH/metrics"
check "bindings are counted" same 8 "$(metric 'bindings\{')"
check "records of the uplink are counted" test "$(metric 'frames_total\{.*uplink.*captured')" -ge 8
check "requests of an access port are counted" test "$(metric 'frames_total\{.*access1.*dhcp-request')" -ge 2
check "discarded addresses are counted" test "$(metric 'discards_total')" -ge 4
check "nothing is lost" same 0 "$(metric 'ring_lost_total')"

# --- Prometheus --------------------------------------------------------------------------------------------------------

start_prometheus() {
    cat >"$SCRATCH/prometheus.yml" <<END
scrape_configs:
  - job_name: dotsnoop
    scrape_interval: 1s
    static_configs: [{ targets: ["127.0.0.1:9646"] }]
END
    in_gateway prometheus --config.file="$SCRATCH/prometheus.yml" --storage.tsdb.path="$SCRATCH/tsdb" \
        --web.listen-address=127.0.0.1:9090 >"$SCRATCH/prometheus.log" 2>&1 &
}
ask_prometheus() {
    in_gateway curl -sfG http://127.0.0.1:9090/api/v1/query --data-urlencode "query=$1" | jq -er '.data.result[0].value[1]'
}
scraped() { [[ $(ask_prometheus 'up{job="dotsnoop"}') == 1 ]]; }

if command -v prometheus >/dev/null; then
    start_prometheus
    prometheus=$!
    check "Prometheus scrapes it" within 20 scraped
    check "Prometheus knows the bindings" same 8 "$(ask_prometheus 'sum(dotsnoop_bindings)')"
    kill "$prometheus"
    wait "$prometheus" || true
else
    skip "Prometheus scrapes it" "prometheus is not installed"
fi

# --- The end -----------------------------------------------------------------------------------------------------------

kill "$questions" 2>/dev/null || true
pid=$(cut -d' ' -f1 /run/dotsnoop-lab/agent/pid)
kill -TERM "$pid"
check "SIGTERM ends it" within 5 not kill -0 "$pid"
check "no XDP program stays on a port" \
    same '' "$(in_gateway ip -j link | jq -r '.[] | select(.xdp) | .ifname')"
check "no tc filter stays on a port" same '' "$(in_gateway tc filter show dev uplink egress)"
check "no pin stays" test ! -e /sys/fs/bpf/dotsnoop
check "no control socket stays" test ! -e /run/dotsnoop-lab/control.sock
scripts/lab down
check "nothing is left" nothing_left

finish
