/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DEVICE_INTERNAL_H
#define LW_DEVICE_INTERNAL_H

#include <lanewise/device.h>
#include <lanewise/management.h>

/* A kind of device embeds this and sets what is its own. */
struct lw_device {
	struct lw_bus bus; /* what users see: splits, checks and names, then calls `raw` */
	const struct lw_bus_ops *raw;
	void (*close)(struct lw_device *d); /* frees `d` too */
	struct lw_device_options opt;       /* with the defaults filled in */
	int fd;                             /* its file, for locks; -1: there is none to lock */
	uint8_t place;                      /* of the module among those of the file */
	bool kept;                          /* no other program may drive it */
	struct lw_guard *guard;             /* NULL: not guarded */
	char source[96];
	char kind[40];
};

/* What the kernel does for us; tests put a fake adapter in its place. */
struct lw_sys {
	int (*ioctl)(void *ctx, int fd, unsigned long request, void *arg);
	struct lw_mono (*now)(void *ctx);
	void (*sleep)(void *ctx, struct lw_mono span);
	void *ctx;
};

extern const struct lw_sys lw_sys_linux;

/* The I2C address that struct lw_addr calls 50h. */
#define LW_I2C_BASE   0x50
#define LW_I2C_PREFIX "/dev/i2c-"

/* Fill the common part. `kind` names it for people. */
void lw_device_init(struct lw_device *d, const char *source, const char *kind,
		    const struct lw_device_options *opt, const struct lw_bus_ops *raw,
		    void (*close)(struct lw_device *d));

/*
 * Finish what one of the functions below has opened: keep and guard it as its options say.
 * @return 0, or the device is closed
 */
int lw_device_finish(struct lw_device *d, struct lw_device **ret, struct lw_error *reterr);

/* Have the module for this program, until the device is closed. @return 0; LW_EIO: who has it */
int lw_device_keep(struct lw_device *d, struct lw_error *reterr);

/* As lw_fail_at(), with the errno behind it. */
int lw_device_fail(struct lw_error *reterr, int code, int sys, struct lw_addr a, const char *fmt,
		   ...) __attribute__((format(printf, 5, 6)));

/* "no permission for PATH": who may, by the owner of the file. @return `code` */
int lw_device_fail_permission(struct lw_error *reterr, int code, int sys, const char *source,
			      const char *path);

/*
 * What has to be known of a module to reach its pages: read from it, kept until it may be another.
 */
struct lw_identity {
	bool known;
	enum lw_map_id map;
	bool paged; /* there is a page select */
};

/* The first bytes of 50h that tell it; SFF-8472 says only at the end of them what is paged. */
#define LW_IDENTITY_SHORT 3
#define LW_IDENTITY_BYTES 65

/* Take it from the first `n` bytes of 50h, LW_IDENTITY_SHORT or (SFF-8472) LW_IDENTITY_BYTES. */
void lw_identity_take(struct lw_identity *id, const uint8_t *lower, size_t n);

/* How the page of an access is selected. */
struct lw_select {
	unsigned n;   /* bytes to write: 0 none needed, 1 page, 2 bank and page */
	uint8_t i2c;  /* as in lw_addr */
	uint8_t byte; /* first byte to write */
	uint8_t value[2];
};

/*
 * The select that access `a` needs on that module.
 * @return 0, or LW_ENOPAGE when the module cannot have the page
 */
int lw_select_for(const struct lw_identity *id, struct lw_addr a, struct lw_select *ret,
		  struct lw_error *reterr);

/* Would a cut before byte `cut` go through a number of the slot that `a` is in? */
bool lw_select_cuts(const struct lw_identity *id, struct lw_addr a, unsigned cut);

/* Does an access touch the bytes that select bank and page? */
bool lw_select_touched(const struct lw_identity *id, struct lw_addr a, size_t n);

int lw_i2c_open(const struct lw_sys *sys, const char *source, const struct lw_device_options *opt,
		struct lw_device **ret, struct lw_error *reterr);
/* The same on a descriptor that is open; it is closed with the device. */
int lw_i2c_open_fd(const struct lw_sys *sys, int fd, const char *source, unsigned adapter,
		   uint8_t base, const struct lw_device_options *opt, struct lw_device **ret,
		   struct lw_error *reterr);

int lw_eeprom_open(const char *path, const char *source, const struct lw_device_options *opt,
		   struct lw_device **ret, struct lw_error *reterr);

int lw_net_open(const char *interface, const char *source, const struct lw_device_options *opt,
		struct lw_device **ret, struct lw_error *reterr);
/* The same on a socket that is open: a generic netlink socket, or a peer that speaks like one. */
int lw_net_open_fd(int fd, const char *interface, const char *source,
		   const struct lw_device_options *opt, struct lw_device **ret,
		   struct lw_error *reterr);

#endif
