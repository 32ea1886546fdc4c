#include "tg_replay.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tg_arrival_times.h"
#include "tg_run.h"
#include "tg_sha256.h"
#include "tg_store.h"
#include "tg_sweep.h"
#include "tg_version.h"

/* A comparison under way. */
struct job {
    const struct tg_run *run;
    size_t curves_seen; /* techniques that the sweep has begun */
    int64_t met;        /* stored replications that the sweep came to again */
    bool (*interrupted)(void *);
    void (*progress)(void *, const struct tg_technique *, size_t, size_t);
    struct tg_replay *replay;
};

static const struct tg_run_curve *curve_at_hand(const struct job *job)
{
    return job->curves_seen <= job->run->curve_count ? &job->run->curves[job->curves_seen - 1] : NULL;
}

/* Not a comparison of numbers: a missing value is the same as a missing value, and 0 is not -0. */
static bool same_bits(double a, double b)
{
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

/* As the record stores it: what is not finite is missing. */
static bool same_end(double stored, double again)
{
    return same_bits(stored, isfinite(again) ? again : (double)NAN);
}

static void note_difference(struct tg_replay *replay, const char *technique, const char *what)
{
    if (!*replay->first)
        snprintf(replay->first, sizeof replay->first, "technique '%s': %s", technique, what);
}

static int on_curve(void *context, const struct tg_sweep_curve *curve, struct tg_error *err)
{
    struct job *job = context;
    (void)err;
    job->curves_seen++;
    const struct tg_run_curve *stored = curve_at_hand(job);
    if (!stored || strcmp(stored->technique, curve->technique->name) != 0)
        return TG_OK;
    struct tg_run_estimate s = stored->saturation_per_s;
    struct tg_estimate e = curve->saturation_per_s;
    if (same_bits(s.value, e.mean) && same_end(s.low, e.low) && same_end(s.high, e.high))
        job->replay->same_saturations++;
    else
        note_difference(job->replay, stored->technique, "the saturation throughput");
    return TG_OK;
}

static const struct tg_run_replication *find_stored(const struct tg_run_curve *curve, double offered_per_s,
                                                    int64_t number)
{
    for (size_t p = 0; p < curve->point_count; p++) {
        const struct tg_run_point *point = &curve->points[p];
        if (!same_bits(point->offered_per_s, offered_per_s))
            continue;
        for (size_t i = 0; i < point->loaded_replications; i++) {
            if (point->replications[i].number == number)
                return &point->replications[i];
        }
    }
    return NULL;
}

static int on_replication(void *context, const struct tg_sweep_curve *curve, double offered_per_s,
                          size_t number, const struct tg_result *result, struct tg_error *err)
{
    struct job *job = context;
    char digest[TG_SHA256_HEX], what[80];
    (void)err;
    const struct tg_run_curve *at_hand = curve_at_hand(job);
    const struct tg_run_replication *stored =
        at_hand ? find_stored(at_hand, offered_per_s, (int64_t)number) : NULL;
    if (!stored)
        return TG_OK;
    job->met++;
    tg_result_digest(result, digest);
    if (stored->digest && strcmp(stored->digest, digest) == 0) {
        job->replay->same++;
        return TG_OK;
    }
    snprintf(what, sizeof what, "replication %zu at %.17g/s", number, offered_per_s);
    note_difference(job->replay, curve->technique->name, what);
    return TG_OK;
}

static void on_progress(void *context, const struct tg_technique *technique, size_t done, size_t total)
{
    struct job *job = context;
    if (job->progress)
        job->progress(NULL, technique, done, total);
}

static bool is_over(const struct job *job)
{
    return job->met == job->replay->replications && job->curves_seen >= job->run->curve_count;
}

/* The sweep is asked to stop once there is nothing left to compare. */
static bool is_interrupted(void *context)
{
    const struct job *job = context;
    return is_over(job) || (job->interrupted && job->interrupted(NULL));
}

static int64_t count_replications(const struct tg_run *run)
{
    int64_t count = 0;
    for (size_t c = 0; c < run->curve_count; c++) {
        for (size_t p = 0; p < run->curves[c].point_count; p++)
            count += (int64_t)run->curves[c].points[p].loaded_replications;
    }
    return count;
}

static int check_run(struct tg_store *store, const struct tg_run *run, struct tg_error *err)
{
    char sha256[TG_SHA256_HEX];
    const char *path = tg_store_path(store);
    const long long id = (long long)run->id;
    if (strcmp(run->kind, "sweep") != 0)
        return tg_error_set(err, TG_EINPUT, "store '%s': run %lld is a %s, and only sweeps can be replayed",
                            path, id, run->kind);
    if (!run->profile)
        return tg_error_set(err, TG_EINPUT, "store '%s': run %lld has no cost profile", path, id);
    tg_sha256_bytes(run->profile->json, strlen(run->profile->json), sha256);
    if (strcmp(sha256, run->profile->sha256) != 0)
        return tg_error_set(err, TG_EINPUT,
                            "store '%s': the cost profile of run %lld was changed since: its SHA-256 is no "
                            "longer %s",
                            path, id, run->profile->sha256);
    if (run->arrival_log) {
        tg_sha256_bytes(run->arrival_log->times_ps, strlen(run->arrival_log->times_ps), sha256);
        if (strcmp(sha256, run->arrival_log->sha256) != 0)
            return tg_error_set(err, TG_EINPUT, "store '%s': the arrival log of run %lld was changed since",
                                path, id);
    }
    if (count_replications(run) == 0)
        return tg_error_set(err, TG_EINPUT, "store '%s': run %lld has no replications to compare with", path,
                            id);
    return TG_OK;
}

static void note_maker(const struct tg_run *run, struct tg_replay *replay)
{
    const char *commit = run->git_commit ? run->git_commit : "unknown";
    const char *compiler = run->compiler ? run->compiler : "an unknown compiler";
    snprintf(replay->made_by, sizeof replay->made_by, "tollgate %s, commit %s, %s", run->tool_version, commit,
             compiler);
    replay->made_elsewhere = strcmp(run->tool_version, TG_VERSION) != 0 || strcmp(commit, TG_COMMIT) != 0 ||
                             strcmp(compiler, TG_COMPILER) != 0;
}

static int simulate(struct tg_store *store, struct job *job, unsigned threads, struct tg_error *err)
{
    const struct tg_run *run = job->run;
    struct tg_scenario scenario;
    struct tg_arrival_times times = {0};
    char name[64];
    snprintf(name, sizeof name, "scenario of run %lld", (long long)run->id);
    int rc = tg_scenario_read_printed(run->scenario_json, run->profile->json, name, &scenario, err);
    if (rc)
        return tg_error_wrap(err, rc, "store '%s'", tg_store_path(store));
    scenario.seed = (int64_t)run->seed; /* JSON has no place for all its digits */
    struct tg_sweep_listener listener = {.context = job,
                                         .curve = on_curve,
                                         .replication = on_replication,
                                         .progress = on_progress,
                                         .interrupted = is_interrupted};
    if (run->arrival_log)
        rc =
            tg_arrival_times_read_text(&times, &scenario, run->arrival_log->times_ps, "the arrival log", err);
    rc = rc ? rc : tg_sweep_run(&scenario, threads, &listener, err);
    tg_arrival_times_release(&times);
    tg_scenario_release(&scenario);
    return rc == TG_EINTERRUPTED && is_over(job) ? TG_OK : rc;
}

int tg_replay_run(struct tg_store *store, int64_t run_id, unsigned threads,
                  void (*progress)(void *, const struct tg_technique *, size_t, size_t),
                  bool (*interrupted)(void *), struct tg_replay *replay, struct tg_error *err)
{
    struct tg_run run;
    *replay = (struct tg_replay){0};
    int rc = tg_run_load(store, run_id, TG_RUN_WITH_REPLICATIONS, &run, err);
    if (rc)
        return rc;
    struct job job = {.run = &run, .interrupted = interrupted, .progress = progress, .replay = replay};
    rc = check_run(store, &run, err);
    if (!rc) {
        note_maker(&run, replay);
        replay->replications = count_replications(&run);
        replay->saturations = (int64_t)run.curve_count;
        rc = simulate(store, &job, threads, err);
        if (!rc && job.met < replay->replications && !*replay->first)
            snprintf(replay->first, sizeof replay->first,
                     "the sweep does not come to all of its points again");
    }
    tg_run_release(&run);
    return rc;
}
