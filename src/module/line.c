/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"

/*
 * The interrupt line of a cage. It says that some flag came whose mask is clear; which one is read,
 * and so cleared. So it shortens pauses and never replaces a look: what it fails to tell is found
 * by the safety look behind it, and what lasts, and asserts it again at once, is polled as without
 * a line. The standard lets modules without flags for a state be slow to tell (ConfigStatus has
 * none): those waits are polled.
 */

bool lw_line_is_of_use(const struct lw_module *m)
{
	return m->line != LW_LINE_NONE && m->missed < LW_MISSED_MAX &&
	       m->memory.map == LW_MAP_CMIS && !m->facts.flat_memory && !m->quirks.no_interrupt;
}

bool lw_module_tells(const struct lw_module *m)
{
	return m->phase > LW_MODULE_IDENTIFY && lw_line_is_of_use(m);
}

struct lw_mono lw_line_due(struct lw_module *m, struct lw_mono paced, struct lw_mono safety,
			   struct lw_mono pause, struct lw_mono now)
{
	m->looked = now;
	m->paced = paced;
	m->safety = safety;
	m->soonest = lw_mono_add(now, pause);
	return m->line == LW_LINE_QUIET && lw_module_tells(m) ? safety : paced;
}

void lw_line_judge(struct lw_module *m, struct lw_mono now)
{
	if (m->line == LW_LINE_ASSERTED)
		m->missed = 0;
	else if (lw_module_tells(m) && m->safety.ns != m->paced.ns &&
		 !lw_mono_before(now, m->safety))
		m->missed++;
}

/* Is a module waited for that does not answer yet? The end of its start is an interrupt. */
static bool starts(const struct lw_module *m)
{
	return m->phase <= LW_MODULE_IDENTIFY && m->nacks;
}

static bool listens(const struct lw_module *m)
{
	return lw_module_tells(m) && !m->nacks &&
	       (m->phase == LW_MODULE_REST || m->phase == LW_MODULE_WORK);
}

static struct lw_mono later(struct lw_mono a, struct lw_mono b)
{
	return lw_mono_before(a, b) ? b : a;
}

void lw_module_line(struct lw_module *m, enum lw_line line, struct lw_mono now)
{
	uint8_t before = m->line;

	m->line = (uint8_t)line;
	if (before == m->line || !(starts(m) || listens(m)))
		return;
	if (line == LW_LINE_ASSERTED)
		m->due = lw_mono_min(m->due, later(now, m->soonest));
	else if (line == LW_LINE_QUIET && m->due.ns == m->paced.ns && listens(m))
		m->due = later(now, m->safety);
}

void lw_module_nudge(struct lw_module *m, struct lw_mono now)
{
	if (m->phase != LW_MODULE_REST || !listens(m))
		return;
	m->nudged = true;
	m->due = lw_mono_min(m->due, later(now, lw_mono_add(m->looked, lw_ms(LW_NEWS_MS))));
}

/* All flags of a page of a bank: from the first byte that reading clears to the last. */
static int read_page(struct lw_module *m, unsigned bank, unsigned slot, struct lw_error *reterr)
{
	const struct lw_slot *s = &lw_map_slots(LW_MAP_CMIS, NULL)[slot];
	unsigned first = 0, last = 127;

	while (first < last && !s->cor[first])
		first++;
	while (last > first && !s->cor[last])
		last--;
	return lw_module_read_bank(m, bank, slot, 128 + first, 128 + last, true, reterr);
}

/* Those of page 14h belong to whoever runs a pattern test. */
int lw_line_read(struct lw_module *m, struct lw_error *reterr)
{
	static const struct {
		uint16_t summary[LW_BANKS_MAX], slot;
	} pages[] = {
		{{LW_CMIS_FLAGS_SUMMARY_BANK0_PAGE_12H, LW_CMIS_FLAGS_SUMMARY_BANK1_PAGE_12H,
		  LW_CMIS_FLAGS_SUMMARY_BANK2_PAGE_12H, LW_CMIS_FLAGS_SUMMARY_BANK3_PAGE_12H},
		 LW_CMIS_SLOT_12H},
		{{LW_CMIS_FLAGS_SUMMARY_BANK0_PAGE_2CH, LW_CMIS_FLAGS_SUMMARY_BANK1_PAGE_2CH,
		  LW_CMIS_FLAGS_SUMMARY_BANK2_PAGE_2CH, LW_CMIS_FLAGS_SUMMARY_BANK3_PAGE_2CH},
		 LW_CMIS_SLOT_2CH},
	};
	unsigned banks = lw_plan_lanes(&m->facts) / LW_BANK_LANES;
	int r = lw_module_read_flags(m, reterr);

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		for (unsigned b = 0; !r && b < banks; b++)
			if (lw_module_get(m, pages[i].summary[b], 0))
				r = read_page(m, b, pages[i].slot, reterr);
	return r;
}
