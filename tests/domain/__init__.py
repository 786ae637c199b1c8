"""What may happen, told by given / when / then and by laws."""
