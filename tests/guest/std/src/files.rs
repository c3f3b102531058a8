//! `std::fs` and `std::io`.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Verdict, expect};

/// A directory of its own below the temporary one, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("std_program-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn content() -> Verdict {
    let folder = Folder::new("content")?;
    let path = folder.join("file");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    for n in 0..1000 {
        writeln!(file, "line {n}")?;
    }
    file.sync_all()?;
    file.seek(SeekFrom::Start(5))?;
    let mut four = [0; 4];
    file.read_exact(&mut four)?;
    expect("bytes", &four, b"0\nli")?;
    expect("end", file.seek(SeekFrom::End(-4))?, 8886)?;
    file.write_all_at(b"LINE", 0)?;
    let lines: Result<Vec<String>, _> = BufReader::new(File::open(&path)?).lines().collect();
    let lines = lines?;
    expect("lines", lines.len(), 1000)?;
    expect("first", lines[0].as_str(), "LINE 0")?;
    expect("last", lines[999].as_str(), "line 999")?;
    file.set_len(6)?;
    expect("shortened", fs::read(&path)?, b"LINE 0".to_vec())?;
    file.set_len(8)?;
    expect("lengthened", fs::read(&path)?, b"LINE 0\0\0".to_vec())?;
    let mut more = OpenOptions::new().append(true).open(&path)?;
    more.write_all(b"!")?;
    expect("appended", fs::read(&path)?.len(), 9)?;
    let large: Vec<u8> = (0..3_000_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3])
        .collect();
    fs::write(&path, &large)?;
    expect("large", fs::read(&path)? == large, true)?;
    expect("copied", fs::copy(&path, folder.join("copy"))?, 3_000_000)?;
    expect("copy", fs::read(folder.join("copy"))? == large, true)
}

pub fn metadata() -> Verdict {
    let folder = Folder::new("metadata")?;
    let path = folder.join("file");
    fs::write(&path, b"12345")?;
    let facts = fs::metadata(&path)?;
    expect("length", facts.len(), 5)?;
    expect("kind", (facts.is_file(), facts.is_dir()), (true, false))?;
    expect("links", facts.nlink(), 1)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640))?;
    expect(
        "mode",
        fs::metadata(&path)?.permissions().mode() & 0o7777,
        0o640,
    )?;
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_234_567_890, 123_456_789);
    File::options()
        .write(true)
        .open(&path)?
        .set_modified(time)?;
    expect("modified", fs::metadata(&path)?.modified()?, time)
}

pub fn directories() -> Verdict {
    let folder = Folder::new("directories")?;
    fs::create_dir_all(folder.join("a/b/c"))?;
    for n in 0..100 {
        fs::write(folder.join(&format!("a/file-{n}")), n.to_string())?;
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("a"))? {
        let entry = entry?;
        names.push((entry.file_name(), entry.file_type()?.is_dir()));
    }
    expect("entries", names.len(), 101)?;
    expect("one directory", names.iter().filter(|(_, d)| *d).count(), 1)?;
    let busy = fs::remove_dir(folder.join("a")).map_err(|error| error.kind());
    expect("not empty", busy, Err(ErrorKind::DirectoryNotEmpty))?;
    fs::remove_dir_all(folder.join("a"))?;
    expect("removed", folder.join("a").exists(), false)
}

pub fn names() -> Verdict {
    let folder = Folder::new("names")?;
    let (first, second) = (folder.join("first"), folder.join("second"));
    fs::write(&first, b"x")?;
    fs::hard_link(&first, &second)?;
    expect("links", fs::metadata(&first)?.nlink(), 2)?;
    fs::rename(&first, folder.join("third"))?;
    expect("gone", first.exists(), false)?;
    symlink("third", &first)?;
    expect("target", fs::read_link(&first)?, PathBuf::from("third"))?;
    expect("through it", fs::read(&first)?, b"x".to_vec())?;
    expect(
        "a link",
        fs::symlink_metadata(&first)?.file_type().is_symlink(),
        true,
    )?;
    let found = fs::canonicalize(&first)?;
    expect("canonical", found.file_name(), Some("third".as_ref()))?;
    fs::remove_file(&first)?;
    expect("the file stays", folder.join("third").exists(), true)
}

pub fn errors() -> Verdict {
    let folder = Folder::new("errors")?;
    let kind = |path: &Path| File::open(path).map(|_| ()).map_err(|error| error.kind());
    expect(
        "missing",
        kind(&folder.join("missing")),
        Err(ErrorKind::NotFound),
    )?;
    fs::write(folder.join("file"), b"")?;
    expect(
        "below a file",
        kind(&folder.join("file/x")),
        Err(ErrorKind::NotADirectory),
    )?;
    let again = fs::create_dir(folder.join("file")).map_err(|error| error.kind());
    expect("there already", again, Err(ErrorKind::AlreadyExists))?;
    let mut file = File::open(folder.join("file"))?;
    let outcome = file.write(b"x").map_err(|error| error.raw_os_error());
    // EBADF
    expect("read-only", outcome, Err(Some(9)))?;
    let text = format!("{}", std::io::Error::from_raw_os_error(2));
    expect(
        "text",
        text.as_str(),
        "No such file or directory (os error 2)",
    )
}

pub fn locks() -> Verdict {
    let folder = Folder::new("locks")?;
    let path = folder.join("file");
    let first = File::create(&path)?;
    let second = File::open(&path)?;
    first.lock()?;
    expect("locked", second.try_lock_shared().is_err(), true)?;
    first.unlock()?;
    expect("free", second.try_lock_shared().is_ok(), true)?;
    expect("shared", first.try_lock_shared().is_ok(), true)?;
    expect("not alone", first.try_lock().is_err(), true)
}
