/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include <gnutls/x509.h>

static gnutls_datum_t datum(const struct lwd_pem *p)
{
	return (gnutls_datum_t){(unsigned char *)p->text, (unsigned)p->n};
}

static int wrong(const struct lwd_pem *p, const char *what, int code, struct lw_error *reterr)
{
	if (code == GNUTLS_E_MEMORY_ERROR)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	return lw_fail_in(reterr, LW_EINVAL, p->file, 0, "%s: %s", what, gnutls_strerror(code));
}

/* Do they belong together? */
static int match(const struct lwd_pem *key, const struct lwd_pem *certificate,
		 gnutls_x509_crt_t *list, unsigned n, gnutls_x509_privkey_t k,
		 struct lw_error *reterr)
{
	gnutls_certificate_credentials_t both;
	int r = gnutls_certificate_allocate_credentials(&both);

	if (r)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = gnutls_certificate_set_x509_key(both, list, (int)n, k);
	gnutls_certificate_free_credentials(both);
	if (r == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
		return lw_fail_in(reterr, LW_EINVAL, key->file, 0,
				  "is not the key of the certificate %.120s", certificate->file);
	return r < 0 ? wrong(key, "cannot be used", r, reterr) : 0;
}

int lwd_tls_check(const struct lwd_pem *certificate, const struct lwd_pem *key,
		  struct lwd_validity *ret, struct lw_error *reterr)
{
	gnutls_datum_t c = datum(certificate), d = datum(key);
	gnutls_x509_crt_t *list;
	gnutls_x509_privkey_t k;
	struct lwd_validity v;
	unsigned n;
	int r = gnutls_x509_crt_list_import2(&list, &n, &c, GNUTLS_X509_FMT_PEM, 0);

	if (r < 0)
		return wrong(certificate, "is no certificate in PEM", r, reterr);
	r = gnutls_x509_privkey_init(&k);
	if (r) {
		r = lw_fail(reterr, LW_ENOMEM, "out of memory");
	} else {
		r = gnutls_x509_privkey_import2(k, &d, GNUTLS_X509_FMT_PEM, NULL, 0);
		r = r ? wrong(key, "is no key in PEM", r, reterr)
		      : match(key, certificate, list, n, k, reterr);
		gnutls_x509_privkey_deinit(k);
	}
	v.from_s = (int64_t)gnutls_x509_crt_get_activation_time(list[0]);
	v.until_s = (int64_t)gnutls_x509_crt_get_expiration_time(list[0]);
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	if (!r)
		*ret = v;
	return r;
}
