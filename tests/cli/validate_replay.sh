# tollgate validate replay: folders that are missing or damaged, figures, and every recorded validation: predicted again as it
# was, to the bit, with the errors that were found then. A third argument "all" replays all systems, which takes minutes.
. "$(dirname "$0")/lib.sh"
extent=${3:-some}

run 2 validate replay;            one_sentence "say which folder of a run"
run 3 validate replay nowhere;    one_sentence "nowhere/predictions.json"
mkdir empty
run 3 validate replay empty;      one_sentence "empty/predictions.json"
echo '{"schema": 1,' >empty/predictions.json
run 3 validate replay empty;      one_sentence "empty/predictions.json"
echo '{"schema": 1}' >empty/predictions.json
run 3 validate replay empty;      one_sentence "'empty/traces' is no trace set"

# A run that was never made: constant prices, and servers measured to answer a twentieth less than is predicted from them.
"$tollgate" measure --list --json >probes
cat >make.py <<'END'
import hashlib, json, os, random, sys
random.seed(1)
cheap = {"udp_deliver_batch_remote": 300, "udp_receive_batch_remote": 100, "clock_read": 10, "syscall": 200}
prices = {p["name"]: cheap.get(p["name"], 1 if p["name"].startswith("after_") else 1000) for p in json.load(open("probes"))["probes"] if p["name"] != "jitter"}
able = json.loads(sys.argv[1])
os.makedirs("made/traces", exist_ok=True)
for name, ns in prices.items():
    with open("made/traces/%s.csv" % name, "w") as f:
        f.write("t_ns,cost_ns\n")
        f.writelines("%d,%.3f\n" % (i * 100000, ns * random.uniform(0.999, 1.001)) for i in range(100))
host = {"cpu_model": "none", "architecture": "x86_64", "cores": 2, "kernel": "0", "date": "2026-01-01T00:00:00Z"}
json.dump(dict(host, schema=1, tool="test"), open("made/traces/host.json", "w"))
digest = lambda name: hashlib.sha256(open("made/traces/%s.csv" % name, "rb").read()).hexdigest()
traces = hashlib.sha256("".join("%s %s\n" % (n, digest(n)) for n in sorted(prices)).encode()).hexdigest()
json.dump({"schema": 1, "made_at": "2026-01-01T00:00:00Z", "traces_sha256": traces, "low_loads": [],
           "settings": {"draws": 3, "window_s": 0.02, "warmup_s": 0.005, "seed": 1},
           "systems": [{"name": n, "skipped": "not yet"} for n in able]}, open("made/predictions.json", "w"))
def point(r, offered, able):
    reply = min(offered, able)
    return {"repetition": r + 2, "wanted_per_s": offered, "offered_per_s": offered, "sent_per_s": offered, "reply_per_s": reply,
            "answered_fraction": reply / offered, "lost_fraction": 1 - reply / offered, "latency_p50_ns": 16000,
            "latency_p99_ns": 60000, "limited_by": "none" if reply >= 0.98 * offered else "server"}
json.dump({"schema": 1, "host": host, "systems": [
    {"name": n, "complete": True, "points": [point(r, l * a, a * (1 + r / 300)) for r in (-1, 0, 1) for l in (.2, .5, .8, 1.2, 1.4)]}
    for n, a in able.items()]}, open("made/testbed.json", "w"))
END
python3 make.py '{"udp": 1000, "udp-syscall-10": 1000, "udp-syscall-40": 1000}' || fail "no folder was made"
"$tollgate" validate replay made --json >out 2>err
python3 make.py "$(python3 -c 'import json; print(json.dumps({s["name"]: s["predicted"] / 1.05 for s in json.load(open("out"))["systems"]}))')" ||
    fail "nothing was predicted: $(cat err)"
# What is stored there is another prediction.
"$tollgate" validate replay made udp >out 2>err
grep -q "^0 of 1 systems predicted as recorded, to the bit" out || fail "a difference is not said: $(cat out err)"
run 1 validate replay made --json
python3 - <<'END' || fail "replay: $(head -c 800 out)"
import json
d = json.load(open("out"))
assert d["schema"] == 1 and d["folder"] == "made" and d["differing"] == ["udp", "udp-syscall-10", "udp-syscall-40"], d
assert [s["limited_by"] for s in d["systems"]] == ["server"] * 3
assert all(abs(s["error"] - 0.05) < 1e-3 for s in d["systems"]), d["systems"]
# In a window of 20 ms a request more or less makes some nanoseconds; over 30 calls that is little.
assert [s["crossing"] for s in d["slopes"]] == ["syscall"] and abs(d["slopes"][0]["predicted"] - 200) < 10, d["slopes"]
assert abs(d["slopes"][0]["error"] - (1 / 1.05 - 1)) < 0.02, d["slopes"]
END
run 1 validate replay made 'udp-syscall-*' --threads 1 --json
cp out one
run 1 validate replay made 'udp-syscall-*' --threads 2 --json
cmp -s one out || fail "the number of threads changes a replay"
grep -q '"udp"' out && fail "a system that was not asked for: $(cat out)"
run 2 validate replay made bind
one_sentence "the folder has no system 'bind'"

# Figures: their scripts in any case, and what gnuplot makes of them, where it is.
"$tollgate" validate replay made -o drawn >out 2>err
grep -q "^3 systems limited by the server" out || fail "replay: $(cat out err)"
for figure in validation curves latency slopes; do
    [[ -s drawn/$figure.gp ]] || fail "no drawn/$figure.gp"
    command -v gnuplot >/dev/null || continue
    for form in svg png; do
        [[ -s drawn/$figure.$form ]] || fail "no drawn/$figure.$form: $(cat err)"
    done
    grep -q "udp-syscall-40\|syscall" drawn/$figure.svg || fail "drawn/$figure.svg names no system"
done
[[ -s drawn/validation.json ]] || fail "no comparison beside the figures"
rm -rf drawn
PATH=$work "$tollgate" validate replay made udp -o drawn >out 2>err
[[ $? -eq 1 ]] || fail "without gnuplot: $(cat err)"
grep -q "figures not drawn: gnuplot is not installed .*; their scripts are in 'drawn'" err || fail "without gnuplot: $(cat err)"
grep -q "^udp " out || fail "without gnuplot nothing is printed"
[[ -s drawn/validation.gp && ! -e drawn/validation.svg ]] || fail "without gnuplot: $(ls drawn)"

# The documentation names every key, and every primitive that the models of the testbed pay.
run 1 validate replay made udp udp-syscall-40 --json
python3 - "$source" <<'END' || fail "docs/validation.md lacks something"
import glob, json, re, sys
named = set(re.findall("`([a-z_0-9]+)`", open(sys.argv[1] + "/docs/validation.md").read()))
def keys(node):
    if isinstance(node, list):
        return set().union(*map(keys, node)) if node else set()
    return set(node).union(*map(keys, node.values())) if isinstance(node, dict) else set()
def costs(node):
    if isinstance(node, list):
        return set().union(*map(costs, node)) if node else set()
    return ({node["cost"]} if "cost" in node else set()).union(*map(costs, node.values())) if isinstance(node, dict) else set()
wanted = keys(json.load(open("out"))) | keys(json.load(open("made/predictions.json")))
assert {"differing", "median_error", "quantile", "crossing", "low_loads"} <= wanted, wanted
for name in glob.glob(sys.argv[1] + "/models/servers/testbed-*.json") + glob.glob(sys.argv[1] + "/models/workloads/testbed-*.json"):
    wanted |= costs(json.load(open(name)))
assert "udp_receive_batch_remote" in wanted and not wanted - named, sorted(wanted - named)
END

# A trace that was changed afterwards; a measurement that is none.
cp -r made changed
sed -i '2s/,.*/,1/' changed/traces/syscall.csv
run 3 validate replay changed
one_sentence "the traces are not those that the prediction was made from"
echo '{"schema": 1, "host": {}, "systems": [{"name": "ump"}]}' >made/testbed.json
run 3 validate replay made
one_sentence "made/testbed.json"

# What was recorded. Predictions of systems are independent of one another; these take few events.
found=0
for folder in "$source"/traces/data/validation-*/; do
    [[ -d $folder ]] || continue
    found=$((found + 1))
    wanted=$(python3 - "$folder" "$extent" <<'END'
import json, sys
systems = [s for s in json.load(open(sys.argv[1] + "/predictions.json"))["systems"] if "skipped" not in s]
systems.sort(key=lambda s: s["saturation_per_s"][0])
print(" ".join(s["name"] for s in (systems if sys.argv[2] == "all" else systems[:3])))
END
    )
    set -f
    "$tollgate" validate replay "$folder" $wanted --json >out 2>err
    set +f
    [[ $? -le 1 ]] || fail "$folder: $(cat err)"
    python3 - "$folder" "$wanted" <<'END' || fail "$folder is not replayed as it was recorded: $(tail -2 err)"
import json, sys
again, then = json.load(open("out")), json.load(open(sys.argv[1] + "/validation.json"))
assert again["differing"] == [], again["differing"]
old = {s["name"]: s for s in then["systems"]}
names = [s["name"] for s in again["systems"]]
assert sorted(names) == sorted(sys.argv[2].split()), names
for s in again["systems"]:
    assert s == old[s["name"]], (s, old[s["name"]])
if len(names) == len([s for s in then["systems"] if not s.get("left_out", "").startswith("not predicted")]):
    for key in ("slopes", "wrong_order", "summary"):
        assert again[key] == then[key], key
END
done
echo "$found recorded validations, $extent of their systems"
finish
