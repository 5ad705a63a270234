/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/describe.h"

#include "base/memory.h"
#include "plugin/private.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_SIZE = 128 };

/* ---- words for a parameter -------------------------------------------------------------------------------------- */

static bool by_imd(const trefoil_param *p)
{
    return (p->kind & TREFOIL_BY_IMD) != 0;
}

static bool is_number(const trefoil_param *p)
{
    return p->kind != TREFOIL_NAME && p->kind != TREFOIL_SWITCH;
}

static const char *kind_name(uint32_t kind)
{
    static const char *const names[] = {"number", "whole number", "yes or no", "name"};

    kind &= ~(uint32_t)TREFOIL_BY_IMD;
    return kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}

/* As a user would write it: "0.5 ~ beta(se 0.05)", "yes", "stroke.none.first". */
static void print_default(const trefoil_param *p, char text[VALUE_SIZE])
{
    tf_distribution d;
    char why[TF_WHY_SIZE];

    if (p->kind == TREFOIL_NAME) {
        snprintf(text, VALUE_SIZE, "%s", p->text != NULL ? p->text : "");
    } else if (p->kind == TREFOIL_SWITCH) {
        snprintf(text, VALUE_SIZE, "%s", p->value != 0 ? "yes" : "no");
    } else if (tf_param_distribution(p, &d, why)) {
        tf_distribution_print(&d, text, VALUE_SIZE);
    } else {
        tf_print_number(p->value, text);
    }
}

static void print_limits(const trefoil_param *p, char text[VALUE_SIZE])
{
    char min[TF_NUMBER_SIZE], max[TF_NUMBER_SIZE];

    tf_print_number(p->min, min);
    tf_print_number(p->max, max);
    if (p->kind == TREFOIL_NAME || p->kind == TREFOIL_SWITCH || (!isfinite(p->min) && !isfinite(p->max))) {
        snprintf(text, VALUE_SIZE, "%s",
                 is_number(p) ? "any" : kind_name(p->kind));
    } else if (!isfinite(p->max)) {
        snprintf(text, VALUE_SIZE, "%s or more", min);
    } else if (!isfinite(p->min)) {
        snprintf(text, VALUE_SIZE, "%s or less", max);
    } else {
        snprintf(text, VALUE_SIZE, "%s to %s", min, max);
    }
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* ---- words for processes and columns ---------------------------------------------------------------------------- */

static void process_name(const trefoil_process *p, char *text, size_t size)
{
    snprintf(text, size, "{self}%s%s", or_empty(p->name)[0] != '\0' ? "_" : "", or_empty(p->name));
}

static void add_states(const trefoil_process *p, tf_text *out)
{
    for (size_t s = 0; p->states[s] != NULL; s++) {
        tf_text_addf(out, "%s%s", s > 0 ? ", " : "", p->states[s]);
    }
}

static void add_moves(const trefoil_process *p, tf_text *out)
{
    for (size_t m = 0; m < tf_process_moves(p); m++) {
        trefoil_move move = tf_process_move(p, m);

        tf_text_addf(out, "%s%s to %s", m > 0 ? ", " : "", move.from, move.to);
    }
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static void text_params(const tf_plugin *plugin, tf_text *out)
{
    size_t wide = 0;

    for (size_t i = 0; i < tf_plugin_declared(plugin); i++) {
        size_t length = strlen(tf_plugin_declared_param(plugin, i).name);

        wide = length > wide ? length : wide;
    }
    for (size_t i = 0; i < tf_plugin_declared(plugin); i++) {
        trefoil_param p = tf_plugin_declared_param(plugin, i);
        char value[VALUE_SIZE], limits[VALUE_SIZE];

        print_default(&p, value);
        print_limits(&p, limits);
        tf_text_addf(out, "  %-*s  %s\n", (int)wide, p.name, p.label);
        tf_text_addf(out, "  %*s  %s%s%s  (%s)%s%s\n", (int)wide, "", value[0] != '\0' ? value : "none",
                     p.kind == TREFOIL_NAME ? "" : " ",
                     p.kind == TREFOIL_NAME || p.kind == TREFOIL_SWITCH ? "" : or_empty(p.unit), limits,
                     or_empty(p.source)[0] != '\0' ? "  source: " : "", or_empty(p.source));
        if (by_imd(&p)) {
            tf_text_addf(out, "  %*s  by fifth, 1 the most deprived: %s_q1 ... %s_q5\n", (int)wide, "", p.name, p.name);
        }
    }
}

static void text_hooks(const tf_plugin *plugin, tf_text *out)
{
    for (size_t h = 0; h < tf_plugin_hooks(plugin); h++) {
        trefoil_hook hook = tf_plugin_hook(plugin, h);

        tf_text_addf(out, "  stage %s\n", tf_stage_name(hook.stage));
        for (size_t c = 0; c < tf_hook_columns(&hook); c++) {
            trefoil_column column = tf_hook_column(&hook, c);

            tf_text_addf(out, "    %-7s%s%s\n", tf_access_name(column.access), column.name,
                         (column.access & TREFOIL_OPTIONAL) != 0 ? " (optional)" : "");
        }
    }
}

static void describe_text(const tf_plugin *plugin, tf_text *out)
{
    trefoil_plugin t = tf_plugin_table(plugin);

    tf_text_addf(out, "%s %s: %s\n%s\n\n", plugin->name, t.version, t.name, t.summary);
    tf_text_addf(out, "id       %s\nlicence  %s\n", t.id, t.licence);
    if (t.url != NULL) {
        tf_text_addf(out, "url      %s\n", t.url);
    }
    tf_text_addf(out, "file     %s\nsha256   %s\nabi      %d.%u\n\nsettings\n", plugin->path, plugin->digest,
                 TREFOIL_ABI_MAJOR, t.abi_minor);
    text_params(plugin, out);
    for (size_t i = 0; i < tf_plugin_processes(plugin); i++) {
        trefoil_process p = tf_plugin_process(plugin, i);
        char name[128];

        process_name(&p, name, sizeof name);
        tf_text_addf(out, "\nprocess %s: %s\n  states ", name, p.title);
        add_states(&p, out);
        tf_text_add(out, "\n  moves  ");
        add_moves(&p, out);
        tf_text_add(out, "\n");
    }
    for (size_t i = 0; i < tf_plugin_categories(plugin); i++) {
        trefoil_category c = tf_plugin_category(plugin, i);

        tf_text_addf(out, "%scost category %s: %s, borne by %s\n", i == 0 ? "\n" : "", c.name, c.title, c.party);
    }
    tf_text_add(out, "\ncolumns\n");
    text_hooks(plugin, out);
}

/* ---- Markdown --------------------------------------------------------------------------------------------------- */

/* Text inside a table cell: a bar would end it. */
static void add_cell(const char *text, tf_text *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            tf_text_add(out, "\\");
        }
        tf_text_addf(out, "%c", *text);
    }
}

static void markdown_params(const tf_plugin *plugin, tf_text *out)
{
    tf_text_add(out,
                "| setting | what it is | default | unit | limits | source |\n| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < tf_plugin_declared(plugin); i++) {
        trefoil_param p = tf_plugin_declared_param(plugin, i);
        char value[VALUE_SIZE], limits[VALUE_SIZE];

        print_default(&p, value);
        print_limits(&p, limits);
        tf_text_addf(out, by_imd(&p) ? "| `%s`, `%s_q1` to `%s_q5` | " : "| `%s` | ", p.name, p.name, p.name);
        add_cell(p.label, out);
        tf_text_addf(out, " | %s%s%s | %s | %s | ", value[0] != '\0' ? "`" : "", value, value[0] != '\0' ? "`" : "",
                     p.kind == TREFOIL_NAME || p.kind == TREFOIL_SWITCH ? "" : or_empty(p.unit), limits);
        add_cell(or_empty(p.source), out);
        tf_text_add(out, " |\n");
    }
}

static void markdown_hooks(const tf_plugin *plugin, tf_text *out)
{
    tf_text_add(out, "| stage | column | access | unit |\n| --- | --- | --- | --- |\n");
    for (size_t h = 0; h < tf_plugin_hooks(plugin); h++) {
        trefoil_hook hook = tf_plugin_hook(plugin, h);

        for (size_t c = 0; c < tf_hook_columns(&hook); c++) {
            trefoil_column column = tf_hook_column(&hook, c);

            tf_text_addf(out, "| %s | `%s` | %s%s | %s |\n", tf_stage_name(hook.stage), column.name,
                         tf_access_name(column.access), (column.access & TREFOIL_OPTIONAL) != 0 ? ", optional" : "",
                         column.unit);
        }
    }
}

static void describe_markdown(const tf_plugin *plugin, tf_text *out)
{
    trefoil_plugin t = tf_plugin_table(plugin);

    tf_text_addf(out, "**%s** %s (`%s`, %s). %s\n\n", t.name, t.version, t.id, t.licence, t.summary);
    markdown_params(plugin, out);
    tf_text_add(out, "\n");
    for (size_t i = 0; i < tf_plugin_processes(plugin); i++) {
        trefoil_process p = tf_plugin_process(plugin, i);
        char name[128];

        process_name(&p, name, sizeof name);
        tf_text_addf(out, "Process `%s`: %s. States: ", name, p.title);
        add_states(&p, out);
        tf_text_add(out, ". Moves: ");
        add_moves(&p, out);
        tf_text_add(out, ".\n\n");
    }
    for (size_t i = 0; i < tf_plugin_categories(plugin); i++) {
        trefoil_category c = tf_plugin_category(plugin, i);

        tf_text_addf(out, "Cost category `%s`: %s, borne by %s.\n\n", c.name, c.title, c.party);
    }
    markdown_hooks(plugin, out);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void add_quoted(const char *text, tf_text *out)
{
    tf_text_add(out, "\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            tf_text_addf(out, "\\%c", c);
        } else if (c < ' ') {
            tf_text_addf(out, "\\u%04x", c);
        } else {
            tf_text_addf(out, "%c", c);
        }
    }
    tf_text_add(out, "\"");
}

/* "key": "text" */
static void add_member(const char *before, const char *key, const char *text, tf_text *out)
{
    tf_text_addf(out, "%s\"%s\": ", before, key);
    if (text == NULL) {
        tf_text_add(out, "null");
    } else {
        add_quoted(text, out);
    }
}

/* JSON has no infinity: a free limit is null. */
static void add_number(const char *before, const char *key, double number, tf_text *out)
{
    char text[TF_NUMBER_SIZE];

    tf_print_number(number, text);
    tf_text_addf(out, "%s\"%s\": %s", before, key, isfinite(number) ? text : "null");
}

static void json_params(const tf_plugin *plugin, tf_text *out)
{
    static const char *const families[] = {"fixed", "normal", "lognormal", "beta", "gamma", "uniform"};

    tf_text_add(out, ",\n  \"settings\": [");
    for (size_t i = 0; i < tf_plugin_declared(plugin); i++) {
        trefoil_param p = tf_plugin_declared_param(plugin, i);

        tf_text_add(out, i > 0 ? ",\n    {" : "\n    {");
        add_member("", "name", p.name, out);
        add_member(", ", "kind", kind_name(p.kind), out);
        add_member(", ", "by", by_imd(&p) ? "imd" : NULL, out);
        add_member(", ", "label", p.label, out);
        if (p.kind == TREFOIL_NAME) {
            add_member(", ", "value", or_empty(p.text), out);
        } else {
            add_member(", ", "unit", p.unit, out);
            add_number(", ", "value", p.value, out);
            add_member(", ", "family", families[p.family], out);
            add_number(", ", "sd", p.sd, out);
            add_number(", ", "min", p.min, out);
            add_number(", ", "max", p.max, out);
        }
        add_member(", ", "source", p.source, out);
        tf_text_add(out, "}");
    }
    tf_text_add(out, "\n  ]");
}

static void json_processes(const tf_plugin *plugin, tf_text *out)
{
    tf_text_add(out, ",\n  \"processes\": [");
    for (size_t i = 0; i < tf_plugin_processes(plugin); i++) {
        trefoil_process p = tf_plugin_process(plugin, i);

        tf_text_add(out, i > 0 ? ",\n    {" : "\n    {");
        add_member("", "name", or_empty(p.name), out);
        add_member(", ", "title", p.title, out);
        tf_text_add(out, ", \"states\": [");
        for (size_t s = 0; p.states[s] != NULL; s++) {
            tf_text_add(out, s > 0 ? ", " : "");
            add_quoted(p.states[s], out);
        }
        tf_text_add(out, "], \"moves\": [");
        for (size_t m = 0; m < tf_process_moves(&p); m++) {
            trefoil_move move = tf_process_move(&p, m);

            add_member(m > 0 ? ", {" : "{", "from", move.from, out);
            add_member(", ", "to", move.to, out);
            tf_text_add(out, "}");
        }
        tf_text_add(out, "]}");
    }
    tf_text_add(out, "\n  ],\n  \"categories\": [");
    for (size_t i = 0; i < tf_plugin_categories(plugin); i++) {
        trefoil_category c = tf_plugin_category(plugin, i);

        add_member(i > 0 ? ",\n    {" : "\n    {", "name", c.name, out);
        add_member(", ", "title", c.title, out);
        add_member(", ", "party", c.party, out);
        tf_text_add(out, "}");
    }
    tf_text_add(out, "\n  ]");
}

static void json_hooks(const tf_plugin *plugin, tf_text *out)
{
    tf_text_add(out, ",\n  \"hooks\": [");
    for (size_t h = 0; h < tf_plugin_hooks(plugin); h++) {
        trefoil_hook hook = tf_plugin_hook(plugin, h);

        add_member(h > 0 ? ",\n    {" : "\n    {", "stage", tf_stage_name(hook.stage), out);
        tf_text_add(out, ", \"columns\": [");
        for (size_t c = 0; c < tf_hook_columns(&hook); c++) {
            trefoil_column column = tf_hook_column(&hook, c);

            add_member(c > 0 ? ",\n      {" : "\n      {", "name", column.name, out);
            add_member(", ", "access", tf_access_name(column.access), out);
            add_member(", ", "unit", column.unit, out);
            tf_text_addf(out, ", \"optional\": %s}", (column.access & TREFOIL_OPTIONAL) != 0 ? "true" : "false");
        }
        tf_text_add(out, "\n    ]}");
    }
    tf_text_add(out, "\n  ]");
}

static void describe_json(const tf_plugin *plugin, tf_text *out)
{
    trefoil_plugin t = tf_plugin_table(plugin);

    tf_text_add(out, "{\n");
    add_member("  ", "plugin", plugin->name, out);
    add_member(",\n  ", "id", t.id, out);
    add_member(",\n  ", "name", t.name, out);
    add_member(",\n  ", "version", t.version, out);
    add_member(",\n  ", "summary", t.summary, out);
    add_member(",\n  ", "licence", t.licence, out);
    add_member(",\n  ", "url", t.url, out);
    add_member(",\n  ", "file", plugin->path, out);
    add_member(",\n  ", "sha256", plugin->digest, out);
    tf_text_addf(out, ",\n  \"abi\": \"%d.%u\"", TREFOIL_ABI_MAJOR, t.abi_minor);
    json_params(plugin, out);
    json_processes(plugin, out);
    json_hooks(plugin, out);
    tf_text_add(out, "\n}\n");
}

/* ---- scenario --------------------------------------------------------------------------------------------------- */

/* Every setting commented out, so that what is not changed stays the plugin's own, with its source. */
static void describe_scenario(const tf_plugin *plugin, tf_text *out)
{
    trefoil_plugin t = tf_plugin_table(plugin);

    tf_text_addf(out, "[intervention my_%s]\ntitle = %s\nplugin = %s\n", plugin->name, t.name, plugin->name);
    for (size_t i = 0; i < tf_plugin_declared(plugin); i++) {
        trefoil_param p = tf_plugin_declared_param(plugin, i);
        char value[VALUE_SIZE], limits[VALUE_SIZE];
        bool has_unit = (is_number(&p)) && strcmp(or_empty(p.unit), "1") != 0;

        print_default(&p, value);
        print_limits(&p, limits);
        tf_text_addf(out, "# %s (%s%s%s%s)\n#%s = %s\n", p.label, has_unit ? p.unit : "", has_unit ? ", " : "", limits,
                     by_imd(&p) ? "; by fifth: _q1 ... _q5" : "", p.name, value);
    }
}

void tf_plugin_describe(const tf_plugin *plugin, tf_format format, tf_text *out)
{
    switch (format) {
    case TF_FORMAT_TEXT:
        describe_text(plugin, out);
        break;
    case TF_FORMAT_MARKDOWN:
        describe_markdown(plugin, out);
        break;
    case TF_FORMAT_JSON:
        describe_json(plugin, out);
        break;
    case TF_FORMAT_SCENARIO:
        describe_scenario(plugin, out);
        break;
    }
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths of a folder's plugins, in order of name. */
static int list_folder(const char *folder, tf_list *paths)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    int result = 0;

    while (directory != NULL && result == 0 && (entry = readdir(directory)) != NULL) {
        size_t length = strlen(entry->d_name);
        tf_text path = {0};

        if (length > 3 && strcmp(entry->d_name + length - 3, ".so") == 0) {
            tf_text_addf(&path, "%s/%s", folder, entry->d_name);
            result = path.failed || tf_list_add(paths, path.chars) != 0 ? -1 : 0;
        }
        tf_text_free(&path);
    }
    if (directory != NULL) {
        closedir(directory);
    }
    if (paths->count > 0) {
        qsort(paths->items, paths->count, sizeof *paths->items, by_text);
    }
    return result;
}

/* One plugin's lines, or why it cannot be loaded.  Its faults go to a context of their own: a list of plugins is not a
 * failure. */
static trefoil_status list_one(const char *path, const tf_list *folders, tf_list *seen, tf_text *out)
{
    trefoil_context *own = trefoil_context_create(NULL);
    tf_plugin *plugin = NULL;
    trefoil_status status;

    if (own == NULL) {
        return TREFOIL_NO_MEMORY;
    }
    status = tf_plugin_load(own, folders, path, (tf_place){0}, &plugin);
    if (status == TREFOIL_DONE) {
        trefoil_plugin t = tf_plugin_table(plugin);
        bool hidden = tf_list_find(seen, plugin->name) >= 0;

        tf_text_addf(out, "%s %s: %s\n  %s%s\n", plugin->name, t.version, t.summary, path,
                     hidden ? " (hidden by the one of the same name above)" : "");
        status = tf_list_add(seen, plugin->name) == 0 ? TREFOIL_DONE : TREFOIL_NO_MEMORY;
    } else if (status != TREFOIL_NO_MEMORY) {
        tf_text_addf(out, "%s: cannot be loaded\n", path);
        for (size_t i = 0; i < trefoil_context_reasons(own); i++) {
            tf_text_addf(out, "  %s\n", trefoil_context_reason(own, i));
        }
        status = TREFOIL_DONE;
    }
    tf_plugin_destroy(plugin);
    trefoil_context_destroy(own);
    return status;
}

trefoil_status tf_plugin_list(trefoil_context *context, const tf_list *folders, tf_text *out)
{
    tf_list seen = {0};
    trefoil_status status = TREFOIL_DONE;

    for (size_t f = 0; f < folders->count && status == TREFOIL_DONE; f++) {
        tf_list paths = {0};

        if (list_folder(folders->items[f], &paths) != 0) {
            status = TREFOIL_NO_MEMORY;
        }
        for (size_t i = 0; i < paths.count && status == TREFOIL_DONE; i++) {
            status = list_one(paths.items[i], folders, &seen, out);
        }
        tf_list_free(&paths);
    }
    tf_list_free(&seen);
    if (status == TREFOIL_NO_MEMORY || out->failed) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "plugins: not enough memory");
    }
    return status;
}
