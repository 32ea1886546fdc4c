# The plugin prototype, driven by hand. The kernel half needs root; the half in segments does not.
. "$(dirname "$0")/lib.sh"

if "$tollgate" plugin run 1 >out 2>err; then
    run 0 plugin run 'a0 * a1 - mem[0]' 6 7
    [[ $(cat out) == 42 ]] || fail "6 * 7 is $(cat out)"
    run 0 plugin run 'mem[4092] = a0; mem[4092]' -- -5
    [[ $(cat out) == -5 ]] || fail "memory: $(cat out)"
    run 1 plugin run 'mem[4096]'
    grep -q '^the plugin was killed at offset 0x.*left its data or code segment' out || fail "$(cat out)"
    run 1 plugin run 'while (1) { 0 }' --json
    python3 -c 'import json; d = json.load(open("out")); assert "processor time" in d["killed"]' || fail "$(cat out)"
    run 3 plugin run '1 +'
    one_sentence "column 4: expected a value"
    run 2 plugin run 'a0' zero
    one_sentence "'zero' is not a 32-bit integer"
else
    echo "segments: $(cat err)"
fi
run 2 plugin
one_sentence "what to do is missing"
run 2 plugin lode null
one_sentence "did you mean 'load'?"
run 2 plugin link
one_sentence "usage: tollgate plugin link NAME"
run 0 plugin measure --samples 20 --json
python3 - <<'END' || fail "measure --json"
import json
d = json.load(open("out"))
assert d["schema"] == 1
for row in d["primitives"]:
    assert row["samples"] >= 20 and row["interval"][0] <= row["median"] <= row["interval"][1], row
names = {r["name"] for r in d["primitives"] + d["skipped"]}
assert {"plugin_call", "plugin_link", "segment_call", "segment_unlink", "key_call"} <= names, names
assert all(r["reason"] for r in d["skipped"])
END

service=c$(printf '%06x' $(($$ & 0xffffff)))
on() { local want=$1 verb=$2; shift 2; run "$want" plugin "$verb" --service "$service" "$@"; }
if ! "$tollgate" plugin start --service "$service" --record www.example.org=192.0.2.7 --record b.example.org=192.0.2.8 \
    >out 2>err; then
    echo "the kernel half is not tested: $(cat err)"
    finish
fi
trap '"$tollgate" plugin stop --service "$service"; rm -rf "$work"' EXIT
on 3 start
one_sentence "running already"
on 0 call www.example.org
grep -q '^www.example.org: no error, 192.0.2.7$' out || fail "$(cat out)"
on 0 call nobody.example.org
grep -q 'no such name' out || fail "$(cat out)"
on 0 load counter
on 3 load counter
one_sentence "loaded already"
on 0 load filter --name guard --deny B.example.org
on 0 link counter
on 0 link guard
grep -q "position 1" out || fail "$(cat out)"
on 0 call b.example.org
grep -q 'refused' out || fail "$(cat out)"
on 3 unload guard
one_sentence "unlink it first"
on 0 load null --json
python3 -c 'import json; assert json.load(open("out"))["machine_code_bytes"] > 0' || fail "$(cat out)"
on 0 link null --position 1
on 0 call b.example.org
grep -q '192.0.2.8' out || fail "replaced, yet: $(cat out)"
for rogue in out-of-bounds unbounded-loop forbidden-helper wild-pointer; do
    on 1 load $rogue
    grep -q "^refused: plugin '$rogue': the kernel's verifier refuses it: ." out || fail "$rogue: $(cat out)"
done
# Answers over the wire may be late or lost on a busy machine; wrong they may never be.
"$tollgate" plugin call www.example.org -n 500 --rate 5k/s --service "$service" --json >out
python3 -c 'import json; d = json.load(open("out")); assert d["sent"] == 500 and d["wrong"] == 0 and d["right"] > 250' ||
    fail "over the wire: $(cat out)"
on 0 list --json
python3 - "$service" <<'END' || fail "list: $(cat out)"
import json, sys
mine = [s for s in json.load(open("out"))["services"] if s["service"] == sys.argv[1]][0]
positions = {p["plugin"]: p["positions"] for p in mine["plugins"]}
assert positions == {"counter": [0], "guard": [], "null": [1]}, positions
c = mine["counts"]
assert c["requests"] == c["answered"] + c["empty"] + c["unknown"] + c["refused"] + c["dropped"] + c["malformed"], c
END
on 0 unlink 0
if "$tollgate" plugin load counter --name whole --replace --service "$service" >out 2>err; then
    on 0 link whole
    grep -q "in place of the slot" out || fail "$(cat out)"
    on 0 list
    grep -q "whole .*in place of the slot" out || fail "$(cat out)"
    on 0 unlink whole
else
    grep -q "plugin 'whole': " err || fail "a refusal without reason: $(cat err)"
fi
on 0 unlink null
on 3 unlink null
one_sentence "is not linked"
on 0 unload counter
on 0 stop
on 3 call
one_sentence "no service named"
ip netns list | grep -q "tollgate-$service" && fail "namespaces were left behind"
[[ -e /sys/fs/bpf/tollgate/$service ]] && fail "pins were left behind"
finish
