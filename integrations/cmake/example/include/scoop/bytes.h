#ifndef SCOOP_BYTES_H
#define SCOOP_BYTES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Checksums of RFC 1950 and RFC 1952. */
uint32_t scoop_adler32(const uint8_t *bytes, size_t length);
uint32_t scoop_crc32(const uint8_t *bytes, size_t length);

/* Base64 of RFC 4648, with padding. `text` holds at least 4 * ((length + 2) / 3) + 1 characters. */
size_t scoop_base64(const uint8_t *bytes, size_t length, char *text);

/* The number of code points, or -1 when the bytes are no UTF-8. */
long scoop_utf8_length(const uint8_t *bytes, size_t length);

#ifdef __cplusplus
}
#endif

#endif
