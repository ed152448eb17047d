/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the fuzzer of identities begin with? Certificates with the names that its unit test asks about, each behind
 * a reference identifier. Keys are new each time, so that each run writes other files of the same meaning:
 *
 *   cc -D_GNU_SOURCE -Iuserspace -Iinclude tests/fuzz/corpus/certificates.c -o build/certificates -lcmocka -lcrypto
 *   build/certificates tests/fuzz/corpus/identity
 */
#include <stdlib.h>
#include <string.h>

#include "../../unit/proof/certificates.h"

static const struct {
	const char *id, *reference;
	size_t size;
	const char *names;
} seeds[] = {
	{"name", "dots.example.com", 16, "DNS:dots.example.com"},
	{"trailing-dot", "dots.example.com.", 17, "DNS:dots.example.com"},
	{"leading-dot", ".example.com", 12, "DNS:dots.example.com"},
	{"nul", "dots.example.com\0.evil", 22, "DNS:dots.example.com"},
	{"wildcard", "dots-1.example.com", 18, "DNS:*.example.com"},
	{"partial-wildcard", "dots-1.example.com", 18, "DNS:dots*.example.com"},
	{"two-names", "dots.example.com", 16, "DNS:*.example.com,DNS:dots.example.com"},
	{"common-name", "dots.example.com", 16, NULL},
	{"address", "\xc0\x00\x02\x01", 4, "IP:192.0.2.1"},
	{"mapped", "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01", 16, "IP:192.0.2.1"},
	{"ipv6", "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16, "IP:2001:db8::1"},
	{"address-as-name", "192.0.2.1", 9, "DNS:192.0.2.1"},
	{"other-kinds", "dots.example.com", 16, "email:a@dots.example.com,URI:coaps://dots.example.com"},
};

static void write_seed(const char *folder, size_t i)
{
	struct certificate made =
		make_certificate(NULL, &(struct certificate_wish){.cn = "dots.example.com", .names = seeds[i].names});
	uint8_t *der = NULL;
	int size = i2d_X509(made.x509, &der);
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, seeds[i].id);
	FILE *file = fopen(path, "wb");
	if (!file || fputc((int)seeds[i].size, file) == EOF ||
	    fwrite(seeds[i].reference, 1, seeds[i].size, file) != seeds[i].size ||
	    fwrite(der, 1, (size_t)size, file) != (size_t)size || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
	OPENSSL_free(der);
	free_certificate(&made);
}

int main(int argc, char *argv[])
{
	for (size_t i = 0; argc == 2 && i < sizeof seeds / sizeof *seeds; i++)
		write_seed(argv[1], i);
	return argc == 2 ? 0 : 2;
}
