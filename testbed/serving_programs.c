/* Servers of others: Debian's ISC BIND, lighttpd and Apache, with settings of our own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_serving.h"
#include "tg_text.h"

/* All three keep running in the foreground and as who they are: their name spaces are their fence. */
static int start(struct tg_serving *serving, const char *const *arguments, struct tg_error *err)
{
    const struct tg_process_setup setup = {
        .arguments = arguments, .netns = serving->net->server_namespace, .cpu = serving->cpu, .files = 8192};
    int rc = tg_process_start(&serving->process, &setup, err);
    serving->root = serving->process.pid;
    return rc;
}

/* A settings file in which every %s is the folder or the server's address, in the order given. */
static int write_settings(struct tg_serving *serving, const char *name, struct tg_text *text,
                          struct tg_error *err)
{
    int rc = text->failed ? tg_error_set(err, TG_ENOMEM, "out of memory")
                          : tg_serving_write(serving, name, text->data, err);
    tg_text_release(text);
    return rc;
}

int tg_serving_start_bind(struct tg_serving *serving, struct tg_error *err)
{
    struct tg_text text = {0};
    char path[256];
    tg_text_printf(&text,
                   "options {\n"
                   "  directory \"%s\";\n"
                   "  listen-on port %d { %s; };\n"
                   "  listen-on-v6 { none; };\n"
                   "  recursion no;\n"
                   "  allow-query { any; };\n"
                   "  pid-file none;\n"
                   "  session-keyfile none;\n"
                   "  minimal-responses yes;\n"
                   "};\n"
                   "controls { };\n"
                   "logging { category default { null; }; category unmatched { null; }; };\n"
                   "zone \"example.org\" { type primary; file \"zone\"; };\n",
                   serving->folder, TG_SERVING_DNS_PORT, serving->net->server_address);
    int rc = write_settings(serving, "named.conf", &text, err);
    if (!rc)
        rc = tg_serving_write(serving, "zone",
                              "$TTL 3600\n"
                              "@ IN SOA ns hostmaster 1 3600 600 86400 3600\n"
                              "  IN NS ns\n"
                              "ns IN A 192.0.2.1\n"
                              "www IN A " TG_SERVING_ADDRESS "\n",
                              err);
    snprintf(path, sizeof path, "%s/named.conf", serving->folder);
    const char *const arguments[] = {"named", "-f", "-4", "-n", "1", "-c", path, NULL};
    return rc ? rc : start(serving, arguments, err);
}

static int write_page(struct tg_serving *serving, struct tg_error *err)
{
    char page[TG_SERVING_PAGE_BYTES + 1];
    memset(page, 'x', TG_SERVING_PAGE_BYTES);
    page[TG_SERVING_PAGE_BYTES - 1] = '\n';
    page[TG_SERVING_PAGE_BYTES] = '\0';
    return tg_serving_write(serving, &TG_SERVING_PAGE[1], page, err);
}

int tg_serving_start_lighttpd(struct tg_serving *serving, struct tg_error *err)
{
    struct tg_text text = {0};
    char path[256];
    tg_text_printf(&text,
                   "server.document-root = \"%s\"\n"
                   "server.bind = \"%s\"\n"
                   "server.port = %d\n"
                   "server.max-fds = 8192\n"
                   "server.max-connections = 4096\n"
                   "mimetype.assign = ( \".html\" => \"text/html\" )\n",
                   serving->folder, serving->net->server_address, TG_SERVING_HTTP_PORT);
    int rc = write_settings(serving, "lighttpd.conf", &text, err);
    if (!rc)
        rc = write_page(serving, err);
    snprintf(path, sizeof path, "%s/lighttpd.conf", serving->folder);
    const char *const arguments[] = {"lighttpd", "-D", "-f", path, NULL};
    return rc ? rc : start(serving, arguments, err);
}

/* The worker settings are those of Debian's package (mpm_event.conf). Other than root must be able to read
 * the page, since Apache serves as another user. */
int tg_serving_start_apache(struct tg_serving *serving, struct tg_error *err)
{
    struct tg_text text = {0};
    char path[256];
    tg_text_printf(&text,
                   "ServerRoot \"%s\"\n"
                   "ServerName testbed\n"
                   "DefaultRuntimeDir \"%s\"\n"
                   "PidFile \"%s/apache.pid\"\n"
                   "Mutex sem\n"
                   "ErrorLog /dev/null\n"
                   "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
                   "LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n"
                   "LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so\n"
                   "TypesConfig /dev/null\n"
                   "AddType text/html .html\n"
                   "User www-data\n"
                   "Group www-data\n"
                   "Listen %s:%d\n"
                   "StartServers 2\n"
                   "MinSpareThreads 25\n"
                   "MaxSpareThreads 75\n"
                   "ThreadLimit 64\n"
                   "ThreadsPerChild 25\n"
                   "MaxRequestWorkers 150\n"
                   "MaxConnectionsPerChild 0\n"
                   "DocumentRoot \"%s\"\n",
                   serving->folder, serving->folder, serving->folder, serving->net->server_address,
                   TG_SERVING_HTTP_PORT, serving->folder);
    int rc = write_settings(serving, "apache.conf", &text, err);
    if (!rc)
        rc = write_page(serving, err);
    snprintf(path, sizeof path, "%s/apache.conf", serving->folder);
    const char *const arguments[] = {"apache2", "-DFOREGROUND", "-f", path, NULL};
    return rc ? rc : start(serving, arguments, err);
}
