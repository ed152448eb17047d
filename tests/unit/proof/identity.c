/* SPDX-License-Identifier: BSD-2-Clause */
/* Which certificates belong to which name or address? */
#include "proof/identity.h"

#include <errno.h>

#include "certificates.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct bytes text(const char *text)
{
	return (struct bytes){(const uint8_t *)text, strlen(text)};
}

/* A name where it is one, else an address. */
static struct identity identity_from(const char *reference)
{
	struct identity identity;
	struct address address;

	if (address_parse(reference, &address))
		assert_int_equal(identity_of_address(&address, &identity), 0);
	else
		assert_int_equal(identity_of_name(text(reference), &identity), 0);
	return identity;
}

static const struct {
	const char *cn, *names, *reference, *matched; /* matched NULL: it is not this peer's */
} cases[] = {
	{NULL, "DNS:dots.example.com", "dots.example.com", "dots.example.com"},
	{NULL, "DNS:dots.example.com", "DOTS.Example.COM", "dots.example.com"},
	{NULL, "DNS:DOTS.example.com", "dots.example.com", "DOTS.example.com"},
	{NULL, "DNS:dots.example.com", "dots.example.com.", "dots.example.com"},
	{NULL, "DNS:dots.example.com", "example.com", NULL},
	{NULL, "DNS:dots.example.com", "com", NULL},
	{NULL, "DNS:dots.example.com", "dots.example.com.evil.net", NULL},
	{NULL, "DNS:example.com", "notexample.com", NULL},
	{NULL, "DNS:other.net,DNS:dots.example.com", "dots.example.com", "dots.example.com"},
	{NULL, "DNS:*.example.com", "dots-1.example.com", "*.example.com"},
	{NULL, "DNS:*.example.com", "a.b.example.com", NULL},
	{NULL, "DNS:*.example.com", "example.com", NULL},
	{NULL, "DNS:dots*.example.com", "dots-1.example.com", NULL},
	{NULL, "DNS:*ots.example.com", "dots.example.com", NULL},
	{NULL, "DNS:dots.*.com", "dots.example.com", NULL},
	{NULL, "DNS:*", "localhost", NULL},
	{NULL, "DNS:*.com", "example.com", NULL},
	{NULL, "DNS:.example.com", "dots.example.com", NULL},
	{"dots.example.com", NULL, "dots.example.com", NULL},
	{"dots.example.com", "DNS:other.net", "dots.example.com", NULL},
	{NULL, "email:dots@dots.example.com,URI:coaps://dots.example.com", "dots.example.com", NULL},
	{NULL, "otherName:1.3.6.1.5.5.7.8.7;IA5:_dots-signal.dots.example.com", "dots.example.com", NULL},
	{NULL, "IP:192.0.2.1", "192.0.2.1", "192.0.2.1"},
	{NULL, "IP:192.0.2.1", "192.0.2.2", NULL},
	{NULL, "DNS:192.0.2.1", "192.0.2.1", NULL},
	{"192.0.2.1", NULL, "192.0.2.1", NULL},
	{NULL, "IP:192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"},
	{NULL, "IP:::ffff:192.0.2.1", "192.0.2.1", NULL},
	{NULL, "IP:2001:db8::1", "2001:db8::1", "2001:db8::1"},
	{NULL, "IP:2001:db8::1", "2001:db8::2", NULL},
	{NULL, "DNS:2001:db8::1", "2001:db8::1", NULL},
	{NULL, NULL, "dots.example.com", NULL},
	{NULL, NULL, "192.0.2.1", NULL},
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct certificate made =
			make_certificate(NULL, &(struct certificate_wish){.cn = cases[i].cn, .names = cases[i].names});
		struct identity identity = identity_from(cases[i].reference);
		char matched[IDENTITY_TEXT_SIZE];
		enum proof_reason reason = identity_check(made.x509, &identity, NULL, matched);
		if (reason != (cases[i].matched ? REASON_PROVEN : REASON_WRONG_NAME))
			fail_msg("%s for %s: %s", cases[i].names, cases[i].reference, proof_reason_word(reason));
		assert_string_equal(matched, cases[i].matched ? cases[i].matched : "");
		free_certificate(&made);
	}
}

/* What never comes before OpenSSL. */
static void test_no_names(void **state)
{
	static const struct bytes refused[] = {
		{(const uint8_t *)"", 0},
		{(const uint8_t *)".", 1},
		{(const uint8_t *)".example.com", 12},
		{(const uint8_t *)".com", 4},
		{(const uint8_t *)"dots.example.com\0.evil", 22},
		{(const uint8_t *)"dots.example.com\0", 17},
		{(const uint8_t *)"\0", 1},
		{(const uint8_t *)"dots..example.com", 17},
		{(const uint8_t *)"dots.example.com..", 18},
		{(const uint8_t *)"dots example.com", 16},
		{(const uint8_t *)"*.example.com", 13},
		{(const uint8_t *)"d\xc3\xb6ts.example.com", 17},
		{(const uint8_t *)"dots/.example.com", 17},
		{(const uint8_t *)"192.0.2.1", 9},
	};
	struct identity identity = {.name.length = 0xee};
	struct address none = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++)
		assert_int_equal(identity_of_name(refused[i], &identity), -EINVAL);
	assert_int_equal(identity_of_address(&none, &identity), -EINVAL);
	assert_int_equal(identity.name.length, 0xee);
}

/* Whoever fills in a reference identifier by himself gains nothing. */
static void test_forged_reference(void **state)
{
	struct certificate made = make_certificate(NULL, &(struct certificate_wish){.names = "DNS:dots.example.com"});
	struct identity identity = {.name = {.length = 12, .text = ".example.com"}};
	char matched[IDENTITY_TEXT_SIZE];

	(void)state;
	assert_int_equal(identity_check(made.x509, &identity, NULL, matched), REASON_WRONG_NAME);
	identity = (struct identity){0};
	assert_int_equal(identity_check(made.x509, &identity, NULL, matched), REASON_WRONG_NAME);
	free_certificate(&made);
}

/* A name that holds a NUL is not the part before it. */
static void test_nul_in_certificate(void **state)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *string = ASN1_IA5STRING_new();
	struct identity identity = identity_from("dots.example.com");
	char matched[IDENTITY_TEXT_SIZE];

	(void)state;
	ASN1_STRING_set(string, "dots.example.com\0.evil.net", 26);
	GENERAL_NAME_set0_value(name, GEN_DNS, string);
	sk_GENERAL_NAME_push(names, name);
	struct certificate made = make_certificate(NULL, &(struct certificate_wish){.general = names});
	assert_int_equal(identity_check(made.x509, &identity, NULL, matched), REASON_WRONG_NAME);
	free_certificate(&made);
	GENERAL_NAMES_free(names);
}

static bool accepts(void *context, const char *name)
{
	return strcmp(context, name) == 0;
}

/* Any of the names that match may be the one that is on the list. */
static void test_trusted(void **state)
{
	struct certificate made =
		make_certificate(NULL, &(struct certificate_wish){.names = "DNS:*.example.com,DNS:dots.example.com"});
	struct identity identity = identity_from("dots.example.com");
	char matched[IDENTITY_TEXT_SIZE];

	(void)state;
	assert_int_equal(
		identity_check(made.x509, &identity, &(struct identity_trust){accepts, "dots.example.com"}, matched),
		REASON_PROVEN);
	assert_string_equal(matched, "dots.example.com");
	assert_int_equal(
		identity_check(made.x509, &identity, &(struct identity_trust){accepts, "*.example.com"}, matched),
		REASON_PROVEN);
	assert_string_equal(matched, "*.example.com");
	assert_int_equal(identity_check(made.x509, &identity, &(struct identity_trust){accepts, "other.net"}, matched),
			 REASON_UNTRUSTED_NAME);
	assert_string_equal(matched, "");
	free_certificate(&made);
}

/* Words are labels of metrics: lower case, each once. */
static void test_reasons(void **state)
{
	(void)state;
	for (enum proof_reason i = 0; i < REASON_COUNT; i++) {
		const char *word = proof_reason_word(i);
		assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz-"), strlen(word));
		assert_true(strlen(proof_reason_advice(i)) > 20);
		assert_int_equal(proof_reason_backtracks(i), proof_reason_class(i) == REASON_CLASS_REFUSED ||
								     proof_reason_class(i) == REASON_CLASS_UNREACHABLE);
		for (enum proof_reason j = 0; j < i; j++)
			assert_string_not_equal(word, proof_reason_word(j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_forged_reference),
		cmocka_unit_test(test_nul_in_certificate),
		cmocka_unit_test(test_trusted),
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
