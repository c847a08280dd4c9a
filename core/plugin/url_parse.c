/* SPDX-License-Identifier: MIT */
/* Two passes: the first cuts the text at its delimiters, which are never percent-encoded; the second decodes each
 * piece. No message holds a piece of the text, since any of it may be a secret in the wrong place. */
#include "plugin/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/utf8.h"
#include "plugin/name.h"

/* text[at..end) of the URL; at == 0 is "absent", because every URL starts with the dialect. */
typedef struct piece {
    size_t at, end;
} piece;

typedef struct parser {
    const char *text;
    size_t size;
    kn_error *error;
    size_t dialect_end;
    piece driver, user, password, database;
    piece hosts[KN__URL_HOSTS];
    uint16_t ports[KN__URL_HOSTS];
    size_t n_hosts;
    piece names[KN__URL_OPTIONS], values[KN__URL_OPTIONS];
    size_t n_options;
    char *out; /* where the next decoded text goes */
} parser;

static kn_status refuse_as(parser *p, kn_status status, size_t at, const char *rule)
{
    kn_error_set(p->error, status, "URL refused at byte %zu: %s", at + 1, rule);
    if (p->error)
        p->error->position = (uint32_t)at + 1;
    return status;
}

static kn_status refuse(parser *p, size_t at, const char *rule)
{
    return refuse_as(p, KN_MALFORMED, at, rule);
}

/* Offset of the first byte of `set` in text[at..end), `end` when there is none. */
static size_t find(const parser *p, size_t at, size_t end, const char *set)
{
    while (at < end && !strchr(set, p->text[at]))
        at++;
    return at;
}

/* What no part of a URL may hold as it is. */
static kn_status check_bytes(parser *p)
{
    for (size_t i = 0; i < p->size; i++) {
        unsigned char byte = (unsigned char)p->text[i];
        if (byte < 0x20 || byte == 0x7F)
            return refuse(p, i, "a control byte (a line end?); percent-encode it if it is meant");
        if (byte == '#')
            return refuse(p, i, "'#': a URL of a database has no fragment; written as a character it is %23");
    }
    size_t fault = kn__utf8_fault(p->text, p->size);
    return fault < p->size ? refuse(p, fault, "not valid UTF-8") : KN_OK;
}

static kn_status cut_name(parser *p, size_t at, size_t *end)
{
    size_t n = kn__name_span(p->text + at, p->size - at);
    if (n == 0)
        return refuse(p, at, "a dialect or driver must start here; " KN__NAME_RULE);
    if (n > KN__NAME_MAX)
        return refuse(p, at + KN__NAME_MAX, "dialect or driver too long; " KN__NAME_RULE);
    *end = at + n;
    return KN_OK;
}

static kn_status cut_scheme(parser *p, size_t *at)
{
    kn_status status = cut_name(p, 0, &p->dialect_end);
    if (status != KN_OK)
        return status;
    *at = p->dialect_end;
    if (*at < p->size && p->text[*at] == '+') {
        p->driver.at = *at + 1;
        status = cut_name(p, p->driver.at, &p->driver.end);
        if (status != KN_OK)
            return status;
        *at = p->driver.end;
    }
    if (p->size - *at < 3 || memcmp(p->text + *at, "://", 3) != 0)
        return refuse(p, *at, "'://' must stand here, behind dialect or dialect+driver; " KN__NAME_RULE);
    *at += 3;
    return KN_OK;
}

static void cut_user(parser *p, size_t at, size_t end)
{
    size_t colon = find(p, at, end, ":");
    p->user = (piece){at, colon};
    if (colon < end)
        p->password = (piece){colon + 1, end};
}

static kn_status cut_port(parser *p, size_t at, size_t end, uint16_t *port)
{
    uint32_t n = 0;
    size_t i = at;
    for (; i < end && p->text[i] >= '0' && p->text[i] <= '9' && n <= UINT16_MAX; i++)
        n = n * 10 + (uint32_t)(p->text[i] - '0');
    if (i < end || n == 0 || n > UINT16_MAX)
        return refuse(p, at,
                      "a port is a number from 1 to 65535 (a '/' or '?' in a password is written %2F or %3F, an IPv6 "
                      "address stands in brackets)");
    *port = (uint16_t)n;
    return KN_OK;
}

/* One of a,b:1,[::1]:2. */
static kn_status cut_host(parser *p, size_t at, size_t end)
{
    if (p->n_hosts == KN__URL_HOSTS)
        return refuse_as(p, KN_LIMIT, at, "more than 32 hosts");
    piece *host = &p->hosts[p->n_hosts];
    uint16_t *port = &p->ports[p->n_hosts++];
    *host = (piece){at, end};
    size_t after = at;
    if (at < end && p->text[at] == '[') {
        size_t close = find(p, at, end, "]");
        if (close == end)
            return refuse(p, at, "'[' without ']'");
        *host = (piece){at + 1, close};
        after = close + 1;
        if (after < end && p->text[after] != ':')
            return refuse(p, after, "only ':' and a port may follow ']'");
    } else {
        after = host->end = find(p, at, end, ":");
        size_t stray = find(p, at, after, "[]");
        if (stray < after)
            return refuse(p, stray, "'[' or ']' inside a host; brackets stand around a whole IPv6 address");
    }
    if (host->at == host->end)
        return refuse(p, host->at, "a host must stand here");
    return after < end ? cut_port(p, after + 1, end, port) : KN_OK;
}

static kn_status cut_hosts(parser *p, size_t at, size_t end)
{
    if (at == end)
        return KN_OK;
    for (;;) {
        size_t comma = find(p, at, end, ",");
        kn_status status = cut_host(p, at, comma);
        if (status != KN_OK || comma == end)
            return status;
        at = comma + 1;
    }
}

/* user:password@ ends at the last '@', so that passwords may hold some. */
static kn_status cut_authority(parser *p, size_t at, size_t end)
{
    size_t hosts = at;
    for (size_t i = find(p, at, end, "@"); i < end; i = find(p, i + 1, end, "@"))
        hosts = i + 1;
    if (hosts > at)
        cut_user(p, at, hosts - 1);
    return cut_hosts(p, hosts, end);
}

static kn_status cut_option(parser *p, size_t at, size_t end)
{
    size_t equals = find(p, at, end, "=");
    if (p->n_options == KN__URL_OPTIONS)
        return refuse_as(p, KN_LIMIT, at, "more than 64 options");
    if (equals == at)
        return refuse(p, at, "the name of an option must stand here");
    if (equals == end)
        return refuse(p, at, "an option without '='");
    p->names[p->n_options] = (piece){at, equals};
    p->values[p->n_options++] = (piece){equals + 1, end};
    return KN_OK;
}

static kn_status cut_options(parser *p, size_t at)
{
    for (;;) {
        size_t end = find(p, at, p->size, "&");
        kn_status status = cut_option(p, at, end);
        if (status != KN_OK || end == p->size)
            return status;
        at = end + 1;
    }
}

static kn_status cut_database(parser *p, size_t at, size_t end, bool authority)
{
    if (at < end)
        p->database = (piece){at, end};
    size_t sign = find(p, at, end, "@");
    if (authority && !p->user.at &&
        sign < end) /* else the rest of a password would become a database, and be printed */
        return refuse(p, sign,
                      "'@' behind the authority: a '/' in a password is written %2F, an '@' in a database %40");
    return KN_OK;
}

static kn_status cut(parser *p)
{
    size_t at = 0;
    kn_status status = cut_scheme(p, &at);
    if (status != KN_OK)
        return status;
    size_t slash = find(p, at, p->size, "/?");
    status = cut_authority(p, at, slash);
    if (status != KN_OK || slash == p->size)
        return status;
    size_t question = find(p, slash, p->size, "?");
    if (slash < question) {
        status = cut_database(p, slash + 1, question, slash > at);
        if (status != KN_OK)
            return status;
    }
    return question < p->size ? cut_options(p, question + 1) : KN_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes behind what was decoded before. The NUL takes the place of the delimiter that ended the piece, or of the end
 * of the text, so the texts together never need more than size + 1 bytes. */
static kn_status decode(parser *p, piece from, const char **out)
{
    char *start = p->out;
    if (!from.at)
        return KN_OK;
    for (size_t i = from.at; i < from.end; i++) {
        char c = p->text[i];
        if (c == '%') {
            int high = i + 1 < from.end ? hex_digit(p->text[i + 1]) : -1;
            int low = i + 2 < from.end ? hex_digit(p->text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return refuse(p, i, "'%' without two hexadecimal digits; written as a character it is %25");
            c = (char)(high << 4 | low);
            if (!c)
                return refuse(p, i, "%00: no part of a URL can hold it");
            i += 2;
        }
        *p->out++ = c;
    }
    size_t size = (size_t)(p->out - start);
    *p->out++ = '\0';
    if (kn__utf8_fault(start, size) < size)
        return refuse(p, from.at, "what starts here is not valid UTF-8 when it is decoded");
    *out = start;
    return KN_OK;
}

/* ADDRESS or ADDRESS%zone, already decoded. */
static bool is_ipv6(const char *text)
{
    char address[INET6_ADDRSTRLEN] = {0};
    unsigned char bits[16];
    size_t size = strcspn(text, "%");
    if (size >= sizeof address || (text[size] && !text[size + 1]))
        return false;
    memcpy(address, text, size);
    return inet_pton(AF_INET6, address, bits) == 1;
}

static kn_status decode_hosts(parser *p, kn_url_host *hosts)
{
    for (size_t i = 0; i < p->n_hosts; i++) {
        size_t at = p->hosts[i].at;
        kn_status status = decode(p, p->hosts[i], &hosts[i].name);
        if (status != KN_OK)
            return status;
        hosts[i].port = p->ports[i];
        if (p->text[at - 1] == '[' && !is_ipv6(hosts[i].name))
            return refuse(p, at, "what stands in brackets must be an IPv6 address");
        if (p->text[at - 1] != '[' && hosts[i].name[0] != '/' && strchr(hosts[i].name, ':'))
            return refuse(p, at, "':' in a host that is neither a socket's folder nor an IPv6 address in brackets");
    }
    return KN_OK;
}

static kn_status decode_options(parser *p, kn_url_option *options)
{
    for (size_t i = 0; i < p->n_options; i++) {
        kn_status status = decode(p, p->names[i], &options[i].name);
        if (status == KN_OK)
            status = decode(p, p->values[i], &options[i].value);
        if (status != KN_OK)
            return status;
        for (size_t k = 0; k < i; k++) {
            if (strcmp(options[k].name, options[i].name) == 0)
                return refuse(p, p->names[i].at, "an option that was given before");
        }
    }
    return KN_OK;
}

static kn_status decode_all(parser *p, kn_url *url)
{
    memcpy(p->out, p->text, p->dialect_end);
    url->dialect = p->out;
    p->out += p->dialect_end + 1;
    const struct {
        piece from;
        const char **to;
    } parts[] = {
        {p->driver, &url->driver},
        {p->user, &url->user},
        {p->password, &url->password},
        {p->database, &url->database},
    };
    for (size_t i = 0; i < KN_COUNT_OF(parts); i++) {
        kn_status status = decode(p, parts[i].from, parts[i].to);
        if (status != KN_OK)
            return status;
    }
    kn_status status = decode_hosts(p, (kn_url_host *)url->hosts);
    return status == KN_OK ? decode_options(p, (kn_url_option *)url->options) : status;
}

kn_status kn_url_parse(const char *text, const kn_allocator *allocator, kn_url **out, kn_error *error)
{
    kn_url *url = NULL;
    *out = NULL;
    if (!text)
        return kn_error_set(error, KN_INVALID, "the URL is NULL");
    parser p = {.text = text, .size = strnlen(text, KN_URL_MAX + 1), .error = error};
    if (p.size > KN_URL_MAX)
        return refuse_as(&p, KN_LIMIT, KN_URL_MAX, "longer than 8192 bytes");
    kn_status status = check_bytes(&p);
    if (status == KN_OK)
        status = cut(&p);
    if (status != KN_OK)
        return status;
    url = kn__url_make(allocator, p.n_hosts, p.n_options, p.size + 1, &p.out);
    if (!url)
        return kn_error_set(error, KN_NOMEM, "no memory for a URL of %zu bytes", p.size);
    status = decode_all(&p, url);
    if (status != KN_OK) {
        kn_url_destroy(url);
        return status;
    }
    *out = url;
    return KN_OK;
}
