# Measuring, comparing and importing as a user does.
. "$(dirname "$0")/lib.sh"

# A short session measures every probe that can run here, and says of each other why not.
run 0 measure --quick --budget '1 s' --samples 40 -o set --json
grep -q '"schema":.*1' out || fail "no schema in the output"
measured=$(ls set/*.csv | wc -l)
skipped=$(grep -c '"reason"' out)
probes=$("$tollgate" measure --list --json | grep -c '"what"')
[[ $((measured + skipped)) -eq $probes ]] || fail "$measured measured and $skipped skipped of $probes probes"
least=15
[[ $(id -u) -eq 0 && -c /dev/kvm ]] && least=25
[[ $measured -ge $least ]] || fail "only $measured primitives"
[[ -f set/host.json && -f set/syscall.csv ]] || fail "no trace set"
nothing_but set

# A set agrees with itself, in words and as JSON.
run 0 measure --compare set set
grep -q 'syscall .*+0.0% *agrees' out || fail "no row for syscall: $(grep syscall out)"
run 0 measure --compare set set --json
grep -q '"agree":.*true' out || fail "not agreeing with itself"

# A trace that was changed after it was recorded is refused.
cp -r set changed
sed -i '2s/,/,1/' changed/syscall.csv
run 3 measure --compare set changed; one_sentence "changed/syscall.csv: its SHA-256 is not the one that host.json gives"
rm -r changed

# Sets that differ by more than the tolerance.
for i in $(seq 100); do echo "$((40 + i % 5))"; done | sed '1i cost_ns' >a.csv
for i in $(seq 100); do echo "$((80 + i % 5 * 2))"; done | sed '1i cost_ns' >b.csv
run 0 import --name handler -o a a.csv
grep -q 'a/handler.csv: 100 samples' out || fail "import says: $(cat out)"
run 0 import --name handler -o b b.csv
run 1 measure --compare a b
grep -q 'handler .*+100.0% *differs' out || fail "no difference: $(cat out)"
run 0 measure --compare a b --tolerance '100 %'
run 3 measure --compare a set; one_sentence "the two trace sets have no primitive in common"
run 2 measure --compare a; one_sentence "--compare takes two trace sets, but 1 were given"
rm -r a b

# Output that exists and is something else is kept.
run 4 import --name handler -o a.csv/set b.csv; one_sentence "a.csv"
mkdir thesis && echo text >thesis/chapter.tex
run 4 measure --probe syscall --quick -o thesis
grep -q "'thesis' exists and is no trace set" err || fail "$(cat err)"
[[ -f thesis/chapter.tex ]] || fail "the folder was replaced"
rm -r thesis
run 2 measure --probe sycall -o x; one_sentence "there is no probe 'sycall'; did you mean 'syscall'?"
run 2 measure --cpu 4000 -o x; one_sentence "cannot measure on CPU 4000"
run 2 import b.csv; one_sentence "-o PATH is needed"
run 3 import -o x missing.csv; one_sentence "missing.csv"
nothing_but set a.csv b.csv

# Curves.
run 0 import -o curve.csv "$source/tests/fuzz/corpus/import/httperf.txt" "$source/tests/fuzz/corpus/import/dnsperf.txt"
[[ $(cat out) == "curve.csv: a curve of 3 points" ]] || fail "import says: $(cat out)"
[[ $(wc -l <curve.csv) -eq 4 ]] || fail "the curve has $(wc -l <curve.csv) lines"

# Interrupted, it keeps nothing, and no child of it lives on.
"$tollgate" measure -o interrupted >out 2>err &
pid=$!
sleep 1
kill -INT $pid
wait $pid
status=$?
[[ $status -eq 130 ]] || fail "interrupted: status $status, not 130"
nothing_but set a.csv b.csv curve.csv

run 0 doctor
run 0 doctor --json
grep -q '"topic":.*"clock"' out || fail "doctor does not speak of the clock"
finish
