//! Files that somebody else has made: read up to a limit, and quoted on one line.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Most characters of a text from a file that stand in a message.
const MAX_QUOTED: usize = 300;

/// Bytes in which a file says what it is.
const MARKED: usize = 256;

/// Reads the whole file at `path`, at most `limit` bytes.
///
/// # Errors
/// Those of the file system, and a clause where it is no ordinary file, a larger one, or what a failed download left.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // Asked before opening, because opening a pipe would wait for its other end.
    let about = path.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("it is no file but a folder or a device"));
    }
    let too_large = |bytes: u64| {
        io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has {bytes} bytes and the limit is {limit} bytes"),
        )
    };
    if about.len() > limit {
        return Err(too_large(about.len()));
    }
    let mut bytes = Vec::new();
    // The limit holds even if the file grows meanwhile.
    let got = File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)? as u64;
    match stands_for_another(&bytes) {
        Some(what) => Err(io::Error::other(what)),
        None if got > limit => Err(too_large(got)),
        None => Ok(bytes),
    }
}

/// What a file is that stands where another should be: what a download leaves that did not bring it.
pub fn stands_for_another(bytes: &[u8]) -> Option<&'static str> {
    let head = bytes[..bytes.len().min(MARKED)].trim_ascii_start();
    let begins = |mark: &[u8]| head.get(..mark.len()).is_some_and(|own| own.eq_ignore_ascii_case(mark));
    if begins(b"version https://git-lfs") {
        return Some("it is a pointer of Git LFS and not the file itself, which `git lfs pull` brings");
    }
    let is_page = begins(b"<!doctype html") || begins(b"<html");
    is_page.then_some("it is a web page and not the file itself, which has to be downloaded anew")
}

/// Text from a file, or from a library that quotes one, as it may stand in a sentence: on one line, not
/// without end, and without a full stop.
pub fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(MAX_QUOTED) {
        line.truncate(end);
        line.push('…');
    }
    line.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failed_download_left_is_told_from_the_file() {
        for (left, says) in [
            ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "git lfs pull"),
            ("\n <!DOCTYPE html><html></html>", "web page"),
            ("<HTML>", "web page"),
        ] {
            assert!(stands_for_another(left.as_bytes()).unwrap().contains(says), "{left}");
        }
        for other in ["", "version", "<xml>", "\u{8}\u{7}"] {
            assert_eq!(stands_for_another(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn folders_and_large_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("five");
        std::fs::write(&path, [1, 2, 3, 4, 5]).unwrap();
        assert_eq!(read(&path, 5).unwrap(), [1, 2, 3, 4, 5]);
        let error = read(&path, 4).unwrap_err().to_string();
        assert!(error.contains("5 bytes") && error.contains("4 bytes"), "{error}");
        assert!(read(folder.path(), 4).unwrap_err().to_string().contains("folder"));
        assert_eq!(read(&folder.path().join("none"), 4).unwrap_err().kind(), io::ErrorKind::NotFound);
        // It says that it is empty and never ends.
        #[cfg(unix)]
        assert!(read(Path::new("/dev/zero"), 4).is_err());
    }

    #[test]
    fn quoted_text_is_one_line_of_limited_length() {
        assert_eq!(one_line("a\n\tb  c\u{1b}[2K.\n"), "a b c [2K");
        assert_eq!(one_line(&"ä".repeat(400)).chars().count(), MAX_QUOTED + 1);
    }
}
