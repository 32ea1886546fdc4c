/* Prints the keys of model files that the parsers know, one a line: print_keys scenario|profile|study. */
#include <stdio.h>
#include <string.h>

#include "tg_law.h"
#include "tg_scenario.h"
#include "tg_study.h"
#include "tg_uncertain.h"

static void print(const struct tg_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        puts(fields[i].name);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    if (strcmp(argv[1], "profile") == 0) {
        print(tg_profile_fields, tg_profile_field_count);
        print(tg_price_fields, tg_price_field_count);
        print(tg_noise_fields, tg_noise_field_count);
        print(tg_price_fit_fields, tg_price_fit_field_count);
        print(tg_price_tail_fields, tg_price_tail_field_count);
        print(tg_price_slope_fields, tg_price_slope_field_count);
        print(tg_by_argument_fields, tg_by_argument_field_count);
        print(tg_law_at_fields, tg_law_at_field_count);
        for (const char *const *key = tg_law_keys; *key; key++)
            puts(*key);
        return 0;
    }
    if (strcmp(argv[1], "study") == 0) {
        print(tg_study_fields, tg_study_field_count);
        print(tg_study_system_fields, tg_study_system_field_count);
        print(tg_study_claim_fields, tg_study_claim_field_count);
        print(tg_study_fit_fields, tg_study_fit_field_count);
        return 0;
    }
    print(tg_scenario_fields, tg_scenario_field_count);
    print(tg_adapter_fields, tg_adapter_field_count);
    print(tg_link_fields, tg_link_field_count);
    print(tg_tcp_fields, tg_tcp_field_count);
    print(tg_memory_fields, tg_memory_field_count);
    print(tg_system_fields, tg_system_field_count);
    print(tg_workload_fields, tg_workload_field_count);
    print(tg_server_fields, tg_server_field_count);
    print(tg_technique_fields, tg_technique_field_count);
    print(tg_rule_fields, tg_rule_field_count);
    print(tg_hop_fields, tg_hop_field_count);
    print(tg_cost_item_fields, tg_cost_item_field_count);
    print(tg_uncertain_fields, tg_uncertain_field_count);
    return 0;
}
