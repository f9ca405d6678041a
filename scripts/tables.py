"""Tables on the terminal, for what is measured."""


def print_table(rows: list[dict]) -> None:
    """Print rows with the same keys, the first column to the left, and an empty line."""
    cells = [list(map(str, rows[0])), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        first, *others = row
        padded = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        print("  ".join([first.ljust(widths[0]), *padded]), flush=True)
    print()
