/* CRC-32C by the processor's own instruction, where it has one. Without it eg_has_crc32c() is 0
   and the scanner uses its tables; both give the same numbers. */
#ifndef EVENTGLASS_CRC32C_H
#define EVENTGLASS_CRC32C_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) || defined(_M_X64)
#include <nmmintrin.h>
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#define EG_TARGET
static int eg_has_crc32c(void) {
    int info[4];
    __cpuid(info, 1);
    return (info[2] >> 20) & 1;
}
#else
#define EG_TARGET __attribute__((target("sse4.2")))
static int eg_has_crc32c(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") != 0;
}
#endif
#define EG_STEP8(c, w) ((uint32_t)_mm_crc32_u64((c), (w)))
#define EG_STEP4(c, w) _mm_crc32_u32((c), (w))
#define EG_STEP2(c, w) _mm_crc32_u16((c), (w))
#define EG_STEP1(c, w) _mm_crc32_u8((c), (w))

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define EG_TARGET
static int eg_has_crc32c(void) { return 1; }
#define EG_STEP8(c, w) __crc32cd((c), (w))
#define EG_STEP4(c, w) __crc32cw((c), (w))
#define EG_STEP2(c, w) __crc32ch((c), (w))
#define EG_STEP1(c, w) __crc32cb((c), (w))
#endif

#ifdef EG_STEP8
/* The CRC register after n more bytes. */
EG_TARGET static uint32_t eg_crc32c(const unsigned char *p, ptrdiff_t n, uint32_t crc) {
    uint32_t word;
    uint64_t wide;
    uint16_t half;
    while (n >= 8) {
        memcpy(&wide, p, 8);
        crc = EG_STEP8(crc, wide);
        p += 8;
        n -= 8;
    }
    if (n & 4) {
        memcpy(&word, p, 4);
        crc = EG_STEP4(crc, word);
        p += 4;
    }
    if (n & 2) {
        memcpy(&half, p, 2);
        crc = EG_STEP2(crc, half);
        p += 2;
    }
    if (n & 1) {
        crc = EG_STEP1(crc, *p);
    }
    return crc;
}
#else
static int eg_has_crc32c(void) { return 0; }
static uint32_t eg_crc32c(const unsigned char *p, ptrdiff_t n, uint32_t crc) {
    (void)p;
    (void)n;
    return crc;
}
#endif

#endif
