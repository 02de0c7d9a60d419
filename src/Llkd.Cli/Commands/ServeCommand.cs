using System.CommandLine;
using System.Net;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Inference;
using Llkd.Serving;

namespace Llkd.Cli.Commands;

/// <summary>`llkd serve`: answer over HTTP, with a page for people.</summary>
internal static class ServeCommand
{
    public static Command Create(Screen screen)
    {
        var defaults = new ServiceOptions();
        var command = new Command("serve", "Answer over HTTP: POST /v1/classify, and a page at /. Ctrl-C stops it.");
        var model = new Option<string>("--model") { Description = "A folder that `llkd export` wrote, a run's folder, or a model folder.", Required = true, HelpName = "folder" };
        var host = new Option<string>("--host") { Description = "Address to listen on; default 127.0.0.1. Any that other machines can reach demands an API key.", DefaultValueFactory = _ => "127.0.0.1", HelpName = "address" };
        var port = new Option<int>("--port", "-p") { Description = "Port; 0 takes a free one.", DefaultValueFactory = _ => defaults.Port, HelpName = "number" };
        var key = new Option<string>("--api-key-variable") { Description = "Environment variable that holds the API key callers must send.", DefaultValueFactory = _ => "LLKD_API_KEY", HelpName = "name" };
        var abstain = new Option<float>("--abstain-below") { Description = "Confidence below which a text gets no label.", HelpName = "0 to 1" };
        var threads = new Option<int>("--threads") { Description = "Threads of one call; default 0: as many as there are cores.", HelpName = "number" };
        var body = new Option<long>("--max-body") { Description = "Most bytes of a request.", DefaultValueFactory = _ => defaults.MaxBodyBytes, HelpName = "bytes" };
        var texts = new Option<int>("--max-texts") { Description = "Most texts of a call.", DefaultValueFactory = _ => defaults.MaxTexts, HelpName = "number" };
        var length = new Option<int>("--max-text-length") { Description = "Most characters of a text.", DefaultValueFactory = _ => defaults.MaxTextLength, HelpName = "number" };
        var concurrent = new Option<int>("--max-concurrent") { Description = "Most calls at once, waiting ones included.", DefaultValueFactory = _ => defaults.MaxConcurrent, HelpName = "number" };
        foreach (Option option in new Option[] { model, host, port, key, abstain, threads, body, texts, length, concurrent }) command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string folder = ModelPath.Resolve(parsed.GetRequiredValue(model)), variable = parsed.GetValue(key)!;
            var options = new ServiceOptions
            {
                Address = Address(parsed.GetValue(host)!),
                Port = parsed.GetValue(port),
                ApiKey = Environment.GetEnvironmentVariable(variable),
                Model = Name(folder),
                MaxBodyBytes = parsed.GetValue(body),
                MaxTexts = parsed.GetValue(texts),
                MaxTextLength = parsed.GetValue(length),
                MaxConcurrent = parsed.GetValue(concurrent),
            };
            if (!IPAddress.IsLoopback(options.Address) && string.IsNullOrWhiteSpace(options.ApiKey))
                throw new InputException($"{options.Address} can be reached from other machines, so callers must send an API key: set the environment variable {variable} to a long random text, or listen on 127.0.0.1.");
            if (parsed.GetValue(abstain) is not (>= 0 and <= 1) || parsed.GetValue(threads) < 0)
                throw new InputException("--abstain-below is 0 to 1, --threads at least 0.");
            using ServedModel served = ServedModel.Load(folder, new TextClassifierOptions { AbstainBelow = parsed.GetValue(abstain), Threads = parsed.GetValue(threads) });
            ClassifierService service = await ClassifierService.StartAsync(served.Classifier, options, cancellationToken).ConfigureAwait(false);
            await using (service.ConfigureAwait(false))
            {
                await screen.Output.WriteLineAsync($"Listening on {service.Url}").ConfigureAwait(false);
                await screen.Output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                using CancellationTokenRegistration stop = cancellationToken.Register(stopped.SetResult);
                await stopped.Task.ConfigureAwait(false);
                screen.Note("Stopping; calls under way are answered first.");
                await service.StopAsync().ConfigureAwait(false);
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static IPAddress Address(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
        : IPAddress.TryParse(host, out IPAddress? address) ? address
        : throw new InputException($"--host {host} is no address; give one such as 127.0.0.1, 0.0.0.0 or ::.");

    /// <summary>The name an export was given, else the folder's own.</summary>
    private static string Name(string folder)
    {
        if (ExportCard.NameOf(folder) is { } given) return given;
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string name = Path.GetFileName(path);
        return name == "model" && Path.GetDirectoryName(path) is { } parent ? Path.GetFileName(parent) : name;
    }
}
