/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Geography is dated data.  The smallest area is an Integrated Care Board of April 2024 (42 of them), or a stated share of one where
 * a later merger divides it; boards of April 2026 are sets of these.  Files (in the folder of population facts):
 * areas.csv (index,code,ods,name,region), boards.csv (set,from,to,code,name,area_code,share_from,share_to).
 */
#ifndef TF_WORLD_GEOGRAPHY_H
#define TF_WORLD_GEOGRAPHY_H

#include "base/table.h"
#include "base/text.h"

typedef struct tf_area {
    int index;    /* stable for ever: part of a person's identity; 0..255 */
    char *code;   /* ONS code, E54000057 */
    char *ods;    /* QOP */
    char *name;   /* NHS Greater Manchester */
    char *region; /* North West */
} tf_area;

/* Part of an area: the people whose ordinal within their stratum falls in [from, to) of the stratum's size. */
typedef struct tf_area_part {
    size_t area; /* index into tf_geography.areas */
    double from, to;
    size_t group; /* index of the selected board this part belongs to, in tf_selection.boards */
} tf_area_part;

typedef struct tf_geography {
    tf_area *areas;
    size_t n_areas;
    tf_table *boards;
    char digest[65];
} tf_geography;

/* What a scenario picked: boards (the groups of dimension icb) and the parts of areas they are made of; no part twice. */
typedef struct tf_selection {
    char **boards;  /* names, in the order picked (for england: of areas.csv) */
    char **regions; /* NHS region of each board */
    size_t n_boards;
    tf_area_part *parts;
    size_t n_parts;
} tf_selection;

trefoil_status tf_geography_read(trefoil_context *context, const char *folder, tf_place from, tf_geography **geography) TF_MUST_USE;
void tf_geography_destroy(tf_geography *geography);

/* Pick areas by name, code or ODS code of any dated board, by NHS region, or `england`; "NHS " and " ICB" may be left out, case is
 * ignored.  Mistakes: unknown (with the nearest name), the same people twice.  Boards of the set of April 2024 win over boards of April 2026 of
 * the same name and extent. */
trefoil_status tf_geography_select(trefoil_context *context, const tf_geography *geography, const tf_list *wanted, tf_place place,
                                   tf_selection *selection) TF_MUST_USE;
void tf_selection_free(tf_selection *selection);

#endif
