/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of our reasons is behind an error of OpenSSL, of the peer (an alert), or of the system? */
#ifndef PROOF_FAULT_H
#define PROOF_FAULT_H

#include "proof/reason.h"

/* Of X509_verify_cert: X509_V_ERR_*. */
enum proof_reason fault_of_verification(int error);

/* Of OpenSSL's queue of errors. REASON_COUNT: it says nothing that would have a reason of its own. */
enum proof_reason fault_of_queue(unsigned long error);

/* Of a system call: errno. */
enum proof_reason fault_of_system(int error);

#endif
