using System.Globalization;
using System.Text;

namespace Llkd.Benchmarks;

/// <summary>What Linux says of a process's memory.</summary>
internal static class ProcessMemory
{
    /// <summary>Bytes of one line of /proc/PID/status; 0 where the process or the line is not there.</summary>
    /// <param name="process">Process id.</param>
    /// <param name="key">VmRSS is what is resident, VmHWM the most there was, RssAnon the process's own without mapped files.</param>
    public static long Of(int process, string key)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status", Encoding.ASCII).FirstOrDefault(l => l.StartsWith(key + ":", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line[(key.Length + 1)..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
