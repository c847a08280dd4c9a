/* SPDX-License-Identifier: MIT */
#include "plugin/url.h"

#include <string.h>

kn_url *kn__url_make(const kn_allocator *allocator, size_t n_hosts, size_t n_options, size_t text_size, char **text)
{
    if (!allocator)
        allocator = kn_allocator_default();
    /* the parser bounds all three, so nothing wraps */
    size_t hosts_size = n_hosts * sizeof(kn_url_host), options_size = n_options * sizeof(kn_url_option);
    size_t size = sizeof(kn__url_block) + hosts_size + options_size + text_size;
    kn__url_block *block = allocator->resize(allocator->context, NULL, 0, size);
    if (!block)
        return NULL;
    memset(block, 0, size);
    char *tail = (char *)(block + 1);
    block->allocator = allocator;
    block->size = size;
    block->url = (kn_url){.size_ = sizeof(kn_url), .n_hosts = n_hosts, .n_options = n_options};
    block->url.hosts = (const kn_url_host *)(void *)tail;
    block->url.options = (const kn_url_option *)(void *)(tail + hosts_size);
    *text = tail + hosts_size + options_size;
    return &block->url;
}

/* Through volatile, so that the compiler cannot see that nobody reads it again. */
static void wipe(volatile unsigned char *p, size_t size)
{
    while (size--)
        *p++ = 0;
}

void kn_url_destroy(kn_url *url)
{
    if (!url)
        return;
    kn__url_block *block = (kn__url_block *)(void *)((char *)url - offsetof(kn__url_block, url));
    const kn_allocator *allocator = block->allocator;
    size_t size = block->size;
    /* all of it: a secret may also stand in an option */
    wipe((volatile unsigned char *)block, size);
    allocator->resize(allocator->context, block, size, 0);
}

const char *kn_url_get(const kn_url *url, const char *option)
{
    for (size_t i = 0; i < url->n_options; i++) {
        if (strcmp(url->options[i].name, option) == 0)
            return url->options[i].value;
    }
    return NULL;
}
