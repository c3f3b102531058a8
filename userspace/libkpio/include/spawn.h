#ifndef _SPAWN_H
#define _SPAWN_H

#include <bits/types.h>
#include <features.h>

__BEGIN_C

/* Not served yet: `posix_spawn` returns ENOSYS unless both pointers are null. */
typedef struct __posix_spawn_file_actions posix_spawn_file_actions_t;
typedef struct __posix_spawnattr posix_spawnattr_t;

int posix_spawn(pid_t *__restrict_c pid, const char *__restrict_c path,
                const posix_spawn_file_actions_t *file_actions,
                const posix_spawnattr_t *__restrict_c attributes,
                char *const *__restrict_c argv, char *const *__restrict_c envp);

__END_C

#endif
