/* SPDX-License-Identifier: MIT */
/* A date that is read is printed and read again as itself; a printed one is read as that text. */
#include "support/fuzz.h"

#include <koine/datetime.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kn_text text = {(const char *)data, size};
    kn_date date = {INT32_MIN}, again = {INT32_MIN};
    kn_error error = {0};
    char printed[KN_DATE_SIZE];
    kn_status status = kn_date_parse(text, &date, &error);

    if (status != KN_OK) {
        FUZZ_CHECK(status == KN_MALFORMED || status == KN_OUT_OF_RANGE);
        FUZZ_CHECK(error.status == (int32_t)status && error.position >= 1 && error.position <= size + 1);
        FUZZ_CHECK(date.days == INT32_MIN);
        return 0;
    }
    FUZZ_CHECK(error.status == KN_OK && kn_date_valid(date));
    kn_date_print(date, printed);
    FUZZ_CHECK(kn_date_parse((kn_text){printed, sizeof printed}, &again, NULL) == KN_OK && again.days == date.days);
    FUZZ_CHECK(size == 8 || (size == KN_DATE_SIZE && memcmp(printed, data, size) == 0));

    kn_civil civil = kn_date_civil(date);
    FUZZ_CHECK(kn_date_make(civil.year, civil.month, civil.day, &again, NULL) == KN_OK && again.days == date.days);
    return 0;
}
