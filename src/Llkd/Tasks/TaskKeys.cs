using System.Reflection;
using System.Text;

namespace Llkd.Tasks;

/// <summary>One key a record can have.</summary>
internal sealed record TaskKey(string Name, KeyAttribute Attribute, PropertyInfo Property)
{
    /// <summary>The property's type without the nullable wrapper.</summary>
    public Type Type { get; } = Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>Whether null is a value of it.</summary>
    public bool IsNullable { get; } = Nullable.GetUnderlyingType(Property.PropertyType) is not null
        || new NullabilityInfoContext().Create(Property).WriteState == NullabilityState.Nullable;

    /// <summary>Whether its value is itself a record with keys.</summary>
    public bool IsSection => TaskKeys.IsRecord(Type);
}

/// <summary>The keys of records, by their <see cref="KeyAttribute"/>s.</summary>
internal static class TaskKeys
{
    /// <summary>A record's keys in the order of declaration.</summary>
    public static IReadOnlyList<TaskKey> Of(Type record) =>
    [
        .. record.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => (property, key: property.GetCustomAttribute<KeyAttribute>()))
            .Where(pair => pair.key is not null)
            .OrderBy(pair => pair.property.MetadataToken)
            .Select(pair => new TaskKey(pair.key!.Name, pair.key, pair.property)),
    ];

    /// <summary>All key paths inside a record, with dots; lists are not entered.</summary>
    public static IEnumerable<string> Paths(Type record, string prefix = "")
    {
        foreach (TaskKey key in Of(record))
        {
            yield return prefix + key.Name;
            if (!key.IsSection) continue;
            foreach (string inner in Paths(key.Type, $"{prefix}{key.Name}.")) yield return inner;
        }
    }

    public static bool IsRecord(Type type) => type.IsClass && type != typeof(string) && type != typeof(OptionMap) && type != typeof(RequestFields) && ItemOf(type) is null;

    /// <summary>Item type of a list type, or null.</summary>
    public static Type? ItemOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var open
            && (open == typeof(IReadOnlyList<>) || open == typeof(IList<>) || open == typeof(List<>))
            ? type.GetGenericArguments()[0]
            : null;

    /// <summary>A member's name as it stands in files: `WithoutTc` is `without-tc`.</summary>
    public static string Kebab(string member)
    {
        var text = new StringBuilder();
        foreach (char c in member)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('-');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }

    /// <summary>The values of an enumeration as they stand in files.</summary>
    public static IReadOnlyList<string> Values(Type enumeration) => [.. Enum.GetNames(enumeration).Select(Kebab)];
}
