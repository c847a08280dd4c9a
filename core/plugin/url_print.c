/* SPDX-License-Identifier: MIT */
#include <koine/url.h>

#include <stdio.h>
#include <string.h>

#define HIDDEN "***"

typedef struct printer {
    char *out;
    size_t size, used;
    bool full; /* once something did not fit, nothing may follow */
} printer;

/* All or nothing, so that neither a character nor an escape is cut. One byte is kept for the NUL. */
static void put(printer *p, const char *text, size_t size)
{
    p->full = p->full || size >= p->size - p->used;
    if (p->full)
        return;
    memcpy(p->out + p->used, text, size);
    p->used += size;
}

static void put_string(printer *p, const char *text)
{
    put(p, text, strlen(text));
}

/* C0, DEL and C1, which terminals act on, in the first byte(s) of valid UTF-8. */
static bool is_control(const char *c)
{
    unsigned char first = (unsigned char)c[0];
    return first < 0x20 || first == 0x7F || (first == 0xC2 && (unsigned char)c[1] < 0xA0);
}

static size_t sequence_size(char first)
{
    unsigned char byte = (unsigned char)first;
    return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/* `delimiters` would end this part when the URL is read again. */
static void put_encoded(printer *p, const char *text, const char *delimiters)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t n = 0; *text; text += n) {
        n = sequence_size(*text);
        if (!is_control(text) && !strchr("%#", *text) && !strchr(delimiters, *text)) {
            put(p, text, n);
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            unsigned char byte = (unsigned char)text[i];
            put(p, (char[3]){'%', hex[byte >> 4], hex[byte & 15]}, 3);
        }
    }
}

static void put_host(printer *p, const kn_url_host *host)
{
    bool address = host->name[0] != '/' && strchr(host->name, ':'); /* a socket's folder may hold ':' too */
    char port[8];
    put_string(p, address ? "[" : "");
    put_encoded(p, host->name, address ? "/?@,[]" : "/?@,[]:");
    put_string(p, address ? "]" : "");
    if (host->port) {
        snprintf(port, sizeof port, ":%u", (unsigned)host->port);
        put_string(p, port);
    }
}

static bool listed(const char *name, const char *const *list)
{
    for (; list && *list; list++) {
        if (strcmp(name, *list) == 0)
            return true;
    }
    return false;
}

static void put_authority(printer *p, const kn_url *url)
{
    if (url->user)
        put_encoded(p, url->user, "/?@:");
    if (url->password)
        put_string(p, ":" HIDDEN);
    if (url->user)
        put_string(p, "@");
    for (size_t i = 0; i < url->n_hosts; i++) {
        put_string(p, i ? "," : "");
        put_host(p, &url->hosts[i]);
    }
}

size_t kn_url_print(const kn_url *url, const char *const *public_options, char *out, size_t size)
{
    if (size == 0)
        return 0;
    printer p = {.out = out, .size = size};
    put_string(&p, url->dialect);
    if (url->driver) {
        put_string(&p, "+");
        put_string(&p, url->driver);
    }
    put_string(&p, "://");
    put_authority(&p, url);
    if (url->database) {
        put_string(&p, "/");
        put_encoded(&p, url->database, url->n_hosts && !url->user ? "?@" : "?");
    }
    for (size_t i = 0; i < url->n_options; i++) {
        const kn_url_option *option = &url->options[i];
        put_string(&p, i ? "&" : "?");
        put_encoded(&p, option->name, "&=");
        put_string(&p, "=");
        if (listed(option->name, public_options))
            put_encoded(&p, option->value, "&");
        else
            put_string(&p, HIDDEN);
    }
    out[p.used] = '\0';
    return p.used;
}
