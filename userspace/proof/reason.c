/* SPDX-License-Identifier: BSD-2-Clause */
#include "proof/reason.h"

static const struct {
	const char *word, *advice;
	enum reason_class class;
} reasons[REASON_COUNT] = {
#define X(id, word, class, advice) {word, advice, REASON_CLASS_##class},
	PROOF_REASONS(X)
#undef X
};

const char *proof_reason_word(enum proof_reason reason)
{
	return reasons[reason].word;
}

const char *proof_reason_advice(enum proof_reason reason)
{
	return reasons[reason].advice;
}

enum reason_class proof_reason_class(enum proof_reason reason)
{
	return reasons[reason].class;
}

bool proof_reason_backtracks(enum proof_reason reason)
{
	return reasons[reason].class == REASON_CLASS_REFUSED || reasons[reason].class == REASON_CLASS_UNREACHABLE;
}
