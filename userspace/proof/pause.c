/* SPDX-License-Identifier: BSD-2-Clause */
#include "proof/pause.h"

uint64_t pause_jitter(uint64_t pause, uint32_t random)
{
	uint64_t spread = pause / 100 * PAUSE_JITTER_PERCENT;

	return pause - spread + (uint64_t)((double)random / UINT32_MAX * 2 * (double)spread);
}

uint64_t pause_after(unsigned failures, uint64_t first, uint64_t most, uint32_t random)
{
	uint64_t pause = first;

	while (--failures && pause < most)
		pause *= 2;
	return pause_jitter(pause < most ? pause : most, random);
}
