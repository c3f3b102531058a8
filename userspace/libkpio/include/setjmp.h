#ifndef _SETJMP_H
#define _SETJMP_H

#include <features.h>

__BEGIN_C

/* Registers, whether a mask of signals is kept, the mask. Source: musl, struct __jmp_buf_tag. */
typedef struct __jmp_buf_tag {
    unsigned long __registers[8];
    unsigned long __has_mask;
    unsigned long __mask[16];
} jmp_buf[1];
typedef jmp_buf sigjmp_buf;

__attribute__((returns_twice)) int setjmp(jmp_buf buffer);
__attribute__((returns_twice)) int _setjmp(jmp_buf buffer);
__attribute__((returns_twice)) int sigsetjmp(sigjmp_buf buffer, int keeps_mask);
__attribute__((returns_twice)) int __sigsetjmp(sigjmp_buf buffer, int keeps_mask);
_Noreturn void longjmp(jmp_buf buffer, int value);
_Noreturn void _longjmp(jmp_buf buffer, int value);
_Noreturn void siglongjmp(sigjmp_buf buffer, int value);

#define setjmp setjmp

__END_C

#endif
