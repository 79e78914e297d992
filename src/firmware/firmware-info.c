/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware-internal.h"
#include <string.h>

const char *lw_firmware_bank_name(int bank)
{
	static const char *const names[] = {"A", "B", "fixed"};

	return bank >= 0 && bank < LW_FIRMWARE_BANKS ? names[bank] : "unknown";
}

const struct lw_firmware_verb *lw_firmware_verb_find(const char *name, size_t n)
{
	static const struct lw_firmware_verb verbs[] = {
		{"show", LW_FIRMWARE_QUERY, false},
		{"download", LW_FIRMWARE_DOWNLOAD, true},
		{"run", LW_FIRMWARE_RUN, false},
		{"commit", LW_FIRMWARE_COMMIT, false},
		{"copy", LW_FIRMWARE_COPY, false},
		{"abort", LW_FIRMWARE_GIVE_UP, false},
		{"update", LW_FIRMWARE_DOWNLOAD | LW_FIRMWARE_RUN | LW_FIRMWARE_COMMIT, true},
	};

	for (size_t k = 0; k < sizeof(verbs) / sizeof(verbs[0]); k++)
		if (strlen(verbs[k].name) == n && memcmp(verbs[k].name, name, n) == 0)
			return &verbs[k];
	return NULL;
}

const char *lw_firmware_phase_name(enum lw_firmware_phase p)
{
	static const char *const names[] = {"identify", "ask",    "abort",   "start",
					    "write",    "check",  "copy",    "run",
					    "restart",  "commit", "recover", "end"};

	return (unsigned)p < sizeof(names) / sizeof(names[0]) ? names[p] : "unknown";
}

/* Parts of the reply to 0100h that tell of one bank; what the fixed one does follows of the rest.
 */
static const struct {
	enum lw_cdb_part major, minor, build, extra, running, committed, invalid;
} parts[LW_FIRMWARE_BANKS] = {
	{LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_MAJOR, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_MINOR,
	 LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_BUILD, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_EXTRA,
	 LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_RUNNING, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_COMMITTED,
	 LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_INVALID},
	{LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_MAJOR, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_MINOR,
	 LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_BUILD, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_EXTRA,
	 LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_RUNNING, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_COMMITTED,
	 LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_INVALID},
	{LW_CDB_FIRMWARE_INFO_REPLY_FIXED_MAJOR, LW_CDB_FIRMWARE_INFO_REPLY_FIXED_MINOR,
	 LW_CDB_FIRMWARE_INFO_REPLY_FIXED_BUILD, LW_CDB_FIRMWARE_INFO_REPLY_FIXED_EXTRA, 0, 0, 0},
};

static void read_load(const uint8_t *reply, size_t n, int bank, struct lw_firmware_load *ret)
{
	size_t extra = lw_cdb_parts[parts[bank].extra].at, size = sizeof(ret->extra) - 1;

	ret->major = (uint8_t)lw_cdb_part_get(reply, n, parts[bank].major);
	ret->minor = (uint8_t)lw_cdb_part_get(reply, n, parts[bank].minor);
	ret->build = (uint16_t)lw_cdb_part_get(reply, n, parts[bank].build);
	if (extra >= n)
		return;
	if (size > n - extra)
		size = n - extra;
	memcpy(ret->extra, reply + extra, size);
	for (size = strlen(ret->extra); size && ret->extra[size - 1] == ' '; size--)
		ret->extra[size - 1] = '\0';
}

void lw_firmware_info_read(const uint8_t *reply, size_t n, const uint8_t active[2],
			   struct lw_firmware_info *ret)
{
	uint32_t there = lw_cdb_part_get(reply, n, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_INFORMATION);

	memset(ret, 0, sizeof(*ret));
	ret->status =
		(uint8_t)lw_cdb_part_get(reply, n, LW_CDB_FIRMWARE_INFO_REPLY_FIRMWARE_STATUS);
	ret->running = LW_FIRMWARE_FIXED;
	ret->committed = -1;
	memcpy(ret->active, active, sizeof(ret->active));
	for (int b = 0; b < LW_FIRMWARE_BANKS; b++) {
		struct lw_firmware_load *l = &ret->bank[b];

		l->stated = there >> b & 1 && lw_cdb_part_there(n, parts[b].build);
		if (l->stated)
			read_load(reply, n, b, l);
		l->valid = l->stated;
		if (b < LW_FIRMWARE_FIXED) {
			l->valid = !lw_cdb_part_get(reply, n, parts[b].invalid);
			l->running = lw_cdb_part_get(reply, n, parts[b].running);
			l->committed = lw_cdb_part_get(reply, n, parts[b].committed);
		}
		if (l->running)
			ret->running = b;
		if (l->committed)
			ret->committed = b;
	}
	ret->bank[LW_FIRMWARE_FIXED].running = ret->running == LW_FIRMWARE_FIXED;
}

int lw_firmware_features_read(const uint8_t *reply, size_t n, struct lw_firmware_features *ret,
			      struct lw_error *reterr)
{
	const int64_t octet = lw_host_numbers[LW_HOST_ACCESS_OCTET], page = 128;
	int64_t unit, access;

#define GET(part) lw_cdb_part_get(reply, n, LW_CDB_FIRMWARE_FEATURES_REPLY_##part)
	if (!lw_cdb_part_there(n, LW_CDB_FIRMWARE_FEATURES_REPLY_WRITE_MECHANISM_EPL))
		return lw_fail(reterr, LW_ESHORT,
			       "the reply to 0041h has %zu bytes and does not tell how firmware is "
			       "written",
			       n);
	*ret = (struct lw_firmware_features){
		.abort = GET(ABORT_CMD),
		.copy = GET(COPY_CMD),
		.skip_erased = GET(SKIP_ERASED),
		.readback = GET(LOAD_READBACK),
		.hitless = GET(HITLESS_RESTART),
		.lpl = GET(WRITE_MECHANISM_LPL),
		.epl = GET(WRITE_MECHANISM_EPL),
		.header = (uint8_t)GET(START_CMD_PAYLOAD_SIZE),
		.erased = (uint8_t)GET(ERASED_BYTE),
	};
	access = octet * (1 + (int64_t)GET(READ_WRITE_LENGTH_EXT));
	ret->epl_access = (uint16_t)access;
	ret->lpl_access = (uint16_t)(access < page ? access : page);
	unit = GET(DURATION_CODING) ? 10 : 1;
	ret->t_start = lw_ms(unit * GET(MAX_DURATION_START));
	ret->t_abort = lw_ms(unit * GET(MAX_DURATION_ABORT));
	ret->t_write = lw_ms(unit * GET(MAX_DURATION_WRITE));
	ret->t_complete = lw_ms(unit * GET(MAX_DURATION_COMPLETE));
	ret->t_copy = lw_ms(unit * GET(MAX_DURATION_COPY));
#undef GET
	return 0;
}

static int check_image(const struct lw_firmware_features *f, const struct lw_firmware_options *opt,
		       struct lw_error *reterr)
{
	if (opt->image_n <= f->header)
		return lw_fail(reterr, LW_EINVAL,
			       "an image of %zu bytes is no firmware: its header alone has %u",
			       opt->image_n, f->header);
	if (opt->image_n > UINT32_MAX)
		return lw_fail(reterr, LW_ELIMIT, "an image of %zu bytes is too large",
			       opt->image_n);
	if ((opt->image[0] << 8 | opt->image[1]) == lw_host_numbers[LW_HOST_GZIP_HEAD])
		return lw_fail(reterr, LW_EINVAL,
			       "the image is compressed (it begins 1F8Bh); unpack it with gunzip");
	if (f->header > lw_cdb_parts[LW_CDB_START_TRANSFER_VENDOR_DATA].width / 8)
		return lw_fail(reterr, LW_EIO,
			       "the module wants %u bytes of header, more than the start command "
			       "can carry",
			       f->header);
	return 0;
}

/* By which way: EPL moves up to 2048 bytes with one command, LPL 116. */
static int choose_way(const struct lw_cdb_ability *ability, const struct lw_firmware_features *f,
		      enum lw_firmware_way way, bool *ret_epl, struct lw_error *reterr)
{
	bool epl = f->epl && ability->epl_bytes;

	if (!epl && !f->lpl)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module advertises no way to write firmware (0041h)");
	if ((way == LW_FIRMWARE_BY_EPL && !epl) || (way == LW_FIRMWARE_BY_LPL && !f->lpl))
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module does not take firmware by %s; it takes it by %s",
			       way == LW_FIRMWARE_BY_EPL ? "EPL" : "LPL", epl ? "EPL" : "LPL");
	*ret_epl = way == LW_FIRMWARE_BEST ? epl : way == LW_FIRMWARE_BY_EPL;
	return 0;
}

int lw_firmware_plan_make(const struct lw_cdb_ability *ability,
			  const struct lw_firmware_features *f, const struct lw_firmware_info *info,
			  const struct lw_firmware_options *opt, struct lw_firmware_plan *ret,
			  struct lw_error *reterr)
{
	struct lw_firmware_plan p = {.header = f->header, .target = -1};
	uint32_t at = 0, n, all;
	int r = check_image(f, opt, reterr);

	if (!r)
		r = choose_way(ability, f, opt->way, &p.epl, reterr);
	if (r)
		return r;
	p.block = p.epl ? ability->epl_bytes : (uint16_t)lw_host_numbers[LW_HOST_LPL_BLOCK];
	if (opt->block && opt->block < p.block)
		p.block = opt->block;
	p.access = p.epl ? f->epl_access : f->lpl_access;
	p.bytes = (uint32_t)opt->image_n - p.header;
	if (info->running != LW_FIRMWARE_FIXED)
		p.target = info->running == LW_FIRMWARE_A ? LW_FIRMWARE_B : LW_FIRMWARE_A;
	*ret = p;
	for (all = (p.bytes - 1) / p.block + 1; (n = lw_firmware_block(&p, f, opt, &at)); at += n)
		ret->blocks++;
	ret->skipped = all - ret->blocks;
	ret->most.ns = f->t_start.ns + f->t_complete.ns + f->t_write.ns * ret->blocks;
	return 0;
}

static bool all_are(const uint8_t *p, uint32_t n, uint8_t value)
{
	while (n && *p == value)
		p++, n--;
	return !n;
}

uint32_t lw_firmware_block(const struct lw_firmware_plan *plan,
			   const struct lw_firmware_features *features,
			   const struct lw_firmware_options *opt, uint32_t *inout_at)
{
	const uint8_t *data = opt->image + plan->header;

	for (uint32_t at = *inout_at, n; at < plan->bytes; at += n) {
		n = plan->bytes - at < plan->block ? plan->bytes - at : plan->block;
		if (features->skip_erased && all_are(data + at, n, features->erased))
			continue;
		*inout_at = at;
		return n;
	}
	*inout_at = plan->bytes;
	return 0;
}

void lw_firmware_task_progress(const struct lw_firmware_task *t, struct lw_mono now,
			       struct lw_firmware_progress *ret)
{
	double seconds = (double)(now.ns - t->write_since.ns) / 1e9;

	*ret = (struct lw_firmware_progress){.total = (uint32_t)t->opt.image_n, .left = LW_NEVER};
	if (!t->has_plan)
		return;
	if (t->phase == LW_FIRMWARE_COMPLETE || !(t->left & LW_FIRMWARE_DOWNLOAD)) {
		ret->done = ret->total;
		ret->left = (struct lw_mono){0};
		seconds = (double)t->took.ns / 1e9;
	} else if (t->phase == LW_FIRMWARE_WRITE) {
		ret->done = t->plan.header + t->at;
	}
	if (seconds <= 0 || ret->done <= t->plan.header)
		return;
	ret->bytes_per_s = (ret->done - t->plan.header) / seconds;
	if (t->phase == LW_FIRMWARE_WRITE)
		ret->left.ns = (int64_t)((ret->total - ret->done) / ret->bytes_per_s * 1e9);
}
