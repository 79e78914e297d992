/* SPDX-License-Identifier: Apache-2.0 */
#include "publish-internal.h"

#include <string.h>

static const struct lw_publisher publishers[] = {
	{"metrics", "OpenMetrics, as Prometheus scrapes it",
	 "application/openmetrics-text; version=1.0.0; charset=utf-8", false, false,
	 lw_publish_openmetrics},
	{"prometheus", "the same in the older text format of Prometheus",
	 "text/plain; version=0.0.4; charset=utf-8", false, false, lw_publish_prometheus},
	{"sonic", "SONiC's STATE_DB, as commands in the protocol of Redis",
	 "application/octet-stream", true, true, lw_publish_sonic},
	{"openconfig", "OpenConfig's platform and transceiver state, as JSON",
	 "application/yang-data+json", false, true, lw_publish_openconfig},
	{"syslog", "links, modules and causes as lines of RFC 5424", "text/plain; charset=utf-8",
	 true, false, lw_publish_syslog},
};

const struct lw_publisher *lw_publishers(size_t *ret_n)
{
	*ret_n = sizeof(publishers) / sizeof(publishers[0]);
	return publishers;
}

const struct lw_publisher *lw_publisher_find(const char *name)
{
	size_t n;
	const struct lw_publisher *p = lw_publishers(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(p[i].name, name) == 0)
			return &p[i];
	return NULL;
}

static bool has_device(const struct lw_fabric *f, const char *name)
{
	for (size_t i = 0; i < f->device_n; i++)
		if (strcmp(f->devices[i].name, name) == 0)
			return true;
	return false;
}

/* Devices with a cage that is managed. */
static size_t devices(const struct lw_publish_source *s)
{
	const struct lw_fabric *f = s->engine->fabric;
	size_t n = 0;

	for (size_t i = 0; i < f->device_n; i++)
		for (size_t k = 0; k < f->devices[i].cage_n; k++)
			if (s->engine->module[f->devices[i].first + k].bus) {
				n++;
				break;
			}
	return n;
}

int lw_publish(const struct lw_publisher *p, const struct lw_publish_source *s,
	       struct lw_publish_memory *m, struct lw_buf *ret, struct lw_error *reterr)
{
	size_t before = ret->len;
	int r;

	if (s->device && !has_device(s->engine->fabric, s->device))
		return lw_fail(reterr, LW_EINVAL, "the fabric has no device \"%s\"", s->device);
	if (p->one_device && !s->device && devices(s) > 1)
		return lw_fail(reterr, LW_EINVAL,
			       "names would clash between devices: choose one of them");
	r = p->say(s, m, ret, reterr);
	if (!r && ret->failed)
		r = lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (r && ret->len > before) {
		ret->len = before;
		ret->s[before] = '\0';
	}
	if (r && m)
		lw_publish_memory_forget(m);
	return r;
}

bool lw_publish_has_cage(const struct lw_publish_source *s, size_t cage)
{
	return s->engine->module[cage].bus &&
	       (!s->device || strcmp(s->engine->fabric->cages[cage].device, s->device) == 0);
}

bool lw_publish_has_link(const struct lw_publish_source *s, size_t link)
{
	const struct lw_fabric *f = s->engine->fabric;
	const struct lw_flink *l = &f->links[link];

	return !s->device || strcmp(f->cages[l->cage[0]].device, s->device) == 0 ||
	       strcmp(f->cages[l->cage[1]].device, s->device) == 0;
}

bool lw_publish_known(const struct lw_publish_source *s, size_t cage)
{
	return s->engine->module[cage].phase > LW_MODULE_IDENTIFY;
}

const struct lw_dp_report *lw_publish_report(const struct lw_publish_source *s, size_t cage,
					     unsigned lane, unsigned *ret_bit)
{
	const struct lw_engine *e = s->engine;
	const struct lw_engine_cage *c = &e->cage[cage];

	for (unsigned k = 0; k < c->end_n; k++) {
		uint32_t id = e->end[c->end_first + k], link = id / 2, end = id % 2;
		const struct lw_flink *l = &e->fabric->links[link];
		int want = e->link[link].want[end];

		if (want < 0)
			continue;
		for (unsigned i = 0; i < l->media_lanes; i++)
			if (l->media_lane[end][i] == lane && lane >= l->media_first[end] &&
			    lane - l->media_first[end] < 32) {
				*ret_bit = lane - l->media_first[end];
				return &e->module[cage].report[want];
			}
	}
	return NULL;
}

double lw_publish_unix(const struct lw_publish_source *s, struct lw_mono t)
{
	return (double)(s->unix_ns + t.ns) / 1e9;
}

void lw_publish_escape(struct lw_buf *b, const char *s, const char *special)
{
	while (*s) {
		size_t n = lw_utf8_length(s);

		if (!n)
			lw_buf_puts(b, "\xef\xbf\xbd"); /* U+FFFD */
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			lw_buf_putc(b, ' ');
		else if (n == 1 && strchr(special, *s))
			lw_buf_printf(b, "\\%c", *s);
		else
			lw_buf_add(b, s, n);
		s += n ? n : 1;
	}
}
