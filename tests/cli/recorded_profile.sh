# The profile of the recorded machine is what calibration makes of the recorded traces (scripts/refresh makes it anew).
. "$(dirname "$0")/lib.sh"
machine=epyc-zen5-linux-6.18
run 0 calibrate "$source/traces/data/$machine-a" --name "$machine" -o profile.json
cmp profile.json "$source/models/hardware/$machine.json" || fail "the committed profile is another"

# Whatever lay in memory before.
for fill in 85 170; do
    MALLOC_PERTURB_=$fill run 0 calibrate "$source/traces/data/$machine-a" --name "$machine" -o filled.json
    cmp filled.json profile.json || fail "the profile depends on memory that nobody wrote: filled with $fill"
done
finish
