# The documentation names every key that the parsers know, and no key in its tables that they do not.
. "$(dirname "$0")/lib.sh"
keys=$3
missing() { comm -23 <("$keys" "$1" | sort -u) <(grep -o '`[a-z_0-9]*`' "$source/docs/$2" | tr -d '`' | sort -u); }
# Keys stand in the first cell of the rows of a table whose heading begins with "key".
tabled() { awk '/^\| key \|/ { inside = 1; next } !/^\|/ { inside = 0 } inside { split($0, cells, "|"); print cells[2] }' "$source/docs/$1" |
    grep -o '`[a-z_0-9]*`' | tr -d '`' | sort -u; }
for pair in scenario:scenario.md profile:profile.md study:reproduce.md; do
    lacking=$(missing "${pair%%:*}" "${pair##*:}")
    [[ -z $lacking ]] || fail "docs/${pair##*:} lacks: $lacking"
    unknown=$(comm -13 <("$keys" "${pair%%:*}" | sort -u) <(tabled "${pair##*:}"))
    [[ -z $unknown ]] || fail "docs/${pair##*:} has keys that no parser knows: $unknown"
done
finish
