/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { EVERY_MS = 250, FIRST_MS = 500 };

int64_t progress_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void progress_start(struct progress *p, bool wanted)
{
	p->show = wanted && isatty(STDERR_FILENO);
	p->shown = false;
	p->started_ns = progress_now();
	/* what is soon over needs no line */
	p->last_ns = p->started_ns + (FIRST_MS - EVERY_MS) * 1000000ll;
}

void progress_show(struct progress *p, double done, double total, const char *unit,
		   const char *more)
{
	int64_t now;
	double rate, left;

	if (!p->show)
		return;
	now = progress_now();
	if (now - p->last_ns < EVERY_MS * 1000000ll)
		return;
	p->last_ns = now;
	p->shown = true;
	rate = done / ((double)(now - p->started_ns) / 1e9);
	left = rate > 0 ? (total - done) / rate : 0;
	fprintf(stderr, "\r\033[K%.3g of %.3g %s, %.0f %%, %.3g a second", done, total, unit,
		total > 0 ? 100 * done / total : 100, rate);
	if (left >= 3600)
		fprintf(stderr, ", %.1f h to go", left / 3600);
	else if (left >= 60)
		fprintf(stderr, ", %.0f min to go", left / 60);
	else
		fprintf(stderr, ", %.0f s to go", left);
	fprintf(stderr, "%s%s", *more ? "; " : "", more);
	fflush(stderr);
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
}
