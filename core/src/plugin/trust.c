/* SPDX-License-Identifier: GPL-3.0-or-later */
/* May a plugin's file be loaded: can nobody but the user put another in its place? */
#define _GNU_SOURCE /* realpath(), S_ISVTX, getgrgid_r() */
#include "plugin/private.h"

#include "base/memory.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRY = 65536 }; /* bytes of an entry in the list of users or groups */

static bool is_trusted(uid_t owner)
{
    struct stat program;

    return owner == 0 || owner == geteuid() || (stat("/proc/self/exe", &program) == 0 && owner == program.st_uid);
}

/* The name of a user, or his number. */
static void name_user(uid_t user, char *name, size_t size)
{
    char *buffer = tf_alloc(ENTRY, 1);
    struct passwd entry, *found = NULL;

    if (buffer != NULL && getpwuid_r(user, &entry, buffer, ENTRY, &found) == 0 && found != NULL) {
        snprintf(name, size, "%s", entry.pw_name);
    } else {
        snprintf(name, size, "%lu", (unsigned long)user);
    }
    tf_free(buffer);
}

/* Is it the private group of a file's owner: of his name, with nobody else in it?  Its name in any case. */
static bool is_private(gid_t group, const char *owner, char *name, size_t size)
{
    char *buffer = tf_alloc(ENTRY, 1);
    struct group entry, *found = NULL;
    bool private = false;

    snprintf(name, size, "%lu", (unsigned long)group);
    if (buffer != NULL && getgrgid_r(group, &entry, buffer, ENTRY, &found) == 0 && found != NULL) {
        snprintf(name, size, "%s", entry.gr_name);
        private = strcmp(entry.gr_name, owner) == 0;
        for (char **member = entry.gr_mem; *member != NULL; member++) {
            private = private && strcmp(*member, owner) == 0;
        }
    }
    tf_free(buffer);
    return private;
}

/* What is wrong with a file or folder, as the end of a sentence about it; NULL: nothing. */
static const char *find_danger(const struct stat *status, bool above, char *line, size_t size)
{
    /* In a folder like /tmp everybody may write but only change what is his own: safe above, not as the plugin's own. */
    bool sticky = above && (status->st_mode & S_ISVTX) != 0;
    unsigned mode = status->st_mode & 07777;
    char owner[64], group[64];

    name_user(status->st_uid, owner, sizeof owner);
    if ((status->st_mode & S_IWOTH) != 0 && !sticky) {
        snprintf(line, size, "everybody may write (mode %04o), so it is not loaded; take the right away (chmod o-w) or move it", mode);
    } else if (!is_trusted(status->st_uid)) {
        snprintf(line, size, "user %s owns (mode %04o), so it is not loaded; copy it to a folder of your own", owner, mode);
    } else if ((status->st_mode & S_IWGRP) != 0 && !sticky && !is_private(status->st_gid, owner, group, sizeof group)) {
        snprintf(line, size, "the members of group %s may write (mode %04o), so it is not loaded; take the right away (chmod g-w) or move it", group, mode);
    } else {
        return NULL;
    }
    return line;
}

/* "it lies in /a/b, which everybody may write (mode 0777), so it is not loaded; ..." */
static void tell(tf_list *faults, const char *path, bool folder, const char *danger)
{
    tf_text text = {0};

    if (folder) {
        tf_text_addf(&text, "it lies in %s, which %s", path, danger);
    } else {
        tf_text_addf(&text, "this file is one that %s", danger);
    }
    if (!text.failed) {
        tf_list_add(faults, text.chars);
    }
    tf_text_free(&text);
}

char *tf_plugin_trusted(const char *path, tf_list *faults)
{
    char *whole = realpath(path, NULL), *at = tf_strdup(whole != NULL ? whole : ""), line[256];
    const char *danger = NULL;
    bool known = whole != NULL && at != NULL;

    for (int depth = 0; known && danger == NULL; depth++) {
        char *slash = strrchr(at, '/');
        const char *here = at[0] != '\0' ? at : "/";
        struct stat status;

        known = stat(here, &status) == 0;
        danger = known ? find_danger(&status, depth > 1, line, sizeof line) : NULL;
        if (danger != NULL) {
            tell(faults, here, depth > 0, danger);
        }
        if (slash == NULL) {
            break;
        }
        *slash = '\0';
    }
    if (!known) {
        tf_list_add(faults, "the file or its folder cannot be examined");
    }
    tf_free(at);
    if (!known || danger != NULL) {
        free(whole);
        whole = NULL;
    }
    return whole;
}
