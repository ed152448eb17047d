/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenSSL decides whether a certificate is for a name, under flags that leave out what RFC 9525 does. Which of its
 * names that was is found beside it, since each that matches has to be looked for on the list of trusted names; who is
 * proven has passed both.
 */
#include "proof/identity.h"

#include <errno.h>
#include <openssl/x509v3.h>

#include "base/cleanup.h"
#include "base/text.h"

/* No "dots*.example.com", and no common name: both are on unless they are switched off. */
#define FLAGS (X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)

#define WILDCARD "*."
#define WILDCARD_SIZE (sizeof WILDCARD - 1)

static const uint8_t mapped_head[12] = {[10] = 0xff, [11] = 0xff};

/* --- Reference identifiers --- */

int identity_of_name(struct bytes text, struct identity *ret)
{
	struct identity identity = {0};
	enum discard_reason reason;

	/* An option of DHCP may end with NULs; a reference identifier may not hold any. */
	if (text.size == 0 || memchr(text.data, '\0', text.size))
		return -EINVAL;
	if (name_parse(text, &identity.name, &reason) < 0)
		return -EINVAL;
	*ret = identity;
	return 0;
}

struct address identity_unmapped(const struct address *address)
{
	if (address->family != 6 || memcmp(address->bytes, mapped_head, sizeof mapped_head) != 0)
		return *address;
	return address_of((struct bytes){address->bytes + sizeof mapped_head, 4});
}

int identity_of_address(const struct address *address, struct identity *ret)
{
	struct identity identity = {.address = identity_unmapped(address)};

	if (identity.address.family == 0)
		return -EINVAL;
	*ret = identity;
	return 0;
}

int identity_of_peer(const struct name *name, const struct address *address, struct identity *ret)
{
	if (name->length)
		return identity_of_name((struct bytes){(const uint8_t *)name->text, name->length}, ret);
	return identity_of_address(address, ret);
}

/* --- Names of certificates --- */

static bool equal(struct bytes a, struct bytes b)
{
	if (a.size != b.size)
		return false;
	for (size_t i = 0; i < a.size; i++)
		if (text_lower(a.data[i]) != text_lower(b.data[i]))
			return false;
	return true;
}

static bool is_wildcard(struct bytes dns_id)
{
	return dns_id.size > WILDCARD_SIZE && memcmp(dns_id.data, WILDCARD, WILDCARD_SIZE) == 0;
}

static struct bytes behind(struct bytes bytes, size_t size)
{
	return (struct bytes){bytes.data + size, bytes.size - size};
}

/* The name itself, or whatever has one label in the star's place. */
static bool covers(struct bytes dns_id, const struct name *name)
{
	struct bytes whole = {(const uint8_t *)name->text, name->length};
	const uint8_t *dot;

	if (equal(dns_id, whole))
		return true;
	dot = memchr(whole.data, '.', whole.size);
	return dot && is_wildcard(dns_id) &&
	       equal(behind(dns_id, WILDCARD_SIZE), behind(whole, (size_t)(dot + 1 - whole.data)));
}

/* Fills the text of a name that matches and, if there is one, is trusted; returns what it found. */
static enum proof_reason find_dns_id(const GENERAL_NAMES *names, const struct name *name,
				     const struct identity_trust *trust, char text[IDENTITY_TEXT_SIZE])
{
	enum proof_reason best = REASON_WRONG_NAME;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *at = sk_GENERAL_NAME_value(names, i);
		if (at->type != GEN_DNS)
			continue;
		struct bytes dns_id = {ASN1_STRING_get0_data(at->d.dNSName), (size_t)ASN1_STRING_length(at->d.dNSName)};
		if (!covers(dns_id, name))
			continue;
		/* What covers a name holds octets of names alone: it can be shown as it is. */
		snprintf(text, IDENTITY_TEXT_SIZE, "%.*s", (int)dns_id.size, (const char *)dns_id.data);
		if (!trust || !trust->accepts || trust->accepts(trust->context, text))
			return REASON_PROVEN;
		best = REASON_UNTRUSTED_NAME;
	}
	return best;
}

static void free_names(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

static enum proof_reason check_name(X509 *certificate, const struct name *name, const struct identity_trust *trust,
				    char matched[IDENTITY_TEXT_SIZE])
{
	CLEANUP(free_names) GENERAL_NAMES *names = NULL;
	char text[IDENTITY_TEXT_SIZE];
	enum proof_reason reason;

	if (X509_check_host(certificate, name->text, name->length, FLAGS, NULL) != 1)
		return REASON_WRONG_NAME;
	names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	reason = find_dns_id(names, name, trust, text);
	if (reason == REASON_PROVEN)
		strcpy(matched, text);
	return reason;
}

static enum proof_reason check_address(X509 *certificate, const struct address *address,
				       char matched[IDENTITY_TEXT_SIZE])
{
	size_t size = address->family == 4 ? 4 : 16;

	if (address->family == 0 || X509_check_ip(certificate, address->bytes, size, 0) != 1)
		return REASON_WRONG_NAME;
	address_text(address, matched);
	return REASON_PROVEN;
}

enum proof_reason identity_check(X509 *certificate, const struct identity *reference,
				 const struct identity_trust *trust, char matched[IDENTITY_TEXT_SIZE])
{
	struct identity checked; /* whoever filled the reference: nothing but a name may come before OpenSSL */

	*matched = '\0';
	if (identity_of_peer(&reference->name, &reference->address, &checked) < 0)
		return REASON_WRONG_NAME;
	if (checked.name.length)
		return check_name(certificate, &checked.name, trust, matched);
	return check_address(certificate, &checked.address, matched);
}
