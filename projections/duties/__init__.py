"""The calendar of duties as views show it: a row a series, and a row for each period that was decided."""
