/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What a service answers in the kernel's name. */

#ifndef KPIO_FLAGS_BROWSER_SERVICE_H
#define KPIO_FLAGS_BROWSER_SERVICE_H

/* NetworkRequest. */
#define SERVE_NETWORK 0x1
/* WasmCompileRequest. */
#define SERVE_COMPILER 0x2

#endif
