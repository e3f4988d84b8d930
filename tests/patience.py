"""How long tests wait for what must happen."""

#: Far longer than it ever takes: no test may fail because the machine that runs it is busy.
PATIENCE_SECONDS = 60.0
