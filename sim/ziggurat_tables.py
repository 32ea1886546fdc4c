#!/usr/bin/env python3
"""Computes the tables of tg_ziggurat to 60 digits and prints them as C, or checks a file against them.

The method is that of McFarland, "A modified ziggurat algorithm for generating exponentially and normally
distributed pseudorandom numbers" (Journal of Statistical Computation and Simulation 86, 2016): the area under the
density is cut into 256 equal parts; as many of them as fit are rectangles wholly below the curve, and what is left
over (the overhangs, the tail and the cap) is chosen by an alias table.

    python3 sim/ziggurat_tables.py > sim/tg_ziggurat_tables.c
    python3 sim/ziggurat_tables.py --check sim/tg_ziggurat_tables.c

Only Python's own decimal arithmetic is used, so that every machine prints the same bytes.
"""
import sys
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 60
PARTS = 256
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")
HALF = Decimal(1) / 2


def integral_normal(x):
    """The integral of exp(-t^2/2) from 0 to x, by its power series."""
    term, total, n = x, x, 0
    while abs(term) > Decimal(10) ** -58:
        n += 1
        term = -term * x * x / (2 * n)
        total += term / (2 * n + 1)
    return total


EXPONENTIAL = {
    "name": "exponential",
    "f": lambda x: (-x).exp(),
    "slope": lambda x: -(-x).exp(),
    "area": Decimal(1),
    "integral": lambda x: 1 - (-x).exp(),
    "start": Decimal(8),
    "scale": 53,
}
NORMAL = {
    "name": "normal",
    "f": lambda x: (-x * x / 2).exp(),
    "slope": lambda x: -x * (-x * x / 2).exp(),
    "area": (PI / 2).sqrt(),
    "integral": integral_normal,
    "start": Decimal(4),
    "scale": 52,
}


def next_edge(law, right, floor, part):
    """The largest x below `right` with x (f(x) - floor) = part, or None."""
    f, slope = law["f"], law["slope"]

    def excess(x):
        return x * (f(x) - floor) - part

    def climb(x):
        return f(x) - floor + x * slope(x)

    low, high = Decimal(0), right  # the rectangle is largest where climb() changes sign
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if climb(middle) > 0 else (low, middle)
    if excess(low) < 0:
        return None
    high = right
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    x = high
    for _ in range(8):  # Newton: the right digits double
        x -= excess(x) / climb(x)
    return x


def edges(law):
    part = law["area"] / PARTS
    xs, ys, right, floor = [], [], law["start"], Decimal(0)
    while True:
        x = next_edge(law, right, floor, part)
        if x is None:
            return xs + [Decimal(0)], ys + [Decimal(1)]
        xs.append(x)
        ys.append(law["f"](x))
        right, floor = x, ys[-1]


def leftover_areas(law, xs, ys):
    """The tail beyond the first edge, then the area over each step, then the cap."""
    integral = law["integral"]
    areas = [law["area"] - integral(xs[0])]
    for k in range(1, len(xs)):
        areas.append(integral(xs[k - 1]) - integral(xs[k]) - ys[k - 1] * (xs[k - 1] - xs[k]))
    layers = len(xs) - 1
    expected = law["area"] * (PARTS - layers) / PARTS
    assert abs(sum(areas) - expected) < Decimal(10) ** -50, "the areas do not add up"
    return areas


def alias_table(weights):
    """Walker's alias table of PARTS cells: (chance in units of 2^-56 of keeping the cell, its alias)."""
    total = sum(weights)
    mass = [Fraction(w / total) * PARTS for w in weights] + [Fraction(0)] * (PARTS - len(weights))
    keep, alias = [Fraction(1)] * PARTS, list(range(PARTS))
    small = [i for i in range(PARTS) if mass[i] < 1]
    large = [i for i in range(PARTS) if mass[i] >= 1]
    while small and large:
        poor, rich = small.pop(), large[-1]
        keep[poor], alias[poor] = mass[poor], rich
        mass[rich] -= 1 - mass[poor]
        if mass[rich] < 1:
            small.append(large.pop())
    return [round(k * 2**56) for k in keep], alias


def hex_double(x):
    return float(x).hex()


def rows(values, each):
    return "\n".join("        " + ", ".join(values[i : i + each]) + "," for i in range(0, len(values), each))


def table(law):
    xs, ys = edges(law)
    layers = len(xs) - 1
    keep, alias = alias_table(leftover_areas(law, xs, ys))
    scale = Decimal(2) ** -law["scale"]
    width = [hex_double(x * scale) for x in xs[:-1]]
    return f"""
const struct tg_ziggurat tg_ziggurat_{law["name"]} = {{
    .layers = {layers},
    .width = {{
{rows(width, 4)}
    }},
    .x = {{
{rows([hex_double(x) for x in xs], 4)}
    }},
    .y = {{
{rows([hex_double(y) for y in ys], 4)}
    }},
    .keep = {{
{rows([f"UINT64_C(0x{k:x})" for k in keep], 3)}
    }},
    .alias = {{
{rows([str(a) for a in alias], 16)}
    }},
}};
"""


def document():
    return (
        "/* Printed by ziggurat_tables.py, which explains the method; a test holds the two in step. */\n"
        "/* clang-format off */\n"
        '#include "tg_ziggurat.h"\n' + table(EXPONENTIAL) + table(NORMAL)
    )


def main():
    text = document()
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="ascii") as stream:
            if stream.read() != text:
                sys.exit(f"{sys.argv[2]} is not what ziggurat_tables.py prints")
        return
    sys.stdout.write(text)


main()
