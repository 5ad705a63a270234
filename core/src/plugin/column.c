/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/column.h"

#include "base/memory.h"
#include "trefoil/plugin.h"

#include <string.h>

#define BIT(x) (1u << (x))

enum { MAX_PARTS = 8, EFFECTS = BIT(TREFOIL_SCALE) | BIT(TREFOIL_ADD) | BIT(TREFOIL_SET), ANY_STAGE = -1 };
enum { OWN = BIT(TREFOIL_KEEP) | BIT(TREFOIL_WORK) | BIT(TREFOIL_DRAW) | BIT(TREFOIL_STREAM) };

/* A part in <brackets> stands for any name; "..." for any number of parts. */
typedef struct form {
    const char *pattern;
    tf_column_kind kind;
    uint32_t access;
    int stage;
    const char *unit;
} form;

static const form forms[] = {
    {"age", TF_COLUMN_AGE, BIT(TREFOIL_READ), ANY_STAGE, "a"},
    {"sex", TF_COLUMN_SEX, BIT(TREFOIL_READ), ANY_STAGE, "1"},
    {"imd", TF_COLUMN_IMD, BIT(TREFOIL_READ), ANY_STAGE, "1"},
    {"icb", TF_COLUMN_ICB, BIT(TREFOIL_READ), ANY_STAGE, "1"},
    {"time", TF_COLUMN_TIME, BIT(TREFOIL_READ), ANY_STAGE, "a"},
    {"risk.<factor>", TF_COLUMN_RISK, BIT(TREFOIL_READ), ANY_STAGE, NULL},
    {"risk.<factor>", TF_COLUMN_RISK, EFFECTS, TREFOIL_STAGE_RISK, NULL},
    {"in.<condition>.<state>", TF_COLUMN_IN, BIT(TREFOIL_READ), ANY_STAGE, "1"},
    {"years_in.<condition>", TF_COLUMN_YEARS_IN, BIT(TREFOIL_READ), ANY_STAGE, "a"},
    {"count.<condition>.<from>.<to>", TF_COLUMN_COUNT, BIT(TREFOIL_READ), ANY_STAGE, "1"},
    {"hazard.<condition>.<from>.<to>", TF_COLUMN_HAZARD, BIT(TREFOIL_SCALE), TREFOIL_STAGE_HAZARD, "1"},
    {"branch.<condition>.<from>.<to>", TF_COLUMN_BRANCH, BIT(TREFOIL_SCALE), TREFOIL_STAGE_HAZARD, "1"},
    {"cost.<category>", TF_COLUMN_COST, BIT(TREFOIL_ADD), TREFOIL_STAGE_USE, NULL},
    {"use.<resource>", TF_COLUMN_USE, BIT(TREFOIL_ADD), TREFOIL_STAGE_USE, NULL},
    {"utility", TF_COLUMN_UTILITY, BIT(TREFOIL_ADD) | BIT(TREFOIL_SCALE), TREFOIL_STAGE_UTILITY, "1"},
    {"measure.<name>", TF_COLUMN_MEASURE, BIT(TREFOIL_ADD), ANY_STAGE, NULL},
    {"per.<condition>.<from>.<to>.cost.<category>", TF_COLUMN_PER_COST, BIT(TREFOIL_ADD), TREFOIL_STAGE_USE, NULL},
    {"per.<condition>.<from>.<to>.use.<resource>", TF_COLUMN_PER_USE, BIT(TREFOIL_ADD), TREFOIL_STAGE_USE, NULL},
    {"while.<condition>.<state>.cost.<category>", TF_COLUMN_WHILE_COST, BIT(TREFOIL_ADD), TREFOIL_STAGE_USE, NULL},
    {"while.<condition>.<state>.use.<resource>", TF_COLUMN_WHILE_USE, BIT(TREFOIL_ADD), TREFOIL_STAGE_USE, NULL},
    {"while.<condition>.<state>.utility", TF_COLUMN_WHILE_UTILITY, BIT(TREFOIL_ADD), TREFOIL_STAGE_UTILITY, "1"},
    {"expected....", TF_COLUMN_EXPECTED, BIT(TREFOIL_LOOKUP), ANY_STAGE, NULL},
};
enum { FORMS = sizeof forms / sizeof forms[0] };

static const char *const access_names[] = {"READ", "LOOKUP", "DRAW", "STREAM", "SCALE", "ADD", "SET", "KEEP", "WORK"};
static const char *const stage_names[] = {"ENROL", "RISK", "HAZARD", "USE", "UTILITY"};

/* ---- parts ------------------------------------------------------------------------------------------------------ */

/* A dotted text cut into its parts. */
typedef struct parts {
    char *memory;
    const char *item[MAX_PARTS];
    int count; /* -1: too many */
} parts;

static bool cut(const char *text, parts *p)
{
    char *rest;

    *p = (parts){.memory = tf_strdup(text)};
    if (p->memory == NULL) {
        return false;
    }
    for (rest = p->memory; rest != NULL;) {
        char *dot = strchr(rest, '.');

        if (p->count == MAX_PARTS) {
            p->count = -1;
            return true;
        }
        p->item[p->count++] = rest;
        if (dot != NULL) {
            *dot++ = '\0';
        }
        rest = dot;
    }
    return true;
}

/* Does `name` have the shape of `pattern`?  Parts in brackets must be names, or `*` in a hazard. */
static bool matches(const char *pattern, const parts *name, bool star)
{
    int i = 0;

    while (*pattern != '\0') {
        size_t length = strcspn(pattern, ".");

        if (strcmp(pattern, "...") == 0) {
            return name->count > i;
        }
        if (i >= name->count) {
            return false;
        }
        if (*pattern == '<') {
            bool any = star && i >= 2 && strcmp(name->item[i], "*") == 0;

            if (!any && !tf_is_name(name->item[i])) {
                return false;
            }
        } else if (strlen(name->item[i]) != length || strncmp(pattern, name->item[i], length) != 0) {
            return false;
        }
        pattern += length + (pattern[length] == '.' ? 1 : 0);
        i++;
    }
    return i == name->count;
}

static bool same_head(const char *pattern, const char *head)
{
    size_t length = strcspn(pattern, ".");

    return strlen(head) == length && strncmp(pattern, head, length) == 0;
}

/* ---- form ------------------------------------------------------------------------------------------------------- */

static void say_unknown(const char *name, const parts *p, tf_text *why)
{
    const char *heads[] = {"age",    "sex",    "imd",  "icb", "time",    "risk",    "in",  "years_in", "count",
                           "hazard", "branch", "cost", "use", "utility", "measure", "per", "while",    "expected"};
    const char *near = p->count > 0 ? tf_nearest(p->item[0], heads, sizeof heads / sizeof heads[0]) : NULL;
    int shapes = 0;

    for (int f = 0; f < FORMS && p->count > 0; f++) {
        if (same_head(forms[f].pattern, p->item[0]) &&
            (f == 0 || strcmp(forms[f].pattern, forms[f - 1].pattern) != 0)) {
            tf_text_addf(why, "%s%s", shapes++ == 0 ? "expected " : " or ",
                         forms[f].kind == TF_COLUMN_EXPECTED ? "expected.<measure>" : forms[f].pattern);
        }
    }
    if (shapes == 0) {
        tf_text_addf(why, "there is no column '%s'", name);
        if (near != NULL) {
            tf_text_addf(why, "; did you mean %s?", near);
        }
    }
}

static void say_access(uint32_t allowed, uint32_t access, tf_text *why)
{
    int n = 0;

    tf_text_addf(why, "its access is %s; it can be ", access_names[access]);
    for (uint32_t a = TREFOIL_READ; a <= TREFOIL_WORK; a++) {
        if ((allowed & BIT(a)) != 0) {
            tf_text_addf(why, "%s%s", n++ > 0 ? " or " : "", access_names[a]);
        }
    }
}

static bool is_fact(const char *name)
{
    for (int f = 0; f < FORMS; f++) {
        if (same_head(forms[f].pattern, name)) {
            return true;
        }
    }
    return false;
}

/* The form a name has with this access in this stage; NULL, with why, if none. */
static const form *form_of(const char *name, const parts *p, uint32_t access, uint32_t stage, tf_text *why)
{
    uint32_t allowed = 0;
    int wanted = ANY_STAGE;

    for (int f = 0; f < FORMS; f++) {
        if (!matches(forms[f].pattern, p, forms[f].kind == TF_COLUMN_HAZARD)) {
            continue;
        }
        allowed |= forms[f].access;
        if ((forms[f].access & BIT(access)) != 0) {
            if (forms[f].stage == ANY_STAGE || (uint32_t)forms[f].stage == stage) {
                return &forms[f];
            }
            wanted = forms[f].stage;
        }
    }
    if (wanted != ANY_STAGE) {
        tf_text_addf(why, "this effect belongs in the stage %s, not %s", stage_names[wanted], stage_names[stage]);
    } else if (allowed != 0) {
        say_access(allowed, access, why);
    } else {
        say_unknown(name, p, why);
    }
    return NULL;
}

bool tf_column_form(const char *name, uint32_t access, uint32_t stage, tf_text *why)
{
    parts p;
    bool good;

    if ((OWN & BIT(access)) != 0) {
        if (!tf_is_name(name)) {
            tf_text_addf(why, "a column of the plugin's own is named [a-z][a-z0-9_]*");
            return false;
        }
        if (is_fact(name)) {
            tf_text_addf(why, "'%s' is a name of the host's; choose another for a column of the plugin's own", name);
            return false;
        }
        return true;
    }
    if (!cut(name, &p)) {
        why->failed = true;
        return false;
    }
    good = form_of(name, &p, access, stage, why) != NULL;
    tf_free(p.memory);
    return good;
}

const char *tf_column_unit(const char *name, uint32_t access)
{
    parts p;
    const char *unit = NULL;

    if (access == TREFOIL_DRAW || access == TREFOIL_STREAM) {
        return "1";
    }
    if ((OWN & BIT(access)) != 0 || !cut(name, &p)) {
        return NULL;
    }
    for (int f = 0; f < FORMS; f++) {
        if ((forms[f].access & BIT(access)) != 0 && matches(forms[f].pattern, &p, true)) {
            unit = forms[f].unit;
        }
    }
    tf_free(p.memory);
    return unit;
}

/* ---- in a model ------------------------------------------------------------------------------------------------- */

/* "the model has no state 'x'; did you mean 'y'?", where names are those of `n` things and name_of(model, k) that of
 * one. */
static void say_missing(const tf_model *model, const char *what, const char *name, size_t n,
                        const char *(*name_of)(const tf_model *model, size_t k), tf_text *why)
{
    const char **names = TF_NEW(const char *, n);
    const char *near = NULL;

    if (names != NULL) {
        for (size_t k = 0; k < n; k++) {
            names[k] = name_of(model, k);
        }
        near = tf_nearest(name, names, n);
    }
    tf_text_addf(why, "the model has no %s '%s'", what, name);
    if (near != NULL) {
        tf_text_addf(why, "; did you mean '%s'?", near);
    }
    tf_free(names);
}

static const char *risk_name(const tf_model *model, size_t k)
{
    return model->risks[k].name;
}

static const char *condition_name(const tf_model *model, size_t k)
{
    return model->conditions[k].name;
}

static const char *resource_name(const tf_model *model, size_t k)
{
    return model->resources[k].name;
}

static const char *category_name(const tf_model *model, size_t k)
{
    return model->categories[k].name;
}

static bool find_condition(const tf_model *model, const char *name, int *index, tf_text *why)
{
    *index = tf_model_condition(model, name);
    if (*index == TF_NONE) {
        say_missing(model, "condition", name, model->n_conditions, condition_name, why);
    }
    return *index != TF_NONE;
}

static bool find_state(const tf_model *model, const char *condition, const char *name, int *state, tf_text *why)
{
    const char *names[TF_MAX_STATES];
    const tf_condition *c;
    const char *near;
    int index, n;

    if (!find_condition(model, condition, &index, why)) {
        return false;
    }
    c = &model->conditions[index];
    n = c->n_states < TF_MAX_STATES ? c->n_states : TF_MAX_STATES;
    for (int s = 0; s < n; s++) {
        names[s] = model->states[c->first_state + s].name;
        if (strcmp(names[s], name) == 0) {
            *state = c->first_state + s;
            return true;
        }
    }
    near = tf_nearest(name, names, (size_t)n);
    tf_text_addf(why, "the condition '%s' has no state '%s'", condition, name);
    if (near != NULL) {
        tf_text_addf(why, "; did you mean '%s'?", near);
    }
    return false;
}

/* The transitions from.to of a condition, where `*` stands for all states. */
static bool find_move(const tf_model *model, const char *const part[3], tf_column_ref *ref, tf_text *why)
{
    if (!find_condition(model, part[0], &ref->index, why) ||
        (strcmp(part[1], "*") != 0 && !find_state(model, part[0], part[1], &ref->from, why)) ||
        (strcmp(part[2], "*") != 0 && !find_state(model, part[0], part[2], &ref->to, why))) {
        return false;
    }
    for (size_t t = 0; t < model->n_transitions; t++) {
        if (tf_column_covers(model, ref, (int)t)) {
            return true;
        }
    }
    tf_text_addf(why, "the model has no transition '%s.%s.%s' with a hazard", part[0], part[1], part[2]);
    return false;
}

static bool find_transition(const tf_model *model, const char *const part[3], int *transition, tf_text *why)
{
    int condition, from, to;

    if (!find_condition(model, part[0], &condition, why) || !find_state(model, part[0], part[1], &from, why) ||
        !find_state(model, part[0], part[2], &to, why)) {
        return false;
    }
    for (size_t t = 0; t < model->n_transitions; t++) {
        if (model->transitions[t].from == from && model->transitions[t].to == to) {
            *transition = (int)t;
            return true;
        }
    }
    tf_text_addf(why, "the model has no transition '%s.%s.%s'", part[0], part[1], part[2]);
    return false;
}

static bool find_resource(const tf_model *model, const char *name, int *index, tf_text *why)
{
    *index = tf_model_resource(model, name);
    if (*index == TF_NONE) {
        say_missing(model, "resource", name, model->n_resources, resource_name, why);
    }
    return *index != TF_NONE;
}

static bool find_category(const tf_model *model, const char *name, int *index, tf_text *why)
{
    *index = tf_model_category(model, name);
    if (*index == TF_NONE) {
        say_missing(model, "cost category", name, model->n_categories, category_name, why);
    }
    return *index != TF_NONE;
}

/* Usual care has no intervention, hence none of their processes. */
static bool of_the_model(const tf_model *model, const char *condition, tf_text *why)
{
    int index = tf_model_condition(model, condition);

    if (index != TF_NONE && model->conditions[index].owner != TF_NONE) {
        tf_text_addf(why, "'%s' is an intervention's own process, which usual care does not have", condition);
        return false;
    }
    return true;
}

static bool find_measure(const tf_model *model, const parts *p, tf_text *why)
{
    const char *const whole[] = {"persons", "ly", "qaly", "cost", "deaths"};
    const char *const *part = p->item + 1;
    const char *head = part[0];
    int n = p->count - 1, ignored;

    for (size_t k = 0; k < sizeof whole / sizeof whole[0]; k++) {
        if (n == 1 && strcmp(head, whole[k]) == 0) {
            return true;
        }
    }
    if (n == 4 && strcmp(head, "event") == 0) {
        return find_transition(model, part + 1, &ignored, why) && of_the_model(model, part[1], why);
    }
    if (n == 3 && strcmp(head, "years") == 0) {
        return find_state(model, part[1], part[2], &ignored, why) && of_the_model(model, part[1], why);
    }
    if (n == 2 && strcmp(head, "use") == 0) {
        return find_resource(model, part[1], &ignored, why);
    }
    if (n == 2 && strcmp(head, "cost") == 0) {
        return find_category(model, part[1], &ignored, why);
    }
    tf_text_addf(why, "a measure of usual care is ly, qaly, cost, deaths, persons, cost.<category>, use.<resource>, "
                      "years.<condition>.<state> or event.<condition>.<from>.<to>");
    return false;
}

static bool find_branch(const tf_model *model, const char *const part[3], int *transition, tf_text *why)
{
    if (!find_transition(model, part, transition, why)) {
        return false;
    }
    if (model->transitions[*transition].fatality == TF_NONE) {
        tf_text_addf(why, "the transition '%s.%s.%s' has no case fatality", part[0], part[1], part[2]);
        return false;
    }
    return true;
}

static bool find(const tf_model *model, const parts *p, tf_column_ref *ref, tf_text *why)
{
    const char *const *part = p->item;

    switch (ref->kind) {
    case TF_COLUMN_RISK:
        ref->index = tf_model_risk(model, part[1]);
        if (ref->index == TF_NONE) {
            say_missing(model, "risk factor", part[1], model->n_risks, risk_name, why);
        }
        return ref->index != TF_NONE;
    case TF_COLUMN_IN:
    case TF_COLUMN_WHILE_UTILITY:
        return find_state(model, part[1], part[2], &ref->index, why);
    case TF_COLUMN_YEARS_IN:
        return find_condition(model, part[1], &ref->index, why);
    case TF_COLUMN_COUNT:
        return find_transition(model, part + 1, &ref->index, why);
    case TF_COLUMN_HAZARD:
        return find_move(model, part + 1, ref, why);
    case TF_COLUMN_BRANCH:
        return find_branch(model, part + 1, &ref->index, why);
    case TF_COLUMN_COST:
        return find_category(model, part[1], &ref->target, why);
    case TF_COLUMN_USE:
        return find_resource(model, part[1], &ref->target, why);
    case TF_COLUMN_PER_COST:
        return find_transition(model, part + 1, &ref->index, why) && find_category(model, part[5], &ref->target, why);
    case TF_COLUMN_PER_USE:
        return find_transition(model, part + 1, &ref->index, why) && find_resource(model, part[5], &ref->target, why);
    case TF_COLUMN_WHILE_COST:
        return find_state(model, part[1], part[2], &ref->index, why) &&
               find_category(model, part[4], &ref->target, why);
    case TF_COLUMN_WHILE_USE:
        return find_state(model, part[1], part[2], &ref->index, why) &&
               find_resource(model, part[4], &ref->target, why);
    case TF_COLUMN_EXPECTED:
        return find_measure(model, p, why);
    case TF_COLUMN_ABSENT:
    case TF_COLUMN_OWN:
    case TF_COLUMN_AGE:
    case TF_COLUMN_SEX:
    case TF_COLUMN_IMD:
    case TF_COLUMN_ICB:
    case TF_COLUMN_TIME:
    case TF_COLUMN_UTILITY:
    case TF_COLUMN_MEASURE:
        break;
    }
    return true;
}

bool tf_column_find(const tf_model *model, const char *name, uint32_t access, uint32_t stage, tf_column_ref *ref,
                    tf_text *why)
{
    const form *shape;
    parts p;
    bool found;

    *ref = (tf_column_ref){TF_COLUMN_OWN, TF_NONE, TF_NONE, TF_NONE, TF_NONE};
    if ((OWN & BIT(access)) != 0) {
        return tf_column_form(name, access, stage, why);
    }
    if (!cut(name, &p)) {
        why->failed = true;
        return false;
    }
    shape = form_of(name, &p, access, stage, why);
    if (shape != NULL) {
        ref->kind = shape->kind;
    }
    found = shape != NULL && find(model, &p, ref, why);
    tf_free(p.memory);
    return found;
}

bool tf_column_covers(const tf_model *model, const tf_column_ref *ref, int transition)
{
    const tf_transition *t = &model->transitions[transition];

    return t->condition == ref->index && t->timing != TF_AFTER && (ref->from == TF_NONE || t->from == ref->from) &&
           (ref->to == TF_NONE || t->to == ref->to);
}

/* ---- braces ----------------------------------------------------------------------------------------------------- */

/* The text of the key between braces [begin, end); NULL if there is none. */
static const char *text_between(const char *begin, const char *end,
                                const char *(*text_of)(const void *self, const char *key), const void *self)
{
    char key[64];
    size_t length = (size_t)(end - begin);

    if (length >= sizeof key) {
        return NULL;
    }
    memcpy(key, begin, length);
    key[length] = '\0';
    return text_of(self, key);
}

static const char condition_mark[] = " if ";

const char *tf_column_condition(const char *name)
{
    const char *mark = strstr(name, condition_mark);

    return mark != NULL ? mark + strlen(condition_mark) : NULL;
}

char *tf_column_resolve(const char *name, const char *(*text_of)(const void *self, const char *key), const void *self,
                        bool *empty, tf_text *why)
{
    const char *mark = strstr(name, condition_mark), *end = mark != NULL ? mark : name + strlen(name);
    tf_text out = {0};

    *empty = false;
    tf_text_add(&out, "");
    while (name < end) {
        const char *open = memchr(name, '{', (size_t)(end - name)), *close = open != NULL ? strchr(open, '}') : NULL;
        const char *text;

        if (open == NULL) {
            tf_text_addf(&out, "%.*s", (int)(end - name), name);
            break;
        }
        text = close != NULL ? text_between(open + 1, close, text_of, self) : NULL;
        if (text == NULL) {
            if (close == NULL) {
                tf_text_add(why, "a brace is not closed");
            } else {
                tf_text_addf(why, "%.*s is neither {self} nor a parameter of kind NAME", (int)(close - open + 1), open);
            }
            tf_text_free(&out);
            return NULL;
        }
        *empty = *empty || *text == '\0';
        tf_text_addf(&out, "%.*s%s", (int)(open - name), name, text);
        name = close + 1;
    }
    if (out.failed) {
        tf_text_free(&out);
        why->failed = true;
        return NULL;
    }
    return out.chars;
}
