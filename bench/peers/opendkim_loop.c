/* The quickest plain loop over libopendkim that we know: splits an mbox, gives
 * each message to the library with CRLF line ends, answers key queries from a
 * hash map.  One thread, no DNS.
 *
 *     opendkim_loop KEYS.TSV ARCHIVE.MBOX
 *
 * Prints how many messages there were and how many have a signature that
 * passes.  The clock may drift by 20 years: t= and x= are not judged.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <search.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <opendkim/dkim.h>

enum { kMostKeys = 1 << 16 };

static void Die(const char *what) {
  perror(what);
  exit(1);
}

/* Maps a file; the octet behind it may be read and is 0. */
static char *Map(const char *path, size_t *size) {
  const int file = open(path, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) Die(path);
  *size = (size_t)status.st_size;
  char *data =
      mmap(NULL, *size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  if (data == MAP_FAILED) Die(path);
  close(file);
  return data;
}

/* Lines of name TAB record; the strings stay in the map. */
static void ReadKeys(const char *path) {
  size_t size;
  char *line = Map(path, &size);
  char *const end = line + size;
  if (!hcreate(kMostKeys)) Die("hcreate");
  while (line < end) {
    char *const stop = memchr(line, '\n', (size_t)(end - line));
    char *const tab = memchr(line, '\t', (size_t)(end - line));
    if (stop == NULL || tab == NULL) return;
    *tab = *stop = '\0';
    hsearch((ENTRY){.key = line, .data = tab + 1}, ENTER);
    line = stop + 1;
  }
}

static DKIM_CBSTAT LookUp(DKIM *dkim, DKIM_SIGINFO *signature, u_char *record,
                          size_t size) {
  (void)dkim;
  char name[512];
  snprintf(name, sizeof name, "%s._domainkey.%s",
           (const char *)dkim_sig_getselector(signature),
           (const char *)dkim_sig_getdomain(signature));
  const ENTRY *found = hsearch((ENTRY){.key = name}, FIND);
  if (found == NULL) return DKIM_CBSTAT_NOTFOUND;
  snprintf((char *)record, size, "%s", (const char *)found->data);
  return DKIM_CBSTAT_CONTINUE;
}

/* The message with CRLF, without the quotes of mboxrd; its size. */
static size_t ToCrlf(const char *in, const char *end, char *out) {
  const char *const begin = out;
  while (in < end) {
    const char *stop = memchr(in, '\n', (size_t)(end - in));
    if (stop == NULL) stop = end;
    if (*in == '>') {
      const size_t quotes = strspn(in, ">");
      if (strncmp(in + quotes, "From ", 5) == 0) ++in;
    }
    memcpy(out, in, (size_t)(stop - in));
    out += stop - in;
    *out++ = '\r';
    *out++ = '\n';
    in = stop + 1;
  }
  return (size_t)(out - begin);
}

/* Gives the fields to the library; the body's begin. */
static char *GiveHeader(DKIM *dkim, char *at, char *end) {
  while (at < end && *at != '\r') {
    char *stop = at;
    do {
      stop = memchr(stop, '\n', (size_t)(end - stop));
      stop = stop == NULL ? end : stop + 1;
    } while (stop < end && (*stop == ' ' || *stop == '\t'));
    dkim_header(dkim, (u_char *)at, (size_t)(stop - at) - 2);
    at = stop;
  }
  return at < end ? at + 2 : end;
}

static bool Passes(DKIM_LIB *library, char *message, size_t size) {
  DKIM_STAT status;
  DKIM *dkim = dkim_verify(library, (const u_char *)"-", NULL, &status);
  if (dkim == NULL) Die("dkim_verify");
  char *const end = message + size;
  char *const body = GiveHeader(dkim, message, end);
  bool passes = false;
  if (dkim_eoh(dkim) == DKIM_STAT_OK) {
    if (body < end) dkim_body(dkim, (u_char *)body, (size_t)(end - body));
    passes = dkim_eom(dkim, NULL) == DKIM_STAT_OK;
  }
  dkim_free(dkim);
  return passes;
}

static DKIM_LIB *Open(void) {
  DKIM_LIB *library = dkim_init(NULL, NULL);
  if (library == NULL) Die("dkim_init");
  uint64_t drift = 20 * UINT64_C(31557600);
  dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_CLOCKDRIFT, &drift,
               sizeof drift);
  dkim_set_key_lookup(library, LookUp);
  return library;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  ReadKeys(argv[1]);
  DKIM_LIB *library = Open();
  size_t size;
  const char *at = Map(argv[2], &size);
  const char *const end = at + size;
  char *message = NULL;
  size_t room = 0;
  unsigned long messages = 0, passing = 0;
  while (at < end) {
    at = memchr(at, '\n', (size_t)(end - at));  /* the From_ line's end */
    if (at == NULL) break;
    ++at;
    const char *next = memmem(at, (size_t)(end - at), "\n\nFrom ", 7);
    const char *const stop = next == NULL ? end - 1 : next + 1;
    if (room < 2 * (size_t)(stop - at) + 2) {
      room = 2 * (size_t)(stop - at) + 2;
      message = realloc(message, room);
      if (message == NULL) Die("realloc");
    }
    ++messages;
    passing += Passes(library, message, ToCrlf(at, stop, message));
    at = next == NULL ? end : next + 2;
  }
  printf("%lu messages, %lu pass\n", messages, passing);
  free(message);
  dkim_close(library);
  return 0;
}
