/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/image-bus.h>
#include <string.h>

static int image_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		      struct lw_error *reterr)
{
	const struct lw_image *img = ((struct lw_image_bus *)bus)->img;
	bool upper = a.byte >= 128;
	int slot = lw_map_slot(img->map, a.i2c, upper ? a.page : 0, upper);
	unsigned bank = 0;

	if (slot >= 0 && lw_map_slots(img->map, NULL)[slot].banked)
		bank = a.bank;
	if (slot < 0 || bank >= LW_BANKS_MAX || !img->present[bank][slot])
		return lw_fail_at(reterr, LW_ENOPAGE, a.page, a.byte,
				  "the dump does not hold page %02Xh", a.page);
	memcpy(ret, &img->slot[bank][slot][a.byte & 0x7f], n);
	return 0;
}

void lw_image_bus_init(struct lw_image_bus *b, const struct lw_image *img)
{
	static const struct lw_bus_ops ops = {.read = image_read};

	*b = (struct lw_image_bus){.bus = {.ops = &ops}, .img = img};
}
