/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which options must give which offer? The test vectors, shared by the unit tests and the fuzzers' seeds. V and N are
 * those of the project's requirements; X are further ones, each for a rule of its own.
 */
#ifndef TEST_VECTORS_H
#define TEST_VECTORS_H

#include <stdint.h>

/* "dots.example.com" and "dots.example.net" in wire format, 18 octets each. */
#define DOTS_EXAMPLE_COM "04 646f7473 07 6578616d706c65 03 636f6d 00 "
#define DOTS_EXAMPLE_NET "04 646f7473 07 6578616d706c65 03 6e6574 00 "

#define V1_OPTION "93 12 " DOTS_EXAMPLE_COM
#define V4_OPTION "94 08 c0000201 c0000202 "

struct vector {
	const char *id;
	uint8_t family;
	const char *options;   /* hex, see hex.h */
	const char *name;      /* "": none */
	const char *addresses; /* in order, blanks between */
	const char *discards;  /* words of reasons in order, blanks between */
};

static const struct vector vectors[] = {
	{"V1", 4, V1_OPTION, "dots.example.com", "", ""},
	{"V2", 4, V1_OPTION V4_OPTION, "dots.example.com", "192.0.2.1 192.0.2.2", ""},
	/* two names: the first alone */
	{"V3", 4, "93 24 " DOTS_EXAMPLE_COM DOTS_EXAMPLE_NET, "dots.example.com", "", "name-extra"},
	{"V4", 4, V4_OPTION, "", "192.0.2.1 192.0.2.2", ""},
	{"V5", 4, "94 10 7f000001 e0000001 c0000201 7ffffffe", "", "192.0.2.1", "loopback multicast loopback"},
	/* every address discarded: the name alone */
	{"V5b", 4, V1_OPTION "94 04 e00000fb", "dots.example.com", "", "multicast"},
	{"V6", 4, "93 10 646f74732e6578616d706c652e636f6d", "", "", "name-ascii"},
	/* split inside an address */
	{"V7", 4,
	 "94ffc6336401c6336402c6336403c6336404c6336405c6336406c6336407c6336408c6336409c633640ac633640bc633640c"
	 "c633640dc633640ec633640fc6336410c6336411c6336412c6336413c6336414c6336415c6336416c6336417c6336418c633"
	 "6419c633641ac633641bc633641cc633641dc633641ec633641fc6336420c6336421c6336422c6336423c6336424c6336425"
	 "c6336426c6336427c6336428c6336429c633642ac633642bc633642cc633642dc633642ec633642fc6336430c6336431c633"
	 "6432c6336433c6336434c6336435c6336436c6336437c6336438c6336439c633643ac633643bc633643cc633643dc633643e"
	 "c633643fc63364940540c6336441",
	 "",
	 "198.51.100.1 198.51.100.2 198.51.100.3 198.51.100.4 198.51.100.5 198.51.100.6 "
	 "198.51.100.7 198.51.100.8 198.51.100.9 198.51.100.10 198.51.100.11 198.51.100.12 "
	 "198.51.100.13 198.51.100.14 198.51.100.15 198.51.100.16 198.51.100.17 198.51.100.18 "
	 "198.51.100.19 198.51.100.20 198.51.100.21 198.51.100.22 198.51.100.23 198.51.100.24 "
	 "198.51.100.25 198.51.100.26 198.51.100.27 198.51.100.28 198.51.100.29 198.51.100.30 "
	 "198.51.100.31 198.51.100.32 198.51.100.33 198.51.100.34 198.51.100.35 198.51.100.36 "
	 "198.51.100.37 198.51.100.38 198.51.100.39 198.51.100.40 198.51.100.41 198.51.100.42 "
	 "198.51.100.43 198.51.100.44 198.51.100.45 198.51.100.46 198.51.100.47 198.51.100.48 "
	 "198.51.100.49 198.51.100.50 198.51.100.51 198.51.100.52 198.51.100.53 198.51.100.54 "
	 "198.51.100.55 198.51.100.56 198.51.100.57 198.51.100.58 198.51.100.59 198.51.100.60 "
	 "198.51.100.61 198.51.100.62 198.51.100.63 198.51.100.64 198.51.100.65",
	 ""},
	/* options, file, sname: joined over what lies between */
	{"V8", 4, "94 06 c0000201 c000 " V1_OPTION "94 02 0202", "dots.example.com", "192.0.2.1 192.0.2.2", ""},
	/* ends after its last option */
	{"V8b", 4, V1_OPTION "06 04 c0000235 94 04 c0000201", "dots.example.com", "192.0.2.1", ""},
	{"V9", 6, "008d 0012 " DOTS_EXAMPLE_COM, "dots.example.com", "", ""},
	{"V10", 6, "008e 0020 20010db8012203000000000000000001 20010db8012203000000000000000002", "",
	 "2001:db8:122:300::1 2001:db8:122:300::2", ""},
	{"V11", 6, "008e 0011 20010db8012203000000000000000001 00", "", "", "option-length"},
	{"V12", 6, "008e 0040 00*15 01 ff02 00*13 01 00*10 ffff 7f000001 20010db8 00*11 01", "", "2001:db8::1",
	 "loopback multicast loopback"},
	{"V13", 6, "008e 0010 fe80 00*13 01", "", "fe80::1", ""},
	{"V14", 6, "008e 0010 00*10 ffff c0000201", "", "::ffff:192.0.2.1", ""},
	{"V15", 6, "008d 0012 " DOTS_EXAMPLE_COM "008d 0012 " DOTS_EXAMPLE_NET, "dots.example.com", "",
	 "duplicate-option"},
	/* the first instance, valid or not */
	{"V16", 4, "93 03 04646f " V1_OPTION, "", "", "duplicate-option name-unterminated"},
	{"N1", 4, "93 01 00", "", "", "name-root"},
	{"N2", 4, "93 00", "", "", "name-empty"},
	{"N3", 4, "93 11 04 646f7473 07 6578616d706c65 03 636f6d", "", "", "name-unterminated"},
	{"N4", 4, "93 07 04 646f7473 c000", "", "", "name-compressed"},
	{"N5", 4, "93 02 4000", "", "", "name-label-type"},
	{"N6", 4, "93 42 40 61*64 00", "", "", "name-label-long"},
	{"N7", 6, "008d 0100 3f 61*63 3f 61*63 3f 61*63 3e 61*62 00", "", "", "name-long"},
	/* one label ".example.com" */
	{"N8", 4, "93 0e 0c 2e6578616d706c652e636f6d 00", "", "", "name-octet"},
	/* one label "dots.example.com\0" */
	{"N9", 4, "93 13 11 646f74732e6578616d706c652e636f6d00 00", "", "", "name-octet"},
	{"N10a", 4, "93 0a 04 64207473 03 636f6d 00", "", "", "name-octet"},
	{"N10b", 4, "93 0a 04 641b7473 03 636f6d 00", "", "", "name-octet"},
	{"N10c", 4, "93 0a 04 64807473 03 636f6d 00", "", "", "name-octet"},
	{"N11a", 4, "93 0b 05 2d646f7473 03 636f6d 00", "", "", "name-hyphen"},
	{"N11b", 4, "93 0b 05 646f74732d 03 636f6d 00", "", "", "name-hyphen"},
	/* upper case */
	{"X1", 4, "93 12 04 444f5453 07 4578414d706c45 03 434f4d 00", "dots.example.com", "", ""},
	/* digit first, underscore, A-label */
	{"X2", 4, "93 18 02 3464 05 5f646f7473 0a 786e2d2d7a636b7a6168 02 6a70 00", "4d._dots.xn--zckzah.jp", "", ""},
	/* garbage behind the first name */
	{"X3", 4, "93 14 " DOTS_EXAMPLE_COM "ff c0", "dots.example.com", "", "name-extra"},
	{"X4", 4, "93 04 7f*4", "", "", "name-label-type"},
	{"X5", 4, "93 82 80 61*128 00", "", "", "name-label-long"},
	/* text: a digit that looks like a length, a NUL at its end */
	{"X6", 4, "93 12 31646f74732e6578616d706c652e636f6d 00", "", "", "name-ascii"},
	/* RFC 8973 5.2.2: N is 1 at least */
	{"X7", 4, "94 00", "", "", "option-length"},
	/* not what fits: nothing */
	{"X8", 4, "94 07 c0000201 c00002", "", "", "option-length"},
	/* the whole is what is checked */
	{"X9", 4, "94 04 c0000201 94 03 c00002", "", "", "option-length"},
	/* link-local is kept, R-09 */
	{"X10", 4, "94 18 00000000 00010203 ffffffff f0000001 fffffffe a9fe0001", "", "169.254.0.1",
	 "unspecified unspecified broadcast reserved reserved"},
	/* the edges of the ranges */
	{"X11", 4, "94 10 7effffff 80000000 dfffffff efffffff", "", "126.255.255.255 128.0.0.0 223.255.255.255",
	 "multicast"},
	{"X12", 6,
	 "008e 0060 00*16 00*10 ffff 00000000 00*10 ffff e0000001 00*10 ffff ffffffff 00*10 ffff f0000001 00*15 02", "",
	 "::2", "unspecified unspecified multicast broadcast reserved"},
	{"X13", 6, "008e 0010 20010db8 00*11 01 008e 0010 20010db8 00*11 02", "", "2001:db8::1", "duplicate-option"},
	/* the first instance, valid or not */
	{"X14", 6, "008e 0011 20010db8 00*11 01 00 008e 0010 20010db8 00*11 02", "", "",
	 "duplicate-option option-length"},
	{"X15", 6, "008e 0000", "", "", "option-length"},
	{"X16", 6, "008d 0012 " DOTS_EXAMPLE_COM "008e 0010 20010db8 00*11 01", "dots.example.com", "2001:db8::1", ""},
	/* in either order */
	{"X17", 6, "008e 0010 20010db8 00*11 01 008d 0012 " DOTS_EXAMPLE_COM, "dots.example.com", "2001:db8::1", ""},
	/* a refused name leaves the addresses alone */
	{"X18", 4, "93 03 04646f " V4_OPTION, "", "192.0.2.1 192.0.2.2", "name-unterminated"},
	/* 255 octets: the longest name */
	{"X19", 6, "008d 00ff 3f 61*63 3f 61*63 3f 61*63 3d 61*61 00",
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	 "", ""},
	/* told twice, kept twice */
	{"X20", 4, "94 08 c0000201 c0000201", "", "192.0.2.1 192.0.2.1", ""},
	/* an option cut off: what came before stays */
	{"X21", 4, V4_OPTION "93 12 04646f", "", "192.0.2.1 192.0.2.2", ""},
	/* each further one counts */
	{"X22", 4, V1_OPTION V1_OPTION V1_OPTION, "dots.example.com", "", "duplicate-option duplicate-option"},
	{"X23", 4, "06 04 c0000235 33 04 00000e10", "", "", ""},
	{"X24", 4, "93 01 3f", "", "", "name-unterminated"},
	{"X25", 4, "93 04 02 2d2d 00", "", "", "name-hyphen"},
	/* "192.0.2.1" as a name, and as text */
	{"X26", 4, "93 0b 03 313932 01 30 01 32 01 31 00", "", "", "name-numeric"},
	{"X27", 4, "93 09 3139322e302e322e31", "", "", "name-ascii"},
	/* digits alone; and as the last label */
	{"X28", 6, "008d 0004 02 3432 00", "", "", "name-numeric"},
	{"X29", 6, "008d 0008 04 646f7473 01 31 00 008e 0010 20010db8 00*11 01", "", "2001:db8::1", "name-numeric"},
	/* digits elsewhere, and one label alone */
	{"X30", 4, "93 10 03 313932 01 30 01 32 03 6e6574 02 7634 00", "192.0.2.net.v4", "", ""},
	{"X31", 4, "93 06 04 646f7473 00", "dots", "", ""},
};

#define VECTOR_COUNT (sizeof vectors / sizeof vectors[0])

#endif
