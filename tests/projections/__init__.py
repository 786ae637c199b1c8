"""Facts in, rows and marks and sentences out."""
