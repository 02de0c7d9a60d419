using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Parquet;
using Parquet.Schema;

namespace Llkd.Documents;

/// <summary>Apache Parquet, flat columns; of the current row group, the columns that are asked for.</summary>
internal sealed class ParquetTable : ITable
{
    private const int LargestRowGroup = 1 << 26;

    // Per footer and per column of a row group; a sound one takes well under a second per million rows.
    private readonly TimeSpan _patience;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly Stream _stream;
    private readonly ParquetReader _reader;
    private readonly Field[] _fields;
    private readonly string[] _columns;
    private readonly Func<int, TableCell>?[] _cells;
    private ParquetRowGroupReader? _group;
    private int _nextGroup, _groupRow, _groupRows;

    public ParquetTable(Stream stream, string name, double patienceSeconds = 30)
    {
        _patience = TimeSpan.FromSeconds(patienceSeconds);
        Name = name;
        _stream = stream;
        try
        {
            if (!stream.CanSeek)
            {
                _stream = new MemoryStream();
                stream.CopyTo(_stream);
                stream.Dispose();
                _stream.Position = 0;
            }
            RefuseOtherFormats();
            _reader = Guard(() => ParquetReader.CreateAsync(_stream).GetAwaiter().GetResult());
            _fields = Guard(() => _reader.Schema.Fields.ToArray());
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
        _columns = [.. _fields.Select(field => field.Name)];
        TableColumns.RefuseDuplicates(name, _columns);
        _cells = new Func<int, TableCell>?[_columns.Length];
    }

    public string Name { get; }

    public IReadOnlyList<string> Columns => _columns;

    public long Row { get; private set; }

    public string? this[int column] => Cell(column).Text;

    public TableCell Cell(int column) => (_cells[column] ??= Load(column))(_groupRow);

    public TableColumnKind KindOf(int column) => (_fields[column] as DataField)?.ClrType switch
    {
        { } type when type == typeof(float) || type == typeof(double) => TableColumnKind.Number,
        { } type when type == typeof(int) || type == typeof(long) || type == typeof(short) || type == typeof(byte)
            || type == typeof(sbyte) || type == typeof(ushort) || type == typeof(uint) => TableColumnKind.WholeNumber,
        _ => TableColumnKind.Text,
    };

    public bool Read()
    {
        while (_group is null || ++_groupRow >= _groupRows)
        {
            _group?.Dispose();
            _group = null;
            if (_nextGroup == _reader.RowGroupCount) return false;
            _group = Guard(() => _reader.OpenRowGroupReader(_nextGroup));
            _nextGroup++;
            Array.Clear(_cells);
            CheckSize(_group);
            (_groupRow, _groupRows) = (-1, (int)_group.RowCount);
        }
        Row++;
        return true;
    }

    public void Dispose()
    {
        _group?.Dispose();
        _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _stream.Dispose();
    }

    private void RefuseOtherFormats()
    {
        Span<byte> mark = stackalloc byte[4];
        if (_stream.Length == 0) throw new InputException($"{Name} is empty; a Parquet file has at least a footer.");
        if (_stream.ReadAtLeast(mark, 4, throwOnEndOfStream: false) < 4 || !mark.SequenceEqual("PAR1"u8))
            throw new InputException($"{Name} is not a Parquet file: it does not begin with PAR1.");
        _stream.Position = Math.Max(0, _stream.Length - 4);
        if (_stream.Length < 12 || _stream.ReadAtLeast(mark, 4, throwOnEndOfStream: false) < 4 || !mark.SequenceEqual("PAR1"u8))
            throw new InputException($"{Name} is cut off: a Parquet file ends with PAR1; copy or write it again.");
        _stream.Position = _stream.Length - 8;
        _stream.ReadExactly(mark);
        long length = BinaryPrimitives.ReadInt32LittleEndian(mark);
        if (length <= 0 || length > _stream.Length - 12) throw Damaged(null);
        var footer = new byte[length];
        _stream.Position = _stream.Length - 8 - length;
        _stream.ReadExactly(footer);
        if (!ThriftCheck.IsStruct(footer)) throw Damaged(null);
        _stream.Position = 0;
    }

    // A damaged footer may tell any number, and memory is asked for by it before a value is read.
    private void CheckSize(ParquetRowGroupReader group)
    {
        if (group.RowCount > LargestRowGroup)
            throw new InputException($"{Name}: row group {_nextGroup} has {group.RowCount} rows, more than {LargestRowGroup}; write the file with smaller row groups.");
        if (group.RowCount < 0 || group.RowGroup.Columns.Count != _reader.Schema.DataFields.Length) throw Damaged(null);
        for (int i = 0; i < _fields.Length; i++)
            if (_fields[i] is DataField { IsArray: false } field && Guard(() => group.GetMetadata(field))?.MetaData is { } chunk
                && (chunk.NumValues != group.RowCount || chunk.TotalCompressedSize < 0 || chunk.TotalCompressedSize > _stream.Length))
                throw Damaged(null);
    }

    private Func<int, TableCell> Load(int column)
    {
        if (_group is null) throw new InvalidOperationException("Read the first row before its cells.");
        if (_fields[column] is not DataField { IsArray: false } field)
            throw new InputException($"{Name}: column `{_columns[column]}` is nested; write it as a flat column.");
        Type type = field.ClrType;
        if (type == typeof(string) || type == typeof(ReadOnlyMemory<char>) || type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>))
            return Texts(column, field);
        if (type == typeof(int)) return Values<int>(field, v => TableCell.Of(v));
        if (type == typeof(long)) return Values<long>(field, TableCell.Of);
        if (type == typeof(double)) return Values<double>(field, TableCell.Of);
        if (type == typeof(float)) return Values<float>(field, TableCell.Of);
        if (type == typeof(short)) return Values<short>(field, v => TableCell.Of(v));
        if (type == typeof(byte)) return Values<byte>(field, v => TableCell.Of(v));
        if (type == typeof(sbyte)) return Values<sbyte>(field, v => TableCell.Of(v));
        if (type == typeof(ushort)) return Values<ushort>(field, v => TableCell.Of(v));
        if (type == typeof(uint)) return Values<uint>(field, v => TableCell.Of(v));
        if (type == typeof(bool)) return Values<bool>(field, v => TableCell.RawJson(v ? "true" : "false"));
        if (type == typeof(decimal)) return Values<decimal>(field, v => TableCell.RawNumber(v.ToString(CultureInfo.InvariantCulture)));
        if (type == typeof(DateTime)) return Values<DateTime>(field, v => TableCell.Of(v.ToString("O", CultureInfo.InvariantCulture)));
        if (type == typeof(Guid)) return Values<Guid>(field, v => TableCell.Of(v.ToString()));
        throw new InputException(
            $"{Name}: column `{_columns[column]}` is of type {type.Name}, which is not read; write it as text or as a number.");
    }

    private Func<int, TableCell> Texts(int column, DataField field)
    {
        // Parquet.Net decodes text leniently; read as bytes, a damaged text can be told from a real U+FFFD.
        var bytesField = new DataField(field.Name, typeof(byte[]), field.IsNullable);
        _ = new ParquetSchema(bytesField);
        byte[]?[] values = Guard(() =>
        {
            var read = new byte[]?[_groupRows];
            _group!.ReadAsync(bytesField, read.AsMemory()!).AsTask().GetAwaiter().GetResult();
            return read;
        });
        return row =>
        {
            if (values[row] is not { } bytes) return default;
            if (bytes.AsSpan().Contains((byte)0))
                throw new InputException($"{Name}, row {Row}: `{_columns[column]}` holds a NUL character, which no text has.");
            try
            {
                return TableCell.Of(Strict.GetString(bytes));
            }
            catch (DecoderFallbackException e)
            {
                throw new InputException($"{Name}, row {Row}: `{_columns[column]}` is not valid UTF-8; write the file again from clean text.", e);
            }
        };
    }

    private Func<int, TableCell> Values<T>(DataField field, Func<T, TableCell> cell) where T : struct
    {
        T?[] values = Guard(() =>
        {
            var read = new T?[_groupRows];
            _group!.ReadAsync(field, read.AsMemory()).AsTask().GetAwaiter().GetResult();
            return read;
        });
        return row => values[row] is { } value ? cell(value) : default;
    }

    // Parquet.Net meets a damaged file with whatever its decoder runs into, from IndexOutOfRange to OutOfMemory, and in
    // rare cases loops for ever in memory; a thread of its own lets such a file be refused all the same.
    private T Guard<T>(Func<T> read)
    {
        Task<T> task = Task.Factory.StartNew(
            read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return task.Wait(_patience) ? task.Result : throw Damaged(new TimeoutException($"reading it did not end in {_patience.TotalSeconds} seconds"));
        }
        catch (AggregateException e)
        {
            throw Damaged(e.InnerException);
        }
    }

    private InputException Damaged(Exception? cause) => new(
        $"{Name}{(_nextGroup > 0 ? $", row group {_nextGroup}" : "")}: the Parquet file is damaged or of an unknown kind" +
        (cause is null ? "." : $" ({cause.Message.Split('\n')[0].TrimEnd('.', ' ', '\r')})."), cause);
}
