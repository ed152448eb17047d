/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the program have to do with a frame? Worked out in plain C, from the RFCs and from what record.h promises,
 * without a line of bpf/ or of userspace/dhcp/: what both get wrong would not be found.
 */
#ifndef TESTS_FUZZ_EXPECTED_EXPECTED_H
#define TESTS_FUZZ_EXPECTED_EXPECTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dotsnoop/record.h"

/* Bytes of somebody else. */
struct span {
	const uint8_t *data;
	size_t size;
};

/* All that decides beside the frame's bytes. */
struct setting {
	uint32_t ifindex;
	enum ds_role role;
	enum ds_mode mode;
	size_t visible;                /* bytes in the first buffer: headers have to stand there */
	bool listed_only;              /* servers outside of expected_servers are not believed */
	bool limited, flooded;         /* the port has a rate, and is over it */
	bool starved;                  /* too many new clients just now */
	bool ring_full;                /* no record finds room */
	const struct ds_client *known; /* what was noted before of the client of this frame; NULL: nothing */
};

/* A server that is on the list. */
struct listed {
	uint8_t family; /* enum ds_family */
	uint8_t length; /* bits */
	uint8_t address[16];
};

#define LISTED_COUNT 4

extern const struct listed expected_servers[LISTED_COUNT];

struct expected {
	enum ds_reason reason;
	bool dropped;

	bool counted; /* as a message: by family and side of `record`, and by its type */

	bool has_client; /* a client's message, or an answer to one: it is known by this key */
	struct ds_client_key key;
	bool noted; /* this of it; else what was known of it stays */
	struct ds_client client;

	union { /* for DS_REASON_captured alone, with its options; the time is not expected */
		struct ds_record record;
		uint8_t bytes[sizeof(struct ds_record) + DS_MESSAGE_MAX];
	};
};

/* frame: of 14 bytes at least. */
void expect(const struct setting *setting, struct span frame, struct expected *ret);

/* --- Between the files that do it --- */

/* A DHCP message in its frame, or the first fragment of one. */
struct message {
	struct span bytes;
	uint16_t to; /* UDP destination port */
	bool first_fragment;
};

/*
 * Down to the message: fills in where it stands, and in *ret what the record says of the frame around it. False, with
 * ret->reason, when the frame holds none.
 */
bool expect_message(const struct setting *setting, struct span frame, struct message *message, struct expected *ret);

/* What a message says; the record's part of it goes to struct expected. */
struct said {
	bool from_server;
	bool binds;        /* the agent hears of it */
	unsigned lists;    /* of requested options, in a client's message; */
	uint8_t requested; /* DS_REQUESTED_* in the first DS_REQUEST_LISTS_MAX of them */
};

/* False, with ret->reason, when the message is none. */
bool expect_dhcp4(const struct message *message, struct said *said, struct expected *ret);
bool expect_dhcp6(const struct message *message, struct said *said, struct expected *ret);

/* Is DHCPv6 of that type sent by servers, and by relays towards clients? */
bool is_from_server6(uint8_t type);

/* For all of them. */
static inline uint16_t read16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* Says why it ends here. */
static inline bool leave(struct expected *expected, enum ds_reason reason)
{
	expected->reason = reason;
	return false;
}

#endif
