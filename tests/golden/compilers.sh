#!/bin/sh
# Builds the engine and the golden test of draws by every compiler found, at -O1 and -O3, and runs each: the digests
# must be the same. Usage: compilers.sh SOURCE_FOLDER. Exit status 77 where only one compiler is at hand.
set -eu
cd "$1"
compilers=
for compiler in gcc clang; do
    command -v $compiler >/dev/null 2>&1 && compilers="$compilers $compiler"
done
case $compilers in
*gcc*clang*) ;;
*)
    echo "skipped: gcc and clang are wanted, found only:$compilers"
    exit 77
    ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sources="$(ls sim/tg_alias.c sim/tg_arrivals*.c sim/tg_chain.c sim/tg_dist*.c sim/tg_math*.c sim/tg_rng.c sim/tg_ziggurat*.c)
base/tg_error.c base/tg_sha256.c base/tg_text.c"
packages="check gsl nettle"
flags="-std=gnu17 -D_GNU_SOURCE -ffp-contract=off -Isim -Ibase -Itests $(pkg-config --cflags $packages)"
for compiler in $compilers; do
    for level in -O1 -O3; do
        program=$folder/draws$level-$compiler
        $compiler $level $flags tests/golden/test_draws.c $sources $(pkg-config --libs $packages) -lm -o "$program"
        echo "$compiler $level:"
        "$program"
    done
done
