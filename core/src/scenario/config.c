/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/config.h"

#include "base/digest.h"
#include "base/memory.h"
#include "scenario/config_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_LIMIT = 16 << 20 };

/* ---- blocks and entries ------------------------------------------------------ */

tf_config_block *tf_config_block_find(const tf_config *config, const char *name)
{
    for (size_t i = 0; i < config->n_blocks; i++)
        if (strcmp(config->blocks[i].name, name) == 0)
            return &config->blocks[i];
    return NULL;
}

tf_config_entry *tf_config_entry_find(const tf_config_block *block, const char *key)
{
    for (size_t i = 0; i < block->n_entries; i++)
        if (strcmp(block->entries[i].key, key) == 0)
            return &block->entries[i];
    return NULL;
}

tf_config_block *tf_config_block_add(tf_config *config, const char *name, int line)
{
    tf_config_block *block;
    void *items = config->blocks;
    int grown = tf_reserve(&items, &config->capacity, config->n_blocks + 1, sizeof *config->blocks);

    config->blocks = items;
    if (grown != 0)
        return NULL;
    block = &config->blocks[config->n_blocks];
    *block = (tf_config_block){.name = tf_strdup(name), .line = line};
    if (!block->name)
        return NULL;
    config->n_blocks++;
    return block;
}

tf_config_entry *tf_config_entry_add(tf_config_block *block, const char *key, const char *text, int line)
{
    tf_config_entry *entry;
    void *items = block->entries;
    int grown = tf_reserve(&items, &block->capacity, block->n_entries + 1, sizeof *block->entries);

    block->entries = items;
    if (grown != 0)
        return NULL;
    entry = &block->entries[block->n_entries];
    *entry = (tf_config_entry){.key = tf_strdup(key), .text = tf_strdup(text), .line = line};
    if (!entry->key || !entry->text) {
        tf_free(entry->key);
        tf_free(entry->text);
        return NULL;
    }
    block->n_entries++;
    return entry;
}

static void block_clear(tf_config_block *block)
{
    for (size_t i = 0; i < block->n_entries; i++) {
        tf_free(block->entries[i].key);
        tf_free(block->entries[i].text);
    }
    tf_free(block->entries);
    tf_free(block->name);
    tf_list_free(&block->asked);
}

/* ---- reading ----------------------------------------------------------------- */

static trefoil_status cannot_read(trefoil_context *context, tf_place from, const char *path, const char *why)
{
    if (from.file)
        return tf_mistake(context, from, "%s: %s", path, why);
    return tf_fail(context, TREFOIL_FILE_FAILED, "%s: %s", path, why);
}

/* The whole of a file, with one byte more behind it. */
static trefoil_status read_bytes(trefoil_context *context, const char *path, tf_place from, char **bytes, size_t *n)
{
    trefoil_status status = TREFOIL_DONE;
    struct stat facts;
    FILE *file = fopen(path, "rb");

    *bytes = NULL;
    if (!file)
        return cannot_read(context, from, path, strerror(errno));
    if (fstat(fileno(file), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        status = cannot_read(context, from, path, "not a file");
    } else if (facts.st_size > FILE_LIMIT) {
        status = cannot_read(context, from, path, "larger than 16 MiB");
    } else if (!(*bytes = tf_alloc((size_t)facts.st_size + 1, 1))) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %s", path);
    } else {
        *n = fread(*bytes, 1, (size_t)facts.st_size, file);
        if (ferror(file))
            status = cannot_read(context, from, path, strerror(errno));
    }
    fclose(file);
    if (status != TREFOIL_DONE) {
        tf_free(*bytes);
        *bytes = NULL;
    }
    return status;
}

trefoil_status tf_config_read(trefoil_context *context, const char *path, tf_place from, tf_config **config)
{
    trefoil_status status;
    tf_config *made = NULL;
    char *bytes = NULL;
    size_t n = 0;
    bool clean = false;

    *config = NULL;
    TRY(read_bytes(context, path, from, &bytes, &n));
    made = TF_NEW(tf_config, 1);
    if (made) {
        made->path = tf_strdup(path);
        made->asked = TF_NEW(struct tf_config_asked, 1);
    }
    if (!made || !made->path || !made->asked) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %s", path);
        goto out;
    }
    tf_digest_bytes(bytes, n, made->digest);
    TRY(tf_config_scan(context, made, bytes, n, &clean));
    if (clean)
        TRY(tf_config_confirm(context, made));
    *config = made;
    made = NULL;
out:
    tf_config_destroy(made);
    tf_free(bytes);
    return status;
}

void tf_config_destroy(tf_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->n_blocks; i++)
        block_clear(&config->blocks[i]);
    tf_free(config->blocks);
    if (config->asked)
        tf_list_free(&config->asked->sections);
    tf_free(config->asked);
    tf_free(config->path);
    tf_free(config);
}

const char *tf_config_path(const tf_config *config)
{
    return config->path;
}

const char *tf_config_digest(const tf_config *config)
{
    return config->digest;
}

/* ---- what is there ----------------------------------------------------------- */

/* Remember a question, once. */
static void ask(const tf_config *config, tf_list *list, const char *what)
{
    if (tf_list_find(list, what) < 0 && tf_list_add(list, what) != 0)
        config->asked->starved = true;
}

size_t tf_config_sections(const tf_config *config)
{
    return config->n_blocks;
}

const char *tf_config_section(const tf_config *config, size_t i)
{
    return i < config->n_blocks ? config->blocks[i].name : NULL;
}

bool tf_config_section_is(const tf_config *config, size_t i, const char *kind, const char **name)
{
    size_t length = strlen(kind);
    const char *text;

    ask(config, &config->asked->sections, kind);
    if (name)
        *name = "";
    if (i >= config->n_blocks)
        return false;
    text = config->blocks[i].name;
    if (strncmp(text, kind, length) != 0 || (text[length] != '\0' && text[length] != ' '))
        return false;
    config->blocks[i].known = true;
    if (name && text[length] == ' ')
        *name = text + length + 1;
    return true;
}

tf_place tf_config_section_place(const tf_config *config, size_t i)
{
    if (i >= config->n_blocks)
        return (tf_place){config->path, 0};
    return (tf_place){config->blocks[i].line ? config->path : TF_CONFIG_SET, config->blocks[i].line};
}

ptrdiff_t tf_config_find(const tf_config *config, const char *section)
{
    tf_config_block *block = tf_config_block_find(config, section);

    ask(config, &config->asked->sections, section);
    if (!block)
        return -1;
    block->known = true;
    return block - config->blocks;
}

size_t tf_config_keys(const tf_config *config, size_t section)
{
    return section < config->n_blocks ? config->blocks[section].n_entries : 0;
}

const char *tf_config_key(const tf_config *config, size_t section, size_t k)
{
    return k < tf_config_keys(config, section) ? config->blocks[section].entries[k].key : NULL;
}

const char *tf_config_text(tf_config *config, size_t section, const char *key)
{
    tf_config_block *block;
    tf_config_entry *entry;

    if (section >= config->n_blocks)
        return NULL;
    block = &config->blocks[section];
    block->known = true;
    ask(config, &block->asked, key);
    entry = tf_config_entry_find(block, key);
    if (!entry)
        return NULL;
    entry->known = true;
    return entry->text;
}

tf_place tf_config_place(const tf_config *config, size_t section, const char *key)
{
    const tf_config_entry *entry = section < config->n_blocks ? tf_config_entry_find(&config->blocks[section], key) : NULL;

    if (!entry)
        return tf_config_section_place(config, section);
    return (tf_place){entry->line ? config->path : TF_CONFIG_SET, entry->line};
}

void tf_config_know_section(tf_config *config, size_t section)
{
    if (section < config->n_blocks)
        config->blocks[section].known = config->blocks[section].wholly_known = true;
}
