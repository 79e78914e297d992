/* SPDX-License-Identifier: Apache-2.0 */
#include "phy-lane.h"
#include <errno.h>
#include <lanewise/files.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOUCHSTONE_LIMIT (64u << 20)
enum { WINDOW = 512 };

int phy_number(const char *s, double low, double high, double *ret)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s || *end || !(v >= low && v <= high))
		return -1;
	*ret = v;
	return 0;
}

int phy_whole(const char *s, uint64_t low, uint64_t high, uint64_t *ret)
{
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(s, &end, 0);
	if (*s < '0' || *s > '9' || end == s || *end || errno || v < low || v > high)
		return -1;
	*ret = v;
	return 0;
}

static int count(const char *s, unsigned high, unsigned *ret)
{
	uint64_t v;

	if (phy_whole(s, 0, high, &v))
		return -1;
	*ret = (unsigned)v;
	return 0;
}

/* "1,-0.2,0.1" @return how many, 0: it is no such list */
static unsigned list(const char *s, double *ret, unsigned max)
{
	unsigned n = 0;

	for (;;) {
		char *end;

		if (n == max)
			return 0;
		ret[n] = strtod(s, &end);
		if (end == s || !isfinite(ret[n]) || (*end && *end != ','))
			return 0;
		n++;
		if (!*end)
			return n;
		s = end + 1;
	}
}

static int path_option(struct lw_lane_options *p, int index, const char *value)
{
	switch (index) {
	case PHY_PMD:
		p->pmd = lw_pmd_find(value);
		return p->pmd ? 0 : -1;
	case PHY_LENGTH:
		return phy_number(value, 0, 1e6, &p->length_m);
	case PHY_GRADE:
		p->grade = lw_grade_find(value);
		return p->grade != LW_GRADE_NONE ? 0 : -1;
	case PHY_CONNECTORS:
		return count(value, 100, &p->mated);
	case PHY_SPLICES:
		return count(value, 1000, &p->splices);
	case PHY_LAUNCH:
		return phy_number(value, -60, 30, &p->launch_dbm);
	case PHY_REFLECTANCE:
		return phy_number(value, -100, -5, &p->reflectance_db);
	default:
		return phy_number(value, -60, 100, &p->extra_db);
	}
}

static int order_option(struct phy_lane *l, const char *value)
{
	double order[4];

	if (list(value, order, 4) != 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		if (order[i] != rint(order[i]) || order[i] < 1 || order[i] > 4)
			return -1;
		l->order[i] = (unsigned)order[i];
	}
	return 0;
}

int phy_lane_option(struct phy_lane *l, int index, const char *value)
{
	l->given |= 1u << index;
	switch (index) {
	case PHY_WIRE:
		l->copper.wire = value;
		return *value ? 0 : -1;
	case PHY_HOST_LOSS:
		return phy_number(value, 0, 50, &l->copper.host_db);
	case PHY_TOUCHSTONE:
		l->touchstone = value;
		return *value ? 0 : -1;
	case PHY_ORDER:
		return order_option(l, value);
	case PHY_NRZ:
		l->nrz = true;
		return 0;
	case PHY_BAUD:
		return phy_number(value, 0.1, 1000, &l->baud_gbd);
	case PHY_RISE:
		return phy_number(value, 0, 1e4, &l->rise_ps);
	case PHY_LOSS:
		return list(value, l->loss, 3) == 3 ? 0 : -1;
	case PHY_BANDWIDTH:
		return phy_number(value, 0.01, 1e4, &l->bandwidth_ghz);
	case PHY_CTLE:
		return phy_number(value, 0, 20, &l->ctle_db);
	case PHY_TX_FFE:
		l->tx_n = list(value, l->tx_tap, PHY_TX_TAPS);
		return l->tx_n ? 0 : -1;
	case PHY_NOISE:
		return phy_number(value, 0, 10, &l->noise_rms);
	case PHY_SNR:
		return phy_number(value, -10, 60, &l->snr_db);
	case PHY_RLM:
		return phy_number(value, 0.1, 1, &l->rlm);
	case PHY_RJ:
		return phy_number(value, 0, 0.2, &l->rj_ui);
	case PHY_DJ:
		return phy_number(value, 0, 0.4, &l->dj_ui);
	case PHY_FFE:
		return count(value, LW_FFE_MAX, &l->ffe_n) || !l->ffe_n ? -1 : 0;
	case PHY_DFE:
		return count(value, LW_DFE_MAX, &l->dfe_n);
	case PHY_SEED:
		return phy_whole(value, 0, UINT64_MAX, &l->seed);
	default:
		return path_option(&l->path, index, value);
	}
}

#define BIT(option) (1u << (option))

int phy_lane_check(const struct cli_command *c, const struct phy_lane *l)
{
	/* what an option is for; those in none of them are for every lane */
	const uint32_t own = BIT(PHY_NRZ) | BIT(PHY_BAUD) | BIT(PHY_RISE) | BIT(PHY_LOSS) |
			     BIT(PHY_BANDWIDTH) | BIT(PHY_CTLE) | BIT(PHY_TX_FFE) | BIT(PHY_NOISE) |
			     BIT(PHY_SNR) | BIT(PHY_RLM);
	const uint32_t light = BIT(PHY_GRADE) | BIT(PHY_CONNECTORS) | BIT(PHY_SPLICES) |
			       BIT(PHY_LAUNCH) | BIT(PHY_REFLECTANCE);
	const uint32_t copper = BIT(PHY_WIRE) | BIT(PHY_HOST_LOSS);
	const uint32_t cable = BIT(PHY_TOUCHSTONE) | BIT(PHY_ORDER);
	const uint32_t path = light | copper | BIT(PHY_LENGTH) | BIT(PHY_EXTRA_LOSS);
	const uint32_t filters = cable | BIT(PHY_RISE) | BIT(PHY_LOSS) | BIT(PHY_BANDWIDTH) |
				 BIT(PHY_CTLE) | BIT(PHY_TX_FFE) | BIT(PHY_NOISE) | BIT(PHY_RJ) |
				 BIT(PHY_DJ) | BIT(PHY_FFE) | BIT(PHY_DFE);
	const struct lw_pmd *pmd = l->path.pmd;
	bool wires = pmd && pmd->medium == LW_COPPER;

	for (int i = 0; c->options[i].name && i < PHY_LANE_N; i++) {
		uint32_t bit = BIT(i) & l->given;

		if (pmd && bit & own)
			return cli_usage(c, "--%s is not for lanes of a --pmd", c->options[i].name);
		if (!pmd && bit & path)
			return cli_usage(c, "--%s needs --pmd", c->options[i].name);
		if (wires ? bit & light : pmd && bit & (copper | cable))
			return cli_usage(c, "--%s is not for %s: %s is %s", c->options[i].name,
					 wires ? "copper" : "fibre", pmd->name,
					 wires ? "copper" : "light");
	}
	for (int i = 0; l->given & BIT(PHY_SNR) && c->options[i].name && i < PHY_LANE_N; i++)
		if (BIT(i) & l->given & filters)
			return cli_usage(c, "--snr is of an ideal lane, without --%s",
					 c->options[i].name);
	if (l->given & BIT(PHY_ORDER) && !l->touchstone)
		return cli_usage(c, "--order is for --touchstone");
	if (wires && l->touchstone && l->given & (BIT(PHY_LENGTH) | BIT(PHY_WIRE)))
		return cli_usage(c, "--touchstone stands for the cable: no --length, no --wire");
	return 0;
}

/* Read a measured network; what had to be made of it is said. lw_touchstone_destroy() frees it. */
static int read_touchstone(const struct phy_lane *l, struct lw_touchstone **ret,
			   struct lw_error *reterr)
{
	const char *dot = strrchr(l->touchstone, '.');
	unsigned ports = dot && strcasecmp(dot, ".s2p") == 0 ? 2 : 4;
	const struct lw_touchstone_report *r;
	char *text = NULL;
	size_t n = 0;
	int e = lw_file_read(l->touchstone, TOUCHSTONE_LIMIT, &text, &n, reterr);

	if (e)
		return e;
	e = lw_touchstone_parse(text, n, l->touchstone, ports, l->order[0] ? l->order : NULL, ret,
				reterr);
	free(text);
	if (e)
		return e;
	r = lw_touchstone_report(*ret);
	if (r->order_chosen)
		fprintf(stderr,
			"lanewise: %s: ports taken as in %u, %u and out %u, %u, since these pass "
			"at %g GHz; --order says otherwise\n",
			l->touchstone, r->order[0], r->order[1], r->order[2], r->order[3],
			r->low_ghz);
	if (r->dc_made)
		fprintf(stderr, "lanewise: %s: there is no point at 0 Hz; made from those above\n",
			l->touchstone);
	if (r->active)
		fprintf(stderr,
			"lanewise: %s: not passive at %u of %u frequencies, gain up to %.4f; used "
			"as it is\n",
			l->touchstone, r->active, r->points, r->worst_gain);
	if (r->early > 1e-3)
		fprintf(stderr, "lanewise: %s: not causal, %.2g of its energy comes too early\n",
			l->touchstone, r->early);
	return 0;
}

static int add_touchstone(const struct phy_lane *l, struct lw_channel *way, struct lw_error *reterr)
{
	struct lw_touchstone *t = NULL;
	int r = read_touchstone(l, &t, reterr);

	if (!r)
		r = lw_channel_touchstone(way, t, reterr);
	lw_touchstone_destroy(t);
	return r;
}

/* Taps in front, the largest the main one, as loud together as one tap. */
static int tx_taps(const struct phy_lane *l, struct lw_pulse *p, struct lw_error *reterr)
{
	double tap[PHY_TX_TAPS], sum = 0;
	unsigned main = 0;

	for (unsigned i = 0; i < l->tx_n; i++) {
		sum += fabs(l->tx_tap[i]);
		if (fabs(l->tx_tap[i]) > fabs(l->tx_tap[main]))
			main = i;
	}
	if (!(sum > 0))
		return lw_fail(reterr, LW_EINVAL, "transmitter taps are all 0");
	for (unsigned i = 0; i < l->tx_n; i++)
		tap[i] = l->tx_tap[i] / sum;
	return lw_pulse_fir(p, tap, l->tx_n, main, reterr);
}

static int make_parts(const struct phy_lane *l, struct lw_channel *way, struct lw_channel *rx,
		      struct lw_lane *ret, struct lw_error *reterr)
{
	double width = l->bandwidth_ghz > 0 ? l->bandwidth_ghz : 0.75 * l->baud_gbd;
	int r = lw_channel_rise(way, l->rise_ps, reterr);

	if (!r && l->given >> PHY_LOSS & 1)
		r = lw_channel_twinax(way, l->loss[0], l->loss[1], l->loss[2], reterr);
	if (!r && l->touchstone)
		r = add_touchstone(l, way, reterr);
	if (!r)
		r = lw_channel_bessel(rx, width, reterr);
	/* zero and poles where IEEE 802.3 93A puts them, by the rate */
	if (!r && l->ctle_db > 0)
		r = lw_channel_ctle(rx, -l->ctle_db, l->baud_gbd / 4, l->baud_gbd / 4, l->baud_gbd,
				    reterr);
	if (!r)
		r = lw_channel_cascade(way, rx, reterr);
	if (!r)
		r = lw_channel_noise(rx, &ret->noise, reterr);
	if (!r)
		r = lw_channel_pulse(way, 1e-7, &ret->pulse, reterr);
	if (!r && l->tx_n)
		r = tx_taps(l, &ret->pulse, reterr);
	return r;
}

static int make_own(const struct phy_lane *l, struct lw_lane *ret, struct lw_error *reterr)
{
	struct lw_channel *way = NULL, *rx = NULL;
	struct lw_chain *c = &ret->chain;
	int r = lw_channel_create(l->baud_gbd, WINDOW, &way, reterr);

	memset(ret, 0, sizeof(*ret));
	if (!r)
		r = lw_channel_create(l->baud_gbd, WINDOW, &rx, reterr);
	if (!r)
		r = make_parts(l, way, rx, ret, reterr);
	lw_channel_destroy(way);
	lw_channel_destroy(rx);
	if (r)
		return r;
	lw_chain_init(c, l->nrz ? LW_NRZ : LW_PAM4, &ret->pulse);
	lw_chain_levels(c, -1, 1, l->rlm);
	c->noise = &ret->noise;
	c->noise_rms = l->noise_rms;
	c->fec = lw_fec_find(l->nrz ? "RS(528,514)" : "RS(544,514)");
	ret->interleaved = 1;
	ret->ber_limit = c->fec->ber_limit;
	return 0;
}

/* What textbooks reckon with: a symbol is one value, noise is white, the equaliser one tap of 1. */
static int make_ideal(const struct phy_lane *l, struct lw_lane *ret)
{
	struct lw_chain *c = &ret->chain;
	unsigned n = l->nrz ? 2 : 4;
	double mean = 0, square = 0;

	memset(ret, 0, sizeof(*ret));
	ret->pulse.n = 1;
	ret->pulse.baud_gbd = l->baud_gbd;
	for (unsigned s = 0; s < LW_PHASES; s++)
		ret->pulse.h[0][s] = 1;
	lw_chain_init(c, l->nrz ? LW_NRZ : LW_PAM4, &ret->pulse);
	lw_chain_levels(c, -1, 1, l->rlm);
	for (unsigned i = 0; i < n; i++) {
		mean += c->level[i] / n;
		square += c->level[i] * c->level[i] / n;
	}
	c->noise_rms = sqrt((square - mean * mean) / lw_phy_ratio(l->snr_db));
	lw_chain_thresholds(c);
	c->fec = lw_fec_find(l->nrz ? "RS(528,514)" : "RS(544,514)");
	ret->interleaved = 1;
	ret->ber_limit = c->fec->ber_limit;
	ret->snr_db = l->snr_db;
	return 0;
}

static int make_copper(const struct phy_lane *l, struct lw_lane *ret, struct lw_error *reterr)
{
	struct lw_copper_options o = l->copper;
	struct lw_touchstone *t = NULL;
	int r = l->touchstone ? read_touchstone(l, &t, reterr) : 0;

	o.pmd = l->path.pmd;
	o.length_m = l->path.length_m;
	o.extra_db = l->path.extra_db;
	o.measured = t;
	if (!r)
		r = lw_copper_make(&o, ret, reterr);
	lw_touchstone_destroy(t);
	return r;
}

static int make(const struct phy_lane *l, struct lw_lane *ret, struct lw_error *reterr)
{
	if (l->given & BIT(PHY_SNR))
		return make_ideal(l, ret);
	if (!l->path.pmd)
		return make_own(l, ret, reterr);
	return l->path.pmd->medium == LW_COPPER ? make_copper(l, ret, reterr)
						: lw_lane_make(&l->path, ret, reterr);
}

int phy_lane_make(const struct phy_lane *l, struct lw_lane *ret, struct lw_error *reterr)
{
	struct lw_chain *c = &ret->chain;
	const uint32_t again = BIT(PHY_FFE) | BIT(PHY_DFE) | BIT(PHY_RJ) | BIT(PHY_DJ);
	unsigned ffe = l->ffe_n, dfe = l->dfe_n;
	int r = make(l, ret, reterr);

	if (r)
		return r;
	c->seed = l->seed;
	if (l->given & BIT(PHY_RJ))
		c->rj_ui = l->rj_ui;
	if (l->given & BIT(PHY_DJ))
		c->dj_ui = l->dj_ui;
	/* what is not said stays as the PMD's lane has it */
	if (l->path.pmd && !(l->given & BIT(PHY_FFE)))
		ffe = c->ffe_n;
	if (l->path.pmd && !(l->given & BIT(PHY_DFE)))
		dfe = c->dfe_n;
	if (!(l->given & BIT(PHY_SNR)) && (!l->path.pmd || l->given & again))
		r = lw_chain_equalise(c, ffe,
				      ffe == c->ffe_n && l->path.pmd ? c->ffe_pre
				      : ffe > 2                      ? ffe / 2
								     : ffe - 1,
				      dfe, -1, &ret->snr_db, reterr);
	return r;
}

/* In one line: their sources are for those who ask. */
void phy_print_bases(const struct lw_lane *l)
{
	struct lw_buf text = LW_BUF_INIT;
	char first[64];

	for (unsigned i = 0; i < l->basis_n; i++) {
		const struct lw_lane_basis *b = &l->basis[i];

		if (strcmp(b->confidence, "low") != 0)
			continue;
		lw_buf_printf(&text, "%s%s %g%s%s", text.len ? ", " : "", b->name, b->value,
			      *b->unit ? " " : "", b->unit);
	}
	if (text.len && !text.failed) {
		lw_buf_puts(&text, " (sources: --json)");
		snprintf(first, sizeof(first), "  %slow confidence%s         ", cli_yellow(),
			 cli_plain());
		cli_wrap(stdout, first, 25, lw_buf_str(&text));
	}
	lw_buf_finish(&text);
}

void phy_json_bases(struct lw_json *j, const struct lw_lane *l)
{
	lw_json_key(j, "basis");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < l->basis_n; i++) {
		lw_json_begin_object(j);
		lw_json_put_string(j, "name", l->basis[i].name);
		lw_json_put_number(j, "value", l->basis[i].value);
		lw_json_put_string(j, "unit", l->basis[i].unit);
		lw_json_put_string(j, "confidence", l->basis[i].confidence);
		lw_json_put_string(j, "ref", l->basis[i].ref);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}
