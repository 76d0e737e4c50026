//! Files that somebody else has made: read up to a limit, and quoted on one line.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Most characters of a text from a file that stand in a message.
const MAX_QUOTED: usize = 300;

/// Reads the whole file at `path`, at most `limit` bytes.
///
/// # Errors
/// Those of the file system, and a clause where it is no ordinary file or a larger one.
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
    if got > limit { Err(too_large(got)) } else { Ok(bytes) }
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
