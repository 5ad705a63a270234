/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iniparser's reading of the file, against ours. */
#include "scenario/config_private.h"

#include "base/digest.h"
#include "base/memory.h"

#include <iniparser/iniparser.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* iniparser reports through one callback of the whole process. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int silence(const char *format, ...)
{
    (void)format;
    return 0;
}

static dictionary *load(const char *path)
{
    dictionary *values;

    pthread_mutex_lock(&lock);
    iniparser_set_error_callback(silence);
    values = iniparser_load(path);
    iniparser_set_error_callback(NULL);
    pthread_mutex_unlock(&lock);
    return values;
}

static bool same_value(const char *theirs, const char *ours)
{
    const char *blanks = " \t\r\n\v\f";
    size_t length;

    if (!theirs)
        return false;
    theirs += strspn(theirs, blanks);
    length = strlen(theirs);
    while (length > 0 && strchr(blanks, theirs[length - 1]))
        length--;
    return length == strlen(ours) && memcmp(theirs, ours, length) == 0;
}

/* The first "section" or "section:key" that iniparser read otherwise, in `name`. */
static bool agrees(const dictionary *values, const tf_config *config, char *name, size_t size)
{
    size_t n = 0;

    for (size_t b = 0; b < config->n_blocks; b++) {
        const tf_config_block *block = &config->blocks[b];

        snprintf(name, size, "%s", block->name);
        if (!iniparser_find_entry(values, name))
            return false;
        for (size_t e = 0; e < block->n_entries; e++) {
            snprintf(name, size, "%s:%s", block->name, block->entries[e].key);
            if (!same_value(iniparser_getstring(values, name, NULL), block->entries[e].text))
                return false;
        }
        n += 1 + block->n_entries;
    }
    snprintf(name, size, "%d names against %zu", values->n, n);
    return (size_t)values->n == n;
}

trefoil_status tf_config_confirm(trefoil_context *context, const tf_config *config)
{
    char name[TF_CONFIG_NAME * 4], digest[TF_DIGEST_SIZE];
    dictionary *values = load(config->path);
    trefoil_status status = TREFOIL_DONE;

    snprintf(name, sizeof name, "refused");
    if (!values || !agrees(values, config, name, sizeof name)) {
        status = tf_digest_file(context, config->path, digest);
        if (status == TREFOIL_DONE && strcmp(digest, config->digest) != 0)
            status = tf_fail(context, TREFOIL_FILE_FAILED, "%s: the file changed while it was read", config->path);
        else if (status == TREFOIL_DONE)
            status = tf_bug(context, "%s: two readings of the file differ: %s", config->path, name);
    }
    if (values)
        iniparser_freedict(values);
    return status;
}
