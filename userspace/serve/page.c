/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a person with a browser see? One page without scripts, pictures or anything from elsewhere. */
#include "serve/page.h"

#include <inttypes.h>

#include "serve/status.h"

static const char head[] =
	"<!doctype html>\n"
	"<html lang=\"en\">\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<meta http-equiv=\"refresh\" content=\"30\">\n"
	"<title>dotsnoop</title>\n"
	"<style>\n"
	":root { color-scheme: light dark }\n"
	"body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }\n"
	"h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem }\n"
	"p { margin: 0; opacity: .7 }\n"
	"table { border-collapse: collapse; font-variant-numeric: tabular-nums }\n"
	"th, td { padding: .15rem 1.5rem .15rem 0; text-align: left; border-bottom: 1px solid #8884 }\n"
	"th { font-weight: 600 } td.number { text-align: right; padding-right: 1.5rem }\n"
	"div { overflow-x: auto }\n"
	"</style>\n";

static void write_text(struct evbuffer *out, const char *text)
{
	for (; *text; text++) {
		bool plain = *text >= ' ' && *text <= '~' && !strchr("<>&\"'", *text);
		if (plain)
			evbuffer_add(out, text, 1);
		else
			evbuffer_add_printf(out, "&#%u;", (unsigned char)*text);
	}
}

static void write_cell(struct evbuffer *out, const char *text)
{
	evbuffer_add_printf(out, "<td>");
	write_text(out, text);
}

static void write_count(struct evbuffer *out, uint64_t count)
{
	evbuffer_add_printf(out, "<td class=\"number\">%" PRIu64, count);
}

static void write_row(struct evbuffer *out, const char *name, uint64_t count)
{
	evbuffer_add_printf(out, "<tr>");
	write_cell(out, name);
	write_count(out, count);
	evbuffer_add_printf(out, "\n");
}

static void write_head(struct evbuffer *out, const struct snapshot *snapshot)
{
	uint64_t minutes = snapshot->uptime / 60;

	evbuffer_add(out, head, sizeof head - 1);
	evbuffer_add_printf(out, "<h1>dotsnoop</h1>\n<p>version ");
	write_text(out, snapshot->version);
	evbuffer_add_printf(out, ", up %" PRIu64 " d %" PRIu64 " h %" PRIu64 " min</p>\n", minutes / 1440,
			    minutes / 60 % 24, minutes % 60);
}

static void write_tables(struct evbuffer *out, const struct snapshot *snapshot)
{
	evbuffer_add_printf(out, "<h2>Tables</h2>\n<table>\n");
	write_row(out, "bindings", snapshot->bindings);
	write_row(out, "circuits", snapshot->circuits);
	write_row(out, "offers", snapshot->offers);
	write_row(out, "peers", snapshot->peers);
	evbuffer_add_printf(out, "</table>\n");
}

static void write_ring(struct evbuffer *out, const struct snapshot *snapshot)
{
	evbuffer_add_printf(out, "<h2>Ring</h2>\n<table>\n");
	write_row(out, "bytes", snapshot->ring_size);
	write_row(out, "in use", snapshot->ring_used);
	write_row(out, "records lost", snapshot->ring_lost);
	evbuffer_add_printf(out, "</table>\n");
}

static void write_store(struct evbuffer *out, const struct store_stats *stats)
{
	evbuffer_add_printf(out, "<h2>Store</h2>\n<table>\n<tr><td>state");
	write_cell(out, store_state_word(stats->state));
	evbuffer_add_printf(out, "\n");
	if (stats->state != STORE_NONE) {
		write_row(out, "bytes on disk", stats->size);
		write_row(out, "bytes that wait to be written", stats->pending);
		write_row(out, "commits that failed", stats->failures);
	}
	evbuffer_add_printf(out, "</table>\n");
}

static void write_proofs(struct evbuffer *out, const struct snapshot *snapshot)
{
	evbuffer_add_printf(out, "<h2>Proofs</h2>\n<table>\n");
	if (snapshot->proofs.enabled) {
		write_row(out, "under way", snapshot->proofs.prober.in_flight);
		write_row(out, "that wait for their turn", snapshot->proofs.prober.waiting);
		write_row(out, "peers proven", snapshot_peers_in(snapshot, PEER_PROVEN));
		write_row(out, "peers refused", snapshot_peers_in(snapshot, PEER_REFUSED));
		write_row(out, "peers unreachable", snapshot_peers_in(snapshot, PEER_UNREACHABLE));
	} else {
		evbuffer_add_printf(out, "<tr><td>state<td>off\n");
	}
	evbuffer_add_printf(out, "</table>\n");
}

static void write_ports(struct evbuffer *out, const struct snapshot *snapshot)
{
	evbuffer_add_printf(out, "<h2>Ports</h2>\n<div><table>\n<tr><th>port<th>role<th>mode<th>XDP\n");
	for (const struct snapshot_port *shown = snapshot->ports; shown < snapshot->ports + snapshot->port_count;
	     shown++) {
		evbuffer_add_printf(out, "<tr>");
		write_cell(out, shown->port.key.name);
		write_cell(out, role_word(shown->port.key.role));
		write_cell(out, mode_word(shown->port.key.mode));
		write_cell(out, attach_mode_word(shown->port.attached));
		evbuffer_add_printf(out, "\n");
	}
	evbuffer_add_printf(out, "</table></div>\n");
}

/* Reasons down, ports across. */
static void write_frames(struct evbuffer *out, const struct snapshot *snapshot)
{
	evbuffer_add_printf(out, "<h2>Frames</h2>\n<div><table>\n<tr><th>reason");
	for (size_t i = 0; i < snapshot->port_count; i++) {
		evbuffer_add_printf(out, "<th>");
		write_text(out, snapshot->ports[i].port.key.name);
	}
	for (unsigned reason = 0; reason < DS_REASON_COUNT; reason++) {
		evbuffer_add_printf(out, "\n<tr>");
		evbuffer_add_printf(out, "<td title=\"");
		write_text(out, reason_help(reason));
		evbuffer_add_printf(out, "\">%s", reason_word(reason));
		for (size_t i = 0; i < snapshot->port_count; i++)
			write_count(out, snapshot->ports[i].frames[reason]);
	}
	evbuffer_add_printf(out, "\n</table></div>\n");
}

void page_write(struct evbuffer *out, const struct snapshot *snapshot)
{
	write_head(out, snapshot);
	write_tables(out, snapshot);
	write_proofs(out, snapshot);
	write_store(out, &snapshot->store);
	write_ports(out, snapshot);
	write_frames(out, snapshot);
	write_ring(out, snapshot);
	evbuffer_add_printf(out, "<p>All numbers: <a href=\"/metrics\">/metrics</a></p>\n</html>\n");
}
