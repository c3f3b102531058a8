"""From a manifest to the bytes of a disk image, without root, loop devices or mounts.

One module for each format (`gpt`, `fat`, `ext4`); `manifest` reads the TOML, `tree` finds the
files, `layout` places the partitions, `disk` puts it all together and `map` writes down what went
where.
"""
