/* The families of costs: maximum likelihood of each, and its density. */
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>

#include "tg_field.h"
#include "tg_fit.h"
#include "tg_tail.h"

struct moments {
    double total, mean, mean_log;
};

static struct moments moments_of(const struct tg_sample *s, double offset, const double *logs)
{
    struct moments m = {0};
    for (size_t i = 0; i < s->n; i++) {
        m.mean += s->w[i] * (s->x[i] - offset);
        m.mean_log += s->w[i] > 0 ? s->w[i] * logs[i] : 0;
    }
    m.total = s->total;
    m.mean /= m.total;
    m.mean_log /= m.total;
    return m;
}

static double no_constant(const double p[2])
{
    (void)p;
    return 0;
}

static double exponential_fit(const struct tg_sample *s, double offset, const double *logs, double p[2])
{
    struct moments m = moments_of(s, offset, logs);
    p[0] = m.mean;
    return -m.total * (log(m.mean) + 1);
}

static double exponential_density(double x, double log_x, const double p[2])
{
    (void)log_x;
    return -log(p[0]) - x / p[0];
}

/* Newton's method on ln k - psi(k) = ln mean - mean ln, from Minka's start (2002). */
static double gamma_fit(const struct tg_sample *s, double offset, const double *logs, double p[2])
{
    struct moments m = moments_of(s, offset, logs);
    double gap = log(m.mean) - m.mean_log;
    if (!(gap > 1e-9))
        return -HUGE_VAL;
    double k = (3 - gap + sqrt((gap - 3) * (gap - 3) + 24 * gap)) / (12 * gap);
    for (int i = 0; i < 30; i++) {
        double step = (log(k) - gsl_sf_psi(k) - gap) / (1 / k - gsl_sf_psi_1(k));
        double next = k - step > 0 ? k - step : k / 2;
        bool done = fabs(next - k) < 1e-10 * k;
        k = next;
        if (done)
            break;
    }
    p[0] = k;
    p[1] = m.mean / k;
    return m.total * ((k - 1) * m.mean_log - k - k * log(p[1]) - gsl_sf_lngamma(k));
}

static double gamma_density(double x, double log_x, const double p[2])
{
    return (p[0] - 1) * log_x - x / p[1];
}

static double gamma_constant(const double p[2])
{
    return -p[0] * log(p[1]) - gsl_sf_lngamma(p[0]);
}

static double lognormal_fit(const struct tg_sample *s, double offset, const double *logs, double p[2])
{
    struct moments m = moments_of(s, offset, logs);
    double variance = 0;
    for (size_t i = 0; i < s->n; i++)
        variance += s->w[i] > 0 ? s->w[i] * (logs[i] - m.mean_log) * (logs[i] - m.mean_log) : 0;
    p[0] = exp(m.mean_log);
    p[1] = sqrt(variance / m.total);
    if (!(p[1] > 1e-9) || p[1] > 10)
        return -HUGE_VAL;
    return -m.total * (m.mean_log + log(p[1]) + 0.5 * log(2 * M_PI) + 0.5);
}

static double lognormal_density(double x, double log_x, const double p[2])
{
    double z = (log_x - log(p[0])) / p[1];
    (void)x;
    return -log_x - log(p[1]) - 0.5 * log(2 * M_PI) - 0.5 * z * z;
}

/* Newton's method on the shape, from that of the logarithms' spread. */
static double weibull_fit(const struct tg_sample *s, double offset, const double *logs, double p[2])
{
    struct moments m = moments_of(s, offset, logs);
    double variance = 0, top = logs[s->n - 1], k, power = 0;
    for (size_t i = 0; i < s->n; i++)
        variance += s->w[i] > 0 ? s->w[i] * (logs[i] - m.mean_log) * (logs[i] - m.mean_log) : 0;
    if (!(variance > 1e-16 * m.total))
        return -HUGE_VAL;
    k = 1.2825 / sqrt(variance / m.total);
    for (int i = 0; i < 40; i++) {
        double a = 0, b = 0, c = 0;
        for (size_t j = 0; j < s->n; j++) { /* powers relative to the largest value, against overflow */
            if (s->w[j] <= 0)
                continue;
            double l = logs[j] - top, y = s->w[j] * exp(k * l);
            a += y;
            b += y * l;
            c += y * l * l;
        }
        double value = b / a - 1 / k - (m.mean_log - top), slope = c / a - b / a * (b / a) + 1 / (k * k);
        double next = k - value / slope;
        power = a;
        if (!(next > 0))
            next = k / 2;
        bool done = fabs(next - k) < 1e-7 * k;
        k = next;
        if (done)
            break;
    }
    if (k < 0.02 || k > 1e6)
        return -HUGE_VAL;
    p[0] = k;
    p[1] = exp(top + log(power / m.total) / k);
    return m.total * (log(k) - k * log(p[1]) + (k - 1) * m.mean_log - 1);
}

static double weibull_density(double x, double log_x, const double p[2])
{
    double z = log_x - log(p[1]);
    (void)x;
    return log(p[0] / p[1]) + (p[0] - 1) * z - exp(p[0] * z);
}

static double pareto_fit(const struct tg_sample *s, double offset, const double *logs, double p[2])
{
    double *excess = s->scratch;
    (void)logs;
    for (size_t i = 0; i < s->n; i++)
        excess[i] = s->x[i] - offset;
    return tg_tail_pareto(excess, s->w, s->n, &p[0], &p[1]);
}

static double pareto_density(double x, double log_x, const double p[2])
{
    (void)log_x;
    return tg_tail_pareto_log_density(x, p[0], p[1]);
}

/* Only where 0 is four deviations away or more is the cut at 0 no part of the likelihood. */
static double normal_fit(const struct tg_sample *s, double offset, const double *logs, double p[2])
{
    (void)offset;
    (void)logs;
    p[0] = tg_sample_mean(s);
    p[1] = sqrt(tg_sample_variance(s));
    if (p[0] < 4 * p[1] || !(p[1] > 0))
        return -HUGE_VAL;
    return -s->total * (log(p[1]) + 0.5 * log(2 * M_PI) + 0.5);
}

static double normal_density(double x, double log_x, const double p[2])
{
    double z = (x - p[0]) / p[1];
    (void)log_x;
    return -log(p[1]) - 0.5 * log(2 * M_PI) - 0.5 * z * z;
}

static double uniform_fit(const struct tg_sample *s, double offset, const double *logs, double p[2])
{
    size_t first = 0, last = s->n - 1;
    (void)offset;
    (void)logs;
    while (first < last && s->w[first] < 0.5)
        first++;
    while (last > first && s->w[last] < 0.5)
        last--;
    /* The ends lie beyond the least and greatest value by about the mean distance of neighbours. */
    double beyond = (s->x[last] - s->x[first]) / fmax(1, s->total - 1);
    p[0] = fmax(0, s->x[first] - beyond);
    p[1] = s->x[last] + beyond;
    for (size_t i = 0; i < s->n; i++)
        if (s->w[i] > 1e-3 && (s->x[i] < p[0] || s->x[i] > p[1]))
            return -HUGE_VAL;
    return p[1] > p[0] ? -s->total * log(p[1] - p[0]) : -HUGE_VAL;
}

static double uniform_density(double x, double log_x, const double p[2])
{
    (void)log_x;
    return x >= p[0] && x <= p[1] ? -log(p[1] - p[0]) : -HUGE_VAL;
}

const struct tg_fit_family tg_fit_families[] = {
    {"exponential", 1, true, true, exponential_fit, exponential_density, no_constant},
    {"gamma", 2, true, true, gamma_fit, gamma_density, gamma_constant},
    {"lognormal", 2, true, true, lognormal_fit, lognormal_density, no_constant},
    {"weibull", 2, true, false, weibull_fit, weibull_density, no_constant},
    {"generalized_pareto", 2, true, false, pareto_fit, pareto_density, no_constant},
    {"normal", 2, false, false, normal_fit, normal_density, no_constant},
    {"uniform", 2, false, false, uniform_fit, uniform_density, no_constant},
};
const size_t tg_fit_family_count = TG_COUNT(tg_fit_families);
