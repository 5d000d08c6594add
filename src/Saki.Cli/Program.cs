using Saki.Cli;

return await SakiCommand.Run(args, Console.Out, Console.Error).ConfigureAwait(false);
