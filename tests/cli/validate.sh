# tollgate validate theory (live and replay have tests of their own): text, JSON, the named models alone, threads that change nothing, usage, exit status.
. "$(dirname "$0")/lib.sh"

run 0 validate theory md1
grep -q '^md1.sojourn_mean .* met$' out || fail "no verdict: $(cat out)"
grep -q '^2 checks, 0 missed$' out || fail "no count: $(cat out)"

run 0 validate theory md1 gg1_lindley --json --threads 1
cp out one
run 0 validate theory md1 gg1_lindley --json --threads 2
cmp -s one out || fail "the number of threads changes the results"
for key in '"schema":' '"checks":' '"name":' '"expected":' '"estimate":' '"low":' '"high":' '"z":' '"verdict":'; do
    grep -q -- "$key" out || fail "no $key in: $(cat out)"
done
grep -q '"missed"' out && fail "missed: $(cat out)"

run 0 validate theory md1 --seed 2 --json
cmp -s one out && fail "the seed changes nothing"
rm one

# A small coverage experiment: ten seeds, whose verdict is lenient.
run 0 validate theory gg1_lindley --coverage --seeds 10 --json
for key in '"coverage":' '"quantity":' '"nominal":' '"measured":' '"seeds":' '"mean_customers":' '"needed_customers":'; do
    grep -q -- "$key" out || fail "no $key in: $(cat out)"
done

run 2 validate;                 one_sentence "say what against: theory"
run 2 validate practice;        one_sentence "say what against: theory"
run 2 validate theory mm2;      one_sentence "there is no model 'mm2'"
run 2 validate theory --seeds 1; one_sentence "option '--seeds'"
finish
