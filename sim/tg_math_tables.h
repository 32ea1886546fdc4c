/* tg_math_tables: the constants of tg_math, printed by math_tables.py. Private to sim/. */
#ifndef TG_MATH_TABLES_H
#define TG_MATH_TABLES_H

enum { TG_MATH_CELLS = 128 };

struct tg_math_log_cell {
    double c;         /* near the reciprocal of the cell's mantissas, 9 bits */
    double high, low; /* -ln c; high is a multiple of 2^-42 */
};

struct tg_math_exp_cell {
    double high, low;
};

extern const double tg_math_ln2[2];      /* the first a multiple of 2^-42 */
extern const double tg_math_ln2_cell[2]; /* ln 2 / TG_MATH_CELLS, likewise */
extern const double tg_math_cells_per_ln2;
extern const struct tg_math_log_cell tg_math_log_cells[TG_MATH_CELLS];
extern const struct tg_math_exp_cell tg_math_exp_cells[TG_MATH_CELLS];

#endif
