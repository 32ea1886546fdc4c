/* The verbs of `tollgate plugin` that work on a service in the kernel. */
#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_command.h"
#include "tg_dns_client.h"
#include "tg_json.h"
#include "tg_kernel_plugin.h"
#include "tg_netns.h"
#include "tg_plugin_timer.h"
#include "tg_plugin_verbs.h"
#include "tg_slot.h"
#include "tg_xdp_pair.h"
#include "tg_xdp_service.h"

enum { TTL_S = 300 };

#define DEFAULT_NAME "www.example.org"
#define DEFAULT_ADDRESS "192.0.2.1"

static int add_records(const struct tg_plugin_options *options, struct tg_error *err)
{
    struct tg_xdp_service *service;
    int rc = tg_xdp_service_open(&service, options->service, err);
    if (!rc && !options->records.count)
        rc = tg_xdp_service_add_record(service, DEFAULT_NAME, DEFAULT_ADDRESS, TTL_S, err);
    for (size_t i = 0; i < options->records.count && !rc; i++) {
        char *name = options->records.items[i], *equals = strchr(name, '=');
        if (!equals) {
            rc = tg_error_set(err, TG_EUSAGE, "plugin: --record wants NAME=ADDRESS, not '%s'", name);
            break;
        }
        *equals = '\0';
        rc = tg_xdp_service_add_record(service, name, equals + 1, TTL_S, err);
    }
    tg_xdp_service_close(service);
    return rc;
}

/* The server's receiving thread goes to the last CPU and the client's to the first. */
static int start_in_pair(const char *service, const struct tg_xdp_pair *pair, struct tg_error *err)
{
    int last_cpu = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
    int rc = tg_xdp_service_start(service, pair->server_interface, pair->server_namespace, err);
    if (!rc)
        rc = tg_xdp_service_attach_peer(service, pair->client_interface, pair->client_namespace, err);
    return rc ? rc : tg_xdp_pair_spread(pair, last_cpu, 0, err);
}

static int start_on_pair(const struct tg_plugin_options *options, struct tg_error *err)
{
    struct tg_xdp_pair pair;
    struct tg_xdp_service *service;
    int rc = tg_plugin_available(TG_PLUGIN_KERNEL_CALL, err);
    if (rc)
        return rc;
    if (tg_xdp_service_open(&service, options->service, NULL) == TG_OK) {
        tg_xdp_service_close(service);
        return tg_error_set(err, TG_EINPUT, "a service named '%s' is running already", options->service);
    }
    tg_xdp_pair_name(&pair, options->service);
    rc = tg_xdp_pair_create(&pair, err);
    if (rc)
        return rc;
    rc = start_in_pair(options->service, &pair, err);
    if (!rc)
        rc = add_records(options, err);
    if (rc) {
        tg_xdp_service_stop(options->service, NULL);
        tg_xdp_pair_destroy(&pair);
        return rc;
    }
    printf("service '%s' serves DNS at %s in namespace %s; ask from namespace %s\n", options->service,
           TG_XDP_PAIR_SERVER_ADDRESS, pair.server_namespace, pair.client_namespace);
    return TG_OK;
}

int tg_plugin_start(const struct tg_plugin_options *options, const struct tg_strings *operands,
                    struct tg_error *err)
{
    (void)operands;
    if (!options->interface)
        return start_on_pair(options, err);
    int rc = tg_xdp_service_start(options->service, options->interface, options->netns, err);
    if (rc)
        return rc;
    rc = add_records(options, err);
    if (rc) {
        tg_xdp_service_stop(options->service, NULL);
        return rc;
    }
    printf("service '%s' serves DNS on interface %s\n", options->service, options->interface);
    return TG_OK;
}

int tg_plugin_stop(const struct tg_plugin_options *options, const struct tg_strings *operands,
                   struct tg_error *err)
{
    struct tg_xdp_pair pair;
    (void)operands;
    int rc = tg_xdp_service_stop(options->service, err);
    if (rc)
        return rc;
    tg_xdp_pair_name(&pair, options->service);
    tg_xdp_pair_destroy(&pair);
    return TG_OK;
}

static int load(struct tg_xdp_service *service, const struct tg_plugin_options *options, const char *kind,
                struct tg_error *err)
{
    struct tg_kernel_plugin_about about;
    const struct tg_kernel_plugin_setup setup = {
        .kind = kind,
        .name = options->name ? options->name : kind,
        .work = (unsigned)options->work,
        .arguments = (unsigned)options->arguments,
        .replace = options->replace,
        .denied = (const char *const *)options->denied.items,
        .denied_count = options->denied.count,
    };
    int rc = tg_kernel_plugin_load(service, &setup, &about, err);
    if (rc)
        return rc;
    if (!options->json) {
        printf("plugin '%s': %u bytes of bytecode, %u bytes of machine code, in %.3f ms\n", setup.name,
               about.bytecode_bytes, about.machine_code_bytes, (double)about.load_ns * 1e-6);
        return TG_OK;
    }
    cJSON *document = tg_plugin_document();
    cJSON_AddStringToObject(document, "plugin", setup.name);
    cJSON_AddNumberToObject(document, "bytecode_bytes", about.bytecode_bytes);
    cJSON_AddNumberToObject(document, "machine_code_bytes", about.machine_code_bytes);
    cJSON_AddNumberToObject(document, "load_ns", (double)about.load_ns);
    return tg_plugin_print(document, err);
}

/* A refusal is a result, and the check that failed is the verifier's. */
static int report_refusal(const struct tg_plugin_options *options, struct tg_error *err)
{
    if (!options->json) {
        printf("refused: %s\n", err->text);
        return TG_ECHECK;
    }
    cJSON *document = tg_plugin_document();
    cJSON_AddStringToObject(document, "refused", err->text);
    int rc = tg_plugin_print(document, err);
    return rc ? rc : TG_ECHECK;
}

int tg_plugin_load(const struct tg_plugin_options *options, const struct tg_strings *operands,
                   struct tg_error *err)
{
    struct tg_xdp_service *service;
    int rc = tg_xdp_service_open(&service, options->service, err);
    if (rc)
        return rc;
    rc = load(service, options, operands->items[0], err);
    tg_xdp_service_close(service);
    return rc == TG_ECHECK ? report_refusal(options, err) : rc;
}

int tg_plugin_unload(const struct tg_plugin_options *options, const struct tg_strings *operands,
                     struct tg_error *err)
{
    struct tg_xdp_service *service;
    int rc = tg_xdp_service_open(&service, options->service, err);
    if (!rc)
        rc = tg_kernel_plugin_unload(service, operands->items[0], err);
    tg_xdp_service_close(service);
    return rc;
}

int tg_plugin_link(const struct tg_plugin_options *options, const struct tg_strings *operands,
                   struct tg_error *err)
{
    struct tg_xdp_service *service;
    int placed = 0;
    int rc = tg_xdp_service_open(&service, options->service, err);
    if (!rc)
        rc = tg_slot_link(service, operands->items[0], (int)options->position, &placed, err);
    if (!rc && placed == TG_SLOT_WHOLE)
        printf("plugin '%s' is linked in place of the slot\n", operands->items[0]);
    else if (!rc)
        printf("plugin '%s' is linked at position %d\n", operands->items[0], placed);
    tg_xdp_service_close(service);
    return rc;
}

static int unlink_by_name(struct tg_xdp_service *service, const char *name, struct tg_error *err)
{
    struct tg_kernel_plugin_about about;
    unsigned ids[TG_SLOT_POSITIONS];
    int rc = tg_kernel_plugin_about(service, name, &about, err);
    bool found = !rc && tg_slot_replaced_by(service) == about.program_id;
    if (found)
        rc = tg_slot_restore(service, err);
    if (!rc)
        rc = tg_slot_read(service, ids, err);
    for (unsigned position = 0; position < TG_SLOT_POSITIONS && !rc; position++) {
        if (ids[position] != about.program_id)
            continue;
        found = true;
        rc = tg_slot_unlink(service, position, err);
    }
    return !rc && !found ? tg_error_set(err, TG_EINPUT, "plugin '%s' is not linked", name) : rc;
}

int tg_plugin_unlink(const struct tg_plugin_options *options, const struct tg_strings *operands,
                     struct tg_error *err)
{
    struct tg_xdp_service *service;
    const char *which = operands->items[0];
    char *end;
    unsigned long position = strtoul(which, &end, 10);
    int rc = tg_xdp_service_open(&service, options->service, err);
    if (rc)
        return rc;
    if (*which && !*end)
        rc = tg_slot_unlink(service, position > UINT_MAX ? UINT_MAX : (unsigned)position, err);
    else
        rc = unlink_by_name(service, which, err);
    tg_xdp_service_close(service);
    return rc;
}

static int print_reply(const struct tg_plugin_options *options, const char *name, bool answered,
                       const struct tg_dns_reply *reply, struct tg_error *err)
{
    static const char *const codes[16] = {
        [TG_DNS_NO_ERROR] = "no error",         [TG_DNS_FORMAT_ERROR] = "format error",
        [TG_DNS_NO_SUCH_NAME] = "no such name", [TG_DNS_NOT_IMPLEMENTED] = "not implemented",
        [TG_DNS_REFUSED] = "refused",
    };
    char address[INET_ADDRSTRLEN] = "";
    const char *code = !answered ? "no answer" : codes[reply->rcode] ? codes[reply->rcode] : "unknown code";
    if (answered && reply->answers)
        inet_ntop(AF_INET, &reply->address, address, sizeof address);
    if (!options->json) {
        printf("%s: %s%s%s\n", name, code, *address ? ", " : "", address);
        return TG_OK;
    }
    cJSON *document = tg_plugin_document();
    cJSON_AddStringToObject(document, "name", name);
    cJSON_AddStringToObject(document, "code", code);
    if (*address)
        cJSON_AddStringToObject(document, "address", address);
    return tg_plugin_print(document, err);
}

static int print_tally(const struct tg_plugin_options *options, const struct tg_dns_tally *tally,
                       struct tg_error *err)
{
    if (options->json) {
        cJSON *document = tg_plugin_document();
        cJSON_AddNumberToObject(document, "sent", (double)tally->sent);
        cJSON_AddNumberToObject(document, "right", (double)tally->right);
        cJSON_AddNumberToObject(document, "wrong", (double)tally->wrong);
        cJSON_AddNumberToObject(document, "lost", (double)tally->lost);
        cJSON_AddNumberToObject(document, "latency_mean_ns", tally->latency_mean_ns);
        cJSON_AddNumberToObject(document, "latency_min_ns", tally->latency_min_ns);
        cJSON_AddNumberToObject(document, "latency_max_ns", tally->latency_max_ns);
        int rc = tg_plugin_print(document, err);
        if (rc)
            return rc;
    } else {
        printf("%llu sent, %llu right, %llu wrong, %llu lost; latency %.1f us (%.1f to %.1f)\n",
               (unsigned long long)tally->sent, (unsigned long long)tally->right,
               (unsigned long long)tally->wrong, (unsigned long long)tally->lost,
               tally->latency_mean_ns * 1e-3, tally->latency_min_ns * 1e-3, tally->latency_max_ns * 1e-3);
        if (tally->wrong)
            printf("the first wrong reply: %s\n", tally->fault);
    }
    return tally->wrong || tally->lost ? TG_ECHECK : TG_OK;
}

/* Many queries go over the wire, and every reply must be the one that a test run of the program gives. */
static int call_over_wire(const struct tg_plugin_options *options, const struct tg_xdp_pair *pair,
                          const char *name, const struct tg_dns_reply *expected, struct tg_error *err)
{
    const double timeout_s = 2;
    const struct tg_dns_question question = {name, expected->rcode, expected->address};
    struct tg_dns_tally tally;
    const struct tg_dns_load load_of = {
        .server = TG_XDP_PAIR_SERVER_ADDRESS,
        .netns = pair->client_namespace,
        .questions = &question,
        .question_count = 1,
        .count = (uint64_t)options->count,
        .rate_per_s = options->rate_per_s,
        .timeout_s = timeout_s,
        .interrupted = tg_command_interrupted,
    };
    int rc = tg_dns_client_run(&load_of, &tally, err);
    return rc ? rc : print_tally(options, &tally, err);
}

static int call(struct tg_xdp_service *service, const struct tg_plugin_options *options, const char *name,
                struct tg_error *err)
{
    struct tg_dns_reply reply = {0};
    struct tg_xdp_pair pair;
    int answered;
    int rc = tg_xdp_service_ask(service, name, TG_DNS_TYPE_A, &answered, &reply, err);
    if (rc)
        return rc;
    tg_xdp_pair_name(&pair, options->service);
    if (options->count > 1 && answered && tg_xdp_pair_exists(&pair))
        return call_over_wire(options, &pair, name, &reply, err);
    if (options->count > 1 && answered)
        return tg_error_set(
            err, TG_EUSAGE,
            "plugin: service '%s' has no pair of namespaces, so only one call can be made of it",
            options->service);
    return print_reply(options, name, answered, &reply, err);
}

int tg_plugin_call(const struct tg_plugin_options *options, const struct tg_strings *operands,
                   struct tg_error *err)
{
    struct tg_xdp_service *service;
    int rc = tg_xdp_service_open(&service, options->service, err);
    if (rc)
        return rc;
    rc = call(service, options, operands->count ? operands->items[0] : DEFAULT_NAME, err);
    tg_xdp_service_close(service);
    if (rc == TG_ECHECK && *err->text)
        fprintf(stderr, "tollgate: %s\n", err->text);
    return rc;
}

struct listing {
    const struct tg_plugin_options *options;
    struct tg_xdp_service *service;
    unsigned ids[TG_SLOT_POSITIONS];
    cJSON *array; /* NULL: print as text */
    struct tg_error *err;
};

static int list_plugin(const char *name, void *context)
{
    struct listing *listing = context;
    struct tg_kernel_plugin_about about;
    struct tg_plugin_state state;
    int rc = tg_kernel_plugin_about(listing->service, name, &about, listing->err);
    if (!rc)
        rc = tg_kernel_plugin_state(listing->service, name, &state, listing->err);
    if (rc)
        return rc;
    cJSON *o = cJSON_CreateObject(), *positions = cJSON_AddArrayToObject(o, "positions");
    cJSON_AddStringToObject(o, "plugin", name);
    cJSON_AddNumberToObject(o, "machine_code_bytes", about.machine_code_bytes);
    cJSON_AddNumberToObject(o, "calls", (double)state.calls);
    cJSON_AddNumberToObject(o, "matched", (double)state.matched);
    bool whole = tg_slot_replaced_by(listing->service) == about.program_id;
    if (whole)
        cJSON_AddTrueToObject(o, "replaces_slot");
    if (!listing->array)
        printf("  %-15s %5u bytes of code  positions:", name, about.machine_code_bytes);
    for (int position = 0; position < TG_SLOT_POSITIONS; position++) {
        if (listing->ids[position] != about.program_id)
            continue;
        cJSON_AddItemToArray(positions, cJSON_CreateNumber(position));
        if (!listing->array)
            printf(" %d", position);
    }
    if (!listing->array)
        printf("%s  calls counted: %llu\n",
               whole                           ? " in place of the slot"
               : cJSON_GetArraySize(positions) ? ""
                                               : " none",
               state.calls);
    if (listing->array)
        cJSON_AddItemToArray(listing->array, o);
    else
        cJSON_Delete(o);
    return TG_OK;
}

static const struct {
    const char *name;
    size_t offset;
} counters[] = {
#define COUNTER(member)                                     \
    {                                                       \
#member, offsetof(struct tg_service_counts, member) \
    }
    COUNTER(requests), COUNTER(answered),  COUNTER(empty),  COUNTER(unknown), COUNTER(refused),
    COUNTER(dropped),  COUNTER(malformed), COUNTER(passed), COUNTER(failed),
};

static void list_counts(const struct tg_service_counts *counts, cJSON *o)
{
    for (size_t i = 0; i < TG_COUNT(counters); i++) {
        unsigned long long value;
        memcpy(&value, (const char *)counts + counters[i].offset, sizeof value);
        if (o)
            cJSON_AddNumberToObject(o, counters[i].name, (double)value);
        else
            printf("%s %llu%s", counters[i].name, value, i + 1 < TG_COUNT(counters) ? ", " : "\n");
    }
}

/* Others may start and stop services at any time: what is not there whole is not listed. */
static bool is_whole(const char *name)
{
    struct tg_xdp_service *service;
    int rc = tg_xdp_service_open(&service, name, NULL);
    tg_xdp_service_close(service);
    return !rc;
}

static int list_service(const char *name, void *context)
{
    struct listing *all = context;
    struct listing listing = *all;
    struct tg_service_counts counts;
    int rc = tg_xdp_service_open(&listing.service, name, all->err);
    if (rc)
        return is_whole(name) ? rc : TG_OK;
    rc = tg_xdp_service_count(listing.service, &counts, all->err);
    if (!rc)
        rc = tg_slot_read(listing.service, listing.ids, all->err);
    if (!rc && all->array) {
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "service", name);
        list_counts(&counts, cJSON_AddObjectToObject(o, "counts"));
        listing.array = cJSON_AddArrayToObject(o, "plugins");
        cJSON_AddItemToArray(all->array, o);
    } else if (!rc) {
        printf("service '%s': ", name);
        list_counts(&counts, NULL);
    }
    if (!rc)
        rc = tg_kernel_plugin_each(listing.service, list_plugin, &listing);
    tg_xdp_service_close(listing.service);
    return rc && is_whole(name) ? rc : TG_OK;
}

int tg_plugin_list(const struct tg_plugin_options *options, const struct tg_strings *operands,
                   struct tg_error *err)
{
    (void)operands;
    cJSON *document = options->json ? tg_plugin_document() : NULL;
    struct listing listing = {.options = options, .err = err};
    if (document)
        listing.array = cJSON_AddArrayToObject(document, "services");
    int rc = tg_xdp_service_each(list_service, &listing);
    if (rc)
        cJSON_Delete(document);
    else if (document)
        rc = tg_plugin_print(document, err);
    return rc;
}
