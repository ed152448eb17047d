/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the agent hold what the story says? All of it, nothing twice, and nothing else. */
#ifndef TESTS_FAULTS_HELD_H
#define TESTS_FAULTS_HELD_H

#include "../bench/agent.h"
#include "story.h"

/* Compares each binding: address, circuit, server, offer. Says what differs, on standard error, and returns whether
 * nothing does. */
bool held_is(const struct agent *agent, const struct story *story);

/* The same, and that each was refreshed when the story told it, and ends by that. */
bool held_since(const struct agent *agent, const struct story *story);

#endif
