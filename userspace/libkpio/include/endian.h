#ifndef _ENDIAN_H
#define _ENDIAN_H

#include <stdint.h>

#define __LITTLE_ENDIAN 1234
#define __BIG_ENDIAN 4321
#define __PDP_ENDIAN 3412
#define __BYTE_ORDER __LITTLE_ENDIAN
#define LITTLE_ENDIAN __LITTLE_ENDIAN
#define BIG_ENDIAN __BIG_ENDIAN
#define PDP_ENDIAN __PDP_ENDIAN
#define BYTE_ORDER __BYTE_ORDER

#define htobe16(number) __builtin_bswap16(number)
#define be16toh(number) __builtin_bswap16(number)
#define htobe32(number) __builtin_bswap32(number)
#define be32toh(number) __builtin_bswap32(number)
#define htobe64(number) __builtin_bswap64(number)
#define be64toh(number) __builtin_bswap64(number)
#define htole16(number) (uint16_t)(number)
#define le16toh(number) (uint16_t)(number)
#define htole32(number) (uint32_t)(number)
#define le32toh(number) (uint32_t)(number)
#define htole64(number) (uint64_t)(number)
#define le64toh(number) (uint64_t)(number)

#endif
