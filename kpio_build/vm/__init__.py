"""Virtual machines: QEMU's command line, its sockets, and what became of the guest.

`machine` runs one; `config` says how it is built, `events`, `serial` and `qmp` are its three wires,
`screen` is what its display shows, `ending` is how it ended, `accel` chooses what runs it,
`program` runs one program in it.
"""
