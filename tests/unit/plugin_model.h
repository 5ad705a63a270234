/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small model with all that the shipped plugins ask for, in a temporary folder. */
#ifndef TESTS_UNIT_PLUGIN_MODEL_H
#define TESTS_UNIT_PLUGIN_MODEL_H

#include "folder.h"
#include "model/model.h"

static const char *const small_model = "[model]\n"
                                       "title = Stroke and statins\n"
                                       "evidence = evidence.csv\n"
                                       "clock = continuous\n"
                                       "ages = 40-100\n"
                                       "[risk smoker]\n"
                                       "family = bernoulli\n"
                                       "mean = 0.2\n"
                                       "[condition death]\n"
                                       "states = alive, stroke, other\n"
                                       "dead = stroke, other\n"
                                       "[condition stroke]\n"
                                       "states = none, first, later\n"
                                       "[condition statin]\n"
                                       "states = off, lapsed, taking\n"
                                       "initial.lapsed = 0.1\n"
                                       "initial.taking = 0.2\n"
                                       "[transition death.alive.other]\n"
                                       "rate = 0.02\n"
                                       "[transition stroke.none.first]\n"
                                       "rate = stroke_rate\n"
                                       "fatality = 0.2\n"
                                       "fatal = death.stroke\n"
                                       "use.bed_day = 10\n"
                                       "[transition stroke.first.later]\n"
                                       "after = 1\n"
                                       "[transition stroke.later.first]\n"
                                       "rate = 0.05\n"
                                       "[transition statin.off.taking]\n"
                                       "rate = 0.02\n"
                                       "[transition statin.taking.lapsed]\n"
                                       "rate = 0.2\n"
                                       "[transition statin.lapsed.taking]\n"
                                       "rate = 0.4\n"
                                       "[resource bed_day]\n"
                                       "price = 400\n"
                                       "category = hospital\n"
                                       "[cost hospital]\n"
                                       "party = nhs\n";
static const char *const small_evidence = "name,label,value,unit,price_year,source,grade,note\n"
                                          "stroke_rate,first strokes,0.01,1/a,,Smith 2020,published,\n";

static char small_model_path[128];
static tf_scenario small_scenario;

static inline void small_model_make(void)
{
    folder_make();
    folder_write("evidence.csv", small_evidence);
    snprintf(small_model_path, sizeof small_model_path, "%s", folder_write("model.ini", small_model));
    small_scenario = (tf_scenario){.model = small_model_path, .model_place = {"s.ini", 9}, .age_min = 40, .age_max = 79, .seed = 1};
}

static inline void small_model_remove(void)
{
    folder_forget("evidence.csv");
    folder_forget("model.ini");
    folder_remove();
}

#endif
