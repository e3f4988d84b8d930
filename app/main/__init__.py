"""The wiring: one place where everything is made and handed to what needs it."""

from app.main.application import create_app, end_streams
from app.main.running import on_clock

__all__ = ["create_app", "end_streams", "on_clock"]
