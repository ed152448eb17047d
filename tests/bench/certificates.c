/* SPDX-License-Identifier: BSD-2-Clause */
#include "certificates.h"

#include <stdio.h>
#include <stdlib.h>

static const char script[] =
	"exec 2>/dev/null; set -e; umask 077; cd '%s'\n"
	"new='openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
	"$new -x509 -days 2 -subj /CN=authority -keyout ca.key -out ca.pem\n"
	"$new -subj /CN=peer -keyout peer.key -out peer.csr\n"
	"printf 'subjectAltName=DNS:" CERTIFICATES_NAME "\nextendedKeyUsage=serverAuth\n' >extensions\n"
	"openssl x509 -req -in peer.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 "
	"-extfile extensions -out peer.pem";

bool certificates_make(const char *folder)
{
	char command[1024];

	snprintf(command, sizeof command, script, folder);
	if (system(command) == 0)
		return true;
	fprintf(stderr, "%s: certificates cannot be made there\n", folder);
	return false;
}
