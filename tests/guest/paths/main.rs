//! Names of files: making, finding, changing and removing what a path leads to. On `/data`, each case
//! in a directory of its own. `paths` runs all cases, `paths --where` says its working directory.

#![no_std]
#![no_main]

extern crate alloc;

mod calls;

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;

use calls::{
    access, chdir, chmod, chown, faccessat, fchdir, fchmod, fchmodat, fchown, fstatat, fstatfs,
    futimens, lchown, link, linkat, lstat, mkdir, mkdirat, mkfifo, mknod, openat, read_link,
    remove, rename, renameat2, rmdir, said, stat, statfs, symlink, t, truncate, umask, unlink,
    unlinkat, utimensat, working_directory,
};
use harness::{Cases, FAILED, PASSED, USAGE, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    AT_EMPTY_PATH, AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_FOLLOW, AT_SYMLINK_NOFOLLOW, F_OK, O_CREAT,
    O_DIRECTORY, O_EXCL, O_PATH, O_RDONLY, O_RDWR, O_WRONLY, R_OK, RENAME_EXCHANGE,
    RENAME_NOREPLACE, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, ST_RDONLY, UTIME_NOW,
    UTIME_OMIT, W_OK, X_OK,
};
use kpio_rt::abi::types::{FileTimes, Stat, StatFs, Timespec};
use kpio_rt::fs::{self, File};
use kpio_rt::{Error, args, eprintln, process};

kpio_rt::main!(run);

fn run() -> i32 {
    let texts: Vec<&str> = args::texts().flatten().collect();
    match texts.as_slice() {
        [] => {}
        ["--where", path] => {
            let mut buffer = [0; 200];
            let is_there = working_directory(&mut buffer)
                .is_ok_and(|found| found.to_bytes() == path.as_bytes());
            return if is_there { PASSED } else { FAILED };
        }
        _ => {
            eprintln!("usage: paths");
            return USAGE;
        }
    }
    let mut cases = Cases::new();
    cases.run("directories are made and removed", directories);
    cases.run("paths count from a directory", from_a_directory);
    cases.run("names are removed", removing);
    cases.run(
        "a file without names lives as long as it is open",
        without_names,
    );
    cases.run("files are renamed", renaming);
    cases.run("what RENAMEAT2 refuses", renaming_refused);
    cases.run("a file has several names", links);
    cases.run("symbolic links are followed, and not", symbolic_links);
    cases.run("nodes without content", nodes);
    cases.run("what may be done is said", accesses);
    cases.run("permissions are set", permissions);
    cases.run("the umask takes permissions away", masks);
    cases.run("owners are set", owners);
    cases.run("times are set", times);
    cases.run("attributes by descriptor", by_descriptor);
    cases.run("the working directory", working);
    cases.run("a child begins where its parent is", inherited);
    cases.run("how full a file system is", fullness);
    cases.run("a file is cut by its name", cutting);
    cases.run("the root cannot be changed", read_only);
    cases.run("flags that do not exist are refused", unknown_flags);
    cases.finish()
}

const CWD: i32 = AT_FDCWD;

fn ok(what: &str, returned: i32) -> Verdict {
    context(said(returned), what).map(drop)
}

fn refused(what: &str, returned: i32, errno: Errno) -> Verdict {
    expect(what, said(returned), Err(errno.into()))
}

fn facts(path: &CStr) -> Result<Stat, Error> {
    let mut facts = Stat::default();
    said(stat(t(path), &mut facts)).map(|_| facts)
}

fn own_facts(path: &CStr) -> Result<Stat, Error> {
    let mut facts = Stat::default();
    said(lstat(t(path), &mut facts)).map(|_| facts)
}

fn is_missing(path: &CStr) -> Verdict {
    let found = own_facts(path).map(|facts| facts.st_ino);
    expect("lstat", found, Err(Errno::ENOENT.into()))
}

fn make(path: &CStr, content: &[u8]) -> Verdict {
    let mut file = context(File::open_with(path, O_WRONLY | O_CREAT | O_EXCL), "open")?;
    expect("write", file.write(content), Ok(content.len()))
}

fn content(path: &CStr) -> Result<Vec<u8>, String> {
    context(fs::read(path), "read")
}

fn directories() -> Verdict {
    ok("mkdir", mkdir(t(c"/data/d"), 0o755))?;
    let found = context(facts(c"/data/d"), "stat")?;
    expect("mode", found.st_mode, S_IFDIR | 0o755)?;
    expect("names", found.st_nlink, 2)?;
    ok("mkdir inside", mkdir(t(c"/data/d/inner/"), 0o700))?;
    expect("names", context(facts(c"/data/d"), "stat")?.st_nlink, 3)?;
    refused("mkdir again", mkdir(t(c"/data/d"), 0o755), Errno::EEXIST)?;
    refused("mkdir of /", mkdir(t(c"/"), 0o755), Errno::EEXIST)?;
    refused("no parent", mkdir(t(c"/data/none/x"), 0o755), Errno::ENOENT)?;
    refused("an empty path", mkdir(t(c""), 0o755), Errno::ENOENT)?;
    refused(
        "below a file",
        mkdir(t(c"/bin/init/x"), 0o755),
        Errno::ENOTDIR,
    )?;
    let long = context(CString::new(format!("/data/{}", "n".repeat(256))), "path")?;
    refused("a long name", mkdir(t(&long), 0o755), Errno::ENAMETOOLONG)?;
    refused(
        "rmdir of one with names",
        rmdir(t(c"/data/d")),
        Errno::ENOTEMPTY,
    )?;
    refused("rmdir of .", rmdir(t(c"/data/d/.")), Errno::EINVAL)?;
    refused(
        "rmdir of ..",
        rmdir(t(c"/data/d/inner/..")),
        Errno::ENOTEMPTY,
    )?;
    // What is mounted there does not matter: the name is the root's.
    refused("rmdir of a mount", rmdir(t(c"/data")), Errno::EROFS)?;
    refused("rmdir of /", rmdir(t(c"/")), Errno::EBUSY)?;
    refused(
        "unlink of a directory",
        unlink(t(c"/data/d/inner")),
        Errno::EISDIR,
    )?;
    ok("rmdir", rmdir(t(c"/data/d/inner")))?;
    ok("remove", remove(t(c"/data/d/")))?;
    is_missing(c"/data/d")
}

fn from_a_directory() -> Verdict {
    ok("mkdir", mkdir(t(c"/data/at"), 0o755))?;
    let directory = context(File::open_with(c"/data/at", O_PATH | O_DIRECTORY), "open")?;
    let fd = directory.descriptor();
    ok("mkdirat", mkdirat(fd, t(c"one"), 0o755))?;
    let flags = (O_RDWR | O_CREAT).cast_signed();
    let file = context(said(openat(fd, t(c"one/file"), flags, 0o600)), "openat")?;
    let mut found = Stat::default();
    ok("fstatat", fstatat(fd, t(c"one/file"), &mut found, 0))?;
    expect("mode", found.st_mode, S_IFREG | 0o600)?;
    let mut same = Stat::default();
    let empty = AT_EMPTY_PATH.cast_signed();
    ok("fstatat of itself", fstatat(file, t(c""), &mut same, empty))?;
    expect("st_ino", same.st_ino, found.st_ino)?;
    ok("fstatat of /", fstatat(-1, t(c"/data/at"), &mut same, 0))?;
    let at = |fd, path| fstatat(fd, t(path), &mut Stat::default(), 0);
    refused("an empty path", at(fd, c""), Errno::ENOENT)?;
    refused("from a file", at(file, c"x"), Errno::ENOTDIR)?;
    refused("from nothing", at(99, c"x"), Errno::EBADF)?;
    refused("from -1", at(-1, c"x"), Errno::EBADF)?;
    refused("from the console", at(1, c"x"), Errno::ENOTDIR)?;
    ok("unlinkat", unlinkat(fd, t(c"one/file"), 0))?;
    refused("unlinkat", unlinkat(fd, t(c"one"), 0), Errno::EISDIR)?;
    let removing = AT_REMOVEDIR.cast_signed();
    ok("unlinkat", unlinkat(fd, t(c"one"), removing))?;
    // A directory that was removed takes no new names.
    ok("rmdir", rmdir(t(c"/data/at")))?;
    refused("mkdirat", mkdirat(fd, t(c"new"), 0o755), Errno::ENOENT)
}

fn removing() -> Verdict {
    make(c"/data/r", b"content")?;
    refused("rmdir of a file", rmdir(t(c"/data/r")), Errno::ENOTDIR)?;
    refused("with a slash", unlink(t(c"/data/r/")), Errno::ENOTDIR)?;
    ok("unlink", unlink(t(c"/data/r")))?;
    is_missing(c"/data/r")?;
    refused("unlink again", unlink(t(c"/data/r")), Errno::ENOENT)?;
    refused("unlink of .", unlink(t(c"/data/.")), Errno::EISDIR)
}

fn without_names() -> Verdict {
    let path = c"/data/nameless";
    make(path, b"still here")?;
    let file = context(File::open_with(path, O_RDWR), "open")?;
    ok("unlink", unlink(t(path)))?;
    let mut buffer = [0; 10];
    expect("pread", file.read_at(&mut buffer, 0), Ok(10))?;
    expect("content", &buffer, b"still here")?;
    expect("names", context(file.stat(), "fstat")?.st_nlink, 0)?;
    expect("pwrite", file.write_at(b"!", 10), Ok(1))?;
    context(file.sync(), "fsync")?;
    make(path, b"another")?;
    expect("pread", file.read_at(&mut buffer, 1), Ok(10))?;
    expect("content", &buffer, b"till here!")?;
    drop(file);
    expect("the other", content(path)?, b"another")?;
    ok("unlink", unlink(t(path)))
}

fn renaming() -> Verdict {
    ok("mkdir", mkdir(t(c"/data/n"), 0o755))?;
    make(c"/data/n/a", b"a")?;
    make(c"/data/n/b", b"b")?;
    ok("rename", rename(t(c"/data/n/a"), t(c"/data/n/c")))?;
    is_missing(c"/data/n/a")?;
    ok("rename over", rename(t(c"/data/n/c"), t(c"/data/n/b")))?;
    expect("content", content(c"/data/n/b")?, b"a")?;
    ok("mkdir", mkdir(t(c"/data/n/d"), 0o755))?;
    ok("rename into", rename(t(c"/data/n/b"), t(c"/data/n/d/e")))?;
    ok(
        "rename of a directory",
        rename(t(c"/data/n/d"), t(c"/data/m")),
    )?;
    expect("content", content(c"/data/m/e")?, b"a")?;
    ok("mkdir", mkdir(t(c"/data/n/empty"), 0o755))?;
    ok(
        "over an empty one",
        rename(t(c"/data/m"), t(c"/data/n/empty")),
    )?;
    make(c"/data/n/f", b"f")?;
    let exchange = renameat2(
        CWD,
        t(c"/data/n/f"),
        CWD,
        t(c"/data/n/empty"),
        RENAME_EXCHANGE,
    );
    ok("exchange", exchange)?;
    expect("content", content(c"/data/n/f/e")?, b"a")?;
    expect("content", content(c"/data/n/empty")?, b"f")?;
    ok(
        "of itself",
        rename(t(c"/data/n/empty"), t(c"/data/n/empty")),
    )?;
    ok("unlink", unlink(t(c"/data/n/empty")))?;
    ok("unlink", unlink(t(c"/data/n/f/e")))?;
    ok("rmdir", rmdir(t(c"/data/n/f")))?;
    ok("rmdir", rmdir(t(c"/data/n")))
}

fn renaming_refused() -> Verdict {
    ok("mkdir", mkdir(t(c"/data/q"), 0o755))?;
    ok("mkdir", mkdir(t(c"/data/q/d"), 0o755))?;
    make(c"/data/q/f", b"f")?;
    make(c"/data/q/d/g", b"g")?;
    let cases: [(&CStr, &CStr, Errno); 9] = [
        (c"/data/q/none", c"/data/q/x", Errno::ENOENT),
        (c"/data/q/f", c"/data/none/x", Errno::ENOENT),
        (c"/data/q/f", c"/data/q/d", Errno::EISDIR),
        (c"/data/q/d", c"/data/q/f", Errno::ENOTDIR),
        (c"/data/q", c"/data/q/d/x", Errno::EINVAL),
        (c"/data/q/f", c"/x", Errno::EXDEV),
        (c"/data/q/.", c"/data/x", Errno::EBUSY),
        (c"/data", c"/x", Errno::EROFS),
        (c"/data/q/f", c"/data/q/x/", Errno::ENOTDIR),
    ];
    for (from, to, errno) in cases {
        let outcome = rename(t(from), t(to));
        refused(&format!("{from:?} to {to:?}"), outcome, errno)?;
    }
    ok("mkdir", mkdir(t(c"/data/q/e"), 0o755))?;
    let over = rename(t(c"/data/q/e"), t(c"/data/q/d"));
    refused("over one with names", over, Errno::ENOTEMPTY)?;
    let with = |to, flags| renameat2(CWD, t(c"/data/q/f"), CWD, t(to), flags);
    refused(
        "no replacing",
        with(c"/data/q/e", RENAME_NOREPLACE),
        Errno::EEXIST,
    )?;
    refused(
        "nothing there",
        with(c"/data/q/x", RENAME_EXCHANGE),
        Errno::ENOENT,
    )?;
    refused("unknown", with(c"/data/q/x", 8), Errno::EINVAL)?;
    let both = RENAME_NOREPLACE | RENAME_EXCHANGE;
    refused("both", with(c"/data/q/x", both), Errno::EINVAL)?;
    expect("content", content(c"/data/q/f")?, b"f")
}

fn links() -> Verdict {
    make(c"/data/l1", b"shared")?;
    ok("link", link(t(c"/data/l1"), t(c"/data/l2")))?;
    let (first, second) = (facts(c"/data/l1"), facts(c"/data/l2"));
    expect("the same", first, second)?;
    expect("names", context(second, "stat")?.st_nlink, 2)?;
    refused("again", link(t(c"/data/l1"), t(c"/data/l2")), Errno::EEXIST)?;
    refused(
        "a directory",
        link(t(c"/data/tmp"), t(c"/data/l3")),
        Errno::EPERM,
    )?;
    refused(
        "elsewhere",
        link(t(c"/bin/init"), t(c"/data/l3")),
        Errno::EXDEV,
    )?;
    refused(
        "nothing",
        link(t(c"/data/l9"), t(c"/data/l3")),
        Errno::ENOENT,
    )?;
    let file = context(File::open(c"/data/l1"), "open")?;
    let empty = AT_EMPTY_PATH.cast_signed();
    let linked = linkat(file.descriptor(), t(c""), CWD, t(c"/data/l3"), empty);
    ok("of a descriptor", linked)?;
    for path in [c"/data/l1", c"/data/l2", c"/data/l3"] {
        expect("content", content(path)?, b"shared")?;
        ok("unlink", unlink(t(path)))?;
    }
    let linked = linkat(file.descriptor(), t(c""), CWD, t(c"/data/l4"), empty);
    refused("of a file without names", linked, Errno::ENOENT)
}

fn symbolic_links() -> Verdict {
    make(c"/data/target", b"target")?;
    ok("symlink", symlink(t(c"target"), t(c"/data/s")))?;
    expect("content", content(c"/data/s")?, b"target")?;
    let itself = context(own_facts(c"/data/s"), "lstat")?;
    expect("type", itself.st_mode & S_IFMT, S_IFLNK)?;
    expect("st_size", itself.st_size, 6)?;
    let mut buffer = [0; 16];
    expect("readlink", read_link(c"/data/s", &mut buffer), Ok(6))?;
    expect("target", &buffer[..7], b"target\0")?;
    expect("cut", read_link(c"/data/s", &mut buffer[..3]), Ok(3))?;
    expect("no room", read_link(c"/data/s", &mut []), Ok(0))?;
    let no_link = read_link(c"/data/target", &mut buffer);
    expect("of a file", no_link, Err(Errno::EINVAL.into()))?;
    ok("symlink", symlink(t(c"loop2"), t(c"/data/loop1")))?;
    ok("symlink", symlink(t(c"loop1"), t(c"/data/loop2")))?;
    let outcome = facts(c"/data/loop1").map(|_| ());
    expect("a loop", outcome, Err(Errno::ELOOP.into()))?;
    refused("again", symlink(t(c"x"), t(c"/data/s")), Errno::EEXIST)?;
    refused("empty", symlink(t(c""), t(c"/data/s2")), Errno::ENOENT)?;
    let follow = AT_SYMLINK_FOLLOW.cast_signed();
    ok(
        "linkat",
        linkat(CWD, t(c"/data/s"), CWD, t(c"/data/hard"), follow),
    )?;
    let (hard, target) = (facts(c"/data/hard"), facts(c"/data/target"));
    expect("the followed", hard, target)?;
    ok(
        "linkat",
        linkat(CWD, t(c"/data/s"), CWD, t(c"/data/soft"), 0),
    )?;
    expect("the link", own_facts(c"/data/soft"), own_facts(c"/data/s"))?;
    for path in [
        c"/data/s",
        c"/data/soft",
        c"/data/hard",
        c"/data/loop1",
        c"/data/loop2",
    ] {
        ok("unlink", unlink(t(path)))?;
    }
    expect("the target", content(c"/data/target")?, b"target")
}

fn nodes() -> Verdict {
    ok("mkfifo", mkfifo(t(c"/data/fifo"), 0o600))?;
    let found = context(facts(c"/data/fifo"), "stat")?;
    expect("mode", found.st_mode, S_IFIFO | 0o600)?;
    let opened = File::open(c"/data/fifo").map(|file| file.descriptor());
    expect("open", opened, Err(Errno::ENXIO.into()))?;
    ok("mknod", mknod(t(c"/data/node"), 0o644, 0))?;
    expect(
        "type",
        context(facts(c"/data/node"), "stat")?.st_mode,
        S_IFREG | 0o644,
    )?;
    refused("a device", mknod(t(c"/data/x"), S_IFCHR, 0), Errno::EPERM)?;
    refused(
        "a directory",
        mknod(t(c"/data/x"), S_IFDIR, 0),
        Errno::EPERM,
    )?;
    refused("no type", mknod(t(c"/data/x"), S_IFMT, 0), Errno::EINVAL)?;
    refused("again", mkfifo(t(c"/data/node"), 0), Errno::EEXIST)
}

fn accesses() -> Verdict {
    let can = |path, mode: u32| access(t(path), mode.cast_signed());
    ok("F_OK", can(c"/bin/init", F_OK))?;
    ok("R_OK and X_OK", can(c"/bin/init", R_OK | X_OK))?;
    refused("W_OK", can(c"/bin/init", W_OK), Errno::EROFS)?;
    refused("X_OK", can(c"/etc/kpio/init.list", X_OK), Errno::EACCES)?;
    ok("X_OK of a directory", can(c"/etc", X_OK))?;
    ok("W_OK", can(c"/data", W_OK))?;
    refused("nothing there", can(c"/data/none", F_OK), Errno::ENOENT)?;
    refused("unknown", can(c"/data", 8), Errno::EINVAL)?;
    ok("symlink", symlink(t(c"nowhere"), t(c"/data/dangling")))?;
    refused("followed", can(c"/data/dangling", F_OK), Errno::ENOENT)?;
    let itself = AT_SYMLINK_NOFOLLOW.cast_signed();
    ok("itself", faccessat(CWD, t(c"/data/dangling"), 0, itself))
}

fn permissions() -> Verdict {
    make(c"/data/p", b"")?;
    ok("chmod", chmod(t(c"/data/p"), 0o4751))?;
    let found = context(facts(c"/data/p"), "stat")?;
    expect("mode", found.st_mode, S_IFREG | 0o4751)?;
    ok("chmod", chmod(t(c"/data/p"), S_IFDIR | 0o640))?;
    expect(
        "mode",
        context(facts(c"/data/p"), "stat")?.st_mode,
        S_IFREG | 0o640,
    )?;
    ok("symlink", symlink(t(c"p"), t(c"/data/ps")))?;
    ok("chmod through it", chmod(t(c"/data/ps"), 0o600))?;
    expect(
        "mode",
        context(facts(c"/data/p"), "stat")?.st_mode,
        S_IFREG | 0o600,
    )?;
    let itself = AT_SYMLINK_NOFOLLOW.cast_signed();
    let changed = fchmodat(CWD, t(c"/data/ps"), 0o600, itself);
    refused("the link itself", changed, Errno::EOPNOTSUPP)?;
    refused("nothing", chmod(t(c"/data/none"), 0o600), Errno::ENOENT)
}

fn masks() -> Verdict {
    let before = umask(0o077);
    make(c"/data/masked", b"")?;
    ok("mkdir", mkdir(t(c"/data/masked-d"), 0o777))?;
    ok("mkfifo", mkfifo(t(c"/data/masked-f"), 0o666))?;
    expect("umask", umask(before), 0o077)?;
    let mode = |path| context(facts(path), "stat").map(|facts| facts.st_mode & 0o777);
    expect("file", mode(c"/data/masked")?, 0o600)?;
    expect("directory", mode(c"/data/masked-d")?, 0o700)?;
    expect("pipe", mode(c"/data/masked-f")?, 0o600)
}

fn owners() -> Verdict {
    make(c"/data/o", b"")?;
    let owner = |path| context(own_facts(path), "lstat").map(|facts| (facts.st_uid, facts.st_gid));
    expect("owner", owner(c"/data/o")?, (0, 0))?;
    ok("chown", chown(t(c"/data/o"), 70_000, 5))?;
    expect("owner", owner(c"/data/o")?, (70_000, 5))?;
    ok("chown", chown(t(c"/data/o"), u32::MAX, 6))?;
    expect("owner", owner(c"/data/o")?, (70_000, 6))?;
    ok("chmod", chmod(t(c"/data/o"), 0o6755))?;
    ok("chown", chown(t(c"/data/o"), 1, u32::MAX))?;
    let mode = context(facts(c"/data/o"), "stat")?.st_mode;
    expect("mode", mode, S_IFREG | 0o755)?;
    ok("symlink", symlink(t(c"o"), t(c"/data/os")))?;
    ok("lchown", lchown(t(c"/data/os"), 9, 9))?;
    expect(
        "owner",
        (owner(c"/data/os")?, owner(c"/data/o")?),
        ((9, 9), (1, 6)),
    )
}

fn time(tv_sec: i64, tv_nsec: i64) -> Timespec {
    Timespec { tv_sec, tv_nsec }
}

fn times() -> Verdict {
    make(c"/data/t", b"")?;
    let set = |accessed, modified| {
        let times = FileTimes { accessed, modified };
        utimensat(CWD, t(c"/data/t"), Some(&times), 0)
    };
    let now = || context(facts(c"/data/t"), "stat");
    let made = now()?;
    ensure(
        made.st_mtim.tv_sec > 1_500_000_000,
        "the clock is in the past",
    )?;
    ok(
        "utimensat",
        set(time(1, 2), time(4_000_000_000, 999_999_999)),
    )?;
    let found = now()?;
    expect("accessed", found.st_atim, time(1, 2))?;
    expect("modified", found.st_mtim, time(4_000_000_000, 999_999_999))?;
    ok("utimensat", set(time(0, UTIME_OMIT), time(-5, 7)))?;
    let found = now()?;
    expect("accessed", found.st_atim, time(1, 2))?;
    expect("modified", found.st_mtim, time(-5, 7))?;
    ok("utimensat", set(time(0, UTIME_NOW), time(0, UTIME_OMIT)))?;
    let found = now()?;
    ensure(
        found.st_atim.tv_sec >= made.st_mtim.tv_sec,
        "now is not now",
    )?;
    expect("modified", found.st_mtim, time(-5, 7))?;
    ok("both now", utimensat(CWD, t(c"/data/t"), None, 0))?;
    ensure(
        now()?.st_mtim.tv_sec >= made.st_mtim.tv_sec,
        "now is not now",
    )?;
    for wrong in [-1, 1_000_000_000, i64::MAX] {
        refused(
            "nanoseconds",
            set(time(0, wrong), time(0, 0)),
            Errno::EINVAL,
        )?;
    }
    let missing = utimensat(CWD, t(c"/data/none"), None, 0);
    refused("nothing", missing, Errno::ENOENT)
}

fn by_descriptor() -> Verdict {
    make(c"/data/f", b"")?;
    let file = context(File::open_with(c"/data/f", O_RDONLY), "open")?;
    let fd = file.descriptor();
    ok("fchmod", fchmod(fd, 0o604))?;
    ok("fchown", fchown(fd, 3, 4))?;
    let times = FileTimes {
        accessed: time(10, 0),
        modified: time(20, 0),
    };
    ok("futimens", futimens(fd, Some(&times)))?;
    let found = context(file.stat(), "fstat")?;
    expect("mode", found.st_mode, S_IFREG | 0o604)?;
    expect("owner", (found.st_uid, found.st_gid), (3, 4))?;
    expect(
        "times",
        (found.st_atim, found.st_mtim),
        (time(10, 0), time(20, 0)),
    )?;
    let place = context(File::open_with(c"/data/f", O_PATH), "open")?;
    let place = place.descriptor();
    refused("fchmod with O_PATH", fchmod(place, 0), Errno::EBADF)?;
    refused("fchown with O_PATH", fchown(place, 0, 0), Errno::EBADF)?;
    refused("futimens with O_PATH", futimens(place, None), Errno::EBADF)?;
    refused("fchmod of nothing", fchmod(-1, 0), Errno::EBADF)?;
    refused("fchmod of the console", fchmod(1, 0), Errno::EBADF)
}

fn working() -> Verdict {
    let mut buffer = [0; 100];
    ok("mkdir", mkdir(t(c"/data/w"), 0o755))?;
    ok("mkdir", mkdir(t(c"/data/w/x"), 0o755))?;
    ok("chdir", chdir(t(c"/data/w")))?;
    let directory = context(File::open(c"."), "open")?;
    ok("chdir", chdir(t(c"x/../x")))?;
    expect("getcwd", working_directory(&mut buffer), Ok(c"/data/w/x"))?;
    expect(
        "exactly",
        working_directory(&mut buffer[..10]),
        Ok(c"/data/w/x"),
    )?;
    let short = working_directory(&mut buffer[..9]).map(drop);
    expect("too short", short, Err(Errno::ERANGE.into()))?;
    make(c"here", b"here")?;
    expect("content", content(c"/data/w/x/here")?, b"here")?;
    ok("rename", rename(t(c"/data/w/x"), t(c"/data/w/y")))?;
    expect("getcwd", working_directory(&mut buffer), Ok(c"/data/w/y"))?;
    ok("unlink", unlink(t(c"here")))?;
    ok("rmdir", rmdir(t(c"../y")))?;
    let gone = working_directory(&mut buffer).map(drop);
    expect("removed", gone, Err(Errno::ENOENT.into()))?;
    let lost = File::open_with(c"x", O_CREAT | O_WRONLY).map(|file| file.descriptor());
    expect("a file in it", lost, Err(Errno::ENOENT.into()))?;
    ok("fchdir", fchdir(directory.descriptor()))?;
    expect("getcwd", working_directory(&mut buffer), Ok(c"/data/w"))?;
    ok("chdir", chdir(t(c"..")))?;
    expect("getcwd", working_directory(&mut buffer), Ok(c"/data"))?;
    ok("chdir", chdir(t(c"../..")))?;
    expect("getcwd", working_directory(&mut buffer), Ok(c"/"))?;
    refused("a file", chdir(t(c"/bin/init")), Errno::ENOTDIR)?;
    refused("nothing", chdir(t(c"/none")), Errno::ENOENT)?;
    refused("the console", fchdir(1), Errno::ENOTDIR)?;
    refused("no descriptor", fchdir(-1), Errno::EBADF)
}

fn inherited() -> Verdict {
    ok("chdir", chdir(t(c"/data/tmp")))?;
    let own = c"/test/paths";
    let status = process::run(own, &[own, c"--where", c"/data/tmp"]);
    ok("chdir", chdir(t(c"/")))?;
    expect("status", context(status, "run")?.code(), Some(PASSED))
}

fn fullness() -> Verdict {
    let mut found = StatFs::default();
    ok("statfs", statfs(t(c"/data/tmp"), &mut found))?;
    expect("kind", found.f_type, 0xEF53)?;
    expect("longest name", found.f_namelen, 255)?;
    expect("flags", found.f_flags, 0)?;
    ensure(
        0 < found.f_bfree && found.f_bfree < found.f_blocks && found.f_frsize >= 1024,
        format_args!("{found:?}"),
    )?;
    let file = context(File::open_with(c"/data/filling", O_CREAT | O_RDWR), "open")?;
    expect("pwrite", file.write_at(&[1; 65536], 0), Ok(65536))?;
    let mut fuller = StatFs::default();
    ok("fstatfs", fstatfs(file.descriptor(), &mut fuller))?;
    let taken = (found.f_bfree - fuller.f_bfree) * found.f_frsize;
    ensure(taken >= 65536, format_args!("{taken} bytes taken"))?;
    expect("files", found.f_ffree - fuller.f_ffree, 1)?;
    ok("unlink", unlink(t(c"/data/filling")))?;
    drop(file);
    ok("statfs", statfs(t(c"/data"), &mut fuller))?;
    expect("free again", fuller.f_bfree, found.f_bfree)?;
    ok("statfs of the root", statfs(t(c"/"), &mut found))?;
    expect("flags", found.f_flags, ST_RDONLY)?;
    refused("the console", fstatfs(1, &mut found), Errno::EINVAL)?;
    refused("nothing", statfs(t(c"/none"), &mut found), Errno::ENOENT)
}

fn cutting() -> Verdict {
    make(c"/data/cut", b"0123456789")?;
    ok("truncate", truncate(t(c"/data/cut"), 4))?;
    expect("content", content(c"/data/cut")?, b"0123")?;
    refused("a directory", truncate(t(c"/data"), 4), Errno::EISDIR)?;
    refused("nothing", truncate(t(c"/data/none"), 4), Errno::ENOENT)?;
    refused("below zero", truncate(t(c"/data/cut"), -1), Errno::EINVAL)
}

fn read_only() -> Verdict {
    let erofs = Errno::EROFS;
    refused("mkdir", mkdir(t(c"/new"), 0o755), erofs)?;
    refused("rmdir", rmdir(t(c"/etc/kpio")), erofs)?;
    refused("unlink", unlink(t(c"/bin/init")), erofs)?;
    refused("rename", rename(t(c"/bin/init"), t(c"/bin/x")), erofs)?;
    refused("link", link(t(c"/bin/init"), t(c"/bin/x")), erofs)?;
    refused("symlink", symlink(t(c"init"), t(c"/bin/x")), erofs)?;
    refused("mkfifo", mkfifo(t(c"/new"), 0o644), erofs)?;
    refused("chmod", chmod(t(c"/bin/init"), 0o600), erofs)?;
    refused("chown", chown(t(c"/bin/init"), 1, 1), erofs)?;
    refused("utimensat", utimensat(CWD, t(c"/bin/init"), None, 0), erofs)?;
    refused("truncate", truncate(t(c"/bin/init"), 0), erofs)
}

fn unknown_flags() -> Verdict {
    let einval = Errno::EINVAL;
    let mut found = Stat::default();
    refused("fstatat", fstatat(CWD, t(c"/"), &mut found, 1), einval)?;
    refused("unlinkat", unlinkat(CWD, t(c"/data/x"), 1), einval)?;
    refused("linkat", linkat(CWD, t(c"/x"), CWD, t(c"/y"), 1), einval)?;
    refused("faccessat", faccessat(CWD, t(c"/"), 0, 1), einval)?;
    refused("fchmodat", fchmodat(CWD, t(c"/"), 0, 1), einval)?;
    refused("utimensat", utimensat(CWD, t(c"/"), None, 1), einval)
}
