/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the fuzzers begin with? The unit tests' vectors, some whole messages, answers of DNS servers, and values of
 * the store, written as files. To be run again when a vector or the record's layout changes:
 *
 *   cc -D_GNU_SOURCE -Iuserspace -Iinclude tests/fuzz/corpus/generate.c userspace/dhcp/option.c -o build/generate
 *   build/generate tests/fuzz/corpus
 */
#include "../../unit/dhcp/record.h"
#include "../../unit/dhcp/vectors.h"
#include "../../unit/discovery/captures.h"
#include "dhcp/option.h"

static void write_file(const char *root, const char *folder, const char *id, struct bytes bytes)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s/%s", root, folder, id);
	FILE *file = fopen(path, "wb");
	if (!file || fwrite(bytes.data, 1, bytes.size, file) != bytes.size || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

/* A list of names, behind an octet that says whether it is compressed. */
static void write_list(const char *root, const char *id, const char *list)
{
	uint8_t buffer[HEX_MAX];

	write_file(root, "names", id, hex(list, buffer));
}

static void write_message(const char *root, const char *id, uint8_t family, uint8_t type, const char *options)
{
	union record_buffer buffer;

	record_make(&buffer, family, type, options);
	write_file(root, "message", id, record_bytes(&buffer));
}

/* The vector as a message, and its name, where it has one, by itself. */
static void write_vector(const char *root, const struct vector *vector)
{
	bool v4 = vector->family == DS_FAMILY_V4;
	uint8_t buffer[HEX_MAX];
	struct bytes name, options = hex(vector->options, buffer);

	write_message(root, vector->id, vector->family, v4 ? 5 : 7, vector->options);
	if (option_find(vector->family, options, v4 ? OPTION4_DOTS_NAME : OPTION6_DOTS_NAME, &name))
		write_file(root, "name", vector->id, name);
}

static const struct {
	const char *id;
	uint8_t family;
	uint8_t type;
	const char *options;
} messages[] = {
	{"ack", 4, 5,
	 "33 04 00000e10 36 04 c0000201 3a 04 00000708 3b 04 00000c4e 3d 07 01020000000001 06 08 c0000235 c0000236 "
	 "0f 0b 6578616d706c652e6e6574 d5 0d 07 6578616d706c65 03 6f7267 00 " V1_OPTION V4_OPTION},
	/* 119 in two instances, split in a pointer */
	{"ack-search-list", 4, 5,
	 "33 04 00000e10 77 10 07 6578616d706c65 03 6e6574 00 01 61 c0 77 06 00 03 6c616e 00 77 07 04 646f7473 c000"},
	{"nak", 4, 6, "36 04 c0000201"},
	{"release", 4, 7, "36 04 c0000201 3d 07 01020000000001"},
	{"decline", 4, 4, "32 04 0a000007 36 04 c0000201"},
	{"reply", 6, 7,
	 "0001 000a 0003 0001 020000000001 0002 000a 0003 0001 020000000053 "
	 "0003 0028 00000001 00000708 00000b40 0005 0018 20010db8 00*11 05 00000e10 00001c20 "
	 "0019 0029 00000001 00000708 00000b40 001a 0019 00000e10 00001c20 38 20010db8 0005 0000 00*8 "
	 "0017 0010 20010db8 00*11 53 0018 000d 07 6578616d706c65 03 6e6574 00 "
	 "0039 000d 07 6578616d706c65 03 6f7267 00 008d 0012 " DOTS_EXAMPLE_COM "008e 0010 20010db8 00*11 01"},
	{"reply-search-list", 6, 7, "0018 001c 07 6578616d706c65 03 6e6574 00 07 6578616d706c65 03 6f7267 00 01 61"},
	{"reply-stateless", 6, 7, "0020 0004 00001c20 008d 0012 " DOTS_EXAMPLE_COM},
	{"reply-no-binding", 6, 7, "0003 0012 00000001 00*8 000d 0002 0003"},
	{"reply-to-release", 6, 7, "000d 0002 0000"},
	{"reply-withdrawn", 6, 7, "0003 0028 00000001 00*8 0005 0018 20010db8 00*11 05 00*8"},
	{"release6", 6, 8, "0003 0028 00000001 00*8 0005 0018 20010db8 00*11 05 00*8"},
};

static const struct {
	const char *id;
	const char *list;
} lists[] = {
	{"plain", "00 07 6578616d706c65 03 6e6574 00 03 6c616e 00"},
	{"plain-pointer", "00 07 6578616d706c65 03 6e6574 00 c000"},
	{"rfc3397", "01 03 656e67 05 6170706c65 03 636f6d 00 09 6d61726b6574696e67 c004"},
	{"chain", "01 03 6e6574 00 07 6578616d706c65 c000 01 61 c005 01 62 c00f c013"},
	{"circle", "01 01 61 c003 01 62 c000"},
	{"self", "01 c000"},
	{"forward", "01 c002 01 61 00"},
	{"into-label", "01 07 6578616d706c65 00 c003 04 0161 0062 00 c00c"},
	{"long", "01 3f 61*63 3f 61*63 3f 61*63 00 3d 62*61 c000 3e 62*62 c000"},
	{"cut", "01 03 6e6574 00 01 61 c0"},
	{"text", "01 6578616d706c652e6e6574"},
	{"numeric", "01 03 313932 01 30 01 32 01 31 00 00 02 6120 00 01 61 00"},
};

/* The first octets of an input of the fuzzer of answers: an index into its types, and the message's own name. */
static void write_answer(const char *root, const char *id, uint16_t type, const char *message)
{
	static const uint16_t types[] = {DNS_A, DNS_AAAA, DNS_NAPTR, DNS_SRV, DNS_PTR};
	uint8_t buffer[2 + HEX_MAX] = {0};
	struct bytes bytes = hex(message, buffer + 2);

	while (types[buffer[0]] != type)
		buffer[0]++;
	write_file(root, "answer", id, (struct bytes){buffer, 2 + bytes.size});
}

#define DOTS_NET "04 646f7473 03 6e6574 00 "
#define CNAME_HEAD "0005 0001 0000000a "

static const struct {
	const char *id;
	uint16_t type;
	const char *message;
} hostile[] = {
	{"alias-loop", DNS_A, "1234 8180 0001 0001 0000 0000 " DOTS_NET "0001 0001 c00c " CNAME_HEAD "0002 c00c"},
	{"alias-chain", DNS_A,
	 "1234 8180 0001 0003 0000 0000 " DOTS_NET "0001 0001 c00c " CNAME_HEAD "0004 01 61 c011 c026 " CNAME_HEAD
	 "0004 01 62 c011 01 62 c011 0001 0001 0000003c 0004 c0000201"},
	{"pointer-loop", DNS_PTR,
	 "1234 8180 0001 0001 0000 0000 " DOTS_NET "000c 0001 c00c 000c 0001 0000003c 0002 c026"},
	{"pointer-forward", DNS_PTR,
	 "1234 8180 0001 0001 0000 0000 " DOTS_NET "000c 0001 c00c 000c 0001 0000003c 0004 c028 0000"},
	{"label-types", DNS_SRV,
	 "1234 8180 0001 0002 0000 0000 " DOTS_NET "0021 0001 c00c 0021 0001 0000003c 0009 0000 0000 0001 40 61 00 "
	 "c00c 0021 0001 0000003c 0009 0000 0000 0001 80 61 00"},
	{"long-name", DNS_SRV,
	 "1234 8180 0000 0001 0000 0000 3f 78*63 3f 78*63 3f 78*63 3e 78*62 00 0021 0001 0000003c 0007 00*7"},
	{"compressed-srv", DNS_SRV,
	 "1234 81a0 0001 0001 0000 0000 " DOTS_NET "0021 0001 c00c 0021 0001 0000003c 000a 0001 0002 1226 01 61 c011"},
	{"compressed-naptr", DNS_NAPTR,
	 "1234 81a0 0001 0001 0000 0000 " DOTS_NET "0023 0001 c00c 0023 0001 0000003c 000a 0001 0002 01 73 00 00 c00c"},
	{"naptr-trailing", DNS_NAPTR,
	 "1234 8180 0001 0001 0000 0000 " DOTS_NET "0023 0001 c00c 0023 0001 0000003c 0009 0001 0002 00 00 00 00 00"},
	{"counts", DNS_A,
	 "1234 8180 0001 0042 0000 0000 00 0001 0001 00 0001 0001 0000003c 0004 c0000201 00 0001 0001 0000003c 0004 "
	 "c0000202"},
};

/* Values of the store, without their checksums. */
#define STORED_HEAD(flags)                                                                                             \
	flags " 00000001 deadbeef 00000003 000003e8 000000e8d4a51000 00000e10 00000102 12345678 1122334455667788 "     \
	      "8877665544332211 "

static const struct {
	const char *id;
	const char *value;
} stored[] = {
	{"binding4", STORED_HEAD("04") "04 c0000201 0008 61636365737331 00 06 020000000001 01 20 00000e10 0a000005"},
	{"binding4-nobody", STORED_HEAD("00") "00 0001 00 01 61 00 00"},
	{"binding6", STORED_HEAD("03") "06 fe80 00*13 01 0002 61 00 0e 00010001 00*10 06 020000000001 02 80 00000e10 "
				       "20010db8 00*11 05 38 ffffffff 20010db8 00*12"},
	{"peerset", "04 06 75706c696e6b 07 61636365737331 02 04 c0000235 06 20010db8 00*11 53 01 0b "
		    "6578616d706c652e6e6574 10 646f74732e6578616d706c652e6e6574 0002 04 c0000201 06 20010db8 00*11 01"},
	{"peerset-no-offer", "06 00 00 00 00 00 0000"},
};

static void write_stored(const char *root, const char *id, const char *value)
{
	uint8_t buffer[HEX_MAX];

	write_file(root, "store", id, hex(value, buffer));
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	for (size_t i = 0; i < VECTOR_COUNT; i++)
		write_vector(argv[1], &vectors[i]);
	for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
		write_message(argv[1], messages[i].id, messages[i].family, messages[i].type, messages[i].options);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		write_list(argv[1], lists[i].id, lists[i].list);
	for (size_t i = 0; i < CAPTURE_COUNT; i++)
		write_answer(argv[1], captures[i].id, captures[i].type, captures[i].message);
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
		write_answer(argv[1], hostile[i].id, hostile[i].type, hostile[i].message);
	for (size_t i = 0; i < sizeof stored / sizeof stored[0]; i++)
		write_stored(argv[1], stored[i].id, stored[i].value);
	return 0;
}
