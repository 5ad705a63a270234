/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strict getters: nothing leaves a file but by one of these. */
#include "scenario/config.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static trefoil_status wrong(trefoil_context *context, const tf_config *config, size_t section, const char *key, const char *text,
                            const char *expected)
{
    return tf_mistake(context, tf_config_place(config, section, key), "[%s] %s = %s: %s", tf_config_section(config, section), key,
                      text, expected);
}

/* "expected a number from 0 to 1" */
static void describe_range(char *words, size_t size, const char *noun, double min, double max)
{
    if (isfinite(min) && isfinite(max))
        snprintf(words, size, "expected %s from %.15g to %.15g", noun, min, max);
    else if (isfinite(min))
        snprintf(words, size, "expected %s of at least %.15g", noun, min);
    else if (isfinite(max))
        snprintf(words, size, "expected %s of at most %.15g", noun, max);
    else
        snprintf(words, size, "expected %s", noun);
}

double tf_config_number(trefoil_context *context, tf_config *config, size_t section, const char *key, double min, double max,
                        double fallback)
{
    const char *text = tf_config_text(config, section, key);
    double number;
    char words[120];

    if (!text)
        return fallback;
    if (tf_parse_number(text, &number) && number >= min && number <= max)
        return number;
    describe_range(words, sizeof words, "a number", min, max);
    wrong(context, config, section, key, text, words);
    return fallback;
}

int64_t tf_config_integer(trefoil_context *context, tf_config *config, size_t section, const char *key, int64_t min, int64_t max,
                          int64_t fallback)
{
    const char *text = tf_config_text(config, section, key);
    int64_t number;
    char words[120];

    if (!text)
        return fallback;
    if (tf_parse_integer(text, &number) && number >= min && number <= max)
        return number;
    describe_range(words, sizeof words, "a whole number", min == INT64_MIN ? (double)-INFINITY : (double)min,
                   max == INT64_MAX ? (double)INFINITY : (double)max);
    wrong(context, config, section, key, text, words);
    return fallback;
}

bool tf_config_switch(trefoil_context *context, tf_config *config, size_t section, const char *key, bool fallback)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    const char *text = tf_config_text(config, section, key);

    if (!text)
        return fallback;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (tf_same_text(text, words[i]))
            return i % 2 == 1;
    wrong(context, config, section, key, text, "expected yes or no");
    return fallback;
}

int tf_config_choice(trefoil_context *context, tf_config *config, size_t section, const char *key, const char *const *choices,
                     int fallback)
{
    const char *text = tf_config_text(config, section, key), *near;
    tf_text words = {0};
    size_t n = 0;

    if (!text)
        return fallback;
    for (; choices[n]; n++)
        if (strcmp(text, choices[n]) == 0)
            return (int)n;
    tf_text_add(&words, "expected ");
    for (size_t i = 0; i < n; i++)
        tf_text_addf(&words, "%s%s", i == 0 ? "" : i + 1 == n ? " or " : ", ", choices[i]);
    near = tf_nearest(text, choices, n);
    if (near)
        tf_text_addf(&words, "; did you mean '%s'?", near);
    wrong(context, config, section, key, text, words.failed ? "not among the choices" : words.chars);
    tf_text_free(&words);
    return fallback;
}

/* The next piece of `*rest`, up to a comma outside double quotes; NULL at the end. */
static char *next_piece(char **rest)
{
    char *piece = *rest, *at;
    size_t length;
    bool quoted = false;

    if (!piece)
        return NULL;
    for (at = piece; *at && (quoted || *at != ','); at++)
        quoted ^= *at == '"';
    *rest = *at ? at + 1 : NULL;
    *at = '\0';
    piece = tf_trim(piece);
    length = strlen(piece);
    if (length >= 2 && piece[0] == '"' && piece[length - 1] == '"') {
        piece[length - 1] = '\0';
        piece = tf_trim(piece + 1);
    }
    return piece;
}

trefoil_status tf_config_list(trefoil_context *context, tf_config *config, size_t section, const char *key, tf_list *list)
{
    const char *text = tf_config_text(config, section, key);
    trefoil_status status = TREFOIL_DONE;
    char *copy, *rest;
    const char *piece;

    if (!text || *text == '\0')
        return TREFOIL_DONE;
    rest = copy = tf_strdup(text);
    if (!copy)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for a list");
    while ((piece = next_piece(&rest)) != NULL) {
        if (*piece == '\0')
            status = wrong(context, config, section, key, text, "an item of the list is empty");
        else if (tf_list_add(list, piece) != 0) {
            status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for a list");
            break;
        }
    }
    tf_free(copy);
    return status;
}

bool tf_config_uncertain(trefoil_context *context, tf_config *config, size_t section, const char *key, tf_number *number)
{
    const char *text = tf_config_text(config, section, key);
    char why[256] = "";

    if (!text)
        return false;
    if (tf_number_parse(text, number, why))
        return true;
    wrong(context, config, section, key, text, why);
    return false;
}

char *tf_config_file(trefoil_context *context, tf_config *config, size_t section, const char *key)
{
    const char *text = tf_config_text(config, section, key);
    char *path;

    if (!text)
        return NULL;
    if (*text == '\0') {
        wrong(context, config, section, key, text, "expected the name of a file or folder");
        return NULL;
    }
    path = tf_path_beside(tf_config_path(config), text);
    if (!path)
        tf_fail(context, TREFOIL_NO_MEMORY, "no memory for a path");
    return path;
}

bool tf_config_require(trefoil_context *context, tf_config *config, size_t section, const char *key, const char *what)
{
    const char *text = tf_config_text(config, section, key);
    tf_place place = tf_config_place(config, section, key);

    if (text && *text)
        return true;
    if (section >= tf_config_sections(config))
        tf_mistake(context, place, "'%s' is missing: %s", key, what);
    else if (text)
        tf_mistake(context, place, "[%s] %s: the value is missing: %s", tf_config_section(config, section), key, what);
    else
        tf_mistake(context, place, "[%s]: '%s' is missing: %s", tf_config_section(config, section), key, what);
    return false;
}
