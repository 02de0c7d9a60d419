using System.ClientModel;
using Llkd.Teachers.Prompting;
using Microsoft.Extensions.AI;

namespace Llkd.Teachers.Models;

/// <summary>
/// Any <see cref="IChatClient"/> as a language model. That interface knows no log-probabilities, so the confidence is the
/// agreement of samples. Errors of the client's own kinds cannot be told apart in general: those with an HTTP status are
/// read by it, everything else is taken for a broken connection and tried again.
/// </summary>
public sealed class ChatClientModel : IAnsweringModel
{
    private readonly IChatClient _client;

    /// <summary>Wraps a client, which stays the caller's to dispose of.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The model's name, a part of the teacher's identity.</param>
    public ChatClientModel(IChatClient client, string name)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrEmpty(name);
        (_client, Name) = (client, name);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public async Task<ModelReply> AskAsync(Prompt prompt, ModelOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        IEnumerable<ChatMessage> messages = prompt.Messages.Select(message => new ChatMessage(
            message.Role switch { PromptRole.System => ChatRole.System, PromptRole.User => ChatRole.User, _ => ChatRole.Assistant }, message.Content));
        try
        {
            ChatResponse response = await _client.GetResponseAsync(
                messages, new ChatOptions { Temperature = (float)options.Temperature, MaxOutputTokens = options.MaxTokens }, cancellationToken).ConfigureAwait(false);
            return new ModelReply(response.Text, null, Count(response.Usage?.InputTokenCount), Count(response.Usage?.OutputTokenCount));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ModelException(ModelFailure.TimedOut, "no reply in time", inner: e);
        }
        catch (ClientResultException e) when (e.Status > 0)
        {
            throw ErrorReply.Read(e.Status, e.GetRawResponse()?.Content.ToMemory() ?? default, null, askedForLogProbabilities: false);
        }
        catch (HttpRequestException e)
        {
            throw e.StatusCode is { } status ? ErrorReply.Read((int)status, default, null, askedForLogProbabilities: false)
                : new ModelException(ModelFailure.Broken, e.Message, inner: e);
        }
        catch (Exception e) when (e is IOException or ClientResultException)
        {
            throw new ModelException(ModelFailure.Broken, e.Message, inner: e);
        }
    }

    private static int Count(long? tokens) => (int)Math.Clamp(tokens ?? 0, 0, int.MaxValue);
}
