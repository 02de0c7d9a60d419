// classify FOLDER < texts, one a line > label, confidence and text, separated by tabs
using System.Globalization;
using Llkd.Inference;

if (args.Length != 1)
{
    Console.Error.WriteLine("classify FOLDER < texts, one a line");
    return 2;
}
using var classifier = TextClassifier.Load(args[0]);
while (Console.ReadLine() is { } text)
{
    Prediction answer = classifier.Predict(text);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answer.Best}\t{answer.Confidence:0.0000}\t{text}"));
}
return 0;
