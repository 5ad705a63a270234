/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folder a new plugin starts in.  Every @ stands for its name; tests/cli/plugins.sh compiles, checks and runs what is written. */
#include "base/memory.h"
#include "base/text.h"
#include "store/export.h"

#include <string.h>
#include <sys/stat.h>

static const char code[] =
    "/* @: what it does, in one sentence. */\n"
    "#include \"trefoil/plugin.h\"\n"
    "\n"
    "/* What can be told to it: name, label, unit, source, value, standard error, least, most, kind, distribution.  A scenario may change each. */\n"
    "enum { RATIO, FEE };\n"
    "static const trefoil_param params[] = {\n"
    "    {\"ratio\", \"Hazard ratio of falling ill\", \"1\", \"assumption\", 0.8, 0.05, 0, 10, TREFOIL_REAL, TREFOIL_LOGNORMAL, NULL},\n"
    "    {\"fee\", \"Fee per person\", \"GBP/a\", \"assumption\", 100, 0, 0, 1e6, TREFOIL_REAL, TREFOIL_FIXED, NULL},\n"
    "};\n"
    "\n"
    "/* Its effects are columns, a row per person; trefoil multiplies ratios and adds amounts. */\n"
    "static int32_t lower(const trefoil_call *call)\n"
    "{\n"
    "    double *ratio = trefoil_out(call, 0);\n"
    "\n"
    "    for (uint32_t i = 0; i < call->n; ++i)\n"
    "        ratio[i] = call->params[RATIO];\n"
    "    return TREFOIL_OK;\n"
    "}\n"
    "\n"
    "static int32_t charge(const trefoil_call *call)\n"
    "{\n"
    "    for (uint32_t i = 0; i < call->n; ++i)\n"
    "        trefoil_out(call, 0)[i] = call->params[FEE];\n"
    "    return TREFOIL_OK;\n"
    "}\n"
    "\n"
    "static const trefoil_column hazards[] = {{\"hazard.illness.well.ill\", \"1\", TREFOIL_F64, TREFOIL_SCALE}};\n"
    "static const trefoil_column money[] = {{\"while.illness.well.cost.programme\", \"GBP/a\", TREFOIL_F64, TREFOIL_ADD}};\n"
    "static const trefoil_hook hooks[] = {\n"
    "    {.stage = TREFOIL_STAGE_HAZARD, .columns = TREFOIL_LIST(hazards), .run = lower},\n"
    "    {.stage = TREFOIL_STAGE_USE, .columns = TREFOIL_LIST(money), .run = charge},\n"
    "};\n"
    "static const trefoil_category categories[] = {{\"programme\", \"Programme\", \"nhs\"}};\n"
    "\n"
    "const trefoil_plugin trefoil_plugin_v1 = {\n"
    "    TREFOIL_PLUGIN_HEADER,\n"
    "    .id = \"org.example.@\",\n"
    "    .name = \"@\",\n"
    "    .version = \"0.1.0\",\n"
    "    .summary = \"A programme that lowers the rate of an illness for a fee.\",\n"
    "    .licence = \"MIT\",\n"
    "    .params = TREFOIL_LIST(params),\n"
    "    .hooks = TREFOIL_LIST(hooks),\n"
    "    .categories = TREFOIL_LIST(categories),\n"
    "};\n";

static const char build[] =
    "cmake_minimum_required(VERSION 3.21)\n"
    "project(@ LANGUAGES C)\n"
    "find_package(trefoil REQUIRED)\n"
    "trefoil_add_plugin(@ SOURCES @.c FOLDER \"${CMAKE_CURRENT_BINARY_DIR}\")\n";

static const char scenario[] =
    "[scenario]\n"
    "title = @\n"
    "\n"
    "# People who are all alike.  For those of real places see scenarios/ of trefoil: areas, ages, data.\n"
    "[population]\n"
    "cohort = 2000\n"
    "ages = 60-60\n"
    "persons = 2000\n"
    "\n"
    "[model]\n"
    "file = model.ini\n"
    "\n"
    "[time]\n"
    "horizon = 10 years\n"
    "\n"
    "[economics]\n"
    "price_year = 2023/24\n"
    "comparator = usual_care\n"
    "\n"
    "[uncertainty]\n"
    "draws = 20\n"
    "\n"
    "[strategy usual_care]\n"
    "title = Usual care\n"
    "\n"
    "[strategy programme]\n"
    "title = @\n"
    "interventions = programme\n"
    "\n"
    "[intervention programme]\n"
    "plugin = @\n"
    "fee = 120 ~ gamma(se 20) @@ \"assumption\"\n";

static const char model[] =
    "# A model to try the plugin on: its numbers are made up.\n"
    "[model]\n"
    "title = An illness\n"
    "clock = continuous\n"
    "ages = 0-100\n"
    "\n"
    "[condition illness]\n"
    "title = Illness\n"
    "states = well, ill, dead\n"
    "dead = dead\n"
    "\n"
    "[state illness.ill]\n"
    "cost.care = 3000\n"
    "utility = 0.7\n"
    "\n"
    "[transition illness.well.ill]\n"
    "rate = 0.05\n"
    "\n"
    "[transition illness.well.dead]\n"
    "rate = 0.01\n"
    "\n"
    "[transition illness.ill.dead]\n"
    "rate = 0.08\n"
    "\n"
    "[cost care]\n"
    "title = Care\n";

static const char words[] =
    "# @\n"
    "\n"
    "What it does, for whom, and where its numbers come from.\n"
    "\n"
    "```\n"
    "cc -O2 -ffp-contract=off -shared -fPIC -I TREFOIL/include @.c -o @.so     # TREFOIL/include holds trefoil/plugin.h (core/include of its sources)\n"
    "trefoil plugin check ./@.so\n"
    "trefoil plugin describe ./@.so\n"
    "trefoil run @.ini --plugin-dir .\n"
    "```\n"
    "\n"
    "or `cmake -S . -B build && cmake --build build`, and `--plugin-dir build`. All a plugin may rely on is in `trefoil/plugin.h`.\n"
    "\n"
    "| file | |\n"
    "| --- | --- |\n"
    "| `@.c` | the plugin: settings, columns, hooks |\n"
    "| `@.ini`, `model.ini` | a scenario to try it, on a model that is made up |\n"
    "| `CMakeLists.txt` | the build |\n";

static bool is_name(const char *name)
{
    return name[0] >= 'a' && name[0] <= 'z' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name) && strlen(name) <= 40;
}

static trefoil_status write_file(trefoil_context *context, const char *name, const char *file, const char *form)
{
    tf_text text = {0};
    trefoil_status status;

    for (const char *at = form; *at != '\0'; at++) {
        const char one[] = {*at, '\0'};

        tf_text_add(&text, *at != '@' ? one : at[1] == '@' ? "@" : name);
        at += *at == '@' && at[1] == '@';
    }
    status = text.failed ? tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", name) : tf_export_text(context, name, file, &text);
    tf_text_free(&text);
    return status;
}

trefoil_status trefoil_plugin_new(trefoil_context *context, const char *name)
{
    trefoil_status status = TREFOIL_DONE;
    tf_text file = {0}, text = {0};
    struct stat there;

    tf_result(context, NULL);
    if (!is_name(name)) {
        return tf_mistake(context, (tf_place){0}, "'%s' is no name for a plugin: small letters, digits and _, a letter first, at most 40", name);
    }
    if (stat(name, &there) == 0) {
        return tf_mistake(context, (tf_place){0}, "%s is there already; choose another name or folder", name);
    }
    TRY(tf_export_folder(context, name));
    tf_text_addf(&file, "%s.c", name);
    TRY(write_file(context, name, file.failed ? "plugin.c" : file.chars, code));
    tf_text_free(&file);
    tf_text_addf(&file, "%s.ini", name);
    TRY(write_file(context, name, file.failed ? "plugin.ini" : file.chars, scenario));
    TRY(write_file(context, name, "model.ini", model));
    TRY(write_file(context, name, "CMakeLists.txt", build));
    TRY(write_file(context, name, "README.md", words));
    tf_text_addf(&text, "%s/ holds %s.c, a scenario to try it and a README.md that says how to build and run it.\n", name, name);
    TRY(tf_result(context, text.chars));
out:
    tf_text_free(&file);
    tf_text_free(&text);
    return status;
}
