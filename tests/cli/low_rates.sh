# Points at which nothing is replied, or nothing is offered, are results too.
. "$(dirname "$0")/lib.sh"
sed 's/"seed": 1/"seed": 1, "rates": ["1\/s", "1e7\/s"]/; s/"250 ms"/"51 ms"/' "$source/examples/01-first-curve/scenario.json" >scenario.json
run 0 sweep scenario.json -n 2
run 0 query --csv "select count(*) from point where status = 'done'"
[[ $(tail -1 out) == 8 ]] || fail "not 8 points: $(cat out)"
run 0 simulate "$source/examples/01-first-curve/scenario.json" --rate 1/s -n 2
grep -qi nan out && fail "NaN is shown: $(grep -i nan out)"
run 0 simulate "$source/examples/01-first-curve/scenario.json" --rate 1/s -n 2 --json
python3 -m json.tool out >/dev/null || fail "not JSON"
finish
