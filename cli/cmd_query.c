#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_command.h"
#include "tg_json.h"
#include "tg_query.h"
#include "tg_store.h"
#include "tg_table.h"
#include "tg_text.h"

struct options {
    char *db;
    bool csv, json;
};

static const struct tg_field fields[] = {
    {.name = "db",
     .kind = TG_STRING,
     .offset = offsetof(struct options, db),
     .metavar = "FILE",
     .help = "the run store (default: $TOLLGATE_DB, else runs.db in the user's data folder)"},
    {.name = "csv",
     .kind = TG_FLAG,
     .offset = offsetof(struct options, csv),
     .help = "print comma-separated values, numbers at full precision"},
    {.name = "json",
     .kind = TG_FLAG,
     .offset = offsetof(struct options, json),
     .help = "print one JSON object: columns, and rows as objects"},
};

/* The shortest text that reads back as the same number. */
static void print_real(double value, char *buf, size_t size)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buf, size, "%.*g", digits, value);
        if (strtod(buf, NULL) == value)
            return;
    }
}

static char *hexadecimal(struct tg_query_value value)
{
    char *text = malloc(2 * value.size + 1);
    for (size_t i = 0; text && i < value.size; i++)
        snprintf(text + 2 * i, 3, "%02x", ((const unsigned char *)value.bytes)[i]);
    if (text)
        text[2 * value.size] = '\0';
    return text;
}

/* One form of output: begin once, one call a row, end once. */
struct form {
    int (*begin)(struct tg_query *query, void *state, struct tg_error *err);
    int (*row)(struct tg_query *query, void *state, struct tg_error *err);
    int (*end)(void *state, struct tg_error *err);
};

struct state {
    struct tg_table table;
    char *align;
    size_t rows;
};

/* Table */

enum { TABLE_DIGITS = 7 };

static int table_begin(struct tg_query *query, void *opaque, struct tg_error *err)
{
    struct state *state = opaque;
    int columns = tg_query_columns(query);
    state->align = malloc((size_t)columns + 1);
    if (!state->align)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    memset(state->align, 'l', (size_t)columns);
    state->align[columns] = '\0';
    tg_table_begin(&state->table, state->align);
    for (int i = 0; i < columns; i++)
        tg_table_cell(&state->table, "%s", tg_query_name(query, i));
    return TG_OK;
}

static int table_row(struct tg_query *query, void *opaque, struct tg_error *err)
{
    struct state *state = opaque;
    (void)err;
    for (int i = 0; i < tg_query_columns(query); i++) {
        struct tg_query_value value = tg_query_value(query, i);
        if (value.type == TG_QUERY_INTEGER || value.type == TG_QUERY_REAL)
            state->align[i] = 'r';
        if (value.type == TG_QUERY_INTEGER)
            tg_table_cell(&state->table, "%lld", (long long)value.integer);
        else if (value.type == TG_QUERY_REAL)
            tg_table_cell(&state->table, "%.*g", (int)TABLE_DIGITS, value.real);
        else if (value.type == TG_QUERY_TEXT)
            tg_table_cell(&state->table, "%s", (const char *)value.bytes);
        else if (value.type == TG_QUERY_BLOB)
            tg_table_cell(&state->table, "(%zu bytes)", value.size);
        else
            tg_table_cell(&state->table, "%s", "");
    }
    return TG_OK;
}

static int table_end(void *opaque, struct tg_error *err)
{
    struct state *state = opaque;
    return tg_table_print(&state->table, stdout, err);
}

/* CSV, as RFC 4180 has it but for the line ends, which are this system's */

static void print_csv_text(const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static int csv_begin(struct tg_query *query, void *opaque, struct tg_error *err)
{
    (void)opaque, (void)err;
    for (int i = 0; i < tg_query_columns(query); i++) {
        if (i)
            putchar(',');
        print_csv_text(tg_query_name(query, i));
    }
    putchar('\n');
    return TG_OK;
}

static int csv_row(struct tg_query *query, void *opaque, struct tg_error *err)
{
    char number[32], *hex;
    (void)opaque;
    for (int i = 0; i < tg_query_columns(query); i++) {
        struct tg_query_value value = tg_query_value(query, i);
        if (i)
            putchar(',');
        switch (value.type) {
        case TG_QUERY_INTEGER:
            printf("%lld", (long long)value.integer);
            break;
        case TG_QUERY_REAL:
            print_real(value.real, number, sizeof number);
            fputs(number, stdout);
            break;
        case TG_QUERY_TEXT:
            print_csv_text(value.bytes);
            break;
        case TG_QUERY_BLOB:
            hex = hexadecimal(value);
            if (!hex)
                return tg_error_set(err, TG_ENOMEM, "out of memory");
            fputs(hex, stdout);
            free(hex);
            break;
        case TG_QUERY_NULL:
            break;
        }
    }
    putchar('\n');
    return TG_OK;
}

static int csv_end(void *opaque, struct tg_error *err)
{
    (void)opaque, (void)err;
    return TG_OK;
}

/* JSON */

static cJSON *json_value(struct tg_query_value value)
{
    char number[32], *hex;
    cJSON *item;
    switch (value.type) {
    case TG_QUERY_INTEGER: /* raw, because a double would round the largest */
        snprintf(number, sizeof number, "%lld", (long long)value.integer);
        return cJSON_CreateRaw(number);
    case TG_QUERY_REAL:
        if (!isfinite(value.real))
            return cJSON_CreateNull();
        print_real(value.real, number, sizeof number);
        return cJSON_CreateRaw(number);
    case TG_QUERY_TEXT:
        return cJSON_CreateString(value.bytes);
    case TG_QUERY_BLOB:
        hex = hexadecimal(value);
        item = hex ? cJSON_CreateString(hex) : NULL;
        free(hex);
        return item;
    case TG_QUERY_NULL:
        break;
    }
    return cJSON_CreateNull();
}

static int print_json(cJSON *document, struct tg_error *err)
{
    char *text = document ? cJSON_PrintUnformatted(document) : NULL;
    cJSON_Delete(document);
    if (!text)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    fputs(text, stdout);
    free(text);
    return TG_OK;
}

static int json_begin(struct tg_query *query, void *opaque, struct tg_error *err)
{
    (void)opaque;
    cJSON *names = cJSON_CreateArray();
    for (int i = 0; names && i < tg_query_columns(query); i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(tg_query_name(query, i)));
    fputs("{\"schema\": 1, \"columns\": ", stdout);
    int rc = print_json(names, err);
    fputs(", \"rows\": [", stdout);
    return rc;
}

static int json_row(struct tg_query *query, void *opaque, struct tg_error *err)
{
    struct state *state = opaque;
    cJSON *row = cJSON_CreateObject();
    for (int i = 0; row && i < tg_query_columns(query); i++)
        cJSON_AddItemToObject(row, tg_query_name(query, i), json_value(tg_query_value(query, i)));
    fputs(state->rows++ ? ",\n  " : "\n  ", stdout);
    return print_json(row, err);
}

static int json_end(void *opaque, struct tg_error *err)
{
    struct state *state = opaque;
    (void)err;
    fputs(state->rows ? "\n]}\n" : "]}\n", stdout);
    return TG_OK;
}

static const struct form table_form = {table_begin, table_row, table_end};
static const struct form csv_form = {csv_begin, csv_row, csv_end};
static const struct form json_form = {json_begin, json_row, json_end};

static int print_rows(struct tg_query *query, const struct form *form, struct tg_error *err)
{
    struct state state = {0};
    bool row = true;
    int rc = form->begin(query, &state, err);
    while (!rc) {
        rc = tg_query_step(query, &row, err);
        if (rc || !row)
            break;
        rc = form->row(query, &state, err);
    }
    if (!rc)
        rc = form->end(&state, err);
    tg_table_release(&state.table);
    free(state.align);
    return rc;
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *options = opaque;
    if (operands->count != 1)
        return tg_error_set(
            err, TG_EUSAGE,
            "query: one SQL statement is needed, in quotes, as in tollgate query 'SELECT * FROM "
            "saturation'");
    if (options->csv && options->json)
        return tg_error_set(err, TG_EUSAGE, "query: --csv and --json exclude each other");
    struct tg_store *store;
    int rc = tg_store_open(&store, options->db, TG_STORE_READ, err);
    if (rc)
        return rc;
    struct tg_query *query = NULL;
    rc = tg_query_open(&query, store, operands->items[0], tg_command_interrupted, err);
    if (!rc)
        rc = print_rows(query, options->json ? &json_form : options->csv ? &csv_form : &table_form, err);
    tg_query_close(query);
    tg_store_close(store);
    return rc;
}

const struct tg_command tg_command_query = {
    .name = "query",
    .summary = "answer SQL on the run store, which it cannot change",
    .operands = "SQL",
    .help = "Answers one SQL statement on the run store. Only reading is possible.\n"
            "The views 'saturation', 'curve_points' and 'tolls' answer most questions:\n"
            "  tollgate query 'SELECT technique, saturation_per_s FROM saturation'\n"
            "All tables, views and units are described in docs/store.md.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
