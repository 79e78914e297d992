/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <lanewise/facts.h>
#include <string.h>

#define LANES_PER_BANK 8
#define QSFP_LANES     4

/* Host interface codes for modules that state no more than a lane rate (SFF-8024 4.13 Table 4-5).
 */
enum {
	HOST_1000BASE_CX = 0x01,
	HOST_SFI = 0x04,
	HOST_25GAUI = 0x05,
	HOST_XLPPI = 0x07,
	HOST_50GAUI_1 = 0x0a,
	HOST_CAUI_4 = 0x0b,
	HOST_100GAUI_2 = 0x0d,
	HOST_200GAUI_4 = 0x0f,
	HOST_25GBASE_CR_L = 0x14,
	HOST_40GBASE_CR4 = 0x17,
	HOST_50GBASE_CR = 0x18,
	HOST_100GBASE_CR4 = 0x1a,
	HOST_200GBASE_CR4 = 0x1c,
	HOST_100GBASE_CR1 = 0x46,
	HOST_400GBASE_CR4 = 0x48,
	HOST_100GAUI_1 = 0x4b,
	HOST_400GAUI_4 = 0x4f,
};

/*
 * How far the signalling rate in the memory may be below that of the interface, by rounding, and
 * how far above: optics that also do OTN state the most they can, 11100 or 11300 MBd (percent).
 */
#define RATE_BELOW 5
#define RATE_ABOVE 12

/* The wavelength a module states may be the middle of its lanes, rounded (nm). */
#define WAVE_SLACK 10

/* SFF-8024 4.13 Table 4-2; the same in both maps. */
enum { ENCODING_PAM4 = 0x08 };

struct list {
	struct lw_ability *v;
	size_t n;
};

static void add(struct list *l, const struct lw_ability *a)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].host_lanes == a->host_lanes && l->v[i].rate_mbps == a->rate_mbps &&
		    l->v[i].pmd == a->pmd && l->v[i].host == a->host && l->v[i].apsel == a->apsel)
			return;
	if (l->n < LW_ABILITIES_MAX && a->host_lanes)
		l->v[l->n++] = *a;
}

/* Lanes at which groups of `size` lanes may start, side by side, in `lanes` lanes. */
static uint32_t packed(unsigned size, unsigned lanes)
{
	uint32_t mask = 0;

	for (unsigned first = 0; size && first + size <= lanes && first < 32; first += size)
		mask |= UINT32_C(1) << first;
	return mask;
}

/* Drop the starts from which `size` lanes run past the last lane. */
static uint32_t fitting(uint32_t mask, unsigned size, unsigned lanes)
{
	for (unsigned first = 0; first < 32; first++)
		if (first + size > lanes)
			mask &= ~(UINT32_C(1) << first);
	return mask;
}

static void set_host(struct lw_ability *a, const struct lw_interface *host)
{
	a->host = host;
	if (!host)
		return;
	a->host_baud_kbd = host->baud_kbd;
	a->host_modulation = host->modulation;
	if (!a->host_lanes)
		a->host_lanes = host->lanes;
	if (!a->rate_mbps)
		a->rate_mbps = host->rate_mbps;
}

/* CMIS */

static unsigned cmis_lanes(const struct lw_facts *f)
{
	return LANES_PER_BANK * (f->banks > 1 ? (unsigned)f->banks : 1u);
}

/* Where an application may start: the advertised options are those of one bank, and every bank has
 * them (CMIS 5.4 8.1.3.3). */
static uint32_t starts(uint8_t options, unsigned size, unsigned lanes)
{
	uint32_t mask = 0;

	for (unsigned first = 0; first < lanes && first < 32; first += LANES_PER_BANK)
		mask |= (uint32_t)options << first;
	return fitting(mask, size, lanes);
}

static void add_app(const struct lw_facts *f, const struct lw_app *app, struct list *l)
{
	enum lw_code_table media_codes = lw_media_table((unsigned)f->media_type);
	unsigned lanes = cmis_lanes(f);
	struct lw_ability a = {.apsel = app->apsel,
			       .host_lanes = app->host_lanes,
			       .media_lanes = app->media_lanes};

	if (!app->host_id)
		return;
	set_host(&a, lw_interface_find(LW_CODES_SFF8024_HOST, app->host_id));
	a.media = lw_interface_find(media_codes, app->media_id);
	if (a.media && !a.media_lanes)
		a.media_lanes = a.media->lanes;
	if (a.media && !a.rate_mbps)
		a.rate_mbps = a.media->rate_mbps;
	a.pmd = a.media ? a.media->pmd : NULL;
	if (!a.pmd && a.host && media_codes == LW_CODES_SFF8024_COPPER)
		a.pmd = a.host->pmd;
	if (lanes < a.host_lanes)
		lanes = a.host_lanes;
	a.host_first = starts(app->host_assign, a.host_lanes, lanes);
	if (app->media_assign >= 0)
		a.media_first = starts((uint8_t)app->media_assign, a.media_lanes, lanes);
	else if (media_codes == LW_CODES_SFF8024_COPPER)
		a.media_first = a.host_first; /* the far end's lanes */
	else
		a.media_first = packed(a.media_lanes, lanes);
	/* Codes of cables tell a bit error ratio, no medium. */
	if (media_codes == LW_CODES_SFF8024_COPPER || media_codes == LW_CODES_SFF8024_ACTIVE)
		a.media = NULL;
	if (a.host_first)
		add(l, &a);
}

/* SFF-8636 and SFF-8472 */

static bool has_code(const struct lw_facts *f, uint16_t id)
{
	const struct lw_field *fields = lw_map_fields(f->map, NULL);
	const struct lw_field *base =
		&fields[f->map == LW_MAP_SFF8636 ? (unsigned)LW_SFF8636_TRANSCEIVER_CODES
						 : (unsigned)LW_SFF8472_TRANSCEIVER_CODES];

	return f->has_transceiver_codes &&
	       f->transceiver_codes[fields[id].byte - base->byte] >> fields[id].shift & 1;
}

static bool is_passive(const struct lw_facts *f)
{
	return f->cable && !strcmp(f->cable, "passive copper");
}

/* Can this module be that PMD, going by the wavelength it states? */
static bool fits_wave(const struct lw_facts *f, const struct lw_pmd *pmd)
{
	double low = INFINITY, high = 0;

	if (!pmd->wave_n || isnan(f->wavelength_nm))
		return true;
	for (unsigned i = 0; i < pmd->wave_n; i++) {
		low = fmin(low, pmd->wave[i].low_pm / 1000.0);
		high = fmax(high, pmd->wave[i].high_pm / 1000.0);
	}
	return f->wavelength_nm >= low - WAVE_SLACK && f->wavelength_nm <= high + WAVE_SLACK;
}

/*
 * The PMD by a compliance code, unless the wavelength denies it: DWDM and other long 10G modules
 * say 10GBASE-LR for want of a code of their own.
 */
static const struct lw_pmd *true_pmd(const struct lw_facts *f, const struct lw_pmd *pmd)
{
	static const char *const longer[] = {"10GBASE-ER", "10G-ZR"};

	if (!pmd)
		return NULL;
	/* nor has 10G-ZR one: it says 10GBASE-ER and a length that no 10GBASE-ER has */
	if (fits_wave(f, pmd) &&
	    (strcmp(pmd->name, longer[0]) || f->length_smf_m <= pmd->reach_m[LW_OS2]))
		return pmd;
	for (unsigned i = 0; i < sizeof(longer) / sizeof(*longer); i++) {
		const struct lw_pmd *p = lw_pmd_find(longer[i]);

		if (p && p->rate_mbps == pmd->rate_mbps && fits_wave(f, p) &&
		    f->length_smf_m <= p->reach_m[LW_OS2])
			return p;
	}
	return NULL;
}

/* What the lanes of a whole may do apart: "4x25GBASE-SR;2x50GBASE-CR2". */
static void add_splits(const struct lw_ability *whole, const struct lw_interface *lane_host,
		       struct list *l)
{
	const char *s = whole->pmd ? whole->pmd->splits : "";

	while (*s) {
		const char *end = strchr(s, ';');
		size_t n = end ? (size_t)(end - s) : strlen(s);
		unsigned count = 0;
		char name[64];
		struct lw_ability a = {.part_of_whole = true};

		while (n && isdigit((unsigned char)*s)) {
			count = count * 10 + (unsigned)(*s++ - '0');
			n--;
		}
		if (n > 1 && n < sizeof(name) && *s == 'x' && count && count <= whole->host_lanes) {
			memcpy(name, s + 1, n - 1);
			name[n - 1] = '\0';
			name[strcspn(name, "?")] = '\0';
			a.pmd = lw_pmd_find(name);
			a.whole = whole->pmd;
			a.host_lanes = (uint8_t)(whole->host_lanes / count);
			a.media_lanes = (uint8_t)(whole->media_lanes / count);
			a.rate_mbps = whole->rate_mbps / count;
			a.host_baud_kbd = whole->host_baud_kbd;
			a.host_modulation = whole->host_modulation;
			if (a.host_lanes == 1 && lane_host)
				set_host(&a, lane_host);
			a.host_first = packed(a.host_lanes, whole->host_lanes);
			a.media_first = packed(a.media_lanes, whole->media_lanes);
			add(l, &a);
		}
		s += n + (end != NULL);
	}
}

/* The interface of one optical lane that runs as those of `host` do, NULL if there is none. */
static const struct lw_interface *one_lane_of(const struct lw_interface *host)
{
	static const uint8_t codes[] = {HOST_SFI, HOST_25GAUI, HOST_50GAUI_1, HOST_100GAUI_1};

	for (size_t i = 0; host && host->lanes == QSFP_LANES && i < sizeof(codes); i++) {
		const struct lw_interface *x = lw_interface_find(LW_CODES_SFF8024_HOST, codes[i]);

		if (x && x->baud_kbd == host->baud_kbd && x->modulation == host->modulation)
			return x;
	}
	return NULL;
}

/* Two lanes of a host whose code names them too ("50GAUI, 100GAUI-2 or 200GAUI-4"). */
static const struct lw_interface *pair_of(const struct lw_interface *host)
{
	const struct lw_interface *x = lw_interface_find(LW_CODES_SFF8024_HOST, HOST_100GAUI_2);

	return host && x && x->baud_kbd == host->baud_kbd && x->modulation == host->modulation
		       ? x
		       : NULL;
}

/* Active cables repeat each lane by itself: what `host` does on some lanes of the whole. */
static void add_apart(const struct lw_ability *whole, const struct lw_interface *host,
		      struct list *l)
{
	struct lw_ability a = {.part_of_whole = true};

	if (!host || host->lanes >= whole->host_lanes)
		return;
	a.host_lanes = a.media_lanes = host->lanes;
	a.host_first = a.media_first = packed(host->lanes, whole->host_lanes);
	set_host(&a, host);
	add(l, &a);
}

/* One PMD over all lanes of a QSFP, and its lanes apart. */
static void add_qsfp(const struct lw_facts *f, const struct lw_interface *host,
		     const struct lw_pmd *pmd, const struct lw_interface *lane_host, struct list *l)
{
	struct lw_ability a = {.host_first = 1, .media_first = 1};

	a.pmd = true_pmd(f, pmd);
	set_host(&a, host);
	if (!lane_host)
		lane_host = one_lane_of(host);
	if (a.pmd) {
		a.media_lanes = a.pmd->lanes;
		a.rate_mbps = a.pmd->rate_mbps;
		if (!a.host && a.pmd->lanes == QSFP_LANES) {
			a.host_lanes = QSFP_LANES;
			a.host_baud_kbd = a.pmd->baud_kbd;
			a.host_modulation = a.pmd->modulation;
		}
	} else {
		a.media_lanes = a.host_lanes;
	}
	if (!a.host_lanes || !a.rate_mbps || a.host_lanes > QSFP_LANES)
		return;
	add(l, &a);
	add_splits(&a, lane_host, l);
	if (!a.pmd && f->cable) {
		add_apart(&a, pair_of(host), l);
		add_apart(&a, lane_host, l);
	}
}

/* The host interface, among `codes`, whose lanes run at the rate that the module states. */
static const struct lw_interface *by_rate(const struct lw_facts *f, const uint8_t *codes, size_t n)
{
	const struct lw_interface *best = NULL;
	double best_error = 1;

	for (size_t i = 0; f->nominal_bitrate_mbd != LW_NONE && i < n; i++) {
		const struct lw_interface *x = lw_interface_find(LW_CODES_SFF8024_HOST, codes[i]);
		double want = x ? x->baud_kbd / 1000.0 : 0;
		double error = x ? (f->nominal_bitrate_mbd - want) / want * 100 : 0;

		/* An optical module tells by its encoding whether its lanes have four levels. */
		if (!x || (x->modulation == LW_PAM4 && !f->cable && f->encoding != ENCODING_PAM4))
			continue;
		error = error < 0 ? -error / RATE_BELOW : error / RATE_ABOVE;
		if (error < best_error) {
			best_error = error;
			best = x;
		}
	}
	return best;
}

/* Copper by generation, fastest first: four lanes and one. */
static const struct generation {
	uint8_t qsfp_host, lane_host;
	const char *qsfp, *lane;
} generations[] = {
	{HOST_400GBASE_CR4, HOST_100GBASE_CR1, "400GBASE-CR4", "100GBASE-CR1"},
	{HOST_200GBASE_CR4, HOST_50GBASE_CR, "200GBASE-CR4", "50GBASE-CR"},
	{HOST_100GBASE_CR4, HOST_25GBASE_CR_L, "100GBASE-CR4", "25GBASE-CR CA-25G-L"},
	{HOST_40GBASE_CR4, HOST_SFI, "40GBASE-CR4", "10GSFP+CU"},
};

static void add_sfp(const struct lw_facts *f, const struct lw_interface *host,
		    const struct lw_pmd *pmd, struct list *l);

/*
 * A passive cable carries what it is rated for and all below, where less loss is asked of it.
 * It is rated by the fastest code it states, else by its signalling rate.
 */
static void add_copper(const struct lw_facts *f, const struct lw_interface *rate, struct list *l)
{
	uint32_t rated = !l->n && rate ? rate->baud_kbd : 0;
	bool pam4 = !l->n && rate && rate->modulation == LW_PAM4;

	for (size_t i = 0; i < l->n; i++) {
		if (l->v[i].host_baud_kbd > rated)
			rated = l->v[i].host_baud_kbd;
		pam4 |= l->v[i].host_modulation == LW_PAM4;
	}
	for (size_t i = 0; i < sizeof(generations) / sizeof(*generations); i++) {
		const struct generation *g = &generations[i];
		const struct lw_interface *lane_host =
			lw_interface_find(LW_CODES_SFF8024_HOST, g->lane_host);

		if (!lane_host || lane_host->baud_kbd > rated ||
		    (lane_host->modulation == LW_PAM4 && !pam4))
			continue;
		if (f->map == LW_MAP_SFF8636)
			add_qsfp(f, lw_interface_find(LW_CODES_SFF8024_HOST, g->qsfp_host),
				 lw_pmd_find(g->qsfp), lane_host, l);
		else
			add_sfp(f, lane_host, lw_pmd_find(g->lane), l);
	}
}

static void sff8636_abilities(const struct lw_facts *f, struct list *l)
{
	static const struct {
		uint16_t id;
		uint8_t host;
		const char *pmd;
	} codes[] = {
		{LW_SFF8636_ETH_40GBASE_CR4, HOST_40GBASE_CR4, "40GBASE-CR4"},
		{LW_SFF8636_ETH_40GBASE_SR4, HOST_XLPPI, "40GBASE-SR4"},
		{LW_SFF8636_ETH_40GBASE_LR4, HOST_XLPPI, "40GBASE-LR4"},
		{LW_SFF8636_ETH_40G_ACTIVE_CABLE, HOST_XLPPI, NULL},
	};
	static const uint8_t hosts[] = {HOST_XLPPI, HOST_CAUI_4, HOST_200GAUI_4, HOST_400GAUI_4};
	const struct lw_interface *sfi = lw_interface_find(LW_CODES_SFF8024_HOST, HOST_SFI);
	const struct lw_interface *x =
		lw_interface_find(LW_CODES_SFF8024_EXT, (unsigned)f->extended_compliance);

	if (x)
		add_qsfp(f, x->host, x->pmd, x->host_sfp, l);
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (has_code(f, codes[i].id))
			add_qsfp(f, lw_interface_find(LW_CODES_SFF8024_HOST, codes[i].host),
				 codes[i].pmd ? lw_pmd_find(codes[i].pmd) : NULL,
				 codes[i].host == HOST_40GBASE_CR4 ? sfi : NULL, l);
	x = by_rate(f, hosts, sizeof(hosts));
	if (is_passive(f))
		add_copper(f, x, l);
	else if (!l->n)
		add_qsfp(f, x, NULL, NULL, l);
}

static void add_sfp(const struct lw_facts *f, const struct lw_interface *host,
		    const struct lw_pmd *pmd, struct list *l)
{
	struct lw_ability a = {
		.host_lanes = 1, .media_lanes = 1, .host_first = 1, .media_first = 1};

	a.pmd = true_pmd(f, pmd);
	set_host(&a, host);
	if (a.pmd) {
		a.rate_mbps = a.pmd->rate_mbps;
		if (!a.host) {
			a.host_baud_kbd = a.pmd->baud_kbd;
			a.host_modulation = a.pmd->modulation;
		}
	}
	if (a.rate_mbps)
		add(l, &a);
}

static void sff8472_abilities(const struct lw_facts *f, struct list *l)
{
	static const struct {
		uint16_t id;
		uint8_t host;
		const char *pmd;
	} codes[] = {
		{LW_SFF8472_ETH_10GBASE_SR, HOST_SFI, "10GBASE-SR"},
		{LW_SFF8472_ETH_10GBASE_LR, HOST_SFI, "10GBASE-LR"},
		{LW_SFF8472_ETH_10GBASE_LRM, HOST_SFI, "10GBASE-LRM"},
		{LW_SFF8472_ETH_10GBASE_ER, HOST_SFI, "10GBASE-ER"},
		{LW_SFF8472_ETH_1000BASE_SX, HOST_1000BASE_CX, "1000BASE-SX"},
		{LW_SFF8472_ETH_1000BASE_LX, HOST_1000BASE_CX, "1000BASE-LX"},
		{LW_SFF8472_ETH_1000BASE_T, HOST_1000BASE_CX, NULL},
	};
	static const uint8_t hosts[] = {HOST_1000BASE_CX, HOST_SFI, HOST_25GAUI, HOST_50GAUI_1,
					HOST_100GAUI_1};
	const struct lw_interface *x =
		lw_interface_find(LW_CODES_SFF8024_EXT, (unsigned)f->extended_compliance);

	if (x)
		add_sfp(f, x->host_sfp, x->pmd_sfp, l);
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (has_code(f, codes[i].id))
			add_sfp(f, lw_interface_find(LW_CODES_SFF8024_HOST, codes[i].host),
				codes[i].pmd ? lw_pmd_find(codes[i].pmd) : NULL, l);
	x = by_rate(f, hosts, sizeof(hosts));
	if (is_passive(f))
		add_copper(f, x, l);
	else if (!l->n)
		add_sfp(f, x, NULL, l);
}

size_t lw_facts_abilities(const struct lw_facts *f, struct lw_ability ret[LW_ABILITIES_MAX])
{
	struct list l = {.v = ret};

	if (f->map == LW_MAP_CMIS) {
		for (unsigned i = 0; i < f->app_n; i++)
			if (!f->app[i].after_gap)
				add_app(f, &f->app[i], &l);
	} else if (f->map == LW_MAP_SFF8636) {
		sff8636_abilities(f, &l);
	} else if (f->map == LW_MAP_SFF8472) {
		sff8472_abilities(f, &l);
	}
	return l.n;
}

static bool serves(const struct lw_ability *a, const struct lw_ability_want *w)
{
	if (a->host_lanes != w->lanes || w->first >= 32 || !(a->host_first >> w->first & 1))
		return false;
	if (a->rate_mbps != w->rate_mbps)
		return false;
	if (w->baud_kbd && a->host_baud_kbd && a->host_baud_kbd != w->baud_kbd)
		return false;
	return w->modulation == LW_MOD_NONE || a->host_modulation == LW_MOD_NONE ||
	       a->host_modulation == w->modulation;
}

int lw_ability_choose(const struct lw_ability *a, size_t n, const struct lw_ability_want *w)
{
	int first = -1;

	for (size_t i = 0; i < n; i++) {
		if (!serves(&a[i], w))
			continue;
		if (!w->pmd || a[i].pmd == w->pmd)
			return (int)i;
		if (first < 0)
			first = (int)i;
	}
	return first;
}

/* Groups of `lanes` lanes that lie before lane `first`, side by side, at the starts of `mask`. */
static unsigned groups_before(uint32_t mask, unsigned lanes, unsigned first)
{
	unsigned n = 0, next = 0;

	for (unsigned i = 0; i + lanes <= first; i++) {
		if (i < next || !(mask >> i & 1))
			continue;
		n++;
		next = i + lanes;
	}
	return n;
}

int lw_ability_media_first(const struct lw_ability *a, unsigned first)
{
	unsigned lanes = a->media_lanes ? a->media_lanes : 1, next = 0, group;
	uint32_t media = a->media_first;

	if (first >= 32 || !(a->host_first >> first & 1) || !media)
		return -1;
	/* One media group serves every host group: a multiplexer, or an either-or. */
	if (!(media & (media - 1)))
		return __builtin_ctz(media);
	group = groups_before(a->host_first, a->host_lanes ? a->host_lanes : 1, first);
	for (unsigned i = 0; i < 32; i++) {
		if (i < next || !(media >> i & 1))
			continue;
		if (group-- == 0)
			return (int)i;
		next = i + lanes;
	}
	return -1;
}
