/* SPDX-License-Identifier: BSD-2-Clause */
/* Are DNS names and messages read as they are meant, and hostile ones not at all? */
#include <errno.h>
#include <stdlib.h>

#include "../dhcp/hex.h"
#include "../unit.h"
#include "packet.h"

#define HEADER "000000000000000000000000 "
#define HEADER_SIZE 12
#define COUNT(array) (sizeof(array) / sizeof *(array))

#define X60 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X63 X60 "xxx"
#define X189 X63 "." X63 "." X63

static const struct {
	const char *text, *wire; /* NULL: refused */
} texts[] = {
	{".", "00"},
	{"a", "01 61 00"},
	{"a.", "01 61 00"},
	{"Example.NET.", "07 4578616d706c65 03 4e4554 00"},
	{"a\\.b.c", "03 612e62 01 63 00"},
	{"\\.", "01 2e 00"},
	{"\\\\", "01 5c 00"},
	{"\\032", "01 20 00"},
	{"\\000\\255", "02 00ff 00"},
	{"\\0651", "02 4131 00"},
	{"\\a", "01 61 00"},
	{"a b", "03 612062 00"},
	{"\xc3\xa4", "02 c3a4 00"},
	{X63, "3f 78*63 00"},
	{X189 "." X60, "3f 78*63 3f 78*63 3f 78*63 3c 78*60 00"},
	{X189 "." X60 "x", "3f 78*63 3f 78*63 3f 78*63 3d 78*61 00"}, /* 255 octets */
	{X189 "." X60 "xx", NULL},
	{X189 "." X60 ".y", NULL},
	{X63 "x", NULL},
	{X63 "\\120", NULL},
	{"", NULL},
	{"..", NULL},
	{"a..", NULL},
	{"a..b", NULL},
	{".a", NULL},
	{"\\", NULL},
	{"a\\", NULL},
	{"\\1", NULL},
	{"\\25", NULL},
	{"\\25x", NULL},
	{"\\256", NULL},
	{"\\999", NULL},
};

static void test_parse(void **state)
{
	uint8_t buffer[HEX_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct dns_name name = {.length = 0xee};
		int r = dns_name_parse(texts[i].text, &name);
		if (!texts[i].wire) {
			assert_int_equal(r, -EINVAL);
			assert_int_equal(name.length, 0xee);
			continue;
		}
		struct bytes wire = hex(texts[i].wire, buffer);
		assert_int_equal(r, 0);
		assert_int_equal(name.length, wire.size);
		assert_memory_equal(name.wire, wire.data, wire.size);
	}
}

static struct dns_name name_of(const char *text)
{
	struct dns_name name = {0};

	assert_int_equal(dns_name_parse(text, &name), 0);
	return name;
}

static void assert_text(const struct dns_name *name, const char *text)
{
	char buffer[DNS_TEXT_SIZE];

	assert_string_equal(dns_name_text(name, buffer), text);
}

static void test_text(void **state)
{
	struct dns_name none = {0}, root = name_of("."), name = name_of("Example.NET.");

	(void)state;
	assert_text(&none, "");
	assert_text(&root, ".");
	assert_true(dns_name_is_root(&root));
	assert_false(dns_name_is_root(&none));
	assert_false(dns_name_is_root(&name));
	assert_text(&name, "Example.NET");
	name = name_of("DOTS server\\.1._dots-signal._udp.example.net");
	assert_text(&name, "DOTS\\032server\\0461._dots-signal._udp.example.net");
	name = name_of("\"\\\\\x1b\x7f\xc3");
	assert_text(&name, "\\034\\092\\027\\127\\195");
}

/* Every octet, and the longest name of octets that need four characters each. */
static void test_round_trip(void **state)
{
	char text[DNS_TEXT_SIZE];

	(void)state;
	for (unsigned octet = 0; octet <= UINT8_MAX; octet++) {
		struct dns_name name = {6, {2, (uint8_t)octet, '7', 1, (uint8_t)octet, 0}};
		struct dns_name back = name_of(dns_name_text(&name, text));
		assert_memory_equal(&back, &name, sizeof name);
	}
	struct dns_name longest = name_of(X189 "." X60 "x");
	for (size_t i = 0; i < longest.length; i++)
		if (longest.wire[i] == 'x')
			longest.wire[i] = 0xff;
	assert_int_equal(strlen(dns_name_text(&longest, text)), 4 * (3 * 63 + 61) + 3);
	struct dns_name back = name_of(text);
	assert_memory_equal(&back, &longest, sizeof longest);
}

static void test_equal(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} pairs[] = {
		{"Example.NET", "eXAMPLE.net.", true},
		{"a-z_0", "A-Z_0", true},
		{".", ".", true},
		{".", "a", false},
		{"a\\.b", "a.b", false}, /* the same octets but for a length */
		{"a\\.b", "A\\046B", true},
		{"a\\001b", "a.b", false},
		{"@", "`", false}, /* beside the letters */
		{"[", "{", false},
		{"\\196", "\\228", false}, /* letters to Latin-1 alone */
		{"ab.c", "a.bc", false},
		{"a.b", "a.b.c", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct dns_name a = name_of(pairs[i].a), b = name_of(pairs[i].b);
		assert_int_equal(dns_name_equal(&a, &b), pairs[i].equal);
		assert_int_equal(dns_name_equal(&b, &a), pairs[i].equal);
	}
}

static void test_prepend(void **state)
{
	struct dns_name name = name_of("example.net"), root = name_of("."), none = {0}, unchanged = name;

	(void)state;
	assert_int_equal(dns_name_prepend("_udp", &name, &name), 0);
	assert_text(&name, "_udp.example.net");
	assert_int_equal(dns_name_prepend("a.b c", &root, &name), 0);
	assert_text(&name, "a\\046b\\032c");

	name = unchanged;
	assert_int_equal(dns_name_prepend("", &name, &name), -EINVAL);
	assert_int_equal(dns_name_prepend(X63 "x", &name, &name), -EINVAL);
	assert_int_equal(dns_name_prepend("a", &none, &name), -EINVAL);
	assert_memory_equal(&name, &unchanged, sizeof name);
	assert_int_equal(dns_name_prepend(X63, &name, &name), 0);
}

static void test_prepend_length(void **state)
{
	struct dns_name name = name_of(X189 "." X60), longer = name_of(X189), refused = {0};

	(void)state;
	assert_int_equal(name.length, 254);
	assert_int_equal(dns_name_prepend("a", &name, &refused), -EINVAL);
	assert_int_equal(refused.length, 0);
	assert_int_equal(longer.length, 193);
	assert_int_equal(dns_name_prepend(X60 "x", &longer, &name), 0);
	assert_int_equal(name.length, 255);
	assert_int_equal(dns_name_prepend(X60 "xx", &longer, &name), -EINVAL);
	assert_int_equal(dns_name_prepend("a", &name, &name), -EINVAL);

	name = name_of(".");
	for (int i = 0; i < DNS_LABELS_MAX; i++)
		assert_int_equal(dns_name_prepend("a", &name, &name), 0);
	assert_int_equal(name.length, 255);
	assert_int_equal(dns_name_prepend("a", &name, &name), -EINVAL);
}

/* The message as it is, in memory that ends where it ends: AddressSanitizer watches. */
static uint8_t *exact(struct bytes message)
{
	uint8_t *copy = malloc(message.size ? message.size : 1);

	assert_non_null(copy);
	if (message.size)
		memcpy(copy, message.data, message.size);
	return copy;
}

/* Behind a header of 12 octets, a name that begins at `at` and ends before `end` (0: the message's end). */
static const struct {
	const char *message;
	size_t at, end;
	const char *text; /* NULL: refused */
	long behind;
} names[] = {
	{"00", 12, 0, ".", 13},
	{"03 777777 00 ff", 12, 0, "www", 17},
	{"03 777777 00 ff", 12, 17, "www", 17},
	{"03 777777 00 ff", 12, 16, NULL, 0},
	{"03 777777 00 c00c", 17, 0, "www", 19},
	{"03 777777 00 01 61 c00c ff", 17, 0, "a.www", 21},
	{"01 61 00 01 62 c00c 01 63 c00f", 19, 0, "c.b.a", 23},
	{"01 61 00 c00c c00f c011", 19, 0, "a", 21}, /* a pointer to a pointer to a pointer */
	{"02 61", 12, 0, NULL, 0},
	{"01 61", 12, 0, NULL, 0},
	{"", 12, 0, NULL, 0},
	{"c0", 12, 0, NULL, 0},
	{"01 61 00 c00c", 15, 16, NULL, 0}, /* a pointer's second octet is beyond the end */
	{"c00c", 12, 0, NULL, 0},           /* to itself */
	{"01 61 c00c", 12, 0, NULL, 0},     /* in a circle */
	{"01 61 c010 01 62 c00c", 16, 0, NULL, 0},
	{"c00e c00c", 14, 0, NULL, 0},
	{"c00e 01 61 00", 12, 0, NULL, 0},       /* forward */
	{"01 61 c010 01 62 00", 12, 0, NULL, 0}, /* forward, behind a label */
	{"01 61 c00d 00", 12, 0, NULL, 0},       /* into its own label */
	{"00 c000", 13, 0, NULL, 0},             /* into the header */
	{"00 c00b", 13, 0, NULL, 0},
	{"00 c0ff", 13, 0, NULL, 0}, /* out of the message */
	{"00 ffff", 13, 0, NULL, 0},
	{"40 61 00", 12, 0, NULL, 0}, /* label types 01 and 10 */
	{"7f 61*127 00", 12, 0, NULL, 0},
	{"80 61*128 00", 12, 0, NULL, 0},
	{"bf 61*191 00", 12, 0, NULL, 0},
	{"3f 78*63 3f 78*63 3f 78*63 3d 78*61 00", 12, 0, X189 "." X60 "x", 12 + 255},
	{"3f 78*63 3f 78*63 3f 78*63 3e 78*62 00", 12, 0, NULL, 0},
	{"3f 78*63 3f 78*63 3f 78*63 00 3d 78*61 c00c", 205, 0, X60 "x." X189, 269},
	{"3f 78*63 3f 78*63 3f 78*63 00 3e 78*62 c00c", 205, 0, NULL, 0},
	{"3f 78*63 3f 78*63 3f 78*63 3f 78*63", 12, 0, NULL, 0},
};

static void test_name_at(void **state)
{
	char buffer[HEX_MAX];
	uint8_t octets[HEX_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(buffer, sizeof buffer, HEADER "%s", names[i].message);
		struct bytes message = hex(buffer, octets);
		struct dns_name name = {.length = 0xee};
		message.data = exact(message);
		long r = dns_name_at(message, names[i].at, names[i].end ? names[i].end : message.size, &name);
		if (names[i].text) {
			assert_int_equal(r, names[i].behind);
			assert_text(&name, names[i].text);
		} else {
			assert_int_equal(r, -EBADMSG);
			assert_int_equal(name.length, 0xee);
		}
		free((void *)message.data);
	}
}

static void test_name_nowhere(void **state)
{
	struct bytes root = {(const uint8_t *)"", 1};
	struct dns_name name;

	(void)state;
	assert_int_equal(dns_name_at((struct bytes){0}, 0, 0, &name), -EBADMSG);
	assert_int_equal(dns_name_at(root, 1, 1, &name), -EBADMSG);
	assert_int_equal(dns_name_at(root, 0, 2, &name), -EBADMSG);
	assert_int_equal(dns_name_at(root, SIZE_MAX, 1, &name), -EBADMSG);
}

/* 127 labels of one octet, each before a pointer to the one behind it; and pointers that are not worth following. */
static void test_many_pointers(void **state)
{
	static struct packet packet;
	struct dns_name name;
	size_t last = HEADER_SIZE;

	(void)state;
	start(&packet, FLAGS);
	put(&packet, "", 1);
	for (int i = 0; i < DNS_LABELS_MAX; i++) {
		size_t at = packet.size;
		put(&packet, "\1a", 2);
		put16(&packet, 0xc000 | (unsigned)last);
		last = at;
	}
	struct bytes message = {packet.data, packet.size};
	assert_int_equal(dns_name_at(message, last, message.size, &name), packet.size);
	assert_int_equal(name.length, DNS_NAME_MAX);

	start(&packet, FLAGS);
	put(&packet, "", 1);
	for (last = HEADER_SIZE; packet.size < 0x3000; last = packet.size - 2)
		put16(&packet, 0xc000 | (unsigned)last);
	message.size = packet.size;
	assert_int_equal(dns_name_at(message, last, message.size, &name), -EBADMSG);
}

static int open_packet(const struct packet *packet, struct dns_message *message)
{
	return dns_open((struct bytes){packet->data, packet->size}, message);
}

static void test_header(void **state)
{
	static struct packet packet;
	struct dns_message message;

	(void)state;
	start(&packet, 0x8000 | FLAG_TC | FLAG_AD | DNS_NXDOMAIN);
	assert_int_equal(open_packet(&packet, &message), 0);
	assert_int_equal(message.id, 0x1234);
	assert_int_equal(message.rcode, DNS_NXDOMAIN);
	assert_true(message.response && message.truncated && message.authenticated);
	assert_int_equal(message.questions, 0);
	assert_int_equal(message.asked.length, 0);

	start(&packet, 0x7ddf); /* all but those */
	put_question(&packet, "Example.net", DNS_NAPTR);
	put_question(&packet, "example.org", DNS_SRV);
	assert_int_equal(open_packet(&packet, &message), 0);
	assert_int_equal(message.rcode, 15);
	assert_false(message.response || message.truncated || message.authenticated);
	assert_int_equal(message.questions, 2);
	assert_text(&message.asked, "Example.net");
	assert_int_equal(message.asked_type, DNS_NAPTR);
	assert_int_equal(message.asked_class, DNS_CLASS_IN);
	assert_int_equal(message.at, packet.size);
}

/* A question of the root is a question. */
static void test_root_question(void **state)
{
	static struct packet packet;
	struct dns_message message;

	(void)state;
	start(&packet, FLAGS);
	put_question(&packet, "", DNS_A);
	put_question(&packet, "example.org", DNS_SRV);
	assert_int_equal(open_packet(&packet, &message), 0);
	assert_true(dns_name_is_root(&message.asked));
	assert_int_equal(message.asked_type, DNS_A);
}

static void test_no_header(void **state)
{
	static struct packet packet;
	struct dns_message message = {.id = 0xeeee};

	(void)state;
	start(&packet, FLAGS);
	for (packet.size = 0; packet.size < HEADER_SIZE; packet.size++)
		assert_int_equal(open_packet(&packet, &message), -EBADMSG);
	assert_int_equal(dns_open((struct bytes){0}, &message), -EBADMSG);

	set_count(&packet, 0, 1);
	assert_int_equal(open_packet(&packet, &message), -EBADMSG);
	put_question(&packet, "a", DNS_A);
	set_count(&packet, 0, 2);
	assert_int_equal(open_packet(&packet, &message), -EBADMSG);
	set_count(&packet, 0, 0xffff);
	assert_int_equal(open_packet(&packet, &message), -EBADMSG);
	assert_int_equal(message.id, 0xeeee);
}

static void test_records(void **state)
{
	static struct packet packet;
	struct dns_message message;
	struct dns_record record;

	(void)state;
	start(&packet, FLAGS);
	put_question(&packet, "a", DNS_A);
	put_record(&packet, DNS_ANSWER, "a", DNS_A, 0x7fffffff, "\xc0\x00\x02\x01", 4);
	put_record(&packet, DNS_ADDITIONAL, "", 41, 0x80000000, "", 0);
	put_record(&packet, DNS_ADDITIONAL, "b", DNS_TXT, 7, "\1x", 2);
	put(&packet, "behind", 6);
	assert_int_equal(open_packet(&packet, &message), 0);

	assert_int_equal(dns_next(&message, &record), 1);
	assert_int_equal(record.section, DNS_ANSWER);
	assert_text(&record.owner, "a");
	assert_int_equal(record.type, DNS_A);
	assert_int_equal(record.class, DNS_CLASS_IN);
	assert_int_equal(record.ttl, 0x7fffffff);
	assert_int_equal(record.data.size, 4);
	assert_memory_equal(record.data.data, "\xc0\x00\x02\x01", 4);
	assert_ptr_equal(record.data.data, packet.data + record.data_at);

	assert_int_equal(dns_next(&message, &record), 1);
	assert_int_equal(record.section, DNS_ADDITIONAL);
	assert_int_equal(record.ttl, 0); /* RFC 2181 8 */
	assert_int_equal(record.data.size, 0);
	assert_int_equal(dns_next(&message, &record), 1);
	assert_int_equal(record.type, DNS_TXT);
	assert_int_equal(dns_next(&message, &record), 0);
	assert_int_equal(dns_next(&message, &record), 0);
	assert_int_equal(packet.size - message.at, 6);
}

/* Reads all records. Returns how many, or what dns_open or dns_next returned. */
static int read_all(struct bytes bytes)
{
	struct dns_message message;
	struct dns_record record;
	int count = 0;

	bytes.data = exact(bytes);
	int r = dns_open(bytes, &message);
	if (r == 0)
		while ((r = dns_next(&message, &record)) == 1)
			count++;
	free((void *)bytes.data);
	return r < 0 ? r : count;
}

static void test_cut(void **state)
{
	static struct packet packet;

	(void)state;
	start(&packet, FLAGS);
	put_question(&packet, "a", DNS_A);
	put_record(&packet, DNS_ANSWER, "a", DNS_A, 1, "\xc0\x00\x02\x01", 4);
	put_record(&packet, DNS_AUTHORITY, "a", DNS_TXT, 1, "\1x", 2);
	assert_int_equal(read_all((struct bytes){packet.data, packet.size}), 2);
	for (size_t size = 0; size < packet.size; size++)
		assert_int_equal(read_all((struct bytes){packet.data, size}), -EBADMSG);
}

static void test_counts_that_lie(void **state)
{
	static struct packet packet;

	(void)state;
	for (unsigned index = 1; index <= 3; index++) {
		start(&packet, FLAGS);
		put_record(&packet, index - 1, "a", DNS_A, 1, "\xc0\x00\x02\x01", 4);
		assert_int_equal(read_all((struct bytes){packet.data, packet.size}), 1);
		set_count(&packet, index, 2);
		assert_int_equal(read_all((struct bytes){packet.data, packet.size}), -EBADMSG);
		set_count(&packet, index, 0xffff);
		assert_int_equal(read_all((struct bytes){packet.data, packet.size}), -EBADMSG);
		set_count(&packet, index, 0);
		assert_int_equal(read_all((struct bytes){packet.data, packet.size}), 0);
	}
}

static void test_data_past_the_end(void **state)
{
	static struct packet packet;

	(void)state;
	for (unsigned size = 5; size <= 0xffff; size += 1 + size) {
		start(&packet, FLAGS);
		put_record_head(&packet, DNS_ANSWER, "a", DNS_A, 1, size);
		put(&packet, "\xc0\x00\x02\x01", 4);
		assert_int_equal(read_all((struct bytes){packet.data, packet.size}), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),           cmocka_unit_test(test_text),
		cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_equal),
		cmocka_unit_test(test_prepend),         cmocka_unit_test(test_prepend_length),
		cmocka_unit_test(test_name_at),         cmocka_unit_test(test_name_nowhere),
		cmocka_unit_test(test_many_pointers),   cmocka_unit_test(test_header),
		cmocka_unit_test(test_root_question),   cmocka_unit_test(test_no_header),
		cmocka_unit_test(test_records),         cmocka_unit_test(test_cut),
		cmocka_unit_test(test_counts_that_lie), cmocka_unit_test(test_data_past_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
