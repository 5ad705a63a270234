/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/expression.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char tf_alike_needs[] = "a [population] cohort, clock = discrete, one condition, no risk factors and relative risks, and no interventions "
                             "when people are simulated";

static const char *const fact_names[TF_FACTS] = {"male", "female", "age", "imd", "cycle", "time", "years_in_state"};
static const char *const operators[] = {"and", "or", "not", NULL};
/* The rest of Lua's reserved words. */
static const char *const forbidden[] = {"break",    "do",   "else", "elseif", "end",   "false", "for",
                                        "function", "goto", "if",   "in",     "local", "nil",   "repeat",
                                        "return",   "then", "true", "until",  "while", NULL};

static int word_in(const char *const *words, const char *word)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

static int fact_of(const char *name)
{
    for (int i = 0; i < TF_FACTS; i++) {
        if (strcmp(fact_names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

bool tf_expression_reserves(const char *name)
{
    return fact_of(name) >= 0 || word_in(operators, name) >= 0 || word_in(forbidden, name) >= 0 ||
           word_in(tf_machine_functions, name) >= 0;
}

/* ---- reading ----------------------------------------------------------------- */

enum { LONGEST = 63 };

typedef struct reader {
    trefoil_context *context;
    const tf_scope *scope;
    const char *text, *what;
    tf_place place;
    const char *at; /* what is left to read */
    int depth;      /* of brackets */
    size_t tokens;
    tf_text body; /* the text as Lua, with names replaced by N1, N2 ... */
    tf_expression *expression;
    trefoil_status status; /* USER_MISTAKE once anything is wrong; reading goes on after an unknown name */
    bool stop;             /* what is wrong leaves nothing more to read */
} reader;

TF_PRINTF(2, 3)
static void wrong(reader *self, const char *format, ...)
{
    char reason[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    self->status = tf_mistake(self->context, self->place, "%s = %s: %s", self->what, self->text, reason);
}

static void starve(reader *self)
{
    self->status = tf_fail(self->context, TREFOIL_NO_MEMORY, "no memory for the formula %s", self->what);
    self->stop = true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static const char *after_spaces(const char *at)
{
    return at + strspn(at, " \t");
}

/* Say that `name` is not known; `noun` is what it should be. */
static void unknown(reader *self, const char *noun, const char *name, const char *const *candidates, size_t n)
{
    const char *near = tf_nearest(name, candidates, n);

    if (near != NULL) {
        wrong(self, "there is no %s '%s'; did you mean '%s'?", noun, name, near);
    } else {
        wrong(self, "there is no %s '%s'", noun, name);
    }
}

static void unknown_parameter(reader *self, const char *name)
{
    const tf_scope *scope = self->scope;
    size_t total = tf_parameters_count(scope->parameters), n = 0;
    const char **candidates = TF_NEW(const char *, total + TF_FACTS);
    ptrdiff_t later = tf_parameters_find(scope->parameters, name);

    if (candidates == NULL) {
        starve(self);
        return;
    }
    for (; n < scope->n_parameters; n++) {
        candidates[n] = tf_parameters_row(scope->parameters, n)->name;
    }
    for (int i = 0; scope->tables != NULL && i < TF_FACTS; i++) {
        candidates[n++] = fact_names[i];
    }
    if (later >= 0 && (size_t)later == scope->n_parameters) {
        wrong(self, "'%s' cannot be computed from itself", name);
    } else if (later >= 0) {
        wrong(self, "'%s' is stated further down; a formula sees the parameters above it", name);
    } else if (scope->tables == NULL && fact_of(name) >= 0) {
        wrong(self, "a parameter is the same for everybody: '%s' can be used in the model's formulas only", name);
    } else {
        unknown(self, "parameter", name, candidates, n);
    }
    tf_free(candidates);
}

/* The place of a symbol among the arguments, added if it is new. */
static size_t argument_of(reader *self, tf_symbol symbol)
{
    tf_expression *expression = self->expression;
    void *items = expression->symbols;

    for (size_t i = 0; i < expression->n_symbols; i++) {
        const tf_symbol *known = &expression->symbols[i];

        if (known->kind == symbol.kind && known->index == symbol.index && known->column == symbol.column) {
            return i;
        }
    }
    if (expression->n_symbols == TF_MAX_ARGUMENTS) {
        wrong(self, "it uses more than %d names; divide it", (int)TF_MAX_ARGUMENTS);
        self->stop = true;
        return 0;
    }
    if (tf_reserve(&items, &expression->capacity, expression->n_symbols + 1, sizeof *expression->symbols) != 0) {
        starve(self);
        return 0;
    }
    expression->symbols = items;
    expression->symbols[expression->n_symbols] = symbol;
    return expression->n_symbols++;
}

static void add_symbol(reader *self, tf_symbol symbol)
{
    tf_text_addf(&self->body, " N%zu ", argument_of(self, symbol) + 1);
}

/* A name that something earlier made unknowable: no more to say, but no formula either. */
static void pass_over(reader *self)
{
    if (self->status == TREFOIL_DONE) {
        self->status = TREFOIL_USER_MISTAKE;
    }
}

static void read_column(reader *self, const char *table, const char *column)
{
    const tf_tables *tables = self->scope->tables;

    if (tables == NULL) {
        wrong(self, "'%s.%s': tables can be used in the model's formulas only", table, column);
        return;
    }
    for (size_t t = 0; t < tables->count; t++) {
        const tf_grid *grid = tables->grids[t];

        if (strcmp(tables->names[t], table) != 0) {
            continue;
        }
        if (grid == NULL) {
            pass_over(self);
            return;
        }
        for (size_t c = 0; c < grid->n_columns; c++) {
            if (strcmp(grid->columns[c], column) == 0) {
                add_symbol(self, (tf_symbol){TF_SYMBOL_COLUMN, t, c});
                return;
            }
        }
        char noun[LONGEST + 32];
        snprintf(noun, sizeof noun, "column of table '%s' called", table);
        unknown(self, noun, column, (const char *const *)grid->columns, grid->n_columns);
        return;
    }
    unknown(self, "table", table, (const char *const *)tables->names, tables->count);
}

static void read_variable(reader *self, const char *name)
{
    const tf_scope *scope = self->scope;
    int fact = scope->tables != NULL ? fact_of(name) : -1;
    ptrdiff_t parameter;

    if (*after_spaces(self->at) == '(') {
        size_t n = 0;

        while (tf_machine_functions[n] != NULL) {
            n++;
        }
        unknown(self, "function", name, tf_machine_functions, n);
        return;
    }
    if (fact >= TF_CELL_FACTS && !scope->course) {
        wrong(self, "'%s' is known to people who are all alike only: %s", name, tf_alike_needs);
        return;
    }
    if (fact >= 0) {
        add_symbol(self, (tf_symbol){TF_SYMBOL_FACT, (size_t)fact, 0});
        return;
    }
    for (size_t t = 0; scope->tables != NULL && t < scope->tables->count; t++) {
        if (strcmp(scope->tables->names[t], name) == 0) {
            wrong(self, "'%s' is a table; name a column of it, as in %s.incidence", name, name);
            return;
        }
    }
    if (scope->parameters == NULL) {
        pass_over(self);
        return;
    }
    parameter = tf_parameters_find(scope->parameters, name);
    if (parameter >= 0 && (size_t)parameter < scope->n_parameters) {
        add_symbol(self, (tf_symbol){TF_SYMBOL_PARAMETER, (size_t)parameter, 0});
    } else {
        unknown_parameter(self, name);
    }
}

/* A word at self->at into `word`; false if it is too long. */
static bool take_word(reader *self, char word[LONGEST + 1])
{
    size_t length = 0;

    while (is_letter(self->at[length]) || is_digit(self->at[length])) {
        length++;
    }
    if (length > LONGEST) {
        wrong(self, "the name '%.20s...' is longer than %d letters", self->at, (int)LONGEST);
        self->stop = true;
        return false;
    }
    memcpy(word, self->at, length);
    word[length] = '\0';
    self->at += length;
    return true;
}

/* A name of the caller's: `word` and what is joined to it by points. */
static void read_own(reader *self, const char *word)
{
    tf_text name = {0}, why = {0};
    char part[LONGEST + 1];
    ptrdiff_t index;

    tf_text_add(&name, word);
    while (self->at[0] == '.' && (is_letter(self->at[1]) || is_digit(self->at[1])) && !self->stop) {
        self->at++;
        if (take_word(self, part)) {
            tf_text_addf(&name, ".%s", part);
        }
    }
    index = name.failed || self->stop ? -1 : self->scope->find(self->scope->self, name.chars, &why);
    if (index >= 0) {
        add_symbol(self, (tf_symbol){TF_SYMBOL_PARAMETER, (size_t)index, 0});
    } else if (name.failed || why.failed) {
        starve(self);
    } else if (!self->stop) {
        self->status = tf_mistake(self->context, self->place, "%s = %s: %s", self->what, self->text, why.chars != NULL ? why.chars : name.chars);
    }
    tf_text_free(&name);
    tf_text_free(&why);
}

static void read_word(reader *self)
{
    char word[LONGEST + 1], column[LONGEST + 1];

    if (!take_word(self, word)) {
        return;
    }
    if (self->scope->find != NULL && word_in(operators, word) < 0 && word_in(forbidden, word) < 0 &&
        (word_in(tf_machine_functions, word) < 0 || *after_spaces(self->at) != '(')) {
        read_own(self, word);
        return;
    }
    if (self->at[0] == '.' && is_letter(self->at[1])) {
        self->at++;
        if (take_word(self, column)) {
            read_column(self, word, column);
        }
    } else if (word_in(operators, word) >= 0) {
        tf_text_addf(&self->body, " %s ", word);
    } else if (word_in(forbidden, word) >= 0) {
        wrong(self, "'%s' has no place in a formula; a formula is an expression such as 'age >= 65 and a or b'", word);
        self->stop = true;
    } else if (word_in(tf_machine_functions, word) >= 0) {
        if (*after_spaces(self->at) != '(') {
            wrong(self, "'%s' is a function; write %s(...)", word, word);
        }
        tf_text_addf(&self->body, " %s", word);
    } else {
        read_variable(self, word);
    }
}

static void read_number(reader *self)
{
    const char *start = self->at, *end = start;
    char digits[LONGEST + 1];
    double number;
    bool whole;

    end += strspn(end, "0123456789.");
    if ((*end == 'e' || *end == 'E') && (is_digit(end[1]) || ((end[1] == '-' || end[1] == '+') && is_digit(end[2])))) {
        end += 2;
        end += strspn(end, "0123456789");
    }
    while (is_letter(*end) || is_digit(*end)) {
        end++;
    }
    if (end - start > LONGEST) {
        wrong(self, "the number '%.20s...' is too long", start);
        self->stop = true;
        return;
    }
    memcpy(digits, start, (size_t)(end - start));
    digits[end - start] = '\0';
    self->at = end;
    if (!tf_parse_number(digits, &number)) {
        wrong(self, "'%s' is not a number", digits);
        self->stop = true;
        return;
    }
    whole = strpbrk(digits, ".eE") == NULL;
    tf_text_addf(&self->body, "%s%s", digits, whole ? ".0" : "");
}

/* What people write for what Lua means. */
static const char *advice(const char *at)
{
    static const struct {
        const char *written, *advice;
    } list[] = {
        {"--", "'--' would begin a comment; write a - (-b)"},
        {"!=", "write ~= for 'differs from'"},
        {"&&", "write 'and' for &&"},
        {"||", "write 'or' for ||"},
        {"**", "write ^ for a power"},
        {"<<", "bits cannot be shifted in a formula"},
        {">>", "bits cannot be shifted in a formula"},
        {"~", "a number with its uncertainty belongs into a file of evidence; use its name here"},
        {"%", NULL},
        {"=", "write == for 'equals'"},
    };

    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        if (strncmp(at, list[i].written, strlen(list[i].written)) == 0) {
            return list[i].advice;
        }
    }
    return NULL;
}

static void read_sign(reader *self)
{
    static const char *const signs[] = {"==", "~=", "<=", ">=", "//", "<", ">", "+", "-", "*", "/", "^", "%", NULL};
    const char *hint;

    if (strncmp(self->at, "==", 2) != 0 && strncmp(self->at, "~=", 2) != 0 && (hint = advice(self->at)) != NULL) {
        wrong(self, "%s", hint);
        self->stop = true;
        return;
    }
    for (int i = 0; signs[i] != NULL; i++) {
        if (strncmp(self->at, signs[i], strlen(signs[i])) == 0) {
            self->at += strlen(signs[i]);
            /* A space, so that two minus signs with a space between stay two. */
            tf_text_addf(&self->body, "%s ", signs[i]);
            return;
        }
    }
    wrong(self, "'%c' has no place in a formula", *self->at);
    self->stop = true;
}

static void read_bracket_or_comma(reader *self)
{
    char c = *self->at++;
    char text[3] = {c, ' ', '\0'};

    self->depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (self->depth < 0) {
        wrong(self, "a closing bracket without an opening one");
        self->stop = true;
    } else if (c == ',' && self->depth == 0) {
        wrong(self, "a comma outside brackets; the decimal sign is a point");
        self->stop = true;
    }
    tf_text_add(&self->body, text);
}

static void read_token(reader *self)
{
    self->tokens++;
    if (is_digit(*self->at) || (*self->at == '.' && is_digit(self->at[1]))) {
        read_number(self);
    } else if (is_letter(*self->at)) {
        read_word(self);
    } else if (*self->at == '(' || *self->at == ')' || *self->at == ',') {
        read_bracket_or_comma(self);
    } else {
        read_sign(self);
    }
}

static void read_tokens(reader *self)
{
    for (self->at = after_spaces(self->at); *self->at != '\0' && !self->stop; self->at = after_spaces(self->at)) {
        read_token(self);
    }
    if (!self->stop && self->depth > 0) {
        wrong(self, "a bracket is not closed");
    }
    if (self->body.failed && self->status != TREFOIL_NO_MEMORY) {
        starve(self);
    }
}

static void compile(reader *self, tf_machine *machine)
{
    tf_text chunk = {0};
    char why[TF_WHY] = "";
    trefoil_status status = TREFOIL_NO_MEMORY;

    for (size_t i = 0; i < self->expression->n_symbols; i++) {
        tf_text_addf(&chunk, "%sN%zu", i == 0 ? "local " : ",", i + 1);
    }
    tf_text_addf(&chunk, "%s return %s", self->expression->n_symbols > 0 ? "=..." : "", self->body.chars);
    if (!chunk.failed) {
        status = tf_machine_compile(machine, chunk.chars, &self->expression->code, why);
    }
    tf_text_free(&chunk);
    if (status == TREFOIL_NO_MEMORY) {
        starve(self);
    } else if (status != TREFOIL_DONE) {
        /* Lua names what it stumbled over in its own words; N1 and the like would puzzle. */
        char *near = strstr(why, " near ");

        if (near != NULL && strstr(near, "<eof>") != NULL) {
            wrong(self, "the formula ends too early");
        } else if (near != NULL && strstr(near, "'N") != NULL) {
            wrong(self, "two names or numbers follow each other without a sign between them");
        } else {
            wrong(self, "not a formula: %s", why);
        }
    }
}

trefoil_status tf_expression_read(trefoil_context *context, tf_machine *machine, const tf_scope *scope,
                                  const char *text, const char *what, tf_place place, tf_expression *expression)
{
    reader self = {.context = context, .scope = scope, .text = text, .what = what, .place = place, .at = text};

    *expression = (tf_expression){0};
    self.expression = expression;
    expression->text = tf_strdup(text);
    if (expression->text == NULL) {
        starve(&self);
    } else if (*after_spaces(text) == '\0') {
        wrong(&self, "the formula is empty");
    } else if (!tf_parse_number(text, &expression->constant)) {
        read_tokens(&self);
        if (self.status == TREFOIL_DONE && !(self.tokens == 1 && expression->n_symbols == 1)) {
            compile(&self, machine);
        }
    }
    tf_text_free(&self.body);
    if (self.status != TREFOIL_DONE) {
        tf_expression_free(expression);
    }
    return self.status;
}

void tf_expression_free(tf_expression *expression)
{
    tf_free(expression->text);
    tf_free(expression->symbols);
    tf_free(expression->code.bytes);
    *expression = (tf_expression){0};
}

bool tf_expression_varies(const tf_expression *expression)
{
    for (size_t i = 0; i < expression->n_symbols; i++) {
        if (expression->symbols[i].kind != TF_SYMBOL_PARAMETER) {
            return true;
        }
    }
    return false;
}
