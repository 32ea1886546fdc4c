#!/usr/bin/env python3
"""Computes the tables of tg_math to 60 digits and prints them as C, or checks a file against them.

    python3 sim/math_tables.py > sim/tg_math_tables.c
    python3 sim/math_tables.py --check sim/tg_math_tables.c

Only Python's own decimal arithmetic is used, so that every machine prints the same bytes.
"""
import sys
from decimal import Decimal, getcontext

getcontext().prec = 60
CELLS = 128
LN2 = Decimal(2).ln()


def exact(x):
    """A double as a Decimal, without rounding."""
    return Decimal(x)


def split(x, fraction_bits):
    """x as a double that is a multiple of 2^-fraction_bits, and the rest as a double."""
    unit = Decimal(2) ** fraction_bits
    high = float((x * unit).to_integral_value()) / 2.0**fraction_bits
    return high, float(x - exact(high))


def logarithm_cells():
    """For mantissas m in [1 + i/128, 1 + (i+1)/128): c near 1/m (or 2/m above the square root of 2) in few bits,
    and -ln c in two parts. The cells beside 1 have c = 1, so that logarithms near 0 keep their precision."""
    for i in range(CELLS):
        middle = 1 + (Decimal(i) + Decimal("0.5")) / CELLS
        target = 1 / middle if middle * middle < 2 else 2 / middle
        c = float((target * 512).to_integral_value()) / 512
        if i in (0, CELLS - 1):
            c = 1.0
        high, low = split(-exact(c).ln(), 42)
        yield c, high, low


def exponential_cells():
    """2 to the power i/128 in two parts."""
    for i in range(CELLS):
        value = (LN2 * i / CELLS).exp()
        high = float(value)
        yield high, float(value - exact(high))


def rows(cells):
    return "\n".join("    {" + ", ".join(x.hex() for x in cell) + "}," for cell in cells)


def document():
    ln2 = split(LN2, 42)
    step = split(LN2 / CELLS, 42)
    return f"""/* Printed by math_tables.py, which explains the cells; a test holds the two in step. */
/* clang-format off */
#include "tg_math_tables.h"

const double tg_math_ln2[2] = {{{ln2[0].hex()}, {ln2[1].hex()}}};
const double tg_math_ln2_cell[2] = {{{step[0].hex()}, {step[1].hex()}}};
const double tg_math_cells_per_ln2 = {float(CELLS / LN2).hex()};

const struct tg_math_log_cell tg_math_log_cells[TG_MATH_CELLS] = {{
{rows(logarithm_cells())}
}};

const struct tg_math_exp_cell tg_math_exp_cells[TG_MATH_CELLS] = {{
{rows(exponential_cells())}
}};
"""


def main():
    text = document()
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="ascii") as stream:
            if stream.read() != text:
                sys.exit(f"{sys.argv[2]} is not what math_tables.py prints")
        return
    sys.stdout.write(text)


main()
