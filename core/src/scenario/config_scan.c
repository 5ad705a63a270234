/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first pass over the lines of an INI file: what stands where, and everything iniparser would swallow. */
#include "scenario/config_private.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct scanner {
    trefoil_context *context;
    tf_config *config;
    tf_config_block *block; /* NULL before the first section, and after a heading without a name */
    int line;
    bool headed; /* a section heading, good or bad, has been seen */
    bool clean;
    bool starved;
} scanner;

TF_PRINTF(2, 3) static void fault(scanner *scan, const char *format, ...)
{
    char reason[512];
    va_list list;

    va_start(list, format);
    vsnprintf(reason, sizeof reason, format, list);
    va_end(list);
    tf_mistake(scan->context, (tf_place){scan->config->path, scan->line}, "%s", reason);
    scan->clean = false;
}

/* The length of the UTF-8 sequence at `at`, or 0 if there is none. */
static size_t utf8_length(const unsigned char *at)
{
    static const struct {
        unsigned char first, last, low, high; /* of the first byte, and of the second */
        size_t length;
    } forms[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
                 {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
                 {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

    if (at[0] < 0x80)
        return 1;
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        if (at[0] < forms[f].first || at[0] > forms[f].last)
            continue;
        if (at[1] < forms[f].low || at[1] > forms[f].high)
            return 0;
        for (size_t i = 2; i < forms[f].length; i++)
            if ((at[i] & 0xc0) != 0x80)
                return 0;
        return forms[f].length;
    }
    return 0;
}

static void check_bytes(scanner *scan, const char *line)
{
    const unsigned char *at = (const unsigned char *)line;

    while (*at) {
        size_t length = utf8_length(at);
        if (length == 0) {
            fault(scan, "the line is not UTF-8 text (byte 0x%02x)", *at);
            return;
        }
        if ((*at < 0x20 && *at != '\t') || *at == 0x7f) {
            fault(scan, "a control character (0x%02x) in the line", *at);
            return;
        }
        at += length;
    }
}

/* A word of a section's name, or a key: folds it to lower case as iniparser does, and says so. */
static bool check_word(scanner *scan, const char *where, char *word)
{
    bool folded = false;

    if (strlen(word) > TF_CONFIG_NAME) {
        fault(scan, "%s'%.40s...': a name has at most %d characters", where, word, TF_CONFIG_NAME);
        return false;
    }
    for (char *c = word; *c; c++) {
        if (*c >= 'A' && *c <= 'Z') {
            *c = (char)(*c - 'A' + 'a');
            folded = true;
        } else if (*c <= ' ' || *c > '~' || strchr(":=;#\"'[]\\,", *c)) {
            fault(scan, "%s'%s': a name has no space and no character like '%c'", where, word, *c > ' ' && *c <= '~' ? *c : '?');
            return false;
        }
    }
    if (folded)
        fault(scan, "%snames are lower case; write '%s'", where, word);
    return true;
}

/* One or two words with one space between; false when it is not a name at all. */
static bool check_section_name(scanner *scan, char *name)
{
    char *second = strpbrk(name, " \t"), *rest;

    if (!second)
        return check_word(scan, "section ", name);
    rest = second + strspn(second, " \t");
    if (*second == '\t' || rest - second > 1) {
        memmove(second + 1, rest, strlen(rest) + 1);
        *second = ' ';
        fault(scan, "[%s]: exactly one space between the two words of a section", name);
        rest = second + 1;
    }
    if (strpbrk(rest, " \t")) {
        fault(scan, "[%s]: a section has one or two words: a kind, and a name", name);
        return false;
    }
    *second = '\0';
    if (!check_word(scan, "section ", name) || !check_word(scan, "section ", rest))
        return false;
    *second = ' ';
    return true;
}

static void scan_section(scanner *scan, char *text)
{
    char *close = strchr(text, ']'), *name, *after;

    scan->headed = true;
    scan->block = NULL;
    if (!close) {
        fault(scan, "%s: the closing ']' is missing", text);
    } else {
        *close = '\0';
        after = tf_trim(close + 1);
        if (*after == ';' || *after == '#')
            fault(scan, "%s]: a comment after a section name is refused; put it on a line of its own", text);
        else if (*after)
            fault(scan, "%s]: text after a section name: '%s'", text, after);
    }
    name = tf_trim(text + 1);
    if (*name == '\0') {
        fault(scan, "[]: a section needs a name");
        return;
    }
    if (!check_section_name(scan, name))
        return;
    scan->block = tf_config_block_find(scan->config, name);
    if (scan->block) {
        fault(scan, "[%s]: already begun at line %d", name, scan->block->line);
        return;
    }
    scan->block = tf_config_block_add(scan->config, name, scan->line);
    scan->starved |= !scan->block;
}

/* What iniparser makes of the text after '='. */
static char *scan_value(scanner *scan, const char *key, char *value)
{
    const char *section = scan->block->name;
    char *end;

    if (*value == '"' || *value == '\'') {
        end = strchr(value + 1, *value);
        if (!end) {
            fault(scan, "[%s] %s: the quote %c is not closed", section, key, *value);
        } else {
            const char *after = tf_trim(end + 1);
            if (*after && *after != ';' && *after != '#')
                fault(scan, "[%s] %s: text after the closing quote would be dropped: '%s'", section, key, after);
            *end = '\0';
        }
        return tf_trim(value + 1);
    }
    end = strpbrk(value, ";#");
    if (end) {
        fault(scan,
              "[%s] %s: text after '%c' would be dropped as a comment; quote the value to keep it, or put the comment on a "
              "line of its own",
              section, key, *end);
        *end = '\0';
    }
    return tf_trim(value);
}

static void scan_setting(scanner *scan, char *text)
{
    char *equals = strchr(text, '='), *key, *value;
    const tf_config_entry *earlier;
    char where[TF_CONFIG_NAME * 2 + 8];

    if (!equals) {
        fault(scan, "'%.60s': neither a [section] nor 'key = value'; a comment begins with ';' or '#'", text);
        return;
    }
    *equals = '\0';
    key = tf_trim(text);
    value = tf_trim(equals + 1);
    if (!scan->block) {
        if (!scan->headed)
            fault(scan, "%.60s: a setting before the first [section]", key);
        return;
    }
    if (*key == '\0') {
        fault(scan, "[%s]: a value without a name before '='", scan->block->name);
        return;
    }
    snprintf(where, sizeof where, "[%s] ", scan->block->name);
    if (!check_word(scan, where, key))
        return;
    value = scan_value(scan, key, value);
    earlier = tf_config_entry_find(scan->block, key);
    if (earlier) {
        fault(scan, "[%s] %s: already set at line %d", scan->block->name, key, earlier->line);
        return;
    }
    scan->starved |= !tf_config_entry_add(scan->block, key, value, scan->line);
}

/* Whether the next line belongs to this one. */
static bool scan_line(scanner *scan, char *line, size_t length)
{
    char *text;

    if (length > TF_CONFIG_LINE)
        fault(scan, "the line has %zu bytes; at most 1,022 can be read", length);
    check_bytes(scan, line);
    text = tf_trim(line);
    length = strlen(text);
    if (length > 0 && text[length - 1] == '\\') {
        fault(scan, "a line continued by '\\' is refused; write it as one line");
        text[length - 1] = '\0';
        if (*text != ';' && *text != '#' && *text != '[' && strchr(text, '='))
            scan_setting(scan, text);
        return true;
    }
    if (*text == '[')
        scan_section(scan, text);
    else if (*text != '\0' && *text != ';' && *text != '#')
        scan_setting(scan, text);
    return false;
}

trefoil_status tf_config_scan(trefoil_context *context, tf_config *config, char *bytes, size_t n, bool *clean)
{
    scanner scan = {.context = context, .config = config, .clean = true};
    char *line = bytes, *end = bytes + n;
    bool continued = false;

    *clean = false;
    if (memchr(bytes, '\0', n))
        return tf_mistake(context, (tf_place){config->path, 0}, "not a text file");
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        scan.line = 1;
        fault(&scan, "the file begins with a byte-order mark; save it as plain UTF-8");
        line += 3;
    }
    for (scan.line = 1; line < end; scan.line++) {
        char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        size_t length = (size_t)(stop - line);

        *stop = '\0'; /* the caller keeps one byte more than n */
        if (length > 0 && stop[-1] == '\r')
            *--stop = '\0';
        if (continued)
            continued = stop > line && stop[-1] == '\\';
        else
            continued = scan_line(&scan, line, length);
        line = (newline ? newline : end) + 1;
    }
    *clean = scan.clean;
    return scan.starved ? tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %s", config->path) : TREFOIL_DONE;
}
