# A run keeps all that it was made from: the prices that its scenario brings.
. "$(dirname "$0")/lib.sh"
scenario=$source/examples/01-first-curve/scenario.json
sed 's|"replications": 10|"replications": 3, "rates": ["20k/s", "90k/s"]|; s/"250 ms"/"70 ms"/' "$scenario" >small.json

run 0 sweep small.json --threads 2
run 0 query --csv "select primitive, round(mean_ns), range_low_ns, range_high_ns, provenance from prices where run = 1 and profile is null"
[[ $(tail -1 out) == service,500,100,2000,assumed ]] || fail "the run's own price is not stored: $(cat out)"
run 0 runs show 1
grep -q 'service *500 ns, from 100 ns to 2 us .* assumed' out || fail "the run's own price is not shown"
finish
