/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_RENDER_INTERNAL_H
#define LW_RENDER_INTERNAL_H

#include <lanewise/index.h>
#include <lanewise/render.h>

#define NAME_SIZE 96

/** A word for a breakout (data/nos-modes.csv); 0 stands for any. */
struct nos_mode {
	const char *nos;
	uint32_t parent_mbps, count, rate_mbps, lanes;
	const char *word, *confidence, *note, *ref;
};

/** A word for a rate or a code (data/nos-words.csv). */
struct nos_word {
	const char *nos, *kind, *key, *word, *confidence, *ref;
};

enum render_part { LW_RENDER_CONFIG, LW_RENDER_VERIFY, LW_RENDER_UNDO, LW_RENDER_PARTS };

enum render_when {
	LW_WHEN_BEGIN, /**< once, if any port follows */
	LW_WHEN_PORT,  /**< each split port */
	LW_WHEN_LANES, /**< instead, where its parts do not share all lanes evenly */
	LW_WHEN_SUB,   /**< each part of a split port */
	LW_WHEN_WHOLE, /**< each port that is not split */
	LW_WHEN_FEC,   /**< each part or whole port whose cage says a code */
	LW_WHEN_END,   /**< once, if any port came before */
};

/** A line (data/nos-commands.csv). */
struct nos_command {
	const char *nos;
	enum render_part part;
	enum render_when when;
	const char *line, *confidence, *ref;
};

extern const struct lw_nos lw_nos_rows[];
extern const size_t lw_nos_rows_n;
extern const struct nos_mode lw_nos_modes[];
extern const size_t lw_nos_modes_n;
extern const struct nos_word lw_nos_words[];
extern const size_t lw_nos_words_n;
extern const struct nos_command lw_nos_commands[];
extern const size_t lw_nos_commands_n;

/* Variables of templates: gen/render.py puts one byte for each {name}. */
#define LW_V_port       "\001"
#define LW_V_id         "\002"
#define LW_V_n          "\003"
#define LW_V_m          "\004"
#define LW_V_l          "\005"
#define LW_V_k          "\006"
#define LW_V_lane       "\007"
#define LW_V_last       "\010"
#define LW_V_count      "\011"
#define LW_V_lanes      "\012"
#define LW_V_word       "\013"
#define LW_V_type       "\014"
#define LW_V_type_low   "\015"
#define LW_V_parent     "\016"
#define LW_V_parent_low "\017"
#define LW_V_back       "\020"
#define LW_V_rate       "\021"
#define LW_V_rate_low   "\022"
#define LW_V_mbps       "\023"
#define LW_V_sub        "\024"
#define LW_V_subs       "\025"
#define LW_V_fec        "\026"
#define LW_V_channels   "\027"

/** Ports of one rate and width that lie side by side. */
struct group {
	uint8_t first_port, count, first_lane, lanes; /**< lanes of each */
	uint32_t rate_mbps;
	const struct nos_mode *mode; /**< its word; NULL: the system has none */
};

/** One cage in the form between fabric and system. */
struct port {
	const struct lw_cage *cage;
	unsigned number;      /**< 1: the device's first */
	char name[NAME_SIZE]; /**< what the system calls it */
	const char *id;       /**< the numbers in it */
	unsigned at[3];       /**< the last of them, the one before, the one before that */
	uint32_t native_mbps; /**< all lanes of the cage at their fastest */
	bool whole;           /**< one port on all lanes */
	bool uneven;          /**< parts leave lanes over, or do not share them evenly */
	uint8_t group_n;
	struct group group[LW_LPORTS_MAX];
	const char *back; /**< word that undoes it, "" if none */
};

/** A finding that several ports share, of one device or of several. */
struct shared {
	const char *rule, *text, *remedy, *ref;
	enum lw_severity severity;
	const char *first;
	size_t n;
};

struct render {
	const struct lw_fabric *f;
	const struct lw_render_options *o;
	const struct lw_fdevice *d;
	const struct lw_nos *nos;
	struct lw_platform *platform; /**< of the device, NULL */
	struct lw_index cache;        /**< platform ports by number, modes by text: see sonic.c */
	const char **need;            /**< FEC that each logical port needs, NULL: not known */
	uint32_t *need_first;         /**< of each cage */
	struct lw_buf part[LW_RENDER_PARTS];
	bool begun[LW_RENDER_PARTS];
	size_t refused;
	struct lw_arena scratch; /**< of one device */
	struct lw_index names;   /**< that its ports took */
	struct lw_arena said;    /**< findings of all devices, and the next three */
	struct lw_index shared_by_text;
	struct shared *shared;
	size_t shared_n, shared_cap;
	struct lw_findings *findings;
	struct lw_error *reterr;
};

/** Say something of a port; equal texts become one finding. */
int lw_render_say(struct render *r, const struct lw_cage *c, const char *rule,
		  enum lw_severity severity, const char *remedy, const char *ref, const char *fmt,
		  ...) __attribute__((format(printf, 7, 8)));

/** Take a name for a cage; what two cages would take is said, since both would be configured there.
 */
int lw_render_claim(struct render *r, const struct lw_cage *c, const char *name);

/** Say that the system has no word for the FEC that the cage is told to run, if so. */
int lw_render_say_fec(struct render *r, const struct lw_cage *c);

/** Put a cage into the common form and name it. */
void lw_render_port(const struct lw_nos *nos, const struct lw_cage *c, size_t index, bool from_zero,
		    struct port *ret);

/** True when the cages of a device are counted from 0. */
bool lw_render_from_zero(const struct lw_fabric *f, const struct lw_fdevice *d);

/** The word of a kind, NULL if the system has none. */
const char *lw_nos_word(const struct lw_nos *nos, const char *kind, const char *key);
const char *lw_nos_rate_word(const struct lw_nos *nos, const char *kind, uint32_t mbps);

/** Name part `k` of group `g`; the port itself where it is whole. */
void lw_render_sub_name(const struct lw_nos *nos, const struct port *p, const struct group *g,
			unsigned k, char ret[NAME_SIZE]);

/** Write the lines of a part for one port. */
void lw_render_lines(struct render *r, enum render_part part, const struct port *p);

/** As lw_render_lines() of one kind, once for the device. */
void lw_render_once(struct render *r, enum render_part part, enum render_when when);

/** Render the device's cages. @return 0 or an error (reterr filled) */
int lw_render_with_lines(struct render *r);
int lw_render_sonic(struct render *r);
int lw_render_openconfig(struct render *r);

/** The number in a SONiC port's name, where its cage goes by such a name; else unchanged. */
void lw_render_sonic_base(struct port *p, unsigned *inout_base);

/** The sub-ports that SONiC makes of a cage; NULL: its platform makes none. */
struct sonic_port {
	const char *name, *mode, *back; /**< parent port, brkout_mode, the mode that undoes it */
	const struct lw_platform_mode *made;
	const char *refusal; /**< set when `made` is NULL */
	const char *near;
	bool unknown; /**< the platform has no such port */
};
int lw_render_sonic_port(struct lw_platform *p, struct lw_index *cache, const struct port *port,
			 struct sonic_port *ret);

#endif
