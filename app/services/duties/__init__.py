"""What people and jobs do with duties."""
