//! The adapter of the machine, for the tests that need one. Without one they fail, unless
//! GLASSBOX_ALLOW_NO_ADAPTER is set: nobody should skip them unawares.

use std::io::Write;
use std::sync::OnceLock;

use glassbox::gpu::{AdapterChoice, Gpu};

/// Writes to stderr past the test harness, which hides what passing tests print.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Opens an adapter of its own for a test.
pub fn open() -> Option<Gpu> {
    let allowed = std::env::var_os("GLASSBOX_ALLOW_NO_ADAPTER").is_some_and(|v| !v.is_empty() && v != "0");
    match Gpu::open(&AdapterChoice::default()) {
        Ok(gpu) => Some(gpu),
        Err(e) if allowed => {
            say(&format!("passing by, since GLASSBOX_ALLOW_NO_ADAPTER is set: {e}"));
            None
        }
        Err(e) => panic!("{e}. GLASSBOX_ALLOW_NO_ADAPTER=1 lets these tests pass by."),
    }
}

/// The adapter that tests share.
pub fn shared() -> Option<&'static Gpu> {
    static GPU: OnceLock<Option<Gpu>> = OnceLock::new();
    GPU.get_or_init(open).as_ref()
}
