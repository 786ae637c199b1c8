"""What the log says of households, of dwellings, and of who lived where when."""
