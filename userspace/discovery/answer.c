/* SPDX-License-Identifier: BSD-2-Clause */
#include "discovery/answer.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <resolv.h>
#include <strings.h>

#define NAME_SIZE (NS_MAXDNAME)

/* Finds where `owner` is an alias to. Returns 1 and replaces it, 0 when it is none, -EBADMSG. */
static int follow_alias(ns_msg *message, char owner[NAME_SIZE], uint32_t *ttl)
{
	ns_rr record;

	for (int i = 0; i < ns_msg_count(*message, ns_s_an); i++) {
		if (ns_parserr(message, ns_s_an, i, &record))
			return -EBADMSG;
		if (ns_rr_type(record) != ns_t_cname || strcasecmp(ns_rr_name(record), owner) != 0)
			continue;
		if (ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message), ns_rr_rdata(record), owner,
				       NAME_SIZE) < 0)
			return -EBADMSG;
		if (ns_rr_ttl(record) < *ttl)
			*ttl = ns_rr_ttl(record);
		return 1;
	}
	return 0;
}

static int collect(ns_msg *message, const char *owner, int type, struct answer *ret)
{
	size_t size = type == ns_t_a ? 4 : 16;
	ns_rr record;

	for (int i = 0; i < ns_msg_count(*message, ns_s_an) && ret->count < ANSWER_ADDRESSES_MAX; i++) {
		if (ns_parserr(message, ns_s_an, i, &record))
			return -EBADMSG;
		if ((int)ns_rr_type(record) != type || ns_rr_class(record) != ns_c_in || ns_rr_rdlen(record) != size ||
		    strcasecmp(ns_rr_name(record), owner) != 0)
			continue;
		ret->addresses[ret->count++] = address_of((struct bytes){ns_rr_rdata(record), size});
		if (ns_rr_ttl(record) < ret->ttl)
			ret->ttl = ns_rr_ttl(record);
	}
	return 0;
}

int answer_read(struct bytes answer, const char *name, int type, struct answer *ret)
{
	char owner[NAME_SIZE];
	ns_msg message;
	int aliases = 0, result;

	*ret = (struct answer){.ttl = UINT32_MAX};
	if (strlen(name) >= sizeof owner || ns_initparse(answer.data, (int)answer.size, &message))
		return -EBADMSG;
	strcpy(owner, name);
	while ((result = follow_alias(&message, owner, &ret->ttl)) == 1)
		if (++aliases > ANSWER_CNAMES_MAX)
			return -ELOOP;
	return result ? result : collect(&message, owner, type, ret);
}
