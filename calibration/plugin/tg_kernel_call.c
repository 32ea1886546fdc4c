/* The null plugin call inside the kernel and the call from a plugin back into the kernel, timed by the
 * program that makes them. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/call.h"
#include "bpf/service.h"
#include "tg_extension.h"
#include "tg_kernel.h"
#include "tg_stopwatch.h"
#include "tg_timer_kind.h"

enum {
    BRACKETS = 8,                        /* added up to one sample */
    BATCH = TG_CALL_RUNS_MAX / BRACKETS, /* samples fetched at a time */
    PACKET_BYTES = 64,                   /* the least an XDP test run takes is an Ethernet header */
};

/* What the timed program calls. */
enum called { SLOT, FUNCTION, KERNEL, NOTHING };

static const char *const host_programs[] = {
    [SLOT] = "host", [FUNCTION] = "replaced_host", [KERNEL] = "caller", [NOTHING] = "computer"};

struct kernel_call {
    struct bpf_object *object;
    int host_fd;
    enum called called;
    struct bpf_object *extension; /* where a plugin replaces a function */
    int link_fd;
    struct tg_call_constants constants;
    struct tg_call_variables *variables; /* in the memory of the program */
    double empty_ns;                     /* what an empty bracket takes */
    unsigned next;                       /* the sample to hand out next */
};

static unsigned expected_rounds(void)
{
    unsigned long long x = 1;
    for (unsigned i = 0; i < TG_CALL_ROUNDS; i++)
        x = tg_compute_round(x, i);
    return (unsigned)x;
}

/* Every call must have reached the plugin and brought back the sum it computed. */
static unsigned expected_sum(unsigned arguments)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < TG_CALL_REPEAT; i++)
        sum += 1 + arguments * i;
    return sum;
}

static int check_result(const struct kernel_call *call, unsigned result, struct tg_error *err)
{
    if (call->called == NOTHING && result != expected_rounds())
        return tg_error_set(err, TG_EENV, "the rounds came out wrong (result %u)", result);
    if ((call->called == SLOT || call->called == FUNCTION) &&
        (call->variables->misses || result != expected_sum(call->constants.arguments)))
        return tg_error_set(err, TG_EENV, "the plugin was not reached (result %u, %llu calls missed)", result,
                            call->variables->misses);
    return TG_OK;
}

static int run_batch(struct kernel_call *call, struct tg_error *err)
{
    char packet[PACKET_BYTES] = {0};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof packet,
                .repeat = TG_CALL_RUNS_MAX);
    call->variables->run_count = 0;
    if (bpf_prog_test_run_opts(call->host_fd, &options))
        return tg_error_set(err, TG_EENV, "the kernel's test run failed: %s", strerror(errno));
    if (call->variables->run_count != TG_CALL_RUNS_MAX)
        return tg_error_set(err, TG_EENV, "the kernel ran the program %llu times instead of %d",
                            call->variables->run_count, TG_CALL_RUNS_MAX);
    call->next = 0;
    return check_result(call, options.retval, err);
}

static double empty_bracket(const struct tg_call_run *runs)
{
    double empty_ns[TG_CALL_RUNS_MAX];
    for (int i = 0; i < TG_CALL_RUNS_MAX; i++)
        empty_ns[i] = (double)runs[i].empty;
    return tg_stopwatch_quiet_mean(empty_ns, TG_CALL_RUNS_MAX);
}

static int fill_slot(struct kernel_call *call, struct tg_error *err)
{
    int slot_fd = bpf_object__find_map_fd_by_name(call->object, "slot");
    int plugin_fd = tg_kernel_program(call->object, "null_plugin");
    unsigned key = 0;
    if (bpf_map_update_elem(slot_fd, &key, &plugin_fd, BPF_ANY))
        return tg_error_set(err, TG_EENV, "cannot put the plugin into its slot: %s", strerror(errno));
    return TG_OK;
}

static int replace_function(struct kernel_call *call, struct tg_error *err)
{
    int rc = tg_extension_load_null(call->host_fd, &call->extension, err);
    if (rc)
        return rc;
    return tg_extension_link(tg_kernel_program(call->extension, "null_plugin"), call->host_fd, "replaceable",
                             &call->link_fd, err);
}

static int prepare(struct kernel_call *call, struct tg_error *err)
{
    int rc = tg_kernel_set_constants(call->object, &call->constants, sizeof call->constants, err);
    if (!rc)
        rc = tg_kernel_load(call->object, err);
    if (!rc)
        rc = tg_kernel_map_variables(call->object, sizeof *call->variables, (void **)&call->variables, err);
    if (rc)
        return rc;
    call->host_fd = tg_kernel_program(call->object, host_programs[call->called]);
    rc = call->called == FUNCTION ? replace_function(call, err) : fill_slot(call, err);
    if (!rc)
        rc = run_batch(call, err); /* warms up */
    if (!rc)
        rc = run_batch(call, err);
    if (!rc)
        call->empty_ns = empty_bracket(call->variables->runs);
    return rc;
}

static int open_with(void **state, enum called called, struct tg_call_constants constants,
                     struct tg_error *err)
{
    struct kernel_call *call = calloc(1, sizeof *call);
    if (!call)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = call;
    call->called = called;
    call->link_fd = -1;
    call->constants = constants;
    int rc = tg_kernel_open(tg_bpf_call(), "call", &call->object, err);
    if (rc)
        return rc;
    /* Loops of this kind came later than all else that is timed here, with Linux 5.17. */
    if (called != NOTHING)
        bpf_program__set_autoload(bpf_object__find_program_by_name(call->object, host_programs[NOTHING]),
                                  false);
    return prepare(call, err);
}

static int open_call(void **state, unsigned arguments, struct tg_error *err)
{
    return open_with(state, SLOT, (struct tg_call_constants){.arguments = arguments}, err);
}

static int open_fixed_call(void **state, unsigned arguments, struct tg_error *err)
{
    return open_with(state, SLOT, (struct tg_call_constants){.arguments = arguments, .fixed = 1}, err);
}

static int open_callback(void **state, unsigned arguments, struct tg_error *err)
{
    return open_with(state, KERNEL, (struct tg_call_constants){.arguments = arguments}, err);
}

static int open_replaced_call(void **state, unsigned arguments, struct tg_error *err)
{
    return open_with(state, FUNCTION, (struct tg_call_constants){.arguments = arguments}, err);
}

static int open_round(void **state, unsigned arguments, struct tg_error *err)
{
    return open_with(state, NOTHING, (struct tg_call_constants){.arguments = arguments}, err);
}

static int sample_call(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct kernel_call *call = state;
    if (call->next == BATCH) {
        int rc = run_batch(call, err);
        if (rc)
            return rc;
    }
    const struct tg_call_run *runs = call->variables->runs + BRACKETS * call->next++;
    double sum = 0;
    for (int i = 0; i < BRACKETS; i++)
        sum += (double)runs[i].full - call->empty_ns;
    unsigned ops = call->called == NOTHING ? TG_CALL_ROUNDS : TG_CALL_REPEAT;
    *sample = (struct tg_plugin_sample){(int64_t)runs->at, sum, BRACKETS * ops};
    return TG_OK;
}

static void close_call(void *state)
{
    struct kernel_call *call = state;
    if (call->link_fd >= 0)
        close(call->link_fd);
    bpf_object__close(call->extension);
    tg_kernel_unmap(call->variables, sizeof *call->variables);
    bpf_object__close(call->object);
    free(call);
}

const struct tg_timer_kind tg_timer_kernel_call = {
    .name = "plugin_call",
    .arguments_max = TG_CALL_ARGUMENTS_MAX,
    .available = tg_kernel_available,
    .open = open_call,
    .sample = sample_call,
    .close = close_call,
};
const struct tg_timer_kind tg_timer_kernel_callback = {
    .name = "plugin_callback",
    .available = tg_kernel_available,
    .open = open_callback,
    .sample = sample_call,
    .close = close_call,
};
const struct tg_timer_kind tg_timer_kernel_round = {
    .name = "plugin_round",
    .available = tg_kernel_available,
    .open = open_round,
    .sample = sample_call,
    .close = close_call,
};
const struct tg_timer_kind tg_timer_kernel_fixed_call = {
    .name = "plugin_fixed_call",
    .arguments_max = TG_CALL_ARGUMENTS_MAX,
    .available = tg_kernel_available,
    .open = open_fixed_call,
    .sample = sample_call,
    .close = close_call,
};
const struct tg_timer_kind tg_timer_kernel_replaced_call = {
    .name = "plugin_replaced_call",
    .available = tg_extension_available,
    .open = open_replaced_call,
    .sample = sample_call,
    .close = close_call,
};
