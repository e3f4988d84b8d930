"""JSON endpoints and the models of what goes in and out."""
