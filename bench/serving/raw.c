/* The ceiling: the engine called in a loop from C on N threads, one session, one thread a run; with a JPEG also libjpeg-turbo, plain bilinear and normalising before each run.
 *   gcc -O3 -march=native -o raw raw.c -ldl -lpthread -lturbojpeg && ./raw libonnxruntime.so.1 model.onnx 1,3,32,32 SECONDS THREADS [PICTURE.jpg]
 * Several models by commas: all are loaded, the last is run.
 * Prints {"per_second": …, "p50_us": …}. ONNX Runtime is called by the numbers of its function table: no header is needed. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <turbojpeg.h>

typedef struct { void **(*get_api)(uint32_t); const char *(*version)(void); } api_base;

static void **api, *session, *memory;
static char *input_name, *output_name;
static int64_t shape[8];
static size_t rank, count = 1;
static double seconds;
static unsigned char *jpeg;
static unsigned long jpeg_size;

static void check(void *status) {
  if (!status) return;
  fprintf(stderr, "%s\n", ((const char *(*)(void *))api[2])(status));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void weights(int from, int size, int *first, int *w) {
  for (int i = 0; i < size; i++) {
    double at = (i + 0.5) * from / size - 0.5;
    if (at < 0) at = 0;
    if (at > from - 1) at = from - 1;
    first[i] = at >= from - 1 ? from - 2 : (int)at;
    w[i] = (int)((at - first[i]) * 2048 + 0.5);
  }
}

/* A picture to a normalised 3 x size x size row: scaled decoding down to twice the target, bilinear in fixed point. */
static void picture(float *row, int size) {
  static _Thread_local int fx[512], wx[512], fy[512], wy[512];
  int w, h, sub, cs, d = 1;
  tjhandle handle = tjInitDecompress();
  if (tjDecompressHeader3(handle, jpeg, jpeg_size, &w, &h, &sub, &cs)) exit(1);
  while (d < 8 && w / (2 * d) >= 2 * size && h / (2 * d) >= 2 * size) d *= 2;
  w = (w + d - 1) / d;
  h = (h + d - 1) / d;
  unsigned char *pixels = malloc((size_t)w * h * 3);
  if (tjDecompress2(handle, jpeg, jpeg_size, pixels, w, 0, h, TJPF_RGB, 0)) exit(1);
  tjDestroy(handle);
  weights(w, size, fx, wx);
  weights(h, size, fy, wy);
  const float mean[3] = {0.485f, 0.456f, 0.406f}, deviation[3] = {0.229f, 0.224f, 0.225f};
  for (int y = 0; y < size; y++) {
    const unsigned char *a = pixels + (size_t)fy[y] * w * 3, *b = a + (size_t)w * 3;
    for (int x = 0; x < size; x++)
      for (int c = 0; c < 3; c++) {
        int at = 3 * fx[x] + c;
        int64_t top = a[at] * (2048 - wx[x]) + a[at + 3] * wx[x], low = b[at] * (2048 - wx[x]) + b[at + 3] * wx[x];
        row[(size_t)c * size * size + y * size + x] = (float)((top * (2048 - wy[y]) + low * wy[y] + (1 << 21)) >> 22) / 255.0f / deviation[c] - mean[c] / deviation[c];
      }
  }
  free(pixels);
}

typedef struct { long calls; double p50; } result;

static int ascending(const void *a, const void *b) { return *(float *)a < *(float *)b ? -1 : 1; }

static void *work(void *out) {
  float *data = aligned_alloc(64, (count * 4 + 63) / 64 * 64);
  for (size_t i = 0; i < count; i++) data[i] = ((i * 37) % 101) / 101.0f;
  void *value, *made;
  check(((void *(*)(void *, void *, size_t, const int64_t *, size_t, int, void **))api[49])(memory, data, count * 4, shape, rank, 1, &value));
  enum { MOST = 1 << 18 };
  float *times = malloc(MOST * sizeof(float));
  result *r = out;
  for (double start = now(), from = start; from - start < seconds; r->calls++) {
    if (jpeg) picture(data, (int)shape[rank - 1]);
    made = NULL;
    check(((void *(*)(void *, void *, char **, void **, size_t, char **, size_t, void **))api[9])(session, NULL, &input_name, &value, 1, &output_name, 1, &made));
    ((void (*)(void *))api[96])(made);
    double to = now();
    if (r->calls < MOST) times[r->calls] = (float)((to - from) * 1e6);
    from = to;
  }
  long n = r->calls < MOST ? r->calls : MOST;
  qsort(times, n, sizeof *times, ascending);
  r->p50 = times[n / 2];
  return NULL;
}

int main(int argc, char **argv) {
  void *library = dlopen(argv[1], RTLD_NOW);
  api = ((api_base * (*)(void)) dlsym(library, "OrtGetApiBase"))()->get_api(24);
  for (char *part = strtok(strdup(argv[3]), ","); part; part = strtok(NULL, ",")) count *= shape[rank++] = atoll(part);
  seconds = atof(argv[4]);
  int threads = atoi(argv[5]);
  if (argc > 6) {
    FILE *file = fopen(argv[6], "rb");
    fseek(file, 0, SEEK_END);
    jpeg_size = ftell(file);
    rewind(file);
    jpeg = malloc(jpeg_size);
    if (fread(jpeg, 1, jpeg_size, file) != jpeg_size) return 1;
  }
  void *environment, *options, *allocator;
  check(((void *(*)(int, const char *, void **))api[3])(3, "raw", &environment));
  check(((void *(*)(void **))api[10])(&options));
  check(((void *(*)(void *, int))api[24])(options, 1));
  check(((void *(*)(void *, int))api[25])(options, 1));
  check(((void *(*)(void *, int))api[23])(options, 99));
  for (char *model = strtok(strdup(argv[2]), ","); model; model = strtok(NULL, ","))
    check(((void *(*)(void *, const char *, void *, void **))api[7])(environment, model, options, &session));
  check(((void *(*)(void **))api[78])(&allocator));
  check(((void *(*)(void *, size_t, void *, char **))api[36])(session, 0, allocator, &input_name));
  check(((void *(*)(void *, size_t, void *, char **))api[37])(session, 0, allocator, &output_name));
  check(((void *(*)(int, int, void **))api[69])(1, 0, &memory));
  pthread_t ids[64];
  result results[64] = {{0}};
  double keep = seconds;
  seconds = keep > 0 ? 0.3 : 0.01; /* warm */
  work(&results[0]);
  results[0].calls = 0;
  seconds = keep;
  double from = now();
  for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, work, &results[i]);
  long all = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    all += results[i].calls;
  }
  printf("{\"per_second\": %.1f, \"p50_us\": %.1f}\n", all / (now() - from), results[0].p50);
}
