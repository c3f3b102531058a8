/* kpio: no-pie */
/*
 * Thread-local variables of a static program at a fixed address: initialised, zero, aligned, and
 * one that holds an address. Ends with 42 if all are as they should be; other statuses come from
 * the line.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static int target = 99;

static _Thread_local int initialised = 41;
static _Thread_local int *address = &target;
static _Thread_local _Alignas(64) char line[64] = {1, 2, 3};
static _Thread_local char zeros[5000];

#define CHECK(holds)                                                                               \
    do {                                                                                           \
        if (!(holds))                                                                              \
            return __LINE__ % 40 + 1;                                                              \
    } while (0)

int main(void) {
    CHECK(initialised == 41);
    CHECK(address == &target && *address == 99);
    CHECK((uintptr_t)line % 64 == 0);
    CHECK(line[0] == 1 && line[2] == 3 && line[63] == 0);
    for (size_t i = 0; i < sizeof zeros; i++)
        CHECK(zeros[i] == 0);
    memset(zeros, 7, sizeof zeros);
    initialised++;
    CHECK(getpid() > 0);
    CHECK(zeros[4999] == 7);
    return initialised;
}
