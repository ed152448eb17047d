#!/usr/bin/env bash
# How do the rows of table.* grow with the number of subscribers? A table, and the same as a picture.
#
#   bash tests/bench/growth.sh [--json] [N...]
#
# For scripts/bench --growth, which builds first. N: how many subscribers (1000, 10000, 100000, 1 and 5 million). --json
# prints the objects of scripts/bench, each with "bindings" beside its name, instead of the table. The picture is
# build/growth.svg. A row that could not be measured is a dash, and the exit status is 1.

set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8 DOTSNOOP_BENCH_RUNS=3

ROWS=(table.storm table.memory table.memory-all table.restart table.idle-wakeups)
PICTURE=build/growth.svg
JSON=''
STATUS=0

main() {
    local work n
    if [[ ${1-} == --json ]]; then
        JSON=1
        shift
    fi
    (($#)) || set -- 1000 10000 100000 1000000 5000000
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # what it is now
    trap "rm -rf '$work'" EXIT

    [[ -n $JSON ]] || head_of_table
    for n; do
        measure "$n" >"$work/rows"
        line "$n" <"$work/rows" >>"$work/lines"
        if [[ -n $JSON ]]; then cat "$work/rows"; else tail -n 1 "$work/lines" | show; fi
    done
    draw "$work/lines"
    echo "drawn: $PICTURE" >&2
    return "$STATUS"
}

# measure N: the rows' objects.
measure() {
    local result
    result=$(DOTSNOOP_BENCH_BINDINGS=$1 build/tests/bench/table "${ROWS[@]}") || STATUS=1
    jq -c --argjson n "$1" '{name, bindings: $n} + .' <<<"$result"
}

# line N: the rows' values beside each other, in their order; those that are missing are dashes.
line() {
    jq -rs --argjson n "$1" '(map({key: .name, value}) | from_entries) as $values |
        [$n, ($ARGS.positional[] | $values[.] // "-")] | join(" ")' --args "${ROWS[@]}"
}

head_of_table() {
    printf '  %10s %12s %12s %14s %12s %14s\n' \
        bindings 'storm 1/s' 'memory B' 'memory-all B' 'restart ms' 'idle 1/s'
}

show() {
    local cells
    read -ra cells
    printf '  %10s %12s %12s %14s %12s %14s\n' "${cells[@]}"
}

# draw FILE: of lines.
draw() {
    {
        cat <<END
set terminal svg size 1000,700 font 'sans,12' background 'white'
set output '$PICTURE'
set datafile missing '-'
set logscale x
set format x '10^{%L}'
set xlabel 'bindings'
set grid
set style data linespoints
set multiplot layout 2,2
set yrange [0:1<*]
END
        panel 'storm without loss, bindings a second' "$(curve "$1" 2 '')"
        panel 'restart after kill -9 until all are told, ms' "$(curve "$1" 5 '')"
        panel 'times that it wakes a second, no traffic' "$(curve "$1" 6 '')"
        echo 'set logscale y; set yrange [10:*]'
        panel 'bytes a binding' \
            "$(curve "$1" 3 'anonymous memory'), $(curve "$1" 4 'with BPF maps and store')"
    } | gnuplot
}

# curve FILE COLUMN NAME. gnuplot refuses a file without a point.
curve() {
    if cut -d ' ' -f "$2" "$1" | grep -qv '^-$'; then
        printf "'%s' using 1:%d title '%s' pointtype 7" "$1" "$2" "$3"
    else
        printf -- "-1 title 'not measured'"
    fi
}

# panel TITLE CURVES
panel() {
    printf "set title '%s'\nplot [500:2e7] %s\n" "$1" "$2"
}

main "$@"
