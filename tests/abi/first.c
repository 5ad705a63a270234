/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin of the smallest table ABI 1 accepts: what was declared before processes, categories and names.  It includes
 * no header of today, and stays as it is: the host must go on reading it by its own sizes. */
#include <stdint.h>

typedef struct call call;
typedef struct list {
    const void *items;
    uint32_t count, stride;
} list;
typedef struct param {
    const char *name, *label, *unit, *source;
    double value, sd, min, max;
    uint32_t kind, family;
} param;
typedef struct column {
    const char *name, *unit;
    uint32_t type, access;
} column;
typedef struct hook {
    uint32_t stage, reserved;
    list columns;
    int32_t (*run)(const call *);
} hook;
typedef struct plugin {
    uint32_t size, abi_minor;
    const char *id, *name, *version, *summary, *licence, *url;
    list params, hooks;
} plugin;

static int32_t run(const call *c)
{
    (void)c;
    return 0;
}

static const param params[] = {
    {"first", "A fixed number", "1", "assumption", 0.25, 0.0, 0.0, 1.0, 0, 0},
    {"second", "An uncertain one", "1", "assumption", 0.5, 0.1, 0.0, 1.0, 0, 3},
};
static const column columns[] = {{"age", "a", 0, 0}, {"utility", "1", 0, 5}};
static const hook hooks[] = {{4, 0, {columns, 2, sizeof *columns}, run}};

__attribute__((visibility("default"))) extern const plugin trefoil_plugin_v1;
const plugin trefoil_plugin_v1 = {
    sizeof(plugin),
    0,
    "org.example.first",
    "First",
    "0.1.0",
    "As plugins were in the beginning.",
    "MIT",
    0,
    {params, 2, sizeof *params},
    {hooks, 1, sizeof *hooks},
};
