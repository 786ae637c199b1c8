"""What the log says about people: the register of who was entered, and their story in sentences."""
