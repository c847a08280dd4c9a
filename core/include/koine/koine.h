/* SPDX-License-Identifier: MIT */
/* koine/koine.h - everything a program needs. */
#ifndef KOINE_KOINE_H
#define KOINE_KOINE_H

#include <koine/any.h>
#include <koine/base.h>
#include <koine/connection.h>
#include <koine/datetime.h>
#include <koine/decimal.h>
#include <koine/engine.h>
#include <koine/error.h>
#include <koine/expr.h>
#include <koine/memory.h>
#include <koine/model.h>
#include <koine/nonblocking.h>
#include <koine/object.h>
#include <koine/query.h>
#include <koine/registry.h>
#include <koine/schema.h>
#include <koine/transact.h>
#include <koine/type.h>
#include <koine/url.h>
#include <koine/value.h>
#include <koine/wait.h>

#endif
