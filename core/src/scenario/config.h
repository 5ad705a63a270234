/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An INI file with places: iniparser holds the values, and a first pass of our own over the lines closes its traps
 * (silent duplicates, text dropped after ';' or '#', lines over 1,024 bytes, continued lines, marks, case folding) by
 * reporting them, all of them, with file and line.  Values come out only through the strict getters below.
 * Section names have one or two words: a kind, and a name: "[strategy support]", "[run]".  Keys and names are
 * lower case.  Every getter marks the key as known to the program, present or not; tf_config_finish reports the rest.
 */
#ifndef TF_SCENARIO_CONFIG_H
#define TF_SCENARIO_CONFIG_H

#include "base/status.h"
#include "base/text.h"
#include "random/distribution.h"

typedef struct tf_config tf_config;

/* `from` as for tf_table_read.  Mistakes are recorded and TREFOIL_USER_MISTAKE returned only when nothing useful could be
 * read (no file, not text); otherwise the file is returned with its mistakes recorded, so that more can be found. */
trefoil_status tf_config_read(trefoil_context *context, const char *path, tf_place from, tf_config **config) TF_MUST_USE;
void tf_config_destroy(tf_config *config);
const char *tf_config_path(const tf_config *config);
const char *tf_config_digest(const tf_config *config); /* SHA-256 of the file's bytes */

/* Override one value: "section:key=value", as after --set.  A section of two words is written with its space:
 * "intervention programme:uptake_q1=0.5".  A section of two words must exist; one of one word is made, and tf_config_finish
 * reports it if nobody knows it.  The place of the value becomes "--set". */
trefoil_status tf_config_set(trefoil_context *context, tf_config *config, const char *assignment);

/* Sections in file order. */
size_t tf_config_sections(const tf_config *config);
const char *tf_config_section(const tf_config *config, size_t i);                       /* "strategy support"      */
bool tf_config_section_is(const tf_config *config, size_t i, const char *kind, const char **name); /* its second word, or "" */
tf_place tf_config_section_place(const tf_config *config, size_t i);
ptrdiff_t tf_config_find(const tf_config *config, const char *section);                 /* -1: none */

/* Keys of a section, in file order. */
size_t tf_config_keys(const tf_config *config, size_t section);
const char *tf_config_key(const tf_config *config, size_t section, size_t k);

/* The raw text of a key, quotes removed and trimmed, or NULL if absent.  Marks the key as known. */
const char *tf_config_text(tf_config *config, size_t section, const char *key);
/* Where the key stands; where its section stands if it is absent. */
tf_place tf_config_place(const tf_config *config, size_t section, const char *key);

/* Strict getters.  Absent: the fallback, without a mistake.  Present but wrong: a mistake of the form
 * "file:line: [section] key = text: expected a number from 0 to 1", and the fallback. */
double tf_config_number(trefoil_context *context, tf_config *config, size_t section, const char *key, double min, double max,
                        double fallback);
int64_t tf_config_integer(trefoil_context *context, tf_config *config, size_t section, const char *key, int64_t min, int64_t max,
                          int64_t fallback);
/* yes/no, true/false, on/off, 1/0 */
bool tf_config_switch(trefoil_context *context, tf_config *config, size_t section, const char *key, bool fallback);
/* The index of the text among NULL-terminated `choices`; a mistake names them and the nearest. */
int tf_config_choice(trefoil_context *context, tf_config *config, size_t section, const char *key, const char *const *choices,
                     int fallback);
/* A comma-separated list appended to `list` (empty pieces are mistakes).  Double quotes inside the value keep a comma:
 * areas = 'QOP, "NHS Leicester, Leicestershire and Rutland"' */
trefoil_status tf_config_list(trefoil_context *context, tf_config *config, size_t section, const char *key, tf_list *list);
/* A number with uncertainty and source; `false` when absent or wrong (then a mistake was recorded). */
bool tf_config_uncertain(trefoil_context *context, tf_config *config, size_t section, const char *key, tf_number *number);
/* A path, relative to the file's own folder; NULL when absent; the caller frees. */
char *tf_config_file(trefoil_context *context, tf_config *config, size_t section, const char *key);
/* Absent is a mistake "file:line: [section]: 'key' is missing: <what it is>". */
bool tf_config_require(trefoil_context *context, tf_config *config, size_t section, const char *key, const char *what);

/* Mark a whole section as read by somebody who took its keys one by one. */
void tf_config_know_section(tf_config *config, size_t section);
/* Report every section and key nobody asked for, with the nearest known name: "no such setting; did you mean 'uptake'?"
 * TREFOIL_NO_MEMORY if memory ran out while the questions were remembered, else TREFOIL_DONE. */
trefoil_status tf_config_finish(trefoil_context *context, const tf_config *config);

#endif
