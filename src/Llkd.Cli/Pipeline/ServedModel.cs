using Llkd.Inference;
using Llkd.Students.Export;

namespace Llkd.Cli.Pipeline;

/// <summary>The classifier of a folder: an exported one as it is, a trained student by way of an export into a temporary folder.</summary>
internal sealed class ServedModel : IDisposable
{
    private readonly DirectoryInfo? _temporary;

    private ServedModel(TextClassifier classifier, DirectoryInfo? temporary) => (Classifier, _temporary) = (classifier, temporary);

    public TextClassifier Classifier { get; }

    public static ServedModel Load(string folder, TextClassifierOptions options)
    {
        if (TextClassifier.IsExported(folder)) return new ServedModel(TextClassifier.Load(folder, options), null);
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("llkd-serve-");
        try
        {
            ExportedFolder.Write(folder, temporary.FullName, Precision.Float32);
            return new ServedModel(TextClassifier.Load(temporary.FullName, options), temporary);
        }
        catch
        {
            temporary.Delete(recursive: true);
            throw;
        }
    }

    public void Dispose()
    {
        Classifier.Dispose();
        _temporary?.Delete(recursive: true);
    }
}
