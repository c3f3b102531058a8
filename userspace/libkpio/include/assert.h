/* Without a guard: what assert means is decided anew with every inclusion. Source: C11, 7.2. */
#include <features.h>

#undef assert

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) \
    ((void)((condition) || (__assert_fail(#condition, __FILE__, __LINE__, __func__), 0)))
#endif

#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif

__BEGIN_C

_Noreturn void __assert_fail(const char *condition, const char *file, int line,
                             const char *function);

__END_C
