"""Who asks: HTTP in, commands through, problems out, and the pages. No rule of the domain and no SQL lives
here."""
