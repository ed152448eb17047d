/* SPDX-License-Identifier: BSD-2-Clause */
/* Which words go with a reason, and which addresses are discarded? (RFC 8973 5.1.3 and 5.2.3, RFC 6890) */
#include "dhcp/discard.h"

#include "base/text.h"

#define WORD_SIZE 24

static const struct {
	const char *identifier;
	const char *help;
} reasons[] = {
#define X(id, help, rule) {#id, help " (" rule ")"},
	DISCARD_REASONS(X)
#undef X
};

#define X(id, help, rule) _Static_assert(sizeof #id <= WORD_SIZE, "room for the word");
DISCARD_REASONS(X)
#undef X

const char *discard_word(enum discard_reason reason)
{
	static char words[DISCARD_COUNT][WORD_SIZE];

	/* The preprocessor makes no '-': each word is made once, when it is first asked for. */
	if (!words[reason][0])
		text_word(reasons[reason].identifier, words[reason], WORD_SIZE);
	return words[reason];
}

const char *discard_help(enum discard_reason reason)
{
	return reasons[reason].help;
}

/* The first range that holds an address decides. */
static const struct range {
	uint8_t family;
	uint8_t length; /* bits */
	uint8_t bytes[16];
	enum discard_reason reason;
} ranges[] = {
	{4, 8, {127}, DISCARD_loopback},   {4, 4, {224}, DISCARD_multicast},
	{4, 8, {0}, DISCARD_unspecified},  {4, 32, {255, 255, 255, 255}, DISCARD_broadcast},
	{4, 4, {240}, DISCARD_reserved},   {6, 128, {[15] = 1}, DISCARD_loopback},
	{6, 8, {0xff}, DISCARD_multicast}, {6, 128, {0}, DISCARD_unspecified},
};

static bool range_holds(const struct range *range, const struct address *address)
{
	size_t whole = range->length / 8;
	uint8_t mask = (uint8_t)(0xff00 >> range->length % 8);

	if (range->family != address->family || memcmp(range->bytes, address->bytes, whole) != 0)
		return false;
	return mask == 0 || ((range->bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

/* RFC 4291 2.5.5.2: ::ffff:0:0/96 */
static struct address unmap(const struct address *address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (address->family == 6 && memcmp(address->bytes, mapped, sizeof mapped) == 0)
		return address_of((struct bytes){address->bytes + sizeof mapped, 4});
	return *address;
}

bool discard_address(const struct address *address, enum discard_reason *reason)
{
	struct address judged = unmap(address);

	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		if (range_holds(&ranges[i], &judged)) {
			*reason = ranges[i].reason;
			return true;
		}
	}
	return false;
}
