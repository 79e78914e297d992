/* SPDX-License-Identifier: Apache-2.0 */
#include "device-internal.h"
#include "net-message.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * A peer that speaks generic netlink as the kernel does. The messages are typed by hand from
 * linux/netlink.h, linux/genetlink.h and linux/ethtool_netlink.h, as a little-endian machine sends
 * them; nothing of our own encoder is in them.
 */

/* GETFAMILY (3) of the controller (10h): REQUEST|ACK, request 1, attribute 2 "ethtool". */
static const char ask_family[] = "20000000 1000 0500 01000000 00000000  03 01 0000"
				 "0c00 0200 6574 6874 6f6f 6c00";

/* NEWFAMILY (1): name, id 15h, version 1, header size 0, highest attribute 0. */
static const char family[] = "40000000 1000 0000 01000000 34120000  01 02 0000"
			     "0c00 0200 6574 6874 6f6f 6c00"
			     "0600 0100 1500 0000"
			     "0800 0300 01000000"
			     "0800 0400 00000000"
			     "0800 0500 00000000";

/* Acknowledge of request 1: NLMSG_ERROR (2), CAPPED, error 0, the request's header. */
static const char family_ack[] = "24000000 0200 0001 01000000 34120000  00000000"
				 "20000000 1000 0500 01000000 00000000";

/* MODULE_EEPROM_GET (1fh): header {eth0}, offset 128, length 4, page 11h, bank 1, address 50h. */
static const char ask_page[] = "4c000000 1500 0500 02000000 00000000  1f 01 0000"
			       "1000 0180 0900 0200 65746830 00000000"
			       "0800 0200 80000000"
			       "0800 0300 04000000"
			       "0500 0400 11000000"
			       "0500 0500 01000000"
			       "0500 0600 50000000";

/* MODULE_EEPROM_GET_REPLY (20h): header {index 2, eth0}, data 44 33 22 11. */
static const char page[] = "34000000 1500 0000 02000000 34120000  20 01 0000"
			   "1800 0180 0800 0100 02000000 0900 0200 65746830 00000000"
			   "0800 0700 44332211";

static const char page_ack[] = "24000000 0200 0001 02000000 34120000  00000000"
			       "4c000000 1500 0500 02000000 00000000";

/* EBUSY (-16) with the kernel's words, CAPPED|ACK_TLVS: "Module firmware flashing is in progress".
 */
static const char page_busy[] = "50000000 0200 0003 02000000 34120000  f0ffffff"
				"4c000000 1500 0500 02000000 00000000"
				"2c00 0100 4d6f64756c65206669726d7761726520666c617368696e6720697320"
				"696e2070726f677265737300";

/* EINVAL (-22), ACK_TLVS but not capped: the whole request comes back before "no page". */
static const char page_invalid[] = "6c000000 0200 0002 02000000 34120000  eaffffff"
				   "4c000000 1500 0500 02000000 00000000  1f 01 0000"
				   "1000 0180 0900 0200 65746830 00000000"
				   "0800 0200 80000000"
				   "0800 0300 04000000"
				   "0500 0400 11000000"
				   "0500 0500 01000000"
				   "0500 0600 50000000"
				   "0c00 0100 6e6f207061676500";

struct peer {
	int fd;
	struct lw_device *d;
};

static size_t from_hex(const char *s, uint8_t *ret, size_t room)
{
	size_t n = 0;

	for (unsigned high = 16; *s; s++) {
		unsigned v = *s >= '0' && *s <= '9'   ? (unsigned)(*s - '0')
			     : *s >= 'a' && *s <= 'f' ? (unsigned)(*s - 'a' + 10)
						      : 16;

		if (v == 16)
			continue;
		if (high == 16) {
			high = v;
			continue;
		}
		assert_true(n < room);
		ret[n++] = (uint8_t)(high << 4 | v);
		high = 16;
	}
	return n;
}

static void say(struct peer *p, const char *hex)
{
	uint8_t buf[512];
	size_t n = from_hex(hex, buf, sizeof(buf));
	uint32_t len;

	memcpy(&len, buf, 4);
	assert_int_equal(len, n); /* or the message was typed wrong */
	assert_int_equal(send(p->fd, buf, n, 0), n);
}

static void expect(struct peer *p, const char *hex)
{
	uint8_t want[512], got[512];
	size_t n = from_hex(hex, want, sizeof(want));

	assert_int_equal(recv(p->fd, got, sizeof(got), MSG_DONTWAIT), n);
	assert_memory_equal(got, want, n);
}

/* Open on a peer that has said what is in `family` and `family_ack`. */
static void start(struct peer *p, const struct lw_device_options *opt)
{
	struct lw_error e;
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	p->fd = fd[1];
	p->d = NULL;
	say(p, family);
	say(p, family_ack);
	if (lw_net_open_fd(fd[0], "eth0", "net:eth0", opt, &p->d, &e))
		fail_msg("%s", e.message);
	expect(p, ask_family);
}

static void finish(struct peer *p)
{
	lw_device_close(p->d);
	close(p->fd);
}

static int read_page(struct peer *p, uint8_t ret[4], struct lw_error *reterr)
{
	struct lw_addr a = {0x50, 1, 0x11, 128};

	return lw_bus_read(lw_device_bus(p->d), a, ret, 4, reterr);
}

static void net_page_is_asked_and_read(void **state)
{
	static const uint8_t want[4] = {0x44, 0x33, 0x22, 0x11};
	struct lw_error e;
	struct peer p;
	uint8_t got[4];

	(void)state;
	start(&p, NULL);
	say(&p, page);
	say(&p, page_ack);
	assert_int_equal(read_page(&p, got, &e), 0);
	assert_memory_equal(got, want, 4);
	expect(&p, ask_page);
	finish(&p);
}

static void net_lower_half_is_asked_without_page_and_bank(void **state)
{
	struct lw_error e;
	struct peer p;
	uint8_t got[4];

	(void)state;
	start(&p, NULL);
	say(&p, page);
	say(&p, page_ack);
	assert_int_equal(
		lw_bus_read(lw_device_bus(p.d), (struct lw_addr){0x50, 3, 0x20, 2}, got, 4, &e), 0);
	expect(&p, "4c000000 1500 0500 02000000 00000000  1f 01 0000"
		   "1000 0180 0900 0200 65746830 00000000"
		   "0800 0200 02000000  0800 0300 04000000"
		   "0500 0400 00000000  0500 0500 00000000  0500 0600 50000000");
	finish(&p);
}

static void net_error_carries_the_words_of_the_kernel(void **state)
{
	struct lw_error e;
	struct peer p;
	uint8_t got[4];

	(void)state;
	start(&p, NULL);
	say(&p, page_busy);
	assert_int_equal(read_page(&p, got, &e), LW_ENACK);
	assert_int_equal(e.sys, EBUSY);
	assert_non_null(strstr(e.message, ": Module firmware flashing is in progress"));
	assert_int_equal(e.page, 0x11);
	assert_string_equal(e.where, "net:eth0");
	finish(&p);
}

static void net_error_behind_a_whole_request_is_read_too(void **state)
{
	struct lw_error e;
	struct peer p;
	uint8_t got[4];

	(void)state;
	start(&p, NULL);
	say(&p, page_invalid);
	assert_int_equal(read_page(&p, got, &e), LW_ENOPAGE);
	assert_int_equal(e.sys, EINVAL);
	assert_non_null(strstr(e.message, ": no page"));
	finish(&p);
}

/* Errors without words, by errno. */
static void net_errnos_have_their_codes(void **state)
{
	static const struct {
		const char *error;
		int code;
	} cases[] = {
		{"ffffffff", LW_EIO},       /* EPERM */
		{"edffffff", LW_EABSENT},   /* ENODEV */
		{"fbffffff", LW_ENACK},     /* EIO */
		{"92ffffff", LW_ETIMEDOUT}, /* ETIMEDOUT */
		{"a1ffffff", LW_ENOPAGE},   /* EOPNOTSUPP */
		{"f4ffffff", LW_EIO},       /* ENOMEM */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char hex[128] = "24000000 0200 0001 02000000 34120000 ";
		struct lw_error e;
		struct peer p;
		uint8_t got[4];

		strcat(hex, cases[i].error);
		strcat(hex, "4c000000 1500 0500 02000000 00000000");
		start(&p, NULL);
		say(&p, hex);
		assert_int_equal(read_page(&p, got, &e), cases[i].code);
		if (i == 0)
			assert_non_null(strstr(e.message, "CAP_NET_ADMIN"));
		finish(&p);
	}
}

static void net_late_answer_of_another_request_is_passed_over(void **state)
{
	struct lw_error e;
	struct peer p;
	uint8_t got[4];

	(void)state;
	start(&p, NULL);
	say(&p, family_ack); /* of request 1 */
	say(&p, page);
	say(&p, page_ack);
	assert_int_equal(read_page(&p, got, &e), 0);
	finish(&p);
}

static void net_fewer_bytes_than_asked_for_are_told(void **state)
{
	struct lw_error e;
	struct peer p;
	uint8_t got[4];

	(void)state;
	start(&p, NULL);
	say(&p, "34000000 1500 0000 02000000 34120000  20 01 0000"
		"1800 0180 0800 0100 02000000 0900 0200 65746830 00000000"
		"0600 0700 44330000");
	say(&p, page_ack);
	assert_int_equal(read_page(&p, got, &e), LW_ESHORT);
	finish(&p);
}

static void net_long_read_is_split_where_asked(void **state)
{
	struct lw_device_options opt = {.max_read = 2};
	struct lw_error e;
	struct peer p;
	uint8_t got[4];

	(void)state;
	start(&p, &opt);
	say(&p, "2c000000 1500 0000 02000000 34120000  20 01 0000"
		"1000 0180 0900 0200 65746830 00000000  0600 0700 44330000");
	say(&p, page_ack);
	say(&p, "2c000000 1500 0000 03000000 34120000  20 01 0000"
		"1000 0180 0900 0200 65746830 00000000  0600 0700 22110000");
	say(&p, "24000000 0200 0001 03000000 34120000  00000000"
		"4c000000 1500 0500 03000000 00000000");
	assert_int_equal(read_page(&p, got, &e), 0);
	assert_memory_equal(got, ((uint8_t[]){0x44, 0x33, 0x22, 0x11}), 4);
	expect(&p, "4c000000 1500 0500 02000000 00000000  1f 01 0000"
		   "1000 0180 0900 0200 65746830 00000000"
		   "0800 0200 80000000  0800 0300 02000000"
		   "0500 0400 11000000  0500 0500 01000000  0500 0600 50000000");
	expect(&p, "4c000000 1500 0500 03000000 00000000  1f 01 0000"
		   "1000 0180 0900 0200 65746830 00000000"
		   "0800 0200 82000000  0800 0300 02000000"
		   "0500 0400 11000000  0500 0500 01000000  0500 0600 50000000");
	finish(&p);
}

static void net_peer_that_goes_away_is_an_error(void **state)
{
	struct lw_error e;
	struct peer p;
	uint8_t got[4];

	(void)state;
	start(&p, NULL);
	shutdown(p.fd, SHUT_RDWR);
	assert_int_equal(read_page(&p, got, &e), LW_EIO);
	finish(&p);
}

static void net_writes_are_left_to_the_kernel(void **state)
{
	struct lw_error e;
	struct peer p;

	(void)state;
	start(&p, NULL);
	assert_int_equal(lw_bus_write(lw_device_bus(p.d), (struct lw_addr){0x50, 0, 0, 26},
				      (uint8_t[]){0}, 1, &e),
			 LW_ENOTSUP);
	assert_string_equal(lw_device_kind(p.d), "ethtool netlink");
	finish(&p);
}

static void net_kernel_without_ethtool_family_is_told(void **state)
{
	struct lw_device *d = NULL;
	struct lw_error e;
	struct peer p;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
	p.fd = fd[1];
	say(&p, "24000000 0200 0001 01000000 34120000  feffffff" /* ENOENT */
		"20000000 1000 0500 01000000 00000000");
	assert_int_equal(lw_net_open_fd(fd[0], "eth0", "net:eth0", NULL, &d, &e), LW_ENOTSUP);
	assert_non_null(strstr(e.message, "5.13"));
	assert_null(d);
	close(p.fd);
}

static void net_interface_that_is_not_there_is_told(void **state)
{
	struct lw_device *d = NULL;
	struct lw_error e;

	(void)state;
	assert_true(lw_device_named("net:no-such-0"));
	assert_false(lw_device_named("no-such-0"));
	assert_true(lw_device_named("lo"));
	assert_int_equal(lw_device_open("net:no-such-0", NULL, &d, &e), LW_ENOENT);
	assert_non_null(strstr(e.message, "no-such-0"));
}

/* The kernel of this machine: it has the family and says that `lo` has no module. */
static void net_real_kernel_answers_for_an_interface_without_module(void **state)
{
	struct lw_device *d = NULL;
	struct lw_error e;
	uint8_t b;
	int r = lw_device_open("net:lo", NULL, &d, &e);

	(void)state;
	if (r) {
		assert_int_equal(r, LW_ENOTSUP);
		print_message("this kernel has no ethtool netlink\n");
		return;
	}
	r = lw_bus_read(lw_device_bus(d), (struct lw_addr){.i2c = 0x50}, &b, 1, &e);
	assert_true(r == LW_ENOTSUP || (r == LW_EIO && e.sys == EPERM));
	lw_device_close(d);
}

static void net_garbage_never_crashes(void **state)
{
	static const char *const good[] = {family, family_ack, page, page_busy, page_invalid};
	uint64_t z = 1;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		union {
			uint32_t align;
			uint8_t bytes[512];
		} buf;
		size_t n = from_hex(good[i % 5], buf.bytes, sizeof(buf.bytes));
		struct lw_net_answer w = {0};

		for (unsigned k = 0; k < 1 + i % 3; k++) {
			z = z * 6364136223846793005u + 1442695040888963407u;
			buf.bytes[(z >> 33) % n] = (uint8_t)(z >> 56);
		}
		if (i % 7 == 0)
			n = (z >> 40) % (n + 1);
		(void)lw_net_take(&w, &buf, n, 1 + i % 2);
		assert_true(w.n <= sizeof(w.data));
		assert_non_null(memchr(w.text, 0, sizeof(w.text)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		cmocka_unit_test(net_page_is_asked_and_read),
		cmocka_unit_test(net_lower_half_is_asked_without_page_and_bank),
		cmocka_unit_test(net_error_carries_the_words_of_the_kernel),
		cmocka_unit_test(net_error_behind_a_whole_request_is_read_too),
		cmocka_unit_test(net_errnos_have_their_codes),
		cmocka_unit_test(net_late_answer_of_another_request_is_passed_over),
		cmocka_unit_test(net_fewer_bytes_than_asked_for_are_told),
		cmocka_unit_test(net_long_read_is_split_where_asked),
		cmocka_unit_test(net_peer_that_goes_away_is_an_error),
		cmocka_unit_test(net_writes_are_left_to_the_kernel),
		cmocka_unit_test(net_kernel_without_ethtool_family_is_told),
		cmocka_unit_test(net_garbage_never_crashes),
#endif
		cmocka_unit_test(net_interface_that_is_not_there_is_told),
		cmocka_unit_test(net_real_kernel_answers_for_an_interface_without_module),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
