/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* journald's prefixes are syslog's severities. */
static const struct {
	const char *word;
	const char *journal;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", "<3>"},
	[LOG_LEVEL_WARNING] = {"warning", "<4>"},
	[LOG_LEVEL_INFO] = {"info", "<6>"},
	[LOG_LEVEL_DEBUG] = {"debug", "<7>"},
};

static enum log_level highest = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	highest = level;
}

bool log_level_parse(const char *word, enum log_level *ret)
{
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
		if (strcmp(word, levels[i].word) == 0) {
			*ret = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* A token bucket: LOG_BURST at once, refilled in a minute. */
static bool budget_spend(struct log_budget *budget)
{
	unsigned long long now = clock_boot();

	if (budget->at == 0)
		budget->left = LOG_BURST;
	else
		budget->left += (double)(now - budget->at) / NS_PER_SECOND * LOG_BURST / 60;
	if (budget->left > LOG_BURST)
		budget->left = LOG_BURST;
	budget->at = now;

	if (budget->left < 1) {
		budget->suppressed++;
		return false;
	}
	budget->left--;
	return true;
}

void log_write(enum log_level level, struct log_budget *budget, const char *format, ...)
{
	char line[1024];
	va_list arguments;

	if (level > highest || !budget_spend(budget))
		return;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);

	const char *prefix = getenv("JOURNAL_STREAM") ? levels[level].journal : "";
	if (budget->suppressed)
		fprintf(stderr, "%s%s: %s suppressed=%u\n", prefix, levels[level].word, line, budget->suppressed);
	else
		fprintf(stderr, "%s%s: %s\n", prefix, levels[level].word, line);
	budget->suppressed = 0;
}
