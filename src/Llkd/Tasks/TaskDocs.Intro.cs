namespace Llkd.Tasks;

public static partial class TaskDocs
{
    /// <summary>The example of the introduction, a task file in full.</summary>
    internal const string Example =
        """
        name: emotions
        labels: [sadness, joy, love, anger, fear, surprise]
        data:
          pool: train.csv            # the unlabeled texts
          validation: validation.csv # optional, gold labels: early stopping, calibration, the teacher's examples
          test: test.csv             # optional, gold labels: the reported figures
          text: text                 # column names
          label: label
        teacher:
          kind: prototype
          shots: 16                  # gold examples per class; 0 = zero-shot
        student:
          kind: ngram
        training:
          method: llkd
          options: { momentum: 0.9 }
          epochs: 6
          batchSize: 64
          seed: 1

        """;

    private const string Intro =
        $$"""
        # Task files

        <!-- Generated from the source by TaskDocs; run the tests with LLKD_UPDATE_DOCS=1 to write it again. -->

        A task file is YAML 1.2, UTF-8. It says which labels there are, where the texts are, who labels them and how the
        student learns. Only `name`, `labels` and `data.pool` are required; every other key has the default shown below.
        An unknown key is an error that names the nearest known one, and all errors of a file are reported at once, each
        with line, column and key. Paths are relative to the task file.

        A text is a text also where YAML knows another meaning: labels named `no`, `on`, `1` or `null` need no quotes.

        ```yaml
        {{Example}}```

        A recorded teacher reads labels that were made elsewhere:

        ```yaml
        teacher:
          kind: recorded
          labels: labels.csv
          label: llm_label
          probabilities: "p_{label}"   # or confidence: confidence; with neither, every label counts as certain
        ```

        An LLM behind an endpoint that speaks OpenAI's protocol; [teachers.md](teachers.md) goes through it:

        ```yaml
        teacher:
          kind: openai
          endpoint: http://localhost:8000/v1   # default: OpenAI's own
          model: llama-3.1-8b-instruct
          shots: 2
          price: { prompt: 0.05, completion: 0.08 }   # per million tokens
        ```

        A decoder-only LLM on this machine, in a folder as communities publish ONNX exports:

        ```yaml
        teacher:
          kind: onnx
          path: models/llm   # config.json, tokenizer.json, onnx/model.onnx
          shots: 2
        ```

        ## Overrides

        `--set key.path=value` overrides one value and may be given several times; a later one wins. The value is YAML. Keys
        are joined with dots, list items are numbered from 0 in brackets, and what is missing on the way is made:

            --set training.epochs=3
            --set training.options.momentum=0.99
            --set "labels[0]={name: sadness, description: sad and without hope}"
            --set "training.baselines=[no-ds, random]"

        ## Tables

        The ending of a table's name tells its format: `.csv`, `.tsv`, `.jsonl` or `.ndjson`, `.parquet`. CSV and TSV
        have a header row and follow RFC 4180, quoted line breaks included; every row has as many fields as the header. Text
        is UTF-8, with or without a byte order mark. Damaged bytes, unbalanced quotes and rows of another length are errors
        that name the row; rows are numbered from 1, the header and blank lines left out. Rows whose text is empty are left
        out and counted.


        """;
}
