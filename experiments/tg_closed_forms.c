#include "tg_closed_forms.h"

#include <assert.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

double tg_erlang_b(double offered, unsigned servers)
{
    double loss = 1;
    assert(servers >= 1);
    for (unsigned c = 1; c <= servers; c++)
        loss = offered * loss / (c + offered * loss);
    return loss;
}

double tg_erlang_c(double offered, unsigned servers)
{
    assert(offered < servers);
    double loss = tg_erlang_b(offered, servers);
    return servers * loss / (servers - offered * (1 - loss));
}

double tg_mmc_wait(double arrival_rate, double service_mean, unsigned servers)
{
    double offered = arrival_rate * service_mean;
    return tg_erlang_c(offered, servers) * service_mean / (servers - offered);
}

double tg_mm1_sojourn_variance(double load)
{
    assert(load < 1);
    double root = (1 + load) / ((1 - load) * (1 - load));
    return root * root;
}

/* The geometric weights of 0 to K present, and their sum of k times weight. */
static double weights(double load, unsigned room, double *moment)
{
    double weight = 1, sum = 1;
    *moment = 0;
    for (unsigned k = 1; k <= room; k++) {
        weight *= load;
        sum += weight;
        *moment += k * weight;
    }
    return sum;
}

double tg_mm1k_loss(double load, unsigned room)
{
    double moment, sum = weights(load, room, &moment);
    return pow(load, room) / sum;
}

double tg_mm1k_number(double load, unsigned room)
{
    double moment, sum = weights(load, room, &moment);
    return moment / sum;
}

double tg_mg1_wait(double arrival_rate, double service_mean, double service_variance)
{
    double load = arrival_rate * service_mean;
    assert(load < 1);
    return arrival_rate * (service_variance + service_mean * service_mean) / (2 * (1 - load));
}

double tg_preemptive_sojourn(const double arrival_rates[2], const double service_means[2], int klass)
{
    double load = 0, residual = 0, above = 0;
    for (int k = 0; k <= klass; k++) {
        above = load;
        load += arrival_rates[k] * service_means[k];
        residual += arrival_rates[k] * service_means[k] * service_means[k];
    }
    assert(load < 1);
    return (service_means[klass] + residual / (1 - load)) / (1 - above);
}

struct gm1 {
    double (*transform)(double at, const void *law);
    const void *law;
    double service_mean;
};

static double gm1_excess(double s, void *context)
{
    const struct gm1 *q = context;
    return q->transform((1 - s) / q->service_mean, q->law) - s;
}

int tg_gm1_root(double (*transform)(double at, const void *law), const void *law, double service_mean,
                double *root, struct tg_error *err)
{
    struct gm1 q = {transform, law, service_mean};
    gsl_function f = {gm1_excess, &q};
    /* 1 is always a root; below it the excess is negative for a stable queue. */
    double low = 0, high = 1 - 1e-9;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!solver)
        return tg_error_set(err, TG_ENOMEM, "out of memory for a root");
    int rc = gsl_root_fsolver_set(solver, &f, low, high);
    for (int i = 0; !rc && i < 200 && high - low > 1e-13; i++) {
        rc = gsl_root_fsolver_iterate(solver);
        low = gsl_root_fsolver_x_lower(solver);
        high = gsl_root_fsolver_x_upper(solver);
    }
    *root = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    return rc ? tg_error_set(err, TG_EBUG, "no root for G/M/1: %s", gsl_strerror(rc)) : TG_OK;
}
