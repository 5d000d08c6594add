// The saki command with one more network. Try it from the repository's root (after make native):
//   dotnet run --project examples/own-network -- data sample emotions
//   dotnet run --project examples/own-network -- train --config-dir examples/own-network/conf trainer.seconds=30
using OwnNetwork;
using Saki.Cli;
using Saki.Torch.Networks;

var networks = NetworkRegistry.BuiltIn().Add<StripesOptions>("stripes", (shape, options) => new Stripes(shape, options));
return await SakiCommand.Run(args, Console.Out, Console.Error, networks);
