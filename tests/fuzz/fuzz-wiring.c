/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a list of cables (the first one tells which kind) and as JSON of a device: refused
 * with a reason, or what is made of them loads or is refused as a fabric. */
#include "fuzz-yaml.h"

#include <lanewise/exchange.h>
#include <string.h>

static const char plan[] =
	"fabric: f\ndevices:\n  a: {nos: nvue, cages: {swp1: {form: OSFP, mode: 2x400G}}}\n"
	"  b: {cages: {p0: {form: QSFP112, mode: 1x400G}}}\n"
	"cables:\n  - {id: c, part: DAC-OSFP-2xQSFP112, length_m: 1, a: a/swp1, b: [b/p0]}\n";

static void as_json(const char *text, size_t n, struct lw_arena *arena)
{
	struct lw_error e = {0};
	struct lw_findings findings;
	struct lw_fabric f;
	struct lw_seen s;

	lw_findings_init(&findings, arena);
	require(!lw_fabric_load(plan, sizeof(plan) - 1, "plan", arena, &f, &e));
	require(!lw_fabric_resolve(&f, NULL, NULL, &e));
	require(!lw_seen_init(&s, &f, NULL, NULL, arena, &e));
	if (lw_seen_add_json(&s, "a", text, n, "fuzz", &e))
		require(e.message[0] != '\0');
	else
		lw_seen_compare(&s, &findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lw_wiring_options o = {.part = lw_part_find("DAC-OSFP-2xQSFP112"), .length_m = 2};
	struct lw_buf text = LW_BUF_INIT;
	struct lw_findings findings;
	struct lw_error e = {0};
	struct lw_arena arena;
	struct lw_wiring w;
	struct lw_fabric f;

	if (!size)
		return 0;
	lw_arena_init(&arena, 64u << 20);
	lw_findings_init(&findings, &arena);
	if (data[0] % 4 == 3) {
		as_json((const char *)data + 1, size - 1, &arena);
	} else if (lw_wiring_load((enum lw_wiring_kind)(data[0] % 4), (const char *)data + 1,
				  size - 1, "fuzz", &arena, &w, &e) ||
		   lw_wiring_fabric(&w, &o, &text, &findings, &e)) {
		require(e.message[0] != '\0');
	} else if (lw_fabric_load(lw_buf_str(&text), text.len, "made", &arena, &f, &e)) {
		require(e.message[0] != '\0');
	}
	lw_buf_finish(&text);
	lw_arena_finish(&arena);
	return 0;
}
