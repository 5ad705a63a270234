/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include "base/memory.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ASCII only, whatever the locale. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static const char *skip_digits(const char *text)
{
    while (is_digit(*text)) {
        text++;
    }
    return text;
}

static const char *skip_spaces(const char *text)
{
    while (is_space(*text)) {
        text++;
    }
    return text;
}

/* The end of a decimal number [+-] digits [. digits] [e [+-] digits] without leading zeros; NULL if there is none. */
static const char *end_of_number(const char *text)
{
    const char *whole, *end;
    size_t digits;

    if (*text == '+' || *text == '-') {
        text++;
    }
    whole = text;
    end = skip_digits(text);
    digits = (size_t)(end - whole);
    if (digits > 1 && *whole == '0') {
        return NULL;
    }
    if (*end == '.') {
        const char *fraction = end + 1;

        end = skip_digits(fraction);
        digits += (size_t)(end - fraction);
    }
    if (digits == 0) {
        return NULL;
    }
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1;

        if (*exponent == '+' || *exponent == '-') {
            exponent++;
        }
        end = skip_digits(exponent);
        if (end == exponent) {
            return NULL;
        }
    }
    return end;
}

/* strtod with a decimal point even if the program runs in a locale that has a comma. */
static double read_decimal(const char *text, const char *end)
{
    char *stopped;
    double number = strtod(text, &stopped);

    if (stopped != end) {
        locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);

        if (plain == (locale_t)0) {
            return NAN;
        }
        locale_t before = uselocale(plain);
        number = strtod(text, &stopped);
        uselocale(before);
        freelocale(plain);
    }
    return number;
}

bool tf_parse_number(const char *text, double *number)
{
    const char *end;
    double value;

    if (text == NULL) {
        return false;
    }
    text = skip_spaces(text);
    end = end_of_number(text);
    if (end == NULL || *skip_spaces(end) != '\0') {
        return false;
    }
    value = read_decimal(text, end);
    if (!isfinite(value)) {
        return false;
    }
    *number = value;
    return true;
}

bool tf_parse_integer(const char *text, int64_t *number)
{
    const char *digits, *end;
    long long value;

    if (text == NULL) {
        return false;
    }
    text = skip_spaces(text);
    digits = text + (*text == '+' || *text == '-');
    end = skip_digits(digits);
    if (end == digits || (end - digits > 1 && *digits == '0') || *skip_spaces(end) != '\0') {
        return false;
    }
    errno = 0;
    value = strtoll(text, NULL, 10);
    if (errno != 0) {
        return false;
    }
    *number = value;
    return true;
}

enum { LONGEST_NAME = 96 };

/* Edit distance with transpositions of neighbours; case ignored.  Both shorter than LONGEST_NAME. */
static size_t distance(const char *a, size_t m, const char *b, size_t n)
{
    size_t rows[3][LONGEST_NAME + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];

    for (size_t j = 0; j <= n; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= m; i++) {
        size_t *spare = before;

        now[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = last[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));

            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) &&
                before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            now[j] = best;
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[n];
}

const char *tf_nearest(const char *name, const char *const *candidates, size_t n)
{
    size_t length = strlen(name);
    size_t nearest = (length / 3 < 2 ? 2 : length / 3) + 1;
    const char *found = NULL;

    if (length >= LONGEST_NAME) {
        return NULL;
    }
    for (size_t k = 0; k < n; k++) {
        size_t other = strlen(candidates[k]), d;

        if (other >= LONGEST_NAME) {
            continue;
        }
        d = distance(name, length, candidates[k], other);
        /* Two names that share nothing are not near, however short. */
        if (d < nearest && d < (length > other ? length : other)) {
            nearest = d;
            found = candidates[k];
        }
    }
    return found;
}

bool tf_is_name(const char *text)
{
    if (text == NULL || *text < 'a' || *text > 'z') {
        return false;
    }
    while ((*text >= 'a' && *text <= 'z') || is_digit(*text) || *text == '_') {
        text++;
    }
    return *text == '\0';
}

bool tf_same_text(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

char *tf_trim(char *text)
{
    char *end;

    while (is_space(*text)) {
        text++;
    }
    end = text + strlen(text);
    while (end > text && is_space(end[-1])) {
        end--;
    }
    *end = '\0';
    return text;
}

static bool make_room(tf_text *text, size_t more)
{
    void *chars = text->chars;

    if (text->failed || tf_reserve(&chars, &text->capacity, text->length + more + 1, 1) != 0) {
        text->failed = true;
        return false;
    }
    text->chars = chars;
    return true;
}

void tf_text_add_bytes(tf_text *text, const char *more, size_t length)
{
    if (more != NULL && make_room(text, length)) {
        memcpy(text->chars + text->length, more, length);
        text->length += length;
        text->chars[text->length] = '\0';
    }
}

void tf_text_add(tf_text *text, const char *more)
{
    tf_text_add_bytes(text, more, strlen(more));
}

void tf_text_addf(tf_text *text, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text->failed = true;
        return;
    }
    if (make_room(text, (size_t)length)) {
        va_start(arguments, format);
        vsnprintf(text->chars + text->length, (size_t)length + 1, format, arguments);
        va_end(arguments);
        text->length += (size_t)length;
    }
}

void tf_text_free(tf_text *text)
{
    tf_free(text->chars);
    *text = (tf_text){0};
}

static int add_bytes(tf_list *list, const char *bytes, size_t length)
{
    void *items = list->items;
    char *copy;

    if (tf_reserve(&items, &list->capacity, list->count + 1, sizeof *list->items) != 0) {
        return -1;
    }
    list->items = items;
    copy = tf_alloc(length + 1, 1);
    if (copy == NULL) {
        return -1;
    }
    memcpy(copy, bytes, length);
    list->items[list->count++] = copy;
    return 0;
}

int tf_list_add(tf_list *list, const char *text)
{
    return add_bytes(list, text, strlen(text));
}

int tf_list_split(tf_list *list, const char *text, char at)
{
    if (*skip_spaces(text) == '\0') {
        return 0;
    }
    for (;;) {
        const char *end = strchr(text, at), *last;

        if (end == NULL) {
            end = text + strlen(text);
        }
        while (text < end && is_space(*text)) {
            text++;
        }
        last = end;
        while (last > text && is_space(last[-1])) {
            last--;
        }
        if (add_bytes(list, text, (size_t)(last - text)) != 0) {
            return -1;
        }
        if (*end == '\0') {
            return 0;
        }
        text = end + 1;
    }
}

ptrdiff_t tf_list_find(const tf_list *list, const char *text)
{
    for (size_t k = 0; k < list->count; k++) {
        if (tf_same_text(list->items[k], text)) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

void tf_list_free(tf_list *list)
{
    for (size_t k = 0; k < list->count; k++) {
        tf_free(list->items[k]);
    }
    tf_free(list->items);
    *list = (tf_list){0};
}

char *tf_path_beside(const char *file, const char *relative)
{
    const char *slash = strrchr(file, '/');
    size_t folder = slash != NULL && relative[0] != '/' ? (size_t)(slash - file) + 1 : 0;
    size_t rest = strlen(relative);
    char *path = tf_alloc(folder + rest + 1, 1);

    if (path != NULL) {
        memcpy(path, file, folder);
        memcpy(path + folder, relative, rest + 1);
    }
    return path;
}
