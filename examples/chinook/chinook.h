/* SPDX-License-Identifier: MIT */
/* The eleven tables of the Chinook music store, as structs. */
#ifndef CHINOOK_H
#define CHINOOK_H

#include <koine/koine.h>

typedef struct Artist {
    int32_t artist_id;
    const char *name;
} Artist;
KN_MODEL(Artist);

typedef struct Album {
    int32_t album_id;
    const char *title;
    int32_t artist_id;
} Album;
KN_MODEL(Album);

typedef struct Employee {
    int32_t employee_id;
    const char *last_name;
    const char *first_name;
    const char *title;
    kn_opt_int32 reports_to;
    kn_opt_datetime birth_date;
    kn_opt_datetime hire_date;
    const char *address;
    const char *city;
    const char *state;
    const char *country;
    const char *postal_code;
    const char *phone;
    const char *fax;
    const char *email;
} Employee;
KN_MODEL(Employee);

typedef struct Customer {
    int32_t customer_id;
    const char *first_name;
    const char *last_name;
    const char *company;
    const char *address;
    const char *city;
    const char *state;
    const char *country;
    const char *postal_code;
    const char *phone;
    const char *fax;
    const char *email;
    kn_opt_int32 support_rep_id;
} Customer;
KN_MODEL(Customer);

typedef struct Genre {
    int32_t genre_id;
    const char *name;
} Genre;
KN_MODEL(Genre);

typedef struct MediaType {
    int32_t media_type_id;
    const char *name;
} MediaType;
KN_MODEL(MediaType);

typedef struct Track {
    int32_t track_id;
    const char *name;
    kn_opt_int32 album_id;
    int32_t media_type_id;
    kn_opt_int32 genre_id;
    const char *composer;
    int32_t milliseconds;
    kn_opt_int32 bytes;
    kn_decimal unit_price;
} Track;
KN_MODEL(Track);

typedef struct Invoice {
    int32_t invoice_id;
    int32_t customer_id;
    kn_datetime invoice_date;
    const char *billing_address;
    const char *billing_city;
    const char *billing_state;
    const char *billing_country;
    const char *billing_postal_code;
    kn_decimal total;
} Invoice;
KN_MODEL(Invoice);

typedef struct InvoiceLine {
    int32_t invoice_line_id;
    int32_t invoice_id;
    int32_t track_id;
    kn_decimal unit_price;
    int32_t quantity;
} InvoiceLine;
KN_MODEL(InvoiceLine);

typedef struct Playlist {
    int32_t playlist_id;
    const char *name;
} Playlist;
KN_MODEL(Playlist);

typedef struct PlaylistTrack {
    int32_t playlist_id;
    int32_t track_id;
} PlaylistTrack;
KN_MODEL(PlaylistTrack);

/* Are two objects of a model equal, member by member? Names the first column that differs. */
bool chinook_equal(const kn_model *model, const void *a, const void *b, const char **differing);

#endif
