using System.Security.Cryptography;
using System.Text;

namespace Llkd.Serving;

/// <summary>The key callers must send. Only its hash is kept, and two hashes are compared in a time that tells nothing.</summary>
internal sealed class ApiKey(string key)
{
    private const string Scheme = "Bearer ";
    private readonly byte[] _hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>Whether an Authorization header holds the key.</summary>
    public bool Allows(string? header) =>
        header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(_hash, SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim())));
}
