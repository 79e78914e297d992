/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"
#include "quality.h"

#include <lanewise/formula.h>
#include <lanewise/vdm.h>
#include <math.h>
#include <string.h>

#define GROUPS    LW_VDM_GROUPS
#define INSTANCES 64 /* of a group, in a bank */
#define SETS      16 /* of thresholds, likewise */

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
	FERC_LAST = 26,
	SEW_FIRST = 27,
	SEW_LAST = 34
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
	*e = (struct lw_vdm_errors){.any = e->any, .now = e->now, .low = e->now, .high = e->now};
}

void lw_vdm_reset(struct lw_cmis *c)
{
	c->vdm = (struct lw_vdm_state){
		.done = LW_NEVER, .look_at = LW_NEVER, .at = lw_twin_now(&c->twin)};
}

static void find_quality(const struct lw_cmis *c, unsigned side, unsigned lane,
			 struct lw_quality *ret)
{
	if (side == LW_DIAG_HOST)
		lw_quality_host(&c->twin, lane, ret);
	else
		lw_quality_media(&c->twin, lane, ret);
}

/* The lanes of a path on one side. */
static uint32_t path_lanes(const struct lw_cmis_path *p, unsigned side)
{
	return side == LW_DIAG_HOST ? lw_group_hosts(&p->group) : lw_group_media(&p->group);
}

/* The mean error ratio of all lanes of a path, on one side, without noise. `*ret_good`: all of
 * them have a signal to count errors in. */
static double path_errors(const struct lw_cmis *c, const struct lw_cmis_path *p, unsigned side,
			  bool *ret_good)
{
	uint32_t lanes = path_lanes(p, side);
	unsigned n = (unsigned)__builtin_popcount(lanes);
	struct lw_quality q;
	double sum = 0;

	*ret_good = true;
	for (unsigned i = 0; i < c->twin.lanes; i++) {
		if (!(lanes >> i & 1))
			continue;
		find_quality(c, side, i, &q);
		sum += q.ber;
		*ret_good = *ret_good && q.good;
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

	if (!r.any)
		return r;
	r.sum += r.now * seconds;
	r.seconds += seconds;
	return r;
}

/* When collecting starts is the module's choice (7.3.2): with the first valid sample, so that a
 * path that waited for its light shows no worst value from before it had any. What comes later
 * counts, a lost signal with the value that stands for it (7.10.3.2). */
static void follow(struct lw_cmis *c)
{
	for (unsigned side = 0; side < LW_DIAG_SIDES; side++)
		for (unsigned i = 0; i < c->twin.lanes; i++) {
			struct lw_vdm_errors *e = &c->vdm.running[side][i];
			const struct lw_cmis_path *p = path_at(c, i);
			bool good;

			if (!p) {
				*e = (struct lw_vdm_errors){0};
				continue;
			}
			*e = gathered(c, e);
			e->now = path_errors(c, p, side, &good);
			if (!e->any) {
				e->any = good;
				e->low = e->high = e->now;
			}
			e->low = fmin(e->low, e->now);
			e->high = fmax(e->high, e->now);
		}
	c->vdm.at = lw_twin_now(&c->twin);
}

/* Percent of a laser's life. */
static double laser_age(const struct lw_twin *t, unsigned lane)
{
	const double *n = lw_twin_numbers;
	double life = n[LW_TWIN_LASER_AGE_END];

	if (t->fault[LW_FAULT_AGED] >> lane & 1)
		return life;
	return fmin(n[LW_TWIN_LASER_AGE] + life * t->media[lane].hours / n[LW_TWIN_LASER_LIFE],
		    life);
}

/* A digest of what can raise a flag: errors, paths with outputs, the age of lasers. */
static uint64_t digest(const struct lw_cmis *c)
{
	uint64_t h = 14695981039346656037u, bits;

	for (unsigned i = 0; i < c->twin.lanes; i++) {
		for (unsigned side = 0; side < LW_DIAG_SIDES; side++) {
			memcpy(&bits, &c->vdm.running[side][i].now, sizeof(bits));
			h = (h ^ bits) * 1099511628211u;
		}
		h = (h ^ (uint64_t)laser_age(&c->twin, i)) * 1099511628211u;
	}
	for (unsigned i = 0; i < c->path_n; i++)
		h = (h ^ lw_cmis_has_output(&c->path[i]) ^ (uint64_t)c->path[i].first << 8) *
		    1099511628211u;
	return h;
}

/* 2Fh:144.7 changed: results stop, or run again; either way statistics go on (8.27.8). */
static void freeze(struct lw_cmis *c, bool want)
{
	struct lw_memory *m = &c->twin.mem;

	c->vdm.frozen = want;
	c->vdm.done = lw_twin_after(&c->twin, lw_twin_span(&c->twin, LW_TWIN_T_VDM_FREEZE));
	lw_memory_put_mask(m, want ? LW_CMIS_FREEZE_DONE : LW_CMIS_UNFREEZE_DONE, 0);
	if (!want)
		return;
	for (unsigned side = 0; side < LW_DIAG_SIDES; side++)
		for (unsigned i = 0; i < c->twin.lanes; i++) {
			c->vdm.held[side][i] = c->vdm.running[side][i];
			begin(&c->vdm.running[side][i]);
		}
}

void lw_vdm_written(struct lw_cmis *c, unsigned bank)
{
	lw_memory_put_mask(&c->twin.mem, LW_CMIS_FREEZE_REQUEST,
			   get(c, LW_CMIS_FREEZE_REQUEST, bank) ? UINT32_MAX : 0);
}

struct lw_mono lw_vdm_run(struct lw_cmis *c)
{
	bool want = get(c, LW_CMIS_FREEZE_REQUEST, 0);

	if (!lw_vdm_supported(c))
		return LW_NEVER;
	/* Errors are what they were until something changes: then sum them up. */
	if (!c->vdm.begun || c->vdm.run_epoch != c->twin.epoch || want != c->vdm.frozen)
		follow(c);
	c->vdm.begun = true;
	c->vdm.run_epoch = c->twin.epoch;
	if (want != c->vdm.frozen)
		freeze(c, want);
	if (!lw_mono_before(lw_twin_now(&c->twin), c->vdm.look_at)) {
		c->vdm.look_at = LW_NEVER;
		c->look = c->vdm.look = true;
	}
	if (!lw_mono_before(lw_twin_now(&c->twin), c->vdm.done)) {
		c->vdm.done = LW_NEVER;
		lw_memory_put_mask(&c->twin.mem, want ? LW_CMIS_FREEZE_DONE : LW_CMIS_UNFREEZE_DONE,
				   UINT32_MAX);
	}
	return c->vdm.done;
}

/* Instances of one moment share lanes, paths and codes: each is looked up once. */
struct sight {
	struct lw_cmis *c;
	double spread; /* from an average to the extremes */
	uint32_t known[LW_DIAG_SIDES];
	struct lw_quality now[LW_DIAG_SIDES][LW_TWIN_LANES]; /* of known lanes, with noise */
	int fec_lane;                                        /* -1: `fec` is of none yet */
	const struct lw_fec *fec, *usual;
};

static void begin_sight(struct lw_cmis *c, struct sight *ret)
{
	ret->c = c;
	ret->spread = pow(10, lw_twin_numbers[LW_TWIN_STATISTICS_SPREAD]);
	memset(ret->known, 0, sizeof(ret->known));
	ret->fec_lane = -1;
	ret->usual = lw_fec_find("RS(544,514)");
}

static const struct lw_quality *quality_of(struct sight *s, unsigned side, unsigned lane)
{
	struct lw_quality *q = &s->now[side][lane];

	if (s->known[side] >> lane & 1)
		return q;
	s->known[side] |= 1u << lane;
	find_quality(s->c, side, lane, q);
	if (q->good)
		q->snr_db = lw_quality_now(&s->c->twin, q, &q->ber);
	return q;
}

/* Where the FEC of a path is looked up: at its lowest media lane. */
static const struct lw_fec *fec_of(struct sight *s, const struct lw_cmis_path *p)
{
	int lane = p ? p->group.media_first : 0;

	if (lane != s->fec_lane)
		s->fec = lw_quality_fec(&s->c->twin, (unsigned)lane);
	s->fec_lane = lane;
	return s->fec;
}

/*
 * FEC frames that cannot be corrected; CMIS counts codewords. A medium without a code is watched by
 * the host's; a code without symbols (coherent) is known by its limit alone, and steep there.
 */
static double frame_errors(const struct sight *s, const struct lw_fec *f, double ber)
{
	if (!f->n && strcmp(f->name, "none") != 0)
		return ber > f->ber_limit;
	return lw_fec_codeword_loss(f->n ? f : s->usual, ber);
}

/* The present error ratio of a path, and the bits that it brings in a second. */
static double errors_now(struct sight *s, const struct lw_cmis_path *p, unsigned side,
			 double *ret_bits)
{
	uint32_t lanes = path_lanes(p, side);
	unsigned n = (unsigned)__builtin_popcount(lanes);
	double sum = 0;

	*ret_bits = 0;
	for (unsigned i = 0; i < s->c->twin.lanes; i++) {
		const struct lw_quality *q;

		if (!(lanes >> i & 1))
			continue;
		q = quality_of(s, side, i);
		sum += q->ber;
		*ret_bits += q->good ? q->bits : 0;
	}
	return n ? sum / n : 0;
}

/* Most wrong symbols in a codeword of one period of the monitors (SEWmax). */
static double worst_weight(const struct sight *s, const struct lw_fec *f, double bits, double ber)
{
	double seconds = lw_twin_numbers[LW_TWIN_T_MONITOR] / 1e9;

	if (!f->n)
		f = s->usual;
	return lw_fec_worst(f, ber, bits * seconds / (f->n * f->symbol_bits));
}

/* What a type of error performance is about. */
struct error_type {
	unsigned side, what; /* LW_DIAG_...; MINIMUM to TOTAL */
	bool weight, frames;
};

static struct error_type error_type(unsigned type)
{
	bool weight = type >= SEW_FIRST, frames = !weight && type >= FERC_FIRST;
	unsigned step = type - (weight ? SEW_FIRST : frames ? FERC_FIRST : BER_FIRST);

	return (struct error_type){step % 2 ? LW_DIAG_HOST : LW_DIAG_MEDIA, step / 2, weight,
				   frames};
}

/* The interval that a host sees statistics of. */
static const struct lw_vdm_errors *shown(const struct lw_cmis *c, unsigned side, unsigned lane)
{
	return c->vdm.frozen ? &c->vdm.held[side][lane] : &c->vdm.running[side][lane];
}

static double error_value(struct sight *s, unsigned type, unsigned lane)
{
	struct error_type x = error_type(type);
	const struct lw_cmis_path *p = path_at(s->c, lane);
	struct lw_vdm_errors e = *shown(s->c, x.side, lane);
	double bits = 0, ber = p ? errors_now(s, p, x.side, &bits) : 0;

	if (!s->c->vdm.frozen)
		e = gathered(s->c, &e);
	if (x.what == CURRENT)
		;
	else if (!e.any)
		ber = e.now;
	else if (x.what == MINIMUM)
		ber = e.low / s->spread;
	else if (x.what == MAXIMUM)
		ber = fmin(e.high * s->spread, 0.5);
	else /* average; all frames since the interval began are counted */
		ber = e.seconds > 0 ? e.sum / e.seconds : e.now;
	if (x.weight)
		return p ? worst_weight(s, fec_of(s, p), bits, ber) : 0;
	return x.frames ? frame_errors(s, fec_of(s, p), ber) : ber;
}

/* The value of an observable; false if the twin has no such sensor. */
static bool observe(struct sight *s, unsigned type, unsigned lane, double *ret)
{
	enum { OF_LASER = 20480 };
	const struct lw_twin *t = &s->c->twin;
	const struct lw_quality *q;
	int64_t sample = lw_twin_now(t).ns / (int64_t)lw_twin_numbers[LW_TWIN_T_MONITOR];

	if (lane >= t->lanes)
		return false;
	if (type >= BER_FIRST && type <= SEW_LAST) {
		*ret = error_value(s, type, lane);
		return true;
	}
	switch (type) {
	case LASER_AGE:
		*ret = laser_age(t, lane);
		return true;
	case LASER_TEMPERATURE:
		*ret = lw_twin_noise(t, sample, OF_LASER + lane) *
		       lw_twin_numbers[LW_TWIN_LASER_OFF_CENTRE];
		return true;
	case SNR_MEDIA:
	case LTP_MEDIA:
		q = quality_of(s, LW_DIAG_MEDIA, lane);
		break;
	case SNR_HOST:
	case LTP_HOST:
		q = quality_of(s, LW_DIAG_HOST, lane);
		break;
	default:
		return false;
	}
	if (!q->good)
		*ret = 0;
	else if (type == LTP_MEDIA || type == LTP_HOST)
		*ret = fmax(lw_phy_ltp_db(q->snr_db, q->modulation), 0);
	else
		*ret = fmax(q->snr_db, 0);
	return true;
}

static uint16_t raw_of(const struct lw_vdm_type *t, double value)
{
	if (t->kind == LW_KIND_F16)
		return lw_f16(value);
	/* A number above the range is not the sample that says infinite (Table 8-180). */
	if (t->special[1].text && isfinite(value))
		value = fmin(value, (double)t->special[1].raw * t->num / t->den);
	value = round(value * t->den / t->num);
	if (t->kind == LW_KIND_SINT)
		return (uint16_t)(int16_t)fmax(fmin(value, INT16_MAX), INT16_MIN);
	return (uint16_t)fmax(fmin(value, UINT16_MAX), 0);
}

static const double ten_to[32] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10,
				  1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
				  1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31};

/* Orders raw numbers as their values are. */
static double order_of(const struct lw_vdm_type *t, uint16_t raw)
{
	if (t->kind == LW_KIND_F16)
		return (raw & 0x7ff) * ten_to[raw >> 11];
	return t->kind == LW_KIND_SINT ? (int16_t)raw : raw;
}

/* The lane, or the first lane of the path, that instance `i` of all banks is of. */
static unsigned lane_of(const struct lw_cmis *c, unsigned group, unsigned i)
{
	return i / INSTANCES * LW_BANK_LANES + (unsigned)get(c, groups[group].location, i);
}

void lw_vdm_show(struct lw_cmis *c, unsigned bank, unsigned group)
{
	struct sight s;

	begin_sight(c, &s);
	for (unsigned i = bank * INSTANCES; i < (bank + 1) * INSTANCES; i++) {
		unsigned type = (unsigned)get(c, groups[group].type, i);
		const struct lw_vdm_type *info = type ? lw_vdm_type_find(type) : NULL;
		double value;

		if (info && observe(&s, type, lane_of(c, group, i), &value))
			lw_memory_put(&c->twin.mem, groups[group].value, i, raw_of(info, value));
	}
}

/* Has a statistic anything to tell yet? */
static bool has_samples(const struct lw_cmis *c, unsigned type, unsigned lane)
{
	struct error_type x = error_type(type);

	return type < BER_FIRST || type > SEW_LAST || x.what == CURRENT ||
	       shown(c, x.side, lane)->any;
}

/* Lanes whose samples mean something: those of paths with outputs. */
static bool valid(struct lw_cmis *c, const struct lw_vdm_type *info, unsigned lane)
{
	if (info->scope == LW_VDM_MEDIA_LANE)
		return lane < c->twin.lanes && (lw_cmis_media_outs(c) >> lane & 1);
	if (info->scope == LW_VDM_PATH)
		return lane < c->twin.lanes && path_at(c, lane) && has_samples(c, info->type, lane);
	return lane < c->twin.lanes && lw_cmis_path_of(c, lane) &&
	       lw_cmis_has_output(lw_cmis_path_of(c, lane));
}

/* Limits that instances share, as order_of() has them. */
struct limits {
	const struct lw_vdm_type *info;
	unsigned group, set;
	double at[4]; /* enum lw_vdm_limit */
};

static void find_limits(const struct lw_cmis *c, unsigned group, unsigned set,
			const struct lw_vdm_type *info, struct limits *ret)
{
	if (ret->info == info && ret->group == group && ret->set == set)
		return; /* instances of a type follow each other */
	*ret = (struct limits){.info = info, .group = group, .set = set};
	for (unsigned k = 0; k < 4; k++)
		ret->at[k] = order_of(info, (uint16_t)get(c, groups[group].limit[k], set));
}

/* Latch the flags of one instance of type `info`; `i` counts through the banks. */
static void instance_flags(struct sight *s, unsigned group, unsigned i,
			   const struct lw_vdm_type *info, struct limits *limits)
{
	struct lw_cmis *c = s->c;
	const struct group *x = &groups[group];
	unsigned lane = lane_of(c, group, i);
	double value;

	if (!valid(c, info, lane))
		return;
	find_limits(c, group, i / INSTANCES * SETS + (unsigned)get(c, x->set, i), info, limits);
	/* What counts is the number that a host would read. */
	value = order_of(info, observe(s, info->type, lane, &value)
				       ? raw_of(info, value)
				       : (uint16_t)get(c, x->value, i));
	for (unsigned k = 0; k < 4; k++) {
		bool low = k == LW_VDM_LOW_ALARM || k == LW_VDM_LOW_WARNING;

		if (low ? value < limits->at[k] : value > limits->at[k])
			lw_memory_put(&c->twin.mem, x->flag[k], i, 1);
	}
}

static bool any_output(const struct lw_cmis *c)
{
	for (unsigned i = 0; i < c->path_n; i++)
		if (lw_cmis_has_output(&c->path[i]))
			return true;
	return false;
}

static void look(struct lw_cmis *c)
{
	const struct lw_vdm_type *info = NULL;
	struct limits limits = {0};
	unsigned type = 0, own;
	struct sight s;

	c->vdm.look = false;
	c->vdm.look_at = LW_NEVER;
	if (!any_output(c)) /* then no sample means anything */
		return;
	begin_sight(c, &s);
	for (unsigned g = 0; g < lw_vdm_groups(&c->twin.mem.view); g++)
		for (unsigned i = 0; i < c->twin.mem.banks * INSTANCES; i++) {
			own = (unsigned)get(c, groups[g].type, i);
			if (own != type)
				info = own ? lw_vdm_type_find(own) : NULL;
			type = own;
			if (info)
				instance_flags(&s, g, i, info, &limits);
		}
}

/* Hundreds of instances: they are looked at only when something changed, and as often as a module
 * samples them. */
void lw_vdm_flags(struct lw_cmis *c)
{
	uint64_t now;

	if (c->vdm.flag_epoch != c->twin.epoch && lw_vdm_supported(c)) {
		c->vdm.flag_epoch = c->twin.epoch;
		now = digest(c);
		if (now != c->vdm.seen && c->vdm.look_at.ns == LW_NEVER.ns)
			c->vdm.look_at = lw_twin_after(
				&c->twin,
				(struct lw_mono){(int64_t)lw_twin_numbers[LW_TWIN_T_MONITOR]});
		c->vdm.seen = now;
	}
	if (c->vdm.look)
		look(c);
}

void lw_vdm_flags_now(struct lw_cmis *c)
{
	if (c->state == LW_MSM_READY && c->vdm.look_at.ns != LW_NEVER.ns)
		look(c);
}

bool lw_vdm_unmasked(const struct lw_twin *t)
{
	for (unsigned b = 0; lw_memory_flagged(&t->mem, LW_CMIS_SLOT_2CH) && b < t->mem.banks;
	     b++) {
		const uint8_t *flag = lw_memory_page(&t->mem, b, LW_CMIS_SLOT_2CH);
		const uint8_t *mask = lw_memory_page(&t->mem, b, LW_CMIS_SLOT_2DH);

		/* Masks stand where their flags do (Table 8-185). */
		if (flag && mask && lw_bits_left(flag, mask, true))
			return true;
	}
	return false;
}
