"""What the log says of care plans: a row each, and their story in sentences."""
