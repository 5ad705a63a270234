/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/machine.h"

#include "base/memory.h"
#include "model/survival.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>

/* Formulas are expressions of a line; a state that asks for more than this has gone wrong. */
enum { MEMORY_LIMIT = 32 << 20 };

struct tf_machine {
    lua_State *lua;
    size_t used;
    bool starved; /* once memory was refused it stays refused, so that a failure is told and not papered over */
};

const char *const tf_machine_functions[] = {
    "abs", "ceil", "exp", "floor", "log", "max", "min", "pick", "sqrt",
    "h_exponential", "h_gengamma", "h_gompertz", "h_loglogistic", "h_lognormal", "h_weibull",
    "p_exponential", "p_gengamma", "p_gompertz", "p_loglogistic", "p_lognormal", "p_weibull",
    "s_exponential", "s_gengamma", "s_gompertz", "s_loglogistic", "s_lognormal", "s_weibull", NULL};

static void *allocate(void *self, void *old, size_t old_size, size_t size)
{
    tf_machine *machine = self;
    size_t before = old != NULL ? old_size : 0; /* without `old`, Lua passes the kind of object */
    void *memory = NULL;

    if (size == 0) {
        tf_free(old);
        machine->used -= before;
        return NULL;
    }
    if (!machine->starved && machine->used - before + size <= MEMORY_LIMIT) {
        memory = tf_realloc(old, size, 1);
    }
    if (memory == NULL) {
        machine->starved = true;
        return size <= before ? old : NULL;
    }
    machine->used = machine->used - before + size;
    return memory;
}

/* pick(i, a, b, c ...): the i-th of what follows, 1 <= i. */
static int pick(lua_State *lua)
{
    lua_Number i = luaL_checknumber(lua, 1);
    int n = lua_gettop(lua) - 1;

    if (!(i >= 1 && i <= n && i == (lua_Number)(int)i)) {
        return luaL_error(lua, "pick: the first number is %f, but there are %d values to pick from", i, n);
    }
    lua_pushvalue(lua, (int)i + 1);
    return 1;
}

/* s_weibull(t, shape, scale), p_weibull(from, to, shape, scale), h_weibull likewise: the family is the first upvalue, the letter the second. */
static int survive(lua_State *lua)
{
    const tf_survival *family = lua_touserdata(lua, lua_upvalueindex(1));
    char kind = (char)lua_tointeger(lua, lua_upvalueindex(2));
    double numbers[TF_SURVIVAL_MAX + 2], value;
    int times = kind == 's' ? 1 : 2, n = times + family->n_parameters;
    const char *why;

    if (lua_gettop(lua) != n) {
        return luaL_error(lua, "%c_%s has %d numbers (%s%s), but %d were given", kind, family->name, n,
                          times == 2 ? "from, to, " : "t, ", family->parameters, lua_gettop(lua));
    }
    for (int i = 0; i < n; i++) {
        numbers[i] = luaL_checknumber(lua, i + 1);
    }
    why = kind == 's'   ? tf_survival_function(family, numbers[0], numbers + 1, &value)
          : kind == 'p' ? tf_survival_probability(family, numbers[0], numbers[1], numbers + 2, &value)
                        : tf_survival_hazard(family, numbers[0], numbers[1], numbers + 2, &value);
    if (why != NULL) {
        return luaL_error(lua, "%c_%s: %s", kind, family->name, why);
    }
    lua_pushnumber(lua, value);
    return 1;
}

static bool push_survival(lua_State *lua, const char *name)
{
    const tf_survival *family = name[1] == '_' ? tf_survival_find(name + 2) : NULL;

    if (family == NULL) {
        return false;
    }
    lua_pushlightuserdata(lua, (void *)(uintptr_t)family);
    lua_pushinteger(lua, name[0]);
    lua_pushcclosure(lua, survive, 2);
    return true;
}

static int furnish(lua_State *lua)
{
    lua_pushcfunction(lua, luaopen_math);
    lua_call(lua, 0, 1);
    for (const char *const *name = tf_machine_functions; *name != NULL; name++) {
        if (strcmp(*name, "pick") == 0) {
            lua_pushcfunction(lua, pick);
        } else if (!push_survival(lua, *name)) {
            lua_getfield(lua, -1, *name);
        }
        lua_setglobal(lua, *name);
    }
    return 0;
}

tf_machine *tf_machine_create(void)
{
    tf_machine *machine = TF_NEW(tf_machine, 1);

    if (machine == NULL) {
        return NULL;
    }
    machine->lua = lua_newstate(allocate, machine);
    if (machine->lua != NULL) {
        lua_pushcfunction(machine->lua, furnish);
        if (lua_pcall(machine->lua, 0, 0, 0) == LUA_OK) {
            return machine;
        }
    }
    tf_machine_destroy(machine);
    return NULL;
}

void tf_machine_destroy(tf_machine *machine)
{
    if (machine == NULL) {
        return;
    }
    if (machine->lua != NULL) {
        lua_close(machine->lua);
    }
    tf_free(machine);
}

/* Take the error from the top of the stack, without the "formula:1: " that Lua puts in front. */
static trefoil_status refusal(tf_machine *machine, char *why)
{
    static const char prefix[] = "formula:1: ";
    const char *text = lua_type(machine->lua, -1) == LUA_TSTRING ? lua_tostring(machine->lua, -1) : "unknown error";

    if (machine->starved) {
        return TREFOIL_NO_MEMORY;
    }
    if (strncmp(text, prefix, sizeof prefix - 1) == 0) {
        text += sizeof prefix - 1;
    }
    snprintf(why, TF_WHY, "%s", text);
    lua_settop(machine->lua, 0);
    return TREFOIL_USER_MISTAKE;
}

typedef struct compilation {
    const char *chunk;
    tf_code *code;
} compilation;

static int append(lua_State *lua, const void *bytes, size_t size, void *self)
{
    tf_code *code = self;

    (void)lua;
    if (tf_reserve(&code->bytes, &code->capacity, code->size + size, 1) != 0) {
        return 1;
    }
    memcpy((char *)code->bytes + code->size, bytes, size);
    code->size += size;
    return 0;
}

static int compile(lua_State *lua)
{
    compilation *job = lua_touserdata(lua, 1);

    if (luaL_loadbufferx(lua, job->chunk, strlen(job->chunk), "=formula", "t") != LUA_OK) {
        return lua_error(lua);
    }
    lua_pushboolean(lua, lua_dump(lua, append, job->code, 0) == 0);
    return 1;
}

trefoil_status tf_machine_compile(tf_machine *machine, const char *chunk, tf_code *code, char *why)
{
    compilation job = {chunk, code};
    trefoil_status status = TREFOIL_DONE;

    code->size = 0;
    lua_settop(machine->lua, 0);
    lua_pushcfunction(machine->lua, compile);
    lua_pushlightuserdata(machine->lua, &job);
    if (lua_pcall(machine->lua, 1, 1, 0) != LUA_OK) {
        status = refusal(machine, why);
    } else if (!lua_toboolean(machine->lua, -1)) {
        status = TREFOIL_NO_MEMORY;
    }
    lua_settop(machine->lua, 0);
    return status;
}

typedef struct job {
    const tf_code *code;
    const tf_argument *arguments;
    size_t n, at, to;
    double *values;
} job;

static int run(lua_State *lua)
{
    job *work = lua_touserdata(lua, 1);
    int n = (int)work->n;

    luaL_checkstack(lua, n + 4, NULL);
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, work->code->bytes) != LUA_TFUNCTION) {
        lua_pop(lua, 1);
        if (luaL_loadbufferx(lua, work->code->bytes, work->code->size, "=formula", "b") != LUA_OK) {
            return lua_error(lua);
        }
        lua_pushvalue(lua, -1);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, work->code->bytes);
    }
    for (; work->at < work->to; work->at++) {
        lua_pushvalue(lua, 2);
        for (int a = 0; a < n; a++) {
            lua_pushnumber(lua, work->arguments[a].values[work->at * work->arguments[a].stride]);
        }
        lua_call(lua, n, 1);
        if (lua_type(lua, -1) != LUA_TNUMBER) {
            return luaL_error(lua, "gives %s, not a number (write 'condition and 1 or 0')",
                              lua_type(lua, -1) == LUA_TBOOLEAN ? "true or false" : luaL_typename(lua, -1));
        }
        work->values[work->at] = lua_tonumber(lua, -1);
        lua_settop(lua, 2);
    }
    return 0;
}

trefoil_status tf_machine_run(tf_machine *machine, const tf_code *code, const tf_argument *arguments, size_t n,
                              size_t from, size_t to, double *values, size_t *at, char *why)
{
    job work = {code, arguments, n, from, to, values};
    trefoil_status status = TREFOIL_DONE;

    lua_settop(machine->lua, 0);
    lua_pushcfunction(machine->lua, run);
    lua_pushlightuserdata(machine->lua, &work);
    if (lua_pcall(machine->lua, 1, 0, 0) != LUA_OK) {
        status = refusal(machine, why);
    }
    *at = work.at;
    lua_settop(machine->lua, 0);
    return status;
}
