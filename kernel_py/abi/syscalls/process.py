"""Processes: beginning, end, waiting, numbers."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

EXIT: Final = Syscall(
    0,
    "EXIT",
    "End the process with all its threads. Its descriptors are closed, its memory is given back, "
    "its parent's WAIT returns. When process 1 ends, the machine powers off with its status.",
    (
        Argument(
            "status",
            Kind.LOW_I32,
            "What WAIT reports; the low 8 bits count.",
            unit="exit status",
        ),
    ),
    returns="",
    errors=(),
    source='POSIX "_Exit"; Linux exit_group(2)',
)

SPAWN: Final = Syscall(
    10,
    "SPAWN",
    "Start a program in a new process. It gets the caller's descriptors, under the same numbers, "
    "that were not opened with O_CLOEXEC and have the right TRANSFER.",
    (
        Argument("path", Kind.PATH, "The program, an ELF file.", direction=Direction.IN),
        Argument("argv", Kind.STRINGS, "Its arguments.", direction=Direction.IN),
        Argument("envp", Kind.STRINGS, "Its environment.", direction=Direction.IN),
        Argument("flags", Kind.U32, "Must be 0.", unit="none is defined"),
    ),
    returns="Number of the new process.",
    errors=(
        ErrorCase("E2BIG", "argv and envp take more than START_MAX_BYTES."),
        ErrorCase("EACCES", "The file is not executable, or its directory not to be searched."),
        ErrorCase("EAGAIN", "The system has as many processes as it may have."),
        ErrorCase("EFAULT", "The path, an array or a string cannot be read by the process."),
        ErrorCase("EINVAL", "`flags` is not 0."),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("ELOOP", "Too many symbolic links."),
        ErrorCase("ENAMETOOLONG", "The path is longer than PATH_MAX, or a name in it than 255."),
        ErrorCase("ENFILE", "Too many descriptors stem from the same one."),
        ErrorCase("ENOENT", "There is no such file, or the path is empty."),
        ErrorCase(
            "ENOEXEC",
            "The loader refuses the file; which field is wrong is in the kernel's log and in "
            "the event `exec.refused`.",
        ),
        ErrorCase("ENOMEM", "There is no memory for the program."),
        ErrorCase("ENOTDIR", "A name of the path that is not the last is not a directory."),
    ),
    source='POSIX "posix_spawn"; Linux execve(2)',
)

WAIT: Final = Syscall(
    11,
    "WAIT",
    "Wait until a child process has ended, and forget it; or until it stopped or goes on, if the "
    "options say so.",
    (
        Argument(
            "pid",
            Kind.I32,
            "Which child; -1: any; 0: any of the caller's process group; below: any of that group.",
            unit="process number, -1, 0 or negated group",
        ),
        Argument(
            "status",
            Kind.STRUCT,
            "What happened: `exit status << 8`, the signal that ended it, `(signal << 8) + 0x7f` "
            "for one that stopped it, or 0xffff if it goes on.",
            direction=Direction.OUT,
            target="i32",
            is_nullable=True,
        ),
        Argument("options", Kind.U32, "How to wait.", unit="W* flags"),
    ),
    returns="Number of the child; 0 with WNOHANG if there is nothing to report.",
    errors=(
        ErrorCase("ECHILD", "The caller has no such child."),
        ErrorCase("EFAULT", "`status` cannot be written by the process. No child is waited for."),
        ErrorCase("EINTR", "A signal was handled."),
        ErrorCase("EINVAL", "A number is wider than its type, or `options` has an unknown bit."),
    ),
    source='POSIX "waitpid"; Linux wait4(2)',
    is_restarted=True,
)

WAIT4: Final = Syscall(
    103,
    "WAIT4",
    "WAIT that also tells what the child has used.",
    (
        Argument(
            "pid",
            Kind.I32,
            "Which child; -1: any; 0: any of the caller's process group; below: any of that group.",
            unit="process number, -1, 0 or negated group",
        ),
        Argument(
            "status",
            Kind.STRUCT,
            "What happened: `exit status << 8`, the signal that ended it, `(signal << 8) + 0x7f` "
            "for one that stopped it, or 0xffff if it goes on.",
            direction=Direction.OUT,
            target="i32",
            is_nullable=True,
        ),
        Argument("options", Kind.U32, "How to wait.", unit="W* flags"),
        Argument(
            "usage",
            Kind.STRUCT,
            "What the child and the children it has waited for have used.",
            direction=Direction.OUT,
            target="ResourceUsage",
            is_nullable=True,
        ),
    ),
    returns="Number of the child; 0 with WNOHANG if there is nothing to report.",
    errors=(
        ErrorCase("ECHILD", "The caller has no such child."),
        ErrorCase(
            "EFAULT",
            "`status` or `usage` cannot be written by the process. No child is waited for.",
        ),
        ErrorCase("EINTR", "A signal was handled."),
        ErrorCase("EINVAL", "A number is wider than its type, or `options` has an unknown bit."),
    ),
    source="Linux wait4(2)",
    is_restarted=True,
)

GETRUSAGE: Final = Syscall(
    104,
    "GETRUSAGE",
    "Tell what the process, its children or the thread have used.",
    (
        Argument("who", Kind.I32, "Whose.", unit="RUSAGE_* value"),
        Argument(
            "usage",
            Kind.STRUCT,
            "What.",
            direction=Direction.OUT,
            target="ResourceUsage",
        ),
    ),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "`usage` cannot be written by the process."),
        ErrorCase("EINVAL", "`who` is unknown, or wider than its type."),
    ),
    source='POSIX "getrusage"; Linux getrusage(2)',
    not_yet=("anything but the time that was run: 0",),
)

GETPID: Final = Syscall(
    17,
    "GETPID",
    "Tell the number of the calling process.",
    (),
    returns="The number.",
    errors=(),
    source='POSIX "getpid"; Linux getpid(2)',
)

GETPPID: Final = Syscall(
    25,
    "GETPPID",
    "Tell the number of the process this one is a child of; 0: it is the kernel's.",
    (),
    returns="The number.",
    errors=(),
    source='POSIX "getppid"; Linux getppid(2)',
)

FORK: Final = Syscall(
    28,
    "FORK",
    "Make a child that is a copy of the process: its memory, copied when either side writes, its "
    "descriptors that have the right TRANSFER, and the calling thread alone.",
    (),
    returns="The child's number; in the child 0.",
    errors=(
        ErrorCase("EAGAIN", "The system has as many processes as it may have."),
        ErrorCase("ENFILE", "Too many descriptors stem from the same one."),
        ErrorCase("ENOMEM", "There is no memory for the child."),
    ),
    source='POSIX "fork"; Linux fork(2)',
)

EXEC: Final = Syscall(
    29,
    "EXEC",
    "Run another program in this process. Other threads end, descriptors with FD_CLOEXEC are "
    "closed. If it fails nothing has changed.",
    (
        Argument("path", Kind.PATH, "The program, an ELF file.", direction=Direction.IN),
        Argument("argv", Kind.STRINGS, "Its arguments.", direction=Direction.IN),
        Argument("envp", Kind.STRINGS, "Its environment.", direction=Direction.IN),
    ),
    returns="Does not return if it succeeds.",
    errors=(
        ErrorCase("E2BIG", "argv and envp take more than START_MAX_BYTES."),
        ErrorCase("EACCES", "The file is not executable, or its directory not to be searched."),
        ErrorCase("EAGAIN", "Another thread of the process is in EXEC already."),
        ErrorCase("EFAULT", "The path, an array or a string cannot be read by the process."),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("ELOOP", "Too many symbolic links."),
        ErrorCase("ENAMETOOLONG", "The path is longer than PATH_MAX, or a name in it than 255."),
        ErrorCase("ENOENT", "There is no such file, or the path is empty."),
        ErrorCase(
            "ENOEXEC",
            "The loader refuses the file; which field is wrong is in the kernel's log and in the "
            "event `exec.refused`.",
        ),
        ErrorCase("ENOMEM", "There is no memory for the program."),
        ErrorCase("ENOTDIR", "A name of the path that is not the last is not a directory."),
    ),
    source='POSIX "execve"; Linux execve(2)',
)

WAITID: Final = Syscall(
    48,
    "WAITID",
    "Wait until something has happened to a child, and tell what.",
    (
        Argument("id_type", Kind.U32, "How children are named.", unit="P_* value"),
        Argument("id", Kind.I32, "Which.", unit="process or process group number"),
        Argument(
            "info",
            Kind.STRUCT,
            "What happened; all zero with WNOHANG if nothing.",
            direction=Direction.OUT,
            target="SignalInfo",
            is_nullable=True,
        ),
        Argument("options", Kind.U32, "What to wait for, and how.", unit="W* flags"),
    ),
    returns="0.",
    errors=(
        ErrorCase("ECHILD", "The caller has no such child."),
        ErrorCase("EFAULT", "`info` cannot be written by the process. No child is waited for."),
        ErrorCase("EINTR", "A signal was handled."),
        ErrorCase(
            "EINVAL",
            "A number is wider than its type, `id_type` or a flag is unknown, or none of WEXITED, "
            "WSTOPPED and WCONTINUED is given.",
        ),
    ),
    source='POSIX "waitid"; Linux waitid(2)',
    is_restarted=True,
)

SETPGID: Final = Syscall(
    49,
    "SETPGID",
    "Put a process into a process group of its session, or into a new one. The caller may do so "
    "with itself, and with a child that has not called EXEC.",
    (
        Argument("pid", Kind.I32, "Which process; 0: the caller.", unit="process number"),
        Argument(
            "pgid",
            Kind.I32,
            "Which group; 0: the one of the process's own number.",
            unit="process group number",
        ),
    ),
    returns="0.",
    errors=(
        ErrorCase("EACCES", "The child has called EXEC."),
        ErrorCase("EINVAL", "A number is wider than its type or negative."),
        ErrorCase(
            "EPERM",
            "The process leads a session or is of another, or there is no such group in the "
            "session.",
        ),
        ErrorCase("ESRCH", "The process is neither the caller nor a child of it."),
    ),
    source='POSIX "setpgid"; Linux setpgid(2)',
)

GETPGID: Final = Syscall(
    50,
    "GETPGID",
    "Tell the process group of a process.",
    (Argument("pid", Kind.I32, "Which process; 0: the caller.", unit="process number"),),
    returns="The number of the group.",
    errors=(
        ErrorCase("EINVAL", "The number is wider than its type."),
        ErrorCase("ESRCH", "There is no such process."),
    ),
    source='POSIX "getpgid"; Linux getpgid(2)',
)

SETSID: Final = Syscall(
    51,
    "SETSID",
    "Begin a session and a process group, both of the caller's number.",
    (),
    returns="The number of the session.",
    errors=(ErrorCase("EPERM", "There is a process group of that number."),),
    source='POSIX "setsid"; Linux setsid(2)',
)

GETSID: Final = Syscall(
    52,
    "GETSID",
    "Tell the session of a process.",
    (Argument("pid", Kind.I32, "Which process; 0: the caller.", unit="process number"),),
    returns="The number of the session.",
    errors=(
        ErrorCase("EINVAL", "The number is wider than its type."),
        ErrorCase("ESRCH", "There is no such process."),
    ),
    source='POSIX "getsid"; Linux getsid(2)',
)

CALLS: Final = (
    EXIT,
    SPAWN,
    WAIT,
    WAIT4,
    GETRUSAGE,
    WAITID,
    SETPGID,
    GETPGID,
    SETSID,
    GETSID,
    FORK,
    EXEC,
    GETPID,
    GETPPID,
)
