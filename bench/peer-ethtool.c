/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ethtool's CMIS decoder as a peer of bench: peer-ethtool DUMP SECONDS prints how many times per
 * CPU second ethtool's own code turns the dump into its text. Built by peer-ethtool.sh against
 * ethtool's source, which is not part of Lanewise; never installed.
 *
 * ethtool asks the kernel for one page after the other; here each is a pointer into the dump. The
 * text goes through stdio to /dev/null, as bench's document does.
 */
#include "internal.h"

#include <errno.h>
#include <time.h>

#include "cmis.h"
#include "netlink/extapi.h"

#define BATCH 50

static u8 dump[65536];
static size_t dump_n;

/* Lower half at 0, page p of bank 0 at 128 * (1 + p). */
int nl_get_eeprom_page(struct cmd_context *ctx, struct ethtool_module_eeprom *request)
{
	size_t at = request->offset ? 128u * (1u + request->page) : 0;

	(void)ctx;
	if (request->bank || at + request->length > dump_n)
		return -EINVAL;
	request->data = dump + at;
	return 0;
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double start, spent, slice = argc == 3 ? atof(argv[2]) : 0;
	FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;
	int out = dup(STDOUT_FILENO);
	size_t n = 0;

	if (!f || out < 0 || !freopen("/dev/null", "w", stdout)) {
		fprintf(stderr, "usage: peer-ethtool DUMP SECONDS\n");
		return 2;
	}
	dump_n = fread(dump, 1, sizeof(dump), f);
	fclose(f);
	start = cpu_seconds();
	do {
		for (int i = 0; i < BATCH; i++)
			if (cmis_show_all_nl(NULL) < 0) {
				fprintf(stderr, "peer-ethtool: %s is no dump it can read\n",
					argv[1]);
				return 1;
			}
		n += BATCH;
		spent = cpu_seconds() - start;
	} while (spent < slice);
	dprintf(out, "%.1f\n", (double)n / spent);
	return 0;
}
