/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"
#include <math.h>
#include <string.h>
#include <strings.h>

/* The catalogue: PMDs, form factors, connectors, parts, cords. */

static const char *topology_text(enum lw_topology t)
{
	static const char *const texts[] = {
		[LW_TOPO_SERIAL] = "serial, one lane",
		[LW_TOPO_PARALLEL] = "parallel, each lane on its own fibre or pair",
		[LW_TOPO_WDM] = "all lanes as wavelengths of one fibre pair",
		[LW_TOPO_TWIN_WDM] = "two fibre pairs, each with its wavelengths",
		[LW_TOPO_BIDI] = "both directions on one fibre",
		[LW_TOPO_COHERENT] = "coherent",
	};

	return texts[t];
}

static void put_waves(struct ex *x, const struct lw_pmd *p)
{
	struct lw_buf text = LW_BUF_INIT;

	for (unsigned i = 0; i < p->wave_n; i++)
		lw_buf_printf(&text, "%s%g-%g", i ? ", " : "", p->wave[i].low_pm / 1e3,
			      p->wave[i].high_pm / 1e3);
	if (p->wave_n)
		lw_buf_puts(&text, " nm");
	ex_pair(x, "sends at", lw_buf_str(&text));
	lw_buf_finish(&text);
}

static void put_reach(struct ex *x, const struct lw_pmd *p)
{
	struct lw_buf text = LW_BUF_INIT;

	for (unsigned g = LW_OM1; g <= LW_OS2; g++)
		if (p->reach_m[g])
			lw_buf_printf(&text, "%s%u m of %s", text.len ? ", " : "", p->reach_m[g],
				      p->medium == LW_COPPER ? "copper"
							     : lw_grade_name((enum lw_grade)g));
	ex_pair(x, "reach", lw_buf_str(&text));
	lw_buf_finish(&text);
}

/* Codes that mean this PMD, and parts that have it. */
static void put_pmd_users(struct ex *x, const struct lw_pmd *p)
{
	struct lw_buf codes = LW_BUF_INIT, parts = LW_BUF_INIT;
	size_t n;
	const struct lw_part *part = lw_parts(&n);

	for (unsigned t = LW_CODES_NONE + 1; t < LW_CODES_N; t++)
		for (unsigned code = 0; code < 256; code++) {
			const struct lw_interface *i =
				lw_interface_find((enum lw_code_table)t, code);

			if (i && (i->pmd == p || i->pmd_sfp == p))
				lw_buf_printf(&codes, "%s0x%02x of %s", codes.len ? ", " : "", code,
					      lw_code_table_name((enum lw_code_table)t));
		}
	for (size_t i = 0; i < n; i++)
		if (part[i].pmd == p && !strchr(part[i].name, '/'))
			lw_buf_printf(&parts, "%s%s", parts.len ? ", " : "", part[i].name);
	ex_pair(x, "codes", lw_buf_str(&codes));
	ex_pair(x, "parts", lw_buf_str(&parts));
	lw_buf_finish(&codes);
	lw_buf_finish(&parts);
}

void ex_pmd(struct ex *x, const char *name)
{
	const struct lw_pmd *p = NULL;

	for (size_t i = 0; ex_pmds[i] && !p; i++)
		if (strcasecmp(ex_pmds[i], name) == 0)
			p = lw_pmd_find(ex_pmds[i]);
	if (!p || !ex_begin(x, "pmd", "%s, what a module is on its media side", p->name))
		return;
	if (x->j)
		ex_pair(x, "pmd", p->name);
	ex_pairf(x, "rate", "%g Gb/s", p->rate_mbps / 1e3);
	ex_pairf(x, "lanes", "%u x %g GBd %s", p->lanes, p->baud_kbd / 1e6,
		 lw_modulation_name(p->modulation));
	ex_pair(x, "medium", lw_medium_name(p->medium));
	ex_pair(x, "lanes run", topology_text(p->topology));
	if (p->fibres)
		ex_pairf(x, "fibres", "%u", p->fibres);
	put_waves(x, p);
	ex_pair(x, "connector", p->connector);
	put_reach(x, p);
	ex_pairf(x, "FEC", "%s%s", p->fec[0] ? p->fec : "depends on the cable",
		 p->fec_in_module ? "; the module may run it itself" : "");
	ex_pair(x, "splits to", p->splits);
	put_pmd_users(x, p);
	ex_pair(x, "source", p->ref);
	ex_pair(x, "confident", p->confidence);
	ex_end(x);
}

void ex_form(struct ex *x, const char *name)
{
	const struct lw_form *f = lw_form_find(name);

	if (!f || !ex_begin(x, "form", "%s, a form factor", f->name))
		return;
	if (x->j)
		ex_pair(x, "form", f->name);
	ex_pairf(x, "lanes", "%u, each up to %g GBd %s", f->lanes, f->max_baud_kbd / 1e6,
		 lw_modulation_name(f->max_modulation));
	if (f->max_power_w > 0)
		ex_pairf(x, "power", "up to %g W", f->max_power_w);
	ex_list_begin(x, "plugs");
	for (size_t i = 0; ex_forms[i]; i++) {
		const struct lw_fit *fit = lw_fit_find(lw_form_find(ex_forms[i]), f);
		char text[256];

		if (!fit || fit->kind == LW_FIT_NO)
			continue;
		snprintf(text, sizeof(text), "%u lanes mate%s%s%s%s", fit->lanes,
			 fit->kind == LW_FIT_ADAPTER ? ", adapter " : "", fit->adapter,
			 fit->note[0] ? "; " : "", fit->note);
		ex_list_item(x, fit->plug, text);
	}
	ex_list_end(x);
	ex_pair(x, "source", f->ref);
	ex_pair(x, "confident", f->confidence);
	ex_end(x);
}

void ex_connector(struct ex *x, const char *name)
{
	const struct lw_connector *c = NULL;

	for (size_t i = 0; ex_connectors[i] && !c; i++)
		if (strcasecmp(ex_connectors[i], name) == 0)
			c = lw_connector_find(ex_connectors[i]);
	if (!c || !ex_begin(x, "connector", "%s, an optical connector", c->name))
		return;
	if (x->j)
		ex_pair(x, "connector", c->name);
	ex_pair(x, "body", c->body);
	ex_pair(x, "polish", c->polish);
	ex_pairf(x, "fibres", "%u", c->fibres);
	ex_pairf(x, "code", "0x%02x of %s", c->code, lw_code_table_name(LW_CODES_SFF8024_CONN));
	ex_pair(x, "source", c->ref);
	ex_end(x);
}

static void put_apps(struct ex *x, const struct lw_part *p)
{
	enum lw_code_table media = lw_media_table(p->media_type);

	if (!p->app_n)
		return;
	ex_list_begin(x, "applications");
	for (unsigned i = 0; i < p->app_n; i++) {
		const struct lw_part_app *a = &p->app[i];
		char number[16], text[256], host[16], side[16];

		snprintf(number, sizeof(number), "%u", i + 1);
		snprintf(text, sizeof(text), "%s on %u host lanes, %s on %u media lanes",
			 lw_code_text(LW_CODES_SFF8024_HOST, a->host_id, host, sizeof(host)),
			 a->host_lanes, lw_code_text(media, a->media_id, side, sizeof(side)),
			 a->media_lanes);
		ex_list_item(x, number, text);
	}
	ex_list_end(x);
}

void ex_part(struct ex *x, const char *name)
{
	const struct lw_part *p = lw_part_find(name);
	char id[16];

	if (!p || !ex_begin(x, "part", "%s, a part", p->name))
		return;
	if (x->j)
		ex_pair(x, "part", p->name);
	ex_pair(x, "is", p->doc);
	ex_pair(x, "form", p->form->name);
	ex_pair(x, "map", lw_map_name(p->map));
	ex_pairf(x, "identifier", "0x%02x, %s", p->identifier,
		 lw_code_text(LW_CODES_SFF8024_ID, p->identifier, id, sizeof(id)));
	ex_pair(x, "PMD", p->pmd ? p->pmd->name : NULL);
	if (p->receptacles && p->receptacle)
		ex_pairf(x, "connector", "%u x %s", p->receptacles, p->receptacle->name);
	if (p->wave_pm)
		ex_pairf(x, "wavelength", "%g nm", p->wave_pm / 1e3);
	ex_pairf(x, "power", "%g W", p->power_w);
	if (p->far && p->far_n)
		ex_pairf(x, "far end", "%u x %s with %u lanes", p->far_n, p->far->form->name,
			 p->far_lanes);
	if (p->far && p->head_lanes != p->far_lanes)
		ex_pairf(x, "gearbox", "%u lanes of this plug become %u at each far end",
			 p->head_lanes, p->far_lanes);
	if (p->far && p->length_m > 0)
		ex_pairf(x, "length", "%g m unless told otherwise", p->length_m);
	put_apps(x, p);
	ex_pair(x, "source", p->ref);
	ex_pair(x, "confident", p->confidence);
	ex_end(x);
}

void ex_cord(struct ex *x, const char *name)
{
	const struct lw_cord *c = lw_cord_find(name);

	if (!c || !ex_begin(x, "cord", "%s, a cord between modules", c->name))
		return;
	if (x->j)
		ex_pair(x, "cord", c->name);
	ex_pair(x, "is", c->doc);
	ex_pairf(x, "end a", "%s, %u lane pair%s", c->a, c->lanes, c->lanes > 1 ? "s" : "");
	ex_pairf(x, "end b", "%u x %s, %u lane pair%s each", c->legs, c->b, c->leg_lanes,
		 c->leg_lanes > 1 ? "s" : "");
	ex_pairf(x, "matings", "%u on the way of one lane", c->connectors);
	ex_pair(x, "source", c->ref);
	ex_end(x);
}
