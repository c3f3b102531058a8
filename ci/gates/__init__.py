"""One module for each milestone of the checklist."""
