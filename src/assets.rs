//! Files under `assets/` that come with the program.

/// The bytes of `assets/PATH` as `&'static [u8]`; the path may come in several literals.
///
/// Release builds embed the file. Debug builds read it from the checkout when it is first asked for, so that
/// not every test program carries all models.
#[cfg(not(debug_assertions))]
#[macro_export]
macro_rules! asset {
    ($($path:literal),+) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/", $($path),+)) as &'static [u8]
    };
}

/// The bytes of `assets/PATH` as `&'static [u8]`; the path may come in several literals.
///
/// Release builds embed the file. Debug builds read it from the checkout when it is first asked for, so that
/// not every test program carries all models.
#[cfg(debug_assertions)]
#[macro_export]
macro_rules! asset {
    ($($path:literal),+) => {{
        static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        BYTES.get_or_init(|| $crate::assets::from_checkout(concat!($($path),+))).as_slice()
    }};
}

/// Reads `assets/PATH` from the checkout that this was built in.
///
/// # Panics
/// If the file is not there: a debug build runs where it was built.
#[cfg(debug_assertions)]
pub fn from_checkout(path: &str) -> Vec<u8> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(path);
    std::fs::read(&file)
        .unwrap_or_else(|e| panic!("a debug build needs its checkout: {e}: {}", file.display()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_is_read_whole_and_once() {
        let read = || crate::asset!("data/", "sonnets.txt");
        assert!(read().len() > 1000 && read().is_ascii());
        assert!(std::ptr::eq(read(), read()));
    }
}
