/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of columns whose type is known by its width alone: 1, 2, 4 or 8 bytes a row.  Widths are constants to the compiler, so that a copy is a move
 * and not a call. */
#ifndef TF_ENGINE_CELLS_H
#define TF_ENGINE_CELLS_H

#include <stdint.h>
#include <string.h>

#define TF_CELL(column, row, width) ((unsigned char *)(column) + (size_t)(row) * (width))
#define TF_CONST_CELL(column, row, width) ((const unsigned char *)(column) + (size_t)(row) * (width))

/* Row i of `to` becomes row rows[i] of `from`, for 0 <= i < n in ascending order; they may be one column if rows[i] >= i. */
static inline void tf_copy_cells(const void *from, const uint32_t *rows, void *to, uint32_t n, size_t width)
{
#define TF_EACH_CELL(bytes) \
    _Pragma("GCC unroll 4") for (uint32_t i = 0; i < n; ++i) \
        memcpy(TF_CELL(to, i, bytes), TF_CONST_CELL(from, rows[i], bytes), bytes)
    switch (width) {
    case 1: TF_EACH_CELL(1); break;
    case 2: TF_EACH_CELL(2); break;
    case 4: TF_EACH_CELL(4); break;
    default: TF_EACH_CELL(8); break;
    }
#undef TF_EACH_CELL
}

/* Rows that stand together and stay so. */
typedef struct tf_stretch {
    uint32_t from, count;
} tf_stretch;

/* Another order of rows: row i becomes what row rows[i] was, for 0 <= i < n.  The first `still` stay where they are; the others also as
 * stretches. */
typedef struct tf_order {
    uint32_t *rows, n, still;
    tf_stretch *stretches;
    uint32_t n_stretches;
    void *spare; /* room for n cells, or NULL if rows[i] >= i, in ascending order */
} tf_order;

enum { TF_LONG_STRETCH = 6 }; /* rows, from which on a stretch is moved faster than its cells */

static inline void tf_move_stretches(unsigned char *column, const tf_order *order, unsigned char *to, size_t width)
{
    for (uint32_t s = 0; s < order->n_stretches; ++s) {
        size_t bytes = order->stretches[s].count * width;
        memmove(to, TF_CELL(column, order->stretches[s].from, width), bytes);
        to += bytes;
    }
}

static inline void tf_move_cells(void *column, const tf_order *order, size_t width)
{
    uint32_t n = order->n - order->still;
    void *place = TF_CELL(column, order->still, width), *to = order->spare ? order->spare : place;

    if (order->n_stretches * TF_LONG_STRETCH < n)
        tf_move_stretches(column, order, to, width);
    else
        tf_copy_cells(column, order->rows + order->still, to, n, width);
    if (to != place)
        memcpy(place, to, n * width);
}

#endif
