# A scenario's unknown value from a measured curve, as a user finds it: the fit, its error on held-out points, the
# scenario written and run again, and what is refused.
. "$(dirname "$0")/lib.sh"

cat >machine.json <<'E2'
{"format": "tollgate profile", "version": 1, "name": "a small machine", "clock": "1 GHz", "costs": {
  "irq": {"law": "2 us", "provenance": "assumed", "source": "a guess"},
  "wakeup": {"law": "5 us", "provenance": "assumed", "source": "a guess"}}}
E2
# scenario WORK_US SEED
scenario() {
    cat <<E2
{"format": "tollgate scenario", "version": 1, "profile": "./machine.json", "techniques": ["process"],
 "server": {"format": "tollgate server", "version": 1, "name": "server",
   "interrupt": [{"cost": "irq"}], "wakeup": [{"cost": "wakeup"}], "request": [{"cost": "work"}],
   "costs": {"work": {"law": "$1 us", "provenance": "assumed", "source": "a guess"}}},
 "link": {"latency": "20 us"}, "horizon": "100 ms", "warm_up": "10 ms", "replications": 4, "seed": $2}
E2
}
scenario 50 7 >hidden.json
scenario 15 1 >start.json
value() { tr -d '\n\t ' <out | sed -n "s/.*\"$1\":{\"mean\":\([0-9.e+-]*\).*/\1/p"; }
echo offered_per_s,reply_per_s,latency_mean_ns >curve.csv
for rate in 2000 6000 10000 14000 17000 19000 22000; do
    run 0 simulate hidden.json --rate $rate/s --json
    echo "$rate,$(value reply_per_s),$(value latency_mean_s | awk '{ print $1 * 1e9 }')" >>curve.csv
done

run 0 calibrate --to curve.csv --fit server.costs.work start.json -o fitted.json
grep -q '2 points held out, reply rate off by' out || fail "no held-out error: $(cat out)"
run 0 calibrate --to curve.csv --fit server.costs.work start.json --json
found=$(tr -d '\n\t ' <out | sed -n 's/.*"unit":"ns","value":\([0-9.e+]*\),.*/\1/p')
awk -v v="$found" 'BEGIN { exit !(v > 48500 && v < 51500) }' || fail "found $found ns, not 50 us within 3 %"
grep -q '"schema":	1' out || fail "no schema"
grep -q '"provenance":	"fitted"' fitted.json && grep -q 'curve.csv' fitted.json || fail "not marked as fitted"
run 0 simulate fitted.json --rate 5k/s
[[ -e fitted-profile.json ]] || fail "a profile of no catalog is not written beside"

# What the curve does not tell, and what makes no sense.
run 3 calibrate --to curve.csv --fit link.latency --match throughput start.json
one_sentence "does not identify link.latency"
run 3 calibrate --to curve.csv --fit server.costs.wrk start.json
one_sentence "did you mean 'work'?"
run 2 calibrate --to curve.csv start.json
one_sentence "--fit"
run 2 calibrate --fit server.costs.work start.json
one_sentence "--to"
run 2 calibrate --to curve.csv --fit server.costs.work start.json --technique none
one_sentence "it has process"
run 2 calibrate --to curve.csv --fit server.costs.work "$source/examples/01-first-curve/scenario.json"
one_sentence "--technique"
printf 'offered_per_s,reply_per_s\n100,abc\n' >bad.csv
run 3 calibrate --to bad.csv --fit server.costs.work start.json
one_sentence "bad.csv"
run 3 calibrate --to curve.csv --fit server.costs.work nowhere.json -o kept.json
[[ ! -e kept.json ]] || fail "something was written beside an error"
finish
