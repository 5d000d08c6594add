// Element by element, comparisons, reductions, products of matrices.
#include "saki_torch.h"

#define SAKI_UNARY(name) \
  SAKI_API int saki_##name(Handle a, Handle* out) { SAKI_CALL(*out = saki::own(at::name(*a))) }

#define SAKI_BINARY(name)                                                                                            \
  SAKI_API int saki_##name(Handle a, Handle b, Handle* out) { SAKI_CALL(*out = saki::own(at::name(*a, *b))) }         \
  SAKI_API int saki_##name##_scalar(Handle a, double value, bool integral, Handle* out) {                            \
    SAKI_CALL(*out = saki::own(at::name(*a, saki::scalar(value, integral))))                                         \
  }

SAKI_UNARY(neg)
SAKI_UNARY(abs)
SAKI_UNARY(exp)
SAKI_UNARY(log)
SAKI_UNARY(sqrt)
SAKI_UNARY(square)
SAKI_UNARY(round)
SAKI_UNARY(isfinite)
SAKI_UNARY(logical_not)

SAKI_BINARY(add)
SAKI_BINARY(sub)
SAKI_BINARY(mul)
SAKI_BINARY(div)
SAKI_BINARY(pow)
SAKI_BINARY(eq)
SAKI_BINARY(ne)
SAKI_BINARY(lt)
SAKI_BINARY(le)
SAKI_BINARY(gt)
SAKI_BINARY(ge)

SAKI_API int saki_maximum(Handle a, Handle b, Handle* out) { SAKI_CALL(*out = saki::own(at::maximum(*a, *b))) }
SAKI_API int saki_minimum(Handle a, Handle b, Handle* out) { SAKI_CALL(*out = saki::own(at::minimum(*a, *b))) }
SAKI_API int saki_add_(Handle a, Handle b, double alpha) { SAKI_CALL(a->add_(*b, alpha)) }
SAKI_API int saki_mul_(Handle a, Handle b) { SAKI_CALL(a->mul_(*b)) }
SAKI_API int saki_add_scalar_(Handle a, double value, bool integral) { SAKI_CALL(a->add_(saki::scalar(value, integral))) }
SAKI_API int saki_mul_scalar_(Handle a, double value, bool integral) { SAKI_CALL(a->mul_(saki::scalar(value, integral))) }

SAKI_API int saki_clamp(Handle a, const double* low, const double* high, Handle* out) {
  SAKI_CALL(
      if (low && high) *out = saki::own(at::clamp(*a, *low, *high));
      else if (low) *out = saki::own(at::clamp_min(*a, *low));
      else *out = saki::own(at::clamp_max(*a, *high)))
}

SAKI_API int saki_matmul(Handle a, Handle b, Handle* out) { SAKI_CALL(*out = saki::own(at::matmul(*a, *b))) }

// No dims: over everything.
SAKI_API int saki_sum(Handle a, const int64_t* dims, int count, bool keep, Handle* out) {
  SAKI_CALL(*out = saki::own(count == 0 ? at::sum(*a) : at::sum(*a, saki::sizes(dims, count), keep)))
}

SAKI_API int saki_mean(Handle a, const int64_t* dims, int count, bool keep, Handle* out) {
  SAKI_CALL(*out = saki::own(count == 0 ? at::mean(*a) : at::mean(*a, saki::sizes(dims, count), keep)))
}

SAKI_API int saki_var(Handle a, const int64_t* dims, int count, bool unbiased, bool keep, Handle* out) {
  SAKI_CALL(*out = saki::own(count == 0 ? at::var(*a, unbiased) : at::var(*a, saki::sizes(dims, count), unbiased, keep)))
}

SAKI_API int saki_std(Handle a, const int64_t* dims, int count, bool unbiased, bool keep, Handle* out) {
  SAKI_CALL(*out = saki::own(count == 0 ? at::std(*a, unbiased) : at::std(*a, saki::sizes(dims, count), unbiased, keep)))
}

SAKI_API int saki_amax(Handle a, const int64_t* dims, int count, bool keep, Handle* out) {
  SAKI_CALL(*out = saki::own(count == 0 ? at::max(*a) : at::amax(*a, saki::sizes(dims, count), keep)))
}

SAKI_API int saki_amin(Handle a, const int64_t* dims, int count, bool keep, Handle* out) {
  SAKI_CALL(*out = saki::own(count == 0 ? at::min(*a) : at::amin(*a, saki::sizes(dims, count), keep)))
}

SAKI_API int saki_max_dim(Handle a, int64_t dim, bool keep, Handle* values, Handle* indices) {
  SAKI_CALL(auto both = at::max(*a, dim, keep); *values = saki::own(std::get<0>(both)); *indices = saki::own(std::get<1>(both)))
}

SAKI_API int saki_topk(Handle a, int64_t count, int64_t dim, Handle* values, Handle* indices) {
  SAKI_CALL(auto both = at::topk(*a, count, dim); *values = saki::own(std::get<0>(both)); *indices = saki::own(std::get<1>(both)))
}

SAKI_API int saki_argmax(Handle a, int64_t dim, bool all, bool keep, Handle* out) {
  SAKI_CALL(*out = saki::own(all ? at::argmax(*a) : at::argmax(*a, dim, keep)))
}

SAKI_API int saki_argmin(Handle a, int64_t dim, bool all, bool keep, Handle* out) {
  SAKI_CALL(*out = saki::own(all ? at::argmin(*a) : at::argmin(*a, dim, keep)))
}

SAKI_API bool saki_equal(Handle a, Handle b) {
  try {
    return at::equal(*a, *b);
  } catch (...) {
    saki::keep_error();
    return false;
  }
}
