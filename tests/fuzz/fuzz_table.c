/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CSV table, as a plain table, as an evidence register and as a table of rates. */
#include "fuzz.h"

#include "base/table.h"
#include "world/evidence.h"
#include "world/grid.h"

#include <math.h>
#include <stdlib.h>

static void read_all(trefoil_context *context, const tf_table *table)
{
    for (size_t r = 0; r < tf_table_rows(table); r++)
        for (size_t c = 0; c < tf_table_columns(table); c++) {
            double number = 0;

            if (tf_table_text(table, r, c) == NULL || tf_table_find(table, tf_table_column_name(table, c)) != (ptrdiff_t)c)
                abort();
            if (tf_table_number(context, table, r, c, -1e9, 1e9, &number) == TREFOIL_DONE && !(fabs(number) <= 1e9))
                abort();
        }
    (void)tf_table_note(table, "source");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(0, "table.csv", data, size);
    trefoil_context *context = fuzz_context();
    tf_table *table = NULL;
    tf_register reg = {0};
    tf_grid *grid = NULL;
    trefoil_status status = tf_table_read(context, path, (tf_place){0}, &table);

    if (status == TREFOIL_DONE)
        read_all(context, table);
    tf_table_destroy(table);
    fuzz_conclude(context, status, 1);

    context = fuzz_context();
    status = tf_register_read(context, path, (tf_place){0}, &reg);
    tf_register_free(&reg);
    fuzz_conclude(context, status, 1);

    context = fuzz_context();
    status = tf_grid_read(context, path, (tf_place){0}, &grid);
    tf_grid_destroy(grid);
    fuzz_conclude(context, status, 0);
    return 0;
}
