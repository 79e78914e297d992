/* SPDX-License-Identifier: Apache-2.0 */
#include "tally.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

/* Fewer seeds are over before anybody asks. */
#define TELL_FROM 100

static struct lw_mono clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct lw_mono){(int64_t)ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec};
}

static double seconds(struct lw_mono t)
{
	return (double)t.ns / 1e9;
}

/* Used by this process and those that it waited for. */
static double cpu_seconds(void)
{
	static const int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
	double sum = 0;

	for (int i = 0; i < 2; i++) {
		struct rusage u;

		getrusage(who[i], &u);
		sum += (double)u.ru_utime.tv_sec + (double)u.ru_utime.tv_usec / 1e6;
		sum += (double)u.ru_stime.tv_sec + (double)u.ru_stime.tv_usec / 1e6;
	}
	return sum;
}

void tally_begin(struct tally *t, uint64_t seeds)
{
	*t = (struct tally){.of = seeds, .began = clock_now()};
}

void tally_add(struct tally *t, const struct result *r)
{
	struct result *s = &t->sum;

	t->seeds++;
	t->failed += r->failed;
	s->digest += (r->digest ^ r->seed) * UINT64_C(0x9e3779b97f4a7c15);
	s->modules += r->modules;
	s->links += r->links;
	s->steps += r->steps;
	s->checks += r->checks;
	s->restarts += r->restarts;
	s->splits += r->splits;
	s->intents += r->intents;
	s->policies += r->policies;
	for (int k = 0; k < LW_LAB_FAULT_N; k++)
		s->faults[k] += r->faults[k];
	if (lw_mono_before(s->slowest, r->slowest))
		s->slowest = r->slowest;
	s->played = lw_mono_add(s->played, r->played);
}

static double hours(const struct tally *t)
{
	return seconds(t->sum.played) / 3600;
}

static double elapsed(const struct tally *t)
{
	return seconds(clock_now()) - seconds(t->began);
}

void tally_tell(struct tally *t)
{
	if (t->of < TELL_FROM || t->seeds == t->of || t->seeds - t->told < t->of / 20)
		return;
	t->told = t->seeds;
	printf("%llu of %llu seeds, %.1f chassis-hours, %llu failed, after %.0f s\n",
	       (unsigned long long)t->seeds, (unsigned long long)t->of, hours(t),
	       (unsigned long long)t->failed, elapsed(t));
}

void tally_print(const struct tally *t)
{
	const struct result *s = &t->sum;
	uint64_t faults = 0;

	for (int k = 0; k < LW_LAB_FAULT_N; k++)
		faults += s->faults[k];
	printf("%llu modules, %llu links, %llu steps, %llu checks of a link\n",
	       (unsigned long long)s->modules, (unsigned long long)s->links,
	       (unsigned long long)s->steps, (unsigned long long)s->checks);
	printf("%llu faults:", (unsigned long long)faults);
	for (int k = 0; k < LW_LAB_FAULT_N; k++)
		printf(" %s %llu", lw_lab_fault_name(k), (unsigned long long)s->faults[k]);
	printf("\n%llu intents, %llu splits, %llu policies, %llu restarts of the engine; slowest "
	       "recovery %.1f s\n",
	       (unsigned long long)s->intents, (unsigned long long)s->splits,
	       (unsigned long long)s->policies, (unsigned long long)s->restarts,
	       seconds(s->slowest));
	printf("%llu seeds, %.1f chassis-hours; digest %016llx; %.0f s, %.1f s of CPU time\n",
	       (unsigned long long)t->seeds, hours(t), (unsigned long long)s->digest, elapsed(t),
	       cpu_seconds());
	printf("%llu passed, %llu failed\n", (unsigned long long)(t->seeds - t->failed),
	       (unsigned long long)t->failed);
}
