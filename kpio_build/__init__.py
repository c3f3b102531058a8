"""KPIO's host side: build, assemble, boot, check."""
