/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include "asset.h"
#include "gate.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Questions to the core that are open at once; more are refused. */
#define WAITING_MAX 64
/* A client that reads nothing for so long is gone. */
#define STUCK_S 30
/* A body that is too long is read, so that its sender hears why it was refused; up to here. */
#define DRAIN_MAX (1u << 20)
/* Versions of lists that readers still hold; when there are more the slowest reader goes. */
#define LISTS_MAX 24
/* A list tells from which message on the stream has what is newer; such ones are still there. */
#define LIST_NEXT       "Lanewise-Next"
#define LIST_BEHIND_MAX (LWD_MESSAGES_MAX / 2)
/* Metrics of the last second are good enough for everybody. */
#define METRICS_MS 1000

#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum method { GET, HEAD, POST, OTHER };

struct lwd_request {
	struct MHD_Connection *connection;
	struct lwd_guest *guest;
	struct lwd_request *next, **link; /* while it waits */
	enum method method;
	bool local; /* came by the read-only socket */
	char body[LWD_BODY_MAX];
	size_t n, drained;
	bool too_long;
	uint32_t ask; /* number of the question, 0: none */
	bool replied, metrics;
	int status;
	char *reply;
	size_t reply_n;
};

static struct lwd_guests *guests_of(struct lwd_http *h, const struct lwd_request *q)
{
	return q->local ? &h->local_guests : &h->web_guests;
}

static const char *const security[][2] = {
	{"Content-Security-Policy",
	 "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
	 "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cache-Control", "no-store"},
};

static void dress(struct MHD_Response *r, const char *type)
{
	for (size_t i = 0; i < sizeof(security) / sizeof(security[0]); i++)
		MHD_add_response_header(r, security[i][0], security[i][1]);
	if (type)
		MHD_add_response_header(r, "Content-Type", type);
}

static enum MHD_Result send_copy(struct MHD_Connection *c, unsigned status, const char *type,
				 const void *p, size_t n)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(n, (void *)(uintptr_t)p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	if (!r)
		return MHD_NO;
	dress(r, type);
	if (status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(r, "WWW-Authenticate", "Bearer");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD, POST");
	if (status == MHD_HTTP_TOO_MANY_REQUESTS)
		MHD_add_response_header(r, "Retry-After", "1");
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result fail(struct MHD_Connection *c, unsigned status, const char *why)
{
	char text[320];
	int n = snprintf(text, sizeof(text), "{\"ok\": false, \"error\": \"%s\"}\n", why);

	return send_copy(c, status, "application/json", text, (size_t)n);
}

static void stop_waiting(struct lwd_http *h, struct lwd_request *q)
{
	if (!q->link)
		return;
	*q->link = q->next;
	if (q->next)
		q->next->link = q->link;
	q->link = NULL;
	h->waiting_n--;
}

/* Sleep until the core answers question `number`. */
static enum MHD_Result wait_for(struct lwd_http *h, struct lwd_request *q, uint32_t number)
{
	q->ask = number;
	q->next = h->waiting;
	q->link = &h->waiting;
	if (q->next)
		q->next->link = &q->next;
	h->waiting = q;
	h->waiting_n++;
	lwd_guest_is(guests_of(h, q), q->guest, LWD_GUEST_WAITS);
	MHD_suspend_connection(q->connection);
	return MHD_YES;
}

/* Put a question to the core and wait for what it says. */
static enum MHD_Result ask(struct lwd_http *h, struct lwd_request *q, const struct lwd_ask *a)
{
	if (strlen(a->what) + strlen(a->target) + strlen(a->argument) + strlen(a->token) +
		    strlen(a->peer) + LWD_ASK_TEXTS >
	    LWD_ASK_MAX)
		return fail(q->connection, MHD_HTTP_CONTENT_TOO_LARGE, "that is too long");
	if (h->waiting_n == WAITING_MAX)
		return fail(q->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too busy; ask again");
	if (!lwd_peer_may_ask(&h->peers, q->guest->peer, h->now_ms))
		return fail(q->connection, MHD_HTTP_TOO_MANY_REQUESTS,
			    "too many questions; wait a second");
	if (!++h->next_ask)
		h->next_ask = 1;
	lwd_frame_ask(&h->out, h->next_ask, a);
	return wait_for(h, q, h->next_ask);
}

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static const char *token_of(struct MHD_Connection *c)
{
	const char *a = header(c, "Authorization");

	return a && strncasecmp(a, "Bearer ", 7) == 0 ? a + 7 : "";
}

/* POST /api/v1/actions {"action": ..., "target": ..., "value": ...} */
static enum MHD_Result act(struct lwd_http *h, struct lwd_request *q)
{
	const char *type = header(q->connection, "Content-Type");
	const char *what, *target, *value;
	json_t *root;
	enum MHD_Result r;

	if (q->local)
		return fail(q->connection, MHD_HTTP_FORBIDDEN, "this socket is for looking only");
	/* a form can send three types, and this is none of them */
	if (!type || strncasecmp(type, "application/json", 16) != 0 ||
	    (type[16] && type[16] != ';' && type[16] != ' '))
		return fail(q->connection, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
			    "Content-Type must be application/json");
	root = json_loadb(q->body, q->n, JSON_REJECT_DUPLICATES, NULL);
	if (!root || json_unpack(root, "{s:s, s:s, s:s !}", "action", &what, "target", &target,
				 "value", &value)) {
		json_decref(root);
		return fail(q->connection, MHD_HTTP_BAD_REQUEST,
			    "the body must be {action, target, value}, all texts");
	}
	r = ask(h, q,
		&(struct lwd_ask){.what = what,
				  .target = target,
				  .argument = value,
				  .token = token_of(q->connection),
				  .peer = q->guest->peer});
	json_decref(root);
	return r;
}

struct list_text {
	struct lwd_http *http;
	char bytes[];
};

static void free_list(void *ctx)
{
	struct list_text *t = ctx;

	t->http->list_n--;
	free(t);
}

static struct MHD_Response *make_list(struct lwd_http *h, struct lwd_docs *d)
{
	const struct lw_buf *all = lwd_docs_all(d);
	struct list_text *t = all ? malloc(sizeof(*t) + all->len) : NULL;
	struct MHD_Response *r;
	char next[24];

	if (!t)
		return NULL;
	memcpy(t->bytes, all->s, all->len);
	t->http = h;
	r = MHD_create_response_from_buffer_with_free_callback_cls(all->len, t->bytes, free_list,
								   t);
	if (!r) {
		free(t);
		return NULL;
	}
	h->list_n++;
	dress(r, "application/json");
	snprintf(next, sizeof(next), "%" PRIu64, h->shelf.next);
	MHD_add_response_header(r, LIST_NEXT, next);
	return r;
}

/* A list as it stands: made once for all who ask until something changes. */
static enum MHD_Result list(struct lwd_http *h, struct lwd_request *q, unsigned which)
{
	struct lwd_docs *d[3] = {&h->shelf.links, &h->shelf.cages, &h->shelf.events};

	if (!h->list[which] || h->list_version[which] != d[which]->version ||
	    h->shelf.next - h->list_next[which] > LIST_BEHIND_MAX) {
		struct MHD_Response *r;

		if (h->list_n >= LISTS_MAX)
			lwd_guests_drop(guests_of(h, q), LWD_GUEST_READS);
		r = make_list(h, d[which]);
		if (!r)
			return MHD_NO;
		if (h->list[which])
			MHD_destroy_response(h->list[which]);
		h->list[which] = r;
		h->list_version[which] = d[which]->version;
		h->list_next[which] = h->shelf.next;
	}
	return MHD_queue_response(q->connection, MHD_HTTP_OK, h->list[which]);
}

static enum MHD_Result one(struct lwd_request *q, const struct lwd_docs *d, const char *id)
{
	const struct lwd_doc *doc = lwd_docs_find(d, id);

	return doc ? send_copy(q->connection, MHD_HTTP_OK, "application/json", doc->text, doc->n)
		   : fail(q->connection, MHD_HTTP_NOT_FOUND, "there is none of that id");
}

static enum MHD_Result stream(struct lwd_http *h, struct lwd_request *q)
{
	const char *from =
		MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, "from");
	struct MHD_Response *r = lwd_stream_open(h, q->connection, q->guest->peer, from);
	enum MHD_Result done;

	if (!r)
		return fail(q->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too many listeners");
	lwd_guest_is(guests_of(h, q), q->guest, LWD_GUEST_LISTENS);
	dress(r, NULL);
	done = MHD_queue_response(q->connection, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return done;
}

static const char *argument(struct lwd_request *q, const char *name)
{
	const char *v = MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, name);

	return v ? v : "";
}

/* The readings of lanes and where they go: "QUANTITY LANE HOURS" is one text of the question. */
static enum MHD_Result past(struct lwd_http *h, struct lwd_request *q)
{
	const char *lane = argument(q, "lane");
	char what[128];

	snprintf(what, sizeof(what), "%.40s %.20s %.20s", argument(q, "quantity"),
		 *lane ? lane : "*", argument(q, "hours"));
	return ask(h, q, &(struct lwd_ask){"history", argument(q, "cage"), what, "", ""});
}

/* "PAGE BANK" is one text of the question; "" asks which pages there are. */
static enum MHD_Result registers(struct lwd_http *h, struct lwd_request *q)
{
	const char *page = argument(q, "page"), *bank = argument(q, "bank");
	char what[64] = "";

	if (*page)
		snprintf(what, sizeof(what), "%.40s %.12s", page, *bank ? bank : "0");
	return ask(h, q, &(struct lwd_ask){"registers", argument(q, "cage"), what, "", ""});
}

/* One question at a time and an answer for all: nobody keeps Prometheus from its metrics. */
static enum MHD_Result metrics(struct lwd_http *h, struct lwd_request *q)
{
	q->metrics = true;
	if (h->metrics && h->now_ms - h->metrics_ms < METRICS_MS)
		return MHD_queue_response(q->connection, h->metrics_status, h->metrics);
	if (h->waiting_n == WAITING_MAX)
		return fail(q->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too busy; ask again");
	if (!h->metrics_ask) {
		if (!++h->next_ask)
			h->next_ask = 1;
		h->metrics_ask = h->next_ask;
		lwd_frame_ask(&h->out, h->metrics_ask,
			      &(struct lwd_ask){"publish", "metrics", "", "", ""});
	}
	return wait_for(h, q, h->metrics_ask);
}

static bool begins(const char *s, const char *with, const char **ret_rest)
{
	size_t n = strlen(with);

	*ret_rest = s + n;
	return strncmp(s, with, n) == 0;
}

static enum MHD_Result get(struct lwd_http *h, struct lwd_request *q, const char *url)
{
	const struct lwd_asset *a = lwd_asset_find(strcmp(url, "/") == 0 ? "/index.html" : url);
	const char *rest;

	if (a)
		return send_copy(q->connection, MHD_HTTP_OK, a->type, a->bytes, a->n);
	if (strcmp(url, "/api/v1/links") == 0)
		return list(h, q, 0);
	if (strcmp(url, "/api/v1/cages") == 0)
		return list(h, q, 1);
	if (strcmp(url, "/api/v1/events") == 0)
		return list(h, q, 2);
	if (strcmp(url, "/api/v1/summary") == 0)
		return send_copy(q->connection, MHD_HTTP_OK, "application/json",
				 lw_buf_str(&h->shelf.summary), h->shelf.summary.len);
	if (strcmp(url, "/api/v1/stream") == 0)
		return stream(h, q);
	if (begins(url, "/api/v1/links/", &rest))
		return one(q, &h->shelf.links, rest);
	if (begins(url, "/api/v1/cages/", &rest))
		return one(q, &h->shelf.cages, rest);
	if (strcmp(url, "/api/v1/preview") == 0)
		return ask(h, q,
			   &(struct lwd_ask){"preview", argument(q, "cage"), argument(q, "mode"),
					     "", ""});
	if (strcmp(url, "/api/v1/history") == 0)
		return past(h, q);
	if (strcmp(url, "/api/v1/senders") == 0)
		return ask(h, q, &(struct lwd_ask){"senders", "", "", "", ""});
	if (strcmp(url, "/api/v1/registers") == 0)
		return registers(h, q);
	if (strcmp(url, "/api/v1/explain") == 0)
		return ask(h, q,
			   &(struct lwd_ask){"explain", argument(q, "field"), argument(q, "lane"),
					     "", ""});
	if (strcmp(url, "/api/v1/jobs") == 0)
		return ask(h, q, &(struct lwd_ask){"jobs", "", "", "", ""});
	if (strcmp(url, "/metrics") == 0)
		return metrics(h, q);
	if (strcmp(url, "/api/v1/openconfig") == 0)
		return ask(
			h, q,
			&(struct lwd_ask){"publish", "openconfig", argument(q, "device"), "", ""});
	return fail(q->connection, MHD_HTTP_NOT_FOUND,
		    "there is nothing here; /api/v1/openapi.json tells what there is");
}

static const char *type_of(const char *p, size_t n)
{
	return n && (*p == '{' || *p == '[') ? "application/json" : METRICS_TYPE;
}

/* The core has answered. */
static enum MHD_Result pass_on(struct lwd_http *h, struct lwd_request *q)
{
	lwd_guest_is(guests_of(h, q), q->guest, LWD_GUEST_READS);
	if (q->metrics)
		return h->metrics ? MHD_queue_response(q->connection, h->metrics_status, h->metrics)
				  : MHD_NO;
	return send_copy(q->connection, (unsigned)q->status, type_of(q->reply, q->reply_n),
			 q->reply, q->reply_n);
}

/* Who asks has asked all: answer, or say why not. */
static enum MHD_Result answer(struct lwd_http *h, struct lwd_request *q, const char *url)
{
	struct MHD_Connection *c = q->connection;
	const char *host = header(c, "Host");

	lwd_guest_is(guests_of(h, q), q->guest, LWD_GUEST_READS);
	if (!q->local && !lwd_gate_host(h->config, host))
		return fail(c, MHD_HTTP_MISDIRECTED_REQUEST,
			    "that is not a name of this server (api: names: in its configuration)");
	if (!lwd_gate_origin(header(c, "Origin"), host) ||
	    !lwd_gate_site(header(c, "Sec-Fetch-Site"), header(c, "Sec-Fetch-Mode"),
			   header(c, "Sec-Fetch-Dest"), q->method == GET))
		return fail(c, MHD_HTTP_FORBIDDEN, "not for pages of other origins");
	if (q->too_long)
		return fail(c, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too long");
	if (q->method == GET || q->method == HEAD)
		return get(h, q, url);
	if (q->method == POST && strcmp(url, "/api/v1/actions") == 0)
		return act(h, q);
	return fail(c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET, or POST to /api/v1/actions");
}

static struct lwd_guest *guest_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static struct lwd_request *new_request(struct lwd_http *h, struct MHD_Connection *c,
				       const char *method)
{
	struct lwd_request *q = guest_of(c) ? calloc(1, sizeof(*q)) : NULL;

	if (!q)
		return NULL;
	q->connection = c;
	q->guest = guest_of(c);
	q->local = MHD_get_connection_info(c, MHD_CONNECTION_INFO_DAEMON)->daemon == h->local;
	q->method = strcmp(method, "GET") == 0    ? GET
		    : strcmp(method, "HEAD") == 0 ? HEAD
		    : strcmp(method, "POST") == 0 ? POST
						  : OTHER;
	return q;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *inout_n, void **con_cls)
{
	struct lwd_http *h = ctx;
	struct lwd_request *q = *con_cls;

	(void)version;
	if (!q) {
		q = *con_cls = new_request(h, c, method);
		return q ? MHD_YES : MHD_NO;
	}
	if (*inout_n) { /* what is too long is forgotten */
		if (*inout_n > sizeof(q->body) - q->n)
			q->too_long = true;
		else
			memcpy(q->body + q->n, data, *inout_n);
		q->n += q->too_long ? 0 : *inout_n;
		q->drained += *inout_n;
		*inout_n = 0;
		return q->drained > DRAIN_MAX ? MHD_NO : MHD_YES;
	}
	if (q->replied)
		return pass_on(h, q);
	return q->ask ? MHD_YES : answer(h, q, url);
}

static void on_done(void *ctx, struct MHD_Connection *c, void **con_cls,
		    enum MHD_RequestTerminationCode how)
{
	struct lwd_request *q = *con_cls;

	(void)c;
	(void)how;
	if (!q)
		return;
	lwd_guest_is(guests_of(ctx, q), q->guest, LWD_GUEST_ASKS);
	stop_waiting(ctx, q);
	free(q->reply);
	free(q);
	*con_cls = NULL;
}

/* The answer that all who wait for metrics share. */
static void keep_metrics(struct lwd_http *h, unsigned status, const char *p, size_t n)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(n, (void *)(uintptr_t)p, MHD_RESPMEM_MUST_COPY);

	h->metrics_ask = 0;
	if (h->metrics)
		MHD_destroy_response(h->metrics);
	h->metrics = r;
	if (!r)
		return;
	dress(r, type_of(p, n));
	if (status == MHD_HTTP_TOO_MANY_REQUESTS)
		MHD_add_response_header(r, "Retry-After", "1");
	h->metrics_status = status;
	/* a refusal is not kept */
	h->metrics_ms = h->now_ms - (status == MHD_HTTP_OK ? 0 : METRICS_MS);
}

static void give(struct lwd_http *h, struct lwd_request *q, unsigned status, const char *p,
		 size_t n)
{
	stop_waiting(h, q);
	q->replied = true;
	q->status = (int)status;
	q->reply = q->metrics ? NULL : malloc(n + 1);
	if (q->reply)
		memcpy(q->reply, p, n);
	q->reply_n = q->reply ? n : 0;
	MHD_resume_connection(q->connection);
}

static int reply(struct lwd_http *h, const struct lwd_head *head, const char *p)
{
	struct lwd_request *next;
	uint32_t status;

	if (head->n < sizeof(status))
		return LW_EINVAL;
	memcpy(&status, p, sizeof(status));
	if (status < 200 || status > 599)
		return LW_EINVAL;
	p += sizeof(status);
	if (head->number == h->metrics_ask)
		keep_metrics(h, status, p, head->n - sizeof(status));
	for (struct lwd_request *q = h->waiting; q; q = next) { /* who asked may have left */
		next = q->next;
		if (q->ask == head->number)
			give(h, q, status, p, head->n - sizeof(status));
	}
	return 0;
}

int lwd_http_take(struct lwd_http *h, const struct lwd_head *head, const char *p)
{
	int r = head->kind == LWD_REPLY ? reply(h, head, p) : lwd_shelf_take(&h->shelf, head, p);

	if (!r)
		lwd_stream_wake(h);
	return r;
}

static void on_connection(void *ctx, struct MHD_Connection *c, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = lwd_guest_enter(ctx, c);
	} else if (*context) {
		lwd_guest_leave(ctx, *context);
		*context = NULL;
	}
}

static struct MHD_Daemon *listen_on(struct lwd_http *h, struct lwd_guests *guests, int fd,
				    const char *cert, const char *key)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

	if (cert)
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd,
				MHD_OPTION_NOTIFY_COMPLETED, on_done, h,
				MHD_OPTION_NOTIFY_CONNECTION, on_connection, guests,
				MHD_OPTION_CONNECTION_LIMIT, (unsigned)LWD_CONNECTIONS_MAX,
				MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)STUCK_S,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(16u << 10),
				MHD_OPTION_ARRAY, cert ? tls : none, MHD_OPTION_END);
}

int lwd_http_start(struct lwd_http *h, const struct lwd_config *c, int web, int local,
		   const char *cert, const char *key, struct lw_error *reterr)
{
	memset(h, 0, sizeof(*h));
	h->config = c;
	h->web_guests.most = h->local_guests.most = LWD_CONNECTIONS_MAX;
	lwd_shelf_init(&h->shelf);
	h->web = listen_on(h, &h->web_guests, web, cert, key);
	if (h->web && local >= 0)
		h->local = listen_on(h, &h->local_guests, local, NULL, NULL);
	if (h->web && (local < 0 || h->local))
		return 0;
	lwd_http_finish(h);
	return lw_fail(reterr, LW_EIO, "the web server cannot be started%s",
		       cert ? "; are certificate and key PEM texts that belong together?" : "");
}

int64_t lwd_http_tick(struct lwd_http *h, int64_t now_ms)
{
	int64_t web = lwd_guests_tick(&h->web_guests, now_ms);
	int64_t local = lwd_guests_tick(&h->local_guests, now_ms);

	h->now_ms = now_ms;
	return web < local ? web : local;
}

void lwd_http_finish(struct lwd_http *h)
{
	/* nothing may stay asleep when its server stops */
	lwd_stream_wake(h);
	for (struct lwd_request *q = h->waiting; q; q = q->next)
		MHD_resume_connection(q->connection);
	if (h->web)
		MHD_stop_daemon(h->web);
	if (h->local)
		MHD_stop_daemon(h->local);
	for (unsigned i = 0; i < 3; i++)
		if (h->list[i])
			MHD_destroy_response(h->list[i]);
	if (h->metrics)
		MHD_destroy_response(h->metrics);
	lwd_shelf_finish(&h->shelf);
	lw_buf_finish(&h->out);
}
