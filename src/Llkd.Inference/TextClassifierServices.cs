using Llkd.Inference;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers classifiers with dependency injection.</summary>
public static class TextClassifierServices
{
    /// <summary>
    /// Registers one <see cref="TextClassifier"/> for the whole application. It is loaded at its first use and freed with
    /// the container.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="folder">A folder that `llkd export` wrote.</param>
    /// <param name="options">How to run; default: <see cref="TextClassifierOptions"/>'s defaults.</param>
    public static IServiceCollection AddTextClassifier(this IServiceCollection services, string folder, TextClassifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return services.AddSingleton(_ => TextClassifier.Load(folder, options));
    }

    /// <summary>As <see cref="AddTextClassifier"/>, under a key, for applications with several classifiers.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key.</param>
    /// <param name="folder">A folder that `llkd export` wrote.</param>
    /// <param name="options">How to run; default: <see cref="TextClassifierOptions"/>'s defaults.</param>
    public static IServiceCollection AddKeyedTextClassifier(this IServiceCollection services, object key, string folder, TextClassifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return services.AddKeyedSingleton(key, (_, _) => TextClassifier.Load(folder, options));
    }
}
