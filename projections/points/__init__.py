"""What the log says of points: accounts and their entries, claims, redemptions, stock, the panel's work."""
