using System;
using System.Management.Automation.Host;

namespace ZhipuVideo.Console.Host;

/// <summary>
/// The size of the terminal and the width of characters, by which the engine lays out tables; the screen's cells are not offered.
/// </summary>
internal sealed class ConsoleRawUI : PSHostRawUserInterface
{
    /// <inheritdoc/>
    public override Size BufferSize
    {
        get => new(Terminal.Width, Terminal.Height);
        set => throw NoCells();
    }

    /// <inheritdoc/>
    public override Size WindowSize
    {
        get => BufferSize;
        set => throw NoCells();
    }

    /// <inheritdoc/>
    public override Size MaxWindowSize => BufferSize;

    /// <inheritdoc/>
    public override Size MaxPhysicalWindowSize => BufferSize;

    /// <inheritdoc/>
    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    /// <inheritdoc/>
    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    /// <inheritdoc/>
    public override string WindowTitle { get; set; } = "";

    /// <inheritdoc/>
    public override Coordinates CursorPosition { get; set; }

    /// <inheritdoc/>
    public override Coordinates WindowPosition { get; set; }

    /// <inheritdoc/>
    public override int CursorSize { get; set; } = 25;

    /// <inheritdoc/>
    public override bool KeyAvailable => System.Console.KeyAvailable;

    /// <inheritdoc/>
    public override int LengthInBufferCells(char source) => CellWidth.Of(source);

    /// <inheritdoc/>
    public override int LengthInBufferCells(string source) => CellWidth.Of(source);

    /// <inheritdoc/>
    public override int LengthInBufferCells(string source, int offset) => CellWidth.Of(source, offset);

    /// <inheritdoc/>
    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        ConsoleKeyInfo key = System.Console.ReadKey(options.HasFlag(ReadKeyOptions.NoEcho));
        return new KeyInfo((int)key.Key, key.KeyChar, default, keyDown: true);
    }

    /// <inheritdoc/>
    public override void FlushInputBuffer()
    {
        while (KeyAvailable)
            System.Console.ReadKey(intercept: true);
    }

    /// <inheritdoc/>
    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw NoCells();

    /// <inheritdoc/>
    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw NoCells();

    /// <inheritdoc/>
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw NoCells();

    /// <inheritdoc/>
    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) =>
        throw NoCells();

    private static NotSupportedException NoCells() => new("This console does not offer the cells of the screen.");
}
