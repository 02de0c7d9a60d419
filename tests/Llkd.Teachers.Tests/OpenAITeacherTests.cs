using System.Globalization;
using System.Text.Json;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Calls;
using Llkd.TestServer;

namespace Llkd.Teachers.Tests;

/// <summary>The teacher against a real server that answers with known distributions, and misbehaves.</summary>
public sealed class OpenAITeacherTests(ITestOutputHelper output) : IAsyncLifetime
{
    private ChatServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ChatServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private static void Near(double[] expected, float[]? actual, float tolerance = 1e-4f)
    {
        Assert.NotNull(actual);
        for (int k = 0; k < expected.Length; k++) Assert.Equal((float)expected[k], actual[k], tolerance);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("chatml")]
    public async Task One_request_gives_the_label_and_the_whole_distribution(string format)
    {
        using var served = new ServedTeacher(_server, format: format);
        _server.KeepRequests = true;
        TeacherLabel answer = await served.LabelAsync("I could sing");
        Near([.7, .2, .1], answer.Distribution);
        Assert.Equal(("log-probabilities", 1, "A"), (answer.Evidence, answer.Calls, answer.RawReply));
        Assert.Equal(0, answer.Unseen!.Value, 1e-5f);
        Assert.True(answer.PromptTokens > 50);
        Assert.Equal(1, answer.CompletionTokens);
        Assert.Equal(1, _server.Received);
        (string authorization, string path, string body) = _server.Requests.Single();
        Assert.Equal("Bearer " + ServedTeacher.Key, authorization);
        Assert.Equal(format == "chat" ? "/v1/chat/completions" : "/v1/completions", path);
        using JsonDocument request = JsonDocument.Parse(body);
        Assert.Equal("test", request.RootElement.GetProperty("model").GetString());
        Assert.Equal(0, request.RootElement.GetProperty("temperature").GetDouble());
        Assert.Equal(8, request.RootElement.GetProperty("max_tokens").GetInt32());
    }

    [Theory]
    [InlineData("chat", false)]
    [InlineData("chatml", false)]
    [InlineData("chatml", true)]
    public async Task Fields_are_added_to_every_request_and_put_in_place_of_others(string format, bool scores)
    {
        _server.KeepRequests = true;
        const string More = """{"seed":7,"max_tokens":2000,"temperature":null,"stop":["."],"chat_template_kwargs":{"enable_thinking":false}}""";
        LanguageModelOptions? options = scores ? new LanguageModelOptions { ConfidenceFrom = ConfidenceSource.LabelScores } : null;
        using var served = new ServedTeacher(_server, options, format: format, request: More);
        Near([.7, .2, .1], (await served.LabelAsync("I could sing")).Distribution);
        using JsonDocument request = JsonDocument.Parse(_server.Requests.Single().Body, new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.Equal("test", request.RootElement.GetProperty("model").GetString());
        Assert.False(request.RootElement.TryGetProperty("temperature", out _));
        foreach (JsonProperty field in JsonDocument.Parse(More).RootElement.EnumerateObject().Where(field => field.Name != "temperature"))
            Assert.True(JsonElement.DeepEquals(field.Value, request.RootElement.GetProperty(field.Name)), field.Name);

        using var plain = new ServedTeacher(_server, options, format: format);
        Assert.NotEqual(plain.Teacher.Fingerprint, served.Teacher.Fingerprint);
        using var again = new ServedTeacher(_server, options, format: format, request: """{"temperature":null,"chat_template_kwargs":{"enable_thinking":false},"stop":["."],"max_tokens":2000,"seed":7}""");
        Assert.Equal(again.Teacher.Fingerprint, served.Teacher.Fingerprint);
    }

    [Fact]
    public void A_field_that_answers_are_read_by_is_refused() =>
        Assert.Contains("`logprobs`", Assert.Throws<ArgumentException>(() => new ServedTeacher(_server, request: """{"seed":7,"logprobs":false}""")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Labels_of_several_words_and_texts_of_any_characters_go_through()
    {
        _server.Markers = ServedTeacher.Labels;
        using var served = new ServedTeacher(_server, style: AnswerStyle.Words);
        string[] texts = ["quotes \" and \\ and \n lines", "表情 🙂 العربية", "half a pair \ud800 here", "{{text}} </s> <|im_end|>", "x\u0000y"];
        foreach (string text in texts)
        {
            TeacherLabel answer = await served.LabelAsync(text);
            Near([.7, .2, .1], answer.Distribution);
            Assert.Equal("joy", answer.RawReply);
        }
    }

    [Theory]
    [InlineData(Fault.BusyWithRetryAfter)]
    [InlineData(Fault.Busy)]
    [InlineData(Fault.Error)]
    [InlineData(Fault.Slow)]
    [InlineData(Fault.HalfBody)]
    [InlineData(Fault.WrongJson)]
    [InlineData(Fault.Dropped)]
    [InlineData(Fault.OutsideTheLabels)]
    public async Task A_fault_that_passes_costs_another_request_and_no_label(Fault fault)
    {
        _server.Misbehave = (_, number) => number <= 2 ? fault : Fault.None;
        using var served = new ServedTeacher(_server);
        TeacherLabel answer = await served.LabelAsync("text");
        Near([.7, .2, .1], answer.Distribution);
        Assert.Equal(fault == Fault.Slow ? 1 : 3, _server.Received);
        Assert.Equal(fault == Fault.OutsideTheLabels ? 3 : 1, answer.Calls);
        if (fault == Fault.BusyWithRetryAfter) Assert.True(served.Time.Waited >= TimeSpan.FromSeconds(2), "Retry-After was not heeded.");
    }

    [Theory]
    [InlineData(Fault.ExtraWords)]
    [InlineData(Fault.AnotherLanguage)]
    public async Task The_answer_is_read_among_other_words(Fault fault)
    {
        _server.Misbehave = (_, _) => fault;
        using var served = new ServedTeacher(_server);
        TeacherLabel answer = await served.LabelAsync("text");
        Near([.7, .2, .1], answer.Distribution);
        Assert.Equal(1, _server.Received);
    }

    [Fact]
    public async Task A_reply_that_comes_too_late_is_asked_for_again()
    {
        _server.Lateness = TimeSpan.FromSeconds(20);
        _server.Misbehave = (_, number) => number == 1 ? Fault.Slow : Fault.None;
        using var served = new ServedTeacher(_server, timeout: TimeSpan.FromSeconds(0.5));
        Near([.7, .2, .1], (await served.LabelAsync("text")).Distribution);
        Assert.Equal(2, _server.Received);
    }

    [Theory]
    [InlineData(Fault.NoLogProbabilities, 5)]
    [InlineData(Fault.LogProbabilitiesRefused, 7)]
    public async Task Without_log_probabilities_the_confidence_is_the_agreement_of_samples(Fault fault, int received)
    {
        // A sample without log-probabilities is answered; refusing them is tried with 20, then with 5.
        _server.Misbehave = (_, number) => fault == Fault.LogProbabilitiesRefused && number > 2 ? Fault.None : fault;
        _server.Distribution = _ => [0.6, 0.4, 0];
        using var served = new ServedTeacher(_server);
        TeacherLabel answer = await served.LabelAsync("text");
        Assert.Equal("agreement of 5 samples", answer.Evidence);
        Assert.Null(answer.Unseen);
        Assert.All(answer.Distribution!, p => Assert.Equal(Math.Round(p * 5), p * 5, 1e-4));
        Assert.Equal(0, answer.Distribution![2]);
        Assert.Equal(fault == Fault.NoLogProbabilities ? received + 1 : received, _server.Received);
        Assert.Equal(5, answer.RawReply!.Split('\n').Length);
    }

    [Fact]
    public async Task Agreement_of_many_samples_comes_near_the_distribution()
    {
        _server.Distribution = _ => [0.6, 0.3, 0.1];
        using var served = new ServedTeacher(_server, new LanguageModelOptions { ConfidenceFrom = ConfidenceSource.Samples, Samples = 50 });
        var answers = (await served.LabelAsync(ServedTeacher.Documents(40))).Values;
        // 2,000 draws: five standard errors are .055.
        Near([.6, .3, .1], [.. Enumerable.Range(0, 3).Select(k => answers.Average(answer => answer.Distribution![k]))], 0.055f);
    }

    [Theory]
    [InlineData(Fault.OutsideTheLabels, "the reply names no label, or several", "I would rather not say.", 3)]
    [InlineData(Fault.Rejected, "the endpoint rejected the request: 400: This prompt is too long", "context_length_exceeded", 1)]
    public async Task A_text_that_cannot_be_labelled_fails_with_a_reason_and_its_reply_and_the_others_are_labelled(Fault fault, string reason, string reply, int received)
    {
        _server.Misbehave = (text, _) => text == "text 3" ? fault : Fault.None;
        using var served = new ServedTeacher(_server);
        Document[] documents = ServedTeacher.Documents(8);
        Dictionary<DocumentKey, TeacherLabel> answers = await served.LabelAsync(documents);
        TeacherLabel failed = answers[documents[3].Key];
        Assert.Equal((reason, null), (failed.Failure, failed.Distribution));
        Assert.Contains(reply, failed.RawReply, StringComparison.Ordinal);
        Assert.Equal(7, answers.Values.Count(answer => answer.Distribution is not null));
        Assert.Equal(7 + received, _server.Received);
    }

    [Theory]
    [InlineData(Fault.QuotaExhausted, typeof(RunFailedException), "quota")]
    [InlineData(Fault.KeyRefused, typeof(InputException), "apiKeyVariable")]
    [InlineData(Fault.NotFound, typeof(InputException), "teacher.model")]
    public async Task Trouble_that_will_not_pass_ends_the_run_after_what_is_in_flight(Fault fault, Type error, string message)
    {
        _server.Misbehave = (_, number) => number > 20 ? fault : Fault.None;
        using var folder = new TestData.Folder();
        using LabelJournal journal = ServedTeacher.Open(folder.File("labels.db"));
        using var served = new ServedTeacher(_server, calls: new CallOptions { Concurrency = 4 });
        Exception thrown = await Assert.ThrowsAnyAsync<Exception>(() =>
            Labelling.RunAsync(served.Teacher, ServedTeacher.Documents(1000), journal, cancellationToken: TestContext.Current.CancellationToken));
        Assert.IsType(error, thrown);
        Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
        for (Exception? e = thrown; e is not null; e = e.InnerException) Assert.DoesNotContain(ServedTeacher.Key, e.Message, StringComparison.Ordinal);
        // No request was made in vain after that, and no answer got lost.
        Assert.InRange(_server.Received, 21, 24);
        Assert.Equal(20, journal.CountLabelled(served.Teacher.Fingerprint));
    }

    [Fact]
    public async Task An_endpoint_that_is_not_there_is_reported_soon()
    {
        using var served = new ServedTeacher(_server);
        await _server.DisposeAsync();
        RunFailedException error = await Assert.ThrowsAsync<RunFailedException>(() => served.LabelAsync("text"));
        Assert.Contains("cannot be reached", error.Message, StringComparison.Ordinal);
        Assert.Contains("teacher.endpoint", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_stays_broken_ends_the_run_and_the_next_run_asks_about_the_failed_texts_again()
    {
        _server.Misbehave = (_, number) => number > 100 ? Fault.Error : Fault.None;
        using var folder = new TestData.Folder();
        using LabelJournal journal = ServedTeacher.Open(folder.File("labels.db"));
        using var served = new ServedTeacher(_server);
        Document[] documents = ServedTeacher.Documents(500);
        RunFailedException error = await Assert.ThrowsAsync<RunFailedException>(() =>
            Labelling.RunAsync(served.Teacher, documents, journal, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("50 texts in a row", error.Message, StringComparison.Ordinal);
        Assert.Equal(100, journal.CountLabelled(served.Teacher.Fingerprint));
        Assert.All(journal.FailuresByReason(served.Teacher.Fingerprint), pair => Assert.Equal("the endpoint failed (5xx)", pair.Key));
        _server.Misbehave = (_, _) => Fault.None;
        await Labelling.RunAsync(served.Teacher, documents, journal, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(500, journal.CountLabelled(served.Teacher.Fingerprint));
        Assert.All(documents, document => Assert.Equal(1, _server.AnswersByText[document.Text]));
    }

    [Fact]
    public async Task Of_20000_texts_under_a_fault_rate_of_a_fifth_every_one_gets_its_own_label_and_every_call_is_counted()
    {
        const int Count = 20_000;
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        Fault[] faults =
        [
            Fault.BusyWithRetryAfter, Fault.Busy, Fault.Error, Fault.Slow, Fault.HalfBody, Fault.WrongJson, Fault.NoLogProbabilities,
            Fault.ExtraWords, Fault.AnotherLanguage, Fault.OutsideTheLabels, Fault.Dropped,
        ];
        _server.Lateness = TimeSpan.FromMilliseconds(5);
        _server.Misbehave = (_, number) =>
        {
            var random = new Random(HashCode.Combine(seed, number));
            return random.Next(5) == 0 ? faults[random.Next(faults.Length)] : Fault.None;
        };
        _server.Distribution = DistributionOf;
        using var folder = new TestData.Folder();
        string path = folder.File("labels.db");
        Document[] documents = ServedTeacher.Documents(Count);
        using LabelJournal journal = ServedTeacher.Open(path);
        using var served = new ServedTeacher(_server);
        LabellingSummary summary = await Labelling.RunAsync(served.Teacher, documents, journal, cancellationToken: TestContext.Current.CancellationToken);
        // A row that had the same bad luck three times in a row is asked about again, as the user would.
        if (summary.Failed.Count > 0) await Labelling.RunAsync(served.Teacher, documents, journal, cancellationToken: TestContext.Current.CancellationToken);

        Dictionary<DocumentKey, TeacherLabel> rows = journal.Read(served.Teacher.Fingerprint).ToDictionary(row => row.Key);
        Assert.Equal(Count, rows.Count);
        foreach (Document document in documents)
        {
            TeacherLabel row = rows[document.Key];
            if (row.Evidence == "log-probabilities") Near(DistributionOf(document.Text), row.Distribution);
            else Assert.StartsWith("agreement", row.Evidence, StringComparison.Ordinal);
        }
        JournalSpending spent = journal.Spending(served.Teacher.Fingerprint);
        output.WriteLine(FormattableString.Invariant($"{_server.Received} calls, {spent.Lost} lost, {summary.Seconds:0.0} s, {summary.Failed.Values.Sum()} failed at first"));
        Assert.Equal(_server.Received, spent.Sent);
        Assert.Equal(_server.Errors, spent.Refused);
        Assert.Equal(_server.Received - _server.Errors - spent.Calls, spent.Lost);
        Assert.True(rows.Values.Count(row => row.Evidence == "log-probabilities") > Count * 0.99);
    }

    /// <summary>A distribution that belongs to this text and hardly any other.</summary>
    private static double[] DistributionOf(string text)
    {
        int i = int.Parse(text.AsSpan(text.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture);
        double top = 0.5 + i % 4001 / 10000.0;
        double[] q = [(1 - top) / 2, (1 - top) / 2, (1 - top) / 2];
        q[i % 3] = top;
        return q;
    }

    [Fact]
    public async Task When_cancelled_the_answers_on_their_way_are_kept_and_nothing_is_paid_twice()
    {
        _server.Delay = TimeSpan.FromMilliseconds(20);
        using var folder = new TestData.Folder();
        using LabelJournal journal = ServedTeacher.Open(folder.File("labels.db"));
        using var served = new ServedTeacher(_server);
        Document[] documents = ServedTeacher.Documents(600);
        for (int round = 0; round < 4; round++)
        {
            using var stop = new CancellationTokenSource();
            long until = _server.Received + 100;
            _server.Misbehave = (_, number) =>
            {
                if (number == until) stop.Cancel();
                return Fault.None;
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Labelling.RunAsync(served.Teacher, documents, journal, cancellationToken: stop.Token));
            Assert.Equal(_server.Received, journal.CountLabelled(served.Teacher.Fingerprint));
        }
        _server.Misbehave = (_, _) => Fault.None;
        await Labelling.RunAsync(served.Teacher, documents, journal, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(600, _server.Received);
        Assert.Equal((600L, 0L, 600L), (journal.Spending(served.Teacher.Fingerprint).Sent, journal.Spending(served.Teacher.Fingerprint).Lost, journal.CountLabelled(served.Teacher.Fingerprint)));
    }

    [Fact]
    public async Task The_key_is_in_the_request_and_in_no_file()
    {
        _server.Misbehave = (_, number) => number % 2 == 0 ? Fault.KeyRefused : Fault.None;
        using var folder = new TestData.Folder();
        string path = folder.File("labels.db");
        using (LabelJournal journal = ServedTeacher.Open(path))
        using (var served = new ServedTeacher(_server, calls: new CallOptions { Concurrency = 1 }))
        {
            await Assert.ThrowsAsync<InputException>(() =>
                Labelling.RunAsync(served.Teacher, ServedTeacher.Documents(9), journal, cancellationToken: TestContext.Current.CancellationToken));
            Assert.DoesNotContain(ServedTeacher.Key, served.Teacher.Fingerprint.Description, StringComparison.Ordinal);
        }
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(path)!))
            Assert.Equal(-1, File.ReadAllBytes(file).AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(ServedTeacher.Key)));
    }
}
