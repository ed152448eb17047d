# shellcheck shell=bash
# The lab, for the scripts that raise one. Each part says at its head what it is.

PARTS=$ROOT/scripts/lab.d
# shellcheck source=state.sh
source "$PARTS/state.sh"
# shellcheck source=network.sh
source "$PARTS/network.sh"
# shellcheck source=servers.sh
source "$PARTS/servers.sh"
# shellcheck source=peers.sh
source "$PARTS/peers.sh"
# shellcheck source=clients.sh
source "$PARTS/clients.sh"
# shellcheck source=agent.sh
source "$PARTS/agent.sh"

# raise_lab [PORT]: the servers keep PORT's DOTS options to themselves.
raise_lab() {
    [[ -z ${1-} ]] || grep -qx "$1" <<<"$(access_ports)" || die "the lab has no access port $1"
    clear_away
    mkdir "$LAB"
    raise_network
    raise_servers "${1-}"
}
