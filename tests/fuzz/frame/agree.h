/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the program do what is expected? */
#ifndef TESTS_FUZZ_FRAME_AGREE_H
#define TESTS_FUZZ_FRAME_AGREE_H

#include "program.h"

/* Says on standard error what differs, a line each. */
bool agree(const struct setting *setting, const struct expected *expected, const struct observed *observed);

#endif
