/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Keys of the auxiliary vector on a new program's stack. Made to be included by <elf.h>. */

#ifndef KPIO_FLAGS_AUXV_H
#define KPIO_FLAGS_AUXV_H

/* End of the vector. */
#define AT_NULL 0
/* Address of the program headers. */
#define AT_PHDR 3
/* Size of one program header in bytes. */
#define AT_PHENT 4
/* Number of program headers. */
#define AT_PHNUM 5
/* Size of a page in bytes. */
#define AT_PAGESZ 6
/* Where the interpreter was loaded; 0: there is none. */
#define AT_BASE 7
/* Always 0. */
#define AT_FLAGS 8
/* Address of the program's first instruction. */
#define AT_ENTRY 9
/* User. */
#define AT_UID 11
/* Effective user. */
#define AT_EUID 12
/* Group. */
#define AT_GID 13
/* Effective group. */
#define AT_EGID 14
/* Address of the string `x86_64`. */
#define AT_PLATFORM 15
/* CPUID leaf 1, edx. */
#define AT_HWCAP 16
/* Ticks a second of `times`: 100. */
#define AT_CLKTCK 17
/* 1 if the environment is not to be trusted; always 0. */
#define AT_SECURE 23
/* Address of 16 random bytes. */
#define AT_RANDOM 25
/* More about the processor; bit 1: FSGSBASE. */
#define AT_HWCAP2 26
/* Address of the path the program was loaded from. */
#define AT_EXECFN 31
/* Address of a vDSO; not given. */
#define AT_SYSINFO_EHDR 33
/* Least size of a signal stack in bytes. */
#define AT_MINSIGSTKSZ 51

#endif
