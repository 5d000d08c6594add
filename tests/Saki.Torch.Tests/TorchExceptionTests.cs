using Saki.Torch.Nn;

namespace Saki.Torch.Tests;

/// <summary>No C++ exception crosses the border: each comes out as a sentence with operation, expected and got.</summary>
public sealed class TorchExceptionTests : TorchTest
{
    private static string Refusal(Func<object?> action) => Assert.Throws<TorchException>(action).Message;

    [Fact]
    public void Shape_mismatch_names_the_operation_and_the_shapes()
    {
        var message = Refusal(() => torch.zeros([2, 3]).matmul(torch.zeros([4, 5])));
        Assert.StartsWith("matmul stopped. Expected operands whose inner sizes are equal, got float32[2, 3] and float32[4, 5].", message, StringComparison.Ordinal);
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Absent_optional_inputs_are_called_none() =>
        Assert.Contains("float32[1, 3, 8, 8], float32[4, 5, 3, 3] and none", Refusal(() => functional.conv2d(torch.zeros([1, 3, 8, 8]), torch.zeros([4, 5, 3, 3]))), StringComparison.Ordinal);

    [Fact]
    public void Class_numbers_out_of_range_are_told() =>
        Assert.Contains("cross_entropy stopped", Refusal(() => functional.cross_entropy(torch.zeros([1, 7]), torch.tensor([9L]))), StringComparison.Ordinal);

    [Fact]
    public void Every_kind_of_refusal_is_an_exception_here()
    {
        Assert.Contains("add stopped", Refusal(() => torch.zeros([2]) + torch.zeros([3])), StringComparison.Ordinal);
        Assert.Contains("view stopped", Refusal(() => torch.zeros([2, 3]).t().view(6)), StringComparison.Ordinal);
        Assert.Contains("select stopped", Refusal(() => torch.zeros([2])[5]), StringComparison.Ordinal);
        Assert.Contains("cat stopped", Refusal(() => torch.cat([torch.zeros([2, 2]), torch.zeros([3, 3])], 1)), StringComparison.Ordinal);
        Assert.Contains("full stopped", Refusal(() => torch.zeros([-1])), StringComparison.Ordinal);
        Assert.Contains("item stopped", Refusal(() => torch.zeros([2]).item()), StringComparison.Ordinal);
        Assert.Contains("linear stopped", Refusal(() => functional.linear(torch.zeros([2, 3]), torch.zeros([4, 4]))), StringComparison.Ordinal);
        Assert.Contains("batch_norm stopped", Refusal(() => functional.batch_norm(torch.zeros([2, 3, 4, 4]), torch.zeros([5]), torch.ones([5]))), StringComparison.Ordinal);
        Assert.Throws<TorchException>(() => torch.zeros([2]).backward());
        Assert.Throws<TorchException>(() => torch.tensor([1f, 2, 3], 2, 2));
        Assert.Throws<TorchException>(() => torch.from_array(new float[3], 2, 2));
        Assert.Throws<TorchException>(() => torch.tensor(new decimal[1]));
        Assert.Throws<TorchException>(() => torch.full([1L << 60], 0));
    }

    [Fact]
    public void Memory_that_cannot_be_had_is_an_exception_and_not_a_crash() =>
        Assert.Contains("full stopped", Refusal(() => torch.full([1L << 46], 0)), StringComparison.Ordinal);

    [Fact]
    public void Data_of_another_type_or_layout_is_refused_with_the_way_out()
    {
        Assert.Contains("to(dtype)", Refusal(() => torch.zeros([2]).data<double>().Length), StringComparison.Ordinal);
        Assert.Contains("not contiguous", Refusal(() => torch.zeros([2, 3]).t().data<float>().Length), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_tensor_is_refused_before_native_code_sees_it()
    {
        var x = torch.zeros([2]);
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => x + 1);
        Assert.Throws<ObjectDisposedException>(() => x.shape);
        Assert.Throws<ObjectDisposedException>(() => torch.cat([x, x]));
        x.Dispose();
    }
}
