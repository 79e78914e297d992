/* SPDX-License-Identifier: Apache-2.0 */
#include "net-message.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

static struct nlmsghdr *begin(void *buf, uint32_t seq, uint16_t type, uint8_t command,
			      uint8_t version)
{
	struct nlmsghdr *h;
	struct genlmsghdr *g;

	memset(buf, 0, LW_NET_ROOM); /* libmnl leaves the padding of attributes as it finds it */
	h = mnl_nlmsg_put_header(buf);
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->cmd = command;
	g->version = version;
	return h;
}

size_t lw_net_ask_family(void *buf, uint32_t seq)
{
	struct nlmsghdr *h = begin(buf, seq, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);

	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
	return h->nlmsg_len;
}

size_t lw_net_ask_eeprom(void *buf, uint32_t seq, uint16_t family, const char *interface,
			 struct lw_addr a, size_t n)
{
	struct nlmsghdr *h =
		begin(buf, seq, family, ETHTOOL_MSG_MODULE_EEPROM_GET, ETHTOOL_GENL_VERSION);
	struct nlattr *nest = mnl_attr_nest_start(h, ETHTOOL_A_MODULE_EEPROM_HEADER);

	mnl_attr_put_strz(h, ETHTOOL_A_HEADER_DEV_NAME, interface);
	mnl_attr_nest_end(h, nest);
	mnl_attr_put_u32(h, ETHTOOL_A_MODULE_EEPROM_OFFSET, a.byte);
	mnl_attr_put_u32(h, ETHTOOL_A_MODULE_EEPROM_LENGTH, (uint32_t)n);
	/* the kernel refuses a page other than 0 below byte 128 */
	mnl_attr_put_u8(h, ETHTOOL_A_MODULE_EEPROM_PAGE, a.byte < 128 ? 0 : a.page);
	mnl_attr_put_u8(h, ETHTOOL_A_MODULE_EEPROM_BANK, a.byte < 128 ? 0 : a.bank);
	mnl_attr_put_u8(h, ETHTOOL_A_MODULE_EEPROM_I2C_ADDRESS, a.i2c);
	return h->nlmsg_len;
}

/* Where a message ends. */
static const char *tail(const struct nlmsghdr *h)
{
	return (const char *)h + h->nlmsg_len;
}

static void take_extack(struct lw_net_answer *to, const struct nlmsghdr *h, size_t skip)
{
	const struct nlattr *a = mnl_nlmsg_get_payload_offset(h, skip);

	for (; mnl_attr_ok(a, (int)(tail(h) - (const char *)a)); a = mnl_attr_next(a))
		if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(a, MNL_TYPE_NUL_STRING) == 0)
			snprintf(to->text, sizeof(to->text), "%s", mnl_attr_get_str(a));
}

/* NLMSG_ERROR: an acknowledge when its error is 0. */
static void take_error(struct lw_net_answer *to, const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
	size_t skip = sizeof(*e);

	to->done = true;
	if (mnl_nlmsg_get_payload_len(h) < sizeof(*e)) {
		snprintf(to->text, sizeof(to->text), "the kernel's answer is too short");
		to->sys = EPROTO;
		return;
	}
	to->sys = -e->error;
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	/* the request comes back before them, whole unless capped */
	if (!(h->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > sizeof(e->msg))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	if (skip <= mnl_nlmsg_get_payload_len(h))
		take_extack(to, h, skip);
}

static void take_family(struct lw_net_answer *to, const struct nlmsghdr *h)
{
	const struct nlattr *a = mnl_nlmsg_get_payload_offset(h, sizeof(struct genlmsghdr));

	for (; mnl_attr_ok(a, (int)(tail(h) - (const char *)a)); a = mnl_attr_next(a))
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_validate(a, MNL_TYPE_U16) == 0)
			to->family = mnl_attr_get_u16(a);
}

static void take_eeprom(struct lw_net_answer *to, const struct nlmsghdr *h)
{
	const struct nlattr *a = mnl_nlmsg_get_payload_offset(h, sizeof(struct genlmsghdr));

	for (; mnl_attr_ok(a, (int)(tail(h) - (const char *)a)); a = mnl_attr_next(a)) {
		if (mnl_attr_get_type(a) != ETHTOOL_A_MODULE_EEPROM_DATA)
			continue;
		to->n = mnl_attr_get_payload_len(a);
		if (to->n > sizeof(to->data))
			to->n = sizeof(to->data);
		memcpy(to->data, mnl_attr_get_payload(a), to->n);
	}
}

/* Is the next message whole? libmnl takes a length of 2 GiB and more for a negative one. */
static bool is_whole(const struct nlmsghdr *h, int left)
{
	return mnl_nlmsg_ok(h, left) && h->nlmsg_len <= (unsigned)left;
}

int lw_net_take(struct lw_net_answer *to, const void *buf, size_t n, uint32_t seq)
{
	const struct nlmsghdr *h = buf;
	int left = (int)n; /* a datagram, far below INT_MAX */

	if (!is_whole(h, left))
		return -1;
	for (; is_whole(h, left); h = mnl_nlmsg_next(h, &left)) {
		const struct genlmsghdr *g = mnl_nlmsg_get_payload(h);

		if (h->nlmsg_seq != seq)
			continue;
		if (h->nlmsg_type == NLMSG_ERROR)
			take_error(to, h);
		else if (h->nlmsg_type == NLMSG_DONE)
			to->done = true;
		else if (mnl_nlmsg_get_payload_len(h) < sizeof(*g))
			continue;
		else if (h->nlmsg_type == GENL_ID_CTRL && g->cmd == CTRL_CMD_NEWFAMILY)
			take_family(to, h);
		else if (h->nlmsg_type != GENL_ID_CTRL &&
			 g->cmd == ETHTOOL_MSG_MODULE_EEPROM_GET_REPLY)
			take_eeprom(to, h);
	}
	return 0;
}
