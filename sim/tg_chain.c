#include "tg_chain.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "tg_math.h"

static int check_size(size_t n, struct tg_error *err)
{
    if (n < 1 || n > TG_CHAIN_MAX)
        return tg_error_set(err, TG_ELIMIT, "a chain of %zu states: the limits are 1 and %d", n,
                            TG_CHAIN_MAX);
    return TG_OK;
}

static int check_rates(const double *rates, size_t n, struct tg_error *err)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (i != j && !(rates[i * n + j] >= 0 && rates[i * n + j] <= DBL_MAX))
                return tg_error_set(err, TG_EINPUT,
                                    "the rate from state %zu to state %zu is %g, but must be at least 0",
                                    i + 1, j + 1, rates[i * n + j]);
    return TG_OK;
}

/* Marks what is reached from state 0, forward or backward along the rates; the count of states marked. */
static size_t reach(const double *rates, size_t n, int backward)
{
    size_t stack[TG_CHAIN_MAX], depth = 0, count = 1;
    unsigned char seen[TG_CHAIN_MAX] = {1};
    stack[depth++] = 0;
    while (depth) {
        size_t i = stack[--depth];
        for (size_t j = 0; j < n; j++) {
            if (seen[j] || i == j || !(backward ? rates[j * n + i] > 0 : rates[i * n + j] > 0))
                continue;
            seen[j] = 1;
            stack[depth++] = j;
            count++;
        }
    }
    return count;
}

int tg_chain_stationary(const double *rates, size_t n, double *probabilities, struct tg_error *err)
{
    double a[TG_CHAIN_MAX][TG_CHAIN_MAX];
    int rc = check_size(n, err);
    if (!rc)
        rc = check_rates(rates, n, err);
    if (rc)
        return rc;
    if (reach(rates, n, 0) < n || reach(rates, n, 1) < n)
        return tg_error_set(err, TG_EINPUT, "some states of the chain cannot be reached from each other");
    for (size_t i = 0; i < n; i++)
        memcpy(a[i], rates + i * n, n * sizeof *rates);
    for (size_t k = n - 1; k > 0; k--) { /* take state k out of the chain */
        double leave = 0;
        for (size_t j = 0; j < k; j++)
            leave += a[k][j];
        for (size_t i = 0; i < k; i++) {
            a[i][k] /= leave;
            for (size_t j = 0; j < k; j++)
                if (j != i)
                    a[i][j] += a[i][k] * a[k][j];
        }
    }
    double total = 1;
    probabilities[0] = 1;
    for (size_t k = 1; k < n; k++) {
        probabilities[k] = 0;
        for (size_t i = 0; i < k; i++)
            probabilities[k] += probabilities[i] * a[i][k];
        total += probabilities[k];
    }
    for (size_t k = 0; k < n; k++)
        probabilities[k] /= total;
    return TG_OK;
}

/* State k, taken out, passes its reward and its exits on to the states that lead to it. */
static int eliminate(double a[TG_CHAIN_MAX][TG_CHAIN_MAX + 1], double *total, size_t n, struct tg_error *err)
{
    for (size_t k = n; k-- > 0;) {
        double leave = a[k][TG_CHAIN_MAX];
        for (size_t j = 0; j < k; j++)
            leave += a[k][j];
        if (!(leave > 0))
            return tg_error_set(err, TG_EINPUT, "state %zu of the chain never reaches absorption", k + 1);
        for (size_t j = 0; j < k; j++)
            a[k][j] /= leave;
        a[k][TG_CHAIN_MAX] /= leave;
        total[k] /= leave;
        for (size_t i = 0; i < k; i++) {
            for (size_t j = 0; j < k; j++)
                if (j != i)
                    a[i][j] += a[i][k] * a[k][j];
            a[i][TG_CHAIN_MAX] += a[i][k] * a[k][TG_CHAIN_MAX];
            total[i] += a[i][k] * total[k];
        }
    }
    return TG_OK;
}

int tg_chain_reward(const double *rates, const double *exits, size_t n, const double *reward, double *total,
                    struct tg_error *err)
{
    double a[TG_CHAIN_MAX][TG_CHAIN_MAX + 1]; /* the last column holds the exits */
    int rc = check_size(n, err);
    if (!rc)
        rc = check_rates(rates, n, err);
    for (size_t i = 0; i < n && !rc; i++) {
        if (!(exits[i] >= 0 && exits[i] <= DBL_MAX))
            return tg_error_set(err, TG_EINPUT,
                                "the rate of absorption from state %zu is %g, but must be at least 0", i + 1,
                                exits[i]);
        memcpy(a[i], rates + i * n, n * sizeof *rates);
        a[i][TG_CHAIN_MAX] = exits[i];
        total[i] = reward[i];
    }
    if (!rc)
        rc = eliminate(a, total, n, err);
    if (rc)
        return rc;
    for (size_t k = 1; k < n; k++)
        for (size_t j = 0; j < k; j++)
            total[k] += a[k][j] * total[j];
    return TG_OK;
}

typedef double square_matrix[TG_CHAIN_MAX * TG_CHAIN_MAX];

static void multiply(const double *a, const double *b, size_t n, double *product)
{
    memset(product, 0, n * n * sizeof *product);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; j < n; j++)
                product[i * n + j] += a[i * n + k] * b[k * n + j];
}

static double fastest_exit(const double *generator, size_t n)
{
    double rate = 0;
    for (size_t i = 0; i < n; i++)
        rate = fmax(rate, -generator[i * n + i]);
    return rate;
}

/* The sum over k of e^-x x^k / k! P^k for x <= 1, P being the chain seen at the events of a Poisson process
 * of the given rate. */
static void short_step(const double *generator, size_t n, double rate, double x, double *matrix)
{
    square_matrix jump, power, next;
    double weight = tg_exp(-x);
    for (size_t i = 0; i < n * n; i++) {
        double stay = i % (n + 1) == 0;
        jump[i] = stay + generator[i] / rate;
        power[i] = stay;
        matrix[i] = weight * stay;
    }
    for (int k = 1; k < 20; k++) { /* 1/20! is below 2^-60 */
        multiply(power, jump, n, next);
        memcpy(power, next, n * n * sizeof *power);
        weight *= x / k;
        for (size_t i = 0; i < n * n; i++)
            matrix[i] += weight * power[i];
    }
}

void tg_chain_transient(const double *generator, size_t n, double time, double *matrix)
{
    square_matrix square;
    double rate = fastest_exit(generator, n), x = rate * time;
    int squarings = 0;
    for (; x > 1 && squarings < 2000; x /= 2)
        squarings++;
    if (!(rate > 0)) {
        for (size_t i = 0; i < n * n; i++)
            matrix[i] = i % (n + 1) == 0;
        return;
    }
    short_step(generator, n, rate, x, matrix);
    while (squarings-- > 0) {
        multiply(matrix, matrix, n, square);
        memcpy(matrix, square, n * n * sizeof *matrix);
    }
}
