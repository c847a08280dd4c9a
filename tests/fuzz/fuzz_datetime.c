/* SPDX-License-Identifier: MIT */
/* A datetime or instant that is read is printed and read again as itself; text in the printed form is printed as it
 * was; no text is both; and a datetime with Z is the instant of the same number. */
#include "support/fuzz.h"

#include <koine/datetime.h>

#include <string.h>

static void check_refusal(kn_status status, const kn_error *error, size_t size, int64_t us)
{
    FUZZ_CHECK(status == KN_MALFORMED || status == KN_OUT_OF_RANGE || status == KN_INEXACT);
    FUZZ_CHECK(error->status == (int32_t)status && error->position >= 1 && error->position <= size + 1);
    FUZZ_CHECK(us == INT64_MIN);
}

static kn_status check_datetime(kn_text text, kn_datetime *out)
{
    kn_datetime again = {INT64_MIN};
    kn_error error = {0};
    char printed[KN_DATETIME_SIZE];
    kn_status status = kn_datetime_parse(text, out, &error);

    if (status != KN_OK) {
        check_refusal(status, &error, text.size, out->us);
        return status;
    }
    FUZZ_CHECK(error.status == KN_OK && kn_datetime_valid(*out));
    kn_datetime_print(*out, ' ', printed);
    FUZZ_CHECK(kn_datetime_parse((kn_text){printed, sizeof printed}, &again, NULL) == KN_OK && again.us == out->us);
    if (text.size == KN_DATETIME_SIZE && text.data[10] == ' ' && text.data[19] == '.')
        FUZZ_CHECK(memcmp(printed, text.data, text.size) == 0);

    kn_civil civil = kn_datetime_civil(*out);
    FUZZ_CHECK(kn_datetime_make(&civil, &again, NULL) == KN_OK && again.us == out->us);
    return KN_OK;
}

static kn_status check_instant(kn_text text, kn_instant *out)
{
    kn_instant again = {INT64_MIN};
    kn_error error = {0};
    char printed[KN_DATETIME_SIZE + 1];
    kn_status status = kn_instant_parse(text, out, &error);

    if (status != KN_OK) {
        check_refusal(status, &error, text.size, out->us);
        return status;
    }
    FUZZ_CHECK(error.status == KN_OK && kn_instant_valid(*out));
    kn_instant_print_iso(*out, printed);
    FUZZ_CHECK(kn_instant_parse((kn_text){printed, sizeof printed}, &again, NULL) == KN_OK && again.us == out->us);
    if (text.size == sizeof printed && text.data[10] == 'T' && text.data[19] == '.' && text.data[26] == 'Z')
        FUZZ_CHECK(memcmp(printed, text.data, text.size) == 0);
    return KN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kn_text text = {(const char *)data, size};
    kn_datetime datetime = {INT64_MIN};
    kn_instant instant = {INT64_MIN}, zoned = {INT64_MIN};
    char with_zone[128];

    if (check_datetime(text, &datetime) != KN_OK) {
        (void)check_instant(text, &instant);
        return 0;
    }
    FUZZ_CHECK(check_instant(text, &instant) != KN_OK);
    if (size < sizeof with_zone) {
        memcpy(with_zone, data, size);
        with_zone[size] = 'Z';
        FUZZ_CHECK(check_instant((kn_text){with_zone, size + 1}, &zoned) == KN_OK && zoned.us == datetime.us);
    }
    return 0;
}
