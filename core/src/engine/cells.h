/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of columns whose type is known by its width alone: 1, 2, 4 or 8 bytes a row, or a record.  Sizes of single numbers are constants to the
 * compiler, so that a copy is a move and not a call. */
#ifndef TF_ENGINE_CELLS_H
#define TF_ENGINE_CELLS_H

#include <stdint.h>
#include <string.h>

#define TF_CELL(column, row, width) ((unsigned char *)(column) + (size_t)(row) * (width))
#define TF_CONST_CELL(column, row, width) ((const unsigned char *)(column) + (size_t)(row) * (width))

/* Row `at` of `to` becomes row `row` of `from`. */
static inline void tf_copy_cell(const void *from, uint32_t row, void *to, uint32_t at, size_t width)
{
    switch (width) {
    case 1: memcpy(TF_CELL(to, at, 1), TF_CONST_CELL(from, row, 1), 1); break;
    case 2: memcpy(TF_CELL(to, at, 2), TF_CONST_CELL(from, row, 2), 2); break;
    case 4: memcpy(TF_CELL(to, at, 4), TF_CONST_CELL(from, row, 4), 4); break;
    case 8: memcpy(TF_CELL(to, at, 8), TF_CONST_CELL(from, row, 8), 8); break;
    default: memcpy(TF_CELL(to, at, width), TF_CONST_CELL(from, row, width), width); break;
    }
}

/* Row i of `to` becomes row rows[i] of `from`, for 0 <= i < n in ascending order; they may be one column if rows[i] >= i. */
static inline void tf_copy_cells(const void *from, const uint32_t *rows, void *to, uint32_t n, size_t width)
{
    switch (width) {
    case 1: for (uint32_t i = 0; i < n; ++i) tf_copy_cell(from, rows[i], to, i, 1); break;
    case 2: for (uint32_t i = 0; i < n; ++i) tf_copy_cell(from, rows[i], to, i, 2); break;
    case 4: for (uint32_t i = 0; i < n; ++i) tf_copy_cell(from, rows[i], to, i, 4); break;
    case 8: for (uint32_t i = 0; i < n; ++i) tf_copy_cell(from, rows[i], to, i, 8); break;
    default:
        for (uint32_t i = 0; i < n; ++i)
            if (TF_CELL(to, i, width) != TF_CONST_CELL(from, rows[i], width))
                tf_copy_cell(from, rows[i], to, i, width);
    }
}

/* Row i of a column becomes its row rows[i], for 0 <= i < n; through `spare` (room for n cells), or NULL if rows[i] >= i, in ascending order. */
static inline void tf_move_cells(void *column, const uint32_t *rows, uint32_t n, size_t width, void *spare)
{
    tf_copy_cells(column, rows, spare ? spare : column, n, width);
    if (spare)
        memcpy(column, spare, n * width);
}

#endif
