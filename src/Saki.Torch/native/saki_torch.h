// What every file of the shim shares. A tensor crosses the border as a pointer to a heap-allocated at::Tensor that the caller owns
// (saki_tensor_free); null stands for "no tensor". Every function returns 0, or 1 after keeping the error's text for saki_error().
#pragma once
#include <ATen/ATen.h>
#include <torch/version.h>
#include <cstdint>

#define SAKI_API extern "C" __attribute__((visibility("default")))

// The one place where C++ exceptions end.
#define SAKI_CALL(...) \
  try { __VA_ARGS__; return 0; } catch (...) { return saki::keep_error(); }

#define SAKI_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

using Handle = at::Tensor*;

// For this thread, as torch::autocast; before: what was in force, to be given back on leaving (runtime.cpp).
SAKI_API int saki_autocast_enter(int device_type, int type, int* before);
SAKI_API int saki_autocast_leave(int device_type, int before);

namespace saki {

// Called inside a catch block: keeps the current exception's text for this thread and returns 1.
int keep_error() noexcept;

// The type that autocast computes in on this thread, -1 when it is off.
int autocast_type(at::DeviceType where);

inline Handle own(at::Tensor tensor) { return new at::Tensor(std::move(tensor)); }

// An undefined tensor stands for an absent optional one.
inline at::Tensor maybe(const at::Tensor* tensor) { return tensor ? *tensor : at::Tensor(); }

inline at::IntArrayRef sizes(const int64_t* values, int count) { return {values, static_cast<size_t>(count)}; }

inline at::Scalar scalar(double value, bool integral) {
  return integral ? at::Scalar(static_cast<int64_t>(value)) : at::Scalar(value);
}

inline at::ScalarType dtype(int value) { return static_cast<at::ScalarType>(value); }

inline at::Device device(int type, int index) {
  return at::Device(static_cast<at::DeviceType>(type), static_cast<at::DeviceIndex>(index));
}

inline at::TensorOptions options(int type, int device_type, int device_index) {
  return at::TensorOptions().dtype(dtype(type)).device(device(device_type, device_index));
}

}  // namespace saki
