/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does this DNS message say? A bounded reader of RFC 1035 4: header, question, records one after the other, and
 * the names in them, compressed or not. Every octet is hostile; nothing is copied but names.
 */
#ifndef DISCOVERY_DNS_H
#define DISCOVERY_DNS_H

#include "base/bytes.h"

#define DNS_NAME_MAX 255 /* octets of wire format, root label included (RFC 1035 2.3.4) */
#define DNS_LABELS_MAX 127
/* Longest name as text: each octet may become \DDD. */
#define DNS_TEXT_SIZE (4 * DNS_NAME_MAX + 1)

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SRV = 33,
	DNS_NAPTR = 35,
};

#define DNS_CLASS_IN 1

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
};

/* A name in wire format, uncompressed, as it came: labels hold any octet; zeros behind. length 0: none; 1: the root. */
struct dns_name {
	uint8_t length;
	uint8_t wire[DNS_NAME_MAX];
};

/*
 * From text: labels between dots, a trailing dot allowed, \DDD and \X as in zone files (RFC 1035 5.1). Always absolute.
 * Returns 0, or -EINVAL for what is no name, and leaves *ret alone.
 */
int dns_name_parse(const char *text, struct dns_name *ret);

/*
 * As text without a trailing dot ("." for the root, "" for none); octets outside letters, digits, '-' and '_' are \DDD.
 */
const char *dns_name_text(const struct dns_name *name, char text[DNS_TEXT_SIZE]);

/* ASCII letters compare equal in either case, and no others (RFC 4343). */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);
bool dns_name_is_root(const struct dns_name *name);

/*
 * `label`, its octets as they are, in front of `name`, which may be *ret. Returns 0, or -EINVAL when that is no name
 * (too long, an empty label).
 */
int dns_name_prepend(const char *label, const struct dns_name *name, struct dns_name *ret);

struct dns_message {
	struct bytes all;
	size_t at;       /* of the next record */
	unsigned passed; /* records before it */
	uint16_t id;
	uint8_t rcode;
	bool response, truncated, authenticated; /* QR, TC, AD */
	uint16_t questions, answers, authorities, additionals;
	struct dns_name asked; /* of the first question; length 0: none */
	uint16_t asked_type, asked_class;
};

enum dns_section {
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_END
};

struct dns_record {
	enum dns_section section;
	struct dns_name owner;
	uint16_t type, class;
	uint32_t ttl;      /* seconds; RFC 2181 8: with the top bit set it is 0 */
	struct bytes data; /* RDATA: a view into the message */
	size_t data_at;    /* its offset there: names in it may be compressed */
};

/* Header and questions. Returns 0 or -EBADMSG. */
int dns_open(struct bytes message, struct dns_message *ret);

/* The next record. Returns 1; 0 at the end of the last section; -EBADMSG for one that contradicts itself. */
int dns_next(struct dns_message *message, struct dns_record *ret);

/*
 * The name at an offset of the message, compressed or not; pointers lead strictly backwards, and are no more than
 * labels may be. Its first part ends before `end`. Returns the offset behind that part, or -EBADMSG.
 */
long dns_name_at(struct bytes message, size_t at, size_t end, struct dns_name *ret);

#endif
