#!/usr/bin/env bash
# Each fuzz target over its corpus, and a few seconds beyond.
#
# Campaigns are longer, and keep what they learn in a folder of their own:
#
#   make fuzzers && mkdir -p learned && build/fuzz/NAME -max_len=4096 -runs=20000000 learned tests/fuzz/corpus/NAME
#
# What a target finds is written to crash-*; build/fuzz/NAME crash-* runs that again, and says what is wrong with it. `frame`
# loads the kernel's program, and so needs root; it runs some 60,000 frames a second. Its seeds are made by corpus/frames,
# those of the others by corpus/generate.c.
set -euo pipefail
cd "$(dirname "$0")/../.."

SECONDS_EACH=5
NEED_ROOT=' frame '

mapfile -t targets < <(basename -s .c tests/fuzz/*.c)
echo "1..${#targets[@]}"
make -s fuzzers >&2

# What a target finds is written where it runs, and what it learns stays out of the tree's corpus.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0 number=0
for target in "${targets[@]}"; do
    number=$((number + 1))
    if [[ $NEED_ROOT == *" $target "* ]] && ((EUID != 0)); then
        echo "ok $number - $target # SKIP needs root: the kernel runs the program"
        continue
    fi
    mkdir "$work/$target"
    if build/fuzz/"$target" -max_total_time="$SECONDS_EACH" -max_len=4096 -artifact_prefix="$work/" \
        "$work/$target" "tests/fuzz/corpus/$target" >"$work/log" 2>&1; then
        echo "ok $number - $target: $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\).*/\1 inputs in \2 s/p' "$work/log")"
    else
        echo "not ok $number - $target"
        tail -n 40 "$work/log" >&2
        status=1
    fi
done
exit "$status"
