"""The kernel's contract (`abi`), the rules it keeps (`check`), what is made of it (`emit`).

Pure: nothing here reads the clock, the environment or the working directory, and nothing writes.
"""
