/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A results store whose rows somebody changed: the input is SQL, done to the store of TREFOIL_FUZZ_STORE before it is read. */
#include "fuzz.h"
#include "fuzz_store.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *original;
static size_t original_size;

static void prepare(void)
{
    const char *path = getenv("TREFOIL_FUZZ_STORE");
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;
    enum { MOST = 1 << 24 };

    original = malloc(MOST);
    if (file == NULL || original == NULL) {
        fputs("TREFOIL_FUZZ_STORE: name the run.sqlite of a run\n", stderr);
        exit(2);
    }
    original_size = fread(original, 1, MOST, file);
    fclose(file);
}

/* SQL itself is not what is tried: a statement that goes on and on is stopped. */
static int enough(void *self)
{
    (void)self;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sqlite3 *database = NULL;
    const char *path;
    char *sql;

    if (original == NULL)
        prepare();
    path = fuzz_file(0, "run.sqlite", original, original_size);
    sql = strndup((const char *)data, size);
    if (sql != NULL && sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
        sqlite3_progress_handler(database, 20000, enough, NULL);
        sqlite3_limit(database, SQLITE_LIMIT_LENGTH, 1 << 20);
        sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
        sqlite3_exec(database, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY", NULL, NULL, NULL);
        sqlite3_exec(database, sql, NULL, NULL, NULL);
    }
    sqlite3_close(database);
    free(sql);
    fuzz_read_store(path);
    return 0;
}
