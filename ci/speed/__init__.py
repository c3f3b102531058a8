"""How fast KPIO is beside Linux: the same microbenchmarks, on the same machine, in one run."""
