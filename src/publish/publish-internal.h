/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PUBLISH_INTERNAL_H
#define LW_PUBLISH_INTERNAL_H

#include <lanewise/publish.h>

/* metrics.c: OpenMetrics 1.0, and the text format 0.0.4 that was before it */
int lw_publish_openmetrics(const struct lw_publish_source *s, struct lw_publish_memory *m,
			   struct lw_buf *ret, struct lw_error *reterr);
int lw_publish_prometheus(const struct lw_publish_source *s, struct lw_publish_memory *m,
			  struct lw_buf *ret, struct lw_error *reterr);

/* state-db.c: SONiC's STATE_DB as commands of Redis */
int lw_publish_sonic(const struct lw_publish_source *s, struct lw_publish_memory *m,
		     struct lw_buf *ret, struct lw_error *reterr);

/* openconfig.c: components of OpenConfig as JSON */
int lw_publish_openconfig(const struct lw_publish_source *s, struct lw_publish_memory *m,
			  struct lw_buf *ret, struct lw_error *reterr);
/* syslog.c: lines of RFC 5424 */
int lw_publish_syslog(const struct lw_publish_source *s, struct lw_publish_memory *m,
		      struct lw_buf *ret, struct lw_error *reterr);

/* Is `cage` of the device that is published, and managed? */
bool lw_publish_has_cage(const struct lw_publish_source *s, size_t cage);
/* Is one end of the link there? */
bool lw_publish_has_link(const struct lw_publish_source *s, size_t link);
/* Has the module of `cage` been identified, so that its facts hold? */
bool lw_publish_known(const struct lw_publish_source *s, size_t cage);

/*
 * Append `s` as valid UTF-8: a backslash before each of `special`, blanks for control characters,
 * U+FFFD for bytes that are no character.
 */
void lw_publish_escape(struct lw_buf *b, const char *s, const char *special);

/* What the module reports of the link that has media lane `lane` of the cage, NULL: none has; and
 * which of the report's lanes it is. */
const struct lw_dp_report *lw_publish_report(const struct lw_publish_source *s, size_t cage,
					     unsigned lane, unsigned *ret_bit);

/* Unix time of `t` in seconds. */
double lw_publish_unix(const struct lw_publish_source *s, struct lw_mono t);

#endif
