"""The mapped classes, one module per noun."""
