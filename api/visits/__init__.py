"""Visit rounds over HTTP: rounds, attempts and the complaints they bring, bookings, plans, coverage."""
