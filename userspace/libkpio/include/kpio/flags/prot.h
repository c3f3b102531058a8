/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Access to mapped pages. Made to be included by <sys/mman.h>. */

#ifndef KPIO_FLAGS_PROT_H
#define KPIO_FLAGS_PROT_H

/* No access. */
#define PROT_NONE 0x0
/* Reading. */
#define PROT_READ 0x1
/* Writing. Implies reading on x86-64. */
#define PROT_WRITE 0x2
/* Executing. Refused together with PROT_WRITE. */
#define PROT_EXEC 0x4

#endif
