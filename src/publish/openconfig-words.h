/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_OPENCONFIG_WORDS_H
#define LW_OPENCONFIG_WORDS_H

#include <stddef.h>

struct lw_oc_word {
	const char *kind, *key, *word;
};

/* Made from data/openconfig-words.csv by gen/openconfig-words.py. */
extern const struct lw_oc_word lw_oc_words[];
extern const size_t lw_oc_word_n;

#endif
