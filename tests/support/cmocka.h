/* SPDX-License-Identifier: MIT */
/* cmocka wants these four before itself, in every version that Debian 12 or newer ships. */
#ifndef KOINE_TESTS_CMOCKA_H
#define KOINE_TESTS_CMOCKA_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* last */
#include <cmocka.h>
#endif
