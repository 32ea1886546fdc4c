# Calibration as a user runs it: profiles from sets, merged, scaled, explained, checked on a held-out set; traces that
# cannot be what they say.
. "$(dirname "$0")/lib.sh"
a=$source/traces/data/epyc-zen5-linux-6.18-a b=$source/traces/data/epyc-zen5-linux-6.18-b

run 0 calibrate "$a" --name epyc-zen5-linux-6.18 -o a.json
means() { sed -n 's/.*"mean_ns":[^0-9]*\([0-9.e+-]*\),*$/\1/p' "$1"; }
paste <(means a.json) <(means "$source/models/hardware/epyc-zen5-linux-6.18.json") |
    awk '{ d = $1 - $2; if (NF != 2 || d * d > 1e-8 * $2 * $2) exit 1; n++ } END { exit !(n > 40) }' ||
    fail "the shipped profile is not made from its traces"
run 0 calibrate "$a" --explain plugin_call
grep -q 'best family' out && grep -q 'stays unexplained' out || fail "explain: $(cat out)"
# What spread and jitter explain of mean less fastest tenth, on the recorded plugin trace, to within 20 %.
share=$(sed -n 's/.*(\(-\{0,1\}[0-9.]*\) %) stays unexplained.*/\1/p' out)
awk -v s="$share" 'BEGIN { exit !(s != "" && s > -20 && s < 20) }' || fail "unexplained: $share %"
run 3 calibrate a.json --explain plugin_cal
one_sentence "did you mean 'plugin_call'"

# How much of one set the other predicts, both ways: strictly, what the sample leaves open apart.
# The status says whether it is 80 %.
against() {
    "$tollgate" calibrate "$1" --against "$2" >out 2>err
    local got=$? share
    share=$(sed -n 's/^[0-9]* of [0-9]* primitives predicted (\([0-9]*\) %).*/\1/p' out)
    [[ $share -ge 60 && $got -eq $((share < 80)) ]] || fail "against: status $got: $(tail -2 out)"
    grep -Eq 'that the samples leave open' out && grep -q 'gaps of jitter' out || fail "against: $(tail -2 out)"
}
against a.json "$b"
against "$b" "$a"
run 0 calibrate "$a" "$b" -o both.json
grep -q disagreement both.json || fail "merging says nothing of agreement"

# The table tells law and goodness of fit; figures are drawn where gnuplot is.
run 0 calibrate "$a"
grep -Eq '^syscall .*(table \(|, p 0?\.).* measured$' out || fail "no goodness of fit in: $(grep '^syscall ' out)"
if command -v gnuplot >/dev/null; then
    run 0 calibrate "$a" --explain vm_exit --figures figures
    for figure in vm_exit jitter; do
        [[ $(head -c 4 figures/$figure.png | tail -c 3) == PNG ]] || fail "no picture of $figure"
        grep -q '<svg' figures/$figure.svg || fail "no drawing of $figure"
    done
fi

run 0 calibrate a.json --scale-to "866 MHz" --memory-bound page_fault -o slow.json
grep -q 'cycles at 866 MHz' slow.json || fail "scaling does not state its rule"
run 0 simulate "$source/examples/01-first-curve/scenario.json" --profile ./slow.json --rate 5k/s
run 2 calibrate a.json --memory-bound page_fault
one_sentence "--scale-to"
run 3 calibrate a.json --scale-to "866 MHz" --memory-bound nothing
one_sentence "nothing"

# A set of one trace, with each fault a user's file may have.
trace() {
    rm -rf set
    mkdir set
    echo '{"schema": 1, "cpu_model": "x", "kernel": "y", "date": "2026-01-01T00:00:00Z", "cores": 1}' >set/host.json
    cat >set/syscall.csv
}
seq 1 1000 | awk 'BEGIN { print "t_ns,cost_ns" } { print $1 * 10000 ",250" }' | trace
run 0 calibrate set -o constant.json
grep -q '"constant"' constant.json || fail "equal samples are no constant"
printf 't_ns,cost_ns\n1,2\n3,4\n' | trace
run 3 calibrate set
one_sentence "20 samples"
printf 't_ns,cost_ns\n1,2\n3,-4\n' | trace
run 3 calibrate set
one_sentence "cost_ns"
printf 't_ns,cost_ns\n1,2\n3,nan\n' | trace
run 3 calibrate set
one_sentence "cost_ns"
printf 't_ns,cost_ns\n10,2\n3,4\n' | trace
run 3 calibrate set
one_sentence "t_ns"
printf 't_ns,cost_us\n1,2\n3,4\n' | trace
run 3 calibrate set
one_sentence "cost_us"
seq 1 1000 | awk 'BEGIN { print "t_ns,cost_ns" } { print $1 * 10000 "," 250000 + $1 }' | trace
run 3 calibrate set
one_sentence "another unit than ns"
finish
