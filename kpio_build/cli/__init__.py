"""The command line: parse, call, show. What is done is in the other packages."""
