"""Financial statements: the pure part. Sums of accounts go in, tables come out; no database, no clock."""
