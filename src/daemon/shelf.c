/* SPDX-License-Identifier: Apache-2.0 */
#include "shelf.h"

#include <stdlib.h>
#include <string.h>

/* Far more than any switch has: a number beyond is nonsense. */
#define DOCS_MAX (1u << 20)

void lwd_shelf_init(struct lwd_shelf *s)
{
	memset(s, 0, sizeof(*s));
	s->links.stale = s->cages.stale = s->events.stale = true; /* an empty list is one, too */
}

static void empty(struct lwd_docs *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].id);
		free(d->v[i].text);
	}
	free(d->v);
	lw_buf_finish(&d->all);
	d->v = NULL;
	d->n = 0;
	d->stale = true;
	d->version++;
}

void lwd_shelf_finish(struct lwd_shelf *s)
{
	empty(&s->links);
	empty(&s->cages);
	empty(&s->events);
	lw_buf_finish(&s->summary);
	for (size_t i = 0; i < LWD_MESSAGES_MAX; i++)
		free(s->message[i].text);
}

static int room(struct lwd_docs *d, size_t n)
{
	empty(d);
	if (n > DOCS_MAX)
		return LW_EINVAL;
	d->v = calloc(n + 1, sizeof(*d->v));
	if (!d->v)
		return LW_ENOMEM;
	d->n = n;
	return 0;
}

static int message(struct lwd_shelf *s, const char *event, const char *p, size_t n)
{
	struct lwd_message *m = &s->message[s->next % LWD_MESSAGES_MAX];
	struct lw_buf b = LW_BUF_INIT;

	lw_buf_printf(&b, "event: %s\ndata: ", event);
	lw_buf_add(&b, p, n);
	lw_buf_puts(&b, "\n\n");
	if (b.failed) {
		lw_buf_finish(&b);
		return LW_ENOMEM;
	}
	free(m->text);
	*m = (struct lwd_message){b.s, b.len};
	s->next++;
	return 0;
}

static char *copy(const char *p, size_t n)
{
	char *s = malloc(n + 1);

	if (s) {
		memcpy(s, p, n);
		s[n] = '\0';
	}
	return s;
}

/* Payload: id, NUL, document. */
static int put(struct lwd_shelf *s, struct lwd_docs *d, const char *event, const struct lwd_head *h,
	       const char *p)
{
	const char *end = h->n ? memchr(p, '\0', h->n) : NULL;
	struct lwd_doc *doc;
	size_t n;

	if (!end || h->number >= d->n)
		return LW_EINVAL;
	doc = &d->v[h->number];
	n = h->n - (size_t)(end + 1 - p);
	free(doc->id);
	free(doc->text);
	doc->id = copy(p, (size_t)(end - p));
	doc->text = copy(end + 1, n);
	doc->n = n;
	if (!doc->id || !doc->text)
		return LW_ENOMEM;
	d->stale = true;
	d->version++;
	return message(s, event, doc->text, n);
}

static int add_event(struct lwd_shelf *s, const char *p, size_t n)
{
	struct lwd_docs *d = &s->events;
	struct lwd_doc *v = d->v;

	if (!v)
		v = d->v = calloc(LWD_EVENTS_MAX, sizeof(*v));
	if (!v)
		return LW_ENOMEM;
	if (d->n == LWD_EVENTS_MAX) {
		free(v[0].text);
		memmove(v, v + 1, (LWD_EVENTS_MAX - 1) * sizeof(*v));
		d->n--;
	}
	v[d->n] = (struct lwd_doc){NULL, copy(p, n), n};
	if (!v[d->n].text)
		return LW_ENOMEM;
	d->n++;
	d->stale = true;
	d->version++;
	return message(s, "event", p, n);
}

static int reset(struct lwd_shelf *s, const struct lwd_head *h, const char *p)
{
	uint32_t n[2];
	int r;

	if (h->n != sizeof(n))
		return LW_EINVAL;
	memcpy(n, p, sizeof(n));
	s->whole = false;
	r = room(&s->links, n[0]);
	if (!r)
		r = room(&s->cages, n[1]);
	return r ? r : message(s, "reset", "{}", 2);
}

int lwd_shelf_take(struct lwd_shelf *s, const struct lwd_head *h, const char *p)
{
	switch (h->kind) {
	case LWD_RESET:
		return reset(s, h, p);
	case LWD_SUMMARY:
		lw_buf_clear(&s->summary);
		lw_buf_add(&s->summary, p, h->n);
		s->whole = true;
		return s->summary.failed ? LW_ENOMEM : message(s, "summary", p, h->n);
	case LWD_LINK:
		return put(s, &s->links, "link", h, p);
	case LWD_CAGE:
		return put(s, &s->cages, "cage", h, p);
	case LWD_EVENT:
		return add_event(s, p, h->n);
	case LWD_JOB:
		return message(s, "job", p, h->n);
	default:
		return LW_EINVAL;
	}
}

const struct lw_buf *lwd_docs_all(struct lwd_docs *d)
{
	const char *sep = "";

	if (!d->stale)
		return &d->all;
	lw_buf_clear(&d->all);
	lw_buf_putc(&d->all, '[');
	for (size_t i = 0; i < d->n; i++) {
		if (!d->v[i].text)
			continue;
		lw_buf_puts(&d->all, sep);
		lw_buf_add(&d->all, d->v[i].text, d->v[i].n);
		sep = ",";
	}
	lw_buf_puts(&d->all, "]\n");
	d->stale = d->all.failed;
	return d->all.failed ? NULL : &d->all;
}

const struct lwd_doc *lwd_docs_find(const struct lwd_docs *d, const char *id)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].id && d->v[i].text && strcmp(d->v[i].id, id) == 0)
			return &d->v[i];
	return NULL;
}
