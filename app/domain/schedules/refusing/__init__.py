"""What is wrong with a problem before anybody plans it, row by row."""
