#ifndef _LINK_H
#define _LINK_H

#include <bits/types.h>
#include <features.h>

__BEGIN_C

typedef struct {
    unsigned p_type;
    unsigned p_flags;
    unsigned long p_offset;
    unsigned long p_vaddr;
    unsigned long p_paddr;
    unsigned long p_filesz;
    unsigned long p_memsz;
    unsigned long p_align;
} Elf64_Phdr;

#define ElfW(type) Elf64_##type

/* Source of the layout: musl, include/link.h. */
struct dl_phdr_info {
    unsigned long dlpi_addr;
    const char *dlpi_name;
    const Elf64_Phdr *dlpi_phdr;
    unsigned short dlpi_phnum;
    unsigned long long dlpi_adds;
    unsigned long long dlpi_subs;
    size_t dlpi_tls_modid;
    void *dlpi_tls_data;
};

int dl_iterate_phdr(int (*visit)(struct dl_phdr_info *info, size_t size, void *data), void *data);

__END_C

#endif
