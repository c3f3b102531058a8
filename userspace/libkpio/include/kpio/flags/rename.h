/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How RENAMEAT2 treats a name that exists. Made to be included by <linux/fs.h>. */

#ifndef KPIO_FLAGS_RENAME_H
#define KPIO_FLAGS_RENAME_H

/* Refuse it with EEXIST. */
#define RENAME_NOREPLACE 1
/* Give it the other name. */
#define RENAME_EXCHANGE 2

#endif
