/* SPDX-License-Identifier: BSD-2-Clause */
#include "proof/credentials.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "base/cleanup.h"

/* ECDHE for forward secrecy, AEAD; no tags of 64 bits (RFC 9325 4.2). TLS 1.3 has no others. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AESCCM:!AESCCM8"
#define SECURITY_LEVEL 2

/* What a server can make us keep: octets of its certificates, and certificates from a leaf to its authority. */
#define CHAIN_SIZE_MAX 65536
#define CHAIN_DEPTH_MAX 8

#define OTHERS_MAY (S_IRWXG | S_IRWXO)

struct credentials {
	SSL_CTX *contexts[TRANSPORT_COUNT];
};

/* Lists of ALPN, each id behind its length. */
#define ALPN(id) ((struct bytes){(const uint8_t *)(id), sizeof(id) - 1})

/* --- Errors --- */

static int refuse(char error[CREDENTIALS_ERROR_SIZE], int result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(char error[CREDENTIALS_ERROR_SIZE], int result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, CREDENTIALS_ERROR_SIZE, format, arguments);
	va_end(arguments);
	ERR_clear_error();
	return result;
}

/* What OpenSSL, or below it the system, has to say. */
static const char *why(void)
{
	unsigned long error = ERR_peek_last_error();
	const char *words = ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error)) : ERR_reason_error_string(error);

	return words ? words : "it holds nothing of the kind";
}

/* --- Whom we trust --- */

static int load_ca(SSL_CTX *context, const char *path, char error[CREDENTIALS_ERROR_SIZE])
{
	if (access(path, R_OK) < 0)
		return refuse(error, -errno, "%s: certificates of authorities: %s", path, strerror(errno));
	if (SSL_CTX_load_verify_file(context, path) != 1)
		return refuse(error, -EINVAL, "%s: certificates of authorities: %s", path, why());
	return 0;
}

static int load_crl(SSL_CTX *context, const char *path, char error[CREDENTIALS_ERROR_SIZE])
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	if (access(path, R_OK) < 0)
		return refuse(error, -errno, "%s: revocation list: %s", path, strerror(errno));
	if (!lookup || X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) < 1)
		return refuse(error, -EINVAL, "%s: revocation list: %s", path, why());
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return 0;
}

/* --- Who we are --- */

/* An agent has nobody to ask for a passphrase. */
static int no_passphrase(char *buffer, int size, int writes, void *context)
{
	(void)buffer;
	(void)size;
	(void)writes;
	(void)context;
	return -1;
}

static void free_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static int load_key(SSL_CTX *context, const char *path, char error[CREDENTIALS_ERROR_SIZE])
{
	CLEANUP(free_key) EVP_PKEY *key = NULL;
	AUTO_FILE FILE *file = fopen(path, "re");
	struct stat stat;

	if (!file || fstat(fileno(file), &stat) < 0)
		return refuse(error, -errno, "%s: private key: %s", path, strerror(errno));
	if (stat.st_mode & OTHERS_MAY)
		return refuse(error, -EPERM,
			      "%s: private key: others than its owner may use it: chmod 600 it, and "
			      "consider it known",
			      path);
	key = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL);
	if (!key)
		return refuse(error, -EINVAL, "%s: private key: none in PEM without a passphrase", path);
	if (SSL_CTX_use_PrivateKey(context, key) != 1)
		return refuse(error, -EINVAL, "%s: private key: it is not that of the certificate", path);
	return 0;
}

static int load_certificate(SSL_CTX *context, const char *path, char error[CREDENTIALS_ERROR_SIZE])
{
	if (access(path, R_OK) < 0)
		return refuse(error, -errno, "%s: certificate: %s", path, strerror(errno));
	if (SSL_CTX_use_certificate_chain_file(context, path) != 1)
		return refuse(error, -EINVAL, "%s: certificate: %s", path, why());
	return 0;
}

static int load_ours(SSL_CTX *context, const struct credentials_options *options, char error[CREDENTIALS_ERROR_SIZE])
{
	int result;

	if (!options->certificate)
		return options->key ? refuse(error, -EINVAL, "%s: a key without a certificate", options->key) : 0;
	result = load_certificate(context, options->certificate, error);
	return result ? result : load_key(context, options->key ? options->key : options->certificate, error);
}

/* --- Both --- */

static void set_profile(SSL_CTX *context)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);

	SSL_CTX_set_security_level(context, SECURITY_LEVEL);
	SSL_CTX_set_cipher_list(context, CIPHERS);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_QUERY_MTU);
	SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_verify_depth(context, CHAIN_DEPTH_MAX);
	SSL_CTX_set_max_cert_list(context, CHAIN_SIZE_MAX);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	/* Sessions are handed to whoever made the handshake, and kept by nobody else. */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
}

static int load(SSL_CTX *context, const struct credentials_options *options, char error[CREDENTIALS_ERROR_SIZE])
{
	int result = load_ca(context, options->ca ? options->ca : CREDENTIALS_CA_DEFAULT, error);

	if (!result && options->crl)
		result = load_crl(context, options->crl, error);
	return result ? result : load_ours(context, options, error);
}

/* A bundle of authorities is read once, and serves both transports. */
static int fill(struct credentials *credentials, const struct credentials_options *options,
		char error[CREDENTIALS_ERROR_SIZE])
{
	SSL_CTX *tls = credentials->contexts[TRANSPORT_TCP] = SSL_CTX_new(TLS_client_method());
	SSL_CTX *dtls = credentials->contexts[TRANSPORT_UDP] = SSL_CTX_new(DTLS_client_method());
	int result;

	if (!tls || !dtls)
		return refuse(error, -ENOMEM, "out of memory");
	set_profile(tls);
	set_profile(dtls);
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_min_proto_version(dtls, DTLS1_2_VERSION);
	result = load(tls, options, error);
	if (result)
		return result;
	SSL_CTX_set1_cert_store(dtls, SSL_CTX_get_cert_store(tls));
	return load_ours(dtls, options, error);
}

int credentials_new(const struct credentials_options *options, struct credentials **ret,
		    char error[CREDENTIALS_ERROR_SIZE])
{
	struct credentials *credentials = calloc(1, sizeof *credentials);
	int result;

	if (!credentials)
		return refuse(error, -ENOMEM, "out of memory");
	ERR_clear_error();
	result = fill(credentials, options, error);
	if (result) {
		credentials_free(credentials);
		return result;
	}
	*ret = credentials;
	return 0;
}

void credentials_free(struct credentials *credentials)
{
	if (!credentials)
		return;
	for (size_t i = 0; i < TRANSPORT_COUNT; i++)
		SSL_CTX_free(credentials->contexts[i]);
	free(credentials);
}

static bool same_object(const X509_OBJECT *a, const X509_OBJECT *b)
{
	if (X509_OBJECT_get_type(a) != X509_OBJECT_get_type(b))
		return false;
	if (X509_OBJECT_get_type(a) == X509_LU_X509)
		return X509_cmp(X509_OBJECT_get0_X509(a), X509_OBJECT_get0_X509(b)) == 0;
	return X509_CRL_match(X509_OBJECT_get0_X509_CRL(a), X509_OBJECT_get0_X509_CRL(b)) == 0;
}

/* OpenSSL sorts them when it first looks for one, by subject: those of the same subject may stand either way. */
static STACK_OF(X509_OBJECT) * sorted_objects(const SSL_CTX *context)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));

	sk_X509_OBJECT_sort(objects);
	return objects;
}

static bool same_authorities(const SSL_CTX *a, const SSL_CTX *b)
{
	const STACK_OF(X509_OBJECT) *of_a = sorted_objects(a), *of_b = sorted_objects(b);
	int count = sk_X509_OBJECT_num(of_a);
	bool same = count == sk_X509_OBJECT_num(of_b);

	for (int i = 0; same && i < count; i++)
		same = same_object(sk_X509_OBJECT_value(of_a, i), sk_X509_OBJECT_value(of_b, i));
	return same;
}

static bool same_certificate(const SSL_CTX *a, const SSL_CTX *b)
{
	const X509 *of_a = SSL_CTX_get0_certificate(a), *of_b = SSL_CTX_get0_certificate(b);

	return of_a && of_b ? X509_cmp(of_a, of_b) == 0 : of_a == of_b;
}

/* What we send behind it, for peers that do not know who issued it. */
static bool same_chain(SSL_CTX *a, SSL_CTX *b)
{
	STACK_OF(X509) *of_a = NULL, *of_b = NULL;

	SSL_CTX_get0_chain_certs(a, &of_a);
	SSL_CTX_get0_chain_certs(b, &of_b);
	int count = sk_X509_num(of_a);
	bool same = count == sk_X509_num(of_b);
	for (int i = 0; same && i < count; i++)
		same = X509_cmp(sk_X509_value(of_a, i), sk_X509_value(of_b, i)) == 0;
	return same;
}

bool credentials_equal(const struct credentials *a, const struct credentials *b)
{
	SSL_CTX *of_a = a->contexts[TRANSPORT_TCP], *of_b = b->contexts[TRANSPORT_TCP];

	return same_certificate(of_a, of_b) && same_chain(of_a, of_b) && same_authorities(of_a, of_b);
}

/* CoAP over TLS is "coap" (RFC 8323 8.2), over DTLS "co" (RFC 9952); a data channel is RESTCONF (RFC 8783). */
static struct bytes alpn(enum peer_transport transport, enum peer_channel channel)
{
	if (channel == CHANNEL_DATA)
		return ALPN("\x02h2\x08http/1.1");
	return transport == TRANSPORT_TCP ? ALPN("\x04"
						 "coap")
					  : ALPN("\x02"
						 "co");
}

SSL *credentials_open(const struct credentials *credentials, enum peer_transport transport, enum peer_channel channel)
{
	SSL *ssl = SSL_new(credentials->contexts[transport]);
	struct bytes offered = alpn(transport, channel);

	if (!ssl)
		return NULL;
	if (SSL_set_alpn_protos(ssl, offered.data, (unsigned)offered.size) != 0) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_connect_state(ssl);
	return ssl;
}
