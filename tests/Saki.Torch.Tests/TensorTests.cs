namespace Saki.Torch.Tests;

public sealed class TensorTests : TorchTest
{
    [Fact]
    public void Views_share_memory_and_copies_do_not()
    {
        var x = torch.arange(6, torch.float32).reshape(2, 3);
        var copy = x.clone();
        x[1].fill_(9);
        x.t()[0].fill_(-1);
        Assert.Equal([-1f, 1, 2, -1, 9, 9], x.ToArray<float>());
        Assert.Equal([0f, 1, 2, 3, 4, 5], copy.ToArray<float>());
    }

    [Fact]
    public void Indexing_takes_the_parts_that_PyTorch_takes()
    {
        var x = torch.arange(12).reshape(3, 4);
        Assert.Equal([8L, 9, 10, 11], x[-1].ToArray<long>());
        Assert.Equal([4L, 5, 6, 7, 8, 9, 10, 11], x[1..].ToArray<long>());
        Assert.Equal([1L, 2, 5, 6, 9, 10], x.narrow(1, 1, 2).ToArray<long>());
        Assert.Equal([8L, 9, 10, 11, 0, 1, 2, 3], x.index_select(0, torch.tensor([2L, 0])).ToArray<long>());
        Assert.Equal([10L, 11], x[x.gt(9)].ToArray<long>());
        Assert.Equal([0L, 6, 9], x.gather(1, torch.tensor([0L, 2, 1], 3, 1)).ToArray<long>());
        Assert.Equal([3L, 2, 1, 0], x.flip(1)[0].ToArray<long>());
        Assert.Equal([0L, 4, 8], x.permute(1, 0)[0].ToArray<long>());
    }

    [Fact]
    public void Whole_number_scalars_keep_the_type_and_real_ones_do_not()
    {
        var x = torch.arange(3);
        Assert.Equal(torch.int64, (x + 1).dtype);
        Assert.Equal(torch.float32, (x + 1.5).dtype);
        Assert.Equal(torch.float32, (x / 2).dtype);
        Assert.Equal([-1L, 0, 1], (x - 1).ToArray<long>());
        Assert.Equal([0f, 1, 2], (1.0 * x).ToArray<float>());
    }

    [Fact]
    public void Reductions_over_all_and_over_dimensions()
    {
        var x = torch.tensor([3f, 1, 2, 9, 8, 7], 2, 3);
        Assert.Equal(30, x.sum().item());
        Assert.Equal([6f, 24], x.sum([1]).ToArray<float>());
        Assert.Equal([2L, 1], x.mean([1], keepdim: true).shape);
        Assert.Equal((9.0, 1.0), (x.max().item(), x.min().item()));
        Assert.Equal([0L, 0], x.argmax(1).ToArray<long>());
        Assert.Equal(1, x.argmin().item_long());
        var (values, indices) = x.max(0);
        Assert.Equal([9f, 8, 7], values.ToArray<float>());
        Assert.Equal([1L, 1, 1], indices.ToArray<long>());
        Assert.Equal([2L, 1], x[..1].reshape(3)[1..].topk(2).indices.reshape(2).ToArray<long>().Select(i => i + 1));
    }

    [Fact]
    public void All_types_round_trip_through_spans()
    {
        Assert.Equal([1f, -2], torch.tensor([1f, -2]).data<float>());
        Assert.Equal([1d, -2], torch.tensor([1d, -2]).data<double>());
        Assert.Equal([(Half)1, (Half)(-2)], torch.tensor([(Half)1, (Half)(-2)]).data<Half>());
        Assert.Equal([long.MaxValue], torch.tensor([long.MaxValue]).data<long>());
        Assert.Equal([int.MinValue], torch.tensor([int.MinValue]).data<int>());
        Assert.Equal([(byte)255], torch.tensor([(byte)255]).data<byte>());
        Assert.Equal([true, false], torch.tensor([true, false]).data<bool>());
        var bf16 = torch.tensor([1f, -2]).to(torch.bfloat16);
        Assert.Equal([(ushort)0x3F80, (ushort)0xC000], bf16.data<ushort>());
        Assert.Equal(long.MaxValue, torch.tensor([long.MaxValue]).item_long());
    }

    [Fact]
    public void An_array_can_be_a_tensor_without_a_copy()
    {
        float[] pixels = [1, 2, 3, 4];
        using (var x = torch.from_array(pixels, 2, 2))
        {
            pixels[3] = 40;
            Assert.Equal(40, x[1][1].item());
            x.mul_(2);
        }
        Assert.Equal([2f, 4, 6, 80], pixels);
    }

    [Fact]
    public void Equal_seeds_give_PyTorchs_numbers()
    {
        var golden = Golden.Root.GetProperty("seeds");
        torch.manual_seed(3);
        Golden.AssertClose(golden.GetProperty("rand"), torch.rand([20]), 1e-7);
        var state = torch.get_rng_state();
        Golden.AssertClose(golden.GetProperty("randn"), torch.randn([20]), 1e-6);
        Assert.Equal(golden.GetProperty("randperm").EnumerateArray().Select(value => value.GetInt64()), torch.randperm(10).ToArray<long>());
        torch.set_rng_state(state);
        Golden.AssertClose(golden.GetProperty("randn"), torch.randn([20]), 1e-6);
    }

    [Fact]
    public void Thread_count_can_be_set()
    {
        var before = torch.get_num_threads();
        torch.set_num_threads(2);
        Assert.Equal(2, torch.get_num_threads());
        torch.set_num_threads(before);
        Assert.Throws<TorchException>(() => torch.set_num_threads(0));
    }

    [Fact]
    public void A_missing_gpu_is_told_in_one_sentence()
    {
        if (torch.cuda.is_available()) return; // the sentence exists only where there is none
        var refusal = Assert.Throws<SakiException>(() => torch.zeros([1]).to(device: new Device(DeviceType.cuda)));
        Assert.Contains("without CUDA", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<SakiException>(() => Device.Parse("cuda:0"));
        Assert.Throws<SakiException>(() => Device.Parse("gpu"));
        Assert.Equal(default, Device.Parse("cpu"));
    }

    [Fact]
    public void Grad_modes_end_with_their_scopes()
    {
        var x = torch.ones([2]).requires_grad_();
        using (torch.no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (torch.enable_grad()) Assert.True((x * 2).requires_grad);
        }
        using (torch.inference_mode()) Assert.False((x * 2).requires_grad);
        Assert.True((x * 2).requires_grad);
        Assert.False((x * 2).detach().requires_grad);
    }

    [Fact]
    public void Gradients_add_up_until_dropped()
    {
        var x = torch.tensor([2f, 3]).requires_grad_();
        (x * x).sum().backward();
        (x * x).sum().backward();
        Assert.Equal([8f, 12], x.grad!.ToArray<float>());
        x.grad = null;
        x.mul(x).backward(torch.tensor([1f, 10]));
        Assert.Equal([4f, 60], x.grad!.ToArray<float>());
    }
}
