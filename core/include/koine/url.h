/* SPDX-License-Identifier: MIT */
/* koine/url.h - dialect[+driver]://user:password@host[:port][,host[:port]...]/database?option=value&... */
#ifndef KOINE_URL_H
#define KOINE_URL_H

#include <koine/error.h>
#include <koine/memory.h>

KN_BEGIN_DECLS

/* Bounds: a URL has at most 8192 bytes, 64 options, 32 hosts. */
#define KN_URL_MAX 8192

typedef struct kn_url_host {
    const char *name; /* percent-decoded; IPv6 without brackets; starting with '/' = a socket's folder */
    uint16_t port;    /* 0 = the driver's default */
    uint8_t zero_[6];
} kn_url_host;

typedef struct kn_url_option {
    const char *name, *value; /* percent-decoded */
} kn_url_option;

/* A parsed URL: one allocation. All texts are percent-decoded, NUL-ended, without U+0000, valid UTF-8. */
typedef struct kn_url {
    size_t size_;
    const char *dialect;         /* lower case: [a-z][a-z0-9_]{0,31} */
    const char *driver;          /* NULL = the dialect's default */
    const char *user, *password; /* NULL = absent, "" = given empty */
    const kn_url_host *hosts;
    size_t n_hosts;
    const char *database; /* what stands after the slash that ends the authority: NULL = nothing there */
    const kn_url_option *options;
    size_t n_options;
} kn_url;

/* KN_MALFORMED (KN_LIMIT past a bound) with the position and the rule that is broken; the text itself is never echoed,
 * because it may hold a secret. Rules: scheme as above; user and password end at the last '@' of the authority; in all
 * parts %XX decodes once, '+' is itself; an option may be given once; a fragment ('#') and control bytes are refused.
 * Several hosts are tried in order, each for its share of the time that connecting may take.
 * A host is a name, an address, an IPv6 address in brackets or a socket's folder (%2Frun%2Fdb). A database "/abs" comes
 * from four slashes. With hosts but no user, an '@' in the database must be %40: else the rest of a password that holds
 * a raw '/' would be taken for it. */
KN_API kn_status kn_url_parse(const char *text, const kn_allocator *allocator, kn_url **out, kn_error *error);
/* Wipes the password before freeing. NULL is fine. */
KN_API void kn_url_destroy(kn_url *url);

/* The value of an option, NULL when absent. */
KN_API const char *kn_url_get(const kn_url *url, const char *option);

/* The URL for people: password and every option not known to be harmless as "***". `public_options` lists harmless
 * names, ended by NULL (may be NULL: none). NUL-ended, cut to `size` at a whole character or escape; returns the bytes
 * written without the NUL. Percent-encoded where needed: but for what is hidden, it parses to the same URL. */
KN_API size_t kn_url_print(const kn_url *url, const char *const *public_options, char *out, size_t size);

KN_END_DECLS
#endif
