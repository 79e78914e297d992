/* SPDX-License-Identifier: Apache-2.0 */
#include "lane-test.h"
#include "interrupt.h"
#include <lanewise/files.h>
#include <lanewise/image-bus.h>
#include <lanewise/twin.h>
#include <stdlib.h>
#include <string.h>

/* Signals are looked for this often on a real bus. */
#define SLICE_MS 200
/* A cord between two twins, and the time that they get to come up. */
#define CORD_DB 1.0
#define REST_MS 60000

bool cli_test_number(const char *s, double low, double high, double *ret)
{
	char *end;

	*ret = strtod(s, &end);
	return end != s && !*end && *ret >= low && *ret <= high;
}

int cli_test_seconds(const char *value, struct lw_mono *ret)
{
	double seconds;

	if (!cli_test_number(value, 0, 1e7, &seconds))
		return -1;
	*ret = (struct lw_mono){(int64_t)(seconds * 1e9)};
	return 0;
}

static struct lw_mono now_of(const struct cli_ends *e)
{
	return e->world ? lw_world_now(e->world) : cli_module_now(e->near);
}

static void wait_until(struct cli_ends *e, struct lw_mono until)
{
	if (!e->world) {
		if (!e->near->twin)
			until = lw_mono_min(until, lw_mono_add(now_of(e), lw_ms(SLICE_MS)));
		cli_module_wait(e->near, until);
		return;
	}
	for (struct lw_mono at = lw_world_next(e->world); lw_mono_before(at, until);
	     at = lw_world_next(e->world))
		lw_world_advance(e->world, at);
	lw_world_advance(e->world, until);
}

static int plug_twin(struct cli_ends *e, int which, const char *source, struct lw_twin **ret,
		     struct lw_error *reterr)
{
	struct lw_twin_options opt = {.part = lw_part_find(source + strlen("twin:"))};
	int r;

	if (!opt.part)
		return lw_fail_in(reterr, LW_ENOENT, source, 0,
				  "no such part; \"lanewise explain parts\" lists them");
	if (!opt.part->pmd || !opt.part->receptacles)
		return lw_fail_in(reterr, LW_ENOTSUP, source, 0,
				  "only modules with receptacles can be joined by a cord");
	r = lw_world_plug(e->world, which ? "far" : "near", &opt, ret, reterr);
	if (r)
		return r;
	lw_file_twin_drive(*ret, opt.part);
	e->bus[which] = lw_twin_bus(*ret);
	return 0;
}

static int read_facts(struct cli_ends *e, struct lw_error *reterr)
{
	struct lw_image *memory = calloc(1, sizeof(*memory));
	struct lw_view v;
	int r;

	if (!memory)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = lw_image_read(e->bus[0], NULL, NULL, memory, reterr);
	if (!r) {
		lw_image_view(memory, &v);
		lw_facts_decode(&v, &e->facts);
	}
	free(memory);
	return r;
}

static int open_twins(struct cli_ends *e, const char *near, const char *far,
		      struct lw_error *reterr)
{
	struct lw_join cord = {.loss_db = CORD_DB};
	struct lw_twin *a, *b;
	int r = lw_world_create(1, &e->world, reterr);

	if (!r)
		r = plug_twin(e, 0, near, &a, reterr);
	if (!r)
		r = plug_twin(e, 1, far, &b, reterr);
	if (r)
		return r;
	cord.medium = lw_part_find(near + strlen("twin:"))->pmd->medium;
	for (unsigned i = 0; i < LW_DIAG_LANES; i++)
		if (lw_world_join(e->world, a, i, b, i, &cord, NULL))
			break;
	wait_until(e, lw_ms(REST_MS));
	return read_facts(e, reterr);
}

int cli_ends_open(struct cli_ends *e, struct cli_module *m, const char *far,
		  struct lw_error *reterr)
{
	bool near_twin = strncmp(m->source, "twin:", 5) == 0;
	bool far_twin = far && strncmp(far, "twin:", 5) == 0;
	int r;

	e->near = m;
	if (near_twin && far_twin)
		return open_twins(e, m->source, far, reterr);
	if (far && (near_twin || far_twin))
		return lw_fail_in(reterr, LW_EINVAL, far, 0,
				  "a twin and a device are not joined by any cord; take two of a "
				  "kind");
	r = cli_module_open(m, reterr);
	e->bus[0] = m->bus;
	if (!r && far) {
		e->far.source = far;
		r = cli_module_open(&e->far, reterr);
		e->bus[1] = e->far.bus;
	}
	if (!r)
		e->facts = *m->facts;
	return r;
}

void cli_ends_close(struct cli_ends *e)
{
	if (e->far.source)
		cli_module_close(&e->far);
	lw_world_destroy(e->world);
}

void cli_ends_drive(struct cli_ends *e, struct lw_diag_task *t)
{
	cli_interrupt_catch();
	for (;;) {
		struct lw_mono due;

		if (cli_interrupted() && !t->stopping)
			lw_diag_task_stop(t);
		due = lw_diag_task_run(t, now_of(e));
		if (t->phase == LW_DIAG_END)
			break;
		wait_until(e, due);
	}
	cli_interrupt_release();
}

void cli_test_plan(const struct lw_diag_task *t)
{
	if (!t->writes)
		printf("nothing to write\n");
	for (unsigned i = 0; i < t->writes; i++) {
		const struct lw_diag_write *w = &t->write[i];

		printf("  %2u  write %s13h:%u", i + 1, w->far ? "far " : "", w->byte);
		if (w->n > 1)
			printf("-%u", w->byte + w->n - 1u);
		if (w->bank)
			printf(" bank %u", w->bank);
		printf(" =");
		for (unsigned k = 0; k < w->n; k++)
			printf(" %02x", w->data[k]);
		printf("%*s %s\n", w->n > 1 ? 2 : 15, "", w->why);
	}
	if (t->writes && !t->opt.keep && !t->opt.clear_loops)
		printf("  then all is put back, and read back\n");
}

void cli_test_plan_json(struct lw_json *j, const struct lw_diag_task *t)
{
	lw_json_begin_array(j);
	for (unsigned i = 0; i < t->writes; i++) {
		const struct lw_diag_write *w = &t->write[i];

		lw_json_begin_object(j);
		lw_json_put_bool(j, "far", w->far);
		lw_json_put_int(j, "bank", w->bank);
		lw_json_put_int(j, "page", 0x13);
		lw_json_put_int(j, "byte", w->byte);
		lw_json_key(j, "data");
		lw_json_begin_array(j);
		for (unsigned k = 0; k < w->n; k++)
			lw_json_int(j, w->data[k]);
		lw_json_end_array(j);
		lw_json_put_string(j, "why", w->why);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

void cli_test_error(const struct cli_module *m, const struct lw_diag_task *t)
{
	struct lw_error e = t->error;

	if (!t->result)
		return;
	fflush(stdout);
	if (!e.where[0])
		snprintf(e.where, sizeof(e.where), "%s", m->source);
	cli_error(&e);
}
