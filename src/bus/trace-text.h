/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TRACE_TEXT_H
#define LW_TRACE_TEXT_H

/* The head of a trace as text, docs/trace.md. */
#define LW_TRACE_MAGIC   "# lanewise trace 1"
#define LW_TRACE_COLUMNS "at_ns,took_ns,op,i2c,bank,page,byte,bytes,result,data"

#endif
