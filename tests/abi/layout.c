/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout of the plugin ABI, version 1, on machines of 64 bits.  A line here may be added, never changed: a plugin built long ago is out there.
 * Sizes grow when fields are appended.  This file is compiled; there is nothing to run. */
#include "trefoil/plugin.h"

#define PIN(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
#define LIST_IS_16_BYTES(type, field) _Static_assert(sizeof(((const type *)NULL)->field) == 16, #type "." #field " is no list of version 1")

_Static_assert(sizeof(void *) == 8, "the offsets below are those of 64 bits");
_Static_assert(TREFOIL_ABI_MAJOR == 1, "a new major version needs a file of its own");

PIN(trefoil_param, name, 0);
PIN(trefoil_param, label, 8);
PIN(trefoil_param, unit, 16);
PIN(trefoil_param, source, 24);
PIN(trefoil_param, value, 32);
PIN(trefoil_param, sd, 40);
PIN(trefoil_param, min, 48);
PIN(trefoil_param, max, 56);
PIN(trefoil_param, kind, 64);
PIN(trefoil_param, family, 68);
PIN(trefoil_param, text, 72);
_Static_assert(sizeof(trefoil_param) == 80, "trefoil_param");
PIN(trefoil_column, name, 0);
PIN(trefoil_column, unit, 8);
PIN(trefoil_column, type, 16);
PIN(trefoil_column, access, 20);
_Static_assert(sizeof(trefoil_column) == 24, "trefoil_column");
PIN(trefoil_move, from, 0);
PIN(trefoil_move, to, 8);
_Static_assert(sizeof(trefoil_move) == 16, "trefoil_move");
PIN(trefoil_process, name, 0);
PIN(trefoil_process, title, 8);
PIN(trefoil_process, states, 16);
PIN(trefoil_process, moves, 24);
_Static_assert(sizeof(trefoil_process) == 40, "trefoil_process");
PIN(trefoil_category, name, 0);
PIN(trefoil_category, title, 8);
PIN(trefoil_category, party, 16);
_Static_assert(sizeof(trefoil_category) == 24, "trefoil_category");
PIN(trefoil_host, size, 0);
PIN(trefoil_host, abi_minor, 4);
PIN(trefoil_host, version, 8);
PIN(trefoil_host, log, 16);
PIN(trefoil_host, fail, 24);
PIN(trefoil_host, uniform, 32);
PIN(trefoil_host, lookup, 40);
PIN(trefoil_host, extension, 48);
_Static_assert(sizeof(trefoil_host) == 56, "trefoil_host");
PIN(struct trefoil_call, size, 0);
PIN(struct trefoil_call, n, 4);
PIN(struct trefoil_call, host, 8);
PIN(struct trefoil_call, params, 16);
PIN(struct trefoil_call, columns, 24);
PIN(struct trefoil_call, person, 32);
PIN(struct trefoil_call, plan, 40);
PIN(struct trefoil_call, time, 48);
PIN(struct trefoil_call, step, 56);
PIN(struct trefoil_call, cycle, 64);
PIN(struct trefoil_call, draw, 68);
PIN(struct trefoil_call, internal, 72);
_Static_assert(sizeof(struct trefoil_call) == 80, "struct trefoil_call");
PIN(trefoil_hook, stage, 0);
PIN(trefoil_hook, reserved, 4);
PIN(trefoil_hook, columns, 8);
PIN(trefoil_hook, run, 24);
_Static_assert(sizeof(trefoil_hook) == 32, "trefoil_hook");
PIN(trefoil_plugin, size, 0);
PIN(trefoil_plugin, abi_minor, 4);
PIN(trefoil_plugin, id, 8);
PIN(trefoil_plugin, name, 16);
PIN(trefoil_plugin, version, 24);
PIN(trefoil_plugin, summary, 32);
PIN(trefoil_plugin, licence, 40);
PIN(trefoil_plugin, url, 48);
PIN(trefoil_plugin, params, 56);
PIN(trefoil_plugin, hooks, 72);
PIN(trefoil_plugin, processes, 88);
PIN(trefoil_plugin, categories, 104);
PIN(trefoil_plugin, needs, 120);
PIN(trefoil_plugin, prepare, 128);
PIN(trefoil_plugin, discard, 136);
PIN(trefoil_plugin, extension, 144);
_Static_assert(sizeof(trefoil_plugin) == 152, "trefoil_plugin");

LIST_IS_16_BYTES(trefoil_plugin, params);
LIST_IS_16_BYTES(trefoil_plugin, hooks);
LIST_IS_16_BYTES(trefoil_plugin, processes);
LIST_IS_16_BYTES(trefoil_plugin, categories);
LIST_IS_16_BYTES(trefoil_hook, columns);
LIST_IS_16_BYTES(trefoil_process, moves);

/* Numbers that stand in compiled plugins. */
#define MEANS(name, value) _Static_assert((name) == (value), #name " changed its number")
MEANS(TREFOIL_OK, 0); MEANS(TREFOIL_FAILED, -1);
MEANS(TREFOIL_FIXED, 0); MEANS(TREFOIL_NORMAL, 1); MEANS(TREFOIL_LOGNORMAL, 2); MEANS(TREFOIL_BETA, 3); MEANS(TREFOIL_GAMMA, 4);
MEANS(TREFOIL_UNIFORM, 5);
MEANS(TREFOIL_REAL, 0); MEANS(TREFOIL_INTEGER, 1); MEANS(TREFOIL_SWITCH, 2); MEANS(TREFOIL_NAME, 3);
MEANS(TREFOIL_BY_IMD, 0x100);
MEANS(TREFOIL_F64, 0); MEANS(TREFOIL_I32, 1);
MEANS(TREFOIL_READ, 0); MEANS(TREFOIL_LOOKUP, 1); MEANS(TREFOIL_DRAW, 2); MEANS(TREFOIL_STREAM, 3); MEANS(TREFOIL_SCALE, 4);
MEANS(TREFOIL_ADD, 5); MEANS(TREFOIL_SET, 6); MEANS(TREFOIL_KEEP, 7); MEANS(TREFOIL_WORK, 8); MEANS(TREFOIL_OPTIONAL, 0x100);
MEANS(TREFOIL_DEBUG, 0); MEANS(TREFOIL_INFO, 1); MEANS(TREFOIL_WARNING, 2);
MEANS(TREFOIL_STAGE_ENROL, 0); MEANS(TREFOIL_STAGE_RISK, 1); MEANS(TREFOIL_STAGE_HAZARD, 2); MEANS(TREFOIL_STAGE_USE, 3);
MEANS(TREFOIL_STAGE_UTILITY, 4);
