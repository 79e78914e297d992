/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of a fabric's cables. */
#include <lanewise/csv.h>
#include <lanewise/exchange.h>
#include <stdio.h>
#include <string.h>

/* A name as the device's people know it: its own if the file says it. */
static const char *port_of(const struct lw_cage *c)
{
	return c->port ? c->port : c->name;
}

/* "swp3", "swp3#2" for one receptacle, "swp3:2" for one port behind a panel: as fabric files say it
 */
static void add_port(struct lw_buf *b, const struct lw_fabric *f, const struct lw_cable_end *e)
{
	char text[128];

	if (e->port_end)
		snprintf(text, sizeof(text), "%.100s:%d", port_of(&f->cages[e->cage]), e->port_end);
	else if (e->receptacle >= 0)
		snprintf(text, sizeof(text), "%.100s#%d", port_of(&f->cages[e->cage]),
			 e->receptacle + 1);
	else
		snprintf(text, sizeof(text), "%.100s", port_of(&f->cages[e->cage]));
	lw_csv_add(b, text, 0);
}

static const char *what_of(const struct lw_cable *c)
{
	return c->cord ? c->cord->name : c->part->name;
}

static const char *grade_of(const struct lw_cable *c)
{
	static const char *const names[] = {"OM1", "OM2", "OM3", "OM4", "OM5"};

	if (!c->cord)
		return "";
	return c->grade >= LW_OM1 && c->grade <= LW_OM5 ? names[c->grade - LW_OM1] : "OS2";
}

static void add_metres(struct lw_buf *b, double v)
{
	char text[40];
	size_t n = (size_t)snprintf(text, sizeof(text), "%.3f", v);

	while (n && text[n - 1] == '0')
		text[--n] = '\0';
	if (n && text[n - 1] == '.')
		text[--n] = '\0';
	lw_csv_add(b, text, 0);
}

/* "leg 2 of 4", or nothing for a plain cable. */
static void add_leg(struct lw_buf *b, const struct lw_cable *c, unsigned leg)
{
	unsigned legs = c->cord ? c->cord->legs : c->part->far_n;
	char text[32] = "";

	if (legs > 1)
		snprintf(text, sizeof(text), "%u of %u", leg + 1, legs);
	lw_csv_add(b, text, 0);
}

static void add_end(struct lw_buf *b, const struct lw_fabric *f, const struct lw_cable_end *e)
{
	const struct lw_cage *c = &f->cages[e->cage];
	char text[16] = "";
	char port[112];

	snprintf(port, sizeof(port), e->port_end ? "%.100s:%d" : "%.100s", port_of(c), e->port_end);
	lw_csv_add(b, c->device, 0);
	lw_csv_add(b, port, 0);
	if (e->receptacle >= 0)
		snprintf(text, sizeof(text), "%d", e->receptacle + 1);
	lw_csv_add(b, text, 0);
	lw_csv_add(b, c->form->name, 0);
	lw_csv_add(b, c->part ? c->part->name : c->dump ? c->dump : "", 0);
}

void lw_export_schedule(const struct lw_fabric *f, struct lw_buf *ret)
{
	lw_buf_puts(ret, "cable,what,fibre,length_m,leg,a_device,a_port,a_receptacle,a_form,a_plug,"
			 "b_device,b_port,b_receptacle,b_form,b_plug\n");
	for (size_t i = 0; i < f->cable_n; i++) {
		const struct lw_cable *c = &f->cables[i];

		for (unsigned k = 0; k < c->b_n; k++) {
			if (c->b[k].cage < 0)
				continue;
			lw_csv_add(ret, c->id, 1);
			lw_csv_add(ret, what_of(c), 0);
			lw_csv_add(ret, grade_of(c), 0);
			add_metres(ret, c->length_m);
			add_leg(ret, c, k);
			add_end(ret, f, &c->a);
			add_end(ret, f, &c->b[k]);
			lw_buf_putc(ret, '\n');
		}
	}
}

static void label(const struct lw_fabric *f, const struct lw_cable *c, const char *end,
		  const struct lw_cable_end *here, const struct lw_cable_end *there,
		  struct lw_buf *ret)
{
	const struct lw_cage *a = &f->cages[here->cage];

	lw_csv_add(ret, c->id, 1);
	lw_csv_add(ret, end, 0);
	lw_csv_add(ret, a->device, 0);
	add_port(ret, f, here);
	lw_csv_add(ret, there ? f->cages[there->cage].device : "", 0);
	if (there)
		add_port(ret, f, there);
	else
		lw_csv_add(ret, "", 0);
	lw_csv_add(ret, what_of(c), 0);
	add_metres(ret, c->length_m);
	lw_buf_putc(ret, '\n');
}

/* The head of a cable with legs goes to several places: its label says the first. */
void lw_export_labels(const struct lw_fabric *f, struct lw_buf *ret)
{
	lw_buf_puts(ret, "cable,end,device,port,far_device,far_port,what,length_m\n");
	for (size_t i = 0; i < f->cable_n; i++) {
		const struct lw_cable *c = &f->cables[i];
		const struct lw_cable_end *first = NULL;

		for (unsigned k = 0; k < c->b_n && !first; k++)
			first = c->b[k].cage >= 0 ? &c->b[k] : NULL;
		label(f, c, "A", &c->a, first, ret);
		for (unsigned k = 0; k < c->b_n; k++) {
			char end[16];

			if (c->b[k].cage < 0)
				continue;
			snprintf(end, sizeof(end), "B%u", k + 1);
			label(f, c, end, &c->b[k], &c->a, ret);
		}
	}
}

/* NetBox's words for cables; what it has no word for stays empty. */
static const char *netbox_type(const struct lw_cable *c)
{
	static const char *const fibres[] = {"mmf-om1", "mmf-om2", "mmf-om3", "mmf-om4", "mmf-om5"};

	if (c->cord)
		return c->grade >= LW_OM1 && c->grade <= LW_OM5 ? fibres[c->grade - LW_OM1]
								: "smf-os2";
	if (strncmp(c->part->name, "AOC-", 4) == 0)
		return "aoc";
	return c->part->wire ? "dac-passive" : "dac-active";
}

/*
 * A NetBox interface takes one cable: the parts of a cage that several cables or legs share are
 * interfaces, counted from 0 as on most switches.
 */
static void add_interface(struct lw_buf *b, const struct lw_fabric *f, const struct lw_cable_end *e,
			  unsigned leg, unsigned legs)
{
	const struct lw_cage *c = &f->cages[e->cage];
	char text[128];
	int part = -1;

	if (e->port_end)
		part = e->port_end - 1 + (int)leg;
	else if (e->receptacle >= 0 && c->mode.n > 1)
		part = e->receptacle * (int)legs + (int)leg;
	else if (legs > 1)
		part = (int)leg;
	if (part >= 0)
		snprintf(text, sizeof(text), "%.100ss%d", port_of(c), part);
	else
		snprintf(text, sizeof(text), "%.100s", port_of(c));
	lw_csv_add(b, text, 0);
}

void lw_export_netbox(const struct lw_fabric *f, struct lw_buf *ret)
{
	lw_buf_puts(ret, "side_a_device,side_a_type,side_a_name,side_b_device,side_b_type,"
			 "side_b_name,type,status,label,length,length_unit\n");
	for (size_t i = 0; i < f->cable_n; i++) {
		const struct lw_cable *c = &f->cables[i];
		unsigned legs = c->cord ? c->cord->legs : c->part->far_n;

		for (unsigned k = 0; k < c->b_n; k++) {
			char id[128];

			if (c->b[k].cage < 0)
				continue;
			snprintf(id, sizeof(id), legs > 1 ? "%.100s-%u" : "%.100s", c->id, k + 1);
			lw_csv_add(ret, f->cages[c->a.cage].device, 1);
			lw_csv_add(ret, "dcim.interface", 0);
			add_interface(ret, f, &c->a, k, legs);
			lw_csv_add(ret, f->cages[c->b[k].cage].device, 0);
			lw_csv_add(ret, "dcim.interface", 0);
			add_interface(ret, f, &c->b[k], 0, 1);
			lw_csv_add(ret, netbox_type(c), 0);
			lw_csv_add(ret, "planned", 0);
			lw_csv_add(ret, id, 0);
			add_metres(ret, c->length_m);
			lw_csv_add(ret, "m", 0);
			lw_buf_putc(ret, '\n');
		}
	}
}
