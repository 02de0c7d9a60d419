namespace Llkd.Tasks;

/// <summary>What keys must be together; each rule is silent where one of its keys already has a problem.</summary>
internal static class TaskRules
{
    public static void Check(DistillationTask task, TaskMapping root, TaskProblems problems)
    {
        CheckName(task.Name, root, problems);
        CheckLabels(task.Labels, root, problems);
        CheckData(task.Data, root, problems);
        CheckTeacher(task.Teacher, root, problems);
        StudentOptions student = task.Student;
        if (student is { Kind: StudentKind.Transformer, Hidden: { } hidden } && hidden % student.Heads != 0)
            Add("student.hidden", $"is {hidden}, which is no multiple of `student.heads`, {student.Heads}");
        if (student is { Kind: StudentKind.Pretrained, Path: null })
            Add("student.path", "is missing; `student.kind: pretrained` needs the folder to begin with");
        if (student is { Kind: not StudentKind.Pretrained, Path: not null })
            Add("student.path", "names a folder to begin with, which only `student.kind: pretrained` does");

        void Add(string key, string what) => Report(root, problems, key, what);
    }

    /// <summary>A run's folder has the task's name by default.</summary>
    private static void CheckName(string name, TaskMapping root, TaskProblems problems)
    {
        if (problems.Touch("name")) return;
        if (string.IsNullOrWhiteSpace(name)) Report(root, problems, "name", "is empty");
        else if (name is "." or ".." || name.Any(c => c is '/' or '\\' || char.IsControl(c)))
            Report(root, problems, "name", $"is `{name}`, which cannot name a folder: leave slashes and control characters out");
    }

    private static void CheckLabels(IReadOnlyList<TaskLabel> labels, TaskMapping root, TaskProblems problems)
    {
        if (problems.Touch("labels")) return;
        if (labels.Count < 2)
            Report(root, problems, "labels", $"has {(labels.Count == 0 ? "no label" : "one label")}; a classifier needs at least two");
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < labels.Count; i++)
        {
            string name = labels[i].Name;
            if (string.IsNullOrWhiteSpace(name)) Report(root, problems, $"labels[{i}]", "is empty; every label has a name");
            else if (!first.TryAdd(name, i)) Report(root, problems, $"labels[{i}]", $"is `{name}`, as labels[{first[name]}] is; every label stands once");
        }
        var written = new Dictionary<string, int>(first, StringComparer.Ordinal);
        for (int i = 0; i < labels.Count; i++)
            if (labels[i].Value is { } value && !written.TryAdd(value, i) && written[value] != i)
                Report(root, problems, $"labels[{i}].value", $"is `{value}`, which stands for labels[{written[value]}] already");
    }

    private static void CheckData(DataOptions data, TaskMapping root, TaskProblems problems)
    {
        if (data.Validation is not null && data.ValidationShare > 0)
            Report(root, problems, "data.validationShare", "and `data.validation` are both given; keep one");
        if (data.Test is not null && data.TestShare > 0)
            Report(root, problems, "data.testShare", "and `data.test` are both given; keep one");
        if (data.ValidationShare + data.TestShare > 0.95)
            Report(root, problems, "data.testShare", "and `data.validationShare` together take more than 0.95 of the pool");
        if (data.Text == data.Label)
            Report(root, problems, "data.label", $"names the column `{data.Label}`, which is the text column");
    }

    private static void CheckTeacher(TeacherOptions teacher, TaskMapping root, TaskProblems problems)
    {
        if (teacher.Probabilities is { } pattern && !pattern.Contains("{label}", StringComparison.Ordinal))
            Report(root, problems, "teacher.probabilities", $"is `{pattern}`, but must contain {{label}}, as p_{{label}} does");
        if (teacher.Kind == TeacherKind.Openai) CheckOpenAI(teacher, root, problems);
        else if (teacher.Request is not null) Report(root, problems, "teacher.request", "is for endpoints, so only `teacher.kind: openai` has it");
        CheckLocal(teacher, root, problems);
        if (teacher.Kind != TeacherKind.Recorded) return;
        if (teacher.Labels is null)
            Report(root, problems, "teacher.labels", "is missing; `teacher.kind: recorded` needs the table with the labels");
        if (teacher is { Confidence: not null, Probabilities: not null })
            Report(root, problems, "teacher.confidence", "and `teacher.probabilities` are both given; keep one (the probabilities say more)");
    }

    private static void CheckLocal(TeacherOptions teacher, TaskMapping root, TaskProblems problems)
    {
        if (teacher.Kind == TeacherKind.Onnx)
        {
            if (string.IsNullOrWhiteSpace(teacher.Path)) Report(root, problems, "teacher.path", "is missing; `teacher.kind: onnx` needs the folder of the model");
            if (teacher.ConfidenceFrom is ConfidenceSource.LogProbabilities or ConfidenceSource.Samples)
                Report(root, problems, "teacher.confidenceFrom", "is for endpoints; `teacher.kind: onnx` reads the probability of every label itself (`label-scores`)");
            return;
        }
        if (teacher.Path is not null) Report(root, problems, "teacher.path", "names the folder of a model, which only `teacher.kind: onnx` has");
        if (teacher.File is not null) Report(root, problems, "teacher.file", "names the file of a model, which only `teacher.kind: onnx` has");
    }

    private static void CheckOpenAI(TeacherOptions teacher, TaskMapping root, TaskProblems problems)
    {
        if (string.IsNullOrWhiteSpace(teacher.Model))
            Report(root, problems, "teacher.model", "is missing; `teacher.kind: openai` needs the name of a model");
        // Neither message repeats the value: it may be a secret.
        if (teacher.ApiKeyVariable is { } variable && !(variable.Length > 0 && variable.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !char.IsAsciiDigit(variable[0])))
            Report(root, problems, "teacher.apiKeyVariable", "is no name of an environment variable; a key must not stand in the task file: set a variable such as OPENAI_API_KEY to it and name that");
        foreach (string field in teacher.Request?.Fields.Keys.Where(RequestFields.Reserved.Contains) ?? [])
            Report(root, problems, $"teacher.request.{field}", "is what the answers are read by, and is written by llkd alone; see `teacher.model`, `teacher.template`, `teacher.confidenceFrom`, `teacher.topLogProbabilities` and `teacher.samples`");
        if (teacher.Endpoint is not { } endpoint) return;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            Report(root, problems, "teacher.endpoint", "is no address, such as http://localhost:8000/v1");
        else if (address.Query.Contains("api-version", StringComparison.OrdinalIgnoreCase))
            Report(root, problems, "teacher.endpoint", "has an api-version in it; give Azure's address without versions, https://NAME.openai.azure.com/openai/v1, and the deployment by `teacher.model`");
        else if (address.UserInfo.Length > 0 || address.Query.Length > 0)
            Report(root, problems, "teacher.endpoint", "has a user name, password or query in it; give the address alone, and the key by `teacher.apiKeyVariable`");
    }

    private static void Report(TaskMapping root, TaskProblems problems, string key, string what)
    {
        if (!problems.Touch(key)) problems.Add(PlaceOf(root, key), key, what);
    }

    /// <summary>Place of a key, or of the innermost mapping around it that is there.</summary>
    private static TaskPlace PlaceOf(TaskMapping root, string path)
    {
        TaskNode node = root;
        TaskPlace place = root.Place;
        foreach (string step in path.Replace("[", ".[", StringComparison.Ordinal).Split('.'))
        {
            if (node is TaskList list && step[0] == '[' && int.TryParse(step.AsSpan()[1..^1], out int index) && index < list.Items.Count)
                (node, place) = (list.Items[index], list.Items[index].Place);
            else if (node is TaskMapping mapping && mapping.Entries.FirstOrDefault(e => e.Key == step) is { } entry)
                (node, place) = (entry.Value, entry.Value.Place);
            else break;
        }
        return place;
    }
}
