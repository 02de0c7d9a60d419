namespace Llkd.Students.Events;
#pragma warning disable CS1591, CA1051, CA1822
public sealed class EventWriter(string f) : IDisposable { public string F=>f; public void Scalar(string t,long s,float v){} public void Flush(){} public void Dispose(){} }
