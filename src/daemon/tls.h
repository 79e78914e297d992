/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_TLS_H
#define LW_DAEMON_TLS_H

#include <lanewise/error.h>
#include <stddef.h>
#include <stdint.h>

/** A PEM text and the name of its file, for messages. */
struct lwd_pem {
	const char *file;
	char *text;
	size_t n;
};

/** For how long a certificate holds, in seconds since 1970. */
struct lwd_validity {
	int64_t from_s, until_s;
};

/**
 * Is it a certificate (with those above it, if any), and its key? Pure.
 * @param ret     of the first certificate
 * @param reterr  LW_EINVAL with the file that is wrong, LW_ENOMEM
 */
int lwd_tls_check(const struct lwd_pem *certificate, const struct lwd_pem *key,
		  struct lwd_validity *ret, struct lw_error *reterr);

#endif
