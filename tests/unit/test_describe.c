/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "folder.h"
#include "plugin/describe.h"

#include <criterion/criterion.h>

#define PLUGINS TF_BINARY_DIR "/plugins"
#define SUBJECTS TF_BINARY_DIR "/tests/subjects"

static tf_plugin *load(const char *folder, const char *name)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_list folders = {0};
    tf_plugin *plugin = NULL;

    tf_list_add(&folders, folder);
    cr_assert_eq(tf_plugin_load(context, &folders, name, (tf_place){0}, &plugin), TREFOIL_DONE);
    tf_list_free(&folders);
    trefoil_context_destroy(context);
    return plugin;
}

static void expect_words(const tf_text *text, const char *const *words, size_t n)
{
    cr_assert_not(text->failed);
    for (size_t i = 0; i < n; i++) {
        cr_expect(strstr(text->chars, words[i]) != NULL, "missing: %s\nin:\n%s", words[i], text->chars);
    }
}

#define EXPECT_WORDS(text, ...)                                                          \
    do {                                                                                 \
        const char *const list_of_words[] = {__VA_ARGS__};                               \
        expect_words(text, list_of_words, sizeof list_of_words / sizeof *list_of_words); \
    } while (0)

/* Brackets and braces outside quotes are balanced, and the text is one object. */
static bool is_balanced(const char *json)
{
    char open[64];
    int depth = 0;
    bool quoted = false;

    for (const char *c = json; *c != '\0'; c++) {
        if (quoted) {
            c += *c == '\\';
            quoted = *c != '"';
        } else if (*c == '"') {
            quoted = true;
        } else if (*c == '{' || *c == '[') {
            open[depth++] = *c;
        } else if (*c == '}' || *c == ']') {
            if (depth == 0 || open[--depth] != (*c == '}' ? '{' : '[')) {
                return false;
            }
        }
    }
    return depth == 0 && !quoted && json[0] == '{';
}

Test(describe, says_in_each_format_what_the_table_says)
{
    tf_plugin *plugin = load(PLUGINS, "adherence");
    tf_text text = {0}, json = {0}, scenario = {0}, markdown = {0};

    tf_plugin_describe(plugin, TF_FORMAT_TEXT, &text);
    EXPECT_WORDS(&text, "adherence 1.0.0: Adherence programme\n", "id       org.trefoil.adherence\n", plugin->digest,
                 "1.35 ~ lognormal(se 0.15) 1  (0.01 to 100)", "source: Santo 2016", "(yes or no)",
                 "states not_offered, declined, enrolled, lapsed", "cost category programme",
                 "scale  hazard.{medicine}.lapsed.taking", "read   risk.{risk} (optional)");
    tf_plugin_describe(plugin, TF_FORMAT_JSON, &json);
    EXPECT_WORDS(&json, "\"id\": \"org.trefoil.adherence\"",
                 "\"family\": \"lognormal\", \"sd\": 0.15, \"min\": 0.01, \"max\": 100",
                 "{\"name\": \"medicine\", \"kind\": \"name\"", "{\"from\": \"not_offered\", \"to\": \"enrolled\"}",
                 "\"url\": null");
    cr_expect(is_balanced(json.chars));
    tf_plugin_describe(plugin, TF_FORMAT_SCENARIO, &scenario);
    EXPECT_WORDS(&scenario, "[intervention my_adherence]\ntitle = Adherence programme\nplugin = adherence\n",
                 "\n#odds_ratio = 1.35 ~ lognormal(se 0.15)\n", "\n#medicine = statin\n", "\n#only_lapsed = no\n");
    tf_plugin_describe(plugin, TF_FORMAT_MARKDOWN, &markdown);
    EXPECT_WORDS(&markdown, "| `odds_ratio`, `odds_ratio_q1` to `odds_ratio_q5` | Odds of taking", "| hazard | `age` | read | a |");
    tf_text_free(&text);
    tf_text_free(&json);
    tf_text_free(&scenario);
    tf_text_free(&markdown);
    tf_plugin_destroy(plugin);
}

/* The generated part of a README is what the plugin says today. */
static void expect_in_readme(const char *name)
{
    static char readme[1 << 16];
    char path[256];
    tf_plugin *plugin = load(PLUGINS, name);
    tf_text markdown = {0};
    FILE *file;
    size_t n;

    snprintf(path, sizeof path, TF_SOURCE_DIR "/plugins/%s/README.md", name);
    file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    n = fread(readme, 1, sizeof readme - 1, file);
    readme[n] = '\0';
    fclose(file);
    tf_plugin_describe(plugin, TF_FORMAT_MARKDOWN, &markdown);
    cr_expect(strstr(readme, markdown.chars) != NULL,
              "%s is not up to date: paste what `trefoil plugin describe %s --format markdown` prints:\n%s", path, name,
              markdown.chars);
    tf_text_free(&markdown);
    tf_plugin_destroy(plugin);
}

Test(describe, is_what_the_readmes_hold)
{
    expect_in_readme("adherence");
    expect_in_readme("pathway");
}

Test(describe, lists_good_and_bad_plugins)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_list folders = {0};
    tf_text text = {0};

    tf_list_add(&folders, PLUGINS);
    tf_list_add(&folders, SUBJECTS);
    cr_expect_eq(tf_plugin_list(context, &folders, &text), TREFOIL_DONE);
    EXPECT_WORDS(&text, "adherence 1.0.0: People to whom", "\n  " PLUGINS "/adherence.so\n",
                 "pathway 1.0.0: ", "first 0.1.0: As plugins were",
                 SUBJECTS "/wrong_major.so: cannot be loaded\n  " SUBJECTS
                          "/wrong_major.so: it was built for plugin ABI 2");
    cr_expect_eq(trefoil_context_reasons(context), 0, "a plugin that cannot be loaded is told in the list");
    cr_expect(strstr(text.chars, "adherence 1.0.0") < strstr(text.chars, "pathway 1.0.0"), "in order of name");
    tf_text_free(&text);
    tf_list_free(&folders);
    trefoil_context_destroy(context);
}
