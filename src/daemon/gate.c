/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

#include <string.h>

static bool is(const char *a, const char *b, size_t n)
{
	return strlen(a) == n && strncasecmp(a, b, n) == 0;
}

bool lwd_gate_host(const struct lwd_config *c, const char *host)
{
	static const char *const always[] = {"localhost", "127.0.0.1", "[::1]"};
	size_t n;

	if (!host)
		return false;
	n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	if (host[0] == '[' && strlen(host) < n)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (is(always[i], host, n))
			return true;
	for (size_t i = 0; i < c->name_n; i++)
		if (is(c->names[i], host, n))
			return true;
	return host[0] == '[' ? is(c->address, host + 1, n - 2) : is(c->address, host, n);
}

bool lwd_gate_origin(const char *origin, const char *host)
{
	const char *at = origin ? strstr(origin, "://") : NULL;

	return !origin || (at && host && strcasecmp(at + 3, host) == 0);
}

bool lwd_gate_site(const char *site, const char *mode, const char *dest, bool get)
{
	if (!site || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0)
		return true;
	return get && mode && strcmp(mode, "navigate") == 0 &&
	       (!dest || strcmp(dest, "document") == 0);
}
