/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does a set of NAPTR records lead? The S-NAPTR walk (RFC 8973 6, RFC 3958; requirements 8.2):
 *
 *   1  one protocol at a time: only records that list it are followed, from the first set on, so what a set further
 *      down says of another protocol is never taken
 *   2  by ORDER, then by PREFERENCE
 *   3  what may not be used is skipped and counted
 *   4  "" leads to more NAPTR records, "s" to SRV records, "a" to addresses at the protocol's own port: of the
 *      replacement, as it is given
 */
#include "discovery/naptr.h"
#include "discovery/step.h"

static const struct way {
	enum step_kind kind;
	bool deeper;
} ways[] = {
	[NAPTR_NEXT] = {STEP_NAPTR, true},
	[NAPTR_SERVICE] = {STEP_TARGETS, false},
	[NAPTR_ADDRESSES] = {STEP_ADDRESSES, false},
};

/* Counts a record that may not be used. */
static bool skipped(struct walk_stats *stats, enum naptr_use use)
{
	unsigned *counters[NAPTR_USE_COUNT] = {
		[NAPTR_BAD_FLAGS] = &stats->skipped_flags,
		[NAPTR_BAD_REGEXP] = &stats->skipped_regexp,
		[NAPTR_BAD_REPLACEMENT] = &stats->skipped_replacement,
	};

	if (counters[use])
		++*counters[use];
	return counters[use];
}

static void follow(struct walk *walk, const struct step *step, const struct naptr *record)
{
	enum naptr_use use = naptr_use(record);
	struct step next = *step;

	if (skipped(&walk->stats, use))
		return;
	if (use == NAPTR_SERVICE && naptr_contradicts(&record->replacement, walk->terms->transport_label))
		walk->stats.transport_mismatch++;
	next.kind = ways[use].kind;
	next.name = record->replacement;
	next.port = walk->terms->port;
	next.depth = (uint8_t)(step->depth + ways[use].deeper);
	if (step->depth == 0) /* the first set */
		next.rank = naptr_rank(record);
	walk_lead(walk, &next);
}

void snaptr_open(struct walk *walk, const struct step *step, const struct answer *answer)
{
	const char *service = service_tags[walk->options.service], *protocol = protocol_word(walk->options.protocol);
	const struct naptr *records[ANSWER_RECORDS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < answer->count; i++) {
		if (naptr_matches(&answer->naptrs[i], service, protocol))
			records[count++] = &answer->naptrs[i];
	}
	naptr_sort(records, count);
	for (size_t i = 0; i < count; i++)
		follow(walk, step, records[i]);
}
