// Labels made-up documents into a journal and says what is committed; the journal's tests start it, and kill it.
//   Llkd.Teachers.Labeller JOURNAL DOCUMENTS label|hold|ENDPOINT
// Prints "held N" when the journal is open, "committed N" after every commit and "done" at the end;
// an expected error goes to standard error with exit status 1.
using System.Globalization;
using Llkd;
using Llkd.Documents;
using Llkd.Teachers;
using Llkd.Teachers.Labeller;

try
{
    Document[] documents = SampleDocuments.Make(int.Parse(args[1], CultureInfo.InvariantCulture));
    if (args[2].StartsWith("http", StringComparison.Ordinal))
    {
        using LanguageModelTeacher served = ServedLabels.Teacher(args[2]);
        using LabelJournal labels = LabelJournal.Open(args[0], ServedLabels.Task, ServedLabels.Labels);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"held {labels.CountLabelled(served.Fingerprint)}"));
        await Labelling.RunAsync(served, documents, labels, new CommitPrinter());
        Console.WriteLine("done");
        return 0;
    }
    var teacher = new KeyTeacher();
    using LabelJournal journal = LabelJournal.Open(args[0], KeyTeacher.Task, KeyTeacher.Labels);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"held {journal.CountLabelled(teacher.Fingerprint)}"));
    if (args[2] == "hold") Console.In.ReadLine();
    else
    {
        await Labelling.RunAsync(teacher, documents, journal, new CommitPrinter());
        Console.WriteLine("done");
    }
    return 0;
}
catch (Exception e) when (e is InputException or RunFailedException)
{
    Console.Error.WriteLine($"{e.GetType().Name}: {e.Message}");
    return 1;
}
