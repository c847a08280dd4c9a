/* SPDX-License-Identifier: MIT */
/* MD5 (RFC 1321), for names that must be the same as those of other tools. Protects nothing. */
#ifndef KOINE_CORE_BASE_MD5_H
#define KOINE_CORE_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

void kn__md5(const void *data, size_t size, uint8_t out[16]);

/* The digest in lower case hexadecimal, NUL-ended. */
void kn__md5_hex(const void *data, size_t size, char out[33]);

#endif
