// What networks are made of: convolution, pooling, normalisation, activation, loss.
#include "saki_torch.h"

namespace {

// oneDNN computes in bf16 only with AVX-512; elsewhere libtorch falls back to a plain loop, 30 times slower than float32 (measured on Zen 3).
bool bf16_is_slow() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool slow = !(__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"));
  return slow;
#else
  return false;
#endif
}

// There, a product of bf16 values is computed in float32 and rounded to bf16: what bf16 hardware does too, which accumulates in float32.
template <class Product>
at::Tensor bf16_aware(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, Product product) {
  if (!input.is_cpu() || !bf16_is_slow()) return product(input, weight, bias);
  const int autocast = saki::autocast_type(at::kCPU);
  const bool bf16 = autocast >= 0 ? saki::dtype(autocast) == at::kBFloat16 && input.scalar_type() != at::kDouble
                                  : input.scalar_type() == at::kBFloat16 && weight.scalar_type() == at::kBFloat16;
  if (!bf16) return product(input, weight, bias);
  c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::DispatchKey::AutocastCPU);
  const auto widened = [](const at::Tensor& tensor) { return tensor.defined() ? tensor.to(at::kBFloat16).to(at::kFloat) : tensor; };
  return product(widened(input), widened(weight), widened(bias)).to(at::kBFloat16);
}

}  // namespace

SAKI_API int saki_conv2d(Handle input, Handle weight, Handle bias, const int64_t* stride, const int64_t* padding, const int64_t* dilation,
                         int64_t groups, Handle* out) {
  SAKI_CALL(*out = saki::own(bf16_aware(*input, *weight, saki::maybe(bias), [&](const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
    return at::conv2d(x, w, b, saki::sizes(stride, 2), saki::sizes(padding, 2), saki::sizes(dilation, 2), groups);
  })))
}

SAKI_API int saki_linear(Handle input, Handle weight, Handle bias, Handle* out) {
  SAKI_CALL(*out = saki::own(bf16_aware(*input, *weight, saki::maybe(bias), [](const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
    return at::linear(x, w, b);
  })))
}

SAKI_API int saki_max_pool2d(Handle input, const int64_t* kernel, const int64_t* stride, const int64_t* padding, const int64_t* dilation,
                             bool ceil_mode, Handle* out) {
  SAKI_CALL(*out = saki::own(at::max_pool2d(*input, saki::sizes(kernel, 2), saki::sizes(stride, 2), saki::sizes(padding, 2),
                                            saki::sizes(dilation, 2), ceil_mode)))
}

SAKI_API int saki_avg_pool2d(Handle input, const int64_t* kernel, const int64_t* stride, const int64_t* padding, bool ceil_mode,
                             bool count_include_pad, Handle* out) {
  SAKI_CALL(*out = saki::own(at::avg_pool2d(*input, saki::sizes(kernel, 2), saki::sizes(stride, 2), saki::sizes(padding, 2), ceil_mode,
                                            count_include_pad)))
}

SAKI_API int saki_adaptive_avg_pool2d(Handle input, const int64_t* size, Handle* out) {
  SAKI_CALL(*out = saki::own(at::adaptive_avg_pool2d(*input, saki::sizes(size, 2))))
}

// counter: num_batches_tracked, counted here so that a layer stays one call.
SAKI_API int saki_batch_norm(Handle input, Handle weight, Handle bias, Handle mean, Handle var, Handle counter, bool training, double momentum,
                             double eps, Handle* out) {
  SAKI_CALL(
      *out = saki::own(at::batch_norm(*input, saki::maybe(weight), saki::maybe(bias), saki::maybe(mean), saki::maybe(var), training, momentum,
                                      eps, at::globalContext().userEnabledCuDNN()));
      if (training && counter) {
        if (counter->is_cpu()) ++*counter->data_ptr<int64_t>();
        else counter->add_(1);
      })
}

SAKI_API int saki_layer_norm(Handle input, const int64_t* shape, int dims, Handle weight, Handle bias, double eps, Handle* out) {
  SAKI_CALL(*out = saki::own(at::layer_norm(*input, saki::sizes(shape, dims), saki::maybe(weight), saki::maybe(bias), eps)))
}

SAKI_API int saki_dropout(Handle input, double p, bool training, Handle* out) { SAKI_CALL(*out = saki::own(at::dropout(*input, p, training))) }

SAKI_API int saki_relu(Handle input, Handle* out) { SAKI_CALL(*out = saki::own(at::relu(*input))) }
SAKI_API int saki_relu_(Handle input) { SAKI_CALL(at::relu_(*input)) }
SAKI_API int saki_silu(Handle input, Handle* out) { SAKI_CALL(*out = saki::own(at::silu(*input))) }
SAKI_API int saki_sigmoid(Handle input, Handle* out) { SAKI_CALL(*out = saki::own(at::sigmoid(*input))) }
SAKI_API int saki_tanh(Handle input, Handle* out) { SAKI_CALL(*out = saki::own(at::tanh(*input))) }
SAKI_API int saki_gelu(Handle input, bool tanh, Handle* out) { SAKI_CALL(*out = saki::own(at::gelu(*input, tanh ? "tanh" : "none"))) }
SAKI_API int saki_softmax(Handle input, int64_t dim, Handle* out) { SAKI_CALL(*out = saki::own(at::softmax(*input, dim))) }
SAKI_API int saki_log_softmax(Handle input, int64_t dim, Handle* out) { SAKI_CALL(*out = saki::own(at::log_softmax(*input, dim))) }

// reduction: 0 none, 1 mean, 2 sum, as at::Reduction.
SAKI_API int saki_cross_entropy(Handle input, Handle target, Handle weight, int64_t reduction, int64_t ignore_index, double label_smoothing,
                                Handle* out) {
  SAKI_CALL(*out = saki::own(at::cross_entropy_loss(*input, *target, saki::maybe(weight), reduction, ignore_index, label_smoothing)))
}

SAKI_API int saki_nll_loss(Handle input, Handle target, Handle weight, int64_t reduction, int64_t ignore_index, Handle* out) {
  SAKI_CALL(*out = saki::own(at::nll_loss(*input, *target, saki::maybe(weight), reduction, ignore_index)))
}

SAKI_API int saki_mse_loss(Handle input, Handle target, int64_t reduction, Handle* out) {
  SAKI_CALL(*out = saki::own(at::mse_loss(*input, *target, reduction)))
}

SAKI_API int saki_pad(Handle input, const int64_t* padding, int count, double value, Handle* out) {
  SAKI_CALL(*out = saki::own(at::constant_pad_nd(*input, saki::sizes(padding, count), value)))
}

SAKI_API int saki_upsample(Handle input, const int64_t* size, bool bilinear, Handle* out) {
  SAKI_CALL(*out = saki::own(bilinear ? at::upsample_bilinear2d(*input, saki::sizes(size, 2), false)
                                      : at::upsample_nearest2d(*input, saki::sizes(size, 2))))
}
