/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are these still the bytes that were written? CRC-32C, eight octets a step: by the processor's own instruction if it
 * has one, else by tables (slicing-by-8, Kounavis and Berry 2005).
 */
#include "store/checksum.h"

#include <endian.h>

#define POLYNOMIAL 0x82f63b78U /* bits reversed */
#define SLICES 8

static uint32_t slices[SLICES][256];

static uint32_t step_bits(uint32_t crc)
{
	for (int bit = 0; bit < 8; bit++)
		crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
	return crc;
}

/* Before main(): no thread that sums has to ask whether the tables are there. */
__attribute__((constructor)) static void make_slices(void)
{
	for (uint32_t octet = 0; octet < 256; octet++)
		slices[0][octet] = step_bits(octet);
	for (size_t slice = 1; slice < SLICES; slice++)
		for (size_t octet = 0; octet < 256; octet++)
			slices[slice][octet] =
				slices[slice - 1][octet] >> 8 ^ slices[0][slices[slice - 1][octet] & 0xff];
}

static inline uint32_t step_octet(uint32_t crc, uint8_t octet)
{
	return crc >> 8 ^ slices[0][(crc ^ octet) & 0xff];
}

static inline uint32_t step_eight(uint32_t crc, const uint8_t *octets)
{
	uint64_t word;

	memcpy(&word, octets, sizeof word);
	word = le64toh(word) ^ crc;
	return slices[7][word & 0xff] ^ slices[6][word >> 8 & 0xff] ^ slices[5][word >> 16 & 0xff] ^
	       slices[4][word >> 24 & 0xff] ^ slices[3][word >> 32 & 0xff] ^ slices[2][word >> 40 & 0xff] ^
	       slices[1][word >> 48 & 0xff] ^ slices[0][word >> 56];
}

uint32_t checksum_by_tables(uint32_t key, struct bytes bytes)
{
	uint32_t crc = UINT32_MAX;

	for (int shift = 24; shift >= 0; shift -= 8)
		crc = step_octet(crc, (uint8_t)(key >> shift));
	for (; bytes.size >= 8; bytes.data += 8, bytes.size -= 8)
		crc = step_eight(crc, bytes.data);
	for (; bytes.size; bytes.data++, bytes.size--)
		crc = step_octet(crc, *bytes.data);
	return ~crc;
}

#ifdef __x86_64__

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t key, struct bytes bytes)
{
	uint64_t crc = __builtin_ia32_crc32si(UINT32_MAX, __builtin_bswap32(key)), word;

	for (; bytes.size >= sizeof word; bytes.data += sizeof word, bytes.size -= sizeof word) {
		memcpy(&word, bytes.data, sizeof word);
		crc = __builtin_ia32_crc32di(crc, word);
	}
	for (; bytes.size; bytes.data++, bytes.size--)
		crc = __builtin_ia32_crc32qi((uint32_t)crc, *bytes.data);
	return ~(uint32_t)crc;
}

uint32_t checksum(uint32_t key, struct bytes bytes)
{
	return __builtin_cpu_supports("sse4.2") ? by_instruction(key, bytes) : checksum_by_tables(key, bytes);
}

#else

uint32_t checksum(uint32_t key, struct bytes bytes)
{
	return checksum_by_tables(key, bytes);
}

#endif
