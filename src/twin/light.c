/* SPDX-License-Identifier: Apache-2.0 */
#include "heat.h"
#include "quality.h"

#include <math.h>
#include <string.h>

uint32_t lw_group_media(const struct lw_group *g)
{
	return lw_lanes(g->media_first, g->media_lanes);
}

uint32_t lw_group_hosts(const struct lw_group *g)
{
	return lw_lanes(g->host_first, g->host_lanes);
}

static const struct lw_light_row *find_row(const char *name)
{
	for (size_t i = 0; i < lw_light_rows_n; i++)
		if (strcmp(lw_light_rows[i].pmd, name) == 0)
			return &lw_light_rows[i];
	return NULL;
}

/* How a lane of `pmd` shines, by its PMD or by the PMD's medium. */
static const struct lw_light_row *row_of(const struct lw_twin *t, const struct lw_pmd *pmd)
{
	const struct lw_light_row *row = pmd ? find_row(pmd->name) : NULL;

	/* What shines in a sealed cable is known only by the limits it is watched with. */
	if (!row && t->part->limits)
		row = find_row(t->part->limits->name);
	if (!row && pmd)
		row = find_row(lw_medium_name(pmd->medium));
	return row;
}

const struct lw_light_row *lw_light_row(const struct lw_twin *t, unsigned lane)
{
	return t->media[lane].row;
}

void lw_light_ungroup(struct lw_twin *t)
{
	if (!t->row)
		t->row = row_of(t, t->part->pmd);
	lw_twin_touch(t);
	t->group_n = 0;
	for (unsigned i = 0; i < t->lanes; i++) {
		t->host[i].group = t->media[i].group = -1;
		lw_heat_laser(t, i, t->row);
	}
}

/* The plugs of a cable with fixed ends belong to it: nobody sees what runs inside. */
static bool sealed(const struct lw_twin *t)
{
	return t->part->receptacles == 0;
}

const struct lw_interface *lw_light_interface(uint32_t rate_mbps, unsigned lanes)
{
	for (unsigned code = 0; code < 256; code++) {
		const struct lw_interface *i = lw_interface_find(LW_CODES_SFF8024_HOST, code);

		if (i && i->rate_mbps == rate_mbps && i->lanes == lanes && i->baud_kbd)
			return i;
	}
	return NULL;
}

/* What runs on the pairs behind a gearbox: the same rate over fewer lanes. */
static const struct lw_interface *on_pairs(const struct lw_interface *host, unsigned pairs)
{
	return host && host->rate_mbps ? lw_light_interface(host->rate_mbps, pairs) : NULL;
}

/* The media lanes of a sealed cable are pairs: one for each host lane, or one for several. */
static void seal(struct lw_group *g)
{
	g->media = g->rx_media = NULL;
	if (g->host_lanes > g->media_lanes) {
		g->media = on_pairs(g->host, g->media_lanes);
		g->rx_media =
			g->rx_host == g->host ? g->media : on_pairs(g->rx_host, g->media_lanes);
		return;
	}
	g->media_first = g->host_first;
	g->media_lanes = g->host_lanes;
}

void lw_light_group(struct lw_twin *t, const struct lw_group *g)
{
	int8_t n = (int8_t)t->group_n;
	struct lw_group *own = &t->group[t->group_n++];

	*own = *g;
	/* Groups of a module are often alike: do not search anew. */
	if (!own->pmd || own->pmd == t->part->pmd)
		own->row = t->row;
	else if (n > 0 && own->pmd == t->group[n - 1].pmd)
		own->row = t->group[n - 1].row;
	else
		own->row = row_of(t, own->pmd);
	/* Both directions are the same unless they were told apart. */
	if (!own->rx_host)
		own->rx_host = own->host;
	if (sealed(t))
		seal(own);
	else if (!own->rx_media)
		own->rx_media = own->media;
	for (unsigned i = 0; i < own->host_lanes; i++)
		t->host[own->host_first + i].group = n;
	for (unsigned i = own->media_first; i < (unsigned)own->media_first + own->media_lanes;
	     i++) {
		t->media[i].group = n;
		lw_heat_laser(t, i, own->row);
	}
}

static const struct lw_group *group_of(const struct lw_twin *t, int8_t group)
{
	return group < 0 ? NULL : &t->group[group];
}

const struct lw_pmd *lw_light_pmd(const struct lw_twin *t, unsigned lane)
{
	const struct lw_group *g = group_of(t, t->media[lane].group);

	return g && g->pmd ? g->pmd : t->part->pmd;
}

/* Lane rates are the same if they agree within what rounding does to them in the data. */
static bool same_rate(uint32_t a, uint32_t b)
{
	return (a > b ? a - b : b - a) <= a / 1000;
}

/* Host lanes that feed one media lane: `*ret_n` of them from `*ret_first`, numbered in the group.
 */
static void feeders(const struct lw_group *g, unsigned media, unsigned *ret_first, unsigned *ret_n)
{
	*ret_first = media * g->host_lanes / g->media_lanes;
	*ret_n = g->host_lanes > g->media_lanes ? (unsigned)g->host_lanes / g->media_lanes : 1u;
}

uint32_t lw_light_feeders(const struct lw_twin *t, unsigned lane)
{
	const struct lw_group *g = group_of(t, t->media[lane].group);
	unsigned first, n;

	if (!g)
		return 0;
	feeders(g, lane - g->media_first, &first, &n);
	return lw_lanes(g->host_first + first, n);
}

bool lw_light_host_ok(const struct lw_twin *t, unsigned lane)
{
	const struct lw_signal *in = &t->host[lane].in;
	const struct lw_group *g = group_of(t, t->host[lane].group);

	if (!in->baud_kbd)
		return false;
	return !g || !g->host || !g->host->baud_kbd ||
	       (same_rate(g->host->baud_kbd, in->baud_kbd) &&
		g->host->modulation == in->modulation);
}

/* The lane rate and modulation on the media side; 0: whatever the host sends. */
static void media_rate(const struct lw_twin *t, const struct lw_group *g, bool rx,
		       uint32_t *ret_kbd, enum lw_modulation *ret_modulation)
{
	const struct lw_interface *host = !g ? NULL : rx ? g->rx_host : g->host;
	const struct lw_interface *media = !g ? NULL : rx ? g->rx_media : g->media;
	const struct lw_pmd *pmd = g && g->pmd ? g->pmd : t->part->pmd;

	*ret_kbd = 0;
	*ret_modulation = LW_MOD_NONE;
	if (sealed(t) && !media) { /* a pair carries what its host lane does */
		if (!host)
			return;
		*ret_kbd = host->baud_kbd;
		*ret_modulation = host->modulation;
	} else if (media && media->baud_kbd) {
		*ret_kbd = media->baud_kbd;
		*ret_modulation = media->modulation;
	} else if (pmd) {
		*ret_kbd = pmd->baud_kbd;
		*ret_modulation = pmd->modulation;
	}
}

/* The window of a lane; where the module states its wavelength and there is one window, just that.
 */
static void set_wave(const struct lw_part *part, const struct lw_pmd *pmd, unsigned lane,
		     struct lw_light *ret)
{
	if (!pmd || !pmd->wave_n)
		return;
	ret->low_pm = pmd->wave[lane % pmd->wave_n].low_pm;
	ret->high_pm = pmd->wave[lane % pmd->wave_n].high_pm;
	if (pmd->wave_n == 1 && part->wave_pm >= ret->low_pm && part->wave_pm <= ret->high_pm)
		ret->low_pm = ret->high_pm = part->wave_pm;
}

void lw_light_leaving(const struct lw_twin *t, unsigned lane, struct lw_light *ret)
{
	const struct lw_light_row *row;
	const struct lw_group *g;
	const struct lw_pmd *pmd;
	uint32_t fed, most;

	*ret = (struct lw_light){.sealed = sealed(t)};
	if (!(t->emits >> lane & 1)) /* that is asked of dark lanes more often than of others */
		return;
	g = group_of(t, t->media[lane].group);
	if (!g)
		return;
	pmd = lw_light_pmd(t, lane);
	row = lw_light_row(t, lane);
	fed = lw_light_feeders(t, lane);
	most = t->media[lane].tx_max_kbd;
	ret->power = true;
	ret->row = row;
	ret->dbm = t->media[lane].asked ? t->media[lane].asked_dbm : row ? row->tx_dbm : 0;
	ret->dbm += t->media[lane].drift_db;
	ret->drift_pm = t->media[lane].drift_pm;
	if (t->fault[LW_FAULT_AGED] >> lane & 1)
		ret->dbm -= lw_twin_numbers[LW_TWIN_AGED_LOSS];
	ret->medium = pmd ? pmd->medium : LW_MEDIUM_NONE;
	set_wave(t->part, pmd, lane - g->media_first + g->pmd_first, ret);
	if (t->media[lane].tuned_pm > 0)
		ret->low_pm = ret->high_pm = (uint32_t)lround(t->media[lane].tuned_pm);
	media_rate(t, g, false, &ret->baud_kbd, &ret->modulation);
	if (t->pattern[lane] >= 0) /* a generator needs no host */
		return;
	if (t->loop_far >> lane & 1) {
		/* What came in goes out again, once the receiver has locked to it (twin 7). */
		if ((t->los | t->lol) >> lane & 1)
			ret->baud_kbd = 0;
		return;
	}
	for (unsigned i = 0; i < t->lanes; i++) {
		if (!(fed >> i & 1))
			continue;
		if (!lw_light_host_ok(t, i)) {
			ret->baud_kbd = 0; /* a CDR without a lock sends nothing of use */
			return;
		}
		/* Without a CDR of its own the module passes on the rate that it is given. */
		if (!g->host && g->host_lanes == g->media_lanes) {
			ret->baud_kbd = t->host[i].in.baud_kbd;
			ret->modulation = t->host[i].in.modulation;
		}
	}
	if (most && ret->baud_kbd > most) /* what a slow transmitter makes of it is no signal */
		ret->baud_kbd = 0;
}

/* Does the middle of the sender's window lie in one that this receiver takes? */
static bool colour_fits(const struct lw_pmd *pmd, unsigned lane, const struct lw_light *light)
{
	double middle = light->low_pm / 2.0 + light->high_pm / 2.0 + light->drift_pm;

	if (!pmd || !pmd->wave_n || !light->high_pm)
		return true;
	for (unsigned i = 0; i < pmd->wave_n; i++) {
		/* Both directions of a BiDi lane have their own colour. */
		if (pmd->topology != LW_TOPO_BIDI && i != lane % pmd->wave_n)
			continue;
		if (middle >= pmd->wave[i].low_pm && middle <= pmd->wave[i].high_pm)
			return true;
	}
	return false;
}

bool lw_light_arriving(const struct lw_twin *t, unsigned lane, struct lw_light *ret)
{
	const struct lw_media_lane *m = &t->media[lane];
	const struct lw_light_row *row;
	const struct lw_group *g;
	const struct lw_pmd *pmd;

	*ret = (struct lw_light){0};
	if (!m->far || !lw_twin_present(m->far) || (t->fault[LW_FAULT_CUT] >> lane & 1) ||
	    (m->far->fault[LW_FAULT_CUT] >> m->far_lane & 1))
		return false;
	lw_light_leaving(m->far, m->far_lane, ret);
	if (!ret->power || ret->sealed != sealed(t)) {
		ret->power = false;
		return false;
	}
	ret->dbm -= m->join.loss_db;
	if (ret->sealed)
		return true;
	g = group_of(t, m->group);
	pmd = lw_light_pmd(t, lane);
	row = lw_light_row(t, lane);
	if ((pmd && pmd->medium != m->join.medium) || ret->medium != m->join.medium ||
	    !colour_fits(pmd, g ? lane - g->media_first + g->pmd_first : lane, ret)) {
		ret->power = false;
		return false;
	}
	return !row || ret->dbm >= row->los_dbm;
}

bool lw_light_locks(const struct lw_twin *t, unsigned lane, const struct lw_light *light)
{
	uint32_t kbd;
	enum lw_modulation modulation;
	double snr_db, ber;

	media_rate(t, group_of(t, t->media[lane].group), true, &kbd, &modulation);
	if (!light->baud_kbd ||
	    (t->media[lane].rx_max_kbd && light->baud_kbd > t->media[lane].rx_max_kbd))
		return false;
	if (kbd && !(same_rate(kbd, light->baud_kbd) && modulation == light->modulation))
		return false;
	if (light->sealed)
		return true;
	lw_quality_light(t, lane, light, &snr_db, &ber);
	return ber <= lw_twin_numbers[LW_TWIN_LOL_BER];
}

static uint32_t with(uint32_t lanes, unsigned lane, bool is)
{
	return is ? lanes | 1u << lane : lanes & ~(1u << lane);
}

/* @return does lane `i` show anything else than before? */
static bool show_lane(struct lw_twin *t, unsigned i)
{
	uint32_t los = with(t->los, i, t->media[i].los.shown);
	uint32_t lol = with(t->lol, i, t->media[i].lol.shown);
	uint32_t lost = with(t->lost, i, t->host[i].lost.shown);
	uint32_t squelched = with(t->squelched, i, t->host[i].squelched.shown);
	bool other = los != t->los || lol != t->lol || lost != t->lost || squelched != t->squelched;

	t->los = los;
	t->lol = lol;
	t->lost = lost;
	t->squelched = squelched;
	return other;
}

void lw_light_shown(struct lw_twin *t)
{
	for (unsigned i = 0; i < t->lanes; i++)
		show_lane(t, i);
}

struct lw_mono lw_light_run(struct lw_twin *t, struct lw_mono los, struct lw_mono signal,
			    struct lw_mono squelch)
{
	struct lw_mono now = lw_twin_now(t), due = LW_NEVER;

	if (t->epoch == t->light_epoch && lw_mono_before(now, t->light_due))
		return t->light_due;
	for (unsigned i = 0; i < t->lanes; i++) {
		struct lw_host_lane *h = &t->host[i];
		struct lw_media_lane *m = &t->media[i];
		struct lw_light light;
		bool dark = !lw_light_arriving(t, i, &light);
		bool gone = h->in.baud_kbd == 0;

		due = lw_mono_min(due, lw_delay_run(&h->lost, gone, los, signal, now));
		due = lw_mono_min(due, lw_delay_run(&h->squelched, gone, squelch, signal, now));
		due = lw_mono_min(due, lw_delay_run(&m->los, dark, los, signal, now));
		due = lw_mono_min(due, lw_delay_run(&m->lol, dark || !lw_light_locks(t, i, &light),
						    los, signal, now));
		if (show_lane(t, i))
			lw_twin_touch(t);
	}
	t->light_epoch = t->epoch;
	t->light_due = due;
	return due;
}

void lw_light_emit(struct lw_twin *t, uint32_t mask)
{
	lw_heat_run(t);
	mask &= ~lw_fault_dark(t);
	if (mask == t->emits && t->epoch == t->emit_epoch)
		return;
	if (mask != t->emits)
		lw_twin_touch(t);
	t->emits = mask;
	for (unsigned i = 0; i < t->lanes; i++) {
		struct lw_media_lane *m = &t->media[i];
		struct lw_light light;

		lw_light_leaving(t, i, &light);
		if (light.power == m->sent && light.baud_kbd == m->sent_kbd &&
		    light.dbm == m->sent_dbm)
			continue;
		m->sent = light.power;
		m->sent_dbm = light.dbm;
		m->sent_kbd = light.baud_kbd;
		lw_twin_touch(t);
		if (m->far) {
			lw_twin_touch(m->far);
			lw_twin_poke(m->far);
		}
	}
	t->emit_epoch = t->epoch;
}

void lw_twin_drive(struct lw_twin *t, unsigned lane, const struct lw_signal *s)
{
	struct lw_signal to = s ? *s : (struct lw_signal){0}, *now;

	if (lane >= t->lanes)
		return;
	now = &t->driven[lane];
	if (now->from && now->baud_kbd == to.baud_kbd && now->modulation == to.modulation &&
	    now->fec == to.fec)
		return; /* hosts say the same again and again */
	to.from = t;
	to.from_lane = (uint8_t)lane;
	*now = to;
	t->host[t->host_map[lane]].in = t->driven[lane];
	lw_twin_touch(t);
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

/* Passive copper: the pair is the path. */
static bool receive_passive(const struct lw_twin *t, unsigned lane, struct lw_signal *ret)
{
	const struct lw_media_lane *m = &t->media[lane];

	if (!m->far || !lw_twin_present(m->far) || m->far->kind != &lw_kind_flat ||
	    (t->fault[LW_FAULT_CUT] >> lane & 1) ||
	    (m->far->fault[LW_FAULT_CUT] >> m->far_lane & 1) ||
	    !m->far->host[m->far_lane].in.baud_kbd)
		return false;
	*ret = m->far->host[m->far_lane].in;
	ret->ber = lw_quality_wire(t, ret->modulation);
	return true;
}

bool lw_light_ends_fec(const struct lw_interface *from, const struct lw_interface *to)
{
	return from && to && *from->fec && *to->fec && strcmp(from->fec, to->fec) != 0;
}

/* The code behind a gearbox. That of a host which runs another one than its plug offers is not
 * touched, so that nobody understands it. */
static const char *through_gearbox(const char *fec, const struct lw_interface *from,
				   const struct lw_interface *to)
{
	return fec && lw_light_ends_fec(from, to) && !strcmp(fec, from->fec) ? to->fec : fec;
}

bool lw_twin_receive(const struct lw_twin *t, unsigned lane, struct lw_signal *ret)
{
	const struct lw_group *g, *fg;
	const struct lw_media_lane *m;
	const struct lw_twin *far;
	const struct lw_signal *src;
	unsigned k, media, first, n, far_first, far_n, from;

	if (lane >= t->lanes || !lw_twin_present(t))
		return false;
	if (t->kind == &lw_kind_flat)
		return receive_passive(t, lane, ret);
	lane = t->host_map[lane];
	g = group_of(t, t->host[lane].group);
	if (!g || !(t->receives >> lane & 1))
		return false;
	if (t->host_generates >> lane & 1)
		return false;
	if (t->loop_near >> lane & 1) {
		*ret = t->host[lane].in;
		ret->ber = 2 * lw_quality_wire(t, ret->modulation);
		return ret->baud_kbd != 0;
	}
	k = lane - g->host_first;
	media = k * g->media_lanes / g->host_lanes;
	m = &t->media[g->media_first + media];
	far = m->far;
	fg = far ? group_of(far, far->media[m->far_lane].group) : NULL;
	if (!fg || far->pattern[m->far_lane] >= 0)
		return false;
	if (far->loop_far >> m->far_lane & 1) { /* one's own, come back */
		*ret = t->host[lane].in;
		ret->ber = lw_quality_end(t, g->media_first + media, ret->modulation);
		return ret->baud_kbd != 0;
	}
	/* The n host lanes of a media lane share the far_n host lanes of the far one. */
	feeders(g, media, &first, &n);
	feeders(fg, m->far_lane - fg->media_first, &far_first, &far_n);
	from = fg->host_first + far_first + (k - first) % n * far_n / n;
	src = &far->host[from].in;
	if (!src->baud_kbd)
		return false;
	*ret = *src;
	if (sealed(t)) {
		ret->fec = through_gearbox(ret->fec, fg->host, fg->media);
		ret->fec = through_gearbox(ret->fec, g->rx_media, g->rx_host);
	}
	if (g->rx_host && g->rx_host->baud_kbd) {
		ret->baud_kbd = g->rx_host->baud_kbd;
		ret->modulation = g->rx_host->modulation;
	}
	ret->ber = lw_quality_end(t, g->media_first + media, ret->modulation);
	return true;
}
