/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses come out of a DNS answer, whatever its bytes? */
#include <arpa/nameser.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "discovery/answer.h"

/* An answer under construction: names are written uncompressed. */
struct packet {
	uint8_t data[4096];
	size_t size;
};

static void put(struct packet *packet, const void *data, size_t size)
{
	memcpy(packet->data + packet->size, data, size);
	packet->size += size;
}

static void put16(struct packet *packet, unsigned value)
{
	put(packet, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void put_name(struct packet *packet, const char *name)
{
	while (*name) {
		uint8_t length = (uint8_t)strcspn(name, ".");
		put(packet, &length, 1);
		put(packet, name, length);
		name += length + (name[length] == '.');
	}
	put(packet, "", 1);
}

static void start(struct packet *packet, const char *name, unsigned answers)
{
	packet->size = 0;
	put(packet, "\x12\x34\x81\x80\x00\x01", 6);
	put16(packet, answers);
	put(packet, "\0\0\0\0", 4);
	put_name(packet, name);
	put(packet, "\x00\x1c\x00\x01", 4);
}

static void put_record(struct packet *packet, const char *owner, unsigned type, uint32_t ttl, const void *data,
		       unsigned size)
{
	put_name(packet, owner);
	put16(packet, type);
	put16(packet, ns_c_in);
	put16(packet, ttl >> 16);
	put16(packet, ttl & 0xffff);
	put16(packet, size);
	put(packet, data, size);
}

static void put_alias(struct packet *packet, const char *owner, uint32_t ttl, const char *target)
{
	struct packet name = {0};

	put_name(&name, target);
	put_record(packet, owner, ns_t_cname, ttl, name.data, (unsigned)name.size);
}

static int read_answer(const struct packet *packet, int type, struct answer *ret)
{
	return answer_read((struct bytes){packet->data, packet->size}, "dots.example.com", type, ret);
}

static void test_addresses(void **state)
{
	struct packet packet;
	struct answer answer;

	(void)state;
	start(&packet, "dots.example.com", 3);
	put_record(&packet, "DOTS.Example.COM", ns_t_a, 600, "\xc0\x00\x02\x01", 4);
	put_record(&packet, "dots.example.com", ns_t_a, 300, "\xc0\x00\x02\x02", 4);
	put_record(&packet, "dots.example.com", ns_t_txt, 1, "\0", 1); /* no part of it: neither is its TTL */
	assert_int_equal(read_answer(&packet, ns_t_a, &answer), 0);
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.addresses[0].family, 4);
	assert_memory_equal(answer.addresses[1].bytes, "\xc0\x00\x02\x02", 4);
	assert_int_equal(answer.ttl, 300);

	assert_int_equal(read_answer(&packet, ns_t_aaaa, &answer), 0);
	assert_int_equal(answer.count, 0);
}

static void test_other_owner(void **state)
{
	struct packet packet;
	struct answer answer;

	(void)state;
	start(&packet, "dots.example.com", 1);
	put_record(&packet, "evil.example.com", ns_t_a, 600, "\xc0\x00\x02\x01", 4);
	assert_int_equal(read_answer(&packet, ns_t_a, &answer), 0);
	assert_int_equal(answer.count, 0);
}

static void test_wrong_sizes(void **state)
{
	struct packet packet;
	struct answer answer;

	(void)state;
	start(&packet, "dots.example.com", 2);
	put_record(&packet, "dots.example.com", ns_t_a, 600, "\xc0\x00\x02\x01\x05", 5);
	put_record(&packet, "dots.example.com", ns_t_aaaa, 600, "\xc0\x00\x02\x01", 4);
	assert_int_equal(read_answer(&packet, ns_t_a, &answer), 0);
	assert_int_equal(answer.count, 0);
	assert_int_equal(read_answer(&packet, ns_t_aaaa, &answer), 0);
	assert_int_equal(answer.count, 0);
}

static void test_aliases(void **state)
{
	struct packet packet;
	struct answer answer;

	(void)state;
	start(&packet, "dots.example.com", 3);
	put_record(&packet, "b.example.net", ns_t_aaaa, 500, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	put_alias(&packet, "a.example.net", 10, "b.example.net");
	put_alias(&packet, "dots.example.com", 400, "A.example.net");
	assert_int_equal(read_answer(&packet, ns_t_aaaa, &answer), 0);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.addresses[0].family, 6);
	assert_int_equal(answer.ttl, 10); /* the alias is part of the way */
}

static void test_alias_loop(void **state)
{
	struct packet packet;
	struct answer answer;

	(void)state;
	start(&packet, "dots.example.com", 2);
	put_alias(&packet, "dots.example.com", 400, "a.example.net");
	put_alias(&packet, "a.example.net", 400, "dots.example.com");
	assert_int_equal(read_answer(&packet, ns_t_a, &answer), -ELOOP);
}

static void chain(struct packet *packet, int length)
{
	char from[32] = "dots.example.com", to[32];

	start(packet, from, (unsigned)length + 1);
	for (int i = 0; i < length; i++) {
		snprintf(to, sizeof to, "n%d.example.com", i);
		put_alias(packet, from, 400, to);
		strcpy(from, to);
	}
	put_record(packet, from, ns_t_a, 600, "\xc0\x00\x02\x01", 4);
}

static void test_chain_length(void **state)
{
	struct packet packet;
	struct answer answer;

	(void)state;
	chain(&packet, ANSWER_CNAMES_MAX);
	assert_int_equal(read_answer(&packet, ns_t_a, &answer), 0);
	assert_int_equal(answer.count, 1);
	chain(&packet, ANSWER_CNAMES_MAX + 1);
	assert_int_equal(read_answer(&packet, ns_t_a, &answer), -ELOOP);
}

static void test_more_than_is_kept(void **state)
{
	struct packet packet;
	struct answer answer;

	(void)state;
	start(&packet, "dots.example.com", ANSWER_ADDRESSES_MAX + 5);
	for (int i = 0; i < ANSWER_ADDRESSES_MAX + 5; i++)
		put_record(&packet, "dots.example.com", ns_t_a, 600, "\xc0\x00\x02\x01", 4);
	assert_int_equal(read_answer(&packet, ns_t_a, &answer), 0);
	assert_int_equal(answer.count, ANSWER_ADDRESSES_MAX);
}

/* Cut anywhere, or with any octet changed: refused or read, never past its end (the sanitizers watch). */
static void test_broken(void **state)
{
	struct packet packet, broken;
	struct answer answer;

	(void)state;
	start(&packet, "dots.example.com", 2);
	put_alias(&packet, "dots.example.com", 400, "a.example.net");
	put_record(&packet, "a.example.net", ns_t_a, 600, "\xc0\x00\x02\x01", 4);
	for (size_t size = 0; size < packet.size; size++) {
		uint8_t *exact = malloc(size ? size : 1);
		memcpy(exact, packet.data, size);
		assert_int_equal(answer_read((struct bytes){exact, size}, "dots.example.com", ns_t_a, &answer),
				 -EBADMSG);
		free(exact);
	}
	for (size_t at = 0; at < packet.size; at++) {
		broken = packet;
		for (unsigned value = 0; value < 256; value++) {
			broken.data[at] = (uint8_t)value;
			read_answer(&broken, ns_t_a, &answer);
			assert_true(answer.count <= 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),         cmocka_unit_test(test_other_owner),
		cmocka_unit_test(test_wrong_sizes),       cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_alias_loop),        cmocka_unit_test(test_chain_length),
		cmocka_unit_test(test_more_than_is_kept), cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
