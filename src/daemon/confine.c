/* SPDX-License-Identifier: Apache-2.0 */
#include "confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* "nobody" of Debian; it owns nothing. */
#define NOBODY 65534

static void add(struct lw_buf *b, const char *what)
{
	lw_buf_printf(b, "%s%s", b->len ? ", " : "", what);
}

/* No right on any file, from now on; what is open stays. */
static bool no_files(void)
{
	struct landlock_ruleset_attr all = {.handled_access_fs = (1ull << 13) - 1};
	long fd = syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	bool ok;

	if (fd < 0)
		return false;
	ok = syscall(SYS_landlock_restrict_self, (int)fd, 0) == 0;
	close((int)fd);
	return ok;
}

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* All else fails with EPERM: a library that asks for something new goes on without it. */
static bool few_calls(void)
{
	static const int calls[] = {
		SCMP_SYS(read),
		SCMP_SYS(write),
		SCMP_SYS(readv),
		SCMP_SYS(writev),
		SCMP_SYS(recvfrom),
		SCMP_SYS(recvmsg),
		SCMP_SYS(sendto),
		SCMP_SYS(sendmsg),
		SCMP_SYS(accept),
		SCMP_SYS(accept4),
		SCMP_SYS(epoll_ctl),
		SCMP_SYS(epoll_wait),
		SCMP_SYS(epoll_pwait),
		SCMP_SYS(poll),
		SCMP_SYS(ppoll),
		SCMP_SYS(close),
		SCMP_SYS(shutdown),
		SCMP_SYS(fcntl),
		SCMP_SYS(setsockopt),
		SCMP_SYS(getsockopt),
		SCMP_SYS(getsockname),
		SCMP_SYS(getpeername),
		SCMP_SYS(futex),
		SCMP_SYS(munmap),
		SCMP_SYS(mremap),
		SCMP_SYS(brk),
		SCMP_SYS(madvise),
		SCMP_SYS(clock_gettime),
		SCMP_SYS(gettimeofday),
		SCMP_SYS(exit),
		SCMP_SYS(exit_group),
		SCMP_SYS(rt_sigreturn),
		SCMP_SYS(rt_sigprocmask),
		SCMP_SYS(getrandom),
		SCMP_SYS(restart_syscall),
		SCMP_SYS(getpid),
		SCMP_SYS(gettid),
		SCMP_SYS(sendfile),
		SCMP_SYS(newfstatat),
		SCMP_SYS(fstat),
	};
	scmp_filter_ctx f = SANITIZED ? NULL : seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool ok = f != NULL;

	for (size_t i = 0; ok && i < sizeof(calls) / sizeof(calls[0]); i++)
		ok = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0) == 0;
	/* memory that holds no code; signals to itself, as abort() sends them */
	ok = ok && seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
	ok = ok && seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())) == 0;
	ok = ok && seccomp_load(f) == 0;
	if (f)
		seccomp_release(f);
	return ok;
}

void lwd_confine(struct lw_buf *ret)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	if (geteuid() == 0) {
		if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
			_exit(3); /* never serve with root's rights */
		add(ret, "user 65534");
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		add(ret, "no new privileges");
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	add(ret, no_files() ? "landlock" : "no landlock");
	add(ret, few_calls() ? "seccomp"
		 : SANITIZED ? "no seccomp (sanitizers need more)"
			     : "no seccomp");
}
