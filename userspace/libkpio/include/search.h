#ifndef _SEARCH_H
#define _SEARCH_H

#include <bits/types.h>
#include <features.h>

__BEGIN_C

typedef enum { preorder, postorder, endorder, leaf } VISIT;

void *tsearch(const void *key, void **root, int (*compare)(const void *, const void *));
void *tfind(const void *key, void *const *root, int (*compare)(const void *, const void *));
void *tdelete(const void *__restrict_c key, void **__restrict_c root,
              int (*compare)(const void *, const void *));
void twalk(const void *root, void (*action)(const void *, VISIT, int));
void tdestroy(void *root, void (*free_key)(void *));

typedef enum { FIND, ENTER } ACTION;

typedef struct entry {
    char *key;
    void *data;
} ENTRY;

struct hsearch_data {
    void *__entries;
    size_t __room;
    size_t __count;
};

int hcreate(size_t count);
void hdestroy(void);
ENTRY *hsearch(ENTRY item, ACTION action);
int hcreate_r(size_t count, struct hsearch_data *table);
void hdestroy_r(struct hsearch_data *table);
int hsearch_r(ENTRY item, ACTION action, ENTRY **found, struct hsearch_data *table);

void *lsearch(const void *key, void *start, size_t *count, size_t size,
              int (*compare)(const void *, const void *));
void *lfind(const void *key, const void *start, size_t *count, size_t size,
            int (*compare)(const void *, const void *));

struct qelem {
    struct qelem *q_forw;
    struct qelem *q_back;
    char q_data[1];
};

void insque(void *element, void *before);
void remque(void *element);

__END_C

#endif
