"""What reports read of many enterprises at once, as it was known at an instant, and the records of past winters."""
