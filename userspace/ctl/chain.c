/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/chain.h"

#include <openssl/x509v3.h>
#include <stdio.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/text.h"
#include "serve/json.h"

#define NAME_SIZE 512
#define NAMES_MAX 64

static json_t *distinguished_name(const X509_NAME *name)
{
	char text[NAME_SIZE] = "";
	BIO *bio = BIO_new(BIO_s_mem());

	if (!bio)
		return NULL;
	/* RFC 2253: whatever is no printable ASCII is escaped. */
	X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
	BIO_read(bio, text, sizeof text - 1);
	BIO_free(bio);
	return json_plain(text);
}

static json_t *moment(const ASN1_TIME *time)
{
	char text[TEXT_TIME_SIZE];
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return json_null();
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

/* One that is of a kind which peers are identified by; else NULL. */
static json_t *alternative(const GENERAL_NAME *name)
{
	const ASN1_STRING *string = name->d.ia5;
	char text[NAME_SIZE];

	if (name->type != GEN_DNS && name->type != GEN_IPADD)
		return NULL;
	struct bytes bytes = {ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string)};
	if (name->type == GEN_IPADD) {
		struct address address = address_of(bytes);
		return json_address(&address);
	}
	snprintf(text, sizeof text, "%.*s", (int)bytes.size, (const char *)bytes.data);
	return json_plain(text);
}

static json_t *alternatives(const X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	json_t *array = json_array();

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < NAMES_MAX; i++) {
		json_t *name = alternative(sk_GENERAL_NAME_value(names, i));
		if (name)
			json_array_append_new(array, name);
	}
	GENERAL_NAMES_free(names);
	return array;
}

static json_t *certificate_json(const X509 *certificate)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "subject", distinguished_name(X509_get_subject_name(certificate)),
			 "issuer", distinguished_name(X509_get_issuer_name(certificate)), "names",
			 alternatives(certificate), "not_before", moment(X509_get0_notBefore(certificate)), "not_after",
			 moment(X509_get0_notAfter(certificate)));
}

json_t *chain_json(const STACK_OF(X509) * chain)
{
	json_t *array = json_array();

	for (int i = 0; i < sk_X509_num(chain); i++)
		json_array_append_new(array, certificate_json(sk_X509_value(chain, i)));
	return array;
}
