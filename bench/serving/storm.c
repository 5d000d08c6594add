/* An open loop: requests come at their times whatever the answers do. One thread, epoll, keep-alive connections; a request whose time has come while every connection waits counts as
 * lost. Latency counts from the time a request was due.
 *   gcc -O2 -o storm storm.c && ./storm PORT HEAD-FILE BODY-FILE RATE SECONDS CONNECTIONS
 * HEAD-FILE holds the request's lines without Content-Length. Prints {"offered", "ok", "in_time", "refused", "failed", "lost", "p50_ms", "p99_ms"} per second; "in_time": within 500 ms;
 * "bad_until": when the last request was due, in seconds from the start, that was not answered within them. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct { int fd, busy, got; size_t sent; double due; char answer[65536]; long length; } connection;

static char *request;
static size_t request_size;
static int events, port;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static char *slurp(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  fseek(file, 0, SEEK_END);
  *size = ftell(file);
  rewind(file);
  char *all = malloc(*size + 1);
  if (fread(all, 1, *size, file) != *size) exit(1);
  all[*size] = 0;
  return all;
}

static void reach(connection *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  int one = 1;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to)) { perror("connect"); exit(1); }
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP, .data.ptr = c};
  epoll_ctl(events, EPOLL_CTL_ADD, c->fd, &event);
  c->busy = 0;
}

static void push(connection *c) {
  while (c->busy && c->sent < request_size) {
    ssize_t n = send(c->fd, request + c->sent, request_size - c->sent, MSG_NOSIGNAL);
    if (n < 0) return;
    c->sent += n;
  }
}

static int ascending(const void *a, const void *b) { return *(float *)a < *(float *)b ? -1 : 1; }

int main(int argc, char **argv) {
  port = atoi(argv[1]);
  size_t head_size, body_size;
  char *head = slurp(argv[2], &head_size), *body = slurp(argv[3], &body_size);
  request = malloc(head_size + body_size + 64);
  request_size = sprintf(request, "%sContent-Length: %zu\r\n\r\n", head, body_size);
  memcpy(request + request_size, body, body_size);
  request_size += body_size;
  double rate = atof(argv[4]), seconds = atof(argv[5]);
  int count = atoi(argv[6]), free_count = 0;
  events = epoll_create1(0);
  connection *all = calloc(count, sizeof *all), **idle = malloc(count * sizeof *idle);
  for (int i = 0; i < count; i++) { all[i].fd = -1; reach(&all[i]); idle[free_count++] = &all[i]; }
  enum { MOST = 1 << 22 };
  float *times = malloc(MOST * sizeof *times);
  long sent = 0, ok = 0, in_time = 0, refused = 0, failed = 0, lost = 0;
  double start = now(), end = start + seconds, bad_until = 0;
  struct epoll_event ready[256];
  for (double t = start; t < end; t = now()) {
    for (; start + sent / rate <= t; sent++) {
      if (!free_count) { lost++; bad_until = sent / rate; continue; }
      connection *c = idle[--free_count];
      c->busy = 1; c->sent = 0; c->got = 0; c->length = -1; c->due = start + sent / rate;
      push(c);
    }
    int n = epoll_wait(events, ready, 256, 1);
    for (int i = 0; i < n; i++) {
      connection *c = ready[i].data.ptr;
      if (ready[i].events & EPOLLOUT) push(c);
      for (;;) {
        ssize_t r = recv(c->fd, c->answer + c->got, sizeof c->answer - 1 - c->got, 0);
        if (r < 0 && errno == EAGAIN) break;
        if (r <= 0) { /* closed: an answer that said so was counted */
          int was = c->busy;
          reach(c);
          if (was) { failed++; bad_until = c->due - start; idle[free_count++] = c; }
          break;
        }
        c->got += r;
        c->answer[c->got] = 0;
        if (!c->busy) { c->got = 0; continue; }
        char *gap = strstr(c->answer, "\r\n\r\n");
        if (!gap) continue;
        char *length = strcasestr(c->answer, "content-length:"), *chunked = strcasestr(c->answer, "transfer-encoding: chunked");
        int done = length ? c->got >= gap + 4 - c->answer + atol(length + 15) : chunked ? strstr(gap, "0\r\n\r\n") != NULL : 1;
        if (!done) continue;
        int status = atoi(c->answer + 9);
        double took = now() - c->due;
        if (status == 200) {
          if (ok < MOST) times[ok] = (float)(took * 1e3);
          ok++;
          if (took <= 0.5) in_time++;
        } else if (status == 503) refused++;
        else failed++;
        if ((status != 200 || took > 0.5) && c->due - start > bad_until) bad_until = c->due - start;
        int unsent = c->sent < request_size || strcasestr(c->answer, "connection: close") != NULL;
        c->busy = 0; c->got = 0;
        idle[free_count++] = c;
        if (unsent) { reach(c); break; }
      }
    }
  }
  long n = ok < MOST ? ok : MOST;
  qsort(times, n, sizeof *times, ascending);
  printf("{\"offered\": %.1f, \"ok\": %.1f, \"in_time\": %.1f, \"refused\": %.1f, \"failed\": %.1f, \"lost\": %.1f, \"p50_ms\": %.1f, \"p99_ms\": %.1f, \"bad_until\": %.2f}\n", sent / seconds, ok / seconds, in_time / seconds,
         refused / seconds, failed / seconds, lost / seconds, n ? times[n / 2] : 0, n ? times[(long)(n * 0.99)] : 0, bad_until);
}
