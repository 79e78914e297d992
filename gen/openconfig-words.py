#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the C table of OpenConfig's words: openconfig-words.py data/openconfig-words.csv OUT.c"""
import sys

import rows


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    complaints = rows.Complaints()
    found = rows.read(sys.argv[1], ("kind", "key", "word", "ref", "conf"), complaints)
    seen = set()
    for row in found:
        row.one_of("kind", ("form", "connector", "cable"))
        row.one_of("conf", ("high", "medium", "low"))
        if not row["key"] or not row["word"].isidentifier() or not row["ref"]:
            row.bad("no key, no ref, or the word is no identity")
        if (row["kind"], row["key"]) in seen:
            row.bad("is there twice")
        seen.add((row["kind"], row["key"]))
    complaints.finish()
    out = rows.banner("openconfig-words.py") + '#include "openconfig-words.h"\n\n'
    out += "const struct lw_oc_word lw_oc_words[] = {\n"
    for row in found:
        out += f"\t{{{', '.join(rows.c_string(row[c]) for c in ('kind', 'key', 'word'))}}},\n"
    rows.write(sys.argv[2], out + f"}};\n\nconst size_t lw_oc_word_n = {len(found)};\n")


main()
