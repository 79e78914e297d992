/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/pattern.h>
#include <string.h>

void lw_pam4_encode(const uint8_t *bits, size_t n, uint8_t ret[])
{
	for (size_t i = 0; i < n; i += 4) {
		uint32_t b = bits[i / 4], pairs, first, both;
		uint8_t level[4];

		/* four pairs to four bytes, then 2 first + (first XOR second) in each */
		pairs = (b & 3) | (b & 12) << 6 | (b & 48) << 12 | (b & 192) << 18;
		first = pairs & 0x01010101;
		both = first ^ (pairs >> 1 & 0x01010101);
		both |= first << 1;
		for (unsigned k = 0; k < 4; k++)
			level[k] = (uint8_t)(both >> 8 * k);
		memcpy(ret + i, level, n - i < 4 ? n - i : 4);
	}
}

void lw_pam4_decode(const uint8_t *symbols, size_t n, uint8_t *ret_bits)
{
	for (size_t i = 0; i < n; i += 4) {
		unsigned b = 0;

		for (unsigned k = 0; k < 4 && i + k < n; k++) {
			unsigned s = symbols[i + k] & 3, first = s >> 1;

			b |= (first | (first ^ (s & 1)) << 1) << 2 * k;
		}
		ret_bits[i / 4] = (uint8_t)b;
	}
}

void lw_pam4_precode(uint8_t *symbols, size_t n, uint8_t *inout_last)
{
	unsigned last = *inout_last;

	for (size_t i = 0; i < n; i++)
		symbols[i] = (uint8_t)(last = (symbols[i] - last) & 3);
	*inout_last = (uint8_t)last;
}

void lw_pam4_decode_precoded(uint8_t *symbols, size_t n, uint8_t *inout_last)
{
	unsigned last = *inout_last;

	for (size_t i = 0; i < n; i++) {
		unsigned got = symbols[i];

		symbols[i] = (got + last) & 3;
		last = got;
	}
	*inout_last = (uint8_t)last;
}
