// Peer of the verb "images": JPEG bytes to a normalised 3x224x224 row with libjpeg-turbo called from C, plain bilinear (half-pixel centres), one thread.
//   gcc -O3 -march=native bench/peers/images.c -o images -lturbojpeg -lm && ./images FILE...
// The same work as Saki's: a decompressor per picture, scaled decoding down to twice the target, resize in fixed point, normalise to planes.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <turbojpeg.h>

enum { SIZE = 224 };
static const float mean[3] = {0.485f, 0.456f, 0.406f}, std_[3] = {0.229f, 0.224f, 0.225f};

static void weights(int from, int *first, int *w) {
  for (int i = 0; i < SIZE; i++) {
    double at = (i + 0.5) * from / SIZE - 0.5;
    if (at < 0) at = 0;
    if (at > from - 1) at = from - 1;
    first[i] = at >= from - 1 ? from - 2 : (int)at;
    w[i] = (int)((at - first[i]) * 2048 + 0.5);
  }
}

static void one(const unsigned char *jpeg, unsigned long size, float *row) {
  int w, h, sub, cs, d = 1;
  tjhandle handle = tjInitDecompress();
  if (tjDecompressHeader3(handle, jpeg, size, &w, &h, &sub, &cs)) exit(1);
  while (d < 8 && w / (2 * d) >= 2 * SIZE && h / (2 * d) >= 2 * SIZE) d *= 2;
  w = (w + d - 1) / d;
  h = (h + d - 1) / d;
  unsigned char *pixels = malloc((size_t)w * h * 3);
  if (tjDecompress2(handle, jpeg, size, pixels, w, 0, h, TJPF_RGB, 0)) exit(1);
  tjDestroy(handle);

  int fx[SIZE], wx[SIZE], fy[SIZE], wy[SIZE];
  weights(w, fx, wx);
  weights(h, fy, wy);
  static unsigned char small[SIZE * SIZE * 3];
  static int lines[2][SIZE * 3];
  int held[2] = {-1, -1};
  for (int y = 0; y < SIZE; y++) {
    for (int k = 0; k < 2; k++) {
      int n = fy[y] + k, slot = n & 1;
      if (held[slot] == n) continue;
      const unsigned char *from = pixels + (size_t)n * w * 3;
      for (int x = 0; x < SIZE; x++)
        for (int c = 0; c < 3; c++) lines[slot][3 * x + c] = from[3 * fx[x] + c] * (2048 - wx[x]) + from[3 * fx[x] + 3 + c] * wx[x];
      held[slot] = n;
    }
    const int *a = lines[fy[y] & 1], *b = lines[(fy[y] + 1) & 1];
    int u = 2048 - wy[y], v = wy[y];
    for (int i = 0; i < SIZE * 3; i++) small[y * SIZE * 3 + i] = (unsigned char)(((int64_t)a[i] * u + (int64_t)b[i] * v + (1 << 21)) >> 22);
  }
  free(pixels);
  for (int c = 0; c < 3; c++) {
    float scale = 1 / 255.0f / std_[c], shift = -mean[c] / std_[c];
    for (int i = 0; i < SIZE * SIZE; i++) row[c * SIZE * SIZE + i] = small[3 * i + c] * scale + shift;
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b) { return *(double *)a < *(double *)b ? -1 : 1; }

int main(int count, char **files) {
  float *row = malloc(sizeof(float) * 3 * SIZE * SIZE);
  for (int f = 1; f < count; f++) {
    FILE *file = fopen(files[f], "rb");
    fseek(file, 0, SEEK_END);
    unsigned long size = ftell(file);
    rewind(file);
    unsigned char *jpeg = malloc(size);
    if (fread(jpeg, 1, size, file) != size) return 1;
    int calls = 3000000 / (size + 20000);
    if (calls < 1) calls = 1;
    double times[9];
    for (int i = 0; i < calls; i++) one(jpeg, size, row);
    for (int round = 0; round < 9; round++) {
      double start = now();
      for (int i = 0; i < calls; i++) one(jpeg, size, row);
      times[round] = (now() - start) / calls;
    }
    qsort(times, 9, sizeof *times, ascending);
    char *name = strrchr(files[f], '/') ? strrchr(files[f], '/') + 1 : files[f];
    printf("{\"case\": \"%.*s\", \"value\": %.2f, \"unit\": \"us\"}\n", (int)strcspn(name, "."), name, times[4]);
    free(jpeg);
  }
}
