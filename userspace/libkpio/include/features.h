#ifndef _FEATURES_H
#define _FEATURES_H

/* What is declared depends on nothing yet: every header declares all that libkpio has. */

#define __KPIO_LIBC__ 1

#if defined(__cplusplus)
#define __BEGIN_C extern "C" {
#define __END_C }
#define _Noreturn [[noreturn]]
#define __restrict_c __restrict
#else
#define __BEGIN_C
#define __END_C
#define __restrict_c restrict
#endif

#endif
