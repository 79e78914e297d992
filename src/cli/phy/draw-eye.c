/* SPDX-License-Identifier: Apache-2.0 */
#include "draw-eye.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#ifdef LW_CAIRO
#include <cairo-svg.h>
#include <cairo.h>
#ifdef LW_FONTCONFIG
#include <fontconfig/fontconfig.h>
#endif

enum {
	WIDTH = 960,
	HEIGHT = 640,
	LEFT = 84,
	TOP = 52,
	EYE_W = 580,
	EYE_H = 470,
	TUB_X = 730,
	TUB_W = 200,
	FONT = 13,
};

/* Dark blue to white heat, for `x` from 0 to 1. */
static void heat(double x, double rgb[3])
{
	static const double stop[5][3] = {{0.05, 0.07, 0.20},
					  {0.10, 0.30, 0.75},
					  {0.10, 0.75, 0.65},
					  {0.98, 0.85, 0.25},
					  {1.00, 1.00, 0.95}};
	double at = fmin(fmax(x, 0), 1) * 4;
	int k = at >= 4 ? 3 : (int)at;

	for (int i = 0; i < 3; i++)
		rgb[i] = stop[k][i] + (at - k) * (stop[k + 1][i] - stop[k][i]);
}

/* Two symbols wide, the decision in the middle of each half. */
static void draw_density(cairo_t *cr, const struct lw_eye *e)
{
	const int columns = 2 * LW_PHASES;
	cairo_surface_t *image =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, LW_EYE_ROWS);
	unsigned char *data = cairo_image_surface_get_data(image);
	int stride = cairo_image_surface_get_stride(image);
	double most = 1;

	if (!data) {
		cairo_surface_destroy(image);
		return;
	}
	for (int s = 0; s < LW_PHASES; s++)
		for (int r = 0; r < LW_EYE_ROWS; r++)
			most = fmax(most, (double)e->count[s][r]);
	for (int r = 0; r < LW_EYE_ROWS; r++)
		for (int c = 0; c < columns; c++) {
			uint64_t n = e->count[(c + LW_PHASES / 2) % LW_PHASES][LW_EYE_ROWS - 1 - r];
			double rgb[3] = {0.02, 0.02, 0.06};
			uint32_t pixel;

			if (n)
				heat(pow((double)n / most, 0.35), rgb);
			pixel = (uint32_t)(rgb[0] * 255) << 16 | (uint32_t)(rgb[1] * 255) << 8 |
				(uint32_t)(rgb[2] * 255);
			memcpy(data + r * stride + c * 4, &pixel, sizeof(pixel));
		}
	cairo_surface_mark_dirty(image);
	cairo_save(cr);
	cairo_translate(cr, LEFT, TOP);
	cairo_scale(cr, (double)EYE_W / columns, (double)EYE_H / LW_EYE_ROWS);
	cairo_set_source_surface(cr, image, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_BILINEAR);
	cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
	cairo_rectangle(cr, 0, 0, columns, LW_EYE_ROWS);
	cairo_fill(cr);
	cairo_restore(cr);
	cairo_surface_destroy(image);
}

static double y_of(const struct lw_eye *e, double amplitude)
{
	return TOP + (e->high - amplitude) / (e->high - e->low) * EYE_H;
}

static double x_of(double column)
{
	return LEFT + column * EYE_W / (2.0 * LW_PHASES);
}

/* Where the edges meet between sample `s`, open, and its neighbour, closed. */
static void tip(cairo_t *cr, const struct eye_picture *p, unsigned e, int s, int way, double from)
{
	const double *open = p->contour[s][e], *shut;
	double u;

	if (s + way < 0 || s + way >= LW_PHASES)
		return;
	shut = p->contour[s + way][e];
	u = (open[1] - open[0]) / (open[1] - open[0] + shut[0] - shut[1]);
	cairo_line_to(cr, x_of(from + s + way * u + 0.5),
		      y_of(p->eye, open[0] + u * (shut[0] - open[0])));
}

/* One symbol's openings, `from` columns to the right: closed lines. */
static void draw_openings(cairo_t *cr, const struct eye_picture *p, double from)
{
	for (unsigned e = 0; e < p->eyes; e++) {
		int first = -1, last = -1;

		for (int s = 0; s < LW_PHASES; s++)
			if (p->contour[s][e][0] < p->contour[s][e][1]) {
				first = first < 0 ? s : first;
				last = s;
			}
		if (first < 0)
			continue;
		tip(cr, p, e, first, -1, from);
		for (int s = first; s <= last; s++)
			cairo_line_to(cr, x_of(from + s + 0.5), y_of(p->eye, p->contour[s][e][1]));
		tip(cr, p, e, last, 1, from);
		for (int s = last; s >= first; s--)
			cairo_line_to(cr, x_of(from + s + 0.5), y_of(p->eye, p->contour[s][e][0]));
		cairo_close_path(cr);
		cairo_stroke(cr);
	}
}

/* The screen begins and ends in the middle of a symbol. */
static void draw_contours(cairo_t *cr, const struct eye_picture *p)
{
	cairo_set_source_rgb(cr, 1, 0.35, 0.35);
	cairo_set_line_width(cr, 1.6);
	for (int turn = 0; turn < 3; turn++)
		draw_openings(cr, p, (turn - 0.5) * LW_PHASES);
}

static void text(cairo_t *cr, double x, double y, double align, const char *s)
{
	cairo_text_extents_t size;

	cairo_text_extents(cr, s, &size);
	cairo_move_to(cr, x - size.x_advance * align, y);
	cairo_show_text(cr, s);
}

/* A round step that gives about `n` marks. */
static double step_of(double range, double n)
{
	double raw = range / n, ten = pow(10, floor(log10(raw))), x = raw / ten;

	return ten * (x < 1.5 ? 1 : x < 3.5 ? 2 : x < 7.5 ? 5 : 10);
}

static void draw_axes(cairo_t *cr, const struct eye_picture *p)
{
	const struct lw_eye *e = p->eye;
	double step = step_of(e->high - e->low, 8);
	char buf[48];

	cairo_set_source_rgb(cr, 0.15, 0.15, 0.2);
	cairo_set_line_width(cr, 1);
	cairo_rectangle(cr, LEFT - 0.5, TOP - 0.5, EYE_W + 1, EYE_H + 1);
	cairo_stroke(cr);
	for (double a = ceil(e->low / step) * step; a <= e->high; a += step) {
		double y = y_of(e, a);

		cairo_move_to(cr, LEFT - 5, y);
		cairo_line_to(cr, LEFT, y);
		cairo_stroke(cr);
		snprintf(buf, sizeof(buf), "%.4g", fabs(a) < step / 1e6 ? 0 : a);
		text(cr, LEFT - 9, y + FONT * 0.35, 1, buf);
	}
	for (int half = 0; half <= 4; half++) {
		double x = x_of(half * LW_PHASES / 2.0);

		cairo_move_to(cr, x, TOP + EYE_H);
		cairo_line_to(cr, x, TOP + EYE_H + 5);
		cairo_stroke(cr);
		snprintf(buf, sizeof(buf), "%g", half * 500 / p->baud_gbd);
		if (half * 500 / p->baud_gbd != rint(half * 500 / p->baud_gbd))
			snprintf(buf, sizeof(buf), "%.1f", half * 500 / p->baud_gbd);
		text(cr, x, TOP + EYE_H + 20, 0.5, buf);
	}
	text(cr, LEFT + EYE_W / 2.0, TOP + EYE_H + 38, 0.5, "ps");
	text(cr, LEFT - 9, TOP - 8, 1, p->unit);
}

/* Symbol error ratio by phase, on a scale of tens. */
static void draw_bathtub(cairo_t *cr, const double tub[LW_PHASES])
{
	const double floor_log = -15;
	char buf[16];

	cairo_set_source_rgb(cr, 0.97, 0.97, 0.98);
	cairo_rectangle(cr, TUB_X, TOP, TUB_W, EYE_H);
	cairo_fill(cr);
	for (int ten = 0; ten >= -15; ten -= 3) {
		double y = TOP + ten / floor_log * EYE_H;

		cairo_set_source_rgb(cr, 0.8, 0.8, 0.84);
		cairo_move_to(cr, TUB_X, y);
		cairo_line_to(cr, TUB_X + TUB_W, y);
		cairo_stroke(cr);
		cairo_set_source_rgb(cr, 0.15, 0.15, 0.2);
		snprintf(buf, sizeof(buf), ten ? "1e%d" : "1", ten);
		text(cr, TUB_X - 6, y + FONT * 0.35, 1, buf);
	}
	cairo_save(cr);
	cairo_rectangle(cr, TUB_X, TOP, TUB_W, EYE_H);
	cairo_clip(cr);
	cairo_set_source_rgb(cr, 0.1, 0.3, 0.75);
	cairo_set_line_width(cr, 2);
	for (int s = 0; s < LW_PHASES; s++) {
		double v = fmax(log10(fmax(tub[s], 1e-300)), -40);

		cairo_line_to(cr, TUB_X + (s + 0.5) * TUB_W / LW_PHASES,
			      TOP + v / floor_log * EYE_H);
	}
	cairo_stroke(cr);
	cairo_restore(cr);
	cairo_set_source_rgb(cr, 0.15, 0.15, 0.2);
	cairo_set_line_width(cr, 1);
	cairo_rectangle(cr, TUB_X, TOP, TUB_W, EYE_H);
	cairo_stroke(cr);
	text(cr, TUB_X + TUB_W / 2.0, TOP - 8, 0.5, "symbol error ratio by phase");
	text(cr, TUB_X, TOP + EYE_H + 20, 0.5, "0");
	text(cr, TUB_X + TUB_W, TOP + EYE_H + 20, 0.5, "1");
	text(cr, TUB_X + TUB_W / 2.0, TOP + EYE_H + 38, 0.5, "symbol");
}

static void draw(cairo_t *cr, const struct eye_picture *p)
{
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, FONT);
	draw_density(cr, p->eye);
	cairo_save(cr);
	cairo_rectangle(cr, LEFT, TOP, EYE_W, EYE_H);
	cairo_clip(cr);
	if (p->contour)
		draw_contours(cr, p);
	cairo_restore(cr);
	draw_axes(cr, p);
	if (p->bathtub)
		draw_bathtub(cr, p->bathtub);
	cairo_set_source_rgb(cr, 0.1, 0.1, 0.15);
	for (int i = 0; i < 4; i++)
		text(cr, LEFT, TOP + EYE_H + 58 + i * (FONT + 4), 0, p->line[i]);
	cairo_set_font_size(cr, FONT + 4);
	text(cr, LEFT, 26, 0, p->title);
}

/* What both libraries keep for the next picture: fonts, and the patterns that found them. */
static void forget_fonts(void)
{
	cairo_debug_reset_static_data();
#ifdef LW_FONTCONFIG
	FcFini();
#endif
}

int eye_draw(const struct eye_picture *p, const char *path, struct lw_error *reterr)
{
	const char *dot = strrchr(path, '.');
	bool svg = dot && strcasecmp(dot, ".svg") == 0;
	cairo_surface_t *s = svg ? cairo_svg_surface_create(path, WIDTH, HEIGHT)
				 : cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
	cairo_t *cr = cairo_create(s);
	cairo_status_t status;

	draw(cr, p);
	status = cairo_status(cr);
	cairo_destroy(cr);
	if (status == CAIRO_STATUS_SUCCESS && !svg)
		status = cairo_surface_write_to_png(s, path);
	cairo_surface_finish(s);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(s);
	cairo_surface_destroy(s);
	forget_fonts();
	return status == CAIRO_STATUS_SUCCESS
		       ? 0
		       : lw_fail_in(reterr, LW_EIO, path, 0, "cannot be written: %s",
				    cairo_status_to_string(status));
}

#else

int eye_draw(const struct eye_picture *p, const char *path, struct lw_error *reterr)
{
	(void)p;
	return lw_fail_in(reterr, LW_ENOTSUP, path, 0,
			  "this program was built without cairo and draws no pictures");
}

#endif
