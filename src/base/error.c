/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/error.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *lw_strerror(int code)
{
	switch (code) {
	case LW_OK:
		return "no error";
#define LW_X(name, num, status, text)                                                              \
	case name:                                                                                 \
		return text;
		LW_ERRORS(LW_X)
#undef LW_X
	default:
		return "unknown error";
	}
}

int lw_exit_status(int code)
{
	switch (code) {
	case LW_OK:
		return 0;
#define LW_X(name, num, status, text)                                                              \
	case name:                                                                                 \
		return status;
		LW_ERRORS(LW_X)
#undef LW_X
	default:
		return 3;
	}
}

__attribute__((format(printf, 3, 0))) static void fill(struct lw_error *e, int code,
						       const char *fmt, va_list ap)
{
	*e = (struct lw_error){.code = code, .page = -1, .byte = -1};
	vsnprintf(e->message, sizeof(e->message), fmt, ap);
}

int lw_fail(struct lw_error *reterr, int code, const char *fmt, ...)
{
	va_list ap;

	if (reterr) {
		va_start(ap, fmt);
		fill(reterr, code, fmt, ap);
		va_end(ap);
	}
	return code;
}

int lw_fail_at(struct lw_error *reterr, int code, int page, int byte, const char *fmt, ...)
{
	va_list ap;

	if (reterr) {
		va_start(ap, fmt);
		fill(reterr, code, fmt, ap);
		va_end(ap);
		reterr->page = page;
		reterr->byte = byte;
	}
	return code;
}

int lw_fail_in(struct lw_error *reterr, int code, const char *where, int line, const char *fmt, ...)
{
	va_list ap;

	if (reterr) {
		va_start(ap, fmt);
		fill(reterr, code, fmt, ap);
		va_end(ap);
		snprintf(reterr->where, sizeof(reterr->where), "%s", where ? where : "");
		reterr->line = line;
	}
	return code;
}
