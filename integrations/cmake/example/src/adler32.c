#include "scoop/bytes.h"

enum { MODULUS = 65521, RUN = 5552 };

uint32_t scoop_adler32(const uint8_t *bytes, size_t length)
{
    uint32_t a = 1, b = 0;
    while (length > 0) {
        /* The longest run after which the sums still fit. */
        size_t run = length < RUN ? length : RUN;
        length -= run;
        while (run-- > 0) {
            a += *bytes++;
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    return b << 16 | a;
}
