/* SPDX-License-Identifier: MIT */
/* The strict parser behind kn_*_parse: every accepted form, and what was wrong and where in the others. In a file of
 * its own so that its frame does not burden the fast path. */
#ifndef KOINE_TYPE_DATETIME_FORMS_H
#define KOINE_TYPE_DATETIME_FORMS_H

#include <koine/datetime.h>

kn_status kn__date_parse_any(kn_text text, kn_date *out, kn_error *error);
kn_status kn__time_parse_any(kn_text text, kn_time *out, kn_error *error);
kn_status kn__datetime_parse_any(kn_text text, kn_datetime *out, kn_error *error);
kn_status kn__instant_parse_any(kn_text text, kn_instant *out, kn_error *error);

#endif
