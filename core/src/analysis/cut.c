/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/cut.h"

#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <string.h>

/* ---- one group --------------------------------------------------------------- */

double tf_cut_total(const tf_layout *layout, const tf_cut_group *group, const tf_outcome *outcome, size_t measure, int discounted)
{
    double sum = 0;

    for (size_t k = 0; k < group->n_members; k++) {
        sum += outcome->total[tf_at(layout, group->members[k], measure, discounted)];
    }
    return sum;
}

double tf_cut_variance(const tf_layout *layout, const tf_cut_group *group, const double *variance, size_t measure, int discounted)
{
    double sum = 0;

    for (size_t k = 0; k < group->n_members; k++) {
        sum += variance[tf_at(layout, group->members[k], measure, discounted)];
    }
    return sum;
}

static double persons_of(const tf_layout *layout, const tf_cut_group *group, const tf_outcome *outcome)
{
    ptrdiff_t persons = tf_find_measure(layout, "persons");
    double n = persons < 0 ? 0 : tf_cut_total(layout, group, outcome, (size_t)persons, TF_UNDISCOUNTED);

    return n > 0 ? n : (double)NAN;
}

tf_pair tf_cut_pair(const tf_layout *layout, const tf_cut_group *group, const tf_outcome *outcomes, size_t strategy, size_t measure,
                    int discounted)
{
    const tf_outcome *a = &outcomes[strategy], *b = &outcomes[layout->comparator];
    double n_a = persons_of(layout, group, a), n_b = persons_of(layout, group, b);
    tf_pair pair = {.a = tf_cut_total(layout, group, a, measure, discounted) / n_a,
                    .b = tf_cut_total(layout, group, b, measure, discounted) / n_b,
                    .variance_a = tf_cut_variance(layout, group, a->variance, measure, discounted) / (n_a * n_a),
                    .variance_b = tf_cut_variance(layout, group, b->variance, measure, discounted) / (n_b * n_b)};
    double difference = tf_cut_variance(layout, group, a->difference_variance, measure, discounted) / (n_a * n_a);

    pair.covariance = (pair.variance_a + pair.variance_b - difference) / 2;
    return pair;
}

static double value_in(const tf_layout *layout, const tf_cut_group *group, const tf_outcome *outcomes, const tf_estimand *of)
{
    const tf_outcome *a = &outcomes[of->strategy], *b = &outcomes[layout->comparator];
    double value = tf_cut_total(layout, group, a, of->measure, of->discounted) / (of->per_person ? persons_of(layout, group, a) : 1);

    return of->difference ? value - tf_cut_total(layout, group, b, of->measure, of->discounted) /
                                        (of->per_person ? persons_of(layout, group, b) : 1)
                          : value;
}

tf_estimate tf_cut_estimate(const tf_layout *layout, const tf_cut_group *group, const tf_sample *sample, const tf_estimand *estimand,
                            double *scratch)
{
    const size_t n = tf_sample_size(sample);
    const tf_outcome *first = &tf_sample_at(sample, 0)[estimand->strategy];
    double people = estimand->per_person ? persons_of(layout, group, first) : 1;

    for (size_t k = 0; k < n; k++) {
        scratch[k] = value_in(layout, group, tf_sample_at(sample, k), estimand);
        if (isnan(scratch[k])) {
            return (tf_estimate){NAN, NAN, NAN, NAN};
        }
    }
    return tf_estimate_values(scratch, n,
                              tf_cut_variance(layout, group, estimand->difference ? first->difference_variance : first->variance,
                                              estimand->measure, estimand->discounted) / (people * people));
}

/* ---- making ------------------------------------------------------------------ */

typedef struct maker {
    trefoil_context *context;
    const tf_layout *layout;
    const tf_outcome *outcome;
    tf_cuts *cuts;
    size_t capacity;
} maker;

static trefoil_status starved(const maker *of)
{
    return tf_fail(of->context, TREFOIL_NO_MEMORY, "not enough memory for the groups of the analysis of equity");
}

static trefoil_status add_cut(maker *to, const char *name, size_t most, tf_cut **cut)
{
    tf_cuts *cuts = to->cuts;

    if (tf_reserve((void **)&cuts->items, &to->capacity, cuts->count + 1, sizeof *cuts->items) != 0) {
        return starved(to);
    }
    *cut = &cuts->items[cuts->count++];
    **cut = (tf_cut){.name = tf_strdup(name), .groups = TF_NEW(tf_cut_group, most)};
    return (*cut)->name != NULL && (*cut)->groups != NULL ? TREFOIL_DONE : starved(to);
}

/* A group without members yet, with room for `most`. */
static trefoil_status add_group(const maker *of, tf_cut *cut, const char *label, size_t most, double rank, tf_cut_group **group)
{
    *group = &cut->groups[cut->n++];
    **group = (tf_cut_group){.label = tf_strdup(label), .members = TF_NEW(size_t, most), .rank = rank};
    return (*group)->label != NULL && (*group)->members != NULL ? TREFOIL_DONE : starved(of);
}

static void add_member(const maker *of, tf_cut_group *group, size_t member)
{
    group->members[group->n_members++] = member;
    for (int q = 0; of->layout->background != NULL && q < TF_FIFTHS; q++) {
        group->residents[q] += of->layout->background[member].residents[q];
    }
}

static void find_outside(const maker *of, tf_cut *cut)
{
    for (int q = 0; of->layout->background != NULL && q < TF_FIFTHS; q++) {
        double inside = 0;

        for (size_t g = 0; g < cut->n; g++) {
            inside += cut->groups[g].residents[q];
        }
        cut->outside[q] = fmax(0, of->layout->background[0].residents[q] - inside);
    }
}

/* The k-th piece of a label whose pieces stand between '*'; false past the last. */
static bool piece_of(const char *label, size_t k, const char **piece, size_t *length)
{
    for (;;) {
        *length = strcspn(label, "*");
        if (k == 0) {
            *piece = label;
            return true;
        }
        if (label[*length] == '\0') {
            return false;
        }
        label += *length + 1;
        k--;
    }
}

/* Labels of groups have their pieces in this order, however the grouping is written (engine/layout.c). */
static const char *const order[] = {"region", "icb", "imd", "sex", "age"};
enum { DIMENSIONS = sizeof order / sizeof *order };

static bool has_dimension(const char *name, const char *dimension)
{
    const char *piece;
    size_t length;

    for (size_t k = 0; piece_of(name, k, &piece, &length); k++) {
        if (strlen(dimension) == length && strncmp(piece, dimension, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Where the pieces of a dimension stand in the labels; -1: the grouping does not have it. */
static ptrdiff_t place_of(const char *name, const char *dimension)
{
    ptrdiff_t at = 0;

    for (size_t d = 0; d < DIMENSIONS; d++) {
        if (strcmp(order[d], dimension) == 0) {
            return has_dimension(name, dimension) ? at : -1;
        }
        at += has_dimension(name, order[d]);
    }
    return -1;
}

static trefoil_status add_side(const maker *of, tf_cut *cut, const char *dimension, size_t place)
{
    tf_cut_side *side = &cut->sides[cut->n_sides++];
    trefoil_status status = TREFOIL_DONE;

    *side = (tf_cut_side){.dimension = tf_strdup(dimension), .part = TF_NEW(size_t, cut->n)};
    if (side->dimension == NULL || side->part == NULL) {
        return starved(of);
    }
    for (size_t g = 0; g < cut->n; g++) {
        const char *piece = "", *other = "";
        size_t length = 0, other_length = 0, before = 0;
        bool known = false;

        (void)piece_of(cut->groups[g].label, place, &piece, &length);
        for (; before < g && !known; before += !known) {
            (void)piece_of(cut->groups[before].label, place, &other, &other_length);
            known = length == other_length && strncmp(piece, other, length) == 0;
        }
        side->part[g] = known ? side->part[before] : side->n_parts++;
    }
    return status;
}

static trefoil_status add_sides(const maker *of, tf_cut *cut)
{
    trefoil_status status = TREFOIL_DONE;

    if (strchr(cut->name, '*') == NULL) {
        return TREFOIL_DONE;
    }
    cut->sides = TF_NEW(tf_cut_side, DIMENSIONS);
    if (cut->sides == NULL) {
        return starved(of);
    }
    for (size_t d = 0; d < DIMENSIONS; d++) {
        ptrdiff_t place = place_of(cut->name, order[d]);

        if (place >= 0) {
            TRY(add_side(of, cut, order[d], (size_t)place));
        }
    }
out:
    return status;
}

static trefoil_status add_grouping(maker *to, const char *name)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_layout *layout = to->layout;
    const ptrdiff_t imd = place_of(name, "imd");
    const bool fifths = strcmp(name, "imd") == 0;
    ptrdiff_t persons = tf_find_measure(layout, "persons");
    tf_cut *cut;

    TRY(add_cut(to, name, layout->n_groups, &cut));
    cut->ranked = imd >= 0;
    for (size_t g = 0; g < layout->n_groups; g++) {
        tf_cut_group *group;
        const char *piece = "";
        size_t length = 0;

        if (strcmp(layout->groups[g].group_by, name) != 0 ||
            (!fifths && (persons < 0 || !(to->outcome->total[tf_at(layout, g, (size_t)persons, TF_UNDISCOUNTED)] > 0)))) {
            continue;
        }
        if (imd >= 0) {
            (void)piece_of(layout->groups[g].group, (size_t)imd, &piece, &length);
        }
        TRY(add_group(to, cut, layout->groups[g].group, 1, imd >= 0 ? piece[0] - '0' : (double)NAN, &group));
        add_member(to, group, g);
    }
    find_outside(to, cut);
    TRY(add_sides(to, cut));
out:
    return status;
}

/* The groups of a dimension in two: those named, and the rest. */
static trefoil_status add_split(maker *to, const char *name, const char *label, const char *dimension, const tf_list *named)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_layout *layout = to->layout;
    tf_cut *cut;
    tf_cut_group *in, *rest;

    TRY(add_cut(to, name, 2, &cut));
    TRY(add_group(to, cut, label, layout->n_groups, NAN, &in));
    TRY(add_group(to, cut, "rest", layout->n_groups, NAN, &rest));
    for (size_t g = 0; g < layout->n_groups; g++) {
        if (strcmp(layout->groups[g].group_by, dimension) == 0) {
            bool is_in = false;

            for (size_t k = 0; k < named->count; k++) {
                is_in = is_in || strcmp(named->items[k], layout->groups[g].group) == 0;
            }
            add_member(to, is_in ? in : rest, g);
        }
    }
    find_outside(to, cut);
out:
    return status;
}

static trefoil_status add_extras(maker *to, const tf_equity_spec *spec)
{
    trefoil_status status = TREFOIL_DONE;
    char fifth[] = "1", *one[] = {fifth};
    const tf_list first = {.items = one, .count = 1};

    if (tf_find_group(to->layout, "imd", "1") >= 0) {
        TRY(add_split(to, "core20", "core20", "imd", &first));
    }
    for (size_t k = 0; spec != NULL && k < spec->n_plus; k++) {
        tf_text name = {0};

        tf_text_addf(&name, "plus.%s", spec->plus[k].name);
        status = name.failed ? starved(to) : add_split(to, name.chars, spec->plus[k].name, spec->plus[k].dimension, &spec->plus[k].groups);
        tf_text_free(&name);
        TRY(status);
    }
out:
    return status;
}

trefoil_status tf_cuts_create(trefoil_context *context, const tf_layout *layout, const tf_equity_spec *spec, const tf_outcome *outcome,
                              bool extra, tf_cuts *cuts)
{
    trefoil_status status = TREFOIL_DONE;
    maker to = {.context = context, .layout = layout, .outcome = outcome, .cuts = cuts};

    *cuts = (tf_cuts){0};
    for (size_t g = 0; g < layout->n_groups; g++) {
        const char *name = layout->groups[g].group_by;

        if (strcmp(name, "all") != 0 && tf_cuts_find(cuts, name) == NULL) {
            TRY(add_grouping(&to, name));
        }
    }
    if (extra) {
        TRY(add_extras(&to, spec));
    }
out:
    if (status != TREFOIL_DONE) {
        tf_cuts_free(cuts);
    }
    return status;
}

void tf_cuts_free(tf_cuts *cuts)
{
    for (size_t c = 0; c < cuts->count; c++) {
        tf_cut *cut = &cuts->items[c];

        for (size_t g = 0; g < cut->n; g++) {
            tf_free(cut->groups[g].label);
            tf_free(cut->groups[g].members);
        }
        for (size_t d = 0; d < cut->n_sides; d++) {
            tf_free(cut->sides[d].dimension);
            tf_free(cut->sides[d].part);
        }
        tf_free(cut->sides);
        tf_free(cut->groups);
        tf_free(cut->name);
    }
    tf_free(cuts->items);
    *cuts = (tf_cuts){0};
}

const tf_cut *tf_cuts_find(const tf_cuts *cuts, const char *name)
{
    for (size_t c = 0; c < cuts->count; c++) {
        if (strcmp(cuts->items[c].name, name) == 0) {
            return &cuts->items[c];
        }
    }
    return NULL;
}
