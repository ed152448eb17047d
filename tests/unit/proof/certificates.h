/* SPDX-License-Identifier: BSD-2-Clause */
/* Where do a test's certificates come from? It makes them when it runs, each as it should be or as it should not. */
#ifndef TESTS_UNIT_PROOF_CERTIFICATES_H
#define TESTS_UNIT_PROOF_CERTIFICATES_H

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "../unit.h"

struct certificate {
	X509 *x509;
	EVP_PKEY *key;
};

struct certificate_wish {
	const char *cn;    /* NULL: "test" */
	const char *names; /* subjectAltName, as "DNS:dots.example.net,IP:192.0.2.1"; NULL: none */
	const char *usage; /* extended key usage; NULL: serverAuth, "": none */
	bool authority;
	bool weak;                    /* RSA of 1024 bits */
	long from, until;             /* seconds from now; until 0: a day */
	const EVP_MD *digest;         /* NULL: SHA-256 */
	const GENERAL_NAMES *general; /* instead of `names`, for what no text can say */
};

static inline void add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
}

static inline void add_extensions(X509 *x509, const struct certificate_wish *wish)
{
	if (wish->authority) {
		add_extension(x509, NID_basic_constraints, "critical,CA:TRUE");
		add_extension(x509, NID_key_usage, "critical,keyCertSign,cRLSign");
	} else if (!wish->usage || *wish->usage) {
		add_extension(x509, NID_ext_key_usage, wish->usage ? wish->usage : "serverAuth");
	}
	if (wish->names)
		add_extension(x509, NID_subject_alt_name, wish->names);
	if (wish->general)
		assert_int_equal(
			X509_add1_ext_i2d(x509, NID_subject_alt_name, (void *)wish->general, 0, X509V3_ADD_DEFAULT), 1);
}

/* issuer NULL: it vouches for itself. */
static inline struct certificate make_certificate(const struct certificate *issuer, const struct certificate_wish *wish)
{
	static long serial = 1;
	struct certificate made = {.x509 = X509_new()};
	X509_NAME *name = X509_get_subject_name(made.x509);

	made.key = wish->weak ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256");
	assert_non_null(made.key);
	X509_set_version(made.x509, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(made.x509), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(made.x509), wish->from ? wish->from : -60);
	X509_gmtime_adj(X509_getm_notAfter(made.x509), wish->until ? wish->until : 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)(wish->cn ? wish->cn : "test"), -1, -1,
				   0);
	X509_set_issuer_name(made.x509, issuer ? X509_get_subject_name(issuer->x509) : name);
	X509_set_pubkey(made.x509, made.key);
	add_extensions(made.x509, wish);
	assert_true(X509_sign(made.x509, issuer ? issuer->key : made.key, wish->digest ? wish->digest : EVP_sha256()) >
		    0);
	return made;
}

static inline void free_certificate(struct certificate *certificate)
{
	X509_free(certificate->x509);
	EVP_PKEY_free(certificate->key);
	*certificate = (struct certificate){0};
}

static inline FILE *create_private(const char *path)
{
	umask(077);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	return file;
}

/* The certificate and its key, in one file. */
static inline void write_certificate(const struct certificate *certificate, const char *path)
{
	FILE *file = create_private(path);

	PEM_write_X509(file, certificate->x509);
	PEM_write_PrivateKey(file, certificate->key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
}

/* Writes one, signed by the issuer, and forgets it. */
static inline void write_new_certificate(const struct certificate *issuer, const struct certificate_wish *wish,
					 const char *path)
{
	struct certificate made = make_certificate(issuer, wish);

	write_certificate(&made, path);
	free_certificate(&made);
}

/* The issuer's revocation list, with one certificate on it, or NULL. */
static inline void write_crl(const struct certificate *issuer, const X509 *revoked, const char *path)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *time = X509_gmtime_adj(NULL, -30);
	FILE *file = create_private(path);

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->x509));
	X509_CRL_set1_lastUpdate(crl, time);
	if (revoked) {
		X509_REVOKED *entry = X509_REVOKED_new();
		X509_REVOKED_set_serialNumber(entry, (ASN1_INTEGER *)X509_get0_serialNumber(revoked));
		X509_REVOKED_set_revocationDate(entry, time);
		X509_CRL_add0_revoked(crl, entry);
	}
	X509_gmtime_adj(time, 3600);
	X509_CRL_set1_nextUpdate(crl, time);
	X509_CRL_sign(crl, issuer->key, EVP_sha256());
	PEM_write_X509_CRL(file, crl);
	fclose(file);
	ASN1_TIME_free(time);
	X509_CRL_free(crl);
}

#endif
