#include "optim_loops.h"
#include <cmath>

// Compiled once for AVX2 and once for any x86-64; the loader picks. Elsewhere the plain loop is what the compiler makes of it.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SAKI_CLONES __attribute__((target_clones("arch=haswell", "default")))
#else
#define SAKI_CLONES
#endif

namespace saki {

SAKI_CLONES void sgd_plain(float* __restrict p, const float* __restrict g, int64_t count, const SgdStep& step) {
  const float lr = step.lr, decay = step.weight_decay;
  for (int64_t i = 0; i < count; i++) p[i] -= lr * (g[i] + decay * p[i]);
}

SAKI_CLONES void sgd_momentum(float* __restrict p, const float* __restrict g, float* __restrict buffer, int64_t count, const SgdStep& step) {
  const float lr = step.lr, decay = step.weight_decay;
  const float keep = step.first ? 0.0f : step.momentum;
  const float add = step.first ? 1.0f : step.undampened;
  const float along = step.nesterov ? 1.0f : 0.0f;
  const float ahead = step.nesterov ? step.momentum : 1.0f;
  for (int64_t i = 0; i < count; i++) {
    const float grad = g[i] + decay * p[i];
    const float moved = keep * buffer[i] + add * grad;
    buffer[i] = moved;
    p[i] -= lr * (along * grad + ahead * moved);
  }
}

SAKI_CLONES void adam(float* __restrict p, const float* __restrict g, float* __restrict m, float* __restrict v, int64_t count,
                      const AdamStep& step) {
  const float beta1 = step.beta1, beta2 = step.beta2, rest1 = 1.0f - beta1, rest2 = 1.0f - beta2;
  const float size = step.step_size, root = step.root_correction, eps = step.eps, decay = step.grad_decay, shrink = step.param_scale;
  for (int64_t i = 0; i < count; i++) {
    const float old = p[i] * shrink;
    const float grad = g[i] + decay * old;
    const float first = beta1 * m[i] + rest1 * grad;
    const float second = beta2 * v[i] + rest2 * grad * grad;
    m[i] = first;
    v[i] = second;
    p[i] = old - size * first / (std::sqrt(second) * root + eps);
  }
}

// Eight sums run side by side because the compiler may not reorder one.
SAKI_CLONES double sum_of_squares(const float* __restrict g, int64_t count) {
  double lanes[8] = {};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int lane = 0; lane < 8; lane++) lanes[lane] += static_cast<double>(g[i + lane]) * g[i + lane];
  double total = 0;
  for (; i < count; i++) total += static_cast<double>(g[i]) * g[i];
  for (double lane : lanes) total += lane;
  return total;
}

SAKI_CLONES void scale(float* __restrict g, int64_t count, float factor) {
  for (int64_t i = 0; i < count; i++) g[i] *= factor;
}

}  // namespace saki
