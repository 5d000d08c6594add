// A part of a network whose inner values are not kept for the backward pass but computed again there (Chen et al. 2016, "Training deep nets with sublinear
// memory cost"). The part itself runs on the other side, through a function pointer.
#include "saki_torch.h"
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

// Returns a tensor to own, or null after a failure that the other side keeps. The input is handed over.
using Part = Handle (*)(void* context, Handle input, bool again);
using Release = void (*)(void* context);

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor call(int64_t part, int64_t context, const at::Tensor& input, bool again) {
  Handle made = reinterpret_cast<Part>(part)(reinterpret_cast<void*>(context), saki::own(input), again);
  TORCH_CHECK(made, "recompute: the part failed");
  at::Tensor output = std::move(*made);
  delete made;
  return output;
}

at::Tensor random_state() {
  auto generator = at::globalContext().defaultGenerator(at::kCPU);
  std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

void set_random_state(const at::Tensor& state) {
  auto generator = at::globalContext().defaultGenerator(at::kCPU);
  std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(state);
}

// The random numbers and the autocast of the first pass, for the second.
class AsBefore {
 public:
  AsBefore(const at::Tensor& state, at::DeviceType device, int autocast) : now_(random_state()), device_(device), autocast_(autocast) {
    set_random_state(state);
    if (autocast_ >= 0) saki_autocast_enter(static_cast<int>(device_), autocast_, &before_);
  }
  ~AsBefore() {
    if (autocast_ >= 0) saki_autocast_leave(static_cast<int>(device_), before_);
    set_random_state(now_);
  }

 private:
  at::Tensor now_;
  at::DeviceType device_;
  int autocast_, before_ = -1;
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  // anchor requires a gradient, so that the output does although the input may be a picture, which does not. holder releases the context with the graph.
  static at::Tensor forward(AutogradContext* keep, const at::Tensor& input, const at::Tensor& anchor, const at::Tensor& holder, int64_t part, int64_t context) {
    keep->save_for_backward({input, holder, random_state()});
    keep->saved_data["part"] = part;
    keep->saved_data["context"] = context;
    keep->saved_data["autocast"] = static_cast<int64_t>(saki::autocast_type(input.device().type()));
    return call(part, context, input, false);
  }

  static variable_list backward(AutogradContext* keep, variable_list gradients) {
    const auto saved = keep->get_saved_variables();
    const at::Tensor input = saved[0].detach();
    input.set_requires_grad(saved[0].requires_grad());
    at::AutoGradMode remember(true);
    at::Tensor output;
    {
      AsBefore settings(saved[2], input.device().type(), static_cast<int>(keep->saved_data["autocast"].toInt()));
      output = call(keep->saved_data["part"].toInt(), keep->saved_data["context"].toInt(), input, true);
    }
    torch::autograd::backward({output}, {gradients[0]}); // parameters of the part take their gradients here
    return {input.grad(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

// release(context) is called once, when nothing can ask for the second pass any more.
SAKI_API int saki_recompute(Handle input, Part part, Release release, void* context, Handle* out) {
  static char place = 0;
  SAKI_CALL(
      const at::Tensor holder = at::from_blob(&place, {1}, [release, context](void*) { release(context); }, at::TensorOptions().dtype(at::kByte));
      const at::Tensor anchor = at::zeros({1}).set_requires_grad(true);
      *out = saki::own(Recomputed::apply(*input, anchor, holder, reinterpret_cast<int64_t>(part), reinterpret_cast<int64_t>(context))))
}
