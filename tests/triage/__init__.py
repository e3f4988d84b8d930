"""Facts about the threshold layer and its promises."""
