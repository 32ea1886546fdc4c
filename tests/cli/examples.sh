# Every example with a list of commands prints what it says it prints.
. "$(dirname "$0")/lib.sh"
for example in "$source"/examples/*/; do
    [[ -f $example/commands ]] || continue
    "$source/scripts/run-example" "$tollgate" "$example" >out 2>err || fail "$example: $(cat err)"
    diff "$example/expected.txt" out || fail "$example: the output is not the one in expected.txt"
    grep -qF "$(sed -n '2{s/^ *//;p}' "$example/expected.txt")" "$example/README.md" || fail "$example: README.md shows other output"
done
finish
