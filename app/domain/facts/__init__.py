"""What is known about a subject: values, assertions, the spans they make and what follows from them."""
