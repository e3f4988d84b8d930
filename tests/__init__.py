"""Facts about Tertium, mirroring app/."""
