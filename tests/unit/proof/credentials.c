/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files are read as authorities, certificates and keys, and what is said of those that are not? */
#include "scene.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void write_text(const char *path, const char *text)
{
	FILE *file = create_private(path);

	fputs(text, file);
	fclose(file);
}

static int set_up(void **state)
{
	open_folder(state);
	write_text("empty.pem", "");
	write_text("text.pem", "no certificate\n");
	write_new_certificate(&authority, &(struct certificate_wish){0}, "other.pem");
	write_new_certificate(&authority, &(struct certificate_wish){0}, "open.pem");
	chmod("open.pem", 0640);
	write_crl(&authority, NULL, "crl.pem");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	FILE *file = create_private("locked.pem");
	PEM_write_PKCS8PrivateKey(file, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
	fclose(file);
	EVP_PKEY_free(key);
	return 0;
}

static const struct {
	struct credentials_options options;
	int result;
	const char *file, *says; /* of the error, which is one line */
} cases[] = {
	{{.ca = "ca.pem"}, 0, NULL, NULL},
	{{.ca = "ca.pem", .crl = "crl.pem"}, 0, NULL, NULL},
	{{.ca = "ca.pem", .certificate = "good.pem"}, 0, NULL, NULL},
	{{.ca = "ca.pem", .certificate = "good.pem", .key = "good.pem"}, 0, NULL, NULL},
	{{.ca = "gone.pem"}, -ENOENT, "gone.pem", "No such file"},
	{{.ca = "empty.pem"}, -EINVAL, "empty.pem", "authorities"},
	{{.ca = "text.pem"}, -EINVAL, "text.pem", "authorities"},
	{{.ca = "ca.pem", .crl = "ca.pem"}, -EINVAL, "ca.pem", "revocation"},
	{{.ca = "ca.pem", .certificate = "gone.pem"}, -ENOENT, "gone.pem", "certificate"},
	{{.ca = "ca.pem", .certificate = "text.pem"}, -EINVAL, "text.pem", "certificate"},
	{{.ca = "ca.pem", .certificate = "open.pem"}, -EPERM, "open.pem", "others than its owner"},
	{{.ca = "ca.pem", .certificate = "good.pem", .key = "other.pem"}, -EINVAL, "other.pem", "not that of"},
	{{.ca = "ca.pem", .certificate = "good.pem", .key = "locked.pem"}, -EINVAL, "locked.pem", "passphrase"},
	{{.ca = "ca.pem", .certificate = "good.pem", .key = "text.pem"}, -EINVAL, "text.pem", "private key"},
	{{.ca = "ca.pem", .key = "good.pem"}, -EINVAL, "good.pem", "without a certificate"},
};

static void test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct credentials *credentials = NULL;
		char error[CREDENTIALS_ERROR_SIZE] = "";
		int result = credentials_new(&cases[i].options, &credentials, error);
		if (result != cases[i].result)
			fail_msg("case %zu: %d: %s", i, result, error);
		assert_int_equal(credentials == NULL, result < 0);
		if (result && (!strstr(error, cases[i].file) || !strstr(error, cases[i].says) || strchr(error, '\n')))
			fail_msg("case %zu: %s", i, error);
		credentials_free(credentials);
	}
}

/* A reload that finds the same files finds the same credentials, also when they have been used in between. */
static void test_equal(void **state)
{
	static const struct credentials_options rows[] = {
		{.ca = "ca.pem"},
		{.ca = "other.pem"},
		{.ca = "both.pem"},
		{.ca = "ca.pem", .crl = "crl.pem"},
		{.ca = "ca.pem", .certificate = "good.pem"},
		{.ca = "ca.pem", .certificate = "other.pem"},
		{.ca = "ca.pem", .certificate = "chained.pem"},
	};

	(void)state;
	assert_int_equal(system("cat ca.pem other.pem >both.pem; umask 077; cat other.pem ca.pem >chained.pem"), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct credentials *one = credentials_of(&rows[i]);
		for (size_t j = 0; j < COUNT(rows); j++) {
			struct credentials *other = credentials_of(&rows[j]);
			assert_int_equal(credentials_equal(one, other), i == j);
			credentials_free(other);
		}
		credentials_free(one);
	}
}

/* The profile of RFC 9325, whatever the system's configuration of OpenSSL says. */
static void test_profile(void **state)
{
	struct credentials *credentials = credentials_of(&(struct credentials_options){.ca = "ca.pem"});

	(void)state;
	for (enum peer_transport transport = 0; transport < TRANSPORT_COUNT; transport++) {
		SSL *ssl = credentials_open(credentials, transport, CHANNEL_SIGNAL);
		STACK_OF(SSL_CIPHER) *ciphers = SSL_get_ciphers(ssl);
		for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
			const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
			int kx = SSL_CIPHER_get_kx_nid(cipher);
			assert_true(SSL_CIPHER_is_aead(cipher));
			assert_true(kx == NID_kx_ecdhe || kx == NID_kx_any);
			assert_null(strstr(SSL_CIPHER_get_name(cipher), "CCM8"));
		}
		assert_int_equal(SSL_get_security_level(ssl), 2);
		assert_int_equal(SSL_get_verify_mode(ssl), SSL_VERIFY_PEER);
		assert_int_equal(SSL_get_mode(ssl) & SSL_MODE_AUTO_RETRY, 0);
		assert_int_equal(SSL_get_min_proto_version(ssl),
				 transport == TRANSPORT_UDP ? DTLS1_2_VERSION : TLS1_2_VERSION);
		SSL_free(ssl);
	}
	credentials_free(credentials);
	credentials_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_profile),
	};

	return cmocka_run_group_tests(tests, set_up, close_folder);
}
