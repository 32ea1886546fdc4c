# Connections, client machines and techniques with prices of their own: simulated, stored and replayed.
. "$(dirname "$0")/lib.sh"

cat >scenario.json <<'JSON'
{"format": "tollgate scenario", "version": 1, "title": "connections", "profile": "r710", "client": "r710",
 "server": "apache-2.4", "techniques": ["process", "xen-pv"],
 "workload": {"use": "httperf", "drain": "500 ms", "gaps": "exponential"},
 "horizon": "400 ms", "warm_up": "100 ms", "replications": 3, "rates": ["2000/s", "4000/s", "20k/s"]}
JSON

# A run keeps the prices of workload and client, and what was lost where.
run 0 sweep scenario.json --threads 2
grep -q 'paravirtual guest (Xen) .*server CPU' out || fail "the guest's limit: $(cat out)"
run 0 query --csv "select distinct belongs_to from prices where run = 1 order by 1"
[[ $(tail -n +2 out | tr -d '\r' | tr '\n' ';') == 'client;profile;server;workload;' ]] ||
    fail "owners of prices: $(cat out)"
run 0 query --csv "select count(*) from packet_drop where packets > 0"
[[ $(tail -1 out) -gt 0 ]] || fail "at five times the saturation no packet is dropped"
run 0 query --csv "select sum(spent_ps > 0) from cpu_spent where primitive like 'client: %'"
[[ $(tail -1 out) -gt 10 ]] || fail "the client's CPU time is not stored: $(cat out)"
run 0 query --csv "select abs(sum(toll_us) / max(latency_mean_us) - 1) < 1e-9, count(*) from toll_parts join curve_points using (run, technique, offered_per_s) group by technique"
[[ $(tail -n +2 out | sort -u | tr -d '\r') == 1,4 ]] || fail "the parts of the toll do not add up: $(cat out)"

# The same bits again, on other threads, with no model file at hand.
TOLLGATE_MODELS=$work/none run 0 runs replay 1 --threads 3
grep -qxF 'run 1: 18 of 18 replications and 2 of 2 saturation throughputs are the same to the bit' out ||
    fail "replay: $(cat out)"

# Rates may go up and down, but each has one point.
sed 's/"4000\/s", "20k\/s"/"1000\/s", "2000\/s"/' scenario.json >twice.json
run 3 sweep twice.json; one_sentence "rates[2]: 2000/s is named twice"

# simulate tells losses by cause, and the toll with the part that isolation needs.
run 0 simulate scenario.json -t xen-pv -r 20k/s -n 2
grep -q '^requests lost, of those offered:' out || fail "no losses: $(cat out)"
grep -q '^packets dropped, for each request offered:' out || fail "no drops: $(cat out)"
grep -q '^  client CPU ' out || fail "no CPU of the client: $(cat out)"
run 0 simulate scenario.json -t xen-pv -r 2000/s -n 2 --toll
grep -q '^  hypercall .*isolation$' out || fail "the hypercall is not marked as isolation: $(cat out)"
grep -q '^  + isolation ' out || fail "no part of isolation: $(cat out)"
sed -n '/^toll/,/^of it/p' out | grep -q ' 0 s  ' && fail "zero tolls are printed: $(cat out)"
run 0 simulate scenario.json -t xen-pv -r 2000/s -n 2 --toll --json
python3 - <<'PY' || fail "simulate --toll --json: $(cat out)"
import json
d = json.load(open("out"))
parts = sum(p["mean"] for p in d["toll_parts_s"].values())
assert abs(parts / d["latency_mean_s"]["mean"] - 1) < 1e-9
assert d["toll_parts_s"]["isolation"]["mean"] > 0
assert 0 < d["client_utilization"]["mean"] < 1 and d["ports_peak"]["mean"] > 100
assert 0 < d["response_mean_s"]["mean"] < d["latency_mean_s"]["mean"]
assert 0 < d["reply_sampled_per_s"]["mean"]
assert "no port at the client" not in d["lost_by_cause_ratio"]
PY

# An arrival log beside the scenario, replayed from the store after the log is gone.
mkdir logs
printf 't_ns\n0\n10000\n11000\n500000\n1000000\n' >logs/arrivals.csv
cat >logs/log.json <<'JSON'
{"format": "tollgate scenario", "version": 1, "profile": "r710", "server": "bind-9.8", "techniques": ["process"],
 "workload": {"gaps": "log", "log": "arrivals.csv"}, "horizon": "200 ms", "warm_up": "20 ms", "replications": 2,
 "rates": ["5000/s"]}
JSON
run 0 sweep logs/log.json
run 0 simulate logs/log.json --rate 5000/s
rm logs/arrivals.csv
run 0 runs replay 2
grep -q '^run 2: 2 of 2 replications' out || fail "replay of a log: $(cat out)"
cp runs.db edited.db
python3 -c 'import sqlite3; sqlite3.connect("edited.db", isolation_level=None).execute("update arrival_log set times_ps = replace(times_ps, 1, 2)")'
run 3 runs replay 2 --db edited.db; one_sentence "arrival log"
run 3 sweep logs/log.json; one_sentence "workload.log"

# A technique is added by a file alone: listed, checked against machines, and simulated.
mkdir -p models/techniques
cat >models/techniques/toll-booth.json <<'JSON'
{"format": "tollgate technique", "version": 1, "name": "toll-booth", "title": "process behind a toll booth",
 "help": "Each request pays for a crossing of its own.", "isolation": ["booth"],
 "rules": [{"at": "request", "add": [{"cost": "booth", "count": 2}]}],
 "costs": {"booth": {"law": "3 us", "provenance": "assumed", "source": "an invention"}}}
JSON
export TOLLGATE_MODELS=$work/models
run 0 list techniques
grep -q '^toll-booth  *process behind a toll booth. Each request' out || fail "the new technique is not listed"
[[ $(wc -l <out) -ge 14 ]] || fail "fewer than 14 techniques: $(cat out)"
sed 's/"process", "xen-pv"/"process", "toll-booth"/' scenario.json >booth.json
run 0 simulate booth.json -t toll-booth -r 1000/s -n 2 --toll
grep -q '^  booth  *6 us .*isolation$' out || fail "the new toll: $(cat out)"
run 0 sweep booth.json -n 2
run 0 query --csv "select mean_ns from prices where run = 3 and belongs_to = 'technique toll-booth'"
[[ $(tail -1 out | tr -d '\r') == 3000* ]] || fail "the technique's price is not stored: $(cat out)"
TOLLGATE_MODELS=$work/none run 0 runs replay 3
run 0 list techniques --profile r710 --server apache-2.4 --json
python3 - <<'PY' || fail "list techniques --profile --json: $(cat out)"
import json
by_name = {t["name"]: t for t in json.load(open("out"))["techniques"]}
assert by_name["toll-booth"]["servers"] == [{"server": "apache-2.4", "runs": True, "why_not": None}]
assert by_name["xen-pv"]["servers"][0]["runs"]
assert all(t["title"] and "help" in t for t in by_name.values())
PY
python3 - <<'PY'
import json
profile = {"format": "tollgate profile", "version": 1, "name": "bare", "costs": {
    name: {"law": "1 us", "provenance": "assumed", "source": "t"} for name in ("irq", "packet_receive", "wakeup", "udp_receive")}}
json.dump(profile, open("bare.json", "w"))
PY
run 0 list techniques --profile "$work/bare.json" --server udp-responder
grep -A1 '^process ' out | grep -q "no: .*has no price for 'udp_send'" || fail "the missing price is not named: $(cat out)"
run 0 list techniques --profile r710
[[ $(grep -c '^    .* runs$' out) -gt 20 ]] || fail "hardly anything runs: $(cat out)"
for kind in workloads servers hardware studies; do
    run 0 list $kind --json
    python3 -c 'import json, sys; d = json.load(open("out"))[sys.argv[1]]; assert d and all(x["title"] for x in d)' $kind ||
        fail "list $kind --json: $(cat out)"
done
run 2 list servers --profile r710; one_sentence "only techniques"
run 2 list techniques --server udp-responder; one_sentence "--profile"
run 3 list techniques --profile r711; one_sentence "r710"
finish
