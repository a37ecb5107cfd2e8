"""Number crunching without Qt and without the store: arrays in, arrays out."""
