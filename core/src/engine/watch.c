/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* MADV_WIPEONFORK */
#include "engine/watch.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { PAGE = 4096 };

int *tf_original_create(void)
{
    int *original = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (original == MAP_FAILED)
        return NULL;
    if (madvise(original, PAGE, MADV_WIPEONFORK) != 0) {
        munmap(original, PAGE);
        return NULL;
    }
    *original = 1;
    return original;
}

void tf_original_destroy(int *original)
{
    if (original)
        munmap(original, PAGE);
}

int tf_has_children(void)
{
    siginfo_t info;

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}
