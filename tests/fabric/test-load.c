/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lanewise/fabric.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Two cages that everything below is plugged into; line numbers count from its first line. */
#define HEAD "fabric: t\ndevices:\n"
#define DEVICES                                                                                    \
	HEAD "  a: {cages: {p1: {form: OSFP, mode: 2x400G, module: OSFP-800G-DR8},\n"              \
	     "               p2: {form: OSFP, mode: 2x400G, module: OSFP-800G-2xFR4},\n"           \
	     "               p3: {form: OSFP, mode: 2x400G}}}\n"                                   \
	     "  b: {cages: {p1: {form: QSFP112, mode: 1x400G, module: QSFP112-400G-DR4},\n"        \
	     "               p2: {form: QSFP112, mode: 1x400G},\n"                                 \
	     "               p3: {form: QSFP112, mode: 1x400G}}}\n"
#define CABLES DEVICES "cables:\n" /* line 9; the first cable is line 10 */
#define CORD   "cord: hydra-mpo16-2mpo12, fibre: OS2, length_m: 3, "
#define DAC    "part: DAC-OSFP-2xQSFP112, length_m: 1, "

static const struct {
	const char *text;
	int line;
	const char *says;
} bad[] = {
	/* the file as a whole */
	{"", 1, "the file is empty"},
	{"~\n", 1, "the file is empty"},
	{"- a\n", 1, "the fabric is a list, not a map"},
	{"hello\n", 1, "the fabric is text, not a map"},
	{"devices: {}\ncables: []\n", 1, "the file has no fabric"},
	{"fabric:\ndevices: {}\ncables: []\n", 1, "the file has no fabric"},
	{"fabric: [a]\ndevices: {}\ncables: []\n", 1, "fabric of the file is a list, not text"},
	{"fabric: t\ncables: []\n", 1, "the fabric has no section devices"},
	{DEVICES, 1, "the fabric has no section cables; write \"cables: []\""},
	{"fabric: t\ndevice: {}\ncables: []\n", 2,
	 "unknown key \"device\" in the fabric; did you mean devices?"},
	{"fabric: t\nwhatever: {}\n", 2,
	 "unknown key \"whatever\" in the fabric; known are fabric, devices, cables"},
	{"fabric: t\nfabric: u\n", 2, "key \"fabric\" is already in line 1"},
	{"fabric: &t x\ndevices: *t\n", 2, "aliases (*name) are not allowed"},
	{"fabric: t\n---\nfabric: u\n", 2, "a second document begins here"},
	{"fabric: [t\ndevices: {}\n", 3, "not valid YAML"},
	{"fabric: \"t\\e[31m\"\n", 1, "control character 1bh"},
	{"fabric: t\n%YAML 1.2\n", 2, "a line may not begin with \"%\""},
	{"%%\n---\nfabric: t\n", 1, "a line may not begin with \"%\""},
	{"fabric: t\n# \xff\n", 2, "byte ffh is not UTF-8 text"},
	{"fabric: t\n# \xc0\xaf\n", 2, "byte c0h is not UTF-8 text"},
	{"fabric: t\n# \xe2\x82", 2, "byte e2h is not UTF-8 text"},
	{"fabric: t\n# \xed\xa0\x80\n", 2, "byte edh is not UTF-8 text"},
	{"fabric: t\n# \x1b[31m\n", 2, "control character 1bh"},
	{"? [a]\n: b\n", 1, "a key must be plain text"},
	{"a: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}}\n", 1, "nested deeper"},
	/* devices and cages */
	{"fabric: t\ndevices: x\ncables: []\n", 2, "devices must be a map"},
	{"fabric: t\ndevices: {}\ncables: []\n", 2,
	 "devices must be a map: NAME: {cages: {...}}, not empty"},
	{"fabric: t\ndevices: [x]\ncables: []\n", 2, "not a list"},
	{HEAD "  a: 5\ncables: []\n", 3, "device a is text, not a map"},
	{HEAD "  a: {accepts: {x: y}, cages: {}}\ncables: []\n", 3, "accepts of device a must be"},
	{HEAD "  a: {override: maybe, cages: {}}\ncables: []\n", 3,
	 "override of device a must be off or on"},
	{HEAD "  a: {protocol: fddi, cages: {}}\ncables: []\n", 3,
	 "protocol of device a must be ethernet or infiniband"},
	{HEAD "  a: {linear: 1, cages: {}}\ncables: []\n", 3,
	 "linear of device a must be off or on"},
	{HEAD "  a: {fecs: [rs528, kr4], cages: {}}\ncables: []\n", 3,
	 "fecs of device a: this is none; such as [none, base-r, rs528, rs544]"},
	{HEAD "  a: {cmis: new, cages: {}}\ncables: []\n", 3, "must be a revision such as 5.2"},
	{HEAD "  a: {cooling_w: -5, cages: {}}\ncables: []\n", 3,
	 "cooling_w of device a must be a number of watts above 0"},
	{HEAD "  a: {cages: {p: {form: OSFP, mode: 1x800G, autoneg: yes}}}\ncables: []\n", 3,
	 "autoneg of cage a/p must be on or off"},
	{HEAD "  a: {cages: {p: {form: OSFP, mode: 1x800G, max_power_w: 0}}}\ncables: []\n", 3,
	 "max_power_w of cage a/p must be"},
	{CABLES "  - {id: c, " CORD "a: a/p1, through: {splise: 1}}\n", 10,
	 "unknown element \"splise\" in through of cable c; did you mean splice?"},
	{CABLES "  - {id: c, " CORD "a: a/p1, through: {splice: 0}}\n", 10,
	 "splice must be a number from 1 to 100"},
	{CABLES "  - {id: c, " CORD "a: a/p1, pins: two}\n", 10, "pins of cable c must say"},
	{CABLES "  - {id: c, " CORD "a: a/p1, polish: [APC]}\n", 10, "polish of cable c must be"},
	{CABLES "  - {id: c, " DAC "a: a/p3, pins: a}\n", 10, "has a part and pins"},
	{HEAD "  a: {ports: {}}\ncables: []\n", 3, "unknown key \"ports\" in device a"},
	{HEAD "  a: {}\ncables: []\n", 3, "device a has no cages"},
	{HEAD "  a: {cages: []}\ncables: []\n", 3, "device a has no cages"},
	{HEAD "  a/b: {cages: {p: {}}}\ncables: []\n", 3, "device name \"a/b\" must have 1 to 64"},
	{HEAD "  \"\": {cages: {p: {}}}\ncables: []\n", 3, "device name \"\" must have 1 to 64"},
	{HEAD "  a:\n    cages:\n      \"p 1\": {}\ncables: []\n", 5,
	 "cage name \"p 1\" must have"},
	{HEAD "  a:\n    cages:\n      p: 5\ncables: []\n", 5, "cage a/p is text, not a map"},
	{HEAD "  a:\n    cages:\n      p: {form: OSFP, mod: x}\ncables: []\n", 5,
	 "unknown key \"mod\" in cage a/p; did you mean mode?"},
	{HEAD "  a:\n    cages:\n      p: {mode: 1x800G}\ncables: []\n", 5, "cage a/p has no form"},
	{HEAD "  a:\n    cages:\n      p: {form: OSPF, mode: 1x800G}\ncables: []\n", 5,
	 "unknown form factor \"OSPF\" of cage a/p; did you mean OSFP"},
	{HEAD "  a:\n    cages:\n      p: {form: OSFP}\ncables: []\n", 5, "cage a/p has no mode"},
	{HEAD "  a:\n    cages:\n      p:\n        form: OSFP\n        mode: 3x400G\ncables: []\n",
	 7,
	 "cage a/p (OSFP): mode \"3x400G\": 3 ports cannot share 8 lanes evenly; 2x400G would fit"},
	{HEAD "  a:\n    cages:\n      p: {form: OSFP, mode: [1]}\ncables: []\n", 5,
	 "mode of cage a/p is a list, not text"},
	{HEAD "  a:\n    cages:\n      p: {form: OSFP, mode: 1x800G, module: "
	      "OSFP-800G-DR9}\ncables: []\n",
	 5, "unknown module \"OSFP-800G-DR9\"; did you mean OSFP-800G-DR8"},
	{HEAD "  a:\n    cages:\n      p: {form: OSFP, mode: 1x800G, module: xyzzy}\ncables: []\n",
	 5, "unknown module \"xyzzy\""},
	{HEAD "  a:\n    cages:\n      p: {form: OSFP, mode: 1x800G, module: [x]}\ncables: []\n", 5,
	 "module of a/p is a list, not a name or {dump: FILE}"},
	{HEAD
	 "  a:\n    cages:\n      p: {form: OSFP, mode: 1x800G, module: {file: x}}\ncables: []\n",
	 5, "unknown key \"file\" in the module of a/p"},
	{HEAD
	 "  a:\n    cages:\n      p: {form: OSFP, mode: 1x800G, module: {dump: }}\ncables: []\n",
	 5, "the module of a/p has no dump"},
	{HEAD "  a:\n    cages:\n      p: {form: OSFP, mode: 1x800G, module: "
	      "DAC-OSFP-800G}\ncables: []\n",
	 5, "DAC-OSFP-800G is a cable, not a module; list it under cables"},
	{HEAD "  a:\n    cages:\n      p: {form: OSFP, mode: 1x800G, fec: kp5}\ncables: []\n", 5,
	 "unknown fec \"kp5\" of cage a/p; known are none, base-r, rs528, rs544"},
	{HEAD "  a:\n    cages:\n      p: {form: OSFP, mode: 1x800G, max_lane: 60G}\ncables: []\n",
	 5, "max_lane \"60G\" of cage a/p is no lane rate"},
	{HEAD "  a:\n    cages:\n      p: {form: OSFP, mode: 1x800G}\n      p: {form: "
	      "OSFP}\ncables: []\n",
	 6, "key \"p\" is already in line 5"},
	/* cables */
	{DEVICES "cables: 5\n", 9, "cables must be a list of {id: ..., a: ..., b: ...}, not text"},
	{CABLES "  - 5\n", 10, "a cable is text, not a map"},
	{CABLES "  - {lenght_m: 5}\n", 10,
	 "unknown key \"lenght_m\" in a cable; did you mean length_m?"},
	{CABLES "  - {" CORD "a: a/p1, b: b/p1}\n", 10, "a cable has no id"},
	{CABLES "  - {id: c, length_m: 3, a: a/p1, b: b/p1}\n", 10, "cable c needs one of cord"},
	{CABLES "  - {id: c, cord: duplex, part: x, length_m: 3, a: a/p1, b: b/p1}\n", 10,
	 "cable c needs one of cord"},
	{CABLES "  - {id: c, cord: hydra, fibre: OS2, length_m: 3, a: a/p1, b: b/p1}\n", 10,
	 "unknown cord \"hydra\"; did you mean hydra-mpo"},
	{CABLES "  - {id: c, cord: mpo16, length_m: 3, a: a/p1, b: b/p1}\n", 10,
	 "cable c has no fibre"},
	{CABLES "  - {id: c, cord: mpo16, fibre: OM9, length_m: 3, a: a/p1, b: b/p1}\n", 10,
	 "unknown fibre \"OM9\"; known are OM1"},
	{CABLES "  - {id: c, cord: mpo16, fibre: OS2, a: a/p1, b: b/p1}\n", 10,
	 "cable c has no length_m"},
	{CABLES "  - {id: c, cord: mpo16, fibre: OS2, length_m: 3m, a: a/p1, b: b/p1}\n", 10,
	 "length_m of cable c must be a number of metres above 0"},
	{CABLES "  - {id: c, cord: mpo16, fibre: OS2, length_m: -3, a: a/p1, b: b/p1}\n", 10,
	 "must be a number of metres above 0"},
	{CABLES "  - {id: c, cord: mpo16, fibre: OS2, length_m: 0, a: a/p1, b: b/p1}\n", 10,
	 "must be a number of metres above 0"},
	{CABLES "  - {id: c, cord: mpo16, fibre: OS2, length_m: 1.2.3, a: a/p1, b: b/p1}\n", 10,
	 "must be a number of metres above 0"},
	{CABLES "  - {id: c, cord: mpo16, fibre: OS2, length_m: 9999999, a: a/p1, b: b/p1}\n", 10,
	 "must be a number of metres above 0"},
	{CABLES "  - {id: c, part: DAC-OSFP-2xQSFP113, length_m: 1, a: a/p3, b: b/p2}\n", 10,
	 "unknown cable part \"DAC-OSFP-2xQSFP113\"; did you mean DAC-OSFP-2xQSFP112"},
	{CABLES "  - {id: c, part: OSFP-800G-DR8, length_m: 1, a: a/p3, b: b/p2}\n", 10,
	 "OSFP-800G-DR8 is a module, not a cable with fixed ends"},
	{CABLES "  - {id: c, part: DAC-OSFP-2xQSFP112/far, length_m: 1, a: a/p3, b: b/p2}\n", 10,
	 "is only the far plug of a cable"},
	{CABLES "  - {id: c, fibre: OS2, " DAC "a: a/p3, b: b/p2}\n", 10,
	 "cable c has a part and a fibre"},
	{CABLES "  - {id: c, " CORD "b: b/p1}\n", 10, "cable c has no end a"},
	{CABLES "  - {id: c, " CORD "a: a/p1}\n", 10, "cable c has no end b"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: []}\n", 10, "b of cable c is an empty list"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: [b/p1, ~, b/p2]}\n", 10,
	 "b of cable c lists 3 ends, but hydra-mpo16-2mpo12 has 2 legs"},
	{CABLES "  - {id: c, " CORD "a: [a/p1], b: b/p1}\n", 10,
	 "an end of cable c is a list, not \"device/cage\""},
	{CABLES "  - {id: c, " CORD "a: a/p11, b: b/p1}\n", 10,
	 "cable c ends at \"a/p11\", which is no cage; did you mean a/p1?"},
	{CABLES "  - {id: c, " CORD "a: a/p1#x, b: b/p1}\n", 10,
	 "behind \"#\" goes the number of a receptacle"},
	{CABLES "  - {id: c, " CORD "a: a/p1#2, b: b/p1}\n", 10,
	 "\"a/p1#2\": OSFP-800G-DR8 has 1 receptacle"},
	{CABLES "  - {id: c, " CORD "a: a/p2, b: b/p1}\n", 10,
	 "OSFP-800G-2xFR4 has 2 receptacles: say which, a/p2#1 to a/p2#2"},
	{CABLES "  - {id: c, " CORD "a: a/p3, b: b/p1}\n", 10,
	 "cage a/p3 holds no module (line 5), so no cord can be plugged in"},
	{CABLES "  - {id: c, " DAC "a: a/p3#1, b: b/p2}\n", 10,
	 "a cable with fixed ends has no numbers of receptacles or ports; write a/p3"},
	{CABLES "  - {id: c, " DAC "a: a/p1, b: b/p2}\n", 10,
	 "cage a/p1 holds a module (line 3); a cable with fixed ends needs the cage empty"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1}\n"
		"  - {id: d, " CORD "a: a/p1, b: ~}\n",
	 11, "cable d has no end b"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1}\n"
		"  - {id: d, cord: duplex, fibre: OS2, length_m: 1, a: a/p2#1, b: b/p1}\n",
	 11, "port b/p1 is used twice: already in line 10"},
	{CABLES "  - {id: c, cord: duplex, fibre: OS2, length_m: 1, a: a/p2#2, b: b/p1}\n"
		"  - {id: d, cord: duplex, fibre: OS2, length_m: 1, a: a/p1, b: a/p2#2}\n",
	 11, "port a/p2#2 is used twice: already in line 10"},
	{CABLES "  - {id: c, " DAC "a: a/p3, b: [b/p2, b/p2]}\n", 10,
	 "port b/p2 is used twice: already in line 10"},
	{CABLES "  - {id: c, " DAC "a: a/p3, b: b/p2}\n"
		"  - {id: d, cord: mpo12, fibre: OS2, length_m: 1, a: b/p1, b: b/p2}\n",
	 11, "cage b/p2 holds no module"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1}\n"
		"  - {id: c, " DAC "a: a/p3, b: b/p2}\n",
	 11, "cable id \"c\" is already in line 10"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1, polarity: D}\n", 10,
	 "polarity of cable c must be A, B or C"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1, polarity: [A, C]}\n", 10,
	 "does not go with a harness of 2 legs"},
	{CABLES "  - {id: c, cord: duplex, fibre: OS2, length_m: 1, a: a/p2#1, b: a/p2#2,\n"
		"     polarity: B}\n",
	 11, "must be crossed (as it should be) or straight"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1, lanes: [1, 2]}\n", 10,
	 "must list for each of the 8 lane pairs"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1, lanes: [1, 1, 2, 3, 4, 5, 6, 7]}\n", 10,
	 "two lane pairs end at 1"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1, lanes: [9, 1, 2, 3, 4, 5, 6, 7]}\n", 10,
	 "entry 1 is no lane pair from 1 to 8"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1, broken: [0]}\n", 10,
	 "broken of cable c lists lane pairs of end a, 1 to 8"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1, dirt_db: -1}\n", 10,
	 "dirt_db of cable c is the loss by dirty connectors"},
	{CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1, dirt_db: [1, 2, 3]}\n", 10,
	 "lists 3 numbers for 2 legs"},
	{CABLES "  - {id: c, " DAC "a: a/p3, b: b/p2, broken: [1]}\n", 10,
	 "a cable with fixed ends is closed"},
	{HEAD "  a: {cages: {p: {form: OSFP, mode: 1x800G, module: {dump: x, recipe: y}}}}\n"
	      "cables: []\n",
	 3, "needs one of dump, recipe and trace"},
};

static void load_wrong_file_says_what_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct lw_fabric f = {.cage_n = 99};
		struct lw_error e = {0};
		struct lw_arena arena;
		int rc;

		lw_arena_init(&arena, 0);
		rc = lw_fabric_load(bad[i].text, strlen(bad[i].text), "t.yaml", &arena, &f, &e);
		if (!rc)
			fail_msg("row %zu is accepted: %s", i, bad[i].text);
		assert_true(rc == LW_EINVAL || rc == LW_ELIMIT);
		assert_int_equal(e.code, rc);
		assert_int_equal(f.cage_n, 99); /* outputs are never clobbered */
		assert_string_equal(e.where, "t.yaml");
		if (e.line != bad[i].line || !strstr(e.message, bad[i].says))
			fail_msg("row %zu, wanted line %d \"%s\", got line %d \"%s\" for\n%s", i,
				 bad[i].line, bad[i].says, e.line, e.message, bad[i].text);
		assert_null(strchr(e.message, '\n'));
		lw_arena_finish(&arena);
	}
}

static struct lw_fabric load(struct lw_arena *arena, const char *text)
{
	struct lw_error e = {0};
	struct lw_fabric f;

	if (lw_fabric_load(text, strlen(text), "t.yaml", arena, &f, &e))
		fail_msg("%s:%d: %s", e.where, e.line, e.message);
	return f;
}

static void load_right_file_keeps_every_word(void **state)
{
	struct lw_arena arena;
	struct lw_fabric f;
	const struct lw_cage *c;

	(void)state;
	lw_arena_init(&arena, 0);
	f = load(&arena, CABLES "  - {id: c, " CORD "a: a/p1, b: [~, b/p1]}\n"
				"  - {id: d, " DAC "a: a/p3, b: [b/p2, b/p3]}\n"
				"  - {id: e, cord: duplex, fibre: os2, length_m: 0.5,\n"
				"     a: a/p2#1, b: a/p2#2}\n");
	assert_string_equal(f.name, "t");
	assert_string_equal(f.file, "t.yaml");
	assert_int_equal(f.cage_n, 6);
	assert_int_equal(f.cable_n, 3);
	c = &f.cages[lw_fabric_cage_find(&f, "a/p2")];
	assert_string_equal(c->id, "a/p2");
	assert_string_equal(c->device, "a");
	assert_string_equal(c->name, "p2");
	assert_int_equal(c->line, 4);
	assert_string_equal(c->form->name, "OSFP");
	assert_string_equal(c->mode_text, "2x400G");
	assert_int_equal(c->mode.n, 2);
	assert_string_equal(c->part->name, "OSFP-800G-2xFR4");
	assert_string_equal(c->adapter, "");
	assert_int_equal(c->cable, -1);
	assert_int_equal(f.cables[0].a.receptacle, -1);
	assert_int_equal(f.cables[0].b_n, 2);
	assert_int_equal(f.cables[0].b[0].cage, -1);
	assert_string_equal(f.cages[f.cables[0].b[1].cage].id, "b/p1");
	assert_string_equal(f.cables[1].part->name, "DAC-OSFP-2xQSFP112");
	assert_int_equal(f.cages[f.cables[1].a.cage].cable, 1);
	assert_ptr_equal(f.cages[f.cables[1].a.cage].part, f.cables[1].part);
	assert_ptr_equal(f.cages[f.cables[1].b[1].cage].part, f.cables[1].part->far);
	assert_int_equal(f.cables[2].grade, LW_OS2);
	assert_true(f.cables[2].length_m == 0.5);
	assert_int_equal(f.cables[2].a.receptacle, 0);
	assert_int_equal(f.cables[2].b[0].receptacle, 1);
	assert_int_equal(f.cables[2].line, 12);
	assert_int_equal(lw_fabric_cage_find(&f, "a/p9"), -1);
	assert_int_equal(lw_fabric_cage_find(&f, ""), -1);
	lw_arena_finish(&arena);
}

static void load_cage_options_are_read(void **state)
{
	struct lw_arena arena;
	struct lw_fabric f;

	(void)state;
	lw_arena_init(&arena, 0);
	f = load(&arena,
		 HEAD "  a:\n    cages:\n"
		      "      p: {form: osfp, mode: 4x25G(4), module: {dump: m.bin}, fec: fc,\n"
		      "          adapter: OSFP-to-QSFP, max_lane: 50G}\n"
		      "      q: {form: OSFP, mode: 1x800G, module: ~, fec: off}\n"
		      "cables: []\n");
	assert_string_equal(f.cages[0].dump, "m.bin");
	assert_null(f.cages[0].part);
	assert_string_equal(f.cages[0].fec, "BASE-R");
	assert_string_equal(f.cages[0].adapter, "OSFP-to-QSFP");
	assert_int_equal(f.cages[0].max_baud_kbd, 26562500);
	assert_string_equal(f.cages[1].fec, "none");
	assert_null(f.cages[1].part);
	assert_null(f.cages[1].dump);
	lw_arena_finish(&arena);
}

/* A file that is far too big, or made of keys only, must be refused or read in a moment. */
static void load_huge_input_is_bounded(void **state)
{
	size_t n = (5u << 20), used;
	char *text = malloc(n + 1);
	struct lw_arena arena;
	struct lw_fabric f;
	struct lw_error e = {0};

	(void)state;
	assert_non_null(text);
	memset(text, ' ', n);
	lw_arena_init(&arena, 0);
	assert_int_equal(lw_fabric_load(text, n, "t.yaml", &arena, &f, &e), LW_ELIMIT);
	assert_non_null(strstr(e.message, "bytes; at most"));
	lw_arena_finish(&arena);

	used = (size_t)sprintf(text, "fabric: t\ndevices: [");
	while (used < (2u << 20)) {
		memcpy(text + used, "a,", 2);
		used += 2;
	}
	lw_arena_init(&arena, 0);
	assert_int_equal(lw_fabric_load(text, used, "t.yaml", &arena, &f, &e), LW_ELIMIT);
	assert_non_null(strstr(e.message, "more entries"));
	lw_arena_finish(&arena);
	free(text);
}

/* Every allocation fails once: an error each time, nothing leaks, nothing crashes. */
static void load_out_of_memory_is_an_error(void **state)
{
	static const char text[] = CABLES "  - {id: c, " CORD "a: a/p1, b: b/p1}\n";
	struct lw_arena arena;
	struct lw_fabric f;
	size_t need;

	(void)state;
	lw_arena_init(&arena, 0);
	assert_int_equal(lw_fabric_load(text, sizeof(text) - 1, "t", &arena, &f, NULL), 0);
	need = arena.used;
	lw_arena_finish(&arena);
	for (size_t limit = 1; limit < need; limit += 16) {
		struct lw_error e = {0};

		lw_arena_init(&arena, limit);
		assert_int_equal(lw_fabric_load(text, sizeof(text) - 1, "t", &arena, &f, &e),
				 LW_ENOMEM);
		assert_int_equal(e.code, LW_ENOMEM);
		lw_arena_finish(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(load_wrong_file_says_what_and_where),
		cmocka_unit_test(load_right_file_keeps_every_word),
		cmocka_unit_test(load_cage_options_are_read),
		cmocka_unit_test(load_huge_input_is_bounded),
		cmocka_unit_test(load_out_of_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
