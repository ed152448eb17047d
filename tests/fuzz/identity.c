/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does any certificate break the check of identities, or pass for a name or address that is not its own?
 *
 * The input's first octet is the length of the reference identifier, which follows; the rest is the certificate in DER.
 * The reference is taken for a name, and where it has four or sixteen octets for an address too; names that peers have
 * are asked for beside it.
 */
#include "proof/identity.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "fuzz.h"

#define STRICT (X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)

static const char *const names[] = {"dots.example.com", "a.b.example.com", "example.com", "localhost"};

/* Accepts nothing, so that whatever matches is refused for that. */
static bool nothing(void *context, const char *name)
{
	(void)context;
	CHECK(*name);
	return false;
}

/* Letters, digits, '-', '_' and '.', no dot in front; what was refused is left alone. */
static void check_name(const struct identity *identity)
{
	CHECK(identity->name.length && identity->name.text[0] != '.');
	CHECK(identity->name.text[identity->name.length] == '\0');
	CHECK(strspn(identity->name.text, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == identity->name.length);
}

/* The certificate's identity is the name itself, or has "*" for its first label. */
static void check_match(const char *matched, const char *name)
{
	const char *dot = strchr(name, '.');

	if (strncmp(matched, "*.", 2) == 0)
		CHECK(dot && strcasecmp(matched + 1, dot) == 0);
	else
		CHECK(strcasecmp(matched, name) == 0);
}

static void ask(X509 *certificate, const struct identity *identity)
{
	char matched[IDENTITY_TEXT_SIZE], other[IDENTITY_TEXT_SIZE];
	enum proof_reason reason = identity_check(certificate, identity, NULL, matched);
	enum proof_reason strict =
		identity_check(certificate, identity, &(struct identity_trust){nothing, NULL}, other);

	CHECK(reason == REASON_PROVEN || reason == REASON_WRONG_NAME);
	CHECK((reason == REASON_PROVEN) == (*matched != '\0'));
	if (!identity->name.length) {
		CHECK(strict == reason && strcmp(matched, other) == 0);
		return;
	}
	CHECK(strict == (reason == REASON_PROVEN ? REASON_UNTRUSTED_NAME : reason) && !*other);
	if (reason == REASON_PROVEN)
		check_match(matched, identity->name.text);
	/* Ours finds the name wherever OpenSSL does. */
	CHECK((X509_check_host(certificate, identity->name.text, identity->name.length, STRICT, NULL) == 1) ==
	      (reason == REASON_PROVEN));
}

static void ask_all(X509 *certificate, struct bytes reference)
{
	struct address address = address_of(reference);
	struct identity identity;

	if (identity_of_name(reference, &identity) == 0) {
		check_name(&identity);
		ask(certificate, &identity);
	}
	if (identity_of_address(&address, &identity) == 0) {
		CHECK(!identity.name.length);
		ask(certificate, &identity);
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		CHECK(identity_of_name((struct bytes){(const uint8_t *)names[i], strlen(names[i])}, &identity) == 0);
		ask(certificate, &identity);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader reader = reader_of((struct bytes){data, size});
	struct bytes reference = reader_take(&reader, reader_u8(&reader));
	const uint8_t *der = reader.rest.data;
	X509 *certificate = reader.failed ? NULL : d2i_X509(NULL, &der, (long)reader.rest.size);

	if (certificate)
		ask_all(certificate, reference);
	X509_free(certificate);
	ERR_clear_error();
	return 0;
}
