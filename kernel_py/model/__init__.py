"""Executable reference models the kernel is compared with; deterministic, one subject a module."""
