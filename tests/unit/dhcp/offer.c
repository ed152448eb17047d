/* SPDX-License-Identifier: BSD-2-Clause */
/* Does each vector give its offer, and is every discard told with its reason? */
#include "../unit.h"
#include "dhcp/offer.h"
#include "hex.h"
#include "vectors.h"

/* Appends a word to a list with blanks between. */
static void append(char *list, size_t size, const char *word)
{
	size_t length = strlen(list);

	snprintf(list + length, size - length, "%s%s", length ? " " : "", word);
}

static void assert_vector(const struct vector *vector, const struct offer *offer)
{
	char addresses[4096] = "", discards[4096] = "", text[ADDRESS_TEXT_SIZE];

	for (size_t i = 0; i < offer->address_count; i++)
		append(addresses, sizeof addresses, address_text(&offer->addresses[i], text));
	for (size_t i = 0; i < offer->discarded_count; i++)
		append(discards, sizeof discards, discard_word(offer->discarded[i].reason));

	print_message("# %s\n", vector->id);
	assert_string_equal(offer->name.text, vector->name);
	assert_int_equal(offer->name.length, strlen(vector->name));
	assert_string_equal(addresses, vector->addresses);
	assert_string_equal(discards, vector->discards);
	for (size_t i = 0; i < offer->address_count; i++)
		assert_int_equal(offer->addresses[i].family, vector->family);
}

static void add_discards(const struct offer *offer, uint32_t *total)
{
	size_t sum = 0;

	for (size_t i = 0; i < DISCARD_COUNT; i++) {
		total[i] += offer->discards[i];
		sum += offer->discards[i];
	}
	assert_int_equal(sum, offer->discarded_count);
}

/* More addresses than are kept, which no DHCP message can hold: 513 in one option of DHCPv6. */
static void decode_excess(struct offer *offer)
{
	static uint8_t options[4 + (OFFER_ADDRESSES_MAX + 1) * 16] = {0, 142, (sizeof options - 4) >> 8,
								      (sizeof options - 4) & 0xff};

	for (size_t i = 0; i <= OFFER_ADDRESSES_MAX; i++) {
		options[4 + i * 16] = 0x20;
		options[4 + i * 16 + 14] = (uint8_t)(i >> 8);
		options[4 + i * 16 + 15] = (uint8_t)i;
	}
	offer_decode(6, (struct bytes){options, sizeof options}, offer);
}

/* A reason under which domains alone are discarded, compressed or in text. */
static bool is_of_domains(enum discard_reason reason)
{
	return reason == DISCARD_name_pointer || reason == DISCARD_name_label_empty ||
	       reason >= DISCARD_domain_single_label;
}

static void vectors_give_their_offers(void **state)
{
	uint32_t total[DISCARD_COUNT] = {0};
	uint8_t buffer[HEX_MAX];
	static struct offer offer;

	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		const struct vector *vector = &vectors[i];
		memset(&offer, 0xff, sizeof offer);
		offer_decode(vector->family, hex(vector->options, buffer), &offer);
		assert_vector(vector, &offer);
		add_discards(&offer, total);
	}
	decode_excess(&offer);
	add_discards(&offer, total);

	for (enum discard_reason reason = 0; reason < DISCARD_COUNT; reason++)
		if (!total[reason] && !is_of_domains(reason))
			fail_msg("no vector is discarded as %s", discard_word(reason));
}

static void excess_is_counted(void **state)
{
	static struct offer offer;

	(void)state;
	decode_excess(&offer);
	assert_int_equal(offer.address_count, OFFER_ADDRESSES_MAX);
	assert_int_equal(offer.addresses[OFFER_ADDRESSES_MAX - 1].bytes[14], 1);
	assert_int_equal(offer.addresses[OFFER_ADDRESSES_MAX - 1].bytes[15], 0xff);
	assert_int_equal(offer.discards[DISCARD_addresses_excess], 1);
	assert_int_equal(offer.discarded[0].address.bytes[14], 2);
}

static void all_are_counted_some_are_told(void **state)
{
	uint8_t buffer[HEX_MAX];
	static struct offer offer;

	(void)state;
	offer_decode(4, hex("94 fc 7f*252", buffer), &offer);
	assert_int_equal(offer.discards[DISCARD_loopback], 63);
	assert_int_equal(offer.discarded_count, 63);
	assert_int_equal(offer.discarded[OFFER_DISCARDS_KEPT - 1].reason, DISCARD_loopback);
	assert_int_equal(offer.discarded[OFFER_DISCARDS_KEPT - 1].address.bytes[3], 0x7f);
}

/* Which options make a message speak of DOTS at all? */
static void presence(void **state)
{
	static const struct {
		uint8_t family;
		bool present;
		const char *options;
	} cases[] = {
		{4, false, ""},          {6, false, ""},         {4, false, "33 04 00000e10"}, {4, false, "8d 02 0161"},
		{4, true, "93 00"},      {4, true, "94 00"},     {6, true, "008d 0000"},       {6, true, "008e 0000"},
		{6, false, "0093 0000"}, {4, false, "93 05 00"},
	};
	uint8_t buffer[HEX_MAX];
	static struct offer offer;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		offer_decode(cases[i].family, hex(cases[i].options, buffer), &offer);
		assert_int_equal(offer.present, cases[i].present);
	}
}

static void a_discard_shows_what_it_was(void **state)
{
	uint8_t buffer[HEX_MAX];
	struct bytes options;
	static struct offer offer;

	(void)state;
	options = hex("93 06 016100 0162 00 93 02 6363 94 03 c00002 94 02 0102", buffer);
	offer_decode(4, options, &offer);
	assert_int_equal(offer.discarded_count, 3);
	assert_int_equal(offer.discarded[0].reason, DISCARD_duplicate_option);
	assert_ptr_equal(offer.discarded[0].bytes.data, options.data + 10);
	assert_int_equal(offer.discarded[0].bytes.size, 2);
	assert_int_equal(offer.discarded[1].reason, DISCARD_name_extra);
	assert_ptr_equal(offer.discarded[1].bytes.data, options.data + 5);
	assert_int_equal(offer.discarded[1].bytes.size, 3);
	assert_int_equal(offer.discarded[2].reason, DISCARD_option_length);
	assert_ptr_equal(offer.discarded[2].bytes.data, options.data + 14);
	assert_int_equal(offer.discarded[2].bytes.size, 3);
	assert_int_equal(offer.discarded[2].address.family, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_give_their_offers),     cmocka_unit_test(excess_is_counted),
		cmocka_unit_test(all_are_counted_some_are_told), cmocka_unit_test(presence),
		cmocka_unit_test(a_discard_shows_what_it_was),
	};

	return cmocka_run_group_tests_name("dhcp/offer", tests, NULL, NULL);
}
