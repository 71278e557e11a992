"""Reading files of rows: `reading` turns bytes into rows with line numbers, `profiles` gives columns a meaning."""
