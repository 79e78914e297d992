/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"
#include <stdarg.h>
#include <stdio.h>

bool ex_begin(struct ex *x, const char *kind, const char *fmt, ...)
{
	va_list ap;

	x->n++;
	if (x->counting)
		return false;
	if (x->j) {
		lw_json_begin_object(x->j);
		ex_pair(x, "kind", kind);
		return true;
	}
	if (x->n > 1)
		putchar('\n');
	fputs(cli_bold(), stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("%s\n", cli_plain());
	return true;
}

void ex_end(struct ex *x)
{
	if (x->j)
		lw_json_end_object(x->j);
}

/* Keys of JSON are lower case with underscores. */
static void put_key(struct ex *x, const char *label)
{
	char key[48];
	size_t n = 0;

	for (; label[n] && n + 1 < sizeof(key); n++)
		key[n] = label[n] == ' ' || label[n] == '-'   ? '_'
			 : label[n] >= 'A' && label[n] <= 'Z' ? (char)(label[n] | 0x20)
							      : label[n];
	key[n] = '\0';
	lw_json_key(x->j, key);
}

void ex_pair(struct ex *x, const char *label, const char *value)
{
	char first[48];

	if (!value || !value[0])
		return;
	if (x->j) {
		put_key(x, label);
		lw_json_string(x->j, value);
		return;
	}
	snprintf(first, sizeof(first), "  %-10s ", label);
	cli_wrap(stdout, first, 13, value);
}

void ex_pairf(struct ex *x, const char *label, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ex_pair(x, label, text);
}

void ex_list_begin(struct ex *x, const char *label)
{
	if (x->j) {
		put_key(x, label);
		lw_json_begin_object(x->j);
	} else {
		printf("  %s\n", label);
	}
}

void ex_list_item(struct ex *x, const char *name, const char *doc)
{
	char first[96];

	if (x->j) {
		lw_json_key(x->j, name);
		lw_json_string(x->j, doc);
		return;
	}
	snprintf(first, sizeof(first), "    %-22s ", name);
	cli_wrap(stdout, first, 27, doc);
}

void ex_list_end(struct ex *x)
{
	if (x->j)
		lw_json_end_object(x->j);
}

static void on_pair(void *ctx, const char *label, const char *text)
{
	ex_pair(ctx, label, text);
}

static void on_list(void *ctx, const char *label)
{
	ex_list_begin(ctx, label);
}

static void on_item(void *ctx, const char *name, const char *text)
{
	ex_list_item(ctx, name, text);
}

static void on_end(void *ctx)
{
	ex_list_end(ctx);
}

struct lw_explain_to ex_to(struct ex *x)
{
	return (struct lw_explain_to){x, on_pair, on_list, on_item, on_end};
}
