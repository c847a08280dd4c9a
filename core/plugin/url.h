/* SPDX-License-Identifier: MIT */
/* How a parsed URL lies in memory. */
#ifndef KOINE_CORE_PLUGIN_URL_H
#define KOINE_CORE_PLUGIN_URL_H

#include <koine/url.h>

#define KN__URL_HOSTS 32
#define KN__URL_OPTIONS 64

/* One allocation of `size` bytes: this, the hosts, the options, then the texts. */
typedef struct kn__url_block {
    const kn_allocator *allocator;
    size_t size;
    kn_url url;
} kn__url_block;

/* Zeroed, with room for the hosts, the options and `text_size` bytes of text at *text. NULL: no memory. */
kn_url *kn__url_make(const kn_allocator *allocator, size_t n_hosts, size_t n_options, size_t text_size, char **text);

#endif
