// Other shapes of the same content, parts of it, and joining.
#include "saki_torch.h"
#include <vector>

SAKI_API int saki_reshape(Handle a, const int64_t* shape, int dims, Handle* out) { SAKI_CALL(*out = saki::own(a->reshape(saki::sizes(shape, dims)))) }
SAKI_API int saki_view(Handle a, const int64_t* shape, int dims, Handle* out) { SAKI_CALL(*out = saki::own(a->view(saki::sizes(shape, dims)))) }
SAKI_API int saki_expand(Handle a, const int64_t* shape, int dims, Handle* out) { SAKI_CALL(*out = saki::own(a->expand(saki::sizes(shape, dims)))) }
SAKI_API int saki_flatten(Handle a, int64_t start, int64_t end, Handle* out) { SAKI_CALL(*out = saki::own(a->flatten(start, end))) }
SAKI_API int saki_permute(Handle a, const int64_t* order, int dims, Handle* out) { SAKI_CALL(*out = saki::own(a->permute(saki::sizes(order, dims)))) }
SAKI_API int saki_transpose(Handle a, int64_t first, int64_t second, Handle* out) { SAKI_CALL(*out = saki::own(a->transpose(first, second))) }
SAKI_API int saki_squeeze(Handle a, int64_t dim, Handle* out) { SAKI_CALL(*out = saki::own(a->squeeze(dim))) }
SAKI_API int saki_unsqueeze(Handle a, int64_t dim, Handle* out) { SAKI_CALL(*out = saki::own(a->unsqueeze(dim))) }
SAKI_API int saki_narrow(Handle a, int64_t dim, int64_t start, int64_t length, Handle* out) { SAKI_CALL(*out = saki::own(a->narrow(dim, start, length))) }
SAKI_API int saki_select(Handle a, int64_t dim, int64_t index, Handle* out) { SAKI_CALL(*out = saki::own(a->select(dim, index))) }
SAKI_API int saki_index_select(Handle a, int64_t dim, Handle index, Handle* out) { SAKI_CALL(*out = saki::own(a->index_select(dim, *index))) }
SAKI_API int saki_gather(Handle a, int64_t dim, Handle index, Handle* out) { SAKI_CALL(*out = saki::own(a->gather(dim, *index))) }
SAKI_API int saki_masked_select(Handle a, Handle mask, Handle* out) { SAKI_CALL(*out = saki::own(a->masked_select(*mask))) }
SAKI_API int saki_masked_fill_(Handle a, Handle mask, double value) { SAKI_CALL(a->masked_fill_(*mask, value)) }
SAKI_API int saki_where(Handle condition, Handle a, Handle b, Handle* out) { SAKI_CALL(*out = saki::own(at::where(*condition, *a, *b))) }
SAKI_API int saki_flip(Handle a, const int64_t* dims, int count, Handle* out) { SAKI_CALL(*out = saki::own(a->flip(saki::sizes(dims, count)))) }

namespace {
std::vector<at::Tensor> gather_handles(Handle* parts, int count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int i = 0; i < count; i++) tensors.push_back(*parts[i]);
  return tensors;
}
}  // namespace

SAKI_API int saki_cat(Handle* parts, int count, int64_t dim, Handle* out) { SAKI_CALL(*out = saki::own(at::cat(gather_handles(parts, count), dim))) }
SAKI_API int saki_stack(Handle* parts, int count, int64_t dim, Handle* out) { SAKI_CALL(*out = saki::own(at::stack(gather_handles(parts, count), dim))) }
