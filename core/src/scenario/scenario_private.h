/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that read a scenario share. */
#ifndef TF_SCENARIO_SCENARIO_PRIVATE_H
#define TF_SCENARIO_SCENARIO_PRIVATE_H

#include "scenario/scenario.h"

typedef struct tf_scenario_reader {
    trefoil_context *context;
    tf_config *config;
    tf_scenario *scenario;
    bool starved; /* memory ran out; told at the end */
} tf_scenario_reader;

/* A copy of a text (NULL: none), or of the fallback when the key is absent. */
char *tf_scenario_text(tf_scenario_reader *reader, size_t section, const char *key, const char *fallback);
/* A list appended to `list`. */
void tf_scenario_list(tf_scenario_reader *reader, size_t section, const char *key, tf_list *list);
/* A path beside the scenario, or NULL. */
char *tf_scenario_file(tf_scenario_reader *reader, size_t section, const char *key);
/* Where a key stands; valid as long as the scenario. */
tf_place tf_scenario_place(const tf_scenario_reader *reader, size_t section, const char *key);
/* "[section] key = text: what was expected" */
void tf_scenario_wrong(tf_scenario_reader *reader, size_t section, const char *key, const char *format, ...) TF_PRINTF(4, 5);
/* Every key of a section, as written, into `settings`, but those in `not` (NULL-terminated; NULL: none). */
void tf_scenario_settings(tf_scenario_reader *reader, size_t section, const char *const *not, tf_setting **settings, size_t *n);
void tf_settings_clear(tf_setting *settings, size_t n);

/* The index of a section that must be there; past the last one when it is not, which was told. */
size_t tf_scenario_section(tf_scenario_reader *reader, const char *name, const char *what);
/* Is the key of a required section there?  What is missing is told once. */
bool tf_scenario_require(tf_scenario_reader *reader, size_t section, const char *key, const char *what);

/* Is section i a "[kind NAME]"?  A missing or wrong name is a mistake, and then it is not. */
bool tf_scenario_named(tf_scenario_reader *reader, size_t i, const char *kind, const char **name);
/* The keys parameters.<name> of a section, without the prefix. */
void tf_scenario_read_changes(tf_scenario_reader *reader, size_t section, tf_strategy_spec *spec);
/* [subgroup ...], once [population] is read */
void tf_scenario_read_subgroups(tf_scenario_reader *reader);
void tf_subgroups_clear(tf_scenario *scenario);

/* [population], [time], [economics], [output], [strategy ...] and [intervention ...]; the comparator after these. */
void tf_scenario_read_population(tf_scenario_reader *reader);
void tf_scenario_read_economics(tf_scenario_reader *reader);
void tf_scenario_read_comparator(tf_scenario_reader *reader);
void tf_scenario_read_time(tf_scenario_reader *reader);
void tf_scenario_read_strategies(tf_scenario_reader *reader);
void tf_scenario_read_output(tf_scenario_reader *reader);
void tf_scenario_read_equity(tf_scenario_reader *reader);
/* [scenario-analysis ...] */
void tf_scenario_read_analyses(tf_scenario_reader *reader);
void tf_analyses_clear(tf_scenario *scenario);
/* [staircase]; after the strategies and thresholds */
void tf_scenario_read_staircase(tf_scenario_reader *reader);

#endif
