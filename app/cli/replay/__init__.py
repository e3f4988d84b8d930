"""`tertium replay`: a recorded file through the front door of a running service."""
