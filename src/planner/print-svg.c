/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <math.h>
#include <string.h>

/*
 * One picture for any size: tiers from above, each of at most BOXES boxes, of which one stands for
 * several devices where there are more; what joins them, in the colour of the medium that most
 * links use; the room seen from above, each rack as warm as it draws power.
 */
#define WIDTH  1200
#define LEFT   190
#define RIGHT  (WIDTH - 30)
#define BOXES  24u
#define BOX_H  34
#define TIER_H 150
#define TOP    96

static const char *const colours[] = {"#c2703d", "#d19a2a", "#b7832f",
				      "#7a5bb5", "#2b8a86", "#2f6fb0"};

static const char *const style =
	"<style>text{font:13px system-ui,sans-serif;fill:#24303c}.t{font-size:22px;font-weight:600}"
	".s{fill:#5b6b7a}.n{font-weight:600}.b{fill:#fff;stroke:#9fb0c0}.c{text-anchor:middle;"
	"font-size:11px}.sh{fill:#eef2f6;stroke:#c5d0da}</style>\n";

/* Text as XML. */
static void put_text(struct lw_buf *b, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '<':
			lw_buf_puts(b, "&lt;");
			break;
		case '>':
			lw_buf_puts(b, "&gt;");
			break;
		case '&':
			lw_buf_puts(b, "&amp;");
			break;
		default:
			/* XML has no way to say control characters */
			lw_buf_putc(b, (unsigned char)*s < 32 ? ' ' : *s);
		}
}

/* Boxes of a tier: one plane is drawn, the others lie behind it. */
static unsigned boxes(const struct lw_planner *p, unsigned t)
{
	uint32_t each = (p->tier[t].now + BOXES - 1) / BOXES;

	return (p->tier[t].now + each - 1) / each;
}

/* Devices that each box stands for. */
static uint32_t box_n(const struct lw_planner *p, unsigned t)
{
	return (p->tier[t].now + BOXES - 1) / BOXES;
}

static unsigned box_of(const struct lw_planner *p, unsigned t, uint32_t device)
{
	return (unsigned)(device % p->tier[t].per_plane / box_n(p, t));
}

static double box_x(const struct lw_planner *p, unsigned t, unsigned i)
{
	return LEFT + (RIGHT - LEFT) * (i + 0.5) / boxes(p, t);
}

static double box_w(const struct lw_planner *p, unsigned t)
{
	return fmin(96, (RIGHT - LEFT) * 0.82 / boxes(p, t));
}

static double tier_y(const struct lw_planner *p, unsigned t)
{
	return TOP + (double)(p->tier_n - 1 - t) * TIER_H;
}

/* The medium that most of a joint's links use, -1: none. */
static int main_medium(const struct lw_planner *p, unsigned joint)
{
	int best = -1;

	for (uint32_t i = 0; i < p->joint[joint].medium_n; i++) {
		int m = (int)(p->joint[joint].first_medium + i);

		if (p->media[m].used && (best < 0 || p->media[m].used > p->media[best].used))
			best = m;
	}
	return best;
}

/* A line for each pair of boxes that any link joins, the stronger the more do. */
static int draw_links(const struct lw_planner *p, unsigned joint, struct lw_buf *b)
{
	static const uint64_t none[BOXES][BOXES];
	uint64_t n[BOXES][BOXES], most = 1;
	const struct lw_plan_joint *j = &p->joint[joint];
	int medium = main_medium(p, joint);
	double y0 = tier_y(p, j->low), y1 = tier_y(p, j->low + 1) + BOX_H;
	/* many lines are paler, so that their weave stays to be seen */
	double pale;
	unsigned pairs = 0;

	memcpy(n, none, sizeof(n));
	for (uint64_t i = j->first_link; i < j->first_link + j->link_n; i++) {
		const struct lw_plan_link *l = &p->links[i];
		unsigned low = box_of(p, j->low, l->device[0]),
			 up = box_of(p, j->low + 1, l->device[1]);

		pairs += !n[low][up];
		if (++n[low][up] > most)
			most = n[low][up];
	}
	pale = fmin(1, 60.0 / (pairs + 1));
	lw_buf_printf(b, "<g fill=\"none\" stroke=\"%s\">\n",
		      medium >= 0 ? colours[p->media[medium].kind] : "#999");
	for (unsigned low = 0; low < boxes(p, j->low); low++)
		for (unsigned up = 0; up < boxes(p, j->low + 1); up++) {
			double x0 = box_x(p, j->low, low), x1 = box_x(p, j->low + 1, up),
			       strong = (double)n[low][up] / (double)most;

			if (!n[low][up])
				continue;
			lw_buf_printf(
				b,
				"<path stroke-width=\"%.2f\" stroke-opacity=\"%.2f\" d=\"M%.1f "
				"%.1fC%.1f %.1f %.1f %.1f %.1f %.1f\"/>\n",
				0.7 + 1.3 * strong * pale, (0.2 + 0.5 * strong) * fmax(pale, 0.25),
				x0, y0, x0, y0 - 45, x1, y1 + 45, x1, y1);
		}
	lw_buf_puts(b, "</g>\n");
	return medium;
}

static void draw_joint_text(const struct lw_planner *p, unsigned joint, int medium,
			    struct lw_buf *b)
{
	const struct lw_plan_joint *j = &p->joint[joint];
	double y = (tier_y(p, j->low) + tier_y(p, j->low + 1) + BOX_H) / 2;
	char rate[16];

	lw_buf_printf(b, "<text class=\"n\" x=\"24\" y=\"%.0f\">%llu x %s</text>", y - 4,
		      (unsigned long long)j->link_n,
		      lw_rate_text(j->rate_mbps, rate, sizeof(rate)));
	if (medium >= 0)
		lw_buf_printf(b,
			      "<circle cx=\"30\" cy=\"%.0f\" r=\"5\" fill=\"%s\"/><text "
			      "class=\"s\" x=\"42\" "
			      "y=\"%.0f\">%s, to %.0f m</text>\n",
			      y + 11, colours[p->media[medium].kind], y + 15,
			      lw_media_kind_name(p->media[medium].kind), j->longest_m);
}

static void draw_tier(const struct lw_planner *p, unsigned t, struct lw_buf *b)
{
	const struct lw_plan_tier *x = &p->tier[t];
	double y = tier_y(p, t), w = box_w(p, t);
	unsigned n = boxes(p, t), behind = x->planes > 3 ? 3 : x->planes - 1;

	lw_buf_printf(b, "<text class=\"n\" x=\"24\" y=\"%.0f\">%u %s%s</text>", y + 15,
		      x->now * x->planes,
		      t == LW_TIER_LEAF && x->now * x->planes > 1 ? "leave" : lw_tier_name(t),
		      x->now * x->planes == 1 ? "" : "s");
	lw_buf_printf(b, "<text class=\"s\" x=\"24\" y=\"%.0f\">", y + 32);
	put_text(b, x->model ? x->model->name : x->down.group ? "" : p->intent->nic.form->name);
	if (x->planes > 1)
		lw_buf_printf(b, ", %u planes", x->planes);
	lw_buf_puts(b, "</text>\n");
	for (unsigned i = 0; i < n; i++) {
		double cx = box_x(p, t, i);
		uint32_t first = i * box_n(p, t) + 1, last = (i + 1) * box_n(p, t);

		last = last < x->now ? last : x->now;
		for (unsigned k = behind; k > 0; k--)
			lw_buf_printf(b,
				      "<rect class=\"sh\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
				      "height=\"%d\" rx=\"6\"/>",
				      cx - w / 2 + 3 * k, y - 3.0 * k, w, BOX_H);
		lw_buf_printf(
			b,
			"<rect class=\"b\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" "
			"rx=\"6\"/><text class=\"c\" x=\"%.1f\" y=\"%.1f\">",
			cx - w / 2, y, w, BOX_H, cx, y + 21);
		if (last > first)
			lw_buf_printf(b, w < 40 ? "%u" : w < 70 ? "%u.." : "%u-%u", first, last);
		else
			lw_buf_printf(b, "%s%u", w > 60 ? lw_tier_name(t) : "", first);
		lw_buf_puts(b, "</text>\n");
	}
}

/* The room from above; more racks than can be told apart are drawn as they are, only smaller. */
static double draw_room(const struct lw_planner *p, double y, struct lw_buf *b)
{
	const struct lw_room *r = &p->intent->room;
	uint32_t rows = (uint32_t)((p->rack_n + r->racks - 1) / r->racks);
	double size = fmin(22, (double)(RIGHT - LEFT) / r->racks), most = 1, h = size * 1.7;

	for (size_t i = 0; i < p->rack_n; i++)
		most = fmax(most, p->racks[i].power_w);
	if (rows * h > 600)
		h = 600.0 / rows;
	lw_buf_printf(
		b,
		"<text class=\"n\" x=\"24\" y=\"%.0f\">%zu racks</text><text class=\"s\" x=\"24\" "
		"y=\"%.0f\">warmest %.1f kW</text>\n<g>\n",
		y + 14, p->rack_n, y + 31, most / 1000);
	for (size_t i = 0; i < p->rack_n && p->rack_n <= 20000; i++) {
		const struct lw_plan_rack *k = &p->racks[i];
		double warm = k->power_w / most;

		lw_buf_printf(b,
			      "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\" "
			      "fill=\"%s\" fill-opacity=\"%.2f\"%s/>\n",
			      LEFT + (double)(i % r->racks) * size, y + (double)(i / r->racks) * h,
			      size * 0.88, h * 0.82,
			      !k->servers && !k->switches ? "#dfe6ec"
			      : k->servers                ? "#c2553d"
							  : "#2f6fb0",
			      k->servers || k->switches ? 0.25 + 0.7 * warm : 1,
			      k->servers && k->switches ? " stroke=\"#2f6fb0\"" : "");
	}
	lw_buf_puts(b, "</g>\n");
	return y + fmax(40, rows * h);
}

void lw_planner_svg(const struct lw_planner *p, struct lw_buf *ret)
{
	double room = TOP + (p->tier_n ? p->tier_n - 1.0 : 0) * TIER_H + 2.0 * BOX_H, end;
	struct lw_buf body = LW_BUF_INIT;
	uint64_t links = p->link_n;

	for (unsigned i = 0; i < p->joint_n; i++)
		draw_joint_text(p, i, draw_links(p, i, &body), &body);
	for (unsigned t = 0; t < p->tier_n; t++)
		draw_tier(p, t, &body);
	end = p->racks ? draw_room(p, room, &body) : room;
	lw_buf_printf(
		ret,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" "
		"height=\"%.0f\">\n%s<rect width=\"100%%\" height=\"100%%\" fill=\"#f8fafb\"/>\n"
		"<text class=\"t\" x=\"24\" y=\"40\">",
		WIDTH, end + 30, WIDTH, end + 30, style);
	put_text(ret, p->intent->name);
	lw_buf_printf(
		ret,
		"</text><text class=\"s\" x=\"24\" y=\"62\">%u servers, %llu links, %llu lanes "
		"judged, %.1f kW in switches and modules</text>\n",
		p->intent->servers, (unsigned long long)links, (unsigned long long)p->lane_n,
		p->power_w / 1000);
	lw_buf_add(ret, lw_buf_str(&body), body.len);
	lw_buf_puts(ret, "</svg>\n");
	if (body.failed)
		ret->failed = 1;
	lw_buf_finish(&body);
}
