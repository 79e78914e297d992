/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_EXPORT_H
#define LW_EXPORT_H

/** @file Marks what the shared library exports, with C linkage; everything else is hidden. */
#ifdef __cplusplus
#define LW_API extern "C" __attribute__((visibility("default")))
#else
#define LW_API __attribute__((visibility("default")))
#endif

#endif
