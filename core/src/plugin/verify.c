/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The static checks of a plugin's table: all that can be said without running it. */
#include "plugin/private.h"

#include "base/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LIST_LIMIT = 4096 };

/* Where faults go: one text per fault, each after "what: ". */
typedef struct report {
    tf_list *faults;
    bool failed;
} report;

TF_PRINTF(3, 4)
static void fault(report *r, const char *what, const char *format, ...)
{
    char line[512];
    tf_text text = {0};
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    tf_text_addf(&text, "%s%s%s", what, *what != '\0' ? ": " : "", line);
    if (text.failed || tf_list_add(r->faults, text.chars) != 0) {
        r->failed = true;
    }
    tf_text_free(&text);
}

static bool empty(const char *text)
{
    return text == NULL || *text == '\0';
}

/* A line of text: no control characters. */
static bool one_line(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ') {
            return false;
        }
    }
    return true;
}

static void check_text(report *r, const char *what, const char *field, const char *text)
{
    if (empty(text)) {
        fault(r, what, "no %s", field);
    } else if (!one_line(text)) {
        fault(r, what, "its %s is not one line", field);
    }
}

/* ---- sizes ------------------------------------------------------------------------------------------------------ */

bool tf_plugin_sizes(const trefoil_plugin *table, tf_text *why)
{
    size_t least = offsetof(trefoil_plugin, processes);

    if (table->size < least || table->size > 65536) {
        tf_text_addf(
            why,
            "its table says it has %u bytes; a table of plugin ABI %d has at least %zu (TREFOIL_PLUGIN_HEADER sets it)",
            table->size, TREFOIL_ABI_MAJOR, least);
        return false;
    }
    return true;
}

/* A list's items, count and stride; `least` is the smallest item there ever was. */
static bool check_list(report *r, const char *what, const void *items, uint32_t count, uint32_t stride, size_t least)
{
    if (count == 0) {
        return true;
    }
    if (items == NULL || count > LIST_LIMIT || stride < least || stride % sizeof(void *) != 0) {
        fault(r, what, "the list is faulty: %u items of %u bytes each at %s; write it as TREFOIL_LIST(array)", count,
              stride, items != NULL ? "an address" : "no address");
        return false;
    }
    return true;
}

/* ---- identity --------------------------------------------------------------------------------------------------- */

static bool is_id(const char *id)
{
    int parts = 1;
    const char *c;

    for (c = id; *c != '\0'; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');

        if (*c == '.') {
            parts++;
        }
        if (!plain && (c == id || c[-1] == '.' || c[-1] == '-' || (*c != '.' && *c != '-'))) {
            return false;
        }
    }
    return parts >= 2 && c[-1] != '.' && c[-1] != '-';
}

static bool is_version(const char *version)
{
    int major, minor, patch, end = 0;

    return sscanf(version, "%5d.%5d.%5d%n", &major, &minor, &patch, &end) == 3 && major >= 0 && minor >= 0 &&
           patch >= 0 && (version[end] == '\0' || version[end] == '-' || version[end] == '+');
}

static void check_identity(report *r, const trefoil_plugin *table)
{
    check_text(r, "", "id", table->id);
    check_text(r, "", "name", table->name);
    check_text(r, "", "version", table->version);
    check_text(r, "", "summary", table->summary);
    check_text(r, "", "licence", table->licence);
    if (!empty(table->id) && !is_id(table->id)) {
        fault(r, "", "id '%s': expected a domain in reverse and a name, in lower case: org.example.%s", table->id,
              "programme");
    }
    if (!empty(table->version) && !is_version(table->version)) {
        fault(r, "", "version '%s': expected a semantic version such as 1.0.0", table->version);
    }
    for (const char *const *need = table->needs; need != NULL && *need != NULL; need++) {
        fault(r, "", "it needs the extension '%s', which trefoil %s does not offer", *need, TREFOIL_VERSION);
    }
    if (table->prepare != NULL && table->discard == NULL) {
        fault(r, "", "prepare() without discard(): nobody would free the plan");
    }
}

/* ---- parameters ------------------------------------------------------------------------------------------------- */

bool tf_is_model_name(const char *text)
{
    char part[64];

    for (;;) {
        size_t length = strcspn(text, ".");

        if (length == 0 || length >= sizeof part) {
            return false;
        }
        memcpy(part, text, length);
        part[length] = '\0';
        if (!tf_is_name(part)) {
            return false;
        }
        if (text[length] == '\0') {
            return true;
        }
        text += length + 1;
    }
}

bool tf_param_distribution(const trefoil_param *param, tf_distribution *distribution, char *why)
{
    static const tf_family families[] = {TF_FIXED, TF_NORMAL, TF_LOGNORMAL, TF_BETA, TF_GAMMA, TF_UNIFORM};
    double sd = param->family == TREFOIL_UNIFORM ? (param->max - param->min) / sqrt(12.0) : param->sd;

    if (param->family == TREFOIL_FIXED) {
        *distribution = tf_distribution_fixed(param->value);
        distribution->min = param->min;
        distribution->max = param->max;
        return true;
    }
    if (!tf_distribution_from_mean(families[param->family], param->value, sd, param->min, param->max, distribution,
                                   why)) {
        return false;
    }
    if (param->family == TREFOIL_UNIFORM) { /* to the last bit, whatever the rounding of the moments */
        distribution->a = param->min;
        distribution->b = param->max;
    }
    return true;
}

static void check_name_param(report *r, const char *what, const trefoil_param *p)
{
    if (p->text == NULL) {
        fault(r, what, "a NAME has its default in `text`, at least \"\"");
    } else if (*p->text != '\0' && !tf_is_model_name(p->text)) {
        fault(r, what, "text '%s': expected names joined by dots, such as stroke.none.first", p->text);
    }
    if (p->family != TREFOIL_FIXED || p->sd != 0) { /* NaN is caught too */
        fault(r, what, "a NAME is fixed: its family must be TREFOIL_FIXED and its sd 0");
    }
}

static void check_limits(report *r, const char *what, const trefoil_param *p)
{
    if (!isfinite(p->value) || isnan(p->min) || isnan(p->max)) {
        fault(r, what, "value, min and max must be numbers (value %g, min %g, max %g)", p->value, p->min, p->max);
    } else if (!(p->min <= p->value && p->value <= p->max)) {
        fault(r, what, "its value %g is not within its limits, %g to %g", p->value, p->min, p->max);
    }
    if (p->kind == TREFOIL_SWITCH && (p->min != 0 || p->max != 1)) {
        fault(r, what, "a SWITCH has the limits 0 and 1");
    }
    if (p->kind != TREFOIL_REAL && p->value != floor(p->value)) {
        fault(r, what, "its value %g is not a whole number", p->value);
    }
}

static void check_spread(report *r, const char *what, const trefoil_param *p)
{
    tf_distribution distribution;
    char why[TF_WHY_SIZE] = "";

    if (p->kind != TREFOIL_REAL && p->family != TREFOIL_FIXED) {
        fault(r, what, "only a REAL can be uncertain");
    } else if (p->family == TREFOIL_FIXED && p->sd != 0) {
        fault(r, what, "it is TREFOIL_FIXED, but its sd is %g", p->sd);
    } else if (p->family == TREFOIL_UNIFORM && !(isfinite(p->min) && isfinite(p->max) && p->min < p->max)) {
        fault(r, what, "a UNIFORM needs finite limits, min below max");
    } else if (p->family == TREFOIL_UNIFORM && fabs(p->value - 0.5 * (p->min + p->max)) > 1e-9 * (p->max - p->min)) {
        fault(r, what, "a UNIFORM has its value in the middle of its limits, %g, not %g", 0.5 * (p->min + p->max),
              p->value);
    } else if (p->family != TREFOIL_FIXED && p->family != TREFOIL_UNIFORM && !(isfinite(p->sd) && p->sd > 0)) {
        fault(r, what, "its sd is %g: an uncertain parameter has a standard error above 0", p->sd);
    } else if (!tf_param_distribution(p, &distribution, why)) {
        fault(r, what, "value %g, sd %g: %s", p->value, p->sd, why);
    }
}

/* "uptake_q3" of an `uptake` that may differ. */
static bool is_quintile_of(const trefoil_param *p, const char *name)
{
    size_t length = strlen(p->name);
    const char *end = name + length;

    return (p->kind & TREFOIL_BY_IMD) != 0 && strncmp(name, p->name, length) == 0 && strncmp(end, "_q", 2) == 0 && end[2] >= '1' &&
           end[2] <= '5' && end[3] == '\0';
}

static void check_param(report *r, const tf_plugin *plugin, size_t i)
{
    trefoil_param p = tf_plugin_declared_param(plugin, i);
    char what[128];

    snprintf(what, sizeof what, "parameter %.64s", empty(p.name) ? "without a name" : p.name);
    if (empty(p.name) || !tf_is_name(p.name)) {
        fault(r, what, "its name must be [a-z][a-z0-9_]*");
    } else if (strcmp(p.name, "plugin") == 0 || strcmp(p.name, "title") == 0 || strcmp(p.name, "self") == 0) {
        fault(r, what, "the name is taken: every intervention has a plugin, a title and itself");
    }
    for (size_t j = 0; j < tf_plugin_declared(plugin) && !empty(p.name); j++) {
        trefoil_param other = tf_plugin_declared_param(plugin, j);

        if (j < i && other.name != NULL && strcmp(other.name, p.name) == 0) {
            fault(r, what, "declared twice");
        } else if (!empty(other.name) && is_quintile_of(&other, p.name)) {
            fault(r, what, "the name is that of a quintile of %.64s", other.name);
        }
    }
    if ((p.kind & TREFOIL_BY_IMD) != 0) {
        p.kind &= ~(uint32_t)TREFOIL_BY_IMD;
        if (p.kind != TREFOIL_REAL) {
            fault(r, what, "only a REAL can differ by deprivation (TREFOIL_BY_IMD)");
        }
    }
    check_text(r, what, "label", p.label);
    if (p.kind > TREFOIL_NAME || p.family > TREFOIL_UNIFORM) {
        fault(r, what, "its kind %u or family %u is unknown to trefoil %s", p.kind, p.family, TREFOIL_VERSION);
        return;
    }
    if (p.kind == TREFOIL_NAME) {
        check_name_param(r, what, &p);
        return;
    }
    check_text(r, what, "unit", p.unit);
    check_text(r, what, "source (write \"assumption\" where there is none)", p.source);
    check_limits(r, what, &p);
    if (isfinite(p.value) && p.min <= p.value && p.value <= p.max) {
        check_spread(r, what, &p);
    }
}

/* ---- processes -------------------------------------------------------------------------------------------------- */

static size_t count_states(const trefoil_process *p)
{
    size_t n = 0;

    while (p->states != NULL && n <= TF_MAX_STATES && p->states[n] != NULL) {
        n++;
    }
    return n;
}

static bool has_state(const trefoil_process *p, const char *name)
{
    for (size_t s = 0; s < count_states(p); s++) {
        if (name != NULL && strcmp(p->states[s], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Does some HAZARD hook give the rate of this move? */
static bool has_rate(const tf_plugin *plugin, const trefoil_process *p, const trefoil_move *m)
{
    const char *suffix = empty(p->name) ? "" : "_";
    char name[256], from[256], to[256];

    snprintf(name, sizeof name, "hazard.{self}%s%s.%s.%s", suffix, *suffix != '\0' ? p->name : "", m->from, m->to);
    snprintf(from, sizeof from, "hazard.{self}%s%s.%s.*", suffix, *suffix != '\0' ? p->name : "", m->from);
    snprintf(to, sizeof to, "hazard.{self}%s%s.*.%s", suffix, *suffix != '\0' ? p->name : "", m->to);
    for (size_t h = 0; h < tf_plugin_hooks(plugin); h++) {
        trefoil_hook hook = tf_plugin_hook(plugin, h);

        for (size_t c = 0; c < tf_hook_columns(&hook); c++) {
            trefoil_column column = tf_hook_column(&hook, c);

            if (column.name != NULL &&
                (strcmp(column.name, name) == 0 || strcmp(column.name, from) == 0 || strcmp(column.name, to) == 0)) {
                return true;
            }
        }
    }
    return false;
}

static void check_moves(report *r, const tf_plugin *plugin, const char *what, const trefoil_process *p)
{
    if (tf_process_moves(p) == 0) {
        fault(r, what, "nobody can move: it has no moves");
    }
    for (size_t i = 0; i < tf_process_moves(p); i++) {
        trefoil_move m = tf_process_move(p, i);

        if (!has_state(p, m.from) || !has_state(p, m.to) || strcmp(m.from, m.to) == 0) {
            fault(r, what, "the move from '%s' to '%s' does not join two of its states", m.from != NULL ? m.from : "",
                  m.to != NULL ? m.to : "");
            continue;
        }
        for (size_t j = 0; j < i; j++) {
            trefoil_move other = tf_process_move(p, j);

            if (other.from != NULL && other.to != NULL && strcmp(other.from, m.from) == 0 &&
                strcmp(other.to, m.to) == 0) {
                fault(r, what, "the move from '%s' to '%s' is declared twice", m.from, m.to);
            }
        }
        if (!has_rate(plugin, p, &m)) {
            fault(r, what, "no column gives the rate from '%s' to '%s'", m.from, m.to);
        }
    }
}

static void check_process(report *r, const tf_plugin *plugin, size_t i)
{
    trefoil_process p = tf_plugin_process(plugin, i);
    char what[128];
    size_t n = count_states(&p);

    snprintf(what, sizeof what, "process %.64s", empty(p.name) ? "{self}" : p.name);
    if (!empty(p.name) && !tf_is_name(p.name)) {
        fault(r, what, "its name must be \"\" or [a-z][a-z0-9_]*");
    }
    for (size_t j = 0; j < i; j++) {
        trefoil_process other = tf_plugin_process(plugin, j);

        if (strcmp(empty(p.name) ? "" : p.name, empty(other.name) ? "" : other.name) == 0) {
            fault(r, what, "declared twice");
        }
    }
    check_text(r, what, "title", p.title);
    if (n < 2 || n > TF_MAX_STATES) {
        fault(r, what, "it has %zu states; a process has 2 to %d, and NULL after them", n, TF_MAX_STATES);
        return;
    }
    for (size_t s = 0; s < n; s++) {
        if (!tf_is_name(p.states[s])) {
            fault(r, what, "the state '%s' must be named [a-z][a-z0-9_]*", p.states[s]);
        }
        for (size_t t = 0; t < s; t++) {
            if (strcmp(p.states[s], p.states[t]) == 0) {
                fault(r, what, "the state '%s' is declared twice", p.states[s]);
            }
        }
    }
    check_moves(r, plugin, what, &p);
}

static void check_category(report *r, const tf_plugin *plugin, size_t i)
{
    trefoil_category c = tf_plugin_category(plugin, i);
    char what[128];

    snprintf(what, sizeof what, "category %.64s", empty(c.name) ? "without a name" : c.name);
    if (empty(c.name) || !tf_is_name(c.name)) {
        fault(r, what, "its name must be [a-z][a-z0-9_]*");
    }
    check_text(r, what, "title", c.title);
    check_text(r, what, "party (who bears it)", c.party);
}

/* ---- hooks ------------------------------------------------------------------------------------------------------ */

/* The text a NAME parameter has by default, for reading column names before there is a scenario. */
static const char *default_text(const void *self, const char *key)
{
    const tf_plugin *plugin = self;

    if (strcmp(key, "self") == 0) {
        return "self";
    }
    for (size_t i = 0; i < tf_plugin_declared(plugin); i++) {
        trefoil_param p = tf_plugin_declared_param(plugin, i);

        if (p.kind == TREFOIL_NAME && p.name != NULL && strcmp(p.name, key) == 0) {
            return p.text != NULL ? p.text : "";
        }
    }
    return NULL;
}

static void check_column_name(report *r, const tf_plugin *plugin, const char *what, uint32_t stage,
                              const trefoil_column *c)
{
    uint32_t access = c->access & ~(uint32_t)TREFOIL_OPTIONAL;
    tf_text why = {0};
    bool no_text = false;
    char *name = tf_column_resolve(c->name, default_text, plugin, &no_text, &why);

    if (name == NULL || (!no_text && !tf_column_form(name, access, stage, &why))) {
        fault(r, what, "%s", why.chars != NULL ? why.chars : "");
    } else if (!no_text) {
        const char *unit = tf_column_unit(name, access);

        if (unit != NULL && !empty(c->unit) && strcmp(unit, c->unit) != 0) {
            fault(r, what, "its unit is '%s'; here it must be '%s'", c->unit, unit);
        }
    }
    r->failed = r->failed || why.failed;
    tf_text_free(&why);
    tf_free(name);
}

/* The parameter a column hangs on. */
static void check_condition(report *r, const tf_plugin *plugin, const char *what, const trefoil_column *c)
{
    const char *parameter = tf_column_condition(c->name);
    uint32_t access = c->access & ~(uint32_t)TREFOIL_OPTIONAL;

    if (parameter == NULL) {
        return;
    }
    if (access != TREFOIL_READ && access != TREFOIL_LOOKUP && access != TREFOIL_KEEP && access != TREFOIL_WORK) {
        fault(r, what, "only a READ, LOOKUP, KEEP or WORK column may hang on a parameter ('%s')", parameter);
    }
    for (size_t i = 0; i < tf_plugin_declared(plugin); i++) {
        trefoil_param p = tf_plugin_declared_param(plugin, i);

        if (p.name != NULL && strcmp(p.name, parameter) == 0 && p.kind <= TREFOIL_SWITCH) {
            return;
        }
    }
    fault(r, what, "it hangs on '%s', which is no number or switch among the parameters", parameter);
}

static void check_column(report *r, const tf_plugin *plugin, const char *hook_name, const trefoil_hook *hook, size_t i)
{
    trefoil_column c = tf_hook_column(hook, i);
    uint32_t access = c.access & ~(uint32_t)TREFOIL_OPTIONAL;
    char what[256];

    snprintf(what, sizeof what, "%s, column %.128s", hook_name, empty(c.name) ? "without a name" : c.name);
    check_text(r, what, "unit", c.unit);
    if (empty(c.name)) {
        fault(r, what, "a column needs a name (entries of the array left out?)");
        return;
    }
    if (access > TREFOIL_WORK) {
        fault(r, what, "its access %u is unknown to trefoil %s", c.access, TREFOIL_VERSION);
        return;
    }
    if (c.type != TREFOIL_F64 && !(c.type == TREFOIL_I32 && (access == TREFOIL_KEEP || access == TREFOIL_WORK))) {
        fault(r, what, "its type must be TREFOIL_F64 (TREFOIL_I32 only for KEEP and WORK)");
    }
    for (size_t j = 0; j < i; j++) {
        trefoil_column other = tf_hook_column(hook, j);

        if (other.name != NULL && strcmp(other.name, c.name) == 0) {
            fault(r, what, "declared twice in the hook");
        }
    }
    if (hook->stage <= TREFOIL_STAGE_UTILITY) {
        check_condition(r, plugin, what, &c);
        check_column_name(r, plugin, what, hook->stage, &c);
    }
}

static void check_hook(report *r, const tf_plugin *plugin, size_t i)
{
    trefoil_hook hook = tf_plugin_hook(plugin, i);
    char what[64];

    snprintf(what, sizeof what, "hook %zu (%s)", i + 1, tf_stage_name(hook.stage));
    if (hook.stage > TREFOIL_STAGE_UTILITY) {
        fault(r, what, "its stage %u is unknown to trefoil %s", hook.stage, TREFOIL_VERSION);
    }
    if (hook.run == NULL) {
        fault(r, what, "it has no function");
    }
    for (size_t c = 0; c < tf_hook_columns(&hook); c++) {
        check_column(r, plugin, what, &hook, c);
    }
}

/* One name, whatever parameters the columns hang on? */
static bool same_name(const char *a, const char *b)
{
    size_t length = strcspn(a, " ");

    return strcspn(b, " ") == length && strncmp(a, b, length) == 0;
}

/* The columns of the plugin's own that go by one name in several hooks must be the same thing. */
static void check_own(report *r, const tf_plugin *plugin)
{
    for (size_t h = 1; h < tf_plugin_hooks(plugin); h++) {
        trefoil_hook hook = tf_plugin_hook(plugin, h);

        for (size_t c = 0; c < tf_hook_columns(&hook); c++) {
            trefoil_column column = tf_hook_column(&hook, c);

            for (size_t g = 0; g < h && (column.access == TREFOIL_KEEP || column.access == TREFOIL_WORK); g++) {
                trefoil_hook earlier = tf_plugin_hook(plugin, g);

                for (size_t d = 0; d < tf_hook_columns(&earlier); d++) {
                    trefoil_column other = tf_hook_column(&earlier, d);

                    if (column.name != NULL && other.name != NULL && same_name(column.name, other.name) &&
                        (column.access != other.access || column.type != other.type)) {
                        fault(r, column.name, "it is %s here and %s there, or of another type",
                              tf_access_name(column.access), tf_access_name(other.access));
                    }
                }
            }
        }
    }
}

/* All lists first: a faulty one makes the rest unreadable. */
static bool check_lists(report *r, const tf_plugin *plugin, const trefoil_plugin *t)
{
    bool params =
        check_list(r, "parameters", t->params.items, t->params.count, t->params.stride, offsetof(trefoil_param, text));
    bool hooks = check_list(r, "hooks", t->hooks.items, t->hooks.count, t->hooks.stride, sizeof(trefoil_hook));
    bool processes = check_list(r, "processes", t->processes.items, t->processes.count, t->processes.stride,
                                sizeof(trefoil_process));
    bool categories = check_list(r, "categories", t->categories.items, t->categories.count, t->categories.stride,
                                 sizeof(trefoil_category));
    bool good = params && hooks && processes && categories;

    for (size_t i = 0; good && i < tf_plugin_hooks(plugin); i++) {
        trefoil_hook h = tf_plugin_hook(plugin, i);

        good = check_list(r, "columns of a hook", h.columns.items, h.columns.count, h.columns.stride,
                          sizeof(trefoil_column));
    }
    for (size_t i = 0; good && i < tf_plugin_processes(plugin); i++) {
        trefoil_process p = tf_plugin_process(plugin, i);

        good = check_list(r, "moves of a process", p.moves.items, p.moves.count, p.moves.stride, sizeof(trefoil_move));
    }
    return good;
}

int tf_plugin_verify(const tf_plugin *plugin, tf_list *faults)
{
    trefoil_plugin table = tf_plugin_table(plugin);
    report r = {.faults = faults};

    check_identity(&r, &table);
    if (!check_lists(&r, plugin, &table)) {
        return r.failed ? -1 : 0;
    }
    for (size_t i = 0; i < tf_plugin_declared(plugin); i++) {
        check_param(&r, plugin, i);
    }
    for (size_t i = 0; i < tf_plugin_processes(plugin); i++) {
        check_process(&r, plugin, i);
    }
    for (size_t i = 0; i < tf_plugin_categories(plugin); i++) {
        check_category(&r, plugin, i);
    }
    if (tf_plugin_hooks(plugin) == 0) {
        fault(&r, "", "it has no hooks, so it would do nothing");
    }
    for (size_t i = 0; i < tf_plugin_hooks(plugin); i++) {
        check_hook(&r, plugin, i);
    }
    check_own(&r, plugin);
    return r.failed ? -1 : 0;
}
