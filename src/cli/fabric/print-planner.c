/* SPDX-License-Identifier: Apache-2.0 */
#include "print-planner.h"
#include "cli.h"
#include <libsmartcols.h>
#include <math.h>
#include <string.h>

static void print_tiers(const struct lw_planner *p)
{
	for (unsigned k = p->tier_n; k-- > 0;) {
		const struct lw_plan_tier *t = &p->tier[k];
		char a[16], b[16];

		printf("  %7llu %-7s", (unsigned long long)t->planes * t->now, lw_tier_name(k));
		if (t->model)
			printf("%s", t->model->name);
		if (t->planes > 1)
			printf(", %u in each of %u planes", t->now, t->planes);
		if (t->now < t->per_plane)
			printf(", grown %llu", (unsigned long long)t->planes * t->per_plane);
		if (t->down.ports)
			printf("; down %u x %s (%s)", t->down.ports,
			       lw_rate_text(t->down.rate_mbps, a, sizeof(a)), t->down.mode_text);
		if (t->up.ports)
			printf("; up %u x %s (%s)", t->up.ports,
			       lw_rate_text(t->up.rate_mbps, b, sizeof(b)), t->up.mode_text);
		putchar('\n');
	}
}

static void print_joints(const struct lw_planner *p)
{
	for (unsigned k = 0; k < p->joint_n; k++) {
		const struct lw_plan_joint *j = &p->joint[k];
		char rate[16];

		printf("\n%s%s - %s: %llu links of %s, ways to %.1f m%s\n", cli_bold(),
		       lw_tier_name(j->low), lw_tier_name(j->low + 1),
		       (unsigned long long)j->link_n,
		       lw_rate_text(j->rate_mbps, rate, sizeof(rate)), j->longest_m, cli_plain());
		printf("  %s%llu up%s", cli_green(), (unsigned long long)j->verdict_n[LW_UP],
		       cli_plain());
		if (j->verdict_n[LW_AT_RISK])
			printf(", %s%llu at risk%s", cli_yellow(),
			       (unsigned long long)j->verdict_n[LW_AT_RISK], cli_plain());
		if (j->verdict_n[LW_DOWN] + j->lost_n)
			printf(", %s%llu down or without a medium%s", cli_red(),
			       (unsigned long long)(j->verdict_n[LW_DOWN] + j->lost_n),
			       cli_plain());
		putchar('\n');
		for (size_t i = 0, shown = 0; i < p->alternative_n; i++) {
			const struct lw_plan_alternative *x = &p->alternatives[i];
			bool last = i + 1 == p->alternative_n || p->alternatives[i + 1].joint != k;

			/* the best few, the chosen and what stands last: native ports */
			if (x->joint != k || (!x->chosen && !last && shown++ >= 5))
				continue;
			printf("  %c %7.2f USD per Gb/s, %6.0f W, %3.0f %% of the links: %s%s\n",
			       x->chosen ? '*' : ' ', x->usd_gbps, x->power_w, 100 * x->covers,
			       x->name, x->at_risk ? " (at risk)" : "");
		}
	}
}

static void add_number(struct libscols_line *line, size_t column, const char *fmt, double v)
{
	char text[32] = "";

	if (!isnan(v))
		snprintf(text, sizeof(text), fmt, v);
	scols_line_set_data(line, column, text);
}

static void print_bill(const struct lw_planner *p)
{
	struct libscols_table *table = scols_new_table();
	static const char *const heads[] = {"",       "what",     "m",     "count",
					    "spares", "USD each", "W each"};

	if (!table)
		return;
	for (unsigned i = 0; i < 7; i++)
		scols_table_new_column(table, heads[i], 0, i > 1 ? SCOLS_FL_RIGHT : 0);
	for (size_t i = 0; i < p->item_n; i++) {
		const struct lw_plan_item *x = &p->items[i];
		struct libscols_line *line = scols_table_new_line(table, NULL);

		if (!line)
			break;
		scols_line_set_data(line, 0, x->kind);
		scols_line_set_data(line, 1, x->name);
		add_number(line, 2, "%g", x->length_m > 0 ? x->length_m : NAN);
		add_number(line, 3, "%.0f", (double)x->count);
		add_number(line, 4, "%.0f", (double)x->spares);
		add_number(line, 5, "%.0f", x->usd);
		add_number(line, 6, "%.1f", x->power_w);
	}
	printf("\n%sbill%s\n", cli_bold(), cli_plain());
	scols_print_table(table);
	scols_unref_table(table);
}

static void print_totals(const struct lw_planner *p)
{
	double gbps = 0;
	bool all_priced = true;
	size_t warmest = 0;

	for (unsigned i = 0; i < p->joint_n; i++)
		gbps += (double)p->joint[i].link_n * p->joint[i].rate_mbps / 1000;
	for (size_t i = 0; i < p->item_n; i++)
		all_priced = all_priced && !isnan(p->items[i].usd);
	for (size_t i = 0; i < p->rack_n && p->racks; i++)
		if (p->racks[i].power_w > p->racks[warmest].power_w)
			warmest = i;
	printf("\n%.0f USD (%.0f to %.0f, low confidence: street prices)%s; %.2f USD per Gb/s of "
	       "link\n",
	       p->usd, p->usd_low, p->usd_high,
	       all_priced ? "" : ", switches without a price left out",
	       gbps > 0 ? p->usd / gbps : 0);
	printf("%.1f kW in switches and modules", p->power_w / 1000);
	if (p->server_power_w > 0)
		printf(", %.1f kW in servers", p->server_power_w / 1000);
	if (p->rack_n && p->racks)
		printf("; warmest rack %.1f kW (row %zu, rack %zu)",
		       p->racks[warmest].power_w / 1000, warmest / p->intent->room.racks + 1,
		       warmest % p->intent->room.racks + 1);
	putchar('\n');
}

static void print_migration(const struct lw_migration *m)
{
	printf("\n%sfrom %s%s\n", cli_bold(), m->from, cli_plain());
	for (size_t i = 0; i < m->step_n; i++) {
		char first[32];

		snprintf(first, sizeof(first), "%3zu. ", i + 1);
		cli_wrap(stdout, first, 5, m->steps[i]);
	}
}

void cli_print_planner(const struct lw_planner *p, const struct lw_migration *m)
{
	printf("%s%s%s: %u servers%s%llu links on %zu cables, %llu lanes judged in %zu classes\n\n",
	       cli_bold(), p->intent->name, cli_plain(), p->intent->servers, ", ",
	       (unsigned long long)p->link_n, p->cable_n, (unsigned long long)p->lane_n,
	       p->class_n);
	print_tiers(p);
	print_joints(p);
	if (p->item_n)
		print_bill(p);
	if (p->tier_n)
		print_totals(p);
	if (m)
		print_migration(m);
	if (p->findings.n)
		putchar('\n');
	cli_print_findings(&p->findings, stdout);
}
