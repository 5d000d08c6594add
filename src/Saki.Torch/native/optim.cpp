// One call per optimiser step over all parameters. Float32 on the CPU takes the fused loops; every other type and device takes tensor operations.
#include "saki_torch.h"
#include "optim_loops.h"
#include <ATen/Parallel.h>
#include <cmath>

namespace {

// Below this many elements per thread, waking a second thread costs more than it saves.
constexpr int64_t grain = 32768;

bool plain(const at::Tensor& a) { return a.is_cpu() && a.scalar_type() == at::kFloat && a.is_non_overlapping_and_dense(); }

bool alike(const at::Tensor& a, const at::Tensor& b) { return plain(b) && a.sizes() == b.sizes() && a.strides() == b.strides(); }

// The gradient in the parameter's own memory order, so that both can be walked as one array.
at::Tensor aligned_grad(const at::Tensor& param) {
  const at::Tensor& grad = param.grad();
  TORCH_CHECK(!grad.is_sparse(), "optimiser: expected dense gradients");
  if (grad.strides() == param.strides() && grad.scalar_type() == param.scalar_type()) return grad;
  return at::empty_like(param).copy_(grad);
}

void check_range(double value, const char* name, double low, double high) {
  TORCH_CHECK(value >= low && value < high, name, ": expected a number in [", low, ", ", high, "), got ", value);
}

}  // namespace

// steps[i] counts the updates that parameter i has had; parameters without a gradient are passed over, as PyTorch does.
SAKI_API int saki_sgd_step(Handle* params, Handle* buffers, int64_t* steps, int count, double lr, double momentum, double dampening,
                           double weight_decay, bool nesterov) {
  SAKI_CALL(
      at::NoGradGuard no_grad;
      for (int i = 0; i < count; i++) {
        at::Tensor& p = *params[i];
        if (!p.grad().defined()) continue;
        at::Tensor grad = aligned_grad(p);
        const bool first = steps[i]++ == 0;
        const saki::SgdStep step{float(lr), float(momentum), float(1 - dampening), float(weight_decay), nesterov, first};
        if (plain(p) && alike(p, grad) && (momentum == 0 || alike(p, *buffers[i]))) {
          float* values = p.data_ptr<float>();
          const float* slope = grad.data_ptr<float>();
          float* buffer = momentum == 0 ? nullptr : buffers[i]->data_ptr<float>();
          at::parallel_for(0, p.numel(), grain, [&](int64_t from, int64_t to) {
            if (buffer) saki::sgd_momentum(values + from, slope + from, buffer + from, to - from, step);
            else saki::sgd_plain(values + from, slope + from, to - from, step);
          });
          continue;
        }
        if (weight_decay != 0) grad = grad.add(p, weight_decay);
        if (momentum != 0) {
          at::Tensor& buffer = *buffers[i];
          if (first) buffer.copy_(grad);
          else buffer.mul_(momentum).add_(grad, 1 - dampening);
          grad = nesterov ? grad.add(buffer, momentum) : buffer;
        }
        p.add_(grad, -lr);
      })
}

// decoupled: AdamW, where weight decay shrinks the parameter; otherwise it joins the gradient.
SAKI_API int saki_adam_step(Handle* params, Handle* exp_avg, Handle* exp_avg_sq, int64_t* steps, int count, double lr, double beta1, double beta2,
                            double eps, double weight_decay, bool decoupled) {
  SAKI_CALL(
      check_range(beta1, "beta1", 0, 1);
      check_range(beta2, "beta2", 0, 1);
      at::NoGradGuard no_grad;
      for (int i = 0; i < count; i++) {
        at::Tensor& p = *params[i];
        if (!p.grad().defined()) continue;
        at::Tensor grad = aligned_grad(p);
        at::Tensor& m = *exp_avg[i];
        at::Tensor& v = *exp_avg_sq[i];
        const double t = static_cast<double>(++steps[i]);
        const double step_size = lr / (1 - std::pow(beta1, t));
        const double root = 1 / std::sqrt(1 - std::pow(beta2, t));
        const double shrink = decoupled ? 1 - lr * weight_decay : 1;
        if (plain(p) && alike(p, grad) && alike(p, m) && alike(p, v)) {
          const saki::AdamStep step{float(step_size), float(root), float(eps), float(beta1), float(beta2), decoupled ? 0.0f : float(weight_decay), float(shrink)};
          float* values = p.data_ptr<float>();
          const float* slope = grad.data_ptr<float>();
          float* first = m.data_ptr<float>();
          float* second = v.data_ptr<float>();
          at::parallel_for(0, p.numel(), grain, [&](int64_t from, int64_t to) {
            saki::adam(values + from, slope + from, first + from, second + from, to - from, step);
          });
          continue;
        }
        if (decoupled) p.mul_(shrink);
        else if (weight_decay != 0) grad = grad.add(p, weight_decay);
        m.mul_(beta1).add_(grad, 1 - beta1);
        v.mul_(beta2).addcmul_(grad, grad, 1 - beta2);
        p.addcdiv_(m, v.sqrt().mul_(root).add_(eps), -step_size);
      })
}

// Scales all gradients so that their joint 2-norm is at most max_norm; total receives the norm before.
SAKI_API int saki_clip_grad_norm(Handle* params, int count, double max_norm, double* total) {
  SAKI_CALL(
      at::NoGradGuard no_grad;
      double sum = 0;
      for (int i = 0; i < count; i++) {
        const at::Tensor& grad = params[i]->grad();
        if (!grad.defined()) continue;
        if (plain(grad)) {
          sum += saki::sum_of_squares(grad.data_ptr<float>(), grad.numel());
        } else {
          const double norm = grad.norm(2).item<double>();
          sum += norm * norm;
        }
      }
      *total = std::sqrt(sum);
      const double factor = max_norm / (*total + 1e-6);
      if (factor < 1)
        for (int i = 0; i < count; i++) {
          const at::Tensor& grad = params[i]->grad();
          if (!grad.defined()) continue;
          if (plain(grad)) saki::scale(grad.data_ptr<float>(), grad.numel(), float(factor));
          else params[i]->mutable_grad().mul_(factor);
        })
}
