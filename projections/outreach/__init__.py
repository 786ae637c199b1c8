"""What was gone out for: doors, households met, people met, visits to those who are looked after, hazards
found on the way. Marks of all of it in one book, and the figures made of them."""
