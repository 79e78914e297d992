/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"
#include "quality.h"

#include <lanewise/vdm.h>
#include <math.h>
#include <string.h>

#define GROUPS    LW_VDM_GROUPS
#define INSTANCES 64 /* of a group */

/* Observable types that the twin knows to fill (Table 8-180). Statistics come in pairs of media
 * and host input: minimum, maximum, average, and the current value beside them. */
enum {
	LASER_AGE = 1,
	LASER_TEMPERATURE = 4,
	SNR_MEDIA,
	SNR_HOST,
	LTP_MEDIA,
	LTP_HOST,
	BER_FIRST = 9,
	BER_LAST = 16,
	FERC_FIRST = 17,
	FERC_LAST = 26
};
enum { MINIMUM, MAXIMUM, AVERAGE, CURRENT, TOTAL };

/* clang-format off */
#define GROUP(g)                                                                                   \
	{                                                                                          \
		LW_CMIS_VDM_G##g##_MONITORED_OBJECT_TYPE,                                          \
		LW_CMIS_VDM_G##g##_MONITORED_OBJECT_LOCATION,                                      \
		LW_CMIS_VDM_G##g##_THRESHOLD_SET_INDEX, LW_CMIS_VDM_G##g##_VALUE,                  \
		{LW_CMIS_VDM_G##g##_THRESHOLD_HIGH_ALARM, LW_CMIS_VDM_G##g##_THRESHOLD_LOW_ALARM,  \
		 LW_CMIS_VDM_G##g##_THRESHOLD_HIGH_WARNING,                                        \
		 LW_CMIS_VDM_G##g##_THRESHOLD_LOW_WARNING},                                        \
		{LW_CMIS_VDM_G##g##_HIGH_ALARM_FLAG, LW_CMIS_VDM_G##g##_LOW_ALARM_FLAG,            \
		 LW_CMIS_VDM_G##g##_HIGH_WARNING_FLAG, LW_CMIS_VDM_G##g##_LOW_WARNING_FLAG},       \
	}
/* clang-format on */

static const struct group {
	uint16_t type, location, set, value, limit[4], flag[4]; /**< enum lw_vdm_limit */
} groups[GROUPS] = {GROUP(1), GROUP(2), GROUP(3), GROUP(4)};

static int64_t get(const struct lw_cmis *c, unsigned id, unsigned lane)
{
	return lw_memory_get(&c->twin.mem, id, lane);
}

bool lw_vdm_supported(const struct lw_cmis *c)
{
	return get(c, LW_CMIS_VDM_PAGES_SUPPORTED, 0) != 0;
}

unsigned lw_vdm_groups(const struct lw_view *v)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_CMIS, NULL);
	int64_t raw;

	if (lw_field_get(&f[LW_CMIS_VDM_PAGES_SUPPORTED], 0, v, &raw) || !raw)
		return 0;
	return lw_field_get(&f[LW_CMIS_VDM_SUPPORT], 0, v, &raw) ? 1 : (unsigned)raw + 1;
}

static void begin(struct lw_vdm_errors *e)
{
	*e = (struct lw_vdm_errors){.now = e->now, .low = e->now, .high = e->now};
}

void lw_vdm_reset(struct lw_cmis *c)
{
	c->vdm = (struct lw_vdm_state){.done = LW_NEVER, .at = lw_twin_now(&c->twin)};
}

/* The mean error ratio of all lanes of a path, on one side. */
static double path_errors(const struct lw_cmis *c, const struct lw_cmis_path *p, unsigned side,
			  bool noisy)
{
	const struct lw_group *g = &p->group;
	unsigned first = side == LW_DIAG_HOST ? g->host_first : g->media_first;
	unsigned n = side == LW_DIAG_HOST ? g->host_lanes : g->media_lanes;
	double sum = 0;

	for (unsigned i = first; i < first + n && i < LW_TWIN_LANES; i++) {
		struct lw_quality q;

		if (side == LW_DIAG_HOST)
			lw_quality_host(&c->twin, i, &q);
		else
			lw_quality_media(&c->twin, i, &q);
		sum += noisy ? q.ber : q.mean_ber;
	}
	return n ? sum / n : 0;
}

/* The path that begins at host lane `lane` and has outputs; NULL if there is none. */
static const struct lw_cmis_path *path_at(struct lw_cmis *c, unsigned lane)
{
	const struct lw_cmis_path *p = lw_cmis_path_of(c, lane);

	return p && p->first == lane && lw_cmis_has_output(p) ? p : NULL;
}

/* An interval as it stands at the world's present time. */
static struct lw_vdm_errors gathered(const struct lw_cmis *c, const struct lw_vdm_errors *e)
{
	double seconds = (double)(lw_twin_now(&c->twin).ns - c->vdm.at.ns) / 1e9;
	struct lw_vdm_errors r = *e;

	r.sum += r.now * seconds;
	r.seconds += seconds;
	return r;
}

static void follow(struct lw_cmis *c)
{
	for (unsigned side = 0; side < LW_DIAG_SIDES; side++)
		for (unsigned i = 0; i < LW_TWIN_LANES; i++) {
			struct lw_vdm_errors *e = &c->vdm.running[side][i];
			const struct lw_cmis_path *p = path_at(c, i);
			bool fresh = e->seconds == 0 && e->sum == 0;

			*e = gathered(c, e);
			e->now = p ? path_errors(c, p, side, false) : 0;
			if (fresh)
				e->low = e->high = e->now;
			e->low = fmin(e->low, e->now);
			e->high = fmax(e->high, e->now);
		}
	c->vdm.at = lw_twin_now(&c->twin);
}

/* A digest of what can raise a flag: errors, path states, the age of lasers. */
static uint64_t digest(const struct lw_cmis *c)
{
	uint64_t h = 14695981039346656037u, bits;

	for (unsigned i = 0; i < LW_TWIN_LANES; i++)
		for (unsigned side = 0; side < LW_DIAG_SIDES; side++) {
			memcpy(&bits, &c->vdm.running[side][i].now, sizeof(bits));
			h = (h ^ bits) * 1099511628211u;
		}
	for (unsigned i = 0; i < c->path_n; i++)
		h = (h ^ c->path[i].state ^ (uint64_t)c->path[i].first << 8) * 1099511628211u;
	return (h ^ c->twin.fault[LW_FAULT_AGED]) * 1099511628211u;
}

/* 2Fh:144.7 changed: results stop, or run again; either way statistics go on (8.27.8). */
static void freeze(struct lw_cmis *c, bool want)
{
	struct lw_memory *m = &c->twin.mem;

	c->vdm.frozen = want;
	c->vdm.done = lw_twin_after(&c->twin, lw_twin_span(&c->twin, LW_TWIN_T_VDM_FREEZE));
	lw_memory_put(m, want ? LW_CMIS_FREEZE_DONE : LW_CMIS_UNFREEZE_DONE, 0, 0);
	if (!want)
		return;
	for (unsigned side = 0; side < LW_DIAG_SIDES; side++)
		for (unsigned i = 0; i < LW_TWIN_LANES; i++) {
			c->vdm.held[side][i] = c->vdm.running[side][i];
			begin(&c->vdm.running[side][i]);
		}
}

struct lw_mono lw_vdm_run(struct lw_cmis *c)
{
	bool want = get(c, LW_CMIS_FREEZE_REQUEST, 0);

	if (!lw_vdm_supported(c))
		return LW_NEVER;
	follow(c);
	if (want != c->vdm.frozen)
		freeze(c, want);
	if (!lw_mono_before(lw_twin_now(&c->twin), c->vdm.done)) {
		c->vdm.done = LW_NEVER;
		lw_memory_put(&c->twin.mem, want ? LW_CMIS_FREEZE_DONE : LW_CMIS_UNFREEZE_DONE, 0,
			      1);
	}
	return c->vdm.done;
}

/* Frames that RS(n, n - 2t) cannot correct, at bit error ratio `ber`: more than t symbols wrong. */
static double frame_errors(double ber)
{
	double n = lw_twin_numbers[LW_TWIN_FEC_SYMBOLS], t = lw_twin_numbers[LW_TWIN_FEC_CORRECTS];
	double p = -expm1(lw_twin_numbers[LW_TWIN_FEC_SYMBOL_BITS] * log1p(-ber)), sum = 0;
	bool most = n * p > t; /* sum what is corrected instead: the greater part is lost */
	int k = most ? 0 : (int)t + 1, last = (int)(most ? t : 4 * t);
	double term;

	if (p <= 0 || ber < lw_twin_numbers[LW_TWIN_FEC_CLEAN])
		return 0;
	term = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) +
		   (n - k) * log1p(-p));
	for (; k <= last; k++) {
		sum += term;
		term *= (n - k) / (k + 1) * p / (1 - p);
	}
	return most ? 1 - sum : sum;
}

static double error_value(struct lw_cmis *c, unsigned type, unsigned lane)
{
	bool frames = type >= FERC_FIRST;
	unsigned step = type - (frames ? FERC_FIRST : BER_FIRST);
	unsigned side = step % 2 ? LW_DIAG_HOST : LW_DIAG_MEDIA;
	const struct lw_cmis_path *p = path_at(c, lane);
	struct lw_vdm_errors e = gathered(c, &c->vdm.running[side][lane]);
	double spread = pow(10, lw_twin_numbers[LW_TWIN_STATISTICS_SPREAD]), ber;

	if (c->vdm.frozen)
		e = c->vdm.held[side][lane];
	switch (step / 2) {
	case MINIMUM:
		ber = e.low / spread;
		break;
	case MAXIMUM:
		ber = fmin(e.high * spread, 0.5);
		break;
	case CURRENT:
		ber = p ? path_errors(c, p, side, true) : 0;
		break;
	default: /* average; all frames since the interval began are counted */
		ber = e.seconds > 0 ? e.sum / e.seconds : e.now;
		break;
	}
	return frames ? frame_errors(ber) : ber;
}

/* The value of an observable; false if the twin has no such sensor. */
static bool observe(struct lw_cmis *c, unsigned type, unsigned lane, double *ret)
{
	enum { OF_LASER = 20480 };
	struct lw_twin *t = &c->twin;
	struct lw_quality q;
	int64_t sample = lw_twin_now(t).ns / (int64_t)lw_twin_numbers[LW_TWIN_T_MONITOR];

	if (lane >= LW_TWIN_LANES)
		return false;
	if (type >= BER_FIRST && type <= FERC_LAST) {
		*ret = error_value(c, type, lane);
		return true;
	}
	switch (type) {
	case LASER_AGE:
		*ret = lw_twin_numbers[t->fault[LW_FAULT_AGED] >> lane & 1 ? LW_TWIN_LASER_AGE_END
									   : LW_TWIN_LASER_AGE];
		return true;
	case LASER_TEMPERATURE:
		*ret = lw_twin_noise(t, sample, OF_LASER + lane) *
		       lw_twin_numbers[LW_TWIN_LASER_OFF_CENTRE];
		return true;
	case SNR_MEDIA:
	case LTP_MEDIA: /* level transitions are as clear as the signal: the same number */
		lw_quality_media(t, lane, &q);
		break;
	case SNR_HOST:
	case LTP_HOST:
		lw_quality_host(t, lane, &q);
		break;
	default:
		return false;
	}
	*ret = q.good ? fmax(q.snr_db, 0) : 0;
	return true;
}

static uint16_t raw_of(const struct lw_vdm_type *t, double value)
{
	if (t->kind == LW_KIND_F16)
		return lw_f16(value);
	value = round(value * t->den / t->num);
	if (t->kind == LW_KIND_SINT)
		return (uint16_t)(int16_t)fmax(fmin(value, INT16_MAX), INT16_MIN);
	return (uint16_t)fmax(fmin(value, UINT16_MAX), 0);
}

/* Orders raw numbers as their values are. */
static double order_of(const struct lw_vdm_type *t, uint16_t raw)
{
	if (t->kind == LW_KIND_F16)
		return (raw & 0x7ff) * pow(10, raw >> 11);
	return t->kind == LW_KIND_SINT ? (int16_t)raw : raw;
}

void lw_vdm_show(struct lw_cmis *c)
{
	unsigned n = lw_vdm_groups(&c->twin.mem.view);

	for (unsigned g = 0; g < n; g++)
		for (unsigned i = 0; i < INSTANCES; i++) {
			unsigned type = (unsigned)get(c, groups[g].type, i);
			const struct lw_vdm_type *info = type ? lw_vdm_type_find(type) : NULL;
			double value;

			if (info &&
			    observe(c, type, (unsigned)get(c, groups[g].location, i), &value))
				lw_memory_put(&c->twin.mem, groups[g].value, i,
					      raw_of(info, value));
		}
}

/* Lanes whose samples mean something: those of paths with outputs. */
static bool valid(struct lw_cmis *c, const struct lw_vdm_type *info, unsigned lane)
{
	if (info->scope == LW_VDM_MEDIA_LANE) {
		int8_t g = lane < LW_TWIN_LANES ? c->twin.media[lane].group : (int8_t)-1;

		return g >= 0 && lw_cmis_has_output(&c->path[g]);
	}
	if (info->scope == LW_VDM_PATH)
		return path_at(c, lane);
	return lane < LW_TWIN_LANES && lw_cmis_path_of(c, lane) &&
	       lw_cmis_has_output(lw_cmis_path_of(c, lane));
}

void lw_vdm_flags(struct lw_cmis *c)
{
	struct lw_memory *m = &c->twin.mem;
	unsigned n = lw_vdm_groups(&m->view);
	uint64_t now = digest(c);

	/* Hundreds of instances: look at them only when something changed. */
	if (!n || (now == c->vdm.seen && !c->vdm.look))
		return;
	c->vdm.seen = now;
	c->vdm.look = false;
	lw_vdm_show(c);
	for (unsigned g = 0; g < n; g++)
		for (unsigned i = 0; i < INSTANCES; i++) {
			const struct group *x = &groups[g];
			unsigned type = (unsigned)get(c, x->type, i);
			const struct lw_vdm_type *info = type ? lw_vdm_type_find(type) : NULL;
			unsigned set = (unsigned)get(c, x->set, i);
			double value;

			if (!info || !valid(c, info, (unsigned)get(c, x->location, i)))
				continue;
			value = order_of(info, (uint16_t)get(c, x->value, i));
			for (unsigned k = 0; k < 4; k++) {
				bool low = k == LW_VDM_LOW_ALARM || k == LW_VDM_LOW_WARNING;
				double limit = order_of(info, (uint16_t)get(c, x->limit[k], set));

				if (low ? value < limit : value > limit)
					lw_memory_put(m, x->flag[k], i, 1);
			}
		}
}

bool lw_vdm_unmasked(const struct lw_twin *t)
{
	const uint8_t *flag = lw_memory_slot(&t->mem, LW_CMIS_SLOT_2CH);
	const uint8_t *mask = lw_memory_slot(&t->mem, LW_CMIS_SLOT_2DH);

	/* Masks stand where their flags do (Table 8-185). */
	for (unsigned i = 0; flag && mask && i < 128; i++)
		if (flag[i] & ~mask[i])
			return true;
	return false;
}
