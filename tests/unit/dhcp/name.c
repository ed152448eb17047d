/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names are taken, and why is each other one refused? */
#include <errno.h>

#include "../unit.h"
#include "dhcp/name.h"
#include "hex.h"

static void assert_name(const char *wire, const char *text, size_t extra)
{
	uint8_t buffer[HEX_MAX];
	struct name name;
	size_t behind = 999;
	enum discard_reason reason = DISCARD_COUNT;

	assert_int_equal(name_decode(hex(wire, buffer), &name, &behind, &reason), 0);
	assert_string_equal(name.text, text);
	assert_int_equal(name.length, strlen(text));
	assert_int_equal(behind, extra);
	assert_int_equal(reason, DISCARD_COUNT);
}

/* Refused for this reason, and nothing else is touched. */
static void assert_refused(const char *wire, enum discard_reason why)
{
	uint8_t buffer[HEX_MAX];
	struct name name = {.length = 3, .text = "old"};
	size_t extra = 999;
	enum discard_reason reason = DISCARD_COUNT;

	assert_int_equal(name_decode(hex(wire, buffer), &name, &extra, &reason), -EINVAL);
	assert_string_equal(discard_word(reason), discard_word(why));
	assert_string_equal(name.text, "old");
	assert_int_equal(extra, 999);
}

static void takes_names(void **state)
{
	(void)state;
	assert_name("04 646f7473 07 6578616d706c65 03 636f6d 00", "dots.example.com", 0);
	assert_name("04 444f5453 07 4578414d706c45 03 436f6d 00", "dots.example.com", 0);
	assert_name("01 61 00", "a", 0);
	assert_name("02 3161 05 5f642d5f 7a 00", "1a._d-_z", 0);
	assert_name("02 3039 04 5a7a4161 00", "09.zzaa", 0);
	assert_name("02 3132 03 307831 00", "12.0x1", 0);
}

static void counts_what_follows_the_first_name(void **state)
{
	(void)state;
	assert_name("01 61 00 01 62 00", "a", 3);
	assert_name("01 61 00 00", "a", 1);
	assert_name("01 61 00 c0 ff*200", "a", 201);
}

static void equal_names_are_equal_bytes(void **state)
{
	uint8_t buffer[HEX_MAX];
	struct name a, b;
	size_t extra;
	enum discard_reason reason;

	(void)state;
	memset(&a, 0xff, sizeof a);
	memset(&b, 0, sizeof b);
	assert_int_equal(name_decode(hex("02 6162 00", buffer), &a, &extra, &reason), 0);
	assert_int_equal(name_decode(hex("02 4162 00", buffer), &b, &extra, &reason), 0);
	assert_memory_equal(&a, &b, sizeof a);
}

static void a_name_has_255_octets_at_most(void **state)
{
	(void)state;
	assert_name("3f 61*63 3f 61*63 3f 61*63 3d 61*61 00",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		    0);
	assert_refused("3f 61*63 3f 61*63 3f 61*63 3e 61*62 00", DISCARD_name_long);
	assert_refused("3f 61*63 3f 61*63 3f 61*63 3d 61*61 01 61 00", DISCARD_name_long);
	/* As much as DHCPv4's option holds, and no root label. */
	assert_refused("3f 61*63 3f 61*63 3f 61*63 3e 61*62", DISCARD_name_long);
}

static void each_refusal_has_its_reason(void **state)
{
	static const struct {
		const char *wire;
		enum discard_reason why;
	} refused[] = {
		{"", DISCARD_name_empty},
		{"00", DISCARD_name_root},
		{"00 01 61 00", DISCARD_name_root},
		{"04 646f7473", DISCARD_name_unterminated},
		{"04 646f74", DISCARD_name_unterminated},
		{"3f", DISCARD_name_unterminated},
		{"04 646f7473 c000", DISCARD_name_compressed},
		{"c0", DISCARD_name_compressed},
		{"ff ff*255", DISCARD_name_compressed},
		{"40", DISCARD_name_label_type},
		{"40 00", DISCARD_name_label_type},
		{"7f 61*126", DISCARD_name_label_type},
		{"bf 00*190", DISCARD_name_label_type},
		{"40 61*64 00", DISCARD_name_label_long},
		{"7f 61*127", DISCARD_name_label_long},
		{"bf 61*191", DISCARD_name_label_long},
		{"01 2e 00", DISCARD_name_octet},
		{"03 612e62 00", DISCARD_name_octet},
		{"02 6100 00", DISCARD_name_octet},
		{"02 6120 00", DISCARD_name_octet},
		{"02 611b 00", DISCARD_name_octet},
		{"02 6180 00", DISCARD_name_octet},
		{"02 610a 00", DISCARD_name_octet},
		{"01 2a 00", DISCARD_name_octet},
		{"02 2d61 00", DISCARD_name_hyphen},
		{"02 612d 00", DISCARD_name_hyphen},
		{"01 61 02 2d61 00", DISCARD_name_hyphen},
		{"01 2d 00", DISCARD_name_hyphen},
		{"01 31 00", DISCARD_name_numeric},
		{"0a 30313233343536373839 00", DISCARD_name_numeric},
		{"03 313932 01 30 01 32 01 31 00", DISCARD_name_numeric}, /* 192.0.2.1 */
		{"04 646f7473 01 31 00", DISCARD_name_numeric},
		{"01 31 00 01 61 00", DISCARD_name_numeric},
	};

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_refused(refused[i].wire, refused[i].why);
}

/* Of all 256 octets those of host names, and the underscore, may be in a label. */
static void every_other_octet_is_refused(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t wire[] = {3, 'a', (uint8_t)octet, 'b', 0};
		struct name name;
		size_t extra;
		enum discard_reason reason;
		bool fine = octet && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", octet);

		int r = name_decode((struct bytes){wire, sizeof wire}, &name, &extra, &reason);
		assert_int_equal(r, fine ? 0 : -EINVAL);
		if (r < 0)
			assert_int_equal(reason, DISCARD_name_octet);
	}
}

static void text_is_told_apart(void **state)
{
	static const char *const texts[] = {
		"646f74732e6578616d706c652e636f6d",         /* dots.example.com: no length is 'd' */
		"646f74732e6578616d706c652e636f6d 00",      /* and a NUL */
		"646f74732e6578616d706c652e636f6d 2e",      /* and a dot */
		"31646f74732e6578616d706c652e636f6d",       /* 1dots.example.com: 49 could be a length */
		"2d*60",                                    /* 45 could be a length, and as many octets follow */
		"646f7473",                                 /* dots */
		"3139322e302e322e31",                       /* 192.0.2.1 */
		"61*120",                                   /* so many octets follow that 97 could be a length */
		"5f646f74732e5f7463702e6578616d706c652e6f", /* _dots._tcp.example.o */
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_refused(texts[i], DISCARD_name_ascii);
	assert_refused("64206f7473", DISCARD_name_label_type);
	assert_refused("00 00", DISCARD_name_root);
	/* A label may well be 48 octets long, and that is an ASCII digit. */
	assert_name("30 61*48 00", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0);
}

static void assert_parsed(struct bytes text, const char *expected)
{
	struct name name = {.length = 3, .text = "old"};
	enum discard_reason reason = DISCARD_COUNT;

	assert_int_equal(name_parse(text, &name, &reason), 0);
	assert_string_equal(name.text, expected);
	assert_int_equal(name.length, strlen(name.text));
	assert_int_equal(reason, DISCARD_COUNT);
}

/* Refused for this reason, and the name is left alone. */
static void assert_not_parsed(struct bytes text, enum discard_reason why)
{
	struct name name = {.length = 3, .text = "old"};
	enum discard_reason reason = DISCARD_COUNT;

	assert_int_equal(name_parse(text, &name, &reason), -EINVAL);
	assert_string_equal(discard_word(reason), discard_word(why));
	assert_string_equal(name.text, "old");
	assert_int_equal(name.length, 3);
}

#define TEXT(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static void parses_text(void **state)
{
	(void)state;
	assert_parsed(TEXT("example.net"), "example.net");
	assert_parsed(TEXT("Example.NET."), "example.net");
	assert_parsed(TEXT("example.net\0"), "example.net");
	assert_parsed(TEXT("example.net.\0\0"), "example.net");
	assert_parsed(TEXT("lan"), "lan");
	assert_parsed(TEXT("192.0.2.1.example"), "192.0.2.1.example");
}

static void refuses_text_that_is_no_name(void **state)
{
	uint8_t label[65], whole[260];
	enum discard_reason unused;

	(void)state;
	assert_not_parsed(TEXT(""), DISCARD_name_empty);
	assert_not_parsed(TEXT("\0"), DISCARD_name_empty);
	assert_not_parsed(TEXT("."), DISCARD_name_root);
	assert_not_parsed(TEXT(".\0"), DISCARD_name_root);
	assert_not_parsed(TEXT(".."), DISCARD_name_label_empty);
	assert_not_parsed(TEXT(".example.net"), DISCARD_name_label_empty);
	assert_not_parsed(TEXT("example..net"), DISCARD_name_label_empty);
	assert_not_parsed(TEXT("example.net.."), DISCARD_name_label_empty);
	assert_not_parsed(TEXT("exa mple.net"), DISCARD_name_octet);
	assert_not_parsed(TEXT("example.net\n"), DISCARD_name_octet);
	assert_not_parsed(TEXT("exa\0mple.net"), DISCARD_name_octet);
	assert_not_parsed(TEXT("7\007example\003net\0"), DISCARD_name_octet);
	assert_not_parsed(TEXT("-example.net"), DISCARD_name_hyphen);
	assert_not_parsed(TEXT("192.0.2.1"), DISCARD_name_numeric);
	assert_not_parsed(TEXT("192.0.2.1."), DISCARD_name_numeric);
	assert_not_parsed(TEXT("example.42"), DISCARD_name_numeric);
	assert_not_parsed(TEXT("42"), DISCARD_name_numeric);

	memset(label, 'a', sizeof label);
	assert_not_parsed((struct bytes){label, 64}, DISCARD_name_label_long);
	for (size_t i = 0; i < sizeof whole; i++)
		whole[i] = i % 2 ? '.' : 'a';
	assert_not_parsed((struct bytes){whole, 255}, DISCARD_name_long);
	assert_int_equal(name_parse((struct bytes){whole, 253}, &(struct name){0}, &unused), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_names),
		cmocka_unit_test(counts_what_follows_the_first_name),
		cmocka_unit_test(equal_names_are_equal_bytes),
		cmocka_unit_test(a_name_has_255_octets_at_most),
		cmocka_unit_test(each_refusal_has_its_reason),
		cmocka_unit_test(every_other_octet_is_refused),
		cmocka_unit_test(text_is_told_apart),
		cmocka_unit_test(parses_text),
		cmocka_unit_test(refuses_text_that_is_no_name),
	};

	return cmocka_run_group_tests_name("dhcp/name", tests, NULL, NULL);
}
