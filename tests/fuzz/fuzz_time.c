/* SPDX-License-Identifier: MIT */
/* A time that is read is printed and read again as itself; text in the printed form is printed as it was. */
#include "support/fuzz.h"

#include <koine/datetime.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kn_text text = {(const char *)data, size};
    kn_time time = {-1}, again = {-1};
    kn_error error = {0};
    char printed[KN_TIME_SIZE];
    kn_status status = kn_time_parse(text, &time, &error);

    if (status != KN_OK) {
        FUZZ_CHECK(status == KN_MALFORMED || status == KN_OUT_OF_RANGE || status == KN_INEXACT);
        FUZZ_CHECK(error.status == (int32_t)status && error.position >= 1 && error.position <= size + 1);
        FUZZ_CHECK(time.us == -1);
        return 0;
    }
    FUZZ_CHECK(error.status == KN_OK && kn_time_valid(time));
    kn_time_print(time, printed);
    FUZZ_CHECK(kn_time_parse((kn_text){printed, sizeof printed}, &again, NULL) == KN_OK && again.us == time.us);
    if (size == KN_TIME_SIZE && data[2] == ':' && data[8] == '.')
        FUZZ_CHECK(memcmp(printed, data, size) == 0);

    kn_civil civil = kn_time_civil(time);
    FUZZ_CHECK(kn_time_make(civil.hour, civil.minute, civil.second, civil.microsecond, &again, NULL) == KN_OK);
    FUZZ_CHECK(again.us == time.us);
    return 0;
}
