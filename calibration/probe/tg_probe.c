/* The table of probes, and what can be said of them without measuring. */
#include "tg_probe.h"

#include <stdio.h>
#include <string.h>

#include "tg_probe_table.h"
#include "tg_text.h"

static const struct tg_probe_family *const families[] = {
    &tg_probes_cpu,   &tg_probes_syscall, &tg_probes_switch, &tg_probes_wake,       &tg_probes_memory,
    &tg_probes_after, &tg_probes_timer,   &tg_probes_net,    &tg_probes_net_remote, &tg_probes_after_udp,
    &tg_probes_tcp,   &tg_probes_vm,      &tg_probes_plugin, &tg_probes_xdp,
};

size_t tg_probe_count(void)
{
    size_t n = 0;
    for (size_t i = 0; i < TG_COUNT(families); i++)
        n += families[i]->count;
    return n;
}

const struct tg_probe *tg_probe_at(size_t index)
{
    for (size_t i = 0; i < TG_COUNT(families); i++) {
        if (index < families[i]->count)
            return &families[i]->probes[index];
        index -= families[i]->count;
    }
    return NULL;
}

const struct tg_probe_family *tg_probe_family_of(const struct tg_probe *probe)
{
    for (size_t i = 0; i < TG_COUNT(families); i++) {
        if (probe >= families[i]->probes && probe < families[i]->probes + families[i]->count)
            return families[i];
    }
    return NULL;
}

void tg_probe_describe(size_t index, struct tg_probe_info *info)
{
    const struct tg_probe *probe = tg_probe_at(index);
    *info = (struct tg_probe_info){
        .name = probe->name, .what = probe->what, .argument = probe->argument_name, .available = true};
    if (probe->available)
        info->available = probe->available(probe, info->reason, sizeof info->reason);
}

const char *tg_probe_nearest(const char *name, bool *known)
{
    enum { PROBES_MAX = 128 };
    const char *names[PROBES_MAX + 1];
    size_t n = 0, count = tg_probe_count();
    *known = false;
    for (size_t i = 0; i < count && n < PROBES_MAX; i++) {
        names[n++] = tg_probe_at(i)->name;
        *known = *known || strcmp(name, tg_probe_at(i)->name) == 0;
    }
    names[n] = NULL;
    return tg_text_nearest(name, names);
}

const char *tg_probe_remark(const char *name, const char *description)
{
    size_t count = tg_probe_count();
    for (size_t i = 0; i < count; i++) {
        const struct tg_probe *probe = tg_probe_at(i);
        size_t length = strlen(probe->what);
        if (strcmp(probe->name, name) == 0 && strncmp(description, probe->what, length) == 0 &&
            strncmp(description + length, "; ", 2) == 0)
            return description + length + 2;
    }
    return NULL;
}
