/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a widely used host brings ports up: one thread that walks all ports each second and lets each
 * take one state a walk, with one-byte writes where it does so. Built from what was seen on its
 * bus; nothing of Lanewise's own planning is used here, only the bus and the places of fields.
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#define WALK_MS     1000
#define SOAK_MS     2000
#define ATTEMPTS    4
#define WALKS_LIMIT 3600

enum state {
	INSERTED,
	PRE_INIT_CHECK,
	DP_DEINIT,
	AP_CONFIGURED,
	DP_INIT,
	DP_TXON,
	ACTIVATION,
	READY
};

struct port {
	struct lw_bus *bus;
	struct module *module;
	uint8_t first, lanes, apsel, media_first, media_lanes;
	enum state state;
	struct lw_mono expires;
	unsigned attempts;
};

/* What the ports of one module share. */
struct module {
	const struct lw_facts *facts;
	const struct port *decommissions; /* the others wait for it */
};

static struct lw_addr addr_of(unsigned id, unsigned lane)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[id];
	const struct lw_slot *s = &lw_map_slots(LW_MAP_CMIS, NULL)[f->slot];
	unsigned byte, shift;

	lw_field_place(f, lane, &byte, &shift);
	return (struct lw_addr){
		.i2c = s->i2c, .page = s->page, .byte = (uint8_t)(byte + (s->upper ? 128 : 0))};
}

/* Bytes from where a field begins; those that cannot be read are all ones, as that host has it. */
static void get(const struct port *p, unsigned id, uint8_t *ret, size_t n)
{
	if (lw_bus_read(p->bus, addr_of(id, 0), ret, n, NULL))
		memset(ret, 0xff, n);
}

static uint8_t get1(const struct port *p, unsigned id)
{
	uint8_t byte;

	get(p, id, &byte, 1);
	return byte;
}

static void put1(const struct port *p, unsigned id, unsigned lane, uint8_t byte)
{
	lw_bus_write(p->bus, addr_of(id, lane), &byte, 1, NULL);
}

static unsigned state_code(enum lw_code_table table, const char *name)
{
	for (unsigned i = 0; i < 16; i++) {
		const char *s = lw_code_name(table, i);

		if (s && strcmp(s, name) == 0)
			return i;
	}
	abort(); /* the name is in data/codes.csv */
}

static bool module_is(const struct port *p, const char *name)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_MODULE_STATE];

	return (get1(p, LW_CMIS_MODULE_STATE) >> f->shift & ((1u << f->width) - 1u)) ==
	       state_code(LW_CODES_MODULE_STATE, name);
}

/* Do all lanes of `mask` show `name` in a field of four bits a lane? */
static bool lanes_are(const struct port *p, unsigned id, enum lw_code_table table, uint8_t mask,
		      const char *name)
{
	unsigned code = state_code(table, name);
	uint8_t v[4];

	get(p, id, v, sizeof(v));
	for (unsigned i = 0; i < 8; i++)
		if (mask >> i & 1 && (v[i / 2] >> 4 * (i % 2) & 15u) != code)
			return false;
	return true;
}

static uint8_t mask_of(unsigned first, unsigned lanes)
{
	return (uint8_t)(((1u << lanes) - 1u) << first);
}

static struct lw_mono later(struct lw_mono now, int32_t code)
{
	const struct lw_code *row = lw_code_find(LW_CODES_DURATION, (unsigned)code);

	return lw_mono_add(now, lw_ms(row && row->den ? row->num / row->den : 0));
}

/* Too late: begin again, at most a few times. @return false when it gives up */
static bool again(struct port *p, struct lw_mono now)
{
	if (!lw_mono_before(p->expires, now))
		return true;
	p->state = INSERTED;
	return ++p->attempts < ATTEMPTS;
}

static uint8_t lanes_now(const struct port *p)
{
	return p->module->decommissions == p ? 0xff : mask_of(p->first, p->lanes);
}

static void inserted(struct port *p)
{
	uint8_t active[8];

	get1(p, LW_CMIS_SFF8024_IDENTIFIER_COPY);
	get(p, LW_CMIS_ACS_APP_SEL_CODE_LANE, active, sizeof(active));
	p->state = PRE_INIT_CHECK;
	for (unsigned i = 0; i < 8; i++)
		if (i >= p->first && i < (unsigned)p->first + p->lanes && active[i] >> 4 &&
		    active[i] >> 4 != p->apsel) {
			p->module->decommissions = p;
			p->state = DP_DEINIT;
		}
}

static void deinit(struct port *p, struct lw_mono now)
{
	const struct lw_facts *f = p->module->facts;
	struct lw_mono power = later(now, f->dur_pwr_up), down = later(now, f->dur_dp_deinit);
	uint8_t mask = module_is(p, "ModuleLowPwr") ? 0xff : lanes_now(p);

	put1(p, LW_CMIS_DP_DEINIT_LANE, 0, get1(p, LW_CMIS_DP_DEINIT_LANE) | mask);
	put1(p, LW_CMIS_OUTPUT_DISABLE_TX, 0, get1(p, LW_CMIS_OUTPUT_DISABLE_TX) | mask);
	put1(p, LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW, 0,
	     get1(p, LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW) & 0xaf);
	p->expires = lw_mono_add(lw_mono_before(power, down) ? down : power, lw_ms(2));
	p->state = AP_CONFIGURED;
}

static void configure(struct port *p)
{
	bool all = p->module->decommissions == p;

	for (unsigned i = 0; i < 8; i++)
		if (lanes_now(p) >> i & 1)
			put1(p, LW_CMIS_SCS0_APP_SEL_CODE_LANE, i,
			     all ? 0 : (uint8_t)(p->apsel << 4 | p->first << 1));
	put1(p, LW_CMIS_SCS0_APPLY_DP_INIT_LANE, 0, lanes_now(p));
	p->state = DP_INIT;
}

static void init(struct port *p, struct lw_mono now)
{
	if (p->module->decommissions == p) {
		p->module->decommissions = NULL;
		p->state = INSERTED;
		return;
	}
	put1(p, LW_CMIS_DP_DEINIT_LANE, 0,
	     (uint8_t)(get1(p, LW_CMIS_DP_DEINIT_LANE) & ~lanes_now(p)));
	p->expires = later(now, p->module->facts->dur_dp_init);
	p->state = DP_TXON;
}

/* One state. @return false when the port gives up */
static bool step(struct port *p, struct lw_mono now)
{
	uint8_t mask = lanes_now(p), media = mask_of(p->media_first, p->media_lanes), line[4];

	if (p->module->decommissions && p->module->decommissions != p)
		return true;
	get1(p, LW_CMIS_MODULE_STATE); /* its log line */
	get(p, LW_CMIS_DP_STATE_HOST_LANE, line, sizeof(line));
	switch (p->state) {
	case INSERTED:
		inserted(p);
		return true;
	case PRE_INIT_CHECK:
		p->state = DP_DEINIT;
		return true;
	case DP_DEINIT:
		deinit(p, now);
		return true;
	case AP_CONFIGURED:
		if (!module_is(p, "ModuleReady") ||
		    !lanes_are(p, LW_CMIS_DP_STATE_HOST_LANE, LW_CODES_DP_STATE, mask,
			       "DPDeactivated"))
			return again(p, now);
		configure(p);
		return true;
	case DP_INIT:
		if (!lanes_are(p, LW_CMIS_CONFIG_STATUS_LANE, LW_CODES_CONFIG_STATUS, mask,
			       "ConfigSuccess"))
			return again(p, now);
		init(p, now);
		return true;
	case DP_TXON:
		if (!lanes_are(p, LW_CMIS_DP_STATE_HOST_LANE, LW_CODES_DP_STATE, mask,
			       "DPInitialized"))
			return again(p, now);
		put1(p, LW_CMIS_OUTPUT_DISABLE_TX, 0,
		     (uint8_t)(get1(p, LW_CMIS_OUTPUT_DISABLE_TX) & ~media));
		p->state = ACTIVATION;
		return true;
	case ACTIVATION:
		if (!lanes_are(p, LW_CMIS_DP_STATE_HOST_LANE, LW_CODES_DP_STATE, mask,
			       "DPActivated"))
			return again(p, now);
		p->state = READY;
		return true;
	case READY:
		return true;
	}
	return false;
}

static size_t find_ports(const struct lw_lab *lab, struct module *module, struct port *port)
{
	const struct lw_fabric *f = lab->fabric;
	size_t n = 0;

	for (size_t i = 0; i < f->cage_n; i++)
		module[i].facts = f->cages[i].facts;
	for (size_t i = 0; i < f->link_n; i++)
		for (unsigned end = 0; end < 2; end++) {
			const struct lw_flink *l = &f->links[i];
			const struct lw_cage *c = &f->cages[l->cage[end]];
			const struct lw_lport *p = &c->mode.port[l->port[end]];

			port[n++] = (struct port){
				.bus = lab->bus[l->cage[end]],
				.module = &module[l->cage[end]],
				.first = p->first,
				.lanes = p->lanes,
				.apsel = c->abilities[l->chosen[end]].apsel,
				.media_first = l->media_first[end],
				.media_lanes = c->abilities[l->chosen[end]].media_lanes,
			};
		}
	return n;
}

int bench_sonic(struct lw_lab *lab, struct lw_mono *ret)
{
	struct module *module = calloc(lab->fabric->cage_n, sizeof(*module));
	struct port *port = calloc(2 * lab->fabric->link_n, sizeof(*port));
	struct lw_mono now = lw_ms(SOAK_MS);
	size_t n = module && port ? find_ports(lab, module, port) : 0, ready = 0;
	bool good = n > 0;

	for (unsigned walk = 0; good && ready < n && walk < WALKS_LIMIT; walk++) {
		lw_world_advance(lab->world, now);
		ready = 0;
		for (size_t i = 0; good && i < n; i++) {
			good = step(&port[i], now);
			ready += port[i].state == READY;
		}
		*ret = now;
		now = lw_mono_add(now, lw_ms(WALK_MS));
	}
	free(module);
	free(port);
	return good && ready == n ? 0 : -1;
}
