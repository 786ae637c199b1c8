"""What the log says of visit rounds: rounds and their counts, each household's visits, each day's plan."""
