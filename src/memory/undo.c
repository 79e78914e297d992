/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An undo text is a list of steps, the newest last (memory design 5):
 *
 *	lanewise-undo 1 SIZE HASH-BEFORE HASH-NOW
 *	OFFSET BYTE-BEFORE BYTE-NOW
 *	end
 *
 * All numbers are hex. A change of fields never changes the size.
 */
#include "memory-internal.h"

#include <inttypes.h>
#include <lanewise/digest.h>
#include <string.h>

#define HEAD "lanewise-undo 1 "

static uint64_t hash(const uint8_t *p, size_t n)
{
	return lw_digest(LW_DIGEST_START, p, n);
}

struct step {
	uint64_t size, before, now;
	size_t head, body; /* where its head and its first change stand in the text */
};

/* Read a hex number; moves `*inout`. @return false when there is none, or too big a one */
static bool hex_number(const char *text, size_t n, size_t *inout, uint64_t *ret)
{
	size_t i = *inout;
	uint64_t u = 0;

	for (; i < n && text[i] != ' ' && text[i] != '\n'; i++) {
		char c = text[i];
		unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
			     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10u
						    : 16u;

		if (d > 15 || u >> 60)
			return false;
		u = u << 4 | d;
	}
	if (i == *inout || i == n)
		return false;
	*inout = i + 1;
	*ret = u;
	return true;
}

/* Find the last step of the text. */
static bool last_step(const char *text, size_t n, struct step *ret)
{
	static const size_t len = sizeof(HEAD) - 1;
	bool found = false;
	size_t at = 0;

	while (at < n) {
		const char *eol = memchr(text + at, '\n', n - at);

		if (!eol)
			return false;
		if (n - at > len && memcmp(text + at, HEAD, len) == 0) {
			ret->head = at;
			ret->body = at + len;
			found = hex_number(text, n, &ret->body, &ret->size) &&
				hex_number(text, n, &ret->body, &ret->before) &&
				hex_number(text, n, &ret->body, &ret->now);
			if (!found)
				return false;
		}
		at = (size_t)(eol - text) + 1;
	}
	return found && n >= 4 && memcmp(text + n - 4, "end\n", 4) == 0;
}

int lw_undo_add(const char *old, size_t old_n, const uint8_t *was, size_t was_n, const uint8_t *now,
		size_t now_n, struct lw_buf *ret, struct lw_error *reterr)
{
	uint64_t before = hash(was, was_n);
	struct step last;

	if (was_n != now_n)
		return lw_fail(reterr, LW_EINVAL, "a step that changes the size cannot be undone");
	if (old && last_step(old, old_n, &last) && last.size == was_n) {
		if (last.now == before)
			lw_buf_add(ret, old, old_n);
		else if (last.before == before)
			/* kept for a write that then did not happen */
			lw_buf_add(ret, old, last.head);
	}
	lw_buf_printf(ret, HEAD "%zx %" PRIx64 " %" PRIx64 "\n", was_n, before, hash(now, now_n));
	for (size_t i = 0; i < was_n; i++)
		if (was[i] != now[i])
			lw_buf_printf(ret, "%zx %02x %02x\n", i, was[i], now[i]);
	lw_buf_puts(ret, "end\n");
	return ret->failed ? lw_fail(reterr, LW_ENOMEM, "out of memory") : 0;
}

/* Apply the changes of a step backwards. @return false when one does not fit */
static bool take_back(const char *text, size_t n, size_t at, uint8_t *bytes, size_t bytes_n)
{
	while (n - at > 4) {
		uint64_t offset, before, now;

		if (!hex_number(text, n, &at, &offset) || !hex_number(text, n, &at, &before) ||
		    !hex_number(text, n, &at, &now) || at > n)
			return false;
		if (offset >= bytes_n || bytes[offset] != now || before > 0xff)
			return false;
		bytes[offset] = (uint8_t)before;
	}
	return true;
}

int lw_undo_take(const char *text, size_t n, const char *name, const uint8_t *now, size_t now_n,
		 struct lw_arena *arena, uint8_t **ret, size_t *ret_n, size_t *ret_left,
		 struct lw_error *reterr)
{
	struct step last;
	uint8_t *bytes;

	if (!last_step(text, n, &last))
		return lw_fail_in(reterr, LW_EINVAL, name, 0, "is no undo file of lanewise");
	if (last.size != now_n || last.now != hash(now, now_n))
		return lw_fail_in(
			reterr, LW_EINVAL, name, 0,
			"the memory was changed since by something else; nothing is undone");
	bytes = lw_arena_alloc(arena, now_n);
	if (!bytes)
		return lw_fail_in(reterr, LW_ENOMEM, name, 0, "out of memory");
	memcpy(bytes, now, now_n);
	if (!take_back(text, n, last.body, bytes, now_n) || hash(bytes, now_n) != last.before)
		return lw_fail_in(reterr, LW_EINVAL, name, 0,
				  "is damaged: its last step does not give back what was there");
	*ret = bytes;
	*ret_n = now_n;
	*ret_left = last.head;
	return 0;
}
