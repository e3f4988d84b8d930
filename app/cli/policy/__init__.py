"""`tertium policy`: threshold changes as files, followed through from a shell."""
