/* SPDX-License-Identifier: Apache-2.0 */
/* For targets that read YAML. */
#ifndef LW_TESTS_FUZZ_YAML_H
#define LW_TESTS_FUZZ_YAML_H

#include "fuzz.h"

const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 leaks its scratch text on some broken quoted scalars; ours must not leak. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml.so";
}

#endif
