namespace Llkd.Students.Tests.Transformer;

/// <summary>
/// Tests that run a network one after another: libtorch's matrix library keeps one number of threads for the whole
/// process, so students with different ones give each other other roundings.
/// </summary>
[CollectionDefinition(nameof(OneAtATime))]
public sealed class OneAtATime;
