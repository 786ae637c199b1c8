"""Weekly spot checks and published figures, as lists of them."""
