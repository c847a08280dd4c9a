/* SPDX-License-Identifier: MIT */
/* A program of somebody who has Koine installed. */
#include <koine/base.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    puts(kn_version());
    return strcmp(kn_version(), KN_VERSION_STRING) != 0;
}
