"""What one can do with the register: enter enterprises one by one or in bulk, and change them."""
