// Making tensors, asking them about themselves, and moving their content.
#include "saki_torch.h"
#include <c10/core/Allocator.h>

SAKI_API void saki_tensor_free(Handle tensor) { delete tensor; }

SAKI_API int saki_empty(const int64_t* shape, int dims, int type, int device_type, int device_index, Handle* out) {
  SAKI_CALL(*out = saki::own(at::empty(saki::sizes(shape, dims), saki::options(type, device_type, device_index))))
}

// In memory that a GPU can fetch from while the CPU goes on.
SAKI_API int saki_empty_pinned(const int64_t* shape, int dims, int type, Handle* out) {
  SAKI_CALL(*out = saki::own(at::empty(saki::sizes(shape, dims), at::TensorOptions().dtype(saki::dtype(type)).pinned_memory(true))))
}

// Returns before the copy is done when the tensor is pinned and the device is a GPU; what runs there next waits for it.
SAKI_API int saki_send(Handle tensor, int device_type, int device_index, Handle* out) {
  SAKI_CALL(*out = saki::own(tensor->to(tensor->options().device(saki::device(device_type, device_index)).pinned_memory(false), true, false)))
}

SAKI_API int saki_full(const int64_t* shape, int dims, double value, bool integral, int type, int device_type, int device_index, Handle* out) {
  SAKI_CALL(*out = saki::own(at::full(saki::sizes(shape, dims), saki::scalar(value, integral), saki::options(type, device_type, device_index))))
}

SAKI_API int saki_rand(const int64_t* shape, int dims, int type, int device_type, int device_index, Handle* out) {
  SAKI_CALL(*out = saki::own(at::rand(saki::sizes(shape, dims), saki::options(type, device_type, device_index))))
}

SAKI_API int saki_randn(const int64_t* shape, int dims, int type, int device_type, int device_index, Handle* out) {
  SAKI_CALL(*out = saki::own(at::randn(saki::sizes(shape, dims), saki::options(type, device_type, device_index))))
}

SAKI_API int saki_randperm(int64_t count, Handle* out) { SAKI_CALL(*out = saki::own(at::randperm(count))) }

SAKI_API int saki_randint(int64_t low, int64_t high, const int64_t* shape, int dims, Handle* out) {
  SAKI_CALL(*out = saki::own(at::randint(low, high, saki::sizes(shape, dims), at::kLong)))
}

SAKI_API int saki_arange(double start, double end, double step, bool integral, int type, Handle* out) {
  SAKI_CALL(*out = saki::own(at::arange(saki::scalar(start, integral), saki::scalar(end, integral), saki::scalar(step, integral),
                                        at::TensorOptions().dtype(saki::dtype(type)))))
}

// Wraps foreign memory; release(context) is called once, when the last tensor that uses it is gone.
SAKI_API int saki_from_blob(void* data, const int64_t* shape, int dims, int type, void (*release)(void*), void* context, Handle* out) {
  SAKI_CALL(*out = saki::own(at::from_blob(data, saki::sizes(shape, dims), [release, context](void*) { release(context); },
                                           at::TensorOptions().dtype(saki::dtype(type)))))
}

SAKI_API int saki_like(Handle tensor, double value, bool keep_uninitialized, Handle* out) {
  SAKI_CALL(*out = saki::own(keep_uninitialized ? at::empty_like(*tensor) : at::full_like(*tensor, value)))
}

// about: dims, dtype, device type, device index, requires_grad, is_leaf, is_contiguous. The shape goes to sizes, whose room is `capacity`.
SAKI_API int saki_describe(Handle tensor, int64_t* sizes, int capacity, int* about) {
  SAKI_CALL(
      const int dims = static_cast<int>(tensor->dim());
      for (int i = 0; i < dims && i < capacity; i++) sizes[i] = tensor->size(i);
      about[0] = dims;
      about[1] = static_cast<int>(tensor->scalar_type());
      about[2] = static_cast<int>(tensor->device().type());
      about[3] = static_cast<int>(tensor->device().index()))
}

SAKI_API int saki_strides(Handle tensor, int64_t* strides) {
  SAKI_CALL(for (int i = 0; i < tensor->dim(); i++) strides[i] = tensor->stride(i))
}

SAKI_API bool saki_is_contiguous(Handle tensor, bool channels_last) {
  return tensor->is_contiguous(channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

SAKI_API int saki_data(Handle tensor, void** out) { SAKI_CALL(*out = tensor->data_ptr()) }

SAKI_API int saki_item(Handle tensor, double* number, int64_t* integer) {
  SAKI_CALL(
      const auto value = tensor->item();
      *number = value.toDouble();
      *integer = value.isFloatingPoint() ? 0 : value.toLong())
}

// A type, device or format below 0 keeps what the tensor has.
SAKI_API int saki_to(Handle tensor, int type, int device_type, int device_index, int format, bool copy, Handle* out) {
  SAKI_CALL(
      auto options = tensor->options();
      if (type >= 0) options = options.dtype(saki::dtype(type));
      if (device_type >= 0) options = options.device(saki::device(device_type, device_index));
      *out = saki::own(format < 0 ? tensor->to(options, false, copy)
                                  : tensor->to(options, false, copy, static_cast<at::MemoryFormat>(format))))
}

SAKI_API int saki_contiguous(Handle tensor, int format, Handle* out) {
  SAKI_CALL(*out = saki::own(tensor->contiguous(static_cast<at::MemoryFormat>(format))))
}

SAKI_API int saki_clone(Handle tensor, Handle* out) { SAKI_CALL(*out = saki::own(tensor->clone())) }
SAKI_API int saki_alias(Handle tensor, Handle* out) { SAKI_CALL(*out = saki::own(*tensor)) }
SAKI_API int saki_copy_(Handle tensor, Handle source) { SAKI_CALL(tensor->copy_(*source)) }
SAKI_API int saki_fill_(Handle tensor, double value, bool integral) { SAKI_CALL(tensor->fill_(saki::scalar(value, integral))) }
SAKI_API int saki_uniform_(Handle tensor, double from, double to) { SAKI_CALL(tensor->uniform_(from, to)) }
SAKI_API int saki_normal_(Handle tensor, double mean, double std) { SAKI_CALL(tensor->normal_(mean, std)) }

// The tensor keeps its identity and gets other content: how a parameter changes type, device or layout.
SAKI_API int saki_set_data(Handle tensor, Handle source) { SAKI_CALL(tensor->set_data(*source)) }
