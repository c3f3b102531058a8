"""Disk images of KPIO: what is on them (`manifests/`) and how they are made (`assemble`)."""
