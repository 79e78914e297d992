/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include "asset.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Questions to the core that are open at once; more are refused. */
#define WAITING_MAX 64
#define IDLE_S      30
#define PER_IP_MAX  128

#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum method { GET, POST, OTHER };

struct lwd_request {
	struct MHD_Connection *connection;
	struct lwd_request *next, **link; /* while it waits */
	enum method method;
	bool local; /* came by the read-only socket */
	char body[LWD_BODY_MAX];
	size_t n;
	bool too_long;
	uint32_t ask; /* number of the question, 0: none */
	bool replied;
	int status;
	char *reply;
	size_t reply_n;
};

static const char *const security[][2] = {
	{"Content-Security-Policy",
	 "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
	 "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
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
		MHD_add_response_header(r, "Allow", "GET, POST");
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

/* The Host of a request must be ours: a foreign page cannot reach us by a name of its own. */
static bool host_ok(const struct lwd_http *h, const char *host)
{
	static const char *const always[] = {"localhost", "127.0.0.1", "[::1]"};
	size_t n;

	if (!host)
		return false;
	n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	if (host[0] == '[' && strlen(host) < n)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (strlen(always[i]) == n && strncasecmp(host, always[i], n) == 0)
			return true;
	for (size_t i = 0; i < h->config->name_n; i++)
		if (strlen(h->config->names[i]) == n &&
		    strncasecmp(host, h->config->names[i], n) == 0)
			return true;
	if (host[0] == '[')
		return strlen(h->config->address) == n - 2 &&
		       strncasecmp(host + 1, h->config->address, n - 2) == 0;
	return strlen(h->config->address) == n && strncasecmp(host, h->config->address, n) == 0;
}

/* A page of another origin may not even look. */
static bool origin_ok(const char *origin, const char *host)
{
	const char *at = origin ? strstr(origin, "://") : NULL;

	return !origin || (at && host && strcasecmp(at + 3, host) == 0);
}

static void peer_of(const struct lwd_request *q, char *ret, size_t n)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = i ? i->client_addr : NULL;

	snprintf(ret, n, "local");
	if (a && a->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, ret,
			  (socklen_t)n);
	else if (a && a->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, ret,
			  (socklen_t)n);
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

/* Put a question to the core and wait for what it says. */
static enum MHD_Result ask(struct lwd_http *h, struct lwd_request *q, const struct lwd_ask *a)
{
	if (strlen(a->what) + strlen(a->target) + strlen(a->argument) + strlen(a->token) +
		    strlen(a->peer) + LWD_ASK_TEXTS >
	    LWD_ASK_MAX)
		return fail(q->connection, MHD_HTTP_CONTENT_TOO_LARGE, "that is too long");
	if (h->waiting_n == WAITING_MAX)
		return fail(q->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too busy; ask again");
	q->ask = ++h->next_ask ? h->next_ask : ++h->next_ask;
	lwd_frame_ask(&h->out, q->ask, a);
	q->next = h->waiting;
	q->link = &h->waiting;
	if (q->next)
		q->next->link = &q->next;
	h->waiting = q;
	h->waiting_n++;
	MHD_suspend_connection(q->connection);
	return MHD_YES;
}

static const char *token_of(struct MHD_Connection *c)
{
	const char *a = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");

	return a && strncasecmp(a, "Bearer ", 7) == 0 ? a + 7 : "";
}

/* POST /api/v1/actions {"action": ..., "target": ..., "value": ...} */
static enum MHD_Result act(struct lwd_http *h, struct lwd_request *q)
{
	const char *type =
		MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, "Content-Type");
	const char *what, *target, *value;
	json_t *root;
	char peer[64];
	enum MHD_Result r;

	if (q->local)
		return fail(q->connection, MHD_HTTP_FORBIDDEN, "this socket is for looking only");
	if (!type || strncasecmp(type, "application/json", 16) != 0)
		return fail(q->connection, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
			    "Content-Type must be application/json");
	root = json_loadb(q->body, q->n, JSON_REJECT_DUPLICATES, NULL);
	if (!root || json_unpack(root, "{s:s, s:s, s:s !}", "action", &what, "target", &target,
				 "value", &value)) {
		json_decref(root);
		return fail(q->connection, MHD_HTTP_BAD_REQUEST,
			    "the body must be {action, target, value}, all texts");
	}
	peer_of(q, peer, sizeof(peer));
	r = ask(h, q,
		&(struct lwd_ask){.what = what,
				  .target = target,
				  .argument = value,
				  .token = token_of(q->connection),
				  .peer = peer});
	json_decref(root);
	return r;
}

/* A list as it stands: made once for all who ask until something changes. */
static enum MHD_Result list(struct lwd_http *h, struct lwd_request *q, unsigned which)
{
	struct lwd_docs *d[3] = {&h->shelf.links, &h->shelf.cages, &h->shelf.events};

	if (!h->list[which] || h->list_version[which] != d[which]->version) {
		const struct lw_buf *all = lwd_docs_all(d[which]);
		struct MHD_Response *r = all ? MHD_create_response_from_buffer(
						       all->len, all->s, MHD_RESPMEM_MUST_COPY)
					     : NULL;

		if (!r)
			return MHD_NO;
		dress(r, "application/json");
		if (h->list[which])
			MHD_destroy_response(h->list[which]);
		h->list[which] = r;
		h->list_version[which] = d[which]->version;
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
	struct MHD_Response *r = lwd_stream_open(h, q->connection);
	enum MHD_Result done;

	if (!r)
		return fail(q->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too many listeners");
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
	if (!h->shelf.summary.len)
		return fail(q->connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			    "just started; ask again in a moment");
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
	if (strcmp(url, "/metrics") == 0)
		return ask(h, q, &(struct lwd_ask){"publish", "metrics", "", "", ""});
	if (strcmp(url, "/api/v1/openconfig") == 0)
		return ask(
			h, q,
			&(struct lwd_ask){"publish", "openconfig", argument(q, "device"), "", ""});
	return fail(q->connection, MHD_HTTP_NOT_FOUND,
		    "there is nothing here; /api/v1/openapi.json tells what there is");
}

/* The core has answered. */
static enum MHD_Result pass_on(struct lwd_request *q)
{
	bool json = q->reply_n && (q->reply[0] == '{' || q->reply[0] == '[');

	return send_copy(q->connection, (unsigned)q->status,
			 json ? "application/json" : METRICS_TYPE, q->reply, q->reply_n);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *inout_n, void **con_cls)
{
	struct lwd_http *h = ctx;
	struct lwd_request *q = *con_cls;
	const char *host, *origin;

	(void)version;
	if (!q) {
		q = calloc(1, sizeof(*q));
		if (!q)
			return MHD_NO;
		q->connection = c;
		q->method = strcmp(method, "GET") == 0    ? GET
			    : strcmp(method, "POST") == 0 ? POST
							  : OTHER;
		*con_cls = q;
		return MHD_YES;
	}
	if (*inout_n) { /* what is too long is read to its end, and forgotten */
		if (*inout_n > sizeof(q->body) - q->n)
			q->too_long = true;
		else
			memcpy(q->body + q->n, data, *inout_n);
		q->n += q->too_long ? 0 : *inout_n;
		*inout_n = 0;
		return MHD_YES;
	}
	if (q->replied)
		return pass_on(q);
	if (q->ask)
		return MHD_YES;
	q->local = MHD_get_connection_info(c, MHD_CONNECTION_INFO_DAEMON)->daemon == h->local;
	host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
	origin = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Origin");
	if (!q->local && !host_ok(h, host))
		return fail(c, MHD_HTTP_MISDIRECTED_REQUEST,
			    "that is not a name of this server (api: names: in its configuration)");
	if (!origin_ok(origin, host))
		return fail(c, MHD_HTTP_FORBIDDEN, "not for pages of other origins");
	if (q->too_long)
		return fail(c, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too long");
	if (q->method == GET)
		return get(h, q, url);
	if (q->method == POST && strcmp(url, "/api/v1/actions") == 0)
		return act(h, q);
	return fail(c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET, or POST to /api/v1/actions");
}

static void on_done(void *ctx, struct MHD_Connection *c, void **con_cls,
		    enum MHD_RequestTerminationCode how)
{
	struct lwd_request *q = *con_cls;

	(void)c;
	(void)how;
	if (!q)
		return;
	stop_waiting(ctx, q);
	free(q->reply);
	free(q);
	*con_cls = NULL;
}

static int reply(struct lwd_http *h, const struct lwd_head *head, const char *p)
{
	struct lwd_request *q = h->waiting;
	uint32_t status;

	if (head->n < sizeof(status))
		return LW_EINVAL;
	memcpy(&status, p, sizeof(status));
	if (status < 200 || status > 599)
		return LW_EINVAL;
	while (q && q->ask != head->number)
		q = q->next;
	if (!q)
		return 0; /* who asked has left */
	stop_waiting(h, q);
	q->replied = true;
	q->status = (int)status;
	q->reply_n = head->n - sizeof(status);
	q->reply = malloc(q->reply_n + 1);
	if (!q->reply)
		q->reply_n = 0;
	else
		memcpy(q->reply, p + sizeof(status), q->reply_n);
	MHD_resume_connection(q->connection);
	return 0;
}

int lwd_http_take(struct lwd_http *h, const struct lwd_head *head, const char *p)
{
	int r = head->kind == LWD_REPLY ? reply(h, head, p) : lwd_shelf_take(&h->shelf, head, p);

	if (!r)
		lwd_stream_wake(h);
	return r;
}

static struct MHD_Daemon *listen_on(struct lwd_http *h, int fd, const char *cert, const char *key)
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
				MHD_OPTION_CONNECTION_LIMIT, (unsigned)LWD_CONNECTIONS_MAX,
				MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)PER_IP_MAX,
				MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(16u << 10),
				MHD_OPTION_ARRAY, cert ? tls : none, MHD_OPTION_END);
}

int lwd_http_start(struct lwd_http *h, const struct lwd_config *c, int web, int local,
		   const char *cert, const char *key, struct lw_error *reterr)
{
	memset(h, 0, sizeof(*h));
	h->config = c;
	lwd_shelf_init(&h->shelf);
	h->web = listen_on(h, web, cert, key);
	if (h->web && local >= 0)
		h->local = listen_on(h, local, NULL, NULL);
	if (h->web && (local < 0 || h->local))
		return 0;
	lwd_http_finish(h);
	return lw_fail(reterr, LW_EIO, "the web server cannot be started%s",
		       cert ? "; are certificate and key PEM texts that belong together?" : "");
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
	lwd_shelf_finish(&h->shelf);
	lw_buf_finish(&h->out);
}
