#!/usr/bin/env bash
# Each fuzz target over its corpus, and a few seconds beyond. Campaigns are longer: build/fuzz/NAME tests/fuzz/corpus/NAME
set -euo pipefail
cd "$(dirname "$0")/../.."

SECONDS_EACH=5

mapfile -t targets < <(basename -s .c tests/fuzz/*.c)
echo "1..${#targets[@]}"
make -s fuzzers >&2

# What a target finds is written where it runs, and what it learns stays out of the tree's corpus.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0 number=0
for target in "${targets[@]}"; do
    number=$((number + 1))
    mkdir "$work/$target"
    if build/fuzz/"$target" -max_total_time="$SECONDS_EACH" -max_len=4096 -artifact_prefix="$work/" \
        "$work/$target" "tests/fuzz/corpus/$target" >"$work/log" 2>&1; then
        echo "ok $number - $target: $(grep -o 'Done [0-9]* runs' "$work/log")"
    else
        echo "not ok $number - $target"
        tail -n 40 "$work/log" >&2
        status=1
    fi
done
exit "$status"
