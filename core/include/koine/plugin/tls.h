/* SPDX-License-Identifier: MIT */
/* koine/plugin/tls.h - what every driver's option `tls` means alike: without it the server proves who it is
 * (verify-full), unless it is on this machine. Client libraries look for files and variables of their own; here they
 * are told. */
#ifndef KOINE_PLUGIN_TLS_H
#define KOINE_PLUGIN_TLS_H

#include <koine/base.h>

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

KN_BEGIN_DECLS

/* For an option of a client library that must name some file: there is none here, and nobody can make one. */
#define KN_TLS_NO_FILE "/dev/null/none"

/* An address, and not a name that begins like one: that is anybody's. */
static inline bool kn_tls_is_loopback(const char *host)
{
    struct in_addr address;

    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (strncmp(host, "127.", 4) == 0 && inet_pton(AF_INET, host, &address) == 1);
}

/* The file of the authorities that the system trusts; KN_TLS_NO_FILE where it has none. */
static inline const char *kn_tls_authorities(void)
{
    static const char *const files[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                        "/etc/ssl/cert.pem"};

    for (size_t i = 0; i < KN_COUNT_OF(files); i++)
        if (access(files[i], R_OK) == 0)
            return files[i];
    return KN_TLS_NO_FILE;
}

KN_END_DECLS
#endif
