/* SPDX-License-Identifier: MIT */
/* An interval that is read is printed and read again as itself, its printed text is a fixed point, and it can be kept
 * as the datetime 1970-01-01 plus it. The first eight bytes are also taken as a number of microseconds to print. */
#include "support/fuzz.h"

#include <koine/datetime.h>

#include <string.h>

static void check_value(kn_interval interval)
{
    kn_interval again = {INT64_MIN};
    kn_datetime stored = {INT64_MIN};
    char printed[KN_INTERVAL_SIZE], twice[KN_INTERVAL_SIZE], datetime[KN_DATETIME_SIZE];
    size_t size = kn_interval_print(interval, printed);

    FUZZ_CHECK(size >= 3 && size <= sizeof printed);
    if (!kn_interval_valid(interval)) {
        FUZZ_CHECK(kn_interval_parse((kn_text){printed, size}, &again, NULL) == KN_OUT_OF_RANGE);
        return;
    }
    FUZZ_CHECK(kn_interval_parse((kn_text){printed, size}, &again, NULL) == KN_OK && again.us == interval.us);
    FUZZ_CHECK(kn_interval_print(again, twice) == size && memcmp(twice, printed, size) == 0);
    kn_datetime_print((kn_datetime){interval.us}, ' ', datetime);
    FUZZ_CHECK(kn_datetime_parse((kn_text){datetime, sizeof datetime}, &stored, NULL) == KN_OK);
    FUZZ_CHECK(stored.us == interval.us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kn_interval interval = {INT64_MIN};
    kn_error error = {0};
    kn_status status = kn_interval_parse((kn_text){(const char *)data, size}, &interval, &error);

    if (status == KN_OK) {
        FUZZ_CHECK(error.status == KN_OK && kn_interval_valid(interval));
        check_value(interval);
    } else {
        FUZZ_CHECK(status == KN_MALFORMED || status == KN_OUT_OF_RANGE || status == KN_INEXACT);
        FUZZ_CHECK(error.status == (int32_t)status && error.position >= 1 && error.position <= size + 1);
        FUZZ_CHECK(interval.us == INT64_MIN);
    }
    if (size >= sizeof interval.us) {
        memcpy(&interval.us, data, sizeof interval.us);
        check_value(interval);
    }
    return 0;
}
