"""Reading, storing, decoding and computing, without Qt."""
