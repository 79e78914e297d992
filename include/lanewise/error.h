/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_ERROR_H
#define LW_ERROR_H

#include <lanewise/export.h>

/**
 * @file
 * One error scheme for the whole library.
 *
 * A function that can fail returns 0 or one negative code of LW_ERRORS, nothing else, and takes a
 * nullable `struct lw_error *reterr` as its last argument. `reterr` is written only on failure;
 * outputs named `ret` only on success. There is no thread-local or global error state.
 *
 * A rejected configuration, an infeasible plan or a failing optic is no error but a result: see
 * <lanewise/finding.h>.
 */

/** X(name, code, exit status of a command that ends with it, text) */
#define LW_ERRORS(X)                                                                               \
	X(LW_EINVAL, -1, 2, "invalid argument or input")                                           \
	X(LW_ENOMEM, -2, 3, "out of memory")                                                       \
	X(LW_ENOENT, -3, 2, "not found")                                                           \
	X(LW_EIO, -4, 3, "input or output failed")                                                 \
	X(LW_EABSENT, -5, 3, "no module present")                                                  \
	X(LW_ENACK, -6, 3, "module did not acknowledge")                                           \
	X(LW_ETIMEDOUT, -7, 3, "timed out")                                                        \
	X(LW_ESHORT, -8, 3, "fewer bytes than asked for")                                          \
	X(LW_ENOPAGE, -9, 3, "page or bank not there")                                             \
	X(LW_ELIMIT, -10, 2, "limit exceeded")                                                     \
	X(LW_ENOTSUP, -11, 2, "not supported")

enum lw_errno {
	LW_OK = 0,
#define LW_X(name, code, status, text) name = (code),
	LW_ERRORS(LW_X)
#undef LW_X
};

/** What went wrong, where. Fixed size, owned by the caller, no pointers to free. */
struct lw_error {
	int code;          /**< enum lw_errno */
	int sys;           /**< errno of the system call behind it, 0 if none */
	int line;          /**< 1-based line of `where` when it is a file, 0 if unknown */
	int page;          /**< module page, -1 if not about module memory */
	int byte;          /**< byte address 0-255 in that page, -1 if not about module memory */
	char where[96];    /**< file, device or module; empty if unknown */
	char message[224]; /**< one line for a person: what, and what to do; no trailing newline */
};

/** The text of a code, for example "timed out"; never NULL. */
LW_API const char *lw_strerror(int code);

/** The exit status a command ends with for `code` (docs: 2 wrong input, 3 device failed). */
LW_API int lw_exit_status(int code);

/**
 * Fill `reterr` (if not NULL) with `code` and a formatted message; clears every other member.
 * @return `code`, so that a failing function can end with `return lw_fail(...)`
 */
LW_API int lw_fail(struct lw_error *reterr, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** As lw_fail(), saying also that it happened at page:byte of module memory. */
LW_API int lw_fail_at(struct lw_error *reterr, int code, int page, int byte, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/** As lw_fail(), saying also that it happened at line `line` (0: unknown) of file `where`. */
LW_API int lw_fail_in(struct lw_error *reterr, int code, const char *where, int line,
		      const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
