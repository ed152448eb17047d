/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does the agent speak to its operator? One line an event, `event key=value ...`, to standard error, with
 * journald's level prefix when journald listens.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

void log_set_level(enum log_level level);
bool log_level_parse(const char *word, enum log_level *ret);

/*
 * Each place in the code that logs has a budget of its own, so that no peer can fill the disk: a burst of
 * LOG_BURST lines, then LOG_BURST a minute; how many were left out is said with the next line.
 */
#define LOG_BURST 20

struct log_budget {
	double left;
	unsigned long long at; /* ns, CLOCK_BOOTTIME; 0: not used yet */
	unsigned suppressed;
};

void log_write(enum log_level level, struct log_budget *budget, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define LOG_AT(level, ...)                                                                                             \
	do {                                                                                                           \
		static struct log_budget budget_;                                                                      \
		log_write(level, &budget_, __VA_ARGS__);                                                               \
	} while (0)

#define log_error(...) LOG_AT(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) LOG_AT(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) LOG_AT(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) LOG_AT(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
