#!/usr/bin/env bash
# Is the tree in style? One test; what is wrong is told on standard error.
set -euo pipefail
cd "$(dirname "$0")/../.."

echo 1..1
if output=$(scripts/lint 2>&1); then
    echo 'ok 1 - make lint'
else
    printf '%s\n' "$output" >&2
    echo 'not ok 1 - make lint'
    exit 1
fi
