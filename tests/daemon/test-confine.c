/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process that parses the network could do if it were taken over: next to nothing. Built
 * without sanitizers, for they need calls that are forbidden.
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Opened before, as by an attacker who found a descriptor. */
static int old_socket, listening, a_file, pair[2];
static pid_t parent;
static char secret[16] = "of the core";

static long try_read_file(void)
{
	return open("/etc/hostname", O_RDONLY);
}

static long try_make_file(void)
{
	return open("/tmp/lw-confine-test", O_WRONLY | O_CREAT, 0600);
}

static long try_remove(void)
{
	return unlink("/tmp/lw-confine-none");
}

static long try_folder(void)
{
	return syscall(SYS_getdents64, a_file, secret, sizeof(secret));
}

static long try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long try_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long try_connect(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(9)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(old_socket, (struct sockaddr *)&a, sizeof(a));
}

static long try_bind(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};

	return bind(old_socket, (struct sockaddr *)&a, sizeof(a));
}

static long try_listen(void)
{
	return listen(old_socket, 1);
}

static long try_exec(void)
{
	char name[] = "/bin/true", *argv[] = {name, NULL};

	return execve(name, argv, NULL);
}

static long try_fork(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

static long try_ptrace(void)
{
	return ptrace(PTRACE_ATTACH, parent, NULL, NULL);
}

static long try_read_parent(void)
{
	char to[16];
	struct iovec here = {to, sizeof(to)}, there = {secret, sizeof(secret)};

	return process_vm_readv(parent, &here, 1, &there, 1, 0);
}

static long try_kill(void)
{
	return kill(parent, 0);
}

static long try_thread_kill(void)
{
	return syscall(SYS_tgkill, parent, parent, 0);
}

static long try_root(void)
{
	return setuid(0);
}

static long try_change_mode(void)
{
	return fchmod(a_file, 0666);
}

static long try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED
		       ? -1
		       : 0;
}

static long try_make_code(void)
{
	static char page[8192];

	return mprotect((void *)(((uintptr_t)page + 4095) & ~(uintptr_t)4095), 4096,
			PROT_READ | PROT_EXEC);
}

static long try_memory_file(void)
{
	return syscall(SYS_memfd_create, "x", 0);
}

static long try_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, secret);
}

static long try_bpf(void)
{
	return syscall(SYS_bpf, 0, secret, 4);
}

static long try_namespace(void)
{
	return syscall(SYS_unshare, 0x10000000); /* CLONE_NEWUSER */
}

static const struct {
	const char *name;
	long (*run)(void);
} forbidden[] = {
	{"read a file", try_read_file},
	{"make a file", try_make_file},
	{"remove a file", try_remove},
	{"list a folder", try_folder},
	{"make a socket", try_socket},
	{"make a Unix socket", try_unix_socket},
	{"connect", try_connect},
	{"bind", try_bind},
	{"listen", try_listen},
	{"run a program", try_exec},
	{"fork", try_fork},
	{"trace the core", try_ptrace},
	{"read the core's memory", try_read_parent},
	{"kill the core", try_kill},
	{"kill a thread of the core", try_thread_kill},
	{"become root", try_root},
	{"change a mode", try_change_mode},
	{"map code", try_code},
	{"turn data to code", try_make_code},
	{"make a memory file", try_memory_file},
	{"make a ring", try_io_uring},
	{"load a filter", try_bpf},
	{"make a namespace", try_namespace},
};

#define FORBIDDEN (sizeof(forbidden) / sizeof(forbidden[0]))

/* What serving needs. */
static bool can_serve(void)
{
	struct epoll_event ev = {.events = EPOLLIN};
	struct timespec t;
	char c = 'x';
	void *p = malloc(4 << 20);
	bool ok = p != NULL;

	free(p);
	ok = ok && clock_gettime(CLOCK_MONOTONIC, &t) == 0 && getrandom(&c, 1, 0) == 1;
	ok = ok && epoll_ctl(a_file, EPOLL_CTL_ADD, pair[0], &ev) == 0;
	ok = ok && epoll_wait(a_file, &ev, 1, 0) >= 0;
	ok = ok && accept4(listening, NULL, NULL, SOCK_NONBLOCK) < 0 && errno == EAGAIN;
	ok = ok && send(pair[0], &c, 1, MSG_NOSIGNAL) == 1 && recv(pair[1], &c, 1, 0) == 1;
	return ok && shutdown(pair[0], SHUT_RDWR) == 0 && close(pair[0]) == 0;
}

struct report {
	char holds[100];
	bool serves;
	uint32_t uid;
	int error[FORBIDDEN]; /* 0: it was possible */
};

static void be_confined(int to)
{
	struct lw_buf holds = LW_BUF_INIT;
	struct report r = {0};

	lwd_confine(&holds);
	strncpy(r.holds, lw_buf_str(&holds), sizeof(r.holds) - 1);
	for (size_t i = 0; i < FORBIDDEN; i++) {
		errno = 0;
		r.error[i] = forbidden[i].run() < 0 ? errno : 0;
	}
	r.serves = can_serve();
	if (write(to, &r, sizeof(r)) != sizeof(r))
		_exit(1);
	_exit(0);
}

static void confined(struct report *r)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	int end[2], status;
	pid_t child;

	parent = getpid();
	old_socket = socket(AF_INET, SOCK_STREAM, 0);
	listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	a_file = epoll_create1(0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(old_socket >= 0 && listening >= 0 && a_file >= 0);
	assert_int_equal(bind(listening, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(pipe(end), 0);
	child = fork();
	if (child == 0)
		be_confined(end[1]);
	close(end[1]);
	assert_int_equal(read(end[0], r, sizeof(*r)), sizeof(*r));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(end[0]);
	close(old_socket);
	close(listening);
	close(a_file);
	close(pair[0]);
	close(pair[1]);
}

static void confined_process_can_do_nothing_but_serve(void **state)
{
	struct report r;

	(void)state;
	confined(&r);
	assert_true(r.serves);
	assert_non_null(strstr(r.holds, "no new privileges"));
	if (geteuid() == 0)
		assert_non_null(strstr(r.holds, "user 65534"));
	if (strstr(r.holds, "no seccomp"))
		skip(); /* this kernel has none */
	for (size_t i = 0; i < FORBIDDEN; i++)
		if (r.error[i] != EPERM && r.error[i] != EACCES)
			fail_msg("it can %s (%s)", forbidden[i].name, strerror(r.error[i]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(confined_process_can_do_nothing_but_serve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
