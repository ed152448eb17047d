/* SPDX-License-Identifier: BSD-2-Clause */
/* What are things called? The words of the kernel side's tables. */
#include "base/text.h"
#include "fastpath/fastpath.h"

#define WORD_SIZE 32

const char *attach_mode_word(enum attach_mode mode)
{
	static const char *const words[] = {
#define X(id, word) [ATTACH_##id] = word,
		ATTACH_MODES(X)
#undef X
	};

	return words[mode];
}

const char *egress_mode_word(enum egress_mode mode)
{
	static const char *const words[] = {
#define X(id, word) [EGRESS_##id] = word,
		EGRESS_MODES(X)
#undef X
	};

	return words[mode];
}

const char *reason_word(enum ds_reason reason)
{
	static const char *const identifiers[] = {
#define X(id, help) [DS_REASON_##id] = #id,
		DS_REASONS(X)
#undef X
	};
	static char words[DS_REASON_COUNT][WORD_SIZE];

	return words[reason][0] ? words[reason] : text_word(identifiers[reason], words[reason], WORD_SIZE);
}

const char *reason_help(enum ds_reason reason)
{
	static const char *const helps[] = {
#define X(id, help) [DS_REASON_##id] = help,
		DS_REASONS(X)
#undef X
	};

	return helps[reason];
}
