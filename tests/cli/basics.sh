# Help, version, lists, JSON, closed pipes.
. "$(dirname "$0")/lib.sh"

run 0 version
grep -q '^tollgate [0-9]' out || fail "version: $(cat out)"
run 0 --version
run 0
grep -q '^usage: tollgate COMMAND' out || fail "help: $(head -1 out)"
"$tollgate" help | awk '/^  [a-z]/{print $1}' | while read -r command; do
    "$tollgate" "$command" --help >help.txt 2>err || echo "$command" >>bad
    grep -q "^usage: tollgate $command" help.txt || echo "$command" >>bad
done
[[ -e bad ]] && fail "no help for: $(cat bad)"
run 0 list techniques
for technique in process kernel-service kernel-plugin vm-exits; do
    grep -q "^$technique " out || fail "technique $technique is not listed"
done
run 0 list techniques --json
python3 -c 'import json,sys; d=json.load(open("out")); assert d["schema"]==1 and len(d["techniques"])>=4' || fail "list --json"
run 0 simulate "$source/examples/01-first-curve/scenario.json" --rate 20k/s -n 2 --json
python3 - <<'END' || fail "simulate --json: the toll does not add up"
import json
d = json.load(open("out"))
parts = [e["mean"] for group in ("toll_paid_s", "toll_waited_s") for e in d[group].values()]
assert abs(sum(parts) / d["latency_mean_s"]["mean"] - 1) < 1e-9, (sum(parts), d["latency_mean_s"]["mean"])
END
# A reader that goes away is no failure to speak of.
"$tollgate" simulate "$source/examples/01-first-curve/scenario.json" --rate 20k/s -n 2 2>err | true
[[ -s err ]] && fail "a closed pipe was talked about: $(cat err)"
finish
