# The documentation names every key that the parsers know.
. "$(dirname "$0")/lib.sh"
keys=$3
missing() { comm -23 <("$keys" "$1" | sort -u) <(grep -o '`[a-z_0-9]*`' "$source/docs/$2" | tr -d '`' | sort -u); }
for pair in scenario:scenario.md profile:profile.md; do
    lacking=$(missing "${pair%%:*}" "${pair##*:}")
    [[ -z $lacking ]] || fail "docs/${pair##*:} lacks: $lacking"
done
finish
