/* SPDX-License-Identifier: MIT */
/* Text from elsewhere, made fit for a message or a log: no control byte, no byte that is not UTF-8. */
#ifndef KOINE_CORE_BASE_ESCAPE_H
#define KOINE_CORE_BASE_ESCAPE_H

#include <stddef.h>

/* The first character of `p`, or \xNN for each byte of a control character or for one byte that is not UTF-8, into
 * `unit`; *taken is what it took from `p`. Returns the bytes of the unit. left > 0. */
#define KN__ESCAPE_ROOM 8
size_t kn__escape_one(const char *p, size_t left, char unit[static KN__ESCAPE_ROOM], size_t *taken);

#endif
