using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Llkd.Build
{
    /// <summary>What became of a shared library's need of one version of another library.</summary>
    public enum VersionNeed
    {
        /// <summary>The library does not ask for the version; nothing to do.</summary>
        Absent,

        /// <summary>The need was marked weak before; nothing to do.</summary>
        AlreadyWeak,

        /// <summary>The need is now marked weak.</summary>
        Weakened,
    }

    /// <summary>
    /// Marks one version need of an ELF shared library as weak, so that the dynamic loader no longer refuses the library
    /// where the version is missing. TorchSharp's libLibTorchSharp.so asks for libstdc++'s GLIBCXX_3.4.32 (GCC 13), which
    /// Debian 12 and Ubuntu 22.04 lack, for a symbol that every C++ program compiled there names and this one never uses:
    /// no relocation refers to it, so the loader never looks it up. That is checked here, not believed.
    /// Compiled by MSBuild's RoslynCodeTaskFactory against .NET Standard 2.0, hence plain C# without spans.
    /// Layout: System V ABI, ELF-64 object file format, and the Linux Standard Base's chapter on symbol versioning.
    /// </summary>
    public sealed class ElfVersionNeeds
    {
        private const int SectionRela = 4, SectionRel = 9, SectionDynamicSymbols = 11;
        private const uint SectionVersionNeeds = 0x6ffffffe, SectionSymbolVersions = 0x6fffffff;
        private const int SymbolSize = 24, RelaSize = 24, SectionHeaderSize = 64;
        private const ushort WeakFlag = 0x2, VersionMask = 0x7fff;

        private readonly byte[] _elf;
        private readonly List<Section> _sections = new List<Section>();

        private ElfVersionNeeds(byte[] elf)
        {
            _elf = elf;
            ReadSections();
        }

        /// <summary>Marks the need as weak, in place.</summary>
        /// <param name="elf">A 64-bit little-endian shared library.</param>
        /// <param name="library">Whose version is needed, such as <c>libstdc++.so.6</c>.</param>
        /// <param name="version">The version, such as <c>GLIBCXX_3.4.32</c>.</param>
        /// <param name="unused">The one symbol of that version that may stand in the library, unused.</param>
        /// <exception cref="InvalidDataException">The bytes are no such library, or something in it does use the version.</exception>
        public static VersionNeed Weaken(byte[] elf, string library, string version, string unused)
        {
            var needs = new ElfVersionNeeds(elf);
            int need = needs.FindNeed(library, version);
            if (need < 0) return VersionNeed.Absent;
            ushort flags = needs.U16(need + 4);
            if ((flags & WeakFlag) != 0) return VersionNeed.AlreadyWeak;
            needs.CheckUnused((ushort)(needs.U16(need + 6) & VersionMask), version, unused);
            flags |= WeakFlag;
            elf[need + 4] = (byte)flags;
            elf[need + 5] = (byte)(flags >> 8);
            return VersionNeed.Weakened;
        }

        private void ReadSections()
        {
            if (_elf.Length < 64 || U32(0) != 0x464c457f) throw new InvalidDataException("it is no ELF file");
            if (_elf[4] != 2 || _elf[5] != 1) throw new InvalidDataException("it is not a 64-bit little-endian ELF file");
            if (U16(16) != 3) throw new InvalidDataException("it is not a shared library");
            int table = Offset(U64(40));
            if (U16(58) != SectionHeaderSize || table == 0) throw new InvalidDataException("it has no table of sections");
            int count = U16(60);
            for (int i = 0; i < count; i++)
            {
                int header = table + i * SectionHeaderSize;
                uint type = U32(header + 4);
                bool used = type == SectionRela || type == SectionRel || type == SectionDynamicSymbols
                    || type == SectionVersionNeeds || type == SectionSymbolVersions || type == 3;
                // Other sections, such as .bss, need not lie inside the file.
                var section = new Section
                {
                    Type = type,
                    Begin = used ? Offset(U64(header + 24)) : 0,
                    Size = used ? Offset(U64(header + 32)) : 0,
                    Link = U32(header + 40),
                };
                if ((long)section.Begin + section.Size > _elf.Length) throw new InvalidDataException($"its section {i} ends outside the file");
                _sections.Add(section);
            }
        }

        /// <summary>Offset of the version's entry (Elf64_Vernaux), or -1.</summary>
        private int FindNeed(string library, string version)
        {
            Section needs = _sections.Find(s => s.Type == SectionVersionNeeds);
            if (needs == null) return -1;
            Section names = Linked(needs);
            int found = -1;
            // Every step goes forward, so a damaged chain ends outside the section and not in a circle.
            for (int entry = 0; ;)
            {
                int at = Inside(needs, entry, 16);
                if (U16(at) != 1) throw new InvalidDataException("its version needs are of an unknown revision");
                if (Name(names, U32(at + 4)) == library)
                {
                    int auxiliary = Step(entry, U32(at + 8));
                    for (int left = U16(at + 2); left > 0; left--)
                    {
                        int aux = Inside(needs, auxiliary, 16);
                        if (Name(names, U32(aux + 8)) == version)
                        {
                            if (found >= 0) throw new InvalidDataException($"it needs {version} twice");
                            found = aux;
                        }
                        uint nextAuxiliary = U32(aux + 12);
                        if (nextAuxiliary == 0) break;
                        auxiliary = Step(auxiliary, nextAuxiliary);
                    }
                }
                uint next = U32(at + 12);
                if (next == 0) return found;
                entry = Step(entry, next);
            }
        }

        private void CheckUnused(ushort index, string version, string unused)
        {
            Section symbols = _sections.Find(s => s.Type == SectionDynamicSymbols)
                ?? throw new InvalidDataException("it has no dynamic symbols");
            Section versions = _sections.Find(s => s.Type == SectionSymbolVersions)
                ?? throw new InvalidDataException("its symbols have no versions");
            Section names = Linked(symbols);
            int count = symbols.Size / SymbolSize;
            if (versions.Size / 2 != count) throw new InvalidDataException("it does not have one version for each symbol");
            var ofVersion = new HashSet<uint>();
            for (int i = 0; i < count; i++)
            {
                if ((U16(versions.Begin + 2 * i) & VersionMask) != index) continue;
                string name = Name(names, U32(symbols.Begin + i * SymbolSize));
                if (name != unused) throw new InvalidDataException($"its symbol {name} is of {version} as well");
                ofVersion.Add((uint)i);
            }
            int dynamicSymbols = _sections.IndexOf(symbols);
            foreach (Section section in _sections)
            {
                if (section.Link != dynamicSymbols) continue;
                if (section.Type == SectionRel) throw new InvalidDataException("it has relocations of a form not expected on 64 bits");
                if (section.Type != SectionRela) continue;
                for (int at = section.Begin; at + RelaSize <= section.Begin + section.Size; at += RelaSize)
                    if (ofVersion.Contains((uint)(U64(at + 8) >> 32)))
                        throw new InvalidDataException($"it does use {unused} of {version}: a relocation refers to it");
            }
        }

        private Section Linked(Section section) => section.Link < _sections.Count && _sections[(int)section.Link].Type == 3
            ? _sections[(int)section.Link]
            : throw new InvalidDataException("a section names no table of strings");

        private string Name(Section strings, uint offset)
        {
            int begin = Inside(strings, offset, 1);
            int end = Array.IndexOf(_elf, (byte)0, begin, strings.Begin + strings.Size - begin);
            if (end < 0) throw new InvalidDataException("a name has no end");
            return Encoding.ASCII.GetString(_elf, begin, end - begin);
        }

        private static int Inside(Section section, long offset, int size) => offset + size <= section.Size
            ? section.Begin + (int)offset
            : throw new InvalidDataException("an entry lies outside its section");

        private static int Step(int from, uint by) => by <= int.MaxValue - from
            ? from + (int)by
            : throw new InvalidDataException("an entry lies outside its section");

        private int Offset(ulong value) => value <= (ulong)_elf.Length
            ? (int)value
            : throw new InvalidDataException("an offset lies outside the file");

        private ushort U16(int at) => Has(at, 2) ? BitConverter.ToUInt16(_elf, at) : throw Short();

        private uint U32(int at) => Has(at, 4) ? BitConverter.ToUInt32(_elf, at) : throw Short();

        private ulong U64(int at) => Has(at, 8) ? BitConverter.ToUInt64(_elf, at) : throw Short();

        private bool Has(int at, int size) => at >= 0 && at <= _elf.Length - size;

        private static InvalidDataException Short() => new InvalidDataException("it is cut short");

        private sealed class Section
        {
            public uint Type, Link;
            public int Begin, Size;
        }
    }

#if !WITHOUT_MSBUILD
    /// <summary>The MSBuild task: writes a copy of a library in which one version need is weak.</summary>
    public sealed class WeakenVersionNeed : Microsoft.Build.Utilities.Task
    {
        /// <summary>The library as its package has it; only read.</summary>
        [Microsoft.Build.Framework.Required] public string Source { get; set; }

        /// <summary>Where the copy goes.</summary>
        [Microsoft.Build.Framework.Required] public string Destination { get; set; }

        /// <summary>Whose version is needed.</summary>
        [Microsoft.Build.Framework.Required] public string Library { get; set; }

        /// <summary>The version to mark weak.</summary>
        [Microsoft.Build.Framework.Required] public string Version { get; set; }

        /// <summary>The one symbol of that version that may stand in the library, unused.</summary>
        [Microsoft.Build.Framework.Required] public string UnusedSymbol { get; set; }

        public override bool Execute()
        {
            try
            {
                byte[] elf = File.ReadAllBytes(Source);
                VersionNeed need = ElfVersionNeeds.Weaken(elf, Library, Version, UnusedSymbol);
                Directory.CreateDirectory(Path.GetDirectoryName(Destination));
                // A new file each time: the old one may be hard-linked into an output folder, and in use.
                string temporary = Destination + "." + Guid.NewGuid().ToString("N");
                File.WriteAllBytes(temporary, elf);
                File.Delete(Destination);
                File.Move(temporary, Destination);
                Log.LogMessage("{0}: the need of {1} is {2}.", Destination, Version, need);
                return true;
            }
            catch (InvalidDataException e)
            {
                Log.LogError(
                    "The need of {0} in {1} cannot be marked weak: {2}. This version of the package is not the one the build knows; "
                    + "see eng/LibTorch.targets. To take the file as it is, build with -p:LlkdWeakenLibTorch=false.",
                    Version, Source, e.Message);
                return false;
            }
        }
    }
#endif
}
