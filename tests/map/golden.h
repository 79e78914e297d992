/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TEST_GOLDEN_H
#define LW_TEST_GOLDEN_H

/* The real dumps of tests/golden as input of other tests; include after cmocka.h. */

#include <lanewise/facts.h>
#include <lanewise/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUMP_MAX (1 << 18)

static const char *golden_dir = "tests/golden";

static inline void golden_init(int argc, char **argv)
{
	if (argc > 1)
		golden_dir = argv[1];
}

/* Read a dump; fails the test when it is not there. */
static inline size_t golden_dump(const char *module, uint8_t bytes[DUMP_MAX])
{
	char path[1024];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/dump.bin", golden_dir, module);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s: cannot open", path);
	n = fread(bytes, 1, DUMP_MAX, f);
	fclose(f);
	return n;
}

static inline void golden_decode(const uint8_t *bytes, size_t n, struct lw_facts *ret)
{
	static struct lw_image image;
	struct lw_error error;
	struct lw_view view;

	if (lw_image_parse(bytes, n, "dump", &image, &error))
		fail_msg("%s", error.message);
	lw_image_view(&image, &view);
	lw_facts_decode(&view, ret);
}

static inline void golden_facts(const char *module, struct lw_facts *ret)
{
	static uint8_t bytes[DUMP_MAX];

	golden_decode(bytes, golden_dump(module, bytes), ret);
}

#define QSFP_SR4    "sff8636-finisar-corp-ftl410qe3c-etg09fz"
#define QSFP28_LR4  "sff8636-fs-qsfp28-ir4-100g-c1812155461"
#define QSFP28_PSM4 "sff8636-innolight-tr-vc13t-n00-ingat6650079"
#define QSFP28_AOC  "sff8636-finisar-corp-fcbn425qb1c05-du8003e"
#define QSFP56_DAC  "sff8636-mellanox-mcp1650-v001e30-mt2010vs08329"
#define QSFP28_DAC  "sff8636-amphenol-ndaafj-0004-apf21440041rct"
#define SFP_SR      "sff8472-finisar-corp-ftlx8571d3bcl-mup0wb0"
#define SFP_DWDM    "sff8472-fs-dw44-10g-80-4214-g2006599998"
#define SFP_DAC     "sff8472-amphenol-571540007-apf112500749a3"
#define SFP28_DAC   "sff8472-amphenol-ndaqgf-0003-apf16250031kcu"
#define DD_XDR4     "cmis-arista-networks-qdd-400g-xdr4-xkt231212112"
#define DD_DAC      "cmis-mellanox-mcp1660-w00ae30-mt2019vs04795"
#define DD_ZR       "cmis-juniper-2e1-740-157132-2e1czfa750085"
#define OSFP_2FR4   "cmis-fboss-2x400g-fr4-synthetic"
#define OSFP_AEC    "cmis-credo-cac845301a2nc2xa-bl8j4455150002l"

#endif
