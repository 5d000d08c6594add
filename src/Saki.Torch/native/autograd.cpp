// Gradients.
#include "saki_torch.h"

SAKI_API bool saki_requires_grad(Handle tensor) { return tensor->requires_grad(); }
SAKI_API int saki_set_requires_grad(Handle tensor, bool value) { SAKI_CALL(tensor->set_requires_grad(value)) }

// Null when there is none yet.
SAKI_API int saki_grad(Handle tensor, Handle* out) {
  SAKI_CALL(const auto& grad = tensor->grad(); *out = grad.defined() ? saki::own(grad) : nullptr)
}

SAKI_API int saki_set_grad(Handle tensor, Handle grad) { SAKI_CALL(tensor->mutable_grad() = saki::maybe(grad)) }

SAKI_API int saki_zero_grad(Handle* tensors, int count) {
  SAKI_CALL(for (int i = 0; i < count; i++) if (tensors[i]->grad().defined()) tensors[i]->mutable_grad().reset())
}

SAKI_API int saki_backward(Handle tensor, Handle gradient, bool retain_graph) {
  SAKI_CALL(tensor->backward(saki::maybe(gradient), retain_graph))
}

SAKI_API int saki_detach(Handle tensor, Handle* out) { SAKI_CALL(*out = saki::own(tensor->detach())) }
