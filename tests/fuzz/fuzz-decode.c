/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes: parse, decode, find problems, sum up, write JSON. Nothing may crash or leak. Built
 * also once for each map (LW_FUZZ_MAP), where the bytes are the module's pages as they stand.
 */
#include <lanewise/facts.h>
#include <lanewise/image.h>
#include <lanewise/value.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void report(const struct lw_facts *facts)
{
	struct lw_buf buf = LW_BUF_INIT;
	struct lw_findings problems;
	struct lw_arena arena;
	struct lw_json json;

	lw_arena_init(&arena, 1 << 20);
	lw_findings_init(&problems, &arena);
	if (lw_facts_problems(facts, "fuzz", &problems))
		abort();
	lw_json_init(&json, &buf);
	lw_facts_json(facts, "fuzz", &problems, &json);
	if (buf.failed || json.depth)
		abort();
	lw_buf_finish(&buf);
	lw_arena_finish(&arena);
}

static void choose(const struct lw_facts *facts)
{
	struct lw_ability ability[LW_ABILITIES_MAX];
	size_t n = lw_facts_abilities(facts, ability);

	for (size_t i = 0; i < n; i++)
		for (uint8_t first = 0; first < 40; first++) {
			struct lw_ability_want want = {.first = first,
						       .lanes = ability[i].host_lanes,
						       .rate_mbps = ability[i].rate_mbps};

			if (lw_ability_choose(ability, n, &want) >= (int)n ||
			    lw_ability_media_first(&ability[i], first) > 31)
				abort();
		}
}

#ifdef LW_FUZZ_MAP
/* A byte of presence for each slot, then the slots that are there. */
static int fill(const uint8_t *bytes, size_t n, struct lw_image *image)
{
	size_t slots, used;

	lw_map_slots(LW_FUZZ_MAP, &slots);
	if (n < slots)
		return 0;
	*image = (struct lw_image){.map = LW_FUZZ_MAP};
	used = slots;
	for (size_t i = 0; i < slots; i++) {
		if (i && !(bytes[i] & 1))
			continue;
		if (n - used < 128)
			break;
		memcpy(image->slot[0][i], bytes + used, 128);
		image->present[0][i] = 1;
		used += 128;
	}
	return 1;
}

static void values(const struct lw_view *view)
{
	size_t n;
	const struct lw_field *f = lw_map_fields(LW_FUZZ_MAP, &n);

	for (size_t i = 0; i < n; i++)
		for (unsigned lane = 0; lane < f[i].lanes; lane++) {
			struct lw_value v;

			lw_value_decode(&f[i], lane, view, &v);
		}
}
#else
static int fill(const uint8_t *bytes, size_t n, struct lw_image *image)
{
	struct lw_error error;

	if (!lw_image_parse(bytes, n, "fuzz", image, &error))
		return 1;
	if (!error.code || !error.message[0])
		abort();
	return 0;
}

static void values(const struct lw_view *view)
{
	(void)view;
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct lw_image image;
	char summary[LW_SUMMARY_MAX];
	struct lw_facts facts;
	struct lw_view view;

	if (!fill(bytes, n, &image))
		return 0;
	lw_image_view(&image, &view);
	lw_facts_decode(&view, &facts);
	if (lw_facts_summary(&facts, summary, sizeof(summary)))
		abort();
	choose(&facts);
	report(&facts);
	values(&view);
	return 0;
}
