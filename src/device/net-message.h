/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_NET_MESSAGE_H
#define LW_NET_MESSAGE_H

#include <lanewise/bus.h>

/**
 * @file
 * Generic netlink messages of ethtool, built and taken apart; nothing is sent here. See
 * Documentation/networking/ethtool-netlink.rst of Linux, MODULE_EEPROM_GET.
 */

/* Room for any request, and for a reply with 128 bytes of memory. */
#define LW_NET_ROOM 4096

/* "Which id has the family `ethtool`?" @return bytes of the message */
size_t lw_net_ask_family(void *buf, uint32_t seq);

/* "Give me `n` bytes of the module." @return bytes of the message */
size_t lw_net_ask_eeprom(void *buf, uint32_t seq, uint16_t family, const char *interface,
			 struct lw_addr a, size_t n);

/* What one datagram says about request `seq`. */
struct lw_net_answer {
	bool done;       /* the request is over */
	int sys;         /* errno it ended with, 0: well */
	char text[128];  /* the kernel's own words (extended ACK), "" if none */
	uint16_t family; /* 0: not told */
	uint8_t data[128];
	size_t n; /* bytes of the module */
};

/*
 * Add what a datagram says; messages of other requests are passed over.
 * @return 0, or -1: no netlink messages
 */
int lw_net_take(struct lw_net_answer *to, const void *buf, size_t n, uint32_t seq);

#endif
