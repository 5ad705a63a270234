/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that make up a tf_config share. */
#ifndef TF_SCENARIO_CONFIG_PRIVATE_H
#define TF_SCENARIO_CONFIG_PRIVATE_H

#include "scenario/config.h"

/* The longest line iniparser 4.1 takes, without its end, and the longest name that its look-ups do not cut. */
enum { TF_CONFIG_LINE = 1022, TF_CONFIG_NAME = 120 };

#define TF_CONFIG_SET "--set"

typedef struct tf_config_entry {
    char *key, *text;
    int line; /* 0: given by --set */
    bool known;
} tf_config_entry;

typedef struct tf_config_block {
    char *name; /* one or two words with one space between */
    int line;   /* 0: made by --set */
    tf_config_entry *entries;
    size_t n_entries, capacity;
    tf_list asked; /* keys somebody asked for */
    bool known, wholly_known;
} tf_config_block;

struct tf_config {
    char *path;
    char digest[65];
    tf_config_block *blocks;
    size_t n_blocks, capacity;
    /* Behind a pointer because questions about a constant file are remembered too. */
    struct tf_config_asked {
        tf_list sections;
        bool starved; /* memory ran out while remembering */
    } *asked;
};

tf_config_entry *tf_config_entry_find(const tf_config_block *block, const char *key);
tf_config_block *tf_config_block_find(const tf_config *config, const char *name);
/* NULL when memory is exhausted. */
tf_config_block *tf_config_block_add(tf_config *config, const char *name, int line);
tf_config_entry *tf_config_entry_add(tf_config_block *block, const char *key, const char *text, int line);

/* The first pass: what stands where.  `clean` says that nothing was found which iniparser would read otherwise. */
trefoil_status tf_config_scan(trefoil_context *context, tf_config *config, char *bytes, size_t n, bool *clean) TF_MUST_USE;

/* Let iniparser read the file too: its sections, keys and values must be those of the first pass. */
trefoil_status tf_config_confirm(trefoil_context *context, const tf_config *config) TF_MUST_USE;

#endif
