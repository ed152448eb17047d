#!/usr/bin/env bash
# Do leases end when they should while the clock is set and the machine suspended? In a guest, whose clock is nobody else's.

set -euo pipefail

# The agent, what makes devices, and the objects that libxdp loads.
exec "${0%/*}/boot" 6.12 build/dotsnoopd "$(PATH=$PATH:/usr/sbin:/sbin command -v ip)" /usr/lib/x86_64-linux-gnu/bpf -- \
    build/tests/faults/clock
