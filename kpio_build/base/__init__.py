"""What everything on the host stands on: errors, processes, deadlines, paths. Stdlib only."""
