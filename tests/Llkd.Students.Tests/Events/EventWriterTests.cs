using System.Text;
using CsCheck;
using Llkd.Students.Events;
using Tensorboard;

namespace Llkd.Students.Tests.Events;

/// <summary>Files are read back with TensorFlow's own message classes, which TorchSharp brings along.</summary>
public sealed class EventWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llkd-events-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Points_come_back_with_tag_step_value_and_time()
    {
        var clock = new SettableClock();
        using (var writer = new EventWriter(_folder, clock))
        {
            writer.Scalar("train/loss", 7, 0.25f);
            clock.Now += TimeSpan.FromMilliseconds(1500);
            writer.Scalar("größe", 1L << 40, float.NaN);
        }
        List<Event> events = Read(Assert.Single(Files()));
        Assert.Equal(4, events.Count);
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal((7L, SessionLog.Types.SessionStatus.Start), (events[1].Step, events[1].SessionLog.Status));
        Assert.Equal((7L, 1_800_000_000.0), (events[2].Step, events[2].WallTime));
        Assert.Equal(("train/loss", 0.25f), (events[2].Summary.Value[0].Tag, events[2].Summary.Value[0].SimpleValue));
        Assert.Equal((1L << 40, 1_800_000_001.5), (events[3].Step, events[3].WallTime));
        Assert.Equal("größe", events[3].Summary.Value[0].Tag);
        Assert.True(float.IsNaN(events[3].Summary.Value[0].SimpleValue));
    }

    [Fact]
    public void Any_tag_step_and_value_comes_back() =>
        Gen.Select(Gen.String[Gen.Char['\u0001', '\ud7ff'], 1, 300], Gen.Long[0, long.MaxValue], Gen.Single).Sample(
            (tag, step, value) =>
            {
                using (var writer = new EventWriter(_folder)) writer.Scalar(tag, step, value);
                string file = Assert.Single(Files());
                Event last = Read(file)[^1];
                File.Delete(file);
                Assert.Equal((step, tag), (last.Step, last.Summary.Value[0].Tag));
                Assert.Equal(BitConverter.SingleToUInt32Bits(value), BitConverter.SingleToUInt32Bits(last.Summary.Value[0].SimpleValue));
            },
            iter: 300, threads: 1);

    [Fact]
    public void What_was_flushed_is_in_the_file_before_it_is_closed()
    {
        using var writer = new EventWriter(_folder);
        writer.Scalar("loss", 1, 1f);
        writer.Flush();
        Assert.Equal(3, Read(Assert.Single(Files())).Count);
    }

    [Fact]
    public void Points_are_flushed_every_five_seconds_without_being_asked()
    {
        var clock = new SettableClock();
        using var writer = new EventWriter(_folder, clock);
        writer.Scalar("loss", 1, 1f);
        clock.Now += TimeSpan.FromSeconds(4);
        writer.Scalar("loss", 2, 1f);
        Assert.Empty(Read(Assert.Single(Files())));
        clock.Now += TimeSpan.FromSeconds(1);
        writer.Scalar("loss", 3, 1f);
        Assert.Equal([1, 2, 3], Points(Files()).Select(point => point.Step));
    }

    [Fact]
    public void A_session_without_points_leaves_no_file()
    {
        using (var writer = new EventWriter(_folder)) writer.Flush();
        Assert.Empty(Files());
    }

    /// <summary>A killed session got to step 5; the next goes on from a checkpoint at step 2.</summary>
    [Fact]
    public void A_session_that_goes_on_from_an_earlier_step_replaces_the_later_steps_of_the_one_before()
    {
        var clock = new SettableClock();
        // Never disposed before the second one, as in a kill.
        using var killed = new EventWriter(_folder, clock);
        for (int step = 1; step <= 5; step++) killed.Scalar("loss", step, 1f);
        killed.Flush();
        clock.Now -= TimeSpan.FromHours(1);
        using (var next = new EventWriter(_folder, clock))
            for (int step = 3; step <= 4; step++) next.Scalar("loss", step, 2f);
        Assert.Equal(2, Files().Length);
        Assert.Equal([(1, 1f), (2, 1f), (3, 2f), (4, 2f)], Points(Files()));
    }

    [Fact]
    public void A_tag_and_a_step_are_required()
    {
        using var writer = new EventWriter(_folder);
        Assert.Throws<ArgumentException>(() => writer.Scalar("", 1, 1f));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Scalar("loss", -1, 1f));
    }

    private string[] Files() => [.. Directory.GetFiles(_folder).Order(StringComparer.Ordinal)];

    /// <summary>What TensorBoard shows (its EventAccumulator): files by name, and at a START everything from its step on is dropped.</summary>
    private static List<(long Step, float Value)> Points(IEnumerable<string> files)
    {
        var points = new List<(long Step, float Value)>();
        foreach (Event e in files.SelectMany(Read))
        {
            if (e.SessionLog?.Status == SessionLog.Types.SessionStatus.Start) points.RemoveAll(point => point.Step >= e.Step);
            if (e.Summary is not null) points.Add((e.Step, e.Summary.Value[0].SimpleValue));
        }
        return points;
    }

    private static List<Event> Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new BinaryReader(file);
        var events = new List<Event>();
        while (file.Position < file.Length)
        {
            byte[] length = reader.ReadBytes(8);
            Assert.Equal(Masked(length), reader.ReadUInt32());
            byte[] record = reader.ReadBytes((int)BitConverter.ToInt64(length));
            Assert.Equal(Masked(record), reader.ReadUInt32());
            events.Add(Event.Parser.ParseFrom(record));
        }
        return events;
    }

    private static uint Masked(byte[] data)
    {
        uint crc = Crc32C(data);
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
    }

    /// <summary>CRC-32C bit by bit (RFC 3720, reversed polynomial).</summary>
    private static uint Crc32C(byte[] data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
        }
        return ~crc;
    }

    [Fact]
    public void The_checksum_this_test_reads_with_is_the_published_one() =>
        Assert.Equal(0xe3069283u, Crc32C(Encoding.ASCII.GetBytes("123456789")));

    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
