// The process and the thread: start-up, version, threads, seed, devices, and the thread-local modes.
#include "saki_torch.h"
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <climits>
#include <string>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace {
thread_local std::string last_error;

void saki_autocast_switch(at::DeviceType where, bool enabled, at::ScalarType type) {
#if SAKI_TORCH_AT_LEAST(2, 4)
  at::autocast::set_autocast_enabled(where, enabled);
  at::autocast::set_autocast_dtype(where, type);
#else
  TORCH_CHECK(where == at::kCPU || where == at::kCUDA, "autocast: expected the CPU or CUDA");
  if (where == at::kCPU) {
    at::autocast::set_cpu_enabled(enabled);
    at::autocast::set_autocast_cpu_dtype(type);
  } else {
    at::autocast::set_enabled(enabled);
    at::autocast::set_autocast_gpu_dtype(type);
  }
#endif
}

int saki_autocast_type(at::DeviceType where) {
#if SAKI_TORCH_AT_LEAST(2, 4)
  return at::autocast::is_autocast_enabled(where) ? static_cast<int>(at::autocast::get_autocast_dtype(where)) : -1;
#else
  if (where == at::kCPU) return at::autocast::is_cpu_enabled() ? static_cast<int>(at::autocast::get_autocast_cpu_dtype()) : -1;
  return at::autocast::is_enabled() ? static_cast<int>(at::autocast::get_autocast_gpu_dtype()) : -1;
#endif
}
}  // namespace

int saki::keep_error() noexcept {
  try {
    throw;
  } catch (const c10::Error& error) {
    last_error = error.what_without_backtrace();
  } catch (const std::exception& error) {
    last_error = error.what();
  } catch (...) {
    last_error = "an exception of an unknown type";
  }
  return 1;
}

SAKI_API const char* saki_error() { return last_error.c_str(); }

// glibc maps and unmaps every block of 32 MiB and more, which costs a training step as much time in page faults as in arithmetic (measured:
// up to 1.5x). Keeping freed memory in the heap ends that; it is process-wide, so it happens here, when a process has decided to train.
SAKI_API void saki_init() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, 256 << 20);
#endif
}

SAKI_API const char* saki_version() { return TORCH_VERSION; }

// libtorch's own description: compilers, BLAS, "CPU capability usage: AVX2".
SAKI_API const char* saki_config() {
  static const std::string text = at::show_config();
  return text.c_str();
}

SAKI_API int saki_get_num_threads() { return at::get_num_threads(); }
SAKI_API int saki_set_num_threads(int count) { SAKI_CALL(at::set_num_threads(count)) }
SAKI_API int saki_manual_seed(uint64_t seed) { SAKI_CALL(at::manual_seed(seed)) }

SAKI_API int saki_cuda_device_count() {
  try {
    if (!at::globalContext().hasCUDA() || !c10::impl::hasDeviceGuardImpl(at::kCUDA)) return 0;
    return c10::impl::VirtualGuardImpl(at::kCUDA).deviceCount();
  } catch (...) {
    saki::keep_error();
    return 0;
  }
}

// The state of torch's generator for the CPU, as bytes (torch.get_rng_state).
SAKI_API int saki_get_rng_state(Handle* out) {
  SAKI_CALL(auto generator = at::globalContext().defaultGenerator(at::kCPU);
            std::lock_guard<std::mutex> lock(generator.mutex());
            *out = saki::own(generator.get_state()))
}

SAKI_API int saki_set_rng_state(Handle state) {
  SAKI_CALL(auto generator = at::globalContext().defaultGenerator(at::kCPU);
            std::lock_guard<std::mutex> lock(generator.mutex());
            generator.set_state(*state))
}

// The modes below belong to the calling thread.
SAKI_API bool saki_grad_mode(bool enabled) {
  const bool before = at::GradMode::is_enabled();
  at::GradMode::set_enabled(enabled);
  return before;
}

SAKI_API bool saki_grad_enabled() { return at::GradMode::is_enabled(); }

SAKI_API void* saki_inference_enter() { return new c10::InferenceMode(); }
SAKI_API void saki_inference_leave(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

// before: the type that was in force, -1 for none; leaving puts it back.
SAKI_API int saki_autocast_enter(int device_type, int type, int* before) {
  SAKI_CALL(
      const auto device = static_cast<at::DeviceType>(device_type);
      *before = saki_autocast_type(device);
      saki_autocast_switch(device, true, saki::dtype(type));
      at::autocast::increment_nesting())
}

SAKI_API int saki_autocast_leave(int device_type, int before) {
  SAKI_CALL(
      if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
      saki_autocast_switch(static_cast<at::DeviceType>(device_type), before >= 0, before >= 0 ? saki::dtype(before) : at::kBFloat16))
}
