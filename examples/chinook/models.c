/* SPDX-License-Identifier: MIT */
/* Columns are called as Chinook calls them, members as a C program does. */
#include "chinook.h"

KN_COLUMNS(Artist) = {
    KN_COLUMN(Artist, artist_id, KN_INTEGER, .name = "ArtistId", .primary_key = true),
    KN_COLUMN(Artist, name, KN_UNICODE(120), .name = "Name"),
};
KN_DEFINE(Artist, "Artist");

KN_COLUMNS(Album) = {
    KN_COLUMN(Album, album_id, KN_INTEGER, .name = "AlbumId", .primary_key = true),
    KN_COLUMN(Album, title, KN_UNICODE(160), .name = "Title", .nullable = KN_NO),
    KN_COLUMN(Album, artist_id, KN_INTEGER, .name = "ArtistId", .references = KN_REF(Artist, artist_id), .index = true),
};
KN_DEFINE(Album, "Album");

KN_COLUMNS(Employee) = {
    KN_COLUMN(Employee, employee_id, KN_INTEGER, .name = "EmployeeId", .primary_key = true),
    KN_COLUMN(Employee, last_name, KN_UNICODE(20), .name = "LastName", .nullable = KN_NO),
    KN_COLUMN(Employee, first_name, KN_UNICODE(20), .name = "FirstName", .nullable = KN_NO),
    KN_COLUMN(Employee, title, KN_UNICODE(30), .name = "Title"),
    KN_COLUMN(Employee, reports_to, KN_INTEGER, .name = "ReportsTo", .references = KN_REF(Employee, employee_id),
              .index = true),
    KN_COLUMN(Employee, birth_date, KN_DATETIME, .name = "BirthDate"),
    KN_COLUMN(Employee, hire_date, KN_DATETIME, .name = "HireDate"),
    KN_COLUMN(Employee, address, KN_UNICODE(70), .name = "Address"),
    KN_COLUMN(Employee, city, KN_UNICODE(40), .name = "City"),
    KN_COLUMN(Employee, state, KN_UNICODE(40), .name = "State"),
    KN_COLUMN(Employee, country, KN_UNICODE(40), .name = "Country"),
    KN_COLUMN(Employee, postal_code, KN_UNICODE(10), .name = "PostalCode"),
    KN_COLUMN(Employee, phone, KN_UNICODE(24), .name = "Phone"),
    KN_COLUMN(Employee, fax, KN_UNICODE(24), .name = "Fax"),
    KN_COLUMN(Employee, email, KN_UNICODE(60), .name = "Email"),
};
KN_DEFINE(Employee, "Employee");

KN_COLUMNS(Customer) = {
    KN_COLUMN(Customer, customer_id, KN_INTEGER, .name = "CustomerId", .primary_key = true),
    KN_COLUMN(Customer, first_name, KN_UNICODE(40), .name = "FirstName", .nullable = KN_NO),
    KN_COLUMN(Customer, last_name, KN_UNICODE(20), .name = "LastName", .nullable = KN_NO),
    KN_COLUMN(Customer, company, KN_UNICODE(80), .name = "Company"),
    KN_COLUMN(Customer, address, KN_UNICODE(70), .name = "Address"),
    KN_COLUMN(Customer, city, KN_UNICODE(40), .name = "City"),
    KN_COLUMN(Customer, state, KN_UNICODE(40), .name = "State"),
    KN_COLUMN(Customer, country, KN_UNICODE(40), .name = "Country"),
    KN_COLUMN(Customer, postal_code, KN_UNICODE(10), .name = "PostalCode"),
    KN_COLUMN(Customer, phone, KN_UNICODE(24), .name = "Phone"),
    KN_COLUMN(Customer, fax, KN_UNICODE(24), .name = "Fax"),
    KN_COLUMN(Customer, email, KN_UNICODE(60), .name = "Email", .nullable = KN_NO),
    KN_COLUMN(Customer, support_rep_id, KN_INTEGER, .name = "SupportRepId", .references = KN_REF(Employee, employee_id),
              .index = true),
};
KN_DEFINE(Customer, "Customer");

KN_COLUMNS(Genre) = {
    KN_COLUMN(Genre, genre_id, KN_INTEGER, .name = "GenreId", .primary_key = true),
    KN_COLUMN(Genre, name, KN_UNICODE(120), .name = "Name"),
};
KN_DEFINE(Genre, "Genre");

KN_COLUMNS(MediaType) = {
    KN_COLUMN(MediaType, media_type_id, KN_INTEGER, .name = "MediaTypeId", .primary_key = true),
    KN_COLUMN(MediaType, name, KN_UNICODE(120), .name = "Name"),
};
KN_DEFINE(MediaType, "MediaType");

KN_COLUMNS(Track) = {
    KN_COLUMN(Track, track_id, KN_INTEGER, .name = "TrackId", .primary_key = true),
    KN_COLUMN(Track, name, KN_UNICODE(200), .name = "Name", .nullable = KN_NO),
    KN_COLUMN(Track, album_id, KN_INTEGER, .name = "AlbumId", .references = KN_REF(Album, album_id), .index = true),
    KN_COLUMN(Track, media_type_id, KN_INTEGER, .name = "MediaTypeId", .references = KN_REF(MediaType, media_type_id),
              .index = true),
    KN_COLUMN(Track, genre_id, KN_INTEGER, .name = "GenreId", .references = KN_REF(Genre, genre_id), .index = true),
    KN_COLUMN(Track, composer, KN_UNICODE(220), .name = "Composer"),
    KN_COLUMN(Track, milliseconds, KN_INTEGER, .name = "Milliseconds"),
    KN_COLUMN(Track, bytes, KN_INTEGER, .name = "Bytes"),
    KN_COLUMN(Track, unit_price, KN_NUMERIC(10, 2), .name = "UnitPrice"),
};
KN_DEFINE(Track, "Track");

KN_COLUMNS(Invoice) = {
    KN_COLUMN(Invoice, invoice_id, KN_INTEGER, .name = "InvoiceId", .primary_key = true),
    KN_COLUMN(Invoice, customer_id, KN_INTEGER, .name = "CustomerId", .references = KN_REF(Customer, customer_id),
              .index = true),
    KN_COLUMN(Invoice, invoice_date, KN_DATETIME, .name = "InvoiceDate"),
    KN_COLUMN(Invoice, billing_address, KN_UNICODE(70), .name = "BillingAddress"),
    KN_COLUMN(Invoice, billing_city, KN_UNICODE(40), .name = "BillingCity"),
    KN_COLUMN(Invoice, billing_state, KN_UNICODE(40), .name = "BillingState"),
    KN_COLUMN(Invoice, billing_country, KN_UNICODE(40), .name = "BillingCountry"),
    KN_COLUMN(Invoice, billing_postal_code, KN_UNICODE(10), .name = "BillingPostalCode"),
    KN_COLUMN(Invoice, total, KN_NUMERIC(10, 2), .name = "Total"),
};
KN_DEFINE(Invoice, "Invoice");

KN_COLUMNS(InvoiceLine) = {
    KN_COLUMN(InvoiceLine, invoice_line_id, KN_INTEGER, .name = "InvoiceLineId", .primary_key = true),
    KN_COLUMN(InvoiceLine, invoice_id, KN_INTEGER, .name = "InvoiceId", .references = KN_REF(Invoice, invoice_id),
              .index = true),
    KN_COLUMN(InvoiceLine, track_id, KN_INTEGER, .name = "TrackId", .references = KN_REF(Track, track_id),
              .index = true),
    KN_COLUMN(InvoiceLine, unit_price, KN_NUMERIC(10, 2), .name = "UnitPrice"),
    KN_COLUMN(InvoiceLine, quantity, KN_INTEGER, .name = "Quantity"),
};
KN_DEFINE(InvoiceLine, "InvoiceLine");

KN_COLUMNS(Playlist) = {
    KN_COLUMN(Playlist, playlist_id, KN_INTEGER, .name = "PlaylistId", .primary_key = true),
    KN_COLUMN(Playlist, name, KN_UNICODE(120), .name = "Name"),
};
KN_DEFINE(Playlist, "Playlist");

KN_COLUMNS(PlaylistTrack) = {
    KN_COLUMN(PlaylistTrack, playlist_id, KN_INTEGER, .name = "PlaylistId", .primary_key = true,
              .references = KN_REF(Playlist, playlist_id)),
    KN_COLUMN(PlaylistTrack, track_id, KN_INTEGER, .name = "TrackId", .primary_key = true,
              .references = KN_REF(Track, track_id)),
};
KN_DEFINE(PlaylistTrack, "PlaylistTrack");
