/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that read a model share.  Readers record mistakes and go on; only the world's failures stop them. */
#ifndef TF_MODEL_READ_H
#define TF_MODEL_READ_H

#include "model/model.h"

typedef struct tf_reader {
    trefoil_context *context;
    tf_config *config;
    tf_model *model;
    const tf_scenario *scenario;
    size_t mistakes;       /* of the context when reading began */
    bool paths_unknown;    /* a transition or a list of the dead is wrong: nothing can be said of where paths end */
    trefoil_status status; /* DONE, or the failure that stops reading */
} tf_reader;

/* Is there no more to be done?  After a failure every reader returns at once. */
bool tf_read_failed(const tf_reader *reader);
/* Note what a call returned; a mistake is no failure. */
void tf_read_note(tf_reader *reader, trefoil_status status);
void tf_read_starve(tf_reader *reader);
/* `n` zeroed items, or NULL after noting the failure. */
void *tf_read_alloc(tf_reader *reader, size_t n, size_t size);

/* The k-th section of a kind (from 0), its name in `name`; -1 when there is none.  */
ptrdiff_t tf_read_section(const tf_reader *reader, const char *kind, size_t k, const char **name);
size_t tf_read_count(const tf_reader *reader, const char *kind);

/* A mistake at a key: "[section] key = text: ..."; nothing after a failure. */
TF_PRINTF(4, 5) void tf_read_wrong(tf_reader *reader, size_t section, const char *key, const char *format, ...);
/* A mistake at a section: "[section]: ..." */
TF_PRINTF(3, 4) void tf_read_wrong_section(tf_reader *reader, size_t section, const char *format, ...);

/* Is the name of the section a name that can be used in keys and formulas?  A mistake otherwise, and nothing is said of
 * its keys. */
bool tf_read_name(tf_reader *reader, size_t section, const char *name);
char *tf_read_copy(tf_reader *reader, const char *text);
/* A copy of the key's text, or of `fallback` (which may be NULL) if it is absent. */
char *tf_read_text(tf_reader *reader, size_t section, const char *key, const char *fallback);
bool tf_read_has(const tf_reader *reader, size_t section, const char *key);
/* The formula of a key: its index, or TF_NONE if it is absent or wrong (then a mistake was recorded). */
int tf_read_formula(tf_reader *reader, size_t section, const char *key, double min, double max);

/* The k-th key that begins with `prefix` ("cost."), what follows in `rest`; NULL when there is none. */
const char *tf_read_prefixed(const tf_reader *reader, size_t section, const char *prefix, size_t k, const char **rest);

/* Find `name` among the names of one kind; a mistake at `key` (NULL: at the section) naming the nearest otherwise.  The
 * names are those of n structs of `size` bytes that begin with a char pointer. */
int tf_read_find(tf_reader *reader, size_t section, const char *key, const char *noun, const char *name,
                 const void *items, size_t n, size_t size);
/* Find a state "condition.state"; a mistake as above. */
int tf_read_state(tf_reader *reader, size_t section, const char *key, const char *dotted);
/* Find a state of one condition. */
int tf_read_state_of(tf_reader *reader, size_t section, const char *key, int condition, const char *name);

/* The keys `cost.<category>`, `use.<resource>` and, for events, `qaly`. */
void tf_read_payoffs(tf_reader *reader, size_t section, bool event, tf_payoff **payoffs, size_t *n);

/* In this order. */
void tf_read_tables(tf_reader *reader); /* read_parts.c */
void tf_read_categories(tf_reader *reader);
void tf_read_resources(tf_reader *reader);
void tf_read_risks(tf_reader *reader);
void tf_read_utility(tf_reader *reader);
void tf_read_conditions(tf_reader *reader); /* names of conditions and their states: read_conditions.c */
void tf_read_relatives(tf_reader *reader);
void tf_read_initial(tf_reader *reader);
void tf_read_states(tf_reader *reader);
void tf_read_transitions(tf_reader *reader); /* read_transitions.c */
/* A transition's `time` and `clock`. */
void tf_read_time(tf_reader *reader, size_t section, tf_transition *transition); /* read_time.c */
void tf_read_start(tf_reader *reader); /* read_paths.c */
void tf_read_paths(tf_reader *reader);

/* check.c: what can be seen only when all is read. */
void tf_check_structure(tf_reader *reader);
void tf_check_base_case(tf_reader *reader, const tf_scenario *scenario);
/* Do two purposes of different names collide?  A mistake at `place` for each pair. */
trefoil_status tf_check_purposes(trefoil_context *context, const tf_model *model, tf_place place);

/* Purposes of what a condition and a transition need, as documented in model.h. */
void tf_condition_purposes(const char *owner, tf_condition *condition);
void tf_transition_purposes(const char *owner, const tf_model *model, tf_transition *transition);
enum { TF_PURPOSE_NAME = 320 };
/* The names "initial chd" or "cycle chd", and "clock chd.none.mi1" or "branch chd.none.mi1"; of a process without the
 * condition. */
void tf_condition_stream(const tf_condition *condition, const char *kind, char name[TF_PURPOSE_NAME]);
void tf_transition_stream(const tf_model *model, const tf_transition *transition, const char *kind,
                          char name[TF_PURPOSE_NAME]);

#endif
