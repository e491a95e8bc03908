#include "scoop/bytes.h"

/* Bytes of the sequence that a byte begins; 0 when none can begin with it. */
static size_t sequence_length(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

long scoop_utf8_length(const uint8_t *bytes, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    long count = 0;
    for (size_t i = 0; i < length; count++) {
        size_t size = sequence_length(bytes[i]);
        if (size == 0 || size > length - i)
            return -1;
        uint32_t point = size == 1 ? bytes[i] : bytes[i] & (0x7fu >> size);
        for (size_t k = 1; k < size; k++) {
            if ((bytes[i + k] & 0xc0) != 0x80)
                return -1;
            point = point << 6 | (bytes[i + k] & 0x3f);
        }
        if (point < least[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return -1;
        i += size;
    }
    return count;
}
