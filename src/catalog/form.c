/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

#include <string.h>
#include <strings.h>

const struct lw_form *lw_form_find(const char *name)
{
	for (size_t i = 0; name && i < lw_forms_n; i++)
		if (!strcasecmp(lw_forms[i].name, name))
			return &lw_forms[i];
	return NULL;
}

const struct lw_fit *lw_fit_find(const struct lw_form *plug, const struct lw_form *cage)
{
	if (!plug || !cage)
		return NULL;
	for (size_t i = 0; i < lw_fits_n; i++)
		if (!strcmp(lw_fits[i].plug, plug->name) && !strcmp(lw_fits[i].cage, cage->name))
			return &lw_fits[i];
	return NULL;
}

const struct lw_connector *lw_connector_find(const char *name)
{
	for (size_t i = 0; name && i < lw_connectors_n; i++)
		if (!strcmp(lw_connectors[i].name, name))
			return &lw_connectors[i];
	return NULL;
}
