# tollgate reproduce: a table, JSON, verdicts that --check turns into the exit status, figures, usage.
. "$(dirname "$0")/lib.sh"

run 0 reproduce plugins --draws 6 --threads 1 --json
cp out one
run 0 reproduce plugins --draws 6 --threads 2 --json
cmp -s one out || fail "the number of threads changes the results"
python3 - out <<'EOF' || fail "JSON: $(head -40 out)"
import json, sys
d = json.load(open(sys.argv[1]))
assert d["schema"] == 1
claims = {c["id"]: c for c in d["claims"]}
assert sorted(claims) == ["P6a", "P6b", "P6c", "P7a", "P7b", "P7c", "P8a", "P8b", "P8c"], sorted(claims)
for c in d["claims"]:
    assert c["verdict"] in ("met", "consistent", "missed") and c["kind"] in ("target", "predicted")
    assert c["low"] <= c["simulated"] <= c["high"], c
assert claims["P6a"]["kind"] == "target" and claims["P6a"]["verdict"] == "met"
assert claims["P8b"]["must"] is True and claims["P8a"]["verdict"] == "met"
assert d["fitted"][0]["key"] == "apache-1.3/costs.apache_work" and d["fitted"][0]["target"] == "P6a"
fitted = {f["key"] for f in d["fitted"]}
assert len(d["priors"]) > 50
for p in d["priors"]:
    assert p["low"] <= p["value"] * (1 + 1e-9) and p["value"] <= p["high"] * (1 + 1e-9), p
    assert p["source"] and p["key"] not in fitted
EOF
python3 - out <<'EOF' || fail "the prototype: $(grep -A30 '"prototype"' out)"
import json, sys
p = json.load(open(sys.argv[1]))["prototype"]
assert p["profile"] == "epyc-zen5-linux-6.18" and 400 < p["cycles"] < 800, p
assert abs(p["price_ns"] - p["cycles"] / 0.866) < 1e-6 * p["price_ns"]
assert sorted(c["id"] for c in p["claims"]) == ["P7a", "P7b", "P8a"]
EOF
python3 - out <<'EOF' || fail "the alternatives: $(grep -A30 '"alternatives"' out)"
import json, sys
found = json.load(open(sys.argv[1]))["alternatives"]
assert [a["claim"] for a in found] == ["P7a", "P7a"], found
for a in found:
    assert a["low"] <= a["simulated"] <= a["high"] and a["what"] and a["parts"], a
EOF
missed=$(grep -c '"missed"' out)
run 0 reproduce plugins --draws 6
for word in P6a P8c 'met$' 'predicted, must' 'fitted to P6a: apache-1.3/costs.apache_work'; do
    grep -q -- "$word" out || fail "no '$word' in: $(cat out)"
done
[[ $missed -gt 0 ]] && want=1 || want=0
run $want reproduce plugins --draws 6 --check

run 2 reproduce;                   one_sentence "say which study: plugins, osv or all"
run 3 reproduce plugin;            one_sentence "did you mean 'plugins'?"
run 2 reproduce osv --draws 1;     one_sentence "option '--draws'"
finish
