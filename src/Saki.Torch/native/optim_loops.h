// The optimisers' inner loops over plain float arrays: one pass over memory per parameter, where chained tensor operations take four to ten.
#pragma once
#include <cstdint>

namespace saki {

struct SgdStep {
  float lr, momentum, undampened, weight_decay; // undampened = 1 - dampening
  bool nesterov, first;                         // first: the momentum buffer starts as the gradient itself
};

struct AdamStep {
  float step_size, root_correction, eps, beta1, beta2, grad_decay, param_scale;
  // step_size = lr / (1 - beta1^t); root_correction = 1 / sqrt(1 - beta2^t);
  // grad_decay: Adam's weight decay added to the gradient; param_scale: AdamW's 1 - lr * weight_decay
};

void sgd_plain(float* p, const float* g, int64_t count, const SgdStep& step);
void sgd_momentum(float* p, const float* g, float* buffer, int64_t count, const SgdStep& step);
void adam(float* p, const float* g, float* m, float* v, int64_t count, const AdamStep& step);
double sum_of_squares(const float* g, int64_t count);
void scale(float* g, int64_t count, float factor);

}  // namespace saki
