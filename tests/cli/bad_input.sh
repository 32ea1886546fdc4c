# Bad input gets one sentence that names file, line or key, and cause; the right status; and nothing half-written.
. "$(dirname "$0")/lib.sh"
data=$source/traces/data/epyc-zen5-linux-6.18-a
scenario=$source/examples/01-first-curve/scenario.json

# Commands and options.
run 2 swep x;                       one_sentence "there is no command 'swep'; did you mean 'sweep'?"
run 2 sweep;                        one_sentence "give one scenario file"
run 2 sweep --sed 1 "$scenario";    one_sentence "unknown option '--sed'; did you mean '--seed'?"
run 2 sweep --replications one "$scenario"; one_sentence "option '--replications': 'one' is not a whole number"
run 2 simulate "$scenario" --rate 20; one_sentence "'20' has no unit"
run 2 simulate "$scenario" --rate -5/s; one_sentence "-5 must be greater than zero"
run 2 simulate "$scenario" --rate 5k/s -t none; one_sentence "the scenario has no technique 'none'"
nothing_but

# A truncated trace, a column without unit, a trace that is none.
cp -r "$data" broken
head -c 995 "$data/syscall.csv" >broken/syscall.csv
run 3 calibrate broken -o profile.json; one_sentence "broken/syscall.csv: line"
sed '1s/cost_ns/cost/' "$data/syscall.csv" >broken/syscall.csv
run 3 calibrate broken -o profile.json; one_sentence "broken/syscall.csv: line 1"
grep -q "cost" err || fail "the column is not named: $(cat err)"
sed '5s/,.*/,-3,1/' "$data/syscall.csv" >broken/syscall.csv
run 3 calibrate broken -o profile.json; one_sentence "broken/syscall.csv: line 5"
printf 't_ns,cost_ns\n' >broken/syscall.csv
run 3 calibrate broken -o profile.json; one_sentence "broken/syscall.csv"
run 3 calibrate nowhere -o profile.json; one_sentence "nowhere"
run 4 calibrate "$data" -o missing/profile.json; one_sentence "missing/profile.json"
rm -r broken
nothing_but

# Scenarios.
edit() { sed "$1" "$scenario" >scenario.json; }
edit 's/"horizon"/"horizont"/'
run 3 sweep scenario.json; one_sentence "scenario.json: horizont: unknown key; did you mean 'horizon'?"
edit 's/"seed": 1/"seed": 1, "rates": ["-100\/s"]/'
run 3 sweep scenario.json; one_sentence "scenario.json: rates[0]: -100 must be greater than zero"
edit 's/"seed": 1/"seed": 1,/'
run 3 sweep scenario.json; one_sentence "scenario.json: line"
edit 's/"udp-responder"/"upd-responder"/'
run 3 sweep scenario.json; one_sentence "did you mean 'udp-responder'?"
edit 's/"epyc-zen5-linux-6.18"/"nowhere.json"/'
run 3 sweep scenario.json; one_sentence "nowhere.json"
rm scenario.json
nothing_but

# Prices that a technique needs and the profile lacks: all of them.
cat >bare.json <<'END'
{"format": "tollgate profile", "version": 1, "name": "bare", "costs": {}}
END
run 3 simulate "$scenario" -p bare.json --rate 5k/s
one_sentence "technique 'process': profile 'bare' has no price for 'irq', 'packet_receive', 'wakeup', 'udp_receive' and 'udp_send'"
rm bare.json

# A store that cannot be written, or is none. Root writes everywhere, so that a file stands in the way instead.
echo "not a folder" >file
run 4 sweep "$scenario" --db file/runs.db; one_sentence "file"
run 3 runs --db file; one_sentence "file"
rm file
nothing_but

# No gnuplot.
run 0 sweep "$scenario" -n 2 --horizon "60 ms"
mkdir empty
PATH=$work/empty "$tollgate" report -o report >out 2>err
[[ $? -eq 4 ]] || fail "report without gnuplot: not status 4"
one_sentence "gnuplot"
rmdir empty
nothing_but runs.db runs.db-wal runs.db-shm runs.db-running
finish
