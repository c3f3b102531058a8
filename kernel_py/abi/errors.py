"""Error codes: Linux's numbers on x86-64, which are musl's.

A system call that fails returns the negated number in rax. Every number musl's `<errno.h>` knows
is here, because libkpio's `<errno.h>` and `strerror` are made from this table; which call gives
which error, and when, is part of the call (`syscalls/`).

Source: musl `arch/x86_64/bits/errno.h` through its `<errno.h>`, and `strerror`; where musl's
`strerror` has no text ("No error information"), Linux `include/uapi/asm-generic/errno.h`.
"""

from dataclasses import dataclass, field
from typing import Final

from kernel_py.abi.place import Place, definition_place

MAX_ERRNO: Final = 4095
"""Return values from -MAX_ERRNO to -1 are errors; every other value is a result."""


@dataclass(frozen=True)
class ErrorCode:
    """One error: its number, its C name, and the sentence a person reads.

    `in_musl_strerror` is false where musl has the number but no sentence for it; libkpio's
    `strerror` then says musl's "No error information", as programs compare against it.
    """

    number: int
    name: str
    message: str
    in_musl_strerror: bool = True
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class ErrorAlias:
    """A second C name of an error code."""

    name: str
    target: str
    place: Place = field(default_factory=definition_place, compare=False)


ERRORS: Final = (
    ErrorCode(1, "EPERM", "Operation not permitted"),
    ErrorCode(2, "ENOENT", "No such file or directory"),
    ErrorCode(3, "ESRCH", "No such process"),
    ErrorCode(4, "EINTR", "Interrupted system call"),
    ErrorCode(5, "EIO", "I/O error"),
    ErrorCode(6, "ENXIO", "No such device or address"),
    ErrorCode(7, "E2BIG", "Argument list too long"),
    ErrorCode(8, "ENOEXEC", "Exec format error"),
    ErrorCode(9, "EBADF", "Bad file descriptor"),
    ErrorCode(10, "ECHILD", "No child process"),
    ErrorCode(11, "EAGAIN", "Resource temporarily unavailable"),
    ErrorCode(12, "ENOMEM", "Out of memory"),
    ErrorCode(13, "EACCES", "Permission denied"),
    ErrorCode(14, "EFAULT", "Bad address"),
    ErrorCode(15, "ENOTBLK", "Block device required"),
    ErrorCode(16, "EBUSY", "Resource busy"),
    ErrorCode(17, "EEXIST", "File exists"),
    ErrorCode(18, "EXDEV", "Cross-device link"),
    ErrorCode(19, "ENODEV", "No such device"),
    ErrorCode(20, "ENOTDIR", "Not a directory"),
    ErrorCode(21, "EISDIR", "Is a directory"),
    ErrorCode(22, "EINVAL", "Invalid argument"),
    ErrorCode(23, "ENFILE", "Too many open files in system"),
    ErrorCode(24, "EMFILE", "No file descriptors available"),
    ErrorCode(25, "ENOTTY", "Not a tty"),
    ErrorCode(26, "ETXTBSY", "Text file busy"),
    ErrorCode(27, "EFBIG", "File too large"),
    ErrorCode(28, "ENOSPC", "No space left on device"),
    ErrorCode(29, "ESPIPE", "Invalid seek"),
    ErrorCode(30, "EROFS", "Read-only file system"),
    ErrorCode(31, "EMLINK", "Too many links"),
    ErrorCode(32, "EPIPE", "Broken pipe"),
    ErrorCode(33, "EDOM", "Domain error"),
    ErrorCode(34, "ERANGE", "Result not representable"),
    ErrorCode(35, "EDEADLK", "Resource deadlock would occur"),
    ErrorCode(36, "ENAMETOOLONG", "Filename too long"),
    ErrorCode(37, "ENOLCK", "No locks available"),
    ErrorCode(38, "ENOSYS", "Function not implemented"),
    ErrorCode(39, "ENOTEMPTY", "Directory not empty"),
    ErrorCode(40, "ELOOP", "Symbolic link loop"),
    ErrorCode(42, "ENOMSG", "No message of desired type"),
    ErrorCode(43, "EIDRM", "Identifier removed"),
    ErrorCode(44, "ECHRNG", "Channel number out of range", in_musl_strerror=False),
    ErrorCode(45, "EL2NSYNC", "Level 2 not synchronized", in_musl_strerror=False),
    ErrorCode(46, "EL3HLT", "Level 3 halted", in_musl_strerror=False),
    ErrorCode(47, "EL3RST", "Level 3 reset", in_musl_strerror=False),
    ErrorCode(48, "ELNRNG", "Link number out of range", in_musl_strerror=False),
    ErrorCode(49, "EUNATCH", "Protocol driver not attached", in_musl_strerror=False),
    ErrorCode(50, "ENOCSI", "No CSI structure available", in_musl_strerror=False),
    ErrorCode(51, "EL2HLT", "Level 2 halted", in_musl_strerror=False),
    ErrorCode(52, "EBADE", "Invalid exchange", in_musl_strerror=False),
    ErrorCode(53, "EBADR", "Invalid request descriptor", in_musl_strerror=False),
    ErrorCode(54, "EXFULL", "Exchange full", in_musl_strerror=False),
    ErrorCode(55, "ENOANO", "No anode", in_musl_strerror=False),
    ErrorCode(56, "EBADRQC", "Invalid request code", in_musl_strerror=False),
    ErrorCode(57, "EBADSLT", "Invalid slot", in_musl_strerror=False),
    ErrorCode(59, "EBFONT", "Bad font file format", in_musl_strerror=False),
    ErrorCode(60, "ENOSTR", "Device not a stream"),
    ErrorCode(61, "ENODATA", "No data available"),
    ErrorCode(62, "ETIME", "Device timeout"),
    ErrorCode(63, "ENOSR", "Out of streams resources"),
    ErrorCode(64, "ENONET", "Machine is not on the network", in_musl_strerror=False),
    ErrorCode(65, "ENOPKG", "Package not installed", in_musl_strerror=False),
    ErrorCode(66, "EREMOTE", "Object is remote", in_musl_strerror=False),
    ErrorCode(67, "ENOLINK", "Link has been severed"),
    ErrorCode(68, "EADV", "Advertise error", in_musl_strerror=False),
    ErrorCode(69, "ESRMNT", "Srmount error", in_musl_strerror=False),
    ErrorCode(70, "ECOMM", "Communication error on send", in_musl_strerror=False),
    ErrorCode(71, "EPROTO", "Protocol error"),
    ErrorCode(72, "EMULTIHOP", "Multihop attempted"),
    ErrorCode(73, "EDOTDOT", "RFS specific error", in_musl_strerror=False),
    ErrorCode(74, "EBADMSG", "Bad message"),
    ErrorCode(75, "EOVERFLOW", "Value too large for data type"),
    ErrorCode(76, "ENOTUNIQ", "Name not unique on network", in_musl_strerror=False),
    ErrorCode(77, "EBADFD", "File descriptor in bad state"),
    ErrorCode(78, "EREMCHG", "Remote address changed", in_musl_strerror=False),
    ErrorCode(79, "ELIBACC", "Can not access a needed shared library", in_musl_strerror=False),
    ErrorCode(80, "ELIBBAD", "Accessing a corrupted shared library", in_musl_strerror=False),
    ErrorCode(81, "ELIBSCN", ".lib section in a.out corrupted", in_musl_strerror=False),
    ErrorCode(82, "ELIBMAX", "Linking in too many shared libraries", in_musl_strerror=False),
    ErrorCode(83, "ELIBEXEC", "Cannot exec a shared library directly", in_musl_strerror=False),
    ErrorCode(84, "EILSEQ", "Illegal byte sequence"),
    ErrorCode(85, "ERESTART", "Interrupted call should be restarted", in_musl_strerror=False),
    ErrorCode(86, "ESTRPIPE", "Streams pipe error", in_musl_strerror=False),
    ErrorCode(87, "EUSERS", "Too many users", in_musl_strerror=False),
    ErrorCode(88, "ENOTSOCK", "Not a socket"),
    ErrorCode(89, "EDESTADDRREQ", "Destination address required"),
    ErrorCode(90, "EMSGSIZE", "Message too large"),
    ErrorCode(91, "EPROTOTYPE", "Protocol wrong type for socket"),
    ErrorCode(92, "ENOPROTOOPT", "Protocol not available"),
    ErrorCode(93, "EPROTONOSUPPORT", "Protocol not supported"),
    ErrorCode(94, "ESOCKTNOSUPPORT", "Socket type not supported"),
    ErrorCode(95, "EOPNOTSUPP", "Not supported"),
    ErrorCode(96, "EPFNOSUPPORT", "Protocol family not supported"),
    ErrorCode(97, "EAFNOSUPPORT", "Address family not supported by protocol"),
    ErrorCode(98, "EADDRINUSE", "Address in use"),
    ErrorCode(99, "EADDRNOTAVAIL", "Address not available"),
    ErrorCode(100, "ENETDOWN", "Network is down"),
    ErrorCode(101, "ENETUNREACH", "Network unreachable"),
    ErrorCode(102, "ENETRESET", "Connection reset by network"),
    ErrorCode(103, "ECONNABORTED", "Connection aborted"),
    ErrorCode(104, "ECONNRESET", "Connection reset by peer"),
    ErrorCode(105, "ENOBUFS", "No buffer space available"),
    ErrorCode(106, "EISCONN", "Socket is connected"),
    ErrorCode(107, "ENOTCONN", "Socket not connected"),
    ErrorCode(108, "ESHUTDOWN", "Cannot send after socket shutdown"),
    ErrorCode(109, "ETOOMANYREFS", "Too many references: cannot splice", in_musl_strerror=False),
    ErrorCode(110, "ETIMEDOUT", "Operation timed out"),
    ErrorCode(111, "ECONNREFUSED", "Connection refused"),
    ErrorCode(112, "EHOSTDOWN", "Host is down"),
    ErrorCode(113, "EHOSTUNREACH", "Host is unreachable"),
    ErrorCode(114, "EALREADY", "Operation already in progress"),
    ErrorCode(115, "EINPROGRESS", "Operation in progress"),
    ErrorCode(116, "ESTALE", "Stale file handle"),
    ErrorCode(117, "EUCLEAN", "Structure needs cleaning", in_musl_strerror=False),
    ErrorCode(118, "ENOTNAM", "Not a XENIX named type file", in_musl_strerror=False),
    ErrorCode(119, "ENAVAIL", "No XENIX semaphores available", in_musl_strerror=False),
    ErrorCode(120, "EISNAM", "Is a named type file", in_musl_strerror=False),
    ErrorCode(121, "EREMOTEIO", "Remote I/O error"),
    ErrorCode(122, "EDQUOT", "Quota exceeded"),
    ErrorCode(123, "ENOMEDIUM", "No medium found"),
    ErrorCode(124, "EMEDIUMTYPE", "Wrong medium type"),
    ErrorCode(125, "ECANCELED", "Operation canceled"),
    ErrorCode(126, "ENOKEY", "Required key not available"),
    ErrorCode(127, "EKEYEXPIRED", "Key has expired"),
    ErrorCode(128, "EKEYREVOKED", "Key has been revoked"),
    ErrorCode(129, "EKEYREJECTED", "Key was rejected by service"),
    ErrorCode(130, "EOWNERDEAD", "Previous owner died"),
    ErrorCode(131, "ENOTRECOVERABLE", "State not recoverable"),
    ErrorCode(132, "ERFKILL", "Operation not possible due to RF-kill", in_musl_strerror=False),
    ErrorCode(133, "EHWPOISON", "Memory page has hardware error", in_musl_strerror=False),
)

ALIASES: Final = (
    ErrorAlias("EWOULDBLOCK", "EAGAIN"),
    ErrorAlias("EDEADLOCK", "EDEADLK"),
    ErrorAlias("ENOTSUP", "EOPNOTSUPP"),
)
