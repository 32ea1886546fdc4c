# A run keeps all that it was made from: the prices that its scenario brings.
. "$(dirname "$0")/lib.sh"
scenario=$source/examples/01-first-curve/scenario.json
sed 's|"replications": 10|"replications": 3, "rates": ["20k/s", "90k/s"]|; s/"250 ms"/"70 ms"/' "$scenario" >small.json

run 0 sweep small.json --threads 2
run 0 query --csv "select primitive, round(mean_ns), range_low_ns, range_high_ns, provenance from prices where run = 1 and profile is null"
[[ $(tail -1 out) == service,500,100,2000,assumed ]] || fail "the run's own price is not stored: $(cat out)"
run 0 runs show 1
grep -qxF '  command    tollgate sweep small.json --threads 2' out || fail "the command line is not shown"
grep -q 'service *500 ns, from 100 ns to 2 us .* assumed' out || fail "the run's own price is not shown"

# It is simulated again to the same bits, whatever the threads, with no model file at hand and nothing stored.
sum_of() { "$tollgate" query --csv 'select * from run' --db "$1" | sha256sum; }
before=$(sum_of runs.db)
run 0 runs replay 1 --threads 1
grep -qxF 'run 1: 24 of 24 replications and 4 of 4 saturation throughputs are the same to the bit' out ||
    fail "replay: $(cat out)"
rm small.json
TOLLGATE_MODELS=$work/none run 0 runs replay 1 --threads 3 --json
python3 - <<'PY' || fail "replay --json: $(cat out)"
import json
d = json.load(open("out"))
assert (d["replications"], d["same_replications"], d["first_difference"]) == (24, 24, None)
PY
[[ $(sum_of runs.db) == "$before" ]] || fail "a replay changed the store"
run 0 runs --json
[[ $(grep -c '"id"' out) -eq 1 ]] || fail "a replay was stored as a run"

# A seed that JSON's numbers cannot hold, and rates chosen by the sweep.
run 0 sweep "$scenario" -n 2 --horizon "55 ms" --seed 9007199254740993
run 0 runs replay 2
grep -q '^run 2: 128 of 128 ' out || fail "replay: $(cat out)"

run 0 query --csv "select command_line from run where id = 2"
grep -qF -- "-n 2 --horizon '55 ms' --seed 9007199254740993" out || fail "the command line is not stored: $(cat out)"

# Whatever was changed is found: a result, the scenario, the profile.
edit() { cp runs.db edited.db; rm -f edited.db-*; python3 -c 'import sqlite3, sys; sqlite3.connect("edited.db", isolation_level=None).execute(sys.argv[1])' "$1"; }
edit "update replication set digest = replace(digest, 'a', 'b') where id = (select min(id) from replication where digest like '%a%')"
run 1 runs replay 1 --db edited.db
grep -q '^run 1: 23 of 24 ' out || fail "a changed digest: $(cat out)"
grep -q "^first difference: technique 'process': replication" out || fail "the difference is not named: $(cat out)"
[[ -s err ]] && fail "a difference was talked about: $(cat err)"
edit "update curve set saturation_high_per_s = saturation_high_per_s * (1 + 1e-15) where id = 3"
run 1 runs replay 1 --db edited.db
grep -q '^run 1: 24 of 24 replications and 3 of 4 ' out || fail "a changed saturation: $(cat out)"
edit "update run set scenario = replace(scenario, '90000/s', '90001/s')"
run 1 runs replay 1 --db edited.db
grep -q '^run 1: 12 of 24 ' out || fail "a changed scenario: $(cat out)"
edit "update run set scenario = json_set(scenario, '\$.server', 'udp-responder')"
run 3 runs replay 1 --db edited.db; one_sentence "does not hold its server"
edit "update profile set json = replace(json, '\"mean_ns\"', ' \"mean_ns\"')"
run 3 runs replay 1 --db edited.db; one_sentence "SHA-256 is no longer"
edit "update run set kind = 'reproduction'"
run 3 runs replay 1 --db edited.db; one_sentence "only sweeps"
run 3 runs replay 7; one_sentence "no run 7"
run 2 runs replay; one_sentence "number of a run"
finish
