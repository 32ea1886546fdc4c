# The README files speak of commands and files that there are, and show what the program prints.
. "$(dirname "$0")/lib.sh"

for readme in README.md examples/01-first-curve/README.md; do
    file=$source/$readme
    grep -oE '\]\([^)#]+\)' "$file" | tr -d '()]' | grep -v '^http' | while read -r link; do
        [[ -e $(dirname "$file")/$link ]] || echo "$readme: $link"
    done >>broken
    "$tollgate" help >help.txt
    grep -oE '(^ +|`)tollgate [a-z]+' "$file" | awk '{print $NF}' | sort -u | while read -r command; do
        grep -q "^  $command " help.txt || echo "$readme: tollgate $command"
    done >>broken
    # Options named on a command's line must be the command's.
    grep -oE '(^ +|`)tollgate [a-z]+ [^`]*' "$file" | sed 's/.*tollgate //' | while read -r command rest; do
        "$tollgate" "$command" --help >options.txt
        for option in $(grep -oE -- '--[a-z-]+' <<<"$rest"); do
            grep -q -- "$option" options.txt || echo "$readme: tollgate $command $option"
        done
    done >>broken
done
[[ -s broken ]] && fail "no such link, command or option: $(cat broken)"

# The example's README holds the table that the example's test compares with.
sed 's/^    //' "$source/examples/01-first-curve/README.md" >plain
while read -r line; do
    grep -qF -- "$line" plain || fail "the example's README lacks: $line"
done <"$source/examples/01-first-curve/expected.txt"
finish
