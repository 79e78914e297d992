/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PUBLISH_H
#define LW_PUBLISH_H

#include <lanewise/why.h>

/**
 * @file
 * What an engine knows, said in the words of other systems: an engine in, bytes out. One publisher
 * is one file. Nothing is read from any module, opened or sent: the shell takes the bytes where
 * they belong, and says what time it is. Not thread-safe.
 *
 * Some publishers say all they know each time ("metrics"), others only what has changed since they
 * were asked last ("syslog"); these need a memory of what was said. The shell asks again after a
 * run of the engine, or when somebody wants to know, and loses nothing by asking seldom but time.
 */

/** A way by which the shell sends what a publisher says, as metrics tell of it. */
struct lw_publish_sender {
	const char *name; /**< "redis"; the label of its metrics */
	const char *to;   /**< where to: "unix:/run/redis/redis.sock", "127.0.0.1 port 514" */
	bool up;          /**< what was said last was taken */
	char error[200];  /**< why it is not up, "": there was no trouble yet */
	uint64_t connections, messages;
	uint64_t lost; /**< messages that were not taken and are not sent again */
};

/** What is published. Everything is borrowed for the time of a call. Only `engine` is a must. */
struct lw_publish_source {
	const struct lw_engine *engine;
	const struct lw_why_host *host; /**< what the shell knows, for causes; nullable */
	const char *device;             /**< of the fabric, alone; NULL: every device */
	int64_t unix_ns;      /**< when the monotonic time was 0: nanoseconds since 1970, UTC */
	const char *version;  /**< of the program, NULL: not said */
	const char *hostname; /**< of the machine, for the log; NULL: not said */
	const char *database; /**< its number at the receiver; NULL: the system's own (SONiC: 6) */
	const struct lw_publish_sender *senders; /**< for metrics */
	size_t sender_n;
};

/** What a publisher said last; for one publisher and one receiver alone. */
struct lw_publish_memory;

/** An empty memory: at first everything is new. @return 0 or LW_ENOMEM */
LW_API int lw_publish_memory_create(struct lw_publish_memory **ret, struct lw_error *reterr);
/** Forget all: the receiver was exchanged or lost what it was told. */
LW_API void lw_publish_memory_forget(struct lw_publish_memory *m);
LW_API void lw_publish_memory_destroy(struct lw_publish_memory *m);
/** Was `key` ("TRANSCEIVER_INFO|Ethernet0") said, and not taken back since? */
LW_API bool lw_publish_memory_holds(struct lw_publish_memory *m, const char *key);

/** The tables that "sonic" writes, each alone: a hash of theirs that it does not hold is stale. */
LW_API const char *const *lw_publish_sonic_tables(size_t *ret_n);

/** One system's words. */
struct lw_publisher {
	const char *name;  /**< "metrics" */
	const char *about; /**< one phrase */
	const char *type;  /**< media type of what it says, with its parameters */
	bool changes;      /**< with a memory it says only what changed */
	bool one_device;   /**< its names are those of one device: `device` must be given */
	/** called by lw_publish() */
	int (*say)(const struct lw_publish_source *s, struct lw_publish_memory *m,
		   struct lw_buf *ret, struct lw_error *reterr);
};

/** The log says at most so many lines about one link or cage in a window. */
#define LW_SYSLOG_BURST     6
#define LW_SYSLOG_WINDOW_MS 60000

/** @return all publishers; `*ret_n` receives their number */
LW_API const struct lw_publisher *lw_publishers(size_t *ret_n);
/** @return the publisher of that name, or NULL */
LW_API const struct lw_publisher *lw_publisher_find(const char *name);

/**
 * Say it.
 * @param m    NULL, or what was said before; only publishers with `changes` use it. On failure
 *             all is forgotten, so that nothing is lost.
 * @param ret  appended to; as it was on failure
 * @return 0; LW_EINVAL (no such device, or none given where names would clash), LW_ENOMEM
 */
LW_API int lw_publish(const struct lw_publisher *p, const struct lw_publish_source *s,
		      struct lw_publish_memory *m, struct lw_buf *ret, struct lw_error *reterr);

#endif
